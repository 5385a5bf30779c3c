"""On a narrow terminal nothing of a table is cut: an id is read to its end."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from deploy.cds import tables

ID, CODE, PLACE = "01a1bdaa-6f6a-7c1e-9d5f-2f8f3b6f0c11", "time_out_of_range", "Phường Dương Kinh (11692)"


@pytest.mark.parametrize("width", [40, 80, 200])
def test_every_letter_of_every_cell_is_shown(width: int) -> None:
    table = tables.whole("Sự kiện", "Ứng dụng", "Xã, phường", "Mã", "Số lần", counts=1)
    table.add_row(ID, "app-11692-2025", PLACE, CODE, "1234567")

    shown = _columns(table, width)

    assert shown == [ID, "app-11692-2025", PLACE.replace(" ", ""), CODE, "1234567"]


def _columns(table: object, width: int) -> list[str]:
    """What stands in each column, line by line put together, without the spaces."""
    out = io.StringIO()
    Console(file=out, width=width).print(table)
    lines = [line.split("│")[1:-1] for line in out.getvalue().splitlines() if line.startswith("│")]
    return ["".join("".join(cells).split()) for cells in zip(*lines, strict=True)]
