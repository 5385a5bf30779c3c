"""The ward's own entries of a day as a spreadsheet, CSV or XLSX: assists, each line of the paper counts, sessions.

Guarantee: only what the person may see, in the order in which it happened, the void ones marked so; no resident's token
and no text of a resident. The files are written by `shared/sheets`: no cell is a formula. It adds nothing up.
"""

from flask import Blueprint, Response

from services.sessions.entities import SANDBOX
from services.sessions.page import naming, session_queries, terms
from services.sessions.page.desk import Desk, open_desk
from services.sessions.page.entry_rows import COLUMNS, Row, moment, rows_of
from services.sessions.page.guard import intake, signed_in
from services.sessions.page.queries import COLUMNS as ENTRY
from services.sessions.page.queries import read_entries
from services.sessions.page.rendering import message
from shared.database import transaction
from shared.sheets import write_csv, write_xlsx
from shared.sheets.over_http import CSV, XLSX

MOST = 20_000
TOO_MANY = f"Ngày này có hơn {MOST:,} bản ghi. Vui lòng tải bảng số liệu tổng hợp.".replace(",", ".")


def add_routes(routes: Blueprint) -> None:
    routes.add_url_rule("/ban-ghi.csv", "entries_csv", entries_csv)
    routes.add_url_rule("/ban-ghi.xlsx", "entries_xlsx", entries_xlsx)


@signed_in
def entries_csv() -> Response:
    desk = open_desk()
    rows = _rows(desk)
    if rows is None:
        return _too_many(desk)
    return _file(desk, "csv", f"{CSV}; charset=utf-8", b"".join(write_csv(COLUMNS, rows)))


@signed_in
def entries_xlsx() -> Response:
    desk = open_desk()
    rows = _rows(desk)
    if rows is None:
        return _too_many(desk)
    with write_xlsx(COLUMNS, rows, sheet="Bản ghi") as made:
        return _file(desk, "xlsx", XLSX, made.read())


def _too_many(desk: Desk) -> Response:
    return message(422, "Chưa tải về được", TOO_MANY, desk=desk)


def _file(desk: Desk, ending: str, kind: str, content: bytes) -> Response:
    name = f"ban-ghi_{desk.ward.code}_{desk.day}.{ending}"
    return Response(content, content_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _rows(desk: Desk) -> list[Row] | None:
    """The lines of the file; None when they are too many for a page."""
    with transaction(intake().engine) as connection:
        found = read_entries(
            connection.execute(
                f"""SELECT {ENTRY} FROM entity WHERE ward_id = %s AND day = %s AND kind = ANY(%s) AND shard <> %s
                     LIMIT %s""",
                [desk.ward.area_id, desk.day, list(terms.KINDS), SANDBOX, MOST + 1],
            )
        )
        venues = session_queries.venue_names(connection, [one for one in found if one.kind != "tally"])
    if len(found) > MOST:
        return None
    services = naming.services()
    seen = sorted((one for one in found if desk.may(one.state.area, one.state.day)), key=moment)
    return [row for one in seen for row in rows_of(one, desk.name(one.state.area), services, venues)]
