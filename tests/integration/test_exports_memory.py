"""Exports of any length take the same memory: measured in a process of its own.

`CDS_EXPORT_ROWS=1000000` measures a CSV of so many rows and a workbook of three tenths of it; without it a tenth.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
ROWS = int(os.environ.get("CDS_EXPORT_ROWS", "100000"))
FEW = 2_000
GROWTH_KIB = 12 << 10  # a hundred thousand rows that are kept take 55 MiB, thirty thousand in a workbook 40


def measured(form: str, count: int) -> tuple[int, int, int]:
    """Bytes, rows and the most memory in KiB."""
    command = [sys.executable, "-m", "tests.support.export_memory", form, str(count)]
    told = subprocess.run(command, cwd=PROJECT, check=True, capture_output=True, text=True).stdout.split()
    return int(told[0]), int(told[1]), int(told[2])


@pytest.mark.timeout(900)
@pytest.mark.parametrize(("form", "count"), [("csv", ROWS), ("xlsx", ROWS * 3 // 10)])
def test_memory_does_not_grow_with_the_rows(form: str, count: int) -> None:
    _, _, little = measured(form, FEW)

    size, found, most = measured(form, count)

    print(
        f"{form}: {found:,} rows, {size >> 20} MiB, at most {most >> 10} MiB, {(most - little) >> 10} MiB more than {FEW:,} rows"
    )
    assert found == count
    assert most - little < GROWTH_KIB
