"""The sheets to fill in, as XLSX with choices and a guide, and as CSV with the headings alone.

Guarantee: each is read as a sheet without an entry.
"""

from collections.abc import Mapping
from typing import IO

import flask
import sqlalchemy as sa

from services.sessions.imports.columns import What, columns_of
from services.sessions.queries.catalogue import service_names
from shared.database import transaction
from shared.sheets import open_csv, write_template
from shared.sheets.over_http import CSV, XLSX, sent

TITLES: dict[What, str] = {"tallies": "số liệu tổng hợp từ sổ", "assists": "lượt hỗ trợ"}
ENTRIES: dict[What, str] = {
    "tallies": "Mỗi ngày, mỗi địa bàn, mỗi nội dung một dòng; không có lượt nào thì ghi «Không phát sinh».",
    "assists": "Mỗi lượt hỗ trợ một dòng.",
}
NAMES: dict[What, str] = {"tallies": "mau-so-lieu-tu-so", "assists": "mau-luot-ho-tro"}


def template(what: What, form: str, catalogue: Mapping[str, str]) -> tuple[IO[bytes], str, str]:
    """An open file at its beginning, its media type, and its name."""
    columns = columns_of(what, catalogue)
    if form == "xlsx":
        made = write_template(columns, title=TITLES[what], entry=ENTRIES[what])
        return made, XLSX, f"{NAMES[what]}.xlsx"
    return open_csv(columns, ()), CSV, f"{NAMES[what]}.csv"


def send_template(engine: sa.Engine, what: What, form: str) -> flask.Response:
    """An empty sheet as a download."""
    with transaction(engine) as connection:
        catalogue = service_names(connection)
    return sent(*template(what, form, catalogue))
