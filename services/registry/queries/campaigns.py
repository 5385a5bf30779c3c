"""Campaigns: those that concern an area, a service or a day; the newest first."""

import datetime as dt
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg
from sqlalchemy.orm import Session

from services.registry import names
from services.registry.model import Campaign
from services.registry.queries.pages import Page, page_of
from services.registry.queries.tree import related_on
from shared.problems import FieldError, Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignFilter:
    """`area` finds the campaigns of it, of what is above, below or before it, by the tree of the day `on`."""

    on: dt.date
    area: UUID | None = None
    service: str | None = None
    running_on: dt.date | None = None
    kind: str | None = None
    part_of: UUID | None = None
    q: str | None = None


def campaigns(session: Session, wanted: CampaignFilter, *, after: UUID | None, limit: int) -> Page:
    key = sa.tuple_(Campaign.starts_on, Campaign.campaign_id)
    query = sa.select(Campaign).where(*_conditions(session, wanted))
    if after is not None:
        query = query.where(key < _last_of_page(session, after))
    query = query.order_by(Campaign.starts_on.desc(), Campaign.campaign_id.desc()).limit(limit + 1)
    return page_of(session.scalars(query).all(), limit, "campaign_id")


def _conditions(session: Session, wanted: CampaignFilter) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = []
    if wanted.area is not None:
        related = list(session.scalars(related_on(wanted.area, wanted.on)))
        found.append(Campaign.areas.op("&&")(sa.cast(related, pg.ARRAY(pg.UUID(as_uuid=True)))))
    if wanted.service is not None:
        found.append(sa.any_(Campaign.services) == wanted.service)
    if wanted.running_on is not None:
        found.append(running_on(wanted.running_on))
    if wanted.kind is not None:
        found.append(Campaign.kind == wanted.kind)
    if wanted.part_of is not None:
        found.append(Campaign.part_of == wanted.part_of)
    words = names.fold(wanted.q or "").split()
    return [*found, *(sa.func.strpos(names.fold_sql(Campaign.name), word) > 0 for word in words)]


def running_on(day: dt.date) -> sa.ColumnElement[bool]:
    is_open = sa.or_(Campaign.closed_on.is_(None), Campaign.closed_on > day)
    return sa.and_(Campaign.starts_on <= day, Campaign.ends_on >= day, is_open)


def _last_of_page(session: Session, campaign_id: UUID) -> Any:
    last = session.get(Campaign, campaign_id)
    if last is None:
        message = "Không có chiến dịch này. Vui lòng gửi giá trị “next” của trang trước."
        raise Problem("invalid", errors=[FieldError("after", "unknown_campaign", message)])
    return sa.tuple_(sa.literal(last.starts_on), sa.literal(last.campaign_id))
