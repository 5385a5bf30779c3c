"""Areas on a day, with what they succeed and what succeeds them.

Guarantee: an area's parent is that of the day asked for.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registry.model import Area, AreaSuccession, Placement
from services.registry.queries.pages import Page, Rows, page_of
from shared.problems import FieldError, Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaFilter:
    on: dt.date
    code: str | None = None
    level: str | None = None
    parent: UUID | None = None


def _parent_on(day: dt.date) -> sa.ColumnElement[UUID | None]:
    """What an area is directly under on a day: for a residential group, the ward that it is placed in."""
    placed = (
        sa.select(Placement.area_id)
        .where(Placement.subject_id == Area.area_id, Placement.placed_on <= day)
        .order_by(Placement.placed_on.desc())
        .limit(1)
        .scalar_subquery()
    )
    return sa.func.coalesce(placed, Area.parent_id)


def _areas_on(day: dt.date) -> sa.Select[Any]:
    columns = [column for column in Area.__table__.c if column.key != "parent_id"]
    return sa.select(*columns, _parent_on(day).label("parent_id"))


def areas(session: Session, wanted: AreaFilter, *, after: UUID | None, limit: int) -> Page:
    """The areas that are there on a day, by code."""
    query = _areas_on(wanted.on).where(
        Area.valid_from <= wanted.on, sa.or_(Area.valid_to.is_(None), Area.valid_to >= wanted.on)
    )
    if wanted.code is not None:
        query = query.where(Area.code == wanted.code)
    if wanted.level is not None:
        query = query.where(Area.level == wanted.level)
    if wanted.parent is not None:
        query = query.where(_parent_on(wanted.on) == wanted.parent)
    key = sa.tuple_(Area.code, Area.valid_from, Area.area_id)
    if after is not None:
        query = query.where(key > _last_of_page(session, after))
    return page_of(session.execute(query.order_by(*key.clauses).limit(limit + 1)).all(), limit, "area_id")


def _last_of_page(session: Session, area_id: UUID) -> sa.Tuple:
    last = session.get(Area, area_id)
    if last is None:
        message = "Không có đơn vị này. Vui lòng gửi giá trị “next” của trang trước."
        raise Problem("invalid", errors=[FieldError("after", "unknown_area", message)])
    return sa.tuple_(sa.literal(last.code), sa.literal(last.valid_from), sa.literal(last.area_id))


def area(session: Session, area_id: UUID, on: dt.date) -> dict[str, Any] | None:
    """One area with what it succeeds and what succeeds it; its parent is that of the day."""
    row = session.execute(_areas_on(on).where(Area.area_id == area_id)).one_or_none()
    if row is None:
        return None
    before = _relatives(session, AreaSuccession.from_id, AreaSuccession.to_id == area_id)
    after = _relatives(session, AreaSuccession.to_id, AreaSuccession.from_id == area_id)
    return {**row._mapping, "predecessors": before, "successors": after}


def _relatives(session: Session, side: Any, condition: sa.ColumnElement[bool]) -> Rows:
    query = (
        sa.select(
            Area.area_id,
            Area.code,
            Area.name,
            AreaSuccession.succeeds_on.label("on"),
            AreaSuccession.kind,
            AreaSuccession.is_main,
        )
        .join(Area, Area.area_id == side)
        .where(condition)
        .order_by(AreaSuccession.is_main.desc(), Area.code)
    )
    return session.execute(query).all()


def area_by_code(session: Session, code: str, on: dt.date) -> Area | None:
    """What `11692`, or `11692/tdp-03`, means on a day."""
    ward_code, _, group_code = code.partition("/")
    ward = session.scalar(
        sa.select(Area)
        .where(Area.code == ward_code, Area.level != "residential_group", Area.valid_from <= on)
        .where(sa.or_(Area.valid_to.is_(None), Area.valid_to >= on))
    )
    if ward is None or not group_code:
        return ward
    page = areas(session, AreaFilter(on=on, code=group_code, parent=ward.area_id), after=None, limit=1)
    return session.get(Area, page.items[0].area_id) if page.items else None


BELOW = """
WITH RECURSIVE edge AS (SELECT parent_id, area_id FROM area WHERE parent_id IS NOT NULL
                        UNION SELECT area_id, subject_id FROM placement WHERE subject = 'group'),
               tree AS (SELECT unnest(CAST(:tops AS uuid[])) AS area_id
                        UNION SELECT edge.area_id FROM edge JOIN tree ON edge.parent_id = tree.area_id)
SELECT area_id FROM tree
"""


def at_or_below(*area_ids: UUID) -> sa.Select[Any]:
    """The ids of areas and of everything that is or was below them."""
    tree = sa.text(BELOW).bindparams(sa.bindparam("tops", list(area_ids), unique=True)).columns(area_id=sa.UUID)
    return sa.select(tree.subquery().c.area_id)
