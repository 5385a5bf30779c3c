"""Areas, what succeeds them, and where everything that belongs to an area is placed over time.

An area is (code, valid_from, valid_to) under its own `area_id`; `valid_to` is its last day. A residential group, a
volunteer, a team and a venue stay themselves when their area is succeeded: `placement` says in which area each is
from which day on.
"""

import datetime as dt
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from services.registry.model.base import Base

LEVELS = ("province", "district", "ward", "residential_group")
SUCCESSIONS = ("merge", "split", "rename", "move")
PLACED = ("group", "volunteer", "team", "venue")
IS_GROUP = sa.text("level = 'residential_group'")
IS_OFFICIAL = sa.text("level <> 'residential_group'")


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
    eligible: Mapped[int | None] = mapped_column(comment="residents who may hold a level-2 account")
    version: Mapped[int] = mapped_column(server_default="1", default=1)

    __table_args__ = (
        sa.CheckConstraint("valid_to >= valid_from", name="area_ended_before_it_began"),
        sa.CheckConstraint(f"level IN {LEVELS}", name="area_of_no_known_level"),
        sa.CheckConstraint("level IN ('province', 'ward') OR parent_id IS NOT NULL", name="area_without_a_parent"),
        sa.CheckConstraint("households >= 0 AND residents >= 0", name="area_with_negative_people"),
        sa.CheckConstraint("eligible >= 0", name="area_with_negative_eligible"),
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
        sa.CheckConstraint(f"kind IN {SUCCESSIONS}", name="succession_of_no_known_kind"),
        # Nothing has two main successors.
        sa.Index("area_succession_main", "from_id", unique=True, postgresql_where=sa.text("is_main")),
        # The predecessors of an area.
        sa.Index("area_succession_to", "to_id"),
    )


class AreaTransfer(Base):
    """An area that goes on existing gave some of what is below it to another one."""

    __tablename__ = "area_transfer"

    from_id: Mapped[UUID] = mapped_column(sa.ForeignKey("area.area_id"), primary_key=True)
    to_id: Mapped[UUID] = mapped_column(sa.ForeignKey("area.area_id"), primary_key=True)
    transferred_on: Mapped[dt.date] = mapped_column(primary_key=True)
    kind: Mapped[str]

    __table_args__ = (
        sa.CheckConstraint("from_id <> to_id", name="area_gave_to_itself"),
        sa.CheckConstraint(f"kind IN {SUCCESSIONS}", name="transfer_of_no_known_kind"),
        # What an area was given.
        sa.Index("area_transfer_to", "to_id"),
    )


class Placement(Base):
    """Where a group (in a ward), a volunteer, a team or a venue (in a ward or a group) is from a day on.

    A district or a ward is a `group` here too, once the area above it has been succeeded.
    """

    __tablename__ = "placement"

    subject_id: Mapped[UUID] = mapped_column(primary_key=True)
    placed_on: Mapped[dt.date] = mapped_column(primary_key=True)
    subject: Mapped[str]
    area_id: Mapped[UUID] = mapped_column(sa.ForeignKey("area.area_id"))

    __table_args__ = (
        sa.CheckConstraint(f"subject IN {PLACED}", name="placement_of_no_known_subject"),
        # What is or was in an area, by kind.
        sa.Index("placement_area", "area_id", "subject"),
    )
