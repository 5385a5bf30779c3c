"""In which area a group, a volunteer, a team or a venue is, from which day on.

Guarantee: what is in a succeeded area goes where it is named to go, else to the main successor; where there is
none it stays, and nothing is guessed. On any day, before the first placement too, there is at most one area.
"""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registry.model import AreaSuccession, Placement
from shared.events.registry import Successor

Subject = Literal["group", "volunteer", "team", "venue"]


def area_on(session: Session, subject_id: UUID, day: dt.date) -> UUID | None:
    """Where something is on a day: the ward of a group, the ward or group of anything else."""
    return session.scalar(
        sa.select(Placement.area_id)
        .where(Placement.subject_id == subject_id, Placement.placed_on <= day)
        .order_by(Placement.placed_on.desc())
        .limit(1)
    )


def placements_of(session: Session, subject_id: UUID) -> Sequence[Placement]:
    """Where something has been, oldest first."""
    query = sa.select(Placement).where(Placement.subject_id == subject_id).order_by(Placement.placed_on)
    return session.scalars(query).all()


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


def place(session: Session, subject: Subject, subject_id: UUID, area_id: UUID, on: dt.date) -> None:
    """From `on`, something is in an area and, when that is succeeded, in its main successors.

    What was known of later days is forgotten: the new placement is what holds from `on`.
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


PLACE_WITH_MAIN = sa.text("""
INSERT INTO placement (subject, subject_id, placed_on, area_id)
SELECT p.subject, p.subject_id, s.succeeds_on, s.to_id
  FROM area_succession AS s
  JOIN placement AS p ON p.area_id = s.from_id AND p.placed_on < s.succeeds_on
  LEFT JOIN area AS g ON g.area_id = p.subject_id
 WHERE s.is_main AND s.from_id = ANY(:from_ids)
   AND (g.valid_to IS NULL OR g.valid_to >= s.succeeds_on)
   AND NOT EXISTS (
       SELECT FROM placement AS q
        WHERE q.subject_id = p.subject_id AND q.placed_on > p.placed_on AND q.placed_on <= s.succeeds_on)
RETURNING subject, subject_id, area_id
""")
PLACE_NAMED = sa.text("""
INSERT INTO placement (subject, subject_id, placed_on, area_id)
SELECT :subject, g, :on, w FROM unnest(CAST(:subjects AS uuid[]), CAST(:areas AS uuid[])) AS given(g, w)
    ON CONFLICT (subject_id, placed_on) DO UPDATE SET area_id = excluded.area_id
""")


def pass_on(session: Session, from_ids: set[UUID], on: dt.date) -> dict[Subject, dict[UUID, UUID]]:
    """Place what is in succeeded areas with their main successors; by kind, what went to which area."""
    moved: dict[Subject, dict[UUID, UUID]] = {"group": {}, "volunteer": {}, "team": {}, "venue": {}}
    for row in session.execute(PLACE_WITH_MAIN, {"from_ids": list(from_ids)}):
        moved[row.subject][row.subject_id] = row.area_id
    return moved


def place_named(session: Session, subject: Subject, named: Mapping[UUID, UUID], on: dt.date) -> None:
    """Place things where a succession names them to go."""
    if named:
        given = {"subject": subject, "on": on, "subjects": list(named), "areas": list(named.values())}
        session.execute(PLACE_NAMED, given)


def with_groups(heirs: Sequence[tuple[UUID, bool]], placed: Mapping[UUID, UUID]) -> list[Successor]:
    """The successors, each with every group that goes to it, so that no reader has to know the default."""
    return [
        Successor(
            area_id=heir,
            is_main=is_main,
            groups=sorted(group for group, ward in placed.items() if ward == heir),
        )
        for heir, is_main in heirs
    ]
