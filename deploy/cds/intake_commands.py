"""`cds pending` and `cds refused`: what waits at the intake and what it refused, by ward, for those who run it.

Guarantee: read from the sessions database, without a token; what the sandbox sent is left out. Nothing of an event's
content is shown, since nothing of it is kept.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any
from uuid import UUID

import typer
from rich.console import Console

from deploy.cds import tables
from deploy.cds.command_line import AsJson
from deploy.cds.home import operator_settings
from services.sessions.queries import refused as refused_queries
from services.sessions.queries import waiting as waiting_queries
from services.sessions.queries.refused import RefusedEvent, RefusedSum
from services.sessions.queries.waiting import Waiting, WaitingWard, Whose
from shared import clock, database
from shared.areas import AreaBook
from shared.clock import LOCAL_ZONE
from shared.database import Connection

SHOWN = 20  # one by one, on a terminal
LISTED = 500  # for programs
Client = Annotated[str | None, typer.Option("--client", help="Chỉ của một ứng dụng, ví dụ app-11692-2025.")]


def pending(client: Client = None, as_json: AsJson = False) -> None:
    """Sự kiện chờ đối chiếu, theo xã, phường và thời gian chờ · accepted events that wait, by ward and age."""
    now = clock.now()
    with _sessions() as (connection, book):
        wards = waiting_queries.by_ward(connection, _whose(client), now)
        limit = LISTED if as_json else SHOWN
        page = waiting_queries.one_by_one(connection, _whose(client), None, limit)
    if as_json:
        _json({"wards": _dicts(wards, book), "items": _dicts(page.items, book), "is_complete": page.next is None})
    elif not wards:
        typer.echo("Không có sự kiện nào chờ.")
    else:
        _print_wards(wards, book)
        _print_waiting(page.items, book, now)


def refused(client: Client = None, as_json: AsJson = False) -> None:
    """Sự kiện không được nhận trong 30 ngày: ứng dụng nào gửi sai gì, ở đâu · refused events, by app and reason."""
    with _sessions() as (connection, book):
        sums, is_complete = refused_queries.summary(connection, _whose(client), None, LISTED)
        page = refused_queries.newest(connection, _whose(client), None, None, LISTED if as_json else SHOWN)
    if as_json:
        _json({"summary": _dicts(sums, book), "items": _dicts(page.items, book), "is_complete": is_complete})
    elif not sums:
        typer.echo("Không có sự kiện nào bị từ chối trong 30 ngày qua.")
    else:
        _print_sums(sums, book)
        _print_refused(page.items, book)


def _whose(client: str | None) -> Whose:
    return Whose(client, is_sandbox=None if client else False)


@contextmanager
def _sessions() -> Iterator[tuple[Connection, AreaBook]]:
    """The sessions database with its book of areas, read in one transaction."""
    engine = database.engine(operator_settings().database_url("sessions"), pool_size=1, options=database.JOB_OPTIONS)
    try:
        with database.transaction(engine) as connection:
            yield connection, AreaBook.load(connection)
    finally:
        engine.dispose()


def _dicts(rows: Any, book: AreaBook) -> list[dict[str, Any]]:
    """Rows as a program reads them, with their ward in words."""
    return [dataclasses.asdict(row) | {"ward": _ward(row.ward_id, book)} for row in rows]


def _json(value: dict[str, Any]) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, default=str, indent=2))


def _ward(ward: UUID | None, book: AreaBook) -> str:
    known = book.areas.get(ward) if ward else None
    return f"{known.name} ({known.code})" if known else "chưa rõ"


def _print_wards(wards: list[WaitingWard], book: AreaBook) -> None:
    ages = ("dưới 1 giờ", "dưới 1 ngày", "dưới 7 ngày", "từ 7 ngày")
    table = tables.whole("Xã, phường", "Đang chờ", *ages, "Không thể nhận", "Lâu nhất từ", title="Chờ đối chiếu")
    for ward in wards:
        counts = [str(count) for count in ward.ages.values()]
        table.add_row(
            _ward(ward.ward_id, book), str(ward.events), *counts, str(ward.refused or "–"), _moment(ward.oldest_at)
        )
    Console().print(table)


def _print_waiting(items: Any, book: AreaBook, now: dt.datetime) -> None:
    table = tables.whole(
        "Sự kiện", "Loại", "Ứng dụng", "Xã, phường", "Chờ gì", "Đã chờ", title=f"{len(items)} sự kiện cũ nhất"
    )
    item: Waiting
    for item in items:
        why = f"không thể nhận: {item.refused_text}" if item.refused else item.waits_for_text
        table.add_row(
            str(item.event_id), _short(item.type), item.client_id, _ward(item.ward_id, book), why,
            _age(now - item.accepted_at),
        )  # fmt: skip
    Console().print(table)


def _print_sums(sums: list[RefusedSum], book: AreaBook) -> None:
    table = tables.whole("Ngày", "Ứng dụng", "Xã, phường", "Lý do", "Mã", "Số lần", title="Không được nhận")
    for row in sums:
        day = f"{row.day.day}/{row.day.month}/{row.day.year}"
        table.add_row(day, row.client_id, _ward(row.ward_id, book), row.code_text, row.code, str(row.events))
    Console().print(table)


def _print_refused(items: Any, book: AreaBook) -> None:
    table = tables.whole("Lúc", "Ứng dụng", "Xã, phường", "Loại", "Mã", "Trường", title=f"{len(items)} lần mới nhất")
    item: RefusedEvent
    for item in items:
        place = _ward(item.ward_id, book)
        table.add_row(_moment(item.received_at), item.client_id, place, _short(item.type), item.code, item.field or "–")
    Console().print(table)


def _short(event_type: str | None) -> str:
    return (event_type or "–").removeprefix("vn.congdongso.").removesuffix(".v1")


def _moment(at: dt.datetime) -> str:
    local = at.astimezone(LOCAL_ZONE)
    return f"{local:%H:%M} {local.day}/{local.month}/{local.year}"


def _age(age: dt.timedelta) -> str:
    hours = int(age.total_seconds() // 3600)
    return f"{hours // 24} ngày" if hours >= 24 else f"{hours} giờ" if hours else f"{age.seconds // 60} phút"
