"""Venues, where they are on a day and were before.

Guarantee: `open_on` is a day on which a venue is known, is not closed, and opens by its hours if these are known.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registry import names
from services.registry.model import Placement, Venue
from services.registry.queries.pages import Page, page_of
from services.registry.queries.placed import area_of
from services.registry.queries.tree import below_on


@dataclass(frozen=True, slots=True, kw_only=True)
class VenueFilter:
    """`area` is that of the day `on`, with everything below it on that day."""

    on: dt.date
    area: UUID | None = None
    kind: str | None = None
    open_on: dt.date | None = None
    q: str | None = None


def venues_on(day: dt.date) -> tuple[sa.Select[Any], sa.ColumnElement[UUID]]:
    """Venues with the area that each is in on a day, and that area."""
    area = area_of(Venue.venue_id, day)
    return sa.select(*Venue.__table__.c, area.label("area_id")), area


def venues(session: Session, wanted: VenueFilter, *, after: UUID | None, limit: int) -> Page:
    query, area = venues_on(wanted.on)
    query = query.order_by(Venue.venue_id).limit(limit + 1)
    if wanted.area is not None:
        query = query.where(area.in_(below_on(wanted.area, wanted.on)))
    if wanted.kind is not None:
        query = query.where(Venue.kind == wanted.kind)
    if wanted.open_on is not None:
        query = query.where(*_open_on(wanted.open_on))
    for word in names.fold(wanted.q or "").split():
        query = query.where(sa.func.strpos(names.fold_sql(Venue.name), word) > 0)
    if after is not None:
        query = query.where(Venue.venue_id > after)
    return page_of(session.execute(query).all(), limit, "venue_id")


def _open_on(day: dt.date) -> list[sa.ColumnElement[bool]]:
    known = sa.exists().where(Placement.subject_id == Venue.venue_id, Placement.placed_on <= day)
    hours = sa.cast(Venue.opening_hours, sa.Text)
    opens = sa.func.jsonb_path_exists(
        Venue.opening_hours,
        sa.text("'$[*].days[*] ? (@ == $day)'"),
        sa.func.jsonb_build_object("day", day.isoweekday()),
    )
    return [
        known,
        sa.or_(Venue.closed_on.is_(None), Venue.closed_on > day),
        sa.or_(hours == "[]", opens),
    ]


def venue(session: Session, venue_id: UUID, on: dt.date) -> dict[str, Any] | None:
    """One venue with its area on a day and all its placements; None when there is none."""
    row = session.execute(venues_on(on)[0].where(Venue.venue_id == venue_id)).one_or_none()
    if row is None:
        return None
    placements = (
        sa.select(Placement.area_id, Placement.placed_on)
        .where(Placement.subject_id == venue_id)
        .order_by(Placement.placed_on)
    )
    return {**row._mapping, "placements": session.execute(placements).all()}
