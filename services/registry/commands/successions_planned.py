"""What a succession changes, worked out before anything is written: the plan that a rehearsal shows and a
declaration carries out.

Guarantee: planning writes nothing; what is where before the succession's day stays as it was. A succession dated
before known ones carries on through them: what it moves follows the later main successors, and what was stated of
later days still holds.
"""

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import get_args
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registry.commands.placements import Subject, main_successors
from services.registry.commands.timelines import Onwards, Timeline, at, stated, walk

ONE_DAY = dt.timedelta(days=1)
SUBJECTS: tuple[Subject, ...] = get_args(Subject)


@dataclass(frozen=True, slots=True, kw_only=True)
class Heir:
    """A successor, and what is named to go to it: areas below (`groups`), and what is placed in a predecessor."""

    area_id: UUID
    is_main: bool = False
    groups: Collection[UUID] = ()
    venues: Collection[UUID] = ()
    teams: Collection[UUID] = ()
    volunteers: Collection[UUID] = ()

    def named(self, subject: Subject) -> Collection[UUID]:
        named: Collection[UUID] = getattr(self, f"{subject}s")
        return named


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """From `on`, `from_ids` are succeeded by `to`; what stands on both sides stays and gives away what is named."""

    on: dt.date
    kind: str
    from_ids: list[UUID]
    to: list[Heir]

    @property
    def heirs(self) -> list[UUID]:
        return [heir.area_id for heir in self.to]

    @property
    def ended(self) -> list[UUID]:
        return [one for one in self.from_ids if one not in self.heirs]

    @property
    def main(self) -> UUID | None:
        return next((heir.area_id for heir in self.to if heir.is_main), None)

    @property
    def successions(self) -> dict[tuple[UUID, UUID], bool]:
        """Who succeeds whom, and whether as the main successor."""
        return {(old, heir.area_id): heir.is_main for old in self.ended for heir in self.to}

    @property
    def transfers(self) -> set[tuple[UUID, UUID]]:
        """What stays and gives something away, and to whom."""
        staying = set(self.from_ids) - set(self.ended)
        return {(one, heir) for one in staying for heir in self.heirs if heir != one}

    @property
    def named(self) -> dict[UUID, tuple[Subject, UUID]]:
        """What is named, of which kind it is, and where it goes."""
        return {one: (kind, heir.area_id) for heir in self.to for kind in SUBJECTS for one in heir.named(kind)}


@dataclass(frozen=True, slots=True)
class Change:
    """Where one thing is from which day on, before and after the succession."""

    subject: Subject
    before: Timeline
    after: Timeline
    is_placed: bool = True  # an area above the groups stands under its parent without a placement

    def told(self) -> Timeline:
        """The days on which a reader of the stream has something else, or nothing."""
        return {day: area for day, area in self.after.items() if self.before.get(day) != area}


@dataclass(frozen=True, slots=True)
class Plan:
    """A declaration with what it changes, by the thing that is moved."""

    declaration: Declaration
    changes: dict[UUID, Change] = field(default_factory=dict)

    def moved(self) -> Iterator[tuple[Subject, UUID, UUID]]:
        """What is in another area on the day of the succession than on the day before."""
        on = self.declaration.on
        for subject_id, change in self.changes.items():
            now = at(change.after, on)
            if now is not None and now != at(change.after, on - ONE_DAY):
                yield change.subject, subject_id, now

    def groups(self) -> dict[UUID, UUID]:
        """The areas below that go to a successor on the day, as they are told."""
        on, heirs = self.declaration.on, set(self.declaration.heirs)
        going = {one: c.told().get(on) for one, c in self.changes.items() if c.subject == "group"}
        named = {one: area for one, (subject, area) in self.declaration.named.items() if subject == "group"}
        return {one: area for one, area in going.items() if area in heirs} | named

    def later(self) -> list[tuple[dt.date, UUID, UUID, UUID]]:
        """What is told beside the succession itself: the day, the group, the ward before, the ward from then on."""
        on = self.declaration.on
        return sorted(
            (day, one, at(change.after, day - ONE_DAY) or area, area)
            for one, change in self.changes.items()
            if change.subject == "group"
            for day, area in change.told().items()
            if day > on
        )


