"""Lists of volunteers on a real PostgreSQL: messy ones, the same one again, and out and in again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from deploy.cds import import_operations as operations
from deploy.cds.registry_operations import CommandError
from services.registry.commands.people import NewVolunteer, register_volunteers
from services.registry.commands.people_moves import retire_volunteer
from services.registry.imports.columns import VOLUNTEERS
from services.registry.model import Volunteer
from services.registry.store import writing
from shared.sheets import read_sheet
from tests.integration.registry_house import House, open_house
from tests.integration.registry_lists import (
    KINDS,
    WARD,
    changes,
    expected,
    imported,
    listed,
    reasons,
    with_xuan_hoa,
)
from tests.integration.test_sheets_libreoffice import FROM_CSV, saved_as
from tests.support.messy_sheet import Truth, messy_volunteers
from tests.support.postgres import TestPostgres

ROWS = 2_000
HEAD = "Họ và tên,Năm sinh,SĐT,Đối tượng,Tổ dân phố,Kỹ năng,Ngày tham gia"
AN = "Nguyễn Văn An,1990,0912345678,Đoàn viên,Tổ 3,VNeID,01/10/2025"


@pytest.fixture
def house(postgres: TestPostgres) -> Iterator[House]:
    with open_house(postgres, with_xuan_hoa) as opened:
        yield opened


def kept(house: House) -> list[Any]:
    return house.ask(
        """SELECT v.full_name, v.birth_year, v.phone, v.kind, v.unit, v.skills, v.joined_on, a.name
             FROM volunteer AS v JOIN placement AS p ON p.subject_id = v.volunteer_id
             JOIN area AS a ON a.area_id = p.area_id ORDER BY v.phone"""
    )


def as_kept(truth: list[Truth], refused: set[int]) -> list[Any]:
    made = []
    for one in truth:
        if one.number not in refused:
            said = one.values
            born = said["born"].year if isinstance(said["born"], dt.date) else said["born"]
            phone = "+84" + said["phone"].removeprefix("+84").removeprefix("0")
            group = f"Tổ dân phố số {said['group'].removeprefix('Tổ ')}"
            more = (KINDS[said["kind"]], said["branch"], said["skills"] or [], said["joined"], group)
            made.append((said["name"], born, phone, *more))
    return sorted(made, key=lambda row: row[2])


def test_a_messy_list_is_imported_as_it_is_meant_and_only_once(house: House, tmp_path: Path) -> None:
    truth, before = messy_volunteers(tmp_path / "list.xlsx", ROWS, 7), len(house.events())
    refused = expected(truth)
    new = len(truth) - len(refused)

    first = imported(house, tmp_path / "list.xlsx")
    told = len(house.events())
    second = imported(house, tmp_path / "list.xlsx")

    assert changes(first) == (new, 0, 0, len(refused))
    assert [one.number for one in first.outcomes] == [one.number for one in truth]
    assert reasons(first) == refused
    assert kept(house) == as_kept(truth, set(refused))
    assert told - before == new
    assert changes(second) == (0, 0, new, len(refused))
    assert reasons(second) == refused
    assert len(house.events()) == told


def test_a_rehearsal_foretells_the_import_and_leaves_nothing(house: House, tmp_path: Path) -> None:
    messy_volunteers(tmp_path / "list.xlsx", ROWS, 8)
    before = len(house.events())

    rehearsed = imported(house, tmp_path / "list.xlsx", dry_run=True)
    left = house.ask("SELECT count(*) FROM volunteer") + house.ask(
        "SELECT count(*) FROM change WHERE kind = 'volunteer'"
    )
    report = imported(house, tmp_path / "list.xlsx")

    assert left == [(0,), (0,)]
    assert changes(rehearsed) == changes(report)
    assert reasons(rehearsed) == reasons(report)
    assert len(house.events()) - before == report.counts()["created"]


def test_no_name_and_no_phone_is_in_what_is_told(house: House, tmp_path: Path) -> None:
    imported(house, listed(tmp_path, HEAD, AN.replace("Nguyễn Văn An", "CANARY Bưởi")))

    text = str(house.events())
    assert "volunteer" in text
    assert "CANARY" not in text
    assert "912345678" not in text


@pytest.mark.parametrize("name", ["out.xlsx", "out.csv"])
def test_what_is_exported_imports_again_without_a_difference(house: House, tmp_path: Path, name: str) -> None:
    messy_volunteers(tmp_path / "list.xlsx", 300, 9)
    imported(house, tmp_path / "list.xlsx")
    _odd_people(house)
    people, told = house.ask("SELECT count(*) FROM volunteer"), len(house.events())

    rows = operations.export(house.settings, "volunteers", tmp_path / name, ward=None, on=None)
    report = imported(house, tmp_path / name, ward=None)

    assert [(rows,)] == people
    assert changes(report) == (0, 0, rows, 0), reasons(report)
    assert report.understanding.not_understood == ()
    assert len(house.events()) == told
    assert (tmp_path / name).stat().st_mode & 0o777 == 0o600


def _odd_people(house: House) -> None:
    """A shared phone, one name twice, a formula, every kind of empty field, somebody who left, a hidden character."""
    ward = house.ask("SELECT area_id FROM area WHERE code = %s AND valid_to IS NULL", WARD)[0][0]
    full: dict[str, Any] = {
        "phone": "0203 3 123 456",
        "unit": '\'=Chi đoàn; "A"',
        "birth_year": 1905,
        "skills": ["a; b", "=1+1", '"x"'],
    }
    full |= {"languages": ["Tiếng Mông"], "joined_on": dt.date(2026, 1, 1), "consent_on": dt.date(2026, 1, 2)}
    with writing(house.engine) as session:
        new = [
            NewVolunteer(full_name="Lê Thị Bình", kind=kind, area_id=ward, phone="0990000001")
            for kind in ("other", "youth")
        ]
        new += [
            NewVolunteer(full_name="-Trần\u200b Văn Tý", kind="police", area_id=ward, consent_text="v1; 2026", **full)
        ]
        new += [NewVolunteer(full_name="Đỗ Thị Lan", kind="group_head", area_id=ward)]
        *_, last = register_volunteers(session, new)
        assert isinstance(last, Volunteer)
        retire_volunteer(session, last, dt.date(2026, 11, 1))


@pytest.mark.parametrize("form", ["xlsx", "ods"])
def test_a_list_saved_by_libreoffice_imports_as_before(house: House, tmp_path: Path, form: str) -> None:
    truth = messy_volunteers(tmp_path / "list.xlsx", 200, 3)
    refused = expected(truth)

    first = imported(house, saved_as(tmp_path / "list.xlsx", form, tmp_path / "saved"))
    told = len(house.events())
    second = imported(house, tmp_path / "list.xlsx")

    assert reasons(first) == refused
    assert kept(house) == as_kept(truth, set(refused))
    assert changes(second) == (0, 0, len(truth) - len(refused), len(refused))
    assert len(house.events()) == told


@pytest.mark.parametrize(("name", "options"), [("out.xlsx", ()), ("out.csv", (FROM_CSV,))])
def test_an_export_saved_by_libreoffice_imports_without_a_difference(
    house: House, tmp_path: Path, name: str, options: tuple[str, ...]
) -> None:
    messy_volunteers(tmp_path / "list.xlsx", 200, 4)
    new = changes(imported(house, tmp_path / "list.xlsx"))[0]
    operations.export(house.settings, "volunteers", tmp_path / name, ward=WARD, on=None)

    report = imported(house, saved_as(tmp_path / name, "xlsx", tmp_path / "saved", *options), ward=None)

    # In a CSV an apostrophe keeps a formula from being computed; LibreOffice takes it for a part of the text.
    kept_mark = [one for one in report.outcomes if name == "out.csv" and one.name.startswith("'=")]
    assert changes(report) == (0, len(kept_mark), new - len(kept_mark), 0), reasons(report)


def test_an_empty_cell_erases_nothing_and_a_filled_one_is_told_by_field(house: House, tmp_path: Path) -> None:
    imported(house, listed(tmp_path, HEAD, AN))

    empty = imported(house, listed(tmp_path, HEAD, "Nguyễn Văn An,,0912 345 678,,,,"))
    filled = imported(
        house, listed(tmp_path, HEAD, "NGUYỄN VĂN ÂN,1991,+84 912 345 678,TN,Tổ 3,Zalo; VNeID,01/10/2025")
    )

    assert changes(empty) == (0, 0, 1, 0)
    assert [list(one.changed) for one in filled.outcomes] == [["full_name", "kind", "birth_year", "skills"]]
    assert any("Ô trống không xóa" in one for one in filled.assumptions)


@pytest.mark.parametrize("bad", [AN.replace("Đoàn viên", ""), AN.replace("Tổ 3", "Tổ 99"), AN.replace("1990", "2040")])
def test_a_row_after_a_refused_one_of_the_same_person_waits_for_it(house: House, tmp_path: Path, bad: str) -> None:
    path, before = listed(tmp_path, HEAD, bad, AN.replace("VNeID", "Zalo")), len(house.events())

    reports = [imported(house, path, dry_run=dry_run) for dry_run in (True, False, False)]

    assert [changes(one) for one in reports] == [(0, 0, 0, 2)] * 3
    assert "dòng 2" in reports[-1].outcomes[1].refusals[0].message
    assert len(house.events()) == before


def test_another_group_in_the_list_is_a_move_from_the_day_of_the_list(house: House, tmp_path: Path) -> None:
    imported(house, listed(tmp_path, HEAD, AN))
    moved = listed(tmp_path, HEAD, AN.replace("Tổ 3", "tdp-05"))

    report = imported(house, moved, on=dt.date(2026, 3, 1))
    again = imported(house, moved, on=dt.date(2026, 3, 1))

    assert [list(one.changed) for one in report.outcomes] == [["area_id"]]
    assert [one["on"] for one in house.told("volunteer.moved")] == ["2026-03-01"]
    assert changes(again) == (0, 0, 1, 0)


def test_a_day_of_leaving_retires_and_says_so(house: House, tmp_path: Path) -> None:
    head = f"{HEAD},Ngày thôi"
    imported(house, listed(tmp_path, HEAD, AN))

    report = imported(house, listed(tmp_path, head, f"{AN},15/11/2026"))
    new = imported(house, listed(tmp_path, head, "Trần Thị Bé,1999,0912345670,SV,tổ 1,,01/10/2025,16/11/2026"))

    assert [list(one.changed) for one in report.outcomes] == [["retired_on"]]
    assert changes(new) == (1, 0, 0, 0)
    assert [one["on"] for one in house.told("volunteer.retired")] == ["2026-11-15", "2026-11-16"]


@pytest.mark.parametrize(
    "group", ["tdp-03", "TDP-03", "Tổ dân phố số 3", "TDP 3", "tổ 3", "Tổ dân phố 03", "3", "TDP số 3"]
)
def test_a_group_is_found_however_it_is_written(house: House, tmp_path: Path, group: str) -> None:
    report = imported(house, listed(tmp_path, HEAD, AN.replace("Tổ 3", group)))

    assert changes(report) == (1, 0, 0, 0), reasons(report)
    assert kept(house)[0][-1] == "Tổ dân phố số 3"


@pytest.mark.parametrize("ward", ["27139", "Phường Xuân Hòa", "xuan hoa", "P. Xuân Hoà", "PHƯỜNG XUÂN HÒA"])
def test_a_ward_is_found_by_code_or_name(house: House, tmp_path: Path, ward: str) -> None:
    report = imported(house, listed(tmp_path, f"{HEAD},Xã/phường", f"{AN},{ward}"), ward=None)

    assert changes(report) == (1, 0, 0, 0), reasons(report)


@pytest.mark.parametrize(
    ("line", "field", "code", "says"),
    [
        (AN.replace("Tổ 3", "Tổ 99"), "group", "unknown_area", "tổ «Tổ 99» trong Phường Xuân Hòa"),
        (AN.replace("Đoàn viên", ""), "kind", "required", "đối tượng"),
        (AN.replace("1990", "2040"), "birth_year", "in_the_future", "2040"),
        (AN.replace("0912345678", "0112345678"), "phone", "invalid", "Số điện thoại"),
        (AN.replace("Đoàn viên", "Phụ huynh"), "kind", "unknown_choice", "Phụ huynh"),
        (AN.replace("01/10/2025", "01/10/1980"), "joined_on", "before_birth", "1980"),
        ("Trần Thị Bé,1960,0990000001,ĐV,tổ 3,,", "phone", "phone_of_another", "Lê Thị Bình"),
        ("Đỗ Văn Tám,1970,,ĐV,tổ 3,,", "full_name", "ambiguous", "2 người"),
    ],
)  # fmt: skip
def test_a_refusal_names_the_column_and_the_remedy(
    house: House, tmp_path: Path, line: str, field: str, code: str, says: str
) -> None:
    ward = house.ask("SELECT area_id FROM area WHERE code = %s AND valid_to IS NULL", WARD)[0][0]
    with writing(house.engine) as session:
        twins = [NewVolunteer(full_name="Đỗ Văn Tám", kind="youth", area_id=ward, birth_year=1970) for _ in range(2)]
        taken = NewVolunteer(full_name="Lê Thị Bình", kind="youth", area_id=ward, phone="0990000001", birth_year=1990)
        register_volunteers(session, [*twins, taken])
    before = len(house.events())

    report = imported(house, listed(tmp_path, HEAD, line))

    [outcome] = report.having("refused")
    assert [(one.key, one.code) for one in outcome.refusals] == [(field, code)]
    assert says in report.told(outcome.refusals[0])
    assert f"cột {report.letter(field)}" in report.told(outcome.refusals[0])
    assert len(house.events()) == before


def test_an_id_that_was_merged_or_is_unknown_is_refused(house: House, tmp_path: Path) -> None:
    head, nobody = f"Mã tình nguyện viên,{HEAD}", "00000000-0000-4000-8000-000000000000"

    report = imported(house, listed(tmp_path, head, f"{nobody},{AN}", f"TNV-01,{AN}"), key="id")

    assert reasons(report) == {2: [("volunteer_id", "unknown_volunteer")], 3: [("volunteer_id", "invalid")]}


def test_probable_duplicates_are_told(house: House, tmp_path: Path) -> None:
    imported(house, listed(tmp_path, HEAD, AN))

    report = imported(house, listed(tmp_path, HEAD, AN.replace("0912345678", "0912345679")))

    [twins] = report.twins
    assert (twins.number, twins.other_name) == (2, "Nguyễn Văn An")
    assert twins.reason.startswith("Trùng họ tên")


def test_a_list_of_one_name_is_no_burden(house: House, tmp_path: Path) -> None:
    lines = [f"Nguyễn Văn An,1990,09{number:08},ĐV,tổ 3,," for number in range(2_500)]

    report = imported(house, listed(tmp_path, HEAD, *lines))

    assert changes(report) == (2_500, 0, 0, 0)
    assert 2_000 < len(report.twins) < 2_500
    assert len({one.number for one in report.twins}) == len(report.twins)


def test_a_list_without_a_kind_is_taken_and_says_what_it_assumes(house: House, tmp_path: Path) -> None:
    path = listed(
        tmp_path,
        "STT,Họ tên,SĐT,Ghi chú,Cỡ áo",
        "1,Nguyễn Văn An,0912345678,tối,L",
        "2,Trần Thị Bé,,,",
        "Tổng cộng,,,,",
    )

    report = imported(house, path)

    assert changes(report) == (2, 0, 0, 0), reasons(report)
    assert [row[3] for row in kept(house)] == ["other", "other"]
    assert any("Đối tượng" in one for one in report.assumptions)
    assert any("Ghi chú" in one for one in report.assumptions)
    assert [one.text for one in report.understanding.not_understood if one.key is None] == ["Cỡ áo"]
    assert report.ignored_rows == 1


def test_a_list_that_does_not_say_its_ward_is_refused_whole(house: House, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="Xã/phường"):
        imported(house, listed(tmp_path, HEAD, AN), ward=None)


def test_the_template_is_read_without_an_entry(tmp_path: Path) -> None:
    operations.write_sheet_to_fill_in("volunteers", tmp_path / "mau.xlsx")

    read = read_sheet(tmp_path / "mau.xlsx", VOLUNTEERS)

    assert list(read.rows()) == []
    assert read.understanding.absent == ()
