"""The board's pages: the whole at `/`, an area at `/don-vi/<code>`, and the files they load.

Guarantee: a page answers 304 without counting anything while no segment and no closing has come since the browser's
copy; at the latest every five minutes, and at 20:00 and at midnight, it is put together anew.
"""

import datetime as dt
import hashlib
from collections.abc import Callable
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from flask import Blueprint, Response, request

from services.reporting.board.closings import state_key
from services.reporting.board.figures import View, board
from services.reporting.board.guard import sees_board
from services.reporting.board.rendering import FILES_AT, compressed, file_view, render, version
from services.reporting.board.words import language
from services.reporting.queries import find_area
from shared import clock
from shared.areas import Area, AreaBook, AreaCache
from shared.database import Connection, transaction

KEPT_SECONDS = 300


class Link(NamedTuple):
    """A page of the board."""

    address: str
    name: str


BELOW = {"province": "ward", "district": "ward", "ward": "residential_group"}


def add_routes(routes: Blueprint, engine: sa.Engine, areas: AreaCache) -> Callable[..., Any]:
    """Add the pages; the front one is given back, for `/`."""

    @sees_board
    def whole() -> Response:
        return _answer(engine, areas.current(), None)

    @sees_board
    def one_area(code: str) -> Response:
        return _answer(engine, areas.current(), code)

    routes.add_url_rule("/don-vi/<path:code>", "area", one_area)
    routes.add_url_rule(f"{FILES_AT}/<path:name>", "file", file_view)
    return whole


def view_of(book: AreaBook, code: str | None, now: dt.datetime) -> View:
    """What is looked at; a deployment of a single ward has its groups as units.

    Raises:
        Problem: 422 naming what is not known.
    """
    day = clock.local_day(now)
    if code is not None:
        area = book.areas[find_area(book, code, day)]
        return View(now, area, BELOW.get(area.level, area.level))
    wards = sum(area.level == "ward" and area.is_valid_on(day) for area in book.areas.values())
    return View(now, None, "residential_group" if wards == 1 else "ward")


def _answer(engine: sa.Engine, book: AreaBook, code: str | None) -> Response:
    view = view_of(book, code, clock.now())
    with transaction(engine) as connection:
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        etag = _etag(connection, view)
        if etag in request.if_none_match:
            answer = Response(status=304)
        else:
            made = render("board.html", board=board(connection, view), etag=etag, **around(book, view))
            answer = compressed(Response(made, content_type="text/html; charset=utf-8"))
    answer.set_etag(etag)
    return answer


def around(book: AreaBook, view: View) -> dict[str, Any]:
    """What a page needs beside its figures: where one can go from it, and the names of places."""
    return {
        "above": above(book, view),
        "below": below(book, view),
        "links": Paths(book, view.day),
        "places": Places(book, view),
    }


def above(book: AreaBook, view: View) -> list[Link]:
    """The pages above this one, the whole first; none for the whole."""
    if view.area is None:
        return []
    lineage = [area for area in book.lineage(view.area.area_id, view.day) if area is not view.area]
    return [Link("/", ""), *(_link(book, area, view.day) for area in reversed(lineage))]


def below(book: AreaBook, view: View) -> list[Link]:
    """The pages of the units that are told here, by name."""
    if view.area is not None and view.area.level == view.unit:
        return []
    found = [area for area in book.areas.values() if area.level == view.unit and area.is_valid_on(view.day)]
    if view.area is not None:
        found = [one for one in found if view.area in book.lineage(one.area_id, view.day)]
    return [_link(book, area, view.day) for area in sorted(found, key=lambda area: (area.name, area.code))]


def _link(book: AreaBook, area: Area, day: dt.date) -> Link:
    return Link(f"/don-vi/{path_of(book, area, day)}", area.name)


def path_of(book: AreaBook, area: Area, day: dt.date) -> str:
    """The code by which an area is found on a day: that of a group goes after its ward's."""
    ward = book.ward(area.area_id, day) if area.level == "residential_group" else None
    return f"{ward.code}/{area.code}" if ward else area.code


class Paths(dict[UUID, str]):
    """The code for the address of each area, found when it is asked for."""

    def __init__(self, book: AreaBook, day: dt.date) -> None:
        super().__init__()
        self._book, self._day = book, day

    def __missing__(self, area_id: UUID) -> str:
        area = self._book.areas.get(area_id)
        return path_of(self._book, area, self._day) if area else str(area_id)


class Places(dict[UUID, str]):
    """The name of each area as it is told on its own; a group with its ward, unless the page is the ward's."""

    def __init__(self, book: AreaBook, view: View) -> None:
        super().__init__()
        self._book, self._view = book, view

    def __missing__(self, area_id: UUID) -> str:
        area = self._book.areas.get(area_id)
        if area is None:
            return ""
        ward = self._book.ward(area_id, min(self._view.day, area.valid_to or self._view.day))
        is_told = ward is None or ward is area or ward is self._view.area or self._view.area is area
        return area.name if is_told or ward is None else f"{area.name}, {ward.name}"


def _etag(connection: Connection, view: View) -> str:
    parts = (state_key(connection), view.day, view.tells_missing, int(view.now.timestamp()) // KEPT_SECONDS,
             view.area_id, language(), version(), request.headers.get("Accept-Encoding", ""))  # fmt: skip
    return hashlib.sha256("|".join(map(str, parts)).encode()).hexdigest()[:32]