@dataclass(frozen=True, slots=True)
class _Found:
    subject: Subject
    timeline: Timeline
    last_day: dt.date | None
    is_placed: bool = True


PLACED = sa.text("""
WITH wanted AS (
    SELECT subject_id FROM placement WHERE area_id = ANY(:ended) UNION SELECT unnest(CAST(:named AS uuid[])))
SELECT p.subject, p.subject_id, p.placed_on, p.area_id, a.valid_to
  FROM wanted JOIN placement AS p USING (subject_id) LEFT JOIN area AS a ON a.area_id = p.subject_id
""")
UNPLACED = sa.text("""
WITH wanted AS (SELECT area_id FROM area WHERE parent_id = ANY(:ended) UNION SELECT unnest(CAST(:named AS uuid[])))
SELECT a.area_id, a.valid_from, a.parent_id, a.valid_to FROM wanted JOIN area AS a USING (area_id)
 WHERE a.level <> 'residential_group' AND a.parent_id IS NOT NULL
   AND NOT EXISTS (SELECT FROM placement AS p WHERE p.subject_id = a.area_id)
""")


def plan(session: Session, declared: Declaration, ended: Collection[UUID] | None = None) -> Plan:
    """What a declaration changes; `ended` are the predecessors that it ends, unless others than it says."""
    over = set(declared.ended if ended is None else ended)
    named = declared.named
    found = _found(session, over, named)
    if not found:
        return Plan(declared)
    known = {area for one in found.values() for area in one.timeline.values()} | set(declared.heirs)
    before = main_successors(session, known)
    main = declared.main

    def after(area_id: UUID) -> tuple[dt.date, UUID] | None:
        return (declared.on, main) if main and area_id in over else before(area_id)

    changes = {}
    for subject_id, one in found.items():
        heir = named[subject_id][1] if subject_id in named else None
        made = _after(one, declared.on, heir, before, after)
        if made != one.timeline:
            changes[subject_id] = Change(one.subject, one.timeline, made, one.is_placed)
    return Plan(declared, changes)


def _found(session: Session, ended: Iterable[UUID], named: Mapping[UUID, object]) -> dict[UUID, _Found]:
    """Everything that is or was in an area that ends, or is named, with where it has been."""
    wanted = {"ended": list(ended), "named": list(named)}
    found: dict[UUID, _Found] = {}
    for row in session.execute(PLACED, wanted):
        found.setdefault(row.subject_id, _Found(row.subject, {}, row.valid_to)).timeline[row.placed_on] = row.area_id
    for row in session.execute(UNPLACED, wanted):
        found[row.area_id] = _Found("group", {row.valid_from: row.parent_id}, row.valid_to, is_placed=False)
    return found


def _after(one: _Found, on: dt.date, heir: UUID | None, before: Onwards, after: Onwards) -> Timeline:
    """The timeline with the succession: what was stated of its day and later holds, unless `heir` is named."""
    statements = {day: area for day, area in stated(one.timeline, before).items() if day >= on}
    start = at(one.timeline, on - ONE_DAY)
    if heir is not None:
        statements[on] = heir
    elif start is not None:
        statements.setdefault(on, start)
    earlier = {day: area for day, area in one.timeline.items() if day < on}
    made = earlier | _without_repeats(start, walk(statements, after))
    if one.subject == "group":  # readers take nothing back: a day that they know is told again as it is now
        made = {day: area for day in (*one.timeline, *made) if (area := at(made, day))}
    last = one.last_day or dt.date.max
    return {day: area for day, area in sorted(made.items()) if day <= last or day in earlier}


def _without_repeats(start: UUID | None, timeline: Timeline) -> Timeline:
    kept: Timeline = {}
    for day, area in sorted(timeline.items()):
        if area != start:
            kept[day] = area
        start = area
    return kept
