"""One area through time: its names, what it was under, what it succeeds and what succeeds it.

Guarantee: the parent is that of the day asked for. `names` follows an area that was only renamed or moved back to its
first name, and on through its main successors to what it is called last.
"""

import datetime as dt
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registry.model import Area, AreaSuccession, Placement
from services.registry.queries.areas import areas_with_parents
from services.registry.queries.pages import Rows

SAME = ("rename", "move")  # after these it is the same area under another name or parent


def area(session: Session, area_id: UUID, on: dt.date) -> dict[str, Any] | None:
    """One area as it is on a day, with its history; None when there is none."""
    row = session.execute(areas_with_parents(on).where(Area.area_id == area_id)).one_or_none()
    if row is None:
        return None
    return {
        **row._mapping,
        "names": list(_names(session, session.get_one(Area, area_id))),
        "parents": _parents(session, session.get_one(Area, area_id)),
        "predecessors": _relatives(session, AreaSuccession.from_id, AreaSuccession.to_id == area_id),
        "successors": _relatives(session, AreaSuccession.to_id, AreaSuccession.from_id == area_id),
    }


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


def _names(session: Session, area: Area) -> Iterator[dict[str, Any]]:
    earlier, by = _earlier(session, area)
    for one, kind in [*earlier, (area, by), *_later(session, area)]:
        yield {
            "area_id": one.area_id,
            "code": one.code,
            "name": one.name,
            "valid_from": one.valid_from,
            "valid_to": one.valid_to,
            "by": kind,
        }


def _earlier(session: Session, area: Area) -> tuple[list[tuple[Area, str | None]], str | None]:
    """What the area was before, as long as it was only renamed or moved, oldest first; and how it became itself."""
    row = _only_predecessor(session, area)
    if row is None:
        return [], None
    before = session.get_one(Area, row.from_id)
    earlier, by = _earlier(session, before)
    return [*earlier, (before, by)], row.kind


def _only_predecessor(session: Session, area: Area) -> AreaSuccession | None:
    rows = session.scalars(sa.select(AreaSuccession).where(AreaSuccession.to_id == area.area_id).limit(2)).all()
    return rows[0] if len(rows) == 1 and rows[0].kind in SAME else None


def _later(session: Session, area: Area) -> Iterator[tuple[Area, str | None]]:
    """What the area became, oldest first, by its main successors."""
    seen = {area.area_id}
    main = sa.select(AreaSuccession).where(AreaSuccession.is_main)
    while row := session.scalar(main.where(AreaSuccession.from_id == area.area_id)):
        if row.to_id in seen:
            return
        area = session.get_one(Area, row.to_id)
        seen.add(area.area_id)
        yield area, row.kind


def _parents(session: Session, area: Area) -> list[dict[str, Any]]:
    """What the area was directly under from which day to which; the last span ends with the area."""
    placed = session.execute(
        sa.select(Placement.placed_on, Placement.area_id)
        .where(Placement.subject_id == area.area_id)
        .order_by(Placement.placed_on)
    ).all()
    spans = [(row.placed_on, row.area_id) for row in placed]
    if not spans and area.parent_id:
        spans = [(area.valid_from, area.parent_id)]
    if not spans:
        return []
    spans = [one for at, one in enumerate(spans) if at == 0 or one[1] != spans[at - 1][1]]
    ends = [since - dt.timedelta(days=1) for since, _ in spans[1:]] + [area.valid_to]
    return [_span(session.get_one(Area, above), since, end) for (since, above), end in zip(spans, ends, strict=True)]


def _span(above: Area, since: dt.date, until: dt.date | None) -> dict[str, Any]:
    named = {"area_id": above.area_id, "code": above.code, "name": above.name, "level": above.level}
    return named | {"valid_from": since, "valid_to": until}
