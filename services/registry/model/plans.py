"""Campaigns, their targets in every version, and what official bodies count."""

import datetime as dt
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from services.registry.model.base import Base


class Campaign(Base):
    """A dated effort: a filter over areas, services and days."""

    __tablename__ = "campaign"

    campaign_id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    kind: Mapped[str]
    theme: Mapped[str | None]
    part_of: Mapped[UUID | None] = mapped_column(
        sa.ForeignKey("campaign.campaign_id"), comment="the campaign of a công trình or phần việc"
    )
    areas: Mapped[list[UUID]]
    services: Mapped[list[str]]
    starts_on: Mapped[dt.date]
    ends_on: Mapped[dt.date] = mapped_column(comment="the last day")
    daily_report: Mapped[bool]
    reporting_level: Mapped[str]
    closed_on: Mapped[dt.date | None] = mapped_column(comment="the first day without it, when it was closed")
    version: Mapped[int] = mapped_column(server_default="1", default=1)

    __table_args__ = (
        sa.CheckConstraint("ends_on >= starts_on", name="campaign_ends_before_it_starts"),
        sa.CheckConstraint("reporting_level IN ('ward', 'residential_group')", name="campaign_of_no_reporting_level"),
        sa.CheckConstraint("part_of <> campaign_id", name="campaign_part_of_itself"),
    )


class Target(Base):
    """One version of a target; the highest one holds, the others stay for the days on which they held."""

    __tablename__ = "target"

    campaign_id: Mapped[UUID] = mapped_column(sa.ForeignKey("campaign.campaign_id"), primary_key=True)
    area_id: Mapped[UUID] = mapped_column(sa.ForeignKey("area.area_id"), primary_key=True)
    service: Mapped[str] = mapped_column(sa.ForeignKey("service.code"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    as_of: Mapped[dt.date] = mapped_column(comment="the day that the numbers are of")
    source: Mapped[str]
    eligible: Mapped[int]
    already_done: Mapped[int]
    excluded: Mapped[int]
    goal: Mapped[int] = mapped_column(comment="cumulative, includes already_done")
    curve: Mapped[list[dict[str, Any]]] = mapped_column(
        server_default="[]", default=list, comment='[{"date": "2026-03-15", "cumulative": 320}], by day'
    )

    __table_args__ = (
        sa.CheckConstraint(
            "eligible >= 0 AND already_done >= 0 AND excluded >= 0 AND goal >= 0", name="target_with_negative_people"
        ),
        sa.CheckConstraint("excluded <= eligible", name="target_excludes_more_than_are_eligible"),
        # The targets of an area.
        sa.Index("target_area", "area_id"),
    )


class OfficialCount(Base):
    """What the police or the ministry counts as done up to a day."""

    __tablename__ = "official_count"

    area_id: Mapped[UUID] = mapped_column(sa.ForeignKey("area.area_id"), primary_key=True)
    service: Mapped[str] = mapped_column(sa.ForeignKey("service.code"), primary_key=True)
    as_of: Mapped[dt.date] = mapped_column(primary_key=True)
    done: Mapped[int]
    source: Mapped[str]
    version: Mapped[int] = mapped_column(server_default="1", default=1)

    __table_args__ = (sa.CheckConstraint("done >= 0", name="official_count_below_zero"),)
