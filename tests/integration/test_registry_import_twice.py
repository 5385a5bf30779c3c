"""One person in several rows of a list: what a later row adds, what it may not contradict, in one portion or in several."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest

from services.registry.imports import running
from services.registry.imports.matching import Job, Key
from services.registry.imports.reading import read_volunteers, report_on_volunteers
from services.registry.imports.report import Report
from services.registry.queries.areas import area_by_code
from services.registry.store import reading, writing
from shared import clock
from tests.integration.registry_house import House, open_house
from tests.integration.registry_lists import WARD, with_xuan_hoa
from tests.support.postgres import TestPostgres

HEAD = "Họ và tên,Năm sinh,Điện thoại,Đối tượng,Tổ dân phố,Kỹ năng,Ngày thôi"
PORTIONS = pytest.mark.parametrize("portion", [1, 2, 1000])


@pytest.fixture
def house(postgres: TestPostgres) -> Iterator[House]:
    with open_house(postgres, with_xuan_hoa) as opened:
        yield opened


@pytest.fixture(autouse=True)
def small_portions(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if "portion" in request.fixturenames:
        monkeypatch.setattr(running, "ROWS", request.getfixturevalue("portion"))


def imported(house: House, *lines: str, key: Key = "auto", dry_run: bool = False) -> Report:
    day = clock.today()
    with reading(house.engine) as session:
        ward = area_by_code(session, WARD, day)
    assert ward
    read = read_volunteers("\n".join((HEAD, *lines)).encode(), key)
    report = report_on_volunteers(read, key, day, ward)
    report.is_dry_run = dry_run
    job = Job(day, ward.area_id, key, report.default_kind)
    running.import_list(partial(writing, house.engine), job, running.all_rows(read, report), report)
    return report


def results(report: Report) -> list[str]:
    return [one.result for one in report.outcomes]


def changed(report: Report) -> list[list[str]]:
    return [sorted(one.changed) for one in report.outcomes if one.result == "changed"]


def both(house: House, *lines: str, **how: Any) -> Report:
    """A rehearsal, the import and the same import again: the rehearsal foretells, the second changes nothing."""
    rehearsed = imported(house, *lines, **how, dry_run=True)
    report = imported(house, *lines, **how)
    told = len(house.events())
    again = imported(house, *lines, **how)
    assert results(rehearsed) == results(report)
    assert changed(rehearsed) == changed(report)
    assert set(results(again)) <= {"unchanged", "refused"}
    assert [one == "refused" for one in results(again)] == [one == "refused" for one in results(report)]
    assert len(house.events()) == told
    return report


@PORTIONS
def test_the_same_row_again_changes_nothing(house: House, portion: int) -> None:
    line = "Nguyễn Văn An,1990,0912345678,Đoàn viên,Tổ 3,VNeID,"

    report = both(house, line, line, line)

    assert results(report) == ["created", "unchanged", "unchanged"]
    assert house.ask("SELECT count(*) FROM volunteer") == [(1,)]


@PORTIONS
def test_a_later_row_adds_what_the_earlier_ones_left_empty(house: House, portion: int) -> None:
    report = both(
        house,
        "Nguyễn Văn An,1990,0912345678,Đoàn viên,,,",
        "NGUYEN VAN AN,,0912 345 678,,Tổ 3,,",
        ",,0912345678,,,VNeID; Zalo,",
        ",,0912345678,,,VNeID; Zalo,01/10/2026",
        "Nguyễn Văn An,1990,0912345678,Đoàn viên,tdp-03,VNeID; Zalo,1/10/2026",
    )

    assert results(report) == ["created", "changed", "changed", "changed", "unchanged"]
    assert changed(report) == [["area_id"], ["skills"], ["retired_on"]]
    [row] = house.ask("SELECT full_name, birth_year, skills, retired_on::text FROM volunteer")
    assert row == ("Nguyễn Văn An", 1990, ["VNeID", "Zalo"], "2026-10-01")


@PORTIONS
@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("Trần Thị Bình,1990,0912345678,Đoàn viên,Tổ 3,,", "Họ và tên"),
        ("Nguyễn Văn An,1991,0912345678,Đoàn viên,Tổ 3,,", "Năm sinh"),
        ("Nguyễn Văn An,1990,0912345678,Công an,Tổ 3,,", "Đối tượng"),
        ("Nguyễn Văn An,1990,0912345678,Đoàn viên,Tổ 4,,", "Tổ, xã/phường"),
    ],
)
def test_a_later_row_that_contradicts_is_refused(house: House, portion: int, line: str, says: str) -> None:
    report = both(house, "Nguyễn Văn An,1990,0912345678,Đoàn viên,Tổ 3,,", line)

    assert results(report) == ["created", "refused"]
    [refusal] = report.outcomes[1].refusals
    assert (refusal.key, refusal.code) == ("phone", "repeated")
    assert "dòng 2" in refusal.message
    assert says in refusal.message


@PORTIONS
def test_a_refused_row_stands_in_nobodys_way(house: House, portion: int) -> None:
    report = both(
        house,
        "Trần Thị Bình,31/02/1990,0912345678,Đoàn viên,Tổ 3,,",
        "Nguyễn Văn An,1991,0912345678,Đoàn viên,Tổ 4,,",
    )

    assert results(report) == ["refused", "created"]


@PORTIONS
def test_without_a_phone_the_name_the_year_and_the_ward_are_one_person(house: House, portion: int) -> None:
    report = both(
        house,
        "Nguyễn Văn An,1990,,Đoàn viên,Tổ 3,,",
        "Nguyễn Văn An,1991,,Đoàn viên,Tổ 3,,",
        "NGUYỄN VĂN AN,1990,,Đoàn viên,,Zalo,",
    )

    assert results(report) == ["created", "created", "changed"]


@PORTIONS
def test_a_name_that_two_people_of_the_list_have_names_neither(house: House, portion: int) -> None:
    report = both(
        house,
        "Nguyễn Văn An,1990,0912345678,Đoàn viên,Tổ 3,,",
        "Nguyễn Văn An,1990,0912345679,Đoàn viên,Tổ 4,,",
        "Nguyễn Văn An,1990,,Đoàn viên,,Zalo,",
    )

    assert results(report) == ["created", "created", "refused"]
    assert report.outcomes[2].refusals[0].code == "ambiguous"


@PORTIONS
def test_a_known_person_is_changed_once_by_two_rows(house: House, portion: int) -> None:
    imported(house, "Nguyễn Văn An,1990,0912345678,Đoàn viên,Tổ 3,,")

    report = both(
        house,
        "Nguyễn Văn An,1990,0912345678,Công an,Tổ 4,,",
        "Nguyễn Văn An,1990,0912345678,Công an,Tổ 4,Zalo,",
        "Nguyễn Văn An,1990,0912345678,Đoàn viên,Tổ 3,,",
    )

    assert results(report) == ["changed", "changed", "refused"]
    assert changed(report) == [["area_id", "kind"], ["skills"]]


def test_a_thousand_rows_of_one_person_take_a_few_statements(house: House) -> None:
    line = "Nguyễn Văn An,1990,0912345678,Đoàn viên,Tổ 3,VNeID,"

    report = imported(house, *[line] * 1500)

    assert report.counts() == {"created": 1, "changed": 0, "unchanged": 1499, "refused": 0}


def test_who_leaves_by_a_list_leaves_the_teams_too(house: House) -> None:
    imported(house, "Nguyễn Văn An,1990,0912345678,Đoàn viên,Tổ 3,,", "Trần Thị Bình,1991,0912345679,Đoàn viên,Tổ 3,,")
    [(ward,)] = house.ask("SELECT area_id FROM area WHERE code = %s AND valid_to IS NULL", WARD)
    [(who,)] = house.ask("SELECT volunteer_id FROM volunteer WHERE birth_year = 1990")
    headers = house.as_it()
    member = {"volunteer_id": str(who), "position": "member"}
    body = {"name": "Tổ 1", "area_id": str(ward), "on": "2026-02-01", "members": [member]}
    team = house.web.post("/v1/teams", json=body, headers=headers)
    assert team.status_code == 201, team.text

    report = imported(house, ",,0912345678,,,,1/10/2026", ",,0912345679,,,,1/10/2026")

    assert changed(report) == [["retired_on"], ["retired_on"]]
    assert [one["on"] for one in house.told("volunteer.left_team")] == ["2026-10-01"]
    assert len(house.told("volunteer.retired")) == 2
