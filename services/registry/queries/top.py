"""The area at the top of a deployment, on a day, and the level that reports below it.

Guarantee: where the area under the code has ended, what stands in its place on the day is said to do so: its main
successors, or for a level that ended, those of what was directly below it.
"""

import datetime as dt
from collections.abc import Iterable
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registry.model import Area, AreaSuccession
from services.registry.queries.areas import is_valid_on, parent_on
from services.registry.queries.successions import shown


def top(session: Session, code: str, on: dt.date) -> dict[str, Any]:
    """The top on a day; `how` is `everything` without a code, `itself`, `successors`, or `unknown`."""
    if not code:
        items = _roots(session, on)
        return _answer("", "everything", None, items, on)
    named = _named(session, code, on)
    if named is None:
        return _answer(code, "unknown", None, [], on)
    if named.valid_to is None or named.valid_to >= on:
        return _answer(code, "itself", named, [named], on)
    return _answer(code, "successors", named, _in_place_of(session, named, on), on)


def _answer(code: str, how: str, named: Area | None, items: Iterable[Area], on: dt.date) -> dict[str, Any]:
    found = sorted(items, key=lambda area: (area.code, area.area_id))
    is_ward = [area.level for area in found] == ["ward"]
    return {
        "code": code,
        "on": on,
        "how": how,
        "named": _shown(named) if named else None,
        "items": [_shown(area) for area in found],
        "reporting_level": "residential_group" if is_ward else "ward",
    }


def _shown(area: Area) -> dict[str, Any]:
    return shown(area) | {"level": area.level, "valid_from": area.valid_from, "valid_to": area.valid_to}


def _roots(session: Session, on: dt.date) -> list[Area]:
    return list(session.scalars(sa.select(Area).where(Area.parent_id.is_(None), is_valid_on(on))))


def _named(session: Session, code: str, on: dt.date) -> Area | None:
    """What the code means on the day, or meant last before it."""
    query = sa.select(Area).where(Area.code == code, Area.level != "residential_group", Area.valid_from <= on)
    return session.scalar(query.order_by(Area.valid_from.desc()).limit(1))


def _in_place_of(session: Session, named: Area, on: dt.date) -> list[Area]:
    """What is there on the day in place of an area that has ended."""
    found, open_, seen = [], [named], {named.area_id}
    while open_:
        area = open_.pop()
        if area.valid_to is None or area.valid_to >= on:
            found.append(area)
            continue
        for one in _next(session, area):
            if one.area_id not in seen:
                seen.add(one.area_id)
                open_.append(one)
    return found


def _next(session: Session, area: Area) -> list[Area]:
    """The main successor of an area; of one without any, what was directly below it on its last day."""
    heirs: list[UUID] = list(
        session.scalars(
            sa.select(AreaSuccession.to_id).where(AreaSuccession.from_id == area.area_id, AreaSuccession.is_main)
        )
    )
    if heirs:
        return [session.get_one(Area, heir) for heir in heirs]
    below = sa.select(Area).where(parent_on(area.valid_to) == area.area_id, Area.level != "residential_group")
    return list(session.scalars(below.where(Area.valid_to == area.valid_to)))
