"""Venues, services and offices."""

import datetime as dt
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registry.model import Office, Service, Venue
from services.registry.queries.areas import at_or_below
from services.registry.queries.pages import Page, Rows, page_of
from services.registry.queries.placed import area_of


def venues_on(day: dt.date) -> tuple[sa.Select[Any], sa.ColumnElement[UUID]]:
    """Venues with the area that each is in on a day, and that area."""
    area = area_of(Venue.venue_id, day)
    return sa.select(*Venue.__table__.c, area.label("area_id")), area


def venues(session: Session, area_id: UUID | None, on: dt.date, *, after: UUID | None, limit: int) -> Page:
    query, area = venues_on(on)
    query = query.order_by(Venue.venue_id).limit(limit + 1)
    if area_id is not None:
        query = query.where(area.in_(at_or_below(area_id)))
    if after is not None:
        query = query.where(Venue.venue_id > after)
    return page_of(session.execute(query).all(), limit, "venue_id")


def venue(session: Session, venue_id: UUID, on: dt.date) -> Any:
    """One venue with its area on a day; None when there is none."""
    return session.execute(venues_on(on)[0].where(Venue.venue_id == venue_id)).one_or_none()


def services(session: Session) -> Rows:
    return session.scalars(sa.select(Service).order_by(Service.code)).all()


def offices(session: Session) -> Rows:
    return session.scalars(sa.select(Office).order_by(Office.code)).all()
