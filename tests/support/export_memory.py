"""Writes an export of so many rows and tells its size and the most memory that the process took: run as a module.

`python -m tests.support.export_memory csv 1000000` prints the bytes written, the rows found in them, and KiB.
"""

from __future__ import annotations

import datetime as dt
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import IO, Any

from services.reporting.exports import COLUMNS, csv_stream, xlsx_stream

KEYS = ("day", "area_code", "area_name", "service_name", "outcome", "age_band", "assists", "success_rate", "seconds", "updated_at")  # fmt: skip
FIRST = dt.date(2020, 1, 1)
BASE = {"area_name": "Phường Dương Kinh", "service_name": "Kích hoạt VNeID mức độ 2", "outcome": "completed", "age_band": "60_plus"}  # fmt: skip


def rows(count: int) -> Iterator[dict[str, Any]]:
    """Rows of which no two are equal."""
    for number in range(count):
        yield BASE | {
            "day": FIRST + dt.timedelta(days=number % 3000),
            "area_code": f"11692/tdp-{number}",
            "assists": number,
            "success_rate": Decimal(number % 1001) / 10,
            "seconds": number,
            "updated_at": dt.datetime(2026, 3, 15, tzinfo=dt.UTC) + dt.timedelta(seconds=number),
        }


def written(form: str, count: int, file: IO[bytes]) -> int:
    """The export's bytes, in the file too."""
    stream = {"csv": csv_stream, "xlsx": xlsx_stream}[form]
    return sum(file.write(piece) for piece in stream([COLUMNS[key] for key in KEYS], rows(count)))


def rows_found(form: str, file: IO[bytes]) -> int:
    """The rows in the file, without the headings."""
    file.seek(0)
    if form == "csv":
        return sum(1 for _ in file) - 1
    with zipfile.ZipFile(file) as archive, archive.open("xl/worksheets/sheet1.xml") as sheet:
        found, tail = 0, b""
        while piece := sheet.read(1 << 20):
            found += (tail + piece).count(b"<row ")
            tail = piece[-4:]
        return found - 1


def most_memory() -> int:
    """The most memory that this program has taken, in KiB (Linux).

    Not `getrusage`: its maximum begins with that of the process that started this one, and hides what comes below it.
    """
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0])


def main() -> None:
    form, count = sys.argv[1], int(sys.argv[2])
    with tempfile.TemporaryFile() as file:
        size = written(form, count, file)
        most = most_memory()
        print(size, rows_found(form, file), most)


if __name__ == "__main__":
    main()
