"""The service catalogue, the offices and the days off."""

import datetime as dt
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registry.model import CalendarYear, Office, Service
from services.registry.queries.pages import Page, keyed_page_of
from services.registry.queries.tree import below_on


def services(session: Session, *, after: str | None, limit: int) -> Page:
    query = sa.select(Service).order_by(Service.code).limit(limit + 1)
    if after is not None:
        query = query.where(Service.code > after)
    return keyed_page_of(session.scalars(query).all(), limit, "code")


def offices(
    session: Session, area_id: UUID | None, open_on: dt.date | None, *, on: dt.date, after: str | None, limit: int
) -> Page:
    """Offices by code; those of an area and what is below it on a day, those that are not closed on a day."""
    query = sa.select(Office).order_by(Office.code).limit(limit + 1)
    if area_id is not None:
        query = query.where(Office.area_id.in_(below_on(area_id, on)))
    if open_on is not None:
        query = query.where(sa.or_(Office.closed_on.is_(None), Office.closed_on > open_on))
    if after is not None:
        query = query.where(Office.code > after)
    return keyed_page_of(session.scalars(query).all(), limit, "code")


def calendar_years(session: Session, *, after: int | None, limit: int) -> tuple[list[CalendarYear], int | None]:
    """The years whose days off are known, and the one after which the next page begins."""
    query = sa.select(CalendarYear).order_by(CalendarYear.year).limit(limit + 1)
    if after is not None:
        query = query.where(CalendarYear.year > after)
    rows = list(session.scalars(query))
    return rows[:limit], rows[limit - 1].year if len(rows) > limit else None


def off_days(session: Session, first: dt.date, last: dt.date) -> frozenset[dt.date]:
    """The days off from a day to a day; a year that is not known has none."""
    query = sa.select(CalendarYear.off_days).where(CalendarYear.year.between(first.year, last.year))
    return frozenset(day for days in session.scalars(query) for day in days if first <= day <= last)
