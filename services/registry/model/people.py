"""Volunteers and their teams over time.

Guarantee: names and phones of people, and what else is only about the person, stand in the columns marked `PERSONAL`
and nowhere else; only a `registry:write` token gets names and phones out.
"""

import datetime as dt
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from services.registry.model.base import DERIVED, PERSONAL, Base

POSITIONS = ("leader", "deputy", "secretary", "member")


class Volunteer(Base):
    __tablename__ = "volunteer"

    volunteer_id: Mapped[UUID] = mapped_column(primary_key=True)
    full_name: Mapped[str | None] = mapped_column(info=PERSONAL, comment="null: erased")
    folded_name: Mapped[str] = mapped_column(
        info=PERSONAL | DERIVED, server_default="", default="", comment="for search: no case, no diacritics"
    )
    phone: Mapped[str | None] = mapped_column(info=PERSONAL, comment="E.164")
    kind: Mapped[str]
    unit: Mapped[str | None] = mapped_column(comment="the Youth Union branch (chi đoàn)")
    folded_unit: Mapped[str] = mapped_column(info=DERIVED, server_default="", default="")
    birth_year: Mapped[int | None]
    skills: Mapped[list[str]] = mapped_column(info=PERSONAL, server_default="{}", default=list)
    languages: Mapped[list[str]] = mapped_column(info=PERSONAL, server_default="{}", default=list)
    joined_on: Mapped[dt.date | None]
    retired_on: Mapped[dt.date | None] = mapped_column(comment="the first day without service; null: active")
    consent_on: Mapped[dt.date | None] = mapped_column(comment="when the person agreed to be kept here")
    consent_text: Mapped[str | None] = mapped_column(comment="the version of the text that was agreed to")
    merged_into: Mapped[UUID | None] = mapped_column(sa.ForeignKey("volunteer.volunteer_id"))
    erased_on: Mapped[dt.date | None]
    version: Mapped[int] = mapped_column(server_default="1", default=1)

    __table_args__ = (
        sa.CheckConstraint(r"phone ~ '^\+[1-9][0-9]{6,14}$'", name="phone_not_in_e164"),
        sa.CheckConstraint("full_name IS NOT NULL OR erased_on IS NOT NULL", name="volunteer_without_a_name"),
        sa.CheckConstraint(
            "erased_on IS NULL OR (full_name IS NULL AND phone IS NULL AND folded_name = '')",
            name="erased_volunteer_with_a_name",
        ),
        sa.CheckConstraint("merged_into <> volunteer_id", name="volunteer_merged_into_itself"),
        sa.CheckConstraint("(consent_on IS NULL) = (consent_text IS NULL)", name="consent_without_day_or_text"),
        # Search by phone; probable duplicates.
        sa.Index("volunteer_phone", "phone"),
        # Search by exact name; probable duplicates.
        sa.Index("volunteer_name", "folded_name"),
        # What was merged into a volunteer.
        sa.Index("volunteer_merged", "merged_into"),
    )


class NotDuplicate(Base):
    """Two volunteers who look like one and are two; the lower id stands first."""

    __tablename__ = "not_duplicate"

    one_id: Mapped[UUID] = mapped_column(sa.ForeignKey("volunteer.volunteer_id"), primary_key=True)
    other_id: Mapped[UUID] = mapped_column(sa.ForeignKey("volunteer.volunteer_id"), primary_key=True)
    noted_on: Mapped[dt.date]

    __table_args__ = (
        sa.CheckConstraint("one_id < other_id", name="pair_noted_the_other_way_round"),
        # Who is noted beside a volunteer of the higher id.
        sa.Index("not_duplicate_other", "other_id"),
    )


class Team(Base):
    """A Community Digital Technology Team; where it works is in `placement`."""

    __tablename__ = "team"

    team_id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    formed_on: Mapped[dt.date]
    dissolved_on: Mapped[dt.date | None] = mapped_column(comment="the first day without it")
    version: Mapped[int] = mapped_column(server_default="1", default=1)

    __table_args__ = (sa.CheckConstraint("dissolved_on >= formed_on", name="team_dissolved_before_it_was_formed"),)


class TeamMember(Base):
    """One stay of a volunteer in a team, in one position; `left_on` is the first day without."""

    __tablename__ = "team_member"

    team_id: Mapped[UUID] = mapped_column(sa.ForeignKey("team.team_id"), primary_key=True)
    volunteer_id: Mapped[UUID] = mapped_column(sa.ForeignKey("volunteer.volunteer_id"), primary_key=True)
    joined_on: Mapped[dt.date] = mapped_column(primary_key=True)
    position: Mapped[str]
    left_on: Mapped[dt.date | None]

    __table_args__ = (
        sa.CheckConstraint(f"position IN {POSITIONS}", name="member_in_no_known_position"),
        sa.CheckConstraint("left_on >= joined_on", name="member_left_before_joining"),
        # Nobody is in a team twice at the same time.
        sa.Index(
            "team_member_once", "team_id", "volunteer_id", unique=True, postgresql_where=sa.text("left_on IS NULL")
        ),
        # The teams of a volunteer.
        sa.Index("team_member_volunteer", "volunteer_id"),
    )
