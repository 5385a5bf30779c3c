"""Figures as CSV, for Excel and for programs: UTF-8 with a mark, RFC 4180 quoting, formulas neutralised.

Guarantee: no cell can be taken for a formula; headings are Vietnamese, or English where asked for.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

HEADINGS = {
    "day": ("Ngày", "Day"),
    "area_code": ("Mã đơn vị", "Area code"),
    "area_name": ("Đơn vị", "Area"),
    "service": ("Nội dung hỗ trợ", "Service"),
    "outcome": ("Kết quả", "Outcome"),
    "age_band": ("Nhóm tuổi", "Age band"),
    "assists": ("Lượt hỗ trợ", "Assists"),
    "single": ("Ghi từng người", "Recorded one by one"),
    "paper": ("Tổng hợp từ sổ", "From paper"),
}
RISKY = ("=", "+", "-", "@", "\t", "\r", "\n", "\x00")


def lines(rows: Iterable[Mapping[str, Any]], group_by: Iterable[str], lang: str) -> Iterator[str]:
    """The lines of a CSV file, made as they are read."""
    columns = list(_columns(group_by))
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow([HEADINGS[column][lang == "en"] for column in columns])
    yield "\ufeff" + _taken(buffer)
    for row in rows:
        writer.writerow([neutral(_value(row, column)) for column in columns])
        yield _taken(buffer)


def _columns(group_by: Iterable[str]) -> Iterator[str]:
    for group in group_by:
        yield from ("area_code", "area_name") if group == "area" else (group,)
    yield from ("assists", "single", "paper")


def _value(row: Mapping[str, Any], column: str) -> Any:
    if column.startswith("area_"):
        return row["area"][column.removeprefix("area_")]
    return row[column]


def neutral(value: Any) -> Any:
    """A text that a spreadsheet would compute is marked as text (OWASP)."""
    return f"'{value}" if isinstance(value, str) and value.startswith(RISKY) else value


def _taken(buffer: io.StringIO) -> str:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text
