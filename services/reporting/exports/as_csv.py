"""Rows as CSV, for Excel and for programs: UTF-8 with a mark, RFC 4180, made as the rows are taken.

Guarantee: memory does not grow with the rows; a text that a spreadsheet would compute is marked by the rule of
shared/sheets/marks.py, and a number, which is none, stays a number; a day is `2026-03-15` and a moment has its offset,
which no program reads in two ways. Numbers have a decimal point.
"""

import csv
import datetime as dt
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from services.reporting.exports.columns import Cell, Column, Lang, cell_maker
from shared.sheets.marks import marked

CHUNK = 1 << 16  # characters


def csv_stream(columns: Sequence[Column], rows: Iterable[Mapping[str, Any]], lang: Lang = "vi") -> Iterator[bytes]:
    """The file in pieces of about 64 KiB; a row has its values by the columns' keys, and an absent one is empty."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    makers = [(column.key, cell_maker(column, lang)) for column in columns]
    buffer.write("\ufeff")
    writer.writerow([marked(column.heading(lang)) for column in columns])
    for row in rows:
        writer.writerow([_written(make(row.get(key))) for key, make in makers])
        if buffer.tell() > CHUNK:
            yield _taken(buffer)
    yield _taken(buffer)


def _written(cell: Cell) -> str | int:
    match cell:
        case None:
            return ""
        case str():
            return marked(cell)
        case int():
            return cell
        case Decimal():
            return f"{cell:f}"
        case dt.datetime():
            return cell.isoformat(timespec="seconds")
        case _:
            return cell.isoformat()


def _taken(buffer: io.StringIO) -> bytes:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text.encode()
