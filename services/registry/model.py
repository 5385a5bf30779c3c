"""The tables of the registry.

Guarantee: the migrations make just these tables (a test compares them), and every CHECK names the state
that it forbids. An area is (code, valid_from, valid_to) under its own `area_id`; `valid_to` is its last day.
A residential group stays itself when its ward is succeeded: `group_placement` says in which ward it is from
which day on.
Step 3 of the event path (docs/architecture.md), for the registry's own stream.
"""

import datetime as dt
from typing import Any, ClassVar
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from shared import event_log, segments

LEVELS = ("province", "district", "ward", "residential_group")
IS_GROUP = sa.text("level = 'residential_group'")
IS_OFFICIAL = sa.text("level <> 'residential_group'")


class Base(DeclarativeBase):
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        str: sa.Text,
        bytes: sa.LargeBinary,
        UUID: pg.UUID(as_uuid=True),
        dt.datetime: sa.DateTime(timezone=True),
        list[UUID]: pg.ARRAY(pg.UUID(as_uuid=True)),
        list[str]: pg.ARRAY(sa.Text),
        dict[str, Any]: pg.JSONB,
    }


class Area(Base):
    __tablename__ = "area"

    area_id: Mapped[UUID] = mapped_column(primary_key=True)
    code: Mapped[str]
    name: Mapped[str]
    level: Mapped[str]
    local_label: Mapped[str | None]
    parent_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("area.area_id"))
    valid_from: Mapped[dt.date]
    valid_to: Mapped[dt.date | None] = mapped_column(comment="the last day; null while it is not known to end")
    households: Mapped[int | None]
    residents: Mapped[int | None]

    __table_args__ = (
        sa.CheckConstraint("valid_to >= valid_from", name="area_ended_before_it_began"),
        sa.CheckConstraint(f"level IN {LEVELS}", name="area_of_no_known_level"),
        sa.CheckConstraint("level IN ('province', 'ward') OR parent_id IS NOT NULL", name="area_without_a_parent"),
        sa.CheckConstraint("households >= 0 AND residents >= 0", name="area_with_negative_people"),
        # An official code names one area at a time; also the look-up of a code on a day.
        sa.Index("area_code_once", "code", "level", "valid_from", unique=True, postgresql_where=IS_OFFICIAL),
        # A group's code names one group of its ward; also the list of what is below an area.
        sa.Index("area_group_once", "parent_id", "code", "valid_from", unique=True, postgresql_where=IS_GROUP),
        # The list of districts and wards below an area.
        sa.Index("area_parent", "parent_id"),
        # The order of pages.
        sa.Index("area_page", "code", "valid_from", "area_id"),
    )


class AreaSuccession(Base):
    __tablename__ = "area_succession"

    from_id: Mapped[UUID] = mapped_column(sa.ForeignKey("area.area_id"), primary_key=True)
    to_id: Mapped[UUID] = mapped_column(sa.ForeignKey("area.area_id"), primary_key=True)
    succeeds_on: Mapped[dt.date]
    kind: Mapped[str]
    is_main: Mapped[bool]

    __table_args__ = (
        sa.CheckConstraint("from_id <> to_id", name="area_succeeded_by_itself"),
        sa.CheckConstraint("kind IN ('merge', 'split', 'rename', 'move')", name="succession_of_no_known_kind"),
        # Nothing has two main successors.
        sa.Index("area_succession_main", "from_id", unique=True, postgresql_where=sa.text("is_main")),
        # The predecessors of an area.
        sa.Index("area_succession_to", "to_id"),
    )


class GroupPlacement(Base):
    __tablename__ = "group_placement"

    group_id: Mapped[UUID] = mapped_column(sa.ForeignKey("area.area_id"), primary_key=True)
    placed_on: Mapped[dt.date] = mapped_column(primary_key=True)
    ward_id: Mapped[UUID] = mapped_column(sa.ForeignKey("area.area_id"))

    # The groups of a ward.
    __table_args__ = (sa.Index("group_placement_ward", "ward_id"),)


class Venue(Base):
    __tablename__ = "venue"

    venue_id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    kind: Mapped[str]
    area_id: Mapped[UUID] = mapped_column(sa.ForeignKey("area.area_id"))
    serves: Mapped[list[UUID]]
    stalls: Mapped[int | None]
    closed_on: Mapped[dt.date | None] = mapped_column(comment="the first day without it")

    # The venues of an area.
    __table_args__ = (sa.Index("venue_area", "area_id"),)


class Service(Base):
    __tablename__ = "service"

    code: Mapped[str] = mapped_column(primary_key=True)
    name_vi: Mapped[str]
    name_en: Mapped[str]
    pillars: Mapped[list[str]]
    unit: Mapped[str]
    once: Mapped[bool]
    due_days: Mapped[int | None]


class Office(Base):
    __tablename__ = "office"

    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    area_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("area.area_id"))


class Volunteer(Base):
    """The one table with names and phones of people; only a `registry:write` token gets them out."""

    __tablename__ = "volunteer"

    volunteer_id: Mapped[UUID] = mapped_column(primary_key=True)
    full_name: Mapped[str]
    phone: Mapped[str | None] = mapped_column(comment="E.164")
    kind: Mapped[str]
    unit: Mapped[str | None]
    area_id: Mapped[UUID] = mapped_column(sa.ForeignKey("area.area_id"))
    birth_year: Mapped[int | None]
    joined_on: Mapped[dt.date | None]
    retired_on: Mapped[dt.date | None] = mapped_column(comment="the first day without service; null: active")

    __table_args__ = (
        sa.CheckConstraint(r"phone ~ '^\+[1-9][0-9]{6,14}$'", name="phone_not_in_e164"),
        # The volunteers of an area.
        sa.Index("volunteer_area", "area_id"),
    )


class Client(Base):
    __tablename__ = "client"

    client_id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    secret_sha256: Mapped[bytes]
    areas: Mapped[list[UUID]]
    scopes: Mapped[list[str]]
    enabled_at: Mapped[dt.datetime]
    revoked_at: Mapped[dt.datetime | None]


class SigningKey(Base):
    __tablename__ = "signing_key"

    kid: Mapped[str] = mapped_column(primary_key=True)
    private_jwk: Mapped[dict[str, Any]]
    created_at: Mapped[dt.datetime]
    retired_at: Mapped[dt.datetime | None] = mapped_column(comment="signs no more; verifies until it is removed")


event_log.define_tables(Base.metadata)
segments.define_tables(Base.metadata)
