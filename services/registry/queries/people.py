"""Volunteers on a day, found by where they are, what they can and, for those who may, by name and phone.

Guarantee: a name is found however it is typed: each word of the query begins a word of the name, in any order,
without regard to case and diacritics; names that have the diacritics as typed come first. A record is found by what
was merged into it, too. Whatever is typed stands for itself, never for a pattern.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registry.model import Area, Placement, TeamMember, Volunteer
from services.registry.names import fold, fold_sql, literal
from services.registry.queries.areas import at_or_below
from services.registry.queries.pages import Page, page_of
from services.registry.queries.people_search import by_name, by_phone, distance
from services.registry.queries.placed import area_of
from services.registry.queries.teams import covers, teams_of
from services.registry.queries.tree import all_below_on
from shared.problems import FieldError, Problem

STATUSES = ("active", "retired", "merged", "erased")


@dataclass(frozen=True, slots=True, kw_only=True)
class VolunteerFilter:
    """`only_in` limits to what is in these areas; without `status`, who was merged or erased is not shown."""

    on: dt.date
    only_in: frozenset[UUID] | None = None
    ward: UUID | None = None
    area: UUID | None = None
    unit: str | None = None
    skill: str | None = None
    team: UUID | None = None
    kind: str | None = None
    status: str | None = None
    q: str | None = None
    phone: str | None = None


def status_on(day: dt.date) -> sa.Case[str]:
    return sa.case(
        (Volunteer.erased_on.is_not(None), "erased"),
        (Volunteer.merged_into.is_not(None), "merged"),
        (Volunteer.retired_on <= day, "retired"),
        else_="active",
    )


def volunteers_on(day: dt.date) -> sa.Select[Any]:
    """Volunteers with the area that each is in on a day, and what each is then."""
    area = area_of(Volunteer.volunteer_id, day)
    return sa.select(*Volunteer.__table__.c, area.label("area_id"), status_on(day).label("status"))


def volunteers(session: Session, wanted: VolunteerFilter, *, after: UUID | None, limit: int) -> Page:
    """A page: by id, or when a name is searched for, the closest first."""
    key: list[Any] = [Volunteer.volunteer_id]
    if wanted.q is not None:
        key = [distance(wanted.q), Volunteer.folded_name, Volunteer.volunteer_id]
    query = volunteers_on(wanted.on).where(*_conditions(wanted)).order_by(*key).limit(limit + 1)
    if after is not None:
        last = _last_of_page(session, key, after) if len(key) > 1 else [sa.literal(after)]
        query = query.where(sa.tuple_(*key) > sa.tuple_(*last))
    return page_of(session.execute(query).all(), limit, "volunteer_id")


def _conditions(wanted: VolunteerFilter) -> list[sa.ColumnElement[bool]]:
    status = status_on(wanted.on)
    found = [status == wanted.status] if wanted.status else [status.in_(STATUSES[:2])]
    found += [is_in(wanted.on, area) for area in (wanted.ward, wanted.area) if area is not None]
    if wanted.only_in is not None:
        found.append(is_in(wanted.on, *wanted.only_in))
    if wanted.kind is not None:
        found.append(Volunteer.kind == wanted.kind)
    if wanted.unit is not None:
        found.append(Volunteer.folded_unit.like(f"%{literal(fold(wanted.unit))}%", escape="\\"))
    if wanted.skill is not None:
        found.append(_can(wanted.skill))
    if wanted.team is not None:
        stays = sa.select(TeamMember.volunteer_id).where(TeamMember.team_id == wanted.team, covers(wanted.on))
        found.append(Volunteer.volunteer_id.in_(stays))
    found += [by_name(wanted.q)] if wanted.q is not None else []
    return found + ([by_phone(wanted.phone)] if wanted.phone is not None else [])


def is_in(day: dt.date, *area_ids: UUID) -> sa.ColumnElement[bool]:
    """Volunteers who are in these areas or below on a day; those who ever were are looked at first."""
    ever = sa.select(Placement.subject_id).where(
        Placement.subject == "volunteer", Placement.area_id.in_(at_or_below(*area_ids))
    )
    now = area_of(Volunteer.volunteer_id, day).in_(all_below_on(area_ids, day))
    return sa.and_(Volunteer.volunteer_id.in_(ever), now)


def _can(skill: str) -> sa.ColumnElement[bool]:
    one = sa.func.unnest(Volunteer.skills).column_valued("skill")
    return sa.exists(sa.select(one).where(fold_sql(one) == fold(skill)))


def _last_of_page(session: Session, key: list[Any], after: UUID) -> list[Any]:
    """What the last row of a page is sorted by, as it is now."""
    last = session.execute(
        sa.select(*key).where(Volunteer.volunteer_id == after, Volunteer.erased_on.is_(None))
    ).one_or_none()
    if last is None:
        message = "Không có tình nguyện viên này. Vui lòng gửi giá trị “next” của trang trước."
        raise Problem("invalid", errors=[FieldError("after", "unknown_volunteer", message)])
    return [sa.literal(value) for value in last]


def volunteer(session: Session, volunteer_id: UUID, on: dt.date, only_in: frozenset[UUID] | None = None) -> Any:
    """One volunteer, with all that is known over time; None when there is none, or not in these areas."""
    query = volunteers_on(on).where(Volunteer.volunteer_id == volunteer_id)
    if only_in is not None:
        query = query.where(is_in(on, *only_in))
    row = session.execute(query).one_or_none()
    return {**row._mapping, **_over_time(session, volunteer_id)} if row else None


def _over_time(session: Session, volunteer_id: UUID) -> dict[str, Any]:
    placed = (
        sa.select(Placement.area_id, Placement.placed_on, Area.code, Area.name)
        .join(Area, Area.area_id == Placement.area_id)
        .where(Placement.subject_id == volunteer_id)
        .order_by(Placement.placed_on)
    )
    merged = sa.select(Volunteer.volunteer_id).where(Volunteer.merged_into == volunteer_id)
    return {
        "placements": session.execute(placed).all(),
        "teams": teams_of(session, volunteer_id),
        "merged_from": session.scalars(merged.order_by(Volunteer.volunteer_id)).all(),
    }
