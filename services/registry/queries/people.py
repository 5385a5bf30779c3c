"""Volunteers of an area on a day."""

import datetime as dt
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registry.model import Volunteer
from services.registry.queries.areas import at_or_below
from services.registry.queries.pages import Page, page_of
from services.registry.queries.placed import area_of


def volunteers_on(day: dt.date) -> tuple[sa.Select[Any], sa.ColumnElement[UUID]]:
    """Volunteers with the area that each is in on a day, and that area."""
    area = area_of(Volunteer.volunteer_id, day)
    return sa.select(*Volunteer.__table__.c, area.label("area_id")), area


def volunteers(
    session: Session,
    ward_id: UUID | None,
    on: dt.date,
    *,
    only_in: frozenset[UUID] | None,
    after: UUID | None,
    limit: int,
) -> Page:
    """Volunteers of a ward and its groups; `only_in` limits them to what is in these areas."""
    query, area = volunteers_on(on)
    query = query.order_by(Volunteer.volunteer_id).limit(limit + 1)
    if ward_id is not None:
        query = query.where(area.in_(at_or_below(ward_id)))
    if only_in is not None:
        query = query.where(area.in_(at_or_below(*only_in)))
    if after is not None:
        query = query.where(Volunteer.volunteer_id > after)
    return page_of(session.execute(query).all(), limit, "volunteer_id")


def volunteer(session: Session, volunteer_id: UUID, on: dt.date) -> Any:
    """One volunteer with the area on a day; None when there is none."""
    return session.execute(volunteers_on(on)[0].where(Volunteer.volunteer_id == volunteer_id)).one_or_none()
