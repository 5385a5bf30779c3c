"""In which area a group, a volunteer, a team or a venue is, from which day on.

Guarantee: what is in a succeeded area goes where it is named to go, else to the main successor; where there is
none it stays, and nothing is guessed. On any day, before the first placement too, there is at most one area.
"""

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Literal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registry.commands.timelines import Onwards, Timeline
from services.registry.model import AreaSuccession, Placement

Subject = Literal["group", "volunteer", "team", "venue"]

MAINS = sa.text("""
WITH RECURSIVE chain AS (
    SELECT from_id, succeeds_on, to_id FROM area_succession WHERE is_main AND from_id = ANY(:area_ids)
     UNION
    SELECT s.from_id, s.succeeds_on, s.to_id
      FROM chain AS c JOIN area_succession AS s ON s.from_id = c.to_id AND s.is_main)
SELECT from_id, succeeds_on, to_id FROM chain
""")
ON_DAY = sa.text("""
SELECT DISTINCT ON (subject_id) subject_id, area_id FROM placement
 WHERE subject_id = ANY(:subject_ids) AND placed_on <= :day ORDER BY subject_id, placed_on DESC
""")
STORE = sa.text("""
INSERT INTO placement (subject, subject_id, placed_on, area_id)
SELECT * FROM unnest(CAST(:subjects AS text[]), CAST(:subject_ids AS uuid[]), CAST(:days AS date[]),
                     CAST(:area_ids AS uuid[]))
    ON CONFLICT (subject_id, placed_on) DO UPDATE SET area_id = excluded.area_id
""")
FORGET = sa.text("""
DELETE FROM placement AS p USING unnest(CAST(:subject_ids AS uuid[]), CAST(:days AS date[])) AS gone(subject_id, day)
 WHERE p.subject_id = gone.subject_id AND p.placed_on = gone.day
""")


def area_on(session: Session, subject_id: UUID, day: dt.date) -> UUID | None:
    """Where something is on a day: the ward of a group, the ward or group of anything else."""
    return areas_on(session, [subject_id], day).get(subject_id)


def areas_on(session: Session, subject_ids: Collection[UUID], day: dt.date) -> dict[UUID, UUID]:
    """Where each of these is on a day; what is not placed yet is left out."""
    session.flush()
    found = session.execute(ON_DAY, {"subject_ids": list(subject_ids), "day": day})
    return {row.subject_id: row.area_id for row in found}


def placements_of(session: Session, subject_id: UUID) -> Sequence[Placement]:
    """Where something has been, oldest first."""
    query = sa.select(Placement).where(Placement.subject_id == subject_id).order_by(Placement.placed_on)
    return session.scalars(query).all()


def main_successors(session: Session, area_ids: Iterable[UUID]) -> Onwards:
    """The main successors of these areas, of those again, and so on."""
    found = session.execute(MAINS, {"area_ids": list(area_ids)})
    return {row.from_id: (row.succeeds_on, row.to_id) for row in found}.get


def steps(session: Session, area_id: UUID, day: dt.date) -> Iterator[tuple[dt.date, UUID, AreaSuccession | None]]:
    """An area from a day on, and then the main successors, each with its day and what leads on from it."""
    seen: set[UUID] = set()
    current: UUID | None = area_id
    while current and current not in seen:
        seen.add(current)
        onwards = session.scalar(
            sa.select(AreaSuccession).where(AreaSuccession.from_id == current, AreaSuccession.is_main)
        )
        yield day, current, onwards
        current = onwards.to_id if onwards else None
        day = max(day, onwards.succeeds_on) if onwards else day


def place(session: Session, subject: Subject, subject_id: UUID, area_id: UUID, on: dt.date) -> Timeline:
    """From `on`, something is in an area and, when that is succeeded, in its main successors.

    What was known of later days is forgotten: the new placement is what holds from `on`. Gives what it placed.
    """
    session.flush()
    for later in placements_of(session, subject_id):
        if later.placed_on >= on:
            session.delete(later)
    session.flush()
    days = {day: area for day, area, _ in steps(session, area_id, on)}  # of one day, the last step holds
    for day, area in days.items():
        session.add(Placement(subject=subject, subject_id=subject_id, placed_on=day, area_id=area))
    session.flush()
    return days


def store(session: Session, rows: Sequence[tuple[Subject, UUID, dt.date, UUID]]) -> None:
    """Write placements as they follow from a succession; a day that is there is written over."""
    if rows:
        subjects, subject_ids, days, area_ids = (list(column) for column in zip(*rows, strict=True))
        session.execute(STORE, {"subjects": subjects, "subject_ids": subject_ids, "days": days, "area_ids": area_ids})


def forget(session: Session, days: Mapping[UUID, Iterable[dt.date]]) -> None:
    """Take back the placements of these days."""
    pairs = [(subject_id, day) for subject_id, of_one in days.items() for day in of_one]
    if pairs:
        session.execute(FORGET, {"subject_ids": [one for one, _ in pairs], "days": [day for _, day in pairs]})
