"""The sheets to fill in, as XLSX with choices and a guide, and as CSV with the headings alone.

Guarantee: each is read as a sheet without an entry.
"""

import tempfile
from collections.abc import Mapping
from typing import IO

import flask
import sqlalchemy as sa

from services.sessions.imports.columns import What, columns_of
from shared.database import Connection, transaction
from shared.sheets import write_csv, write_template

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ODS = "application/vnd.oasis.opendocument.spreadsheet"
CSV = "text/csv"
TITLES: dict[What, str] = {"tallies": "số liệu tổng hợp từ sổ", "assists": "lượt hỗ trợ"}
ENTRIES: dict[What, str] = {
    "tallies": "Mỗi ngày, mỗi địa bàn, mỗi nội dung một dòng; không có lượt nào thì ghi «Không phát sinh».",
    "assists": "Mỗi lượt hỗ trợ một dòng.",
}
NAMES: dict[What, str] = {"tallies": "mau-so-lieu-tu-so", "assists": "mau-luot-ho-tro"}


def service_names(connection: Connection) -> dict[str, str]:
    """The services of the catalogue with their names, by code."""
    return dict(connection.execute("SELECT service, coalesce(name_vi, service) FROM service ORDER BY service"))


def template(what: What, form: str, catalogue: Mapping[str, str]) -> tuple[IO[bytes], str, str]:
    """An open file at its beginning, its media type, and its name."""
    columns = columns_of(what, catalogue)
    if form == "xlsx":
        made = write_template(columns, title=TITLES[what], entry=ENTRIES[what])
        return made, XLSX, f"{NAMES[what]}.xlsx"
    stream = tempfile.SpooledTemporaryFile(max_size=1 << 20)  # noqa: SIM115 closed with the answer
    stream.writelines(write_csv(columns, ()))
    stream.seek(0)
    return stream, CSV, f"{NAMES[what]}.csv"


def send_template(engine: sa.Engine, what: What, form: str) -> flask.Response:
    """An empty sheet as a download."""
    with transaction(engine) as connection:
        stream, kind, name = template(what, form, service_names(connection))
    answer = flask.send_file(stream, mimetype=kind, as_attachment=True, download_name=name)
    answer.headers["Cache-Control"] = "no-store"
    return answer
