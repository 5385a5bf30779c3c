"""Placing many things at once: what `placements.place` does, with a few statements for all of them.

Guarantee: the same placements as one by one; an area and its successors are read once, however many go there.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registry.commands.placements import Subject, main_successors
from services.registry.commands.timelines import steps
from services.registry.model import Area, Placement

_UUIDS = sa.ARRAY(sa.UUID)


@dataclass(frozen=True, slots=True)
class Place:
    """Something is in an area from a day on."""

    subject_id: UUID
    area_id: UUID
    on: dt.date


class Ways:
    """What becomes of areas: their main successors and since when, read once for all of them."""

    def __init__(self, session: Session, area_ids: Iterable[UUID]) -> None:
        self._onwards = main_successors(session, set(area_ids))

    def days(self, area_id: UUID, on: dt.date) -> dict[dt.date, UUID]:
        """From which day on which area, beginning with a day; of one day, the last step holds."""
        return dict(steps(self._onwards, area_id, on))

    def area_on(self, area_id: UUID, on: dt.date) -> UUID:
        """The area, or what has taken its place by that day."""
        return self.days(area_id, on)[on]


def place_new(session: Session, subject: Subject, places: Iterable[Place], ways: Ways) -> None:
    """Place what was nowhere before."""
    session.add_all(
        Placement(subject=subject, subject_id=one.subject_id, placed_on=day, area_id=area)
        for one in places
        for day, area in ways.days(one.area_id, one.on).items()
    )


def place_many(session: Session, subject: Subject, places: Sequence[Place], ways: Ways) -> None:
    """Place what may have been somewhere; what was known of later days is forgotten."""
    since = {one.subject_id: one.on for one in places}
    for later in _rows(session, since):
        if later.placed_on >= since[later.subject_id]:
            session.delete(later)
    session.flush()
    place_new(session, subject, places, ways)
    session.flush()


def whereabouts(session: Session, subject_ids: Iterable[UUID], day: dt.date) -> dict[UUID, UUID]:
    """Where each of these is on a day; before its first placement, where it will be first."""
    timelines: dict[UUID, list[Placement]] = defaultdict(list)
    for row in _rows(session, subject_ids):
        timelines[row.subject_id].append(row)
    return {
        subject: next((row for row in reversed(rows) if row.placed_on <= day), rows[0]).area_id
        for subject, rows in timelines.items()
    }


def _rows(session: Session, subject_ids: Iterable[UUID]) -> Sequence[Placement]:
    wanted = sa.select(Placement).where(Placement.subject_id == sa.any_(sa.literal(list(subject_ids), _UUIDS)))
    return session.scalars(wanted.order_by(Placement.subject_id, Placement.placed_on)).all()


def areas_by_id(session: Session, area_ids: Iterable[UUID]) -> dict[UUID, Area]:
    """Those of these areas that there are."""
    wanted = sa.select(Area).where(Area.area_id == sa.any_(sa.literal(list(set(area_ids)), _UUIDS)))
    return {area.area_id: area for area in session.scalars(wanted)}
