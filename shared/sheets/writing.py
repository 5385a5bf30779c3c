"""Writing a list as CSV or XLSX: safe to open in a spreadsheet program, and read again by `read_sheet` unchanged.

Guarantee: no cell is a formula or a link, whatever the values are; a phone keeps its zero or plus, a date is a real
date; characters that a file cannot hold are left out and never break it. CSV is RFC 4180 in UTF-8 with a mark, and is
neutralised by the rule of shared/sheets/marks.py; rows are taken one by one, so memory does not grow with them.
"""

import csv
import datetime as dt
import io
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import IO, Any

import xlsxwriter

from shared.sheets.cells import clean_text, is_typed_year, joined_items, text_of
from shared.sheets.columns import Column
from shared.sheets.marks import marked

DATE_FORMAT = "dd/mm/yyyy"
MOST_ROWS = 1_048_576
LONGEST_TEXT = 32_767  # characters as Excel counts them: UTF-16 units
EXACT_INTEGER = 10**15  # a cell holds a double, and Excel shows 15 digits
FIRST_REAL_DATE = dt.date(1900, 3, 1)  # before it, Excel counts a day that never was
WIDTHS = {"text": 26, "date": 13, "integer": 11, "phone": 17, "list": 32, "choice": 20}
CHUNK = 1 << 16


def write_csv(columns: Sequence[Column], rows: Iterable[Mapping[str, Any]]) -> Iterator[bytes]:
    """The file in pieces, made as the rows are taken."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    buffer.write("\ufeff")
    writer.writerow([marked(clean_text(column.title)) for column in columns])
    for row in rows:
        writer.writerow([_csv_cell(column, row.get(column.key)) for column in columns])
        if buffer.tell() > CHUNK:
            yield _taken(buffer)
    yield _taken(buffer)


def open_csv(columns: Sequence[Column], rows: Iterable[Mapping[str, Any]]) -> IO[bytes]:
    """The whole file as an open temporary file at its beginning; the caller closes it."""
    stream = tempfile.SpooledTemporaryFile(max_size=8 << 20)  # noqa: SIM115 closed by the caller
    stream.writelines(write_csv(columns, rows))
    stream.seek(0)
    return stream


def _taken(buffer: io.StringIO) -> bytes:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text.encode()


def _csv_cell(column: Column, value: Any) -> str:
    text = shown(column, value)
    if column.kind == "phone" and text:
        return f"'{text}"  # so that Excel keeps the leading zero; a phone is read without apostrophes
    return text if isinstance(value, int) and not isinstance(value, bool) else marked(text)


def shown(column: Column, value: Any) -> str:
    """A value as a person reads it, and as the reader takes it again."""
    if value is None:
        return ""
    if column.kind == "list":
        return joined_items([_worded(column, item) for item in value])
    return _worded(column, value)


def _worded(column: Column, value: Any) -> str:
    wordings = column.choices.get(value) if isinstance(value, str) else None
    return text_of(wordings[0] if wordings else value)


def write_xlsx(columns: Sequence[Column], rows: Iterable[Mapping[str, Any]], *, sheet: str = "Danh sách") -> IO[bytes]:
    """The workbook as an open temporary file at its beginning; the caller closes it.

    Raises:
        ValueError: there are more rows than a sheet can hold.
    """
    stream = tempfile.SpooledTemporaryFile(max_size=8 << 20)  # noqa: SIM115 closed by the caller
    with xlsxwriter.Workbook(stream, {"constant_memory": True, "default_date_format": DATE_FORMAT}) as workbook:
        target = workbook.add_worksheet(sheet)
        write_headings(workbook, target, columns)
        date_format = workbook.add_format({"num_format": DATE_FORMAT})
        last = 0
        for last, row in enumerate(rows, 1):
            if last >= MOST_ROWS:
                raise ValueError(f"more than {MOST_ROWS - 1} rows")
            for index, column in enumerate(columns):
                _write_cell(target, last, index, column, row.get(column.key), date_format)
        target.autofilter(0, 0, last, len(columns) - 1)
    stream.seek(0)
    return stream


def write_headings(workbook: Any, target: Any, columns: Sequence[Column]) -> None:
    """The first line, bold and frozen, and the widths.

    A phone column is text also for what is typed later; a date column is a date, unless a year alone may be typed,
    which would show as a day in 1905.
    """
    bold = workbook.add_format({"bold": True, "text_wrap": True, "valign": "vcenter", "bottom": 1})
    as_text, as_date = workbook.add_format({"num_format": "@"}), workbook.add_format({"num_format": DATE_FORMAT})
    formats = {"phone": as_text, "date": as_date}
    for index, column in enumerate(columns):
        width = max(WIDTHS[column.kind], min(len(column.title) + 4, 40))
        target.set_column(index, index, width, None if column.year_alone else formats.get(column.kind))
        target.write_string(0, index, clean_text(column.title), bold)
    target.freeze_panes(1, 0)


def _write_cell(target: Any, row: int, index: int, column: Column, value: Any, date_format: Any) -> None:
    if isinstance(value, dt.datetime):
        value = value.date()
    if isinstance(value, dt.date) and value >= FIRST_REAL_DATE and not (column.year_alone and is_typed_year(value)):
        target.write_datetime(row, index, value, date_format)
    elif column.kind != "phone" and type(value) is int and abs(value) < EXACT_INTEGER:
        target.write_number(row, index, value)
    elif text := shown(column, value):
        target.write_string(row, index, _cut(text))


def _cut(text: str) -> str:
    """At most what a cell may hold, without half a character at the end."""
    if len(text) <= LONGEST_TEXT // 2:
        return text
    return text.encode("utf-16-le")[: LONGEST_TEXT * 2].decode("utf-16-le", "ignore")
