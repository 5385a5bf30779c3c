"""Teams and who is in them on a day, as SQL.

Guarantee: a stay holds from its first day to the day before `left_on`; members who were merged into another record
are not there any more, since the other has their stays.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registry.model import POSITIONS, Placement, Team, TeamMember, Volunteer
from services.registry.queries.pages import Page, page_of
from services.registry.queries.placed import area_of
from services.registry.queries.tree import all_below_on


def ends_after(day: Any) -> sa.ColumnElement[bool]:
    return sa.or_(TeamMember.left_on.is_(None), TeamMember.left_on > day)


def covers(day: dt.date) -> sa.ColumnElement[bool]:
    """A stay that holds on a day."""
    return sa.and_(TeamMember.joined_on <= day, ends_after(day))


def teams(
    session: Session,
    on: dt.date,
    *,
    area_id: UUID | None,
    only_in: frozenset[UUID] | None,
    after: UUID | None,
    limit: int,
) -> Page:
    """The teams that there are on a day, in an area and below it; `only_in` limits them to these areas."""
    is_there = sa.and_(Team.formed_on <= on, sa.or_(Team.dissolved_on.is_(None), Team.dissolved_on > on))
    query = _teams_on(on).where(is_there).order_by(Team.team_id).limit(limit + 1)
    if area_id is not None:
        query = query.where(_is_in(on, area_id))
    if only_in is not None:
        query = query.where(_is_in(on, *only_in))
    if after is not None:
        query = query.where(Team.team_id > after)
    return page_of(session.execute(query).all(), limit, "team_id")


def team(session: Session, team_id: UUID, on: dt.date, only_in: frozenset[UUID] | None = None) -> dict[str, Any] | None:
    """One team with its members on a day; None when there is none, or not in these areas."""
    query = _teams_on(on).where(Team.team_id == team_id)
    if only_in is not None:
        query = query.where(_is_in(on, *only_in))
    row = session.execute(query).one_or_none()
    return {**row._mapping, "members": _members(session, team_id, on), **_past(session, team_id)} if row else None


def _teams_on(day: dt.date) -> sa.Select[Any]:
    number = (
        sa.select(sa.func.count())
        .where(TeamMember.team_id == Team.team_id, covers(day))
        .correlate(Team)
        .scalar_subquery()
    )
    return sa.select(*Team.__table__.c, area_of(Team.team_id, day).label("area_id"), number.label("members_count"))


def _is_in(day: dt.date, *areas: UUID) -> sa.ColumnElement[bool]:
    return area_of(Team.team_id, day).in_(all_below_on(areas, day))


def _members(session: Session, team_id: UUID, on: dt.date) -> Sequence[Any]:
    rank = sa.func.array_position(sa.literal(list(POSITIONS), sa.ARRAY(sa.Text)), TeamMember.position)
    query = (
        sa.select(Volunteer.volunteer_id, Volunteer.full_name, TeamMember.position, TeamMember.joined_on)
        .join(Volunteer, Volunteer.volunteer_id == TeamMember.volunteer_id)
        .where(TeamMember.team_id == team_id, covers(on))
        .order_by(rank, TeamMember.joined_on, Volunteer.volunteer_id)
    )
    return session.execute(query).all()


def _past(session: Session, team_id: UUID) -> dict[str, Any]:
    placed = sa.select(Placement.area_id, Placement.placed_on).where(Placement.subject_id == team_id)
    return {"placements": session.execute(placed.order_by(Placement.placed_on)).all()}


def teams_of(session: Session, volunteer_id: UUID) -> Sequence[Any]:
    """The stays of a volunteer in teams, oldest first."""
    query = (
        sa.select(Team.team_id, Team.name, TeamMember.position, TeamMember.joined_on, TeamMember.left_on)
        .join(Team, Team.team_id == TeamMember.team_id)
        .where(TeamMember.volunteer_id == volunteer_id)
        .order_by(TeamMember.joined_on, Team.team_id)
    )
    return session.execute(query).all()
