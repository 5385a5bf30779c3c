"""Successions of areas of any level: merged, split, renamed, moved, or giving away some of what is below.

Guarantee: what is where before the day of a succession stays as it was. The order in which successions are declared
changes nothing: one that is dated before known ones carries what it moves on through them, and tells readers so. The
same declaration again changes nothing and tells nothing; one that also names what went by default places only that.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registry.commands.placements import forget, store
from services.registry.commands.successions_checked import checked
from services.registry.commands.successions_named import KINDS
from services.registry.commands.successions_planned import ONE_DAY, Declaration, Plan, plan
from services.registry.journal import Told, tell
from services.registry.model import Area, AreaSuccession, AreaTransfer, Placement
from shared.events.base import Event
from shared.events.people import TeamMoved, VolunteerMoved
from shared.events.registry import AreaSucceeded, Successor, VenueMoved

Later = tuple[dt.date, UUID, UUID, UUID]


def rehearse(session: Session, declared: Declaration) -> tuple[Plan, bool]:
    """What a declaration would change, and whether it is known already; it writes nothing, or refuses."""
    declared, state = checked(session, declared)
    if state == "known":
        return Plan(declared), True
    return plan(session, declared, ended=() if state == "names_more" else None), False


def succeed(session: Session, declared: Declaration) -> Plan:
    """From a day on, areas are succeeded by others of their level, which are known."""
    planned, is_known = rehearse(session, declared)
    if not is_known:
        carry_out(session, planned)
    return planned


def carry_out(session: Session, planned: Plan) -> None:
    """Write and tell what was planned."""
    declared = planned.declaration
    if not _is_told(session, declared):
        _write_successions(session, declared)
    session.flush()
    write_placements(session, planned)
    tell_plan(session, planned)


def _is_told(session: Session, declared: Declaration) -> bool:
    """Whether it is known already who succeeds what ends, so that only what is named is new."""
    return any(session.get(AreaSuccession, pair) for pair in declared.successions)


def _write_successions(session: Session, declared: Declaration) -> None:
    session.add_all(
        AreaSuccession(from_id=old, to_id=heir, succeeds_on=declared.on, kind=declared.kind, is_main=is_main)
        for (old, heir), is_main in declared.successions.items()
    )
    session.add_all(
        AreaTransfer(from_id=one, to_id=heir, transferred_on=declared.on, kind=declared.kind)
        for one, heir in declared.transfers
    )
    for area_id in declared.ended:
        _end(session, session.get_one(Area, area_id), declared.on)


def _end(session: Session, area: Area, on: dt.date) -> None:
    """The area's last day is the one before; a group is then in no ward any more."""
    area.valid_to = on - ONE_DAY
    if area.level == "residential_group":
        session.execute(sa.delete(Placement).where(Placement.subject_id == area.area_id, Placement.placed_on >= on))


def write_placements(session: Session, planned: Plan) -> None:
    """Write where everything is now; what is named is noted in the audit, the rest follows from it."""
    declared, named = planned.declaration, planned.declaration.named
    stored = [
        (change.subject, one, day, area)
        for one, change in planned.changes.items()
        for day, area in change.after.items()
        if change.before.get(day) != area or not change.is_placed
    ]
    for subject, one, day, area in stored:
        if one in named and day == declared.on:
            session.merge(Placement(subject=subject, subject_id=one, placed_on=day, area_id=area))
            if subject != "group":
                session.get_one(KINDS[subject][0], one).version += 1  # where it is belongs to what is shown of it
    session.flush()
    store(session, stored)
    forget(session, {one: change.before.keys() - change.after.keys() for one, change in planned.changes.items()})
    for row in [row for row in session.identity_map.values() if isinstance(row, Placement)]:
        session.expire(row)


def tell_plan(session: Session, planned: Plan) -> None:
    """Tell the succession, with every group that goes to a successor, so that no reader has to know the default."""
    declared = planned.declaration
    heirs = [(heir.area_id, heir.is_main) for heir in declared.to]
    told = _told(declared.on, declared.kind, declared.from_ids, heirs, planned.groups())
    named = [(one, *where) for one, where in declared.named.items() if where[0] != "group"]
    tell(session, [told, *(_moved(*one, declared.on) for one in named)])
    tell_later(session, planned.later())


def tell_later(session: Session, later: Iterable[Later]) -> None:
    """Tell of groups that are elsewhere on a later day than readers know: as a part of the succession that takes them
    there, else as what stays in its ward.
    """
    together: dict[tuple[dt.date, UUID, UUID], list[UUID]] = defaultdict(list)
    for day, group, before, ward in later:
        together[day, before, ward].append(group)
    tell(session, [_told_later(session, *key, groups) for key, groups in together.items()])


def _told_later(session: Session, day: dt.date, before: UUID, ward: UUID, groups: list[UUID]) -> Told:
    query = sa.select(AreaSuccession).where(AreaSuccession.from_id == before, AreaSuccession.succeeds_on == day)
    rows = session.scalars(query.order_by(AreaSuccession.is_main.desc(), AreaSuccession.to_id)).all()
    placed = dict.fromkeys(groups, ward)
    if any(row.to_id == ward for row in rows):
        return _told(day, rows[0].kind, [before], [(row.to_id, row.is_main) for row in rows], placed)
    return _told(day, "move", [ward], [(ward, True)], placed)


def _told(
    on: dt.date,
    kind: str,
    from_ids: Sequence[UUID],
    heirs: Sequence[tuple[UUID, bool]],
    placed: Mapping[UUID, UUID],
) -> Told:
    """One `area.succeeded`; its subject is the only predecessor, else the main successor."""
    main = next((heir for heir, is_main in heirs if is_main), heirs[0][0])
    to = [
        Successor(area_id=heir, is_main=is_main, groups=sorted(one for one, ward in placed.items() if ward == heir))
        for heir, is_main in heirs
    ]
    event = AreaSucceeded(on=on, kind=kind, from_=list(from_ids), to=to)  # type: ignore[arg-type]
    return Told(from_ids[0] if len(from_ids) == 1 else main, event)


def _moved(one: UUID, subject: str, area: UUID, on: dt.date) -> Told:
    event: Event
    if subject == "venue":
        event = VenueMoved(venue=one, area=area, on=on)
    elif subject == "team":
        event = TeamMoved(team=one, area=area, on=on)
    else:
        event = VolunteerMoved(volunteer=one, area=area, on=on)
    return Told(one, event)
