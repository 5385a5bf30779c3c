"""Remarks for the daily report, by ward, day and section: what the officer writes into V. and VI. of the report.

Guarantee: the text is in this table and in no event. Who saves over what somebody else has written since sees that
first. `GET /v1/remarks` gives them to who makes the report.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, redirect, request

from services.sessions.page import terms
from services.sessions.page.desk import Desk, open_desk
from services.sessions.page.guard import intake, signed_in
from services.sessions.page.rendering import page
from services.sessions.page.sending import damaged
from shared import clock
from shared.auth import identity
from shared.database import Connection, transaction
from shared.problems import Problem

LONGEST = 2000
RECENT_DAYS = 7
OVERTAKEN = (
    "Ghi chú này vừa được người khác sửa. Bản mới nhất ở bên dưới, kèm nội dung anh/chị vừa nhập; vui lòng xem lại."
)


def add_routes(routes: Blueprint) -> None:
    routes.add_url_rule("/ghi-chu", "remarks", remarks)
    routes.add_url_rule("/ghi-chu", "post_remarks", post_remarks, methods=["POST"])


@dataclass(frozen=True, slots=True)
class Remark:
    """What stands in one section of a day's report."""

    section: str
    text: str
    written_by: str
    written_at: dt.datetime


def read(connection: Connection, ward: UUID, day: dt.date) -> dict[str, Remark]:
    """The remarks of a ward and a day, by section."""
    rows = connection.execute(
        "SELECT section, text, client_id, written_at FROM remark WHERE ward_id = %s AND day = %s ORDER BY section",
        [ward, day],
    )
    return {row[0]: Remark(*row) for row in rows}


def read_all(connection: Connection, day: dt.date) -> dict[UUID, list[Remark]]:
    """The remarks of a day that say anything, by ward and section."""
    found: dict[UUID, list[Remark]] = {}
    for ward, *rest in connection.execute(
        """SELECT ward_id, section, text, client_id, written_at FROM remark WHERE day = %s AND text <> ''
            ORDER BY ward_id, section""",
        [day],
    ):
        found.setdefault(ward, []).append(Remark(*rest))
    return found


def recent_days(connection: Connection, ward: UUID) -> list[dt.date]:
    """The last days that have remarks."""
    rows = connection.execute(
        "SELECT DISTINCT day FROM remark WHERE ward_id = %s AND text <> '' ORDER BY day DESC LIMIT %s",
        [ward, RECENT_DAYS],
    )
    return [row[0] for row in rows]


def write(connection: Connection, ward: UUID, day: dt.date, remark: Remark, seen: dt.datetime | None) -> bool:
    """Save a remark over the one that was seen; False when there is a newer one."""
    return (
        connection.execute(
            """INSERT INTO remark AS r (ward_id, day, section, text, client_id, written_at)
               VALUES (%(ward)s, %(day)s, %(section)s, %(text)s, %(by)s, %(at)s)
               ON CONFLICT (ward_id, day, section) DO UPDATE SET text = excluded.text, client_id = excluded.client_id,
                 written_at = excluded.written_at WHERE r.written_at = %(seen)s OR r.text = excluded.text""",
            {"ward": ward, "day": day, "section": remark.section, "text": remark.text, "by": remark.written_by,
             "at": remark.written_at, "seen": seen},
        ).rowcount
        == 1
    )  # fmt: skip


@signed_in
def remarks() -> Response:
    return _show(open_desk())


def _show(desk: Desk, problem: str = "", typed: dict[str, str] | None = None) -> Response:
    with transaction(intake().engine) as connection:
        found = read(connection, desk.ward.area_id, desk.day)
        days = recent_days(connection, desk.ward.area_id)
    return page(
        "remarks.html",
        422 if problem else 200,
        desk=desk,
        tab="/ghi-chu",
        found=found,
        days=days,
        is_offered=_is_offered(desk),
        longest=LONGEST,
        problem=problem,
        typed=typed or {},
    )


@signed_in
def post_remarks() -> Any:
    desk = open_desk()
    if request.form.get("ngay") != desk.day.isoformat():
        raise damaged()
    if not _is_offered(desk):
        raise Problem("forbidden_area", "Tài khoản này không ghi cho toàn xã, phường.")
    typed = {section: _text(section) for section in terms.SECTIONS}
    if any(len(text) > LONGEST for text in typed.values()):
        return _show(desk, f"Mỗi mục dài nhất {LONGEST} ký tự. Vui lòng rút gọn.", typed)
    with transaction(intake().engine) as connection:
        saved = [_save(connection, desk, section, text) for section, text in typed.items()]
    if not all(saved):
        return _show(desk, OVERTAKEN, typed)
    return redirect(desk.link("/ghi-chu", ngay=desk.day, xong="ghi-chu"), 303)


def _is_offered(desk: Desk) -> bool:
    """Whether the person writes for the whole ward, whose report it is."""
    return desk.may(desk.ward.area_id, desk.day)


def _text(section: str) -> str:
    text = request.form.get(section, "").replace("\r\n", "\n").strip()
    return "".join(char for char in text if char in "\n\t" or char.isprintable())


def _save(connection: Connection, desk: Desk, section: str, text: str) -> bool:
    """Save one section, when it has changed; whether that went well."""
    try:
        at = request.form.get(f"{section}-luc", "")
        seen = dt.datetime.fromisoformat(at) if at else None
    except ValueError:
        raise damaged() from None
    held = read(connection, desk.ward.area_id, desk.day).get(section)
    if (held.text if held else "") == text:
        return True
    remark = Remark(section, text, identity().client_id, clock.now())
    return write(connection, desk.ward.area_id, desk.day, remark, seen)
