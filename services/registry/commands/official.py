"""Loading the shipped reference data: official areas and their successions.

Guarantee: an upsert; a second load changes nothing and appends no event. Callers give at most a thousand at
a time. A succession of an area that was declared otherwise by hand is left as it was declared.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registry.commands.areas import told_of
from services.registry.commands.placements import areas_on
from services.registry.commands.successions import tell_plan, write_placements
from services.registry.commands.successions_planned import Declaration, Heir, Plan, plan
from services.registry.journal import tell
from services.registry.model import Area, AreaSuccession
from services.registry.reference import REFORM_ON, OfficialArea, OfficialSuccession

Pair = tuple[UUID, UUID]
Groups = Mapping[Pair, Sequence[UUID]]


def declare_areas(session: Session, areas: Sequence[OfficialArea]) -> int:
    """Declare the areas that are new or have another name; how many they were. Parents come first."""
    known = known_areas(session, areas)
    changed = [_upsert(session, known, area) for area in areas]
    told = [told_of(area, area.parent_id) if area.area_id not in known else told_of(area) for area in changed if area]
    tell(session, told)
    return len(told)


def known_areas(session: Session, areas: Sequence[OfficialArea]) -> dict[UUID, Area]:
    """Those of these areas that are declared."""
    query = sa.select(Area).where(Area.area_id.in_([area.area_id for area in areas]))
    return {area.area_id: area for area in session.scalars(query)}


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


@dataclass(frozen=True, slots=True)
class Outcome:
    """Successions by kind, and what they move, by what it is."""

    kinds: Counter[str] = field(default_factory=Counter)
    moved: Counter[str] = field(default_factory=Counter)

    def count(self, wanted: "Wanted") -> None:
        self.kinds[wanted.kind] += 1
        self.moved.update(f"{subject}s" for subject, _, _ in wanted.plan.moved())


@dataclass(frozen=True, slots=True)
class Wanted:
    """One official succession as far as it is not known: what it changes, and which predecessors are new."""

    kind: str
    new: tuple[UUID, ...]
    plan: Plan


def declare_successions(
    session: Session, successions: Sequence[OfficialSuccession], groups: Groups | None = None
) -> Outcome:
    """Declare the successions that are new; each made one event.

    `groups` says which residential groups go from a ward to a successor. Groups that stand elsewhere although
    their ward's succession is known already are moved, by another event for the same pair.
    """
    known, made = known_successors(session, successions), Outcome()
    for one in successions:
        wanted = plan_succession(session, one, known, groups or {})
        if wanted:
            _carry_out(session, one, wanted)
            made.count(wanted)
    return made


def rehearse_successions(session: Session, successions: Sequence[OfficialSuccession]) -> Outcome:
    """What declaring these would do; it writes nothing."""
    known, made = known_successors(session, successions), Outcome()
    for one in successions:
        if wanted := plan_succession(session, one, known, {}):
            made.count(wanted)
    return made


def count_new(session: Session, areas: Sequence[OfficialArea]) -> int:
    """How many of these areas are new or have another name."""
    names = {area.area_id: area.name for area in known_areas(session, areas).values()}
    return sum(names.get(area.area_id) != area.name for area in areas)


def declared_otherwise(session: Session, successions: Sequence[OfficialSuccession]) -> set[UUID]:
    """The predecessors whose succession was declared by hand, and to others."""
    known = known_successors(session, successions)
    return {
        old
        for one in successions
        for old in one.from_ids
        if old in known and not known[old] <= {heir for heir, _ in one.to}
    }


def known_successors(session: Session, successions: Iterable[OfficialSuccession]) -> dict[UUID, set[UUID]]:
    """The successors of the predecessors here, as far as they are declared."""
    old = {one for succession in successions for one in succession.from_ids}
    query = sa.select(AreaSuccession.from_id, AreaSuccession.to_id).where(AreaSuccession.from_id.in_(old))
    found: dict[UUID, set[UUID]] = {}
    for row in session.execute(query):
        found.setdefault(row.from_id, set()).add(row.to_id)
    return found


def plan_succession(
    session: Session, one: OfficialSuccession, known: Mapping[UUID, Collection[UUID]], groups: Groups
) -> Wanted | None:
    """What is still to be declared of a succession; None when that is nothing."""
    heirs = {heir for heir, _ in one.to}
    new = tuple(old for old in one.from_ids if old not in known)
    ours = [old for old in one.from_ids if old in known and set(known[old]) <= heirs]
    affected = [*new, *(old for old in ours if _misplaced(session, old, heirs, groups))]
    if not affected:
        return None
    to = [
        Heir(area_id=heir, is_main=is_main, groups=[group for old in affected for group in groups.get((old, heir), ())])
        for heir, is_main in one.to
    ]
    declared = Declaration(on=REFORM_ON, kind=one.kind, from_ids=affected, to=to)
    return Wanted(one.kind, new, plan(session, declared, ended=new))


def _carry_out(session: Session, one: OfficialSuccession, wanted: Wanted) -> None:
    session.add_all(
        AreaSuccession(from_id=old, to_id=heir, succeeds_on=REFORM_ON, kind=one.kind, is_main=is_main)
        for old in wanted.new
        for heir, is_main in one.to
    )
    session.flush()
    write_placements(session, wanted.plan)
    tell_plan(session, wanted.plan)


def _misplaced(session: Session, old: UUID, heirs: Iterable[UUID], groups: Groups) -> bool:
    """Whether a group that lives on stands in another ward than the one it goes to."""
    wanted = {group: heir for heir in heirs for group in groups.get((old, heir), ())}
    if not wanted:
        return False
    over = set(session.scalars(sa.select(Area.area_id).where(Area.area_id.in_(wanted), Area.valid_to < REFORM_ON)))
    now = areas_on(session, wanted, REFORM_ON)
    return any(now.get(group) != heir for group, heir in wanted.items() if group not in over)
