"""Venues, offices, the service catalogue and the days off."""

import datetime as dt
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from services.registry.model.base import Base


class Venue(Base):
    __tablename__ = "venue"

    venue_id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    kind: Mapped[str]
    serves: Mapped[list[UUID]]
    stalls: Mapped[int | None]
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    opening_hours: Mapped[list[dict[str, Any]]] = mapped_column(
        server_default="[]",
        default=list,
        comment='[{"days": [1..7, 1 is Monday], "opens": "07:30", "closes": "11:30"}]',
    )
    closed_on: Mapped[dt.date | None] = mapped_column(comment="the first day without it")
    version: Mapped[int] = mapped_column(server_default="1", default=1)

    __table_args__ = (
        sa.CheckConstraint("latitude BETWEEN -90 AND 90", name="venue_off_the_globe_north_or_south"),
        sa.CheckConstraint("longitude BETWEEN -180 AND 180", name="venue_off_the_globe_east_or_west"),
        sa.CheckConstraint("(latitude IS NULL) = (longitude IS NULL)", name="venue_with_half_a_position"),
    )


class Service(Base):
    __tablename__ = "service"

    code: Mapped[str] = mapped_column(primary_key=True)
    name_vi: Mapped[str]
    name_en: Mapped[str]
    pillars: Mapped[list[str]]
    unit: Mapped[str]
    once: Mapped[bool]
    due_days: Mapped[int | None]
    may_return: Mapped[bool] = mapped_column(
        server_default=sa.true(), default=True, comment="outcome to_return is possible"
    )
    version: Mapped[int] = mapped_column(server_default="1", default=1)


class Office(Base):
    __tablename__ = "office"

    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    area_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("area.area_id"))
    closed_on: Mapped[dt.date | None] = mapped_column(comment="the first day without it")
    version: Mapped[int] = mapped_column(server_default="1", default=1)


class CalendarYear(Base):
    __tablename__ = "calendar_year"

    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    off_days: Mapped[list[dt.date]]
    version: Mapped[int] = mapped_column(server_default="1", default=1)
