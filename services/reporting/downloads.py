"""Rows of a family as a file to download: CSV or XLSX, with names beside the codes of services and venues.

Guarantee: a file is made whole, row by row, in a temporary file (in memory up to a mebibyte), and sent from there: a
slow reader holds no connection, and what fails is an error and not half a file.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from typing import IO, Any

from flask import Response

from services.reporting.exports import COLUMNS, Column, csv_stream, write_xlsx
from services.reporting.exports.columns import Lang
from services.reporting.families import Family, Question, Row
from shared.database import Connection

IN_MEMORY = 1 << 20
PIECE = 1 << 16


@dataclass(frozen=True)
class Kind:
    """A format: the ending of its names, and how its document describes it."""

    ending: str
    media_type: str
    schema: Mapping[str, str]


KINDS = {
    kind.ending: kind
    for kind in (
        Kind("csv", "text/csv", {"type": "string"}),
        Kind(
            "xlsx",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            {"type": "string", "format": "binary"},
        ),
    )
}


def answer(connection: Connection, family: Family, question: Question, kind: Kind, lang: Lang) -> Response:
    """The file; everything is read before this returns."""
    columns = family.shown(question.group_by)
    if question.borders.is_now:
        columns.append(COLUMNS["is_apportioned"])
    file: IO[bytes] = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 - closed with the answer
    try:
        _write(file, columns, _flat(connection, family, question, lang), kind, lang)
    except BaseException:
        file.close()
        raise
    size = file.tell()
    file.seek(0)
    charset = "; charset=utf-8" if kind.ending == "csv" else ""
    name = f"{family.file}_{question.first_day}_{question.last_day}.{kind.ending}"
    made = Response(_pieces(file), content_type=f"{kind.media_type}{charset}")
    made.content_length = size
    made.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    made.call_on_close(file.close)
    return made


def _write(file: IO[bytes], columns: list[Column], rows: Iterable[Row], kind: Kind, lang: Lang) -> None:
    if kind.ending == "xlsx":
        write_xlsx(file, columns, rows, lang, sheet="Số liệu" if lang == "vi" else "Figures")
        file.seek(0, 2)
        return
    for piece in csv_stream(columns, rows, lang):
        file.write(piece)


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while piece := file.read(PIECE):
            yield piece


def _flat(connection: Connection, family: Family, question: Question, lang: Lang) -> Iterator[Row]:
    """The rows by the columns' keys."""
    services: dict[Any, str] = dict(
        connection.execute(f"SELECT service, {'name_en' if lang == 'en' else 'name_vi'} FROM service")
    )
    venues: dict[Any, str] = dict(connection.execute("SELECT venue, name FROM venue"))
    renamed = {group: family.columns[group] for group in question.group_by if group in family.columns}
    renamed |= {measure.name: measure.column for measure in family.measures if measure.column}
    for row in family.rows(connection, question):
        flat = {renamed.get(name, name): value for name, value in row.items()}
        if area := row.get("area"):
            flat |= {"area_code": area["code"], "area_name": area["name"]}
        if "service" in row:
            flat["service_name"] = services.get(row["service"])
        if row.get("venue"):
            flat["venue"] = venues.get(row["venue"], row["venue"])
        if "campaign" in row:
            flat["campaign"] = row["campaign"]["name"]
        if "denominators" in row:
            flat["denominators"] = "; ".join(f"{one['source']} ({one['as_of']})" for one in row["denominators"])
        yield flat
