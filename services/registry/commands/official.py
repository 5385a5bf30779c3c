"""Loading the shipped reference data: official areas, their successions, services, offices.

Guarantee: an upsert; a second load changes nothing and appends no event. Callers give at most a thousand at
a time.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registry.commands.areas import tell_succession, told_of
from services.registry.commands.placements import area_on, pass_on, place_named, with_groups
from services.registry.journal import Told, subject_of, tell
from services.registry.model import Area, AreaSuccession, Office, Service
from services.registry.reference import REFORM_ON, OfficialArea, OfficialSuccession, rows
from shared.events.registry import OfficeDeclared, ServiceDeclared

Pair = tuple[UUID, UUID]


def declare_areas(session: Session, areas: Sequence[OfficialArea]) -> int:
    """Declare the areas that are new or have another name; how many they were. Parents come first."""
    known = {
        area.area_id: area
        for area in session.scalars(sa.select(Area).where(Area.area_id.in_([area.area_id for area in areas])))
    }
    changed = [_upsert(session, known, area) for area in areas]
    told = [told_of(area) for area in changed if area]
    tell(session, told)
    return len(told)


def _upsert(session: Session, known: Mapping[UUID, Area], official: OfficialArea) -> Area | None:
    area = known.get(official.area_id)
    if area is None:
        area = Area(
            area_id=official.area_id,
            code=official.code,
            name=official.name,
            level=official.level,
            parent_id=official.parent_id,
            valid_from=official.valid_from,
            valid_to=official.valid_to,
        )
        session.add(area)
        return area
    if area.name != official.name:
        area.name = official.name
        return area
    return None


def declare_successions(
    session: Session,
    successions: Sequence[OfficialSuccession],
    groups: Mapping[Pair, Sequence[UUID]] | None = None,
) -> int:
    """Declare the successions that are new; how many events that made.

    `groups` says which residential groups go from a ward to a successor. Groups that stand elsewhere although
    their ward's succession is known already are moved, by another event for the same pair.
    """
    wanted = groups or {}
    known = _known_pairs(session, successions)
    return sum(_declare(session, one, known, wanted) for one in successions)


def _known_pairs(session: Session, successions: Iterable[OfficialSuccession]) -> set[Pair]:
    old = {one for succession in successions for one in succession.from_ids}
    found = session.execute(
        sa.select(AreaSuccession.from_id, AreaSuccession.to_id).where(AreaSuccession.from_id.in_(old))
    )
    return {(row.from_id, row.to_id) for row in found}


def _declare(session: Session, one: OfficialSuccession, known: set[Pair], groups: Mapping[Pair, Sequence[UUID]]) -> int:
    heirs = [heir for heir, _ in one.to]
    new = [old for old in one.from_ids if any((old, heir) not in known for heir in heirs)]
    moved = [old for old in one.from_ids if old not in new and _misplaced(session, old, heirs, groups)]
    affected = [old for old in one.from_ids if old in new or old in moved]
    if not affected:
        return 0
    session.add_all(
        AreaSuccession(from_id=old, to_id=heir, succeeds_on=REFORM_ON, kind=one.kind, is_main=is_main)
        for old in new
        for heir, is_main in one.to
        if (old, heir) not in known
    )
    session.flush()
    named = {group: heir for old in affected for heir in heirs for group in groups.get((old, heir), ())}
    placed = pass_on(session, set(new), REFORM_ON)["group"] | named
    place_named(session, "group", named, REFORM_ON)
    tell_succession(session, REFORM_ON, one.kind, affected, with_groups(one.to, placed))
    return 1


def _misplaced(session: Session, old: UUID, heirs: Iterable[UUID], groups: Mapping[Pair, Sequence[UUID]]) -> bool:
    """Whether a group that lives on stands in another ward than the one it goes to."""
    for heir in heirs:
        for group_id in groups.get((old, heir), ()):
            group = session.get_one(Area, group_id)
            is_over = group.valid_to is not None and group.valid_to < REFORM_ON
            if not is_over and area_on(session, group_id, REFORM_ON) != heir:
                return True
    return False


def declare_services(session: Session) -> int:
    """Declare the services of the shipped catalogue that are new or changed; how many they were."""
    told = []
    for row in rows("services.csv"):
        content: dict[str, Any] = {
            "name_vi": row["name_vi"],
            "name_en": row["name_en"],
            "pillars": row["pillars"].split(),
            "unit": row["unit"],
            "once": row["once"] == "true",
            "due_days": int(row["due_days"]) if row["due_days"] else None,
            "may_return": row["may_return"] == "true",
        }
        if _store(session, Service, row["code"], content):
            told.append(Told(subject_of("service", row["code"]), ServiceDeclared(service=row["code"], **content)))
    tell(session, told)
    return len(told)


def declare_offices(session: Session) -> int:
    """Declare the shipped offices that are new or changed; how many they were."""
    changed = [row for row in rows("offices.csv") if _store(session, Office, row["code"], {"name": row["name"]})]
    tell(session, [_office(row["code"], row["name"]) for row in changed])
    return len(changed)


def declare_office(session: Session, code: str, name: str) -> bool:
    """Declare an office unless its code is known; whether it was new."""
    if session.get(Office, code):
        return False
    session.add(Office(code=code, name=name))
    tell(session, [_office(code, name)])
    return True


def _office(code: str, name: str) -> Told:
    return Told(subject_of("office", code), OfficeDeclared(office=code, name=name))


def _store(session: Session, model: type[Service] | type[Office], code: str, content: dict[str, object]) -> bool:
    """Insert or change the row of this code; whether anything changed."""
    row = session.get(model, code)
    if row is None:
        session.add(model(code=code, **content))
        return True
    changed = {name: value for name, value in content.items() if getattr(row, name) != value}
    for name, value in changed.items():
        setattr(row, name, value)
    return bool(changed)
