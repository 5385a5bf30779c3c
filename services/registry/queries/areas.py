"""Areas on a day, or of all times, by code, level, parent and name.

Guarantee: an area's parent is that of the day asked for; when all times are asked for, that of today or of the area's
last or first day, whichever is nearest. A name is found however it is typed.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registry.model import Area, Placement
from services.registry.names import fold, fold_sql, literal
from services.registry.queries.pages import Page, page_of
from shared.problems import FieldError, Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaFilter:
    """`on` is the day, or today when `all_times` are asked for."""

    on: dt.date
    all_times: bool = False
    code: str | None = None
    level: str | None = None
    parent: UUID | None = None
    name: str | None = None


def parent_on(day: Any) -> sa.ColumnElement[UUID | None]:
    """What an area is directly under on a day: for a residential group, the ward that it is placed in."""
    placed = (
        sa.select(Placement.area_id)
        .where(Placement.subject_id == Area.area_id, Placement.placed_on <= day)
        .order_by(Placement.placed_on.desc())
        .limit(1)
        .correlate(Area)
        .scalar_subquery()
    )
    return sa.func.coalesce(placed, Area.parent_id)


def areas_with_parents(day: Any) -> sa.Select[Any]:
    columns = [column for column in Area.__table__.c if column.key != "parent_id"]
    return sa.select(*columns, parent_on(day).label("parent_id"))


def is_valid_on(day: dt.date) -> sa.ColumnElement[bool]:
    return sa.and_(Area.valid_from <= day, sa.or_(Area.valid_to.is_(None), Area.valid_to >= day))


def areas(session: Session, wanted: AreaFilter, *, after: UUID | None, limit: int) -> Page:
    """The areas that are there on a day, or ever, by code."""
    day: Any = wanted.on
    if wanted.all_times:
        day = sa.func.greatest(Area.valid_from, sa.func.least(sa.func.coalesce(Area.valid_to, wanted.on), wanted.on))
    query = areas_with_parents(day).where(*_conditions(wanted, day))
    key = sa.tuple_(Area.code, Area.valid_from, Area.area_id)
    if after is not None:
        query = query.where(key > _last_of_page(session, after))
    return page_of(session.execute(query.order_by(*key.clauses).limit(limit + 1)).all(), limit, "area_id")


def _conditions(wanted: AreaFilter, day: Any) -> list[sa.ColumnElement[bool]]:
    found = [] if wanted.all_times else [is_valid_on(wanted.on)]
    if wanted.code is not None:
        found.append(Area.code == wanted.code)
    if wanted.level is not None:
        found.append(Area.level == wanted.level)
    if wanted.parent is not None:
        found.append(parent_on(day) == wanted.parent)
    if wanted.name is not None:
        found.append(fold_sql(Area.name).like(f"%{literal(fold(wanted.name))}%"))
    return found


def _last_of_page(session: Session, area_id: UUID) -> sa.Tuple:
    last = session.get(Area, area_id)
    if last is None:
        message = "Không có đơn vị này. Vui lòng gửi giá trị “next” của trang trước."
        raise Problem("invalid", errors=[FieldError("after", "unknown_area", message)])
    return sa.tuple_(sa.literal(last.code), sa.literal(last.valid_from), sa.literal(last.area_id))


def area_by_code(session: Session, code: str, on: dt.date) -> Area | None:
    """What `11692`, or `11692/tdp-03`, means on a day; of two that bear a code, the newer one."""
    ward_code, _, group_code = code.partition("/")
    query = sa.select(Area).where(Area.code == ward_code, Area.level != "residential_group", is_valid_on(on))
    ward = session.scalar(query.order_by(Area.valid_from.desc()).limit(1))
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
