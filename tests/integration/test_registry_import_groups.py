"""Lists of residential groups on a real PostgreSQL."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.cds import import_operations as operations
from services.registry.imports.columns import GROUPS
from shared.sheets import read_sheet
from tests.integration.registry_house import House, open_house, with_hai_thanh
from tests.integration.registry_lists import changes, imported, listed, reasons
from tests.support.postgres import TestPostgres

HEAD = "STT,Mã tổ,Tên tổ,Số hộ,Nhân khẩu,Thuộc diện"
NEW = dt.date(2026, 3, 15)


@pytest.fixture
def house(postgres: TestPostgres) -> Iterator[House]:
    with open_house(postgres, with_hai_thanh) as opened:
        yield opened


def groups(house: House) -> list[tuple[object, ...]]:
    return house.ask(
        """SELECT code, name, local_label, households, residents, eligible FROM area
            WHERE level = 'residential_group' ORDER BY code"""
    )


def test_groups_are_declared_corrected_and_told_once(house: House, tmp_path: Path) -> None:
    path = listed(
        tmp_path, HEAD, "1,tdp-01,Tổ dân phố số 1,198,754,500", "2,,Tổ dân phố số 2,1.245,885,", "3,,Thôn Đông,,,",
        ",,Tổng cộng,1443,1639,500",
    )  # fmt: skip

    first = imported(house, path, "groups", ward="11692")
    told = len(house.told("area.declared"))
    again = imported(house, path, "groups", ward="11692")
    corrected = imported(house, listed(tmp_path, HEAD, "1,,TỔ DÂN PHỐ SỐ 2,1250,,"), "groups", ward="11692")

    assert changes(first) == (3, 0, 0, 0), reasons(first)
    assert [one.told for one in first.ignored] == ["dòng tổng cộng"]
    assert changes(again) == (0, 0, 3, 0)
    assert [list(one.changed) for one in corrected.outcomes] == [["name", "households"]]
    assert len(house.told("area.declared")) == told + 1
    assert groups(house) == [
        ("tdp-01", "Tổ dân phố số 1", "tổ dân phố", 198, 754, 500),
        ("tdp-02", "TỔ DÂN PHỐ SỐ 2", "tổ dân phố", 1250, 885, None),
        ("thon-dong", "Thôn Đông", "thôn", None, None, None),
    ]


@pytest.mark.parametrize("heading", ["Tên khu phố", "TÊN ẤP", "ten khom", "Tên bản", "Tên thôn/tổ dân phố"])
def test_a_group_is_called_as_it_is_called_there(house: House, tmp_path: Path, heading: str) -> None:
    report = imported(house, listed(tmp_path, f"STT,{heading},Số hộ", "1,Khu phố 3,198"), "groups", ward="11692")

    assert changes(report) == (1, 0, 0, 0), reasons(report)


def test_exported_groups_import_again_without_a_difference(house: House, tmp_path: Path) -> None:
    lines = [f"{n},tdp-{n:02},Tổ dân phố số {n},{n},{n * 4},{n * 2}" for n in range(1, 12)]
    imported(house, listed(tmp_path, HEAD, *lines), "groups", ward="11692")
    told = len(house.events())

    rows = operations.export(house.settings, "groups", tmp_path / "out.xlsx", ward=None, on=None)
    report = imported(house, tmp_path / "out.xlsx", "groups", ward=None)

    assert (rows, changes(report)) == (11, (0, 0, 11, 0)), reasons(report)
    assert len(house.events()) == told


def test_groups_of_the_old_wards_that_share_a_code_in_the_new_one_are_told_apart(house: House, tmp_path: Path) -> None:
    before = dt.date(2023, 3, 15)
    for ward, name in (("11692", "Tổ 1 Hải Thành"), ("11740", "Tổ 1 Tân Thành")):
        imported(house, listed(tmp_path, HEAD, f"1,tdp-01,{name},10,20,"), "groups", ward=ward, on=before)

    operations.export(house.settings, "groups", tmp_path / "out.csv", ward=None, on=None)
    again = imported(house, tmp_path / "out.csv", "groups", ward=None)

    assert changes(again) == (0, 0, 2, 0), reasons(again)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("1,TỔ 1,Tổ dân phố số 1,1,1,1", ("group_code", "invalid")),
        ("1,tdp-01,Tổ dân phố số 1,-5,1,1", ("households", "out_of_range")),
        ("1,tdp-01,Tổ dân phố số 1,999999999999,1,1", ("households", "out_of_range")),
        ("1,tdp-01,Tổ dân phố số 1,nhiều,1,1", ("households", "bad_integer")),
        ("1,tdp-09,,1,1,1", ("name", "required")),
    ],
)
def test_a_wrong_row_is_refused_with_its_column(
    house: House, tmp_path: Path, line: str, reason: tuple[str, str]
) -> None:
    report = imported(house, listed(tmp_path, HEAD, line), "groups", ward="11692")

    assert reasons(report) == {2: [reason]}
    assert groups(house) == []


def test_a_group_that_comes_twice_is_refused_the_second_time(house: House, tmp_path: Path) -> None:
    lines = ("1,tdp-01,Tổ dân phố số 1,10,,", "2,tdp-01,Tổ dân phố số 1,11,,", "3,,Tổ dân phố số 1,12,,")

    report = imported(house, listed(tmp_path, HEAD, *lines), "groups", ward="11692")
    rehearsed = imported(house, listed(tmp_path, HEAD, *lines), "groups", ward="11692", dry_run=True)

    assert changes(report) == (1, 0, 0, 2)
    assert reasons(report) == reasons(rehearsed) == {3: [("name", "repeated")], 4: [("name", "repeated")]}


def test_the_template_is_read_without_an_entry(tmp_path: Path) -> None:
    operations.write_sheet_to_fill_in("groups", tmp_path / "mau.xlsx")

    read = read_sheet(tmp_path / "mau.xlsx", GROUPS)

    assert list(read.rows()) == []
    assert read.understanding.absent == ()
