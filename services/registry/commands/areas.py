"""Areas: declaring residential groups, and successions of areas of any level.

Guarantee: on every day a residential group is in exactly one ward, as long as its ward's main successor is
known; a succession ends what it succeeds on the day before.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registry.commands.placements import area_on, pass_on, place, place_named, steps, with_groups
from services.registry.commands.refusals import area_or_refuse, areas_or_refuse, refuse
from services.registry.journal import Told, tell
from services.registry.model import Area, AreaSuccession, Placement
from services.registry.reference import area_id_of
from shared.events.registry import AreaDeclared, AreaSucceeded, Successor
from shared.problems import Problem

ONE_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewGroup:
    """A residential group as declared; `valid_from` is the first day of its ward `ward_id` unless given."""

    ward_id: UUID
    code: str
    name: str
    local_label: str = "tổ dân phố"
    valid_from: dt.date | None = None
    households: int | None = None
    residents: int | None = None
    area_id: UUID | None = None


def told_of(area: Area) -> Told:
    """The event that declares an area as it stands."""
    event = AreaDeclared(
        area_id=area.area_id,
        code=area.code,
        name=area.name,
        level=area.level,  # type: ignore[arg-type]
        local_label=area.local_label,
        parent=area.parent_id,
        valid_from=area.valid_from,
        valid_to=area.valid_to,
        households=area.households,
        residents=area.residents,
    )
    return Told(area.area_id, event)


def declare_group(session: Session, new: NewGroup) -> Area:
    """A group of a ward is known from a day on; where the ward is succeeded already, it passes on with it."""
    ward = area_or_refuse(session, new.ward_id, "parent")
    if ward.level != "ward":
        raise refuse("parent", "not_a_ward", f"{ward.name} không phải xã, phường, đặc khu.")
    valid_from = new.valid_from or ward.valid_from
    _check_day(ward, valid_from)
    _check_free(session, ward, new.code, valid_from)
    group = Area(
        area_id=new.area_id or area_id_of("residential_group", f"{ward.area_id}/{new.code}", valid_from),
        code=new.code,
        name=new.name,
        level="residential_group",
        local_label=new.local_label,
        parent_id=ward.area_id,
        valid_from=valid_from,
        households=new.households,
        residents=new.residents,
    )
    session.add(group)
    session.flush()
    tell(session, [told_of(group)])
    _place(session, group)
    return group


def _check_day(ward: Area, valid_from: dt.date) -> None:
    if valid_from < ward.valid_from or (ward.valid_to and valid_from > ward.valid_to):
        until = f" đến {ward.valid_to}" if ward.valid_to else ""
        message = f"{ward.name} có từ {ward.valid_from}{until}. Vui lòng chọn ngày trong khoảng đó."
        raise refuse("valid_from", "outside_parent", message)


def _check_free(session: Session, ward: Area, code: str, valid_from: dt.date) -> None:
    same = session.scalar(
        sa.select(Area.area_id)
        .where(Area.parent_id == ward.area_id, Area.code == code, Area.level == "residential_group")
        .where(sa.or_(Area.valid_to.is_(None), Area.valid_to >= valid_from))
        .limit(1)
    )
    if same:
        raise Problem("already_exists", f"{ward.name} đã có {code}.", extra={"area_id": str(same)})


def _place(session: Session, group: Area) -> None:
    """The wards of a new group over time: its own, and the main successors of that, which is told too."""
    if group.parent_id is None:
        return
    place(session, "group", group.area_id, group.parent_id, group.valid_from)
    for _, ward_id, main in steps(session, group.parent_id, group.valid_from):
        if main is not None:
            heirs = session.scalars(sa.select(AreaSuccession).where(AreaSuccession.from_id == ward_id))
            told = with_groups([(heir.to_id, heir.is_main) for heir in heirs], {group.area_id: main.to_id})
            tell_succession(session, main.succeeds_on, main.kind, [ward_id], told)


def succeed(
    session: Session, *, on: dt.date, kind: str, from_ids: Sequence[UUID], to: Sequence[Successor]
) -> list[AreaSuccession]:
    """From `on`, areas are merged, split, renamed or moved into others of their level, which are known."""
    old = areas_or_refuse(session, list(from_ids), "from")
    new = areas_or_refuse(session, [successor.area_id for successor in to], "to")
    _check_succession(session, on, old, new)
    heirs = _with_main(to)
    _check_groups(session, on, old, heirs)
    rows = [
        AreaSuccession(from_id=area.area_id, to_id=heir.area_id, succeeds_on=on, kind=kind, is_main=heir.is_main)
        for area in old
        for heir in heirs
    ]
    session.add_all(rows)
    for area in old:
        _end(session, area, on)
    session.flush()
    named = _named_groups(heirs)
    placed = pass_on(session, {area.area_id for area in old}, on)["group"] | named
    place_named(session, "group", named, on)
    told = with_groups([(heir.area_id, heir.is_main) for heir in heirs], placed)
    tell_succession(session, on, kind, list(from_ids), told)
    return rows


def tell_succession(session: Session, on: dt.date, kind: str, from_ids: list[UUID], to: Sequence[Successor]) -> None:
    """Append one `area.succeeded`; its subject is the only predecessor, else the main successor."""
    main = next((heir.area_id for heir in to if heir.is_main), to[0].area_id)
    subject = from_ids[0] if len(from_ids) == 1 else main
    event = AreaSucceeded(on=on, kind=kind, from_=from_ids, to=list(to))  # type: ignore[arg-type]
    tell(session, [Told(subject, event)])


def _check_succession(session: Session, on: dt.date, old: list[Area], new: list[Area]) -> None:
    if len({area.level for area in (*old, *new)}) != 1:
        raise refuse("to", "other_level", "Đơn vị cũ và đơn vị kế thừa phải cùng cấp.")
    if {area.area_id for area in old} & {area.area_id for area in new}:
        raise refuse(
            "to",
            "succeeds_itself",
            "Một đơn vị không kế thừa chính nó; đơn vị giữ nguyên thì không nêu ở “from”.",
        )
    for at, area in enumerate(old):
        if not area.valid_from < on or (area.valid_to and area.valid_to != on - ONE_DAY):
            raise refuse(f"from[{at}]", "not_valid", f"{area.name} không còn hiệu lực đến hết ngày {on - ONE_DAY}.")
        if session.scalar(sa.select(AreaSuccession.to_id).where(AreaSuccession.from_id == area.area_id).limit(1)):
            raise Problem("already_exists", f"Việc kế thừa của {area.name} đã được ghi.")
    for at, area in enumerate(new):
        if area.valid_from > on or (area.valid_to and area.valid_to < on):
            raise refuse(f"to[{at}].area_id", "not_valid", f"{area.name} chưa hoặc không còn hiệu lực ngày {on}.")


def _with_main(to: Sequence[Successor]) -> list[Successor]:
    """The successors with exactly one main one."""
    if len(to) == 1:
        return [Successor(area_id=to[0].area_id, is_main=True, groups=to[0].groups)]
    if sum(heir.is_main for heir in to) != 1:
        raise refuse("to", "one_main", "Cần đúng một đơn vị kế thừa chính (is_main).")
    return list(to)


def _named_groups(to: Sequence[Successor]) -> dict[UUID, UUID]:
    return {group: heir.area_id for heir in to for group in heir.groups}


def _check_groups(session: Session, on: dt.date, old: list[Area], to: Sequence[Successor]) -> None:
    here = {area.area_id for area in old}
    named = [group for heir in to for group in heir.groups]
    areas_or_refuse(session, named, "to.groups")
    for group in named:
        if area_on(session, group, on - ONE_DAY) not in here:
            raise refuse("to.groups", "group_elsewhere", f"Tổ {group} không thuộc đơn vị cũ nào ở “from”.")


def _end(session: Session, area: Area, on: dt.date) -> None:
    """The area's last day is the one before; a group is then in no ward any more."""
    area.valid_to = on - ONE_DAY
    if area.level == "residential_group":
        session.execute(sa.delete(Placement).where(Placement.subject_id == area.area_id, Placement.placed_on >= on))
