"""Lists that a spreadsheet program opened and saved again are read as before."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from shared.sheets import read_sheet, write_csv, write_xlsx
from tests.support.libreoffice import saved_as
from tests.support.messy_sheet import COLUMNS, Truth, messy_volunteers

ROW = {
    "name": "=HYPERLINK(1)", "born": dt.date(1998, 9, 5), "phone": "+84912345678", "kind": "student", "branch": "'=x",
    "group": "-5", "ward": "@SUM", "skills": ["VNeID", "=1+1"], "joined": dt.date(2025, 10, 1), "note": "'Trích'\ndòng 2",
}  # fmt: skip
# Separator, quote, UTF-8, from the first line, Vietnamese (day before month); for saving also: cells as they are
# shown, and the second sheet, because the first one is the cover.
FROM_CSV = "--infilter=Text - txt - csv (StarCalc):44,34,76,1,,1066"
TO_CSV = "csv:Text - txt - csv (StarCalc):44,34,76,1,,1066,false,true,true,false,false,2"


def as_truth(path: Path) -> list[Truth]:
    rows = read_sheet(path, COLUMNS).rows()
    return [Truth(row.number, row.values, {error.key: error.code for error in row.errors}) for row in rows]


@pytest.mark.parametrize(("form", "with_merges"), [("xlsx", True), ("ods", True), ("xlsx", False), (TO_CSV, False)])
def test_a_messy_list_saved_by_libreoffice_is_read_as_before(tmp_path: Path, form: str, *, with_merges: bool) -> None:
    truth = messy_volunteers(tmp_path / "list.xlsx", 200, 3, with_merges=with_merges)

    saved = saved_as(tmp_path / "list.xlsx", form, tmp_path / "out")

    assert as_truth(saved) == truth


@pytest.mark.parametrize("form", ["xlsx", "ods"])
def test_our_own_workbook_saved_by_libreoffice_has_the_same_values(tmp_path: Path, form: str) -> None:
    with write_xlsx(COLUMNS, [ROW]) as stream:
        (tmp_path / "list.xlsx").write_bytes(stream.read())

    assert as_truth(saved_as(tmp_path / "list.xlsx", form, tmp_path / "out")) == [Truth(2, ROW)]


def test_libreoffice_computes_nothing_in_our_csv(tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_bytes(b"".join(write_csv(COLUMNS, [ROW])))

    [entry] = as_truth(saved_as(tmp_path / "list.csv", "xlsx", tmp_path / "out", FROM_CSV))

    assert entry.values["name"] == "'=HYPERLINK(1)"
    assert (entry.values["phone"], entry.values["born"]) == (ROW["phone"], ROW["born"])
    assert entry.errors == {}
