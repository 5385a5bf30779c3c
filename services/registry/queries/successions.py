"""Successions as they are listed: one item for each predecessor and day, with its successors.

Guarantee: an area that stays and gives something away stands there too, marked by `stays`. A page continues after the
last item of the one before it.
"""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registry.model import Area, AreaSuccession, AreaTransfer
from services.registry.queries.pages import Page
from shared.problems import FieldError, Problem

LINKS = sa.union_all(
    sa.select(
        AreaSuccession.succeeds_on.label("on"),
        AreaSuccession.from_id,
        AreaSuccession.to_id,
        AreaSuccession.kind,
        AreaSuccession.is_main,
        sa.false().label("stays"),
    ),
    sa.select(
        AreaTransfer.transferred_on,
        AreaTransfer.from_id,
        AreaTransfer.to_id,
        AreaTransfer.kind,
        sa.false(),
        sa.true(),
    ),
).subquery()
KEY = (LINKS.c.on, LINKS.c.from_id, LINKS.c.stays, LINKS.c.kind)


@dataclass(frozen=True, slots=True, kw_only=True)
class SuccessionFilter:
    """`area` is on either side; `since` and `until` are the first and the last day."""

    area: UUID | None = None
    since: dt.date | None = None
    until: dt.date | None = None
    kind: str | None = None


def successions(session: Session, wanted: SuccessionFilter, *, after: str | None, limit: int) -> Page:
    """The successions, oldest first."""
    query = sa.select(*KEY).where(*_conditions(wanted)).group_by(*KEY).order_by(*KEY).limit(limit + 1)
    if after is not None:
        query = query.where(sa.tuple_(*KEY) > _position(after))
    rows = session.execute(query).all()
    kept = rows[:limit]
    last = "/".join(str(part) for part in kept[-1]) if len(rows) > limit else None
    return Page(_items(session, kept), last)


def _conditions(wanted: SuccessionFilter) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = []
    if wanted.area is not None:
        found.append(sa.or_(LINKS.c.from_id == wanted.area, LINKS.c.to_id == wanted.area))
    if wanted.since is not None:
        found.append(LINKS.c.on >= wanted.since)
    if wanted.until is not None:
        found.append(LINKS.c.on <= wanted.until)
    if wanted.kind is not None:
        found.append(LINKS.c.kind == wanted.kind)
    return found


def _position(after: str) -> sa.Tuple:
    try:
        on, from_id, stays, kind = after.split("/")
        key = dt.date.fromisoformat(on), UUID(from_id), {"True": True, "False": False}[stays], kind
    except (ValueError, KeyError):
        message = "Vui lòng gửi giá trị “next” của trang trước."
        raise Problem("invalid", errors=[FieldError("after", "invalid", message)]) from None
    return sa.tuple_(*(sa.literal(part) for part in key))


def _items(session: Session, keys: Any) -> list[dict[str, Any]]:
    """The successions of these keys, each whole, whatever was asked for."""
    wanted = {tuple(key) for key in keys}
    rows = session.execute(sa.select(LINKS).where(LINKS.c.from_id.in_({key.from_id for key in keys}))).all()
    heirs: dict[Any, list[Any]] = defaultdict(list)
    for row in rows:
        if (row.on, row.from_id, row.stays, row.kind) in wanted:
            heirs[row.on, row.from_id, row.stays, row.kind].append(row)
    ids = {one for row in rows for one in (row.from_id, row.to_id)}
    areas = {area.area_id: area for area in session.scalars(sa.select(Area).where(Area.area_id.in_(ids)))}
    return [_item(tuple(key), heirs[tuple(key)], areas) for key in keys]


def _item(key: Any, heirs: list[Any], areas: dict[UUID, Area]) -> dict[str, Any]:
    on, from_id, stays, kind = key
    to = [shown(areas[row.to_id]) | {"is_main": row.is_main} for row in heirs]
    ordered = sorted(to, key=lambda one: (not one["is_main"], one["code"], str(one["area_id"])))
    return {"on": on, "kind": kind, "stays": stays, "from": shown(areas[from_id]), "to": ordered}


def shown(area: Area) -> dict[str, Any]:
    return {"area_id": area.area_id, "code": area.code, "name": area.name}
