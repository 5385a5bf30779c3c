"""Rows as a workbook, written row by row to a temporary file and sent from there.

Guarantee: memory does not grow with the rows, the disk holds them; a text is a text whatever it begins with, a number a
number, a day a day and a moment a local moment. More rows than a sheet holds go on in a next sheet with the same
headings. The temporary file is gone when the stream ends, is closed or fails.
"""

import datetime as dt
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import chain, islice
from typing import IO, Any

import xlsxwriter

from services.reporting.exports.columns import Cell, Column, Kind, Lang, cell_maker

Row = Mapping[str, Any]
ROWS_OF_SHEET = 1_048_576 - 1  # without the headings
LONGEST_TEXT = 32_767  # characters as Excel counts them: UTF-16 units
EXACT = 10**15  # a cell holds a double, and Excel shows 15 digits
FIRST_REAL_DATE = dt.date(1900, 3, 1)  # before it, Excel counts a day that never was
CHUNK = 1 << 16
FORMATS: dict[Kind, str] = {
    "integer": "#,##0",
    "decimal": "#,##0.0###",
    "percent": "0.0",
    "hours": "#,##0.0",
    "date": "dd/mm/yyyy",
    "moment": "dd/mm/yyyy hh:mm:ss",
}
WIDTHS: dict[Kind, int] = {"text": 28, "date": 12, "moment": 20}
OPTIONS = {"constant_memory": True, "use_zip64": True, "strings_to_formulas": False, "strings_to_urls": False}


def xlsx_stream(
    columns: Sequence[Column], rows: Iterable[Row], lang: Lang = "vi", *, sheet: str = "Số liệu"
) -> Iterator[bytes]:
    """The file in pieces; all rows are taken before the first piece."""
    with tempfile.TemporaryFile() as file:
        write_xlsx(file, columns, rows, lang, sheet=sheet)
        file.seek(0)
        while piece := file.read(CHUNK):
            yield piece


def write_xlsx(file: IO[bytes], columns: Sequence[Column], rows: Iterable[Row], lang: Lang, *, sheet: str) -> None:
    """The workbook into an open file."""
    with xlsxwriter.Workbook(file, OPTIONS) as workbook:
        formats = {kind: workbook.add_format({"num_format": text}) for kind, text in FORMATS.items()}
        bold = workbook.add_format({"bold": True, "text_wrap": True, "valign": "vcenter", "bottom": 1})
        for number, page in enumerate(_pages(rows), 1):
            target = workbook.add_worksheet(sheet if number == 1 else f"{sheet} {number}")
            _headings(target, columns, lang, bold)
            last = _rows(target, columns, page, lang, formats)
            target.autofilter(0, 0, last, len(columns) - 1)


def _pages(rows: Iterable[Row]) -> Iterator[Iterable[Row]]:
    """The rows of each sheet; one sheet at least. Each must be taken whole before the next."""
    left = iter(rows)
    yield islice(left, ROWS_OF_SHEET)
    for first in left:
        yield chain([first], islice(left, ROWS_OF_SHEET - 1))


def _headings(target: Any, columns: Sequence[Column], lang: Lang, bold: Any) -> None:
    for index, column in enumerate(columns):
        text = column.heading(lang)
        target.set_column(index, index, max(WIDTHS.get(column.kind, 12), min(len(text) + 4, 40)))
        target.write_string(0, index, text, bold)
    target.freeze_panes(1, 0)


def _rows(target: Any, columns: Sequence[Column], rows: Iterable[Row], lang: Lang, formats: dict[Kind, Any]) -> int:
    """Writes the rows below the headings; returns the last one's index."""
    makers: list[tuple[str, Callable[[Any], Cell], Any]] = [
        (column.key, cell_maker(column, lang), formats.get(column.kind)) for column in columns
    ]
    last = 0
    for last, row in enumerate(rows, 1):
        for index, (key, make, form) in enumerate(makers):
            _write(target, last, index, make(row.get(key)), form)
    return last


def _write(target: Any, row: int, index: int, cell: Cell, form: Any) -> None:
    match cell:
        case None | "":
            return
        case str():
            target.write_string(row, index, _cut(cell))
        case int() if abs(cell) < EXACT:
            target.write_number(row, index, cell, form)
        case Decimal() if abs(cell) < EXACT:
            target.write_number(row, index, float(cell), form)
        case dt.datetime():
            target.write_datetime(row, index, cell.replace(tzinfo=None, microsecond=0), form)
        case dt.date() if cell >= FIRST_REAL_DATE:
            target.write_datetime(row, index, cell, form)
        case _:
            target.write_string(row, index, str(cell))


def _cut(text: str) -> str:
    """At most what a cell may hold, without half a character at the end."""
    if len(text) <= LONGEST_TEXT // 2:
        return text
    return text.encode("utf-16-le")[: LONGEST_TEXT * 2].decode("utf-16-le", "ignore")
