"""Targets of a campaign and official counts, in the version that holds or in all."""

import datetime as dt
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from services.registry.model import OfficialCount, Target
from services.registry.queries.pages import Page, keyed_page_of
from services.registry.queries.tree import below_on


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetFilter:
    """`area` is that of the day `on`, with everything below it on that day.

    `as_of` asks for the newest version with numbers of that day or an earlier one (figure F20).
    """

    campaign: UUID
    on: dt.date
    area: UUID | None = None
    service: str | None = None
    as_of: dt.date | None = None
    every_version: bool = False


def targets(
    session: Session, wanted: TargetFilter, *, after: tuple[UUID, str, int] | None = None, limit: int | None = None
) -> Page:
    """A page by area, service and version; without a limit all of them."""
    query = sa.select(Target).where(Target.campaign_id == wanted.campaign)
    if wanted.area is not None:
        query = query.where(Target.area_id.in_(below_on(wanted.area, wanted.on)))
    if wanted.service is not None:
        query = query.where(Target.service == wanted.service)
    if wanted.as_of is not None:
        query = query.where(Target.as_of <= wanted.as_of)
    if not wanted.every_version:
        query = query.where(~_is_replaced(wanted.as_of))
    key = sa.tuple_(Target.area_id, Target.service, Target.version)
    if after is not None:
        query = query.where(key > sa.tuple_(*map(sa.literal, after)))
    rows = session.scalars(query.order_by(*key.clauses).limit(limit + 1 if limit else None)).all()
    return keyed_page_of(rows, limit or len(rows), "area_id", "service", "version")


def _is_replaced(as_of: dt.date | None) -> sa.ColumnElement[bool]:
    """Whether there is a newer version, of those up to a day."""
    newer = aliased(Target)
    same = (newer.campaign_id == Target.campaign_id, newer.area_id == Target.area_id, newer.service == Target.service)
    condition = sa.exists().where(*same, newer.version > Target.version)
    return condition.where(newer.as_of <= as_of) if as_of else condition


@dataclass(frozen=True, slots=True, kw_only=True)
class CountFilter:
    on: dt.date
    area: UUID | None = None
    service: str | None = None
    first: dt.date | None = None
    last: dt.date | None = None


def official_counts(
    session: Session, wanted: CountFilter, *, after: tuple[UUID, str, dt.date] | None, limit: int
) -> Page:
    """A page by area, service and day."""
    query: sa.Select[Any] = sa.select(OfficialCount)
    if wanted.area is not None:
        query = query.where(OfficialCount.area_id.in_(below_on(wanted.area, wanted.on)))
    if wanted.service is not None:
        query = query.where(OfficialCount.service == wanted.service)
    if wanted.first is not None:
        query = query.where(OfficialCount.as_of >= wanted.first)
    if wanted.last is not None:
        query = query.where(OfficialCount.as_of <= wanted.last)
    key = sa.tuple_(OfficialCount.area_id, OfficialCount.service, OfficialCount.as_of)
    if after is not None:
        query = query.where(key > sa.tuple_(*map(sa.literal, after)))
    rows = session.scalars(query.order_by(*key.clauses).limit(limit + 1)).all()
    return keyed_page_of(rows, limit, "area_id", "service", "as_of")
