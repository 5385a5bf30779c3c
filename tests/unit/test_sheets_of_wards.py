"""How rows of a ward's sheet are read: ages, counts, what is masked, and wordings that mean one thing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

import pytest

from services.sessions.imports import wordings
from services.sessions.imports.columns import ALL, columns_of
from services.sessions.imports.reading import MOST_NUMBER, How, age_band, read
from services.sessions.imports.report import masked
from services.sessions.imports.tallies import counts_of
from shared.events.names import EVENT_CODES
from shared.sheets.columns import fold

CATALOGUE = {"vneid_activation": "kích hoạt VNeID", "digital_skills": "hướng dẫn kỹ năng số"}
DAY = dt.date(2026, 3, 15)


@pytest.mark.parametrize(
    ("born", "band"),
    [
        (1966, "60_plus"), (dt.date(1966, 3, 15), "60_plus"), (dt.date(1966, 3, 16), "31_59"), (1996, "16_30"),
        (1995, "31_59"), (2010, "16_30"), (2011, "14_15"), (2013, "6_13"), (2020, "6_13"), (2021, "0_5"),
        (2027, "unknown"), (1890, "unknown"),
    ],
)  # fmt: skip
def test_a_birth_year_gives_the_age_band_of_the_day(born: int | dt.date, band: str) -> None:
    assert age_band(born, DAY) == band


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Số 031098001234.", "Số 03…."),
        ("031 098 001 234", "03…"),
        ("0912.345.678", "09…"),
        ("ngày 15/03/2026, dòng 12, 100.000 lượt", "ngày 15/03/2026, dòng 12, 100.000 lượt"),
        ("11692/tdp-03", "11692/tdp-03"),
    ],
)
def test_what_may_be_a_persons_number_is_masked(text: str, shown: str) -> None:
    assert masked(text) == shown


def test_every_wording_means_one_code() -> None:
    services = wordings.service_choices({code: code for code in wordings.SERVICES}) | wordings.NOTHING_CHOICE
    for choices in (services, wordings.OUTCOME_CHOICES, wordings.AGE_BAND_CHOICES, wordings.CHANNEL_CHOICES,
                    wordings.REASON_CHOICES, wordings.LEVEL_CHOICES, wordings.OFFICES):  # fmt: skip
        meant: dict[str, str] = {}
        for code, words in choices.items():
            for word in (code, *words):
                assert meant.setdefault(fold(word), code) == code, word


def test_every_code_of_the_contract_can_be_written() -> None:
    for group, choices in (("outcome", wordings.OUTCOME_CHOICES), ("age_band", wordings.AGE_BAND_CHOICES),
                           ("channel", wordings.CHANNEL_CHOICES), ("reason", wordings.REASON_CHOICES),
                           ("service_level", wordings.LEVEL_CHOICES)):  # fmt: skip
        assert set(choices) == set(EVENT_CODES[group])


def nobody(numbers: Collection[str]) -> dict[str, str]:
    """Who no sheet of these tests names."""
    assert not numbers
    return {}


@pytest.mark.parametrize("what", ["tallies", "assists"])
def test_every_heading_means_one_column(what: str) -> None:
    meant: dict[str, str] = {}
    for column in ALL[what]:
        for heading in column.wordings():
            assert meant.setdefault(fold(heading), column.key) == column.key, heading


def test_a_number_that_no_count_can_be_is_refused_without_being_repeated() -> None:
    body = f"Ngày,Nội dung,Thành công\n15/03/2026,VNeID,{MOST_NUMBER + 1}\n15/03/2026,VNeID,{'9' * 30}\n".encode()

    sheet = read(body, "tallies", CATALOGUE, How(), nobody)

    assert [[one.code for one in line.refusals] for line in sheet.lines] == [["out_of_range"]] * 2
    assert all("completed" not in line.values for line in sheet.lines)
    assert "999" not in sheet.lines[1].refusals[0].message


def test_a_row_gives_its_counts_by_outcome_and_nothing_is_no_line() -> None:
    body = (
        "Ngày,Nội dung,Thành công,Hẹn lại,Kết quả,Số lượt\n"
        "15/03/2026,VNeID,26,0,Hẹn lại,3\n15/03/2026,Không phát sinh,,,,\n15/03/2026,VNeID,,,,\n"
    ).encode()

    sheet = read(body, "tallies", CATALOGUE, How(), nobody)

    assert [counts_of(line) for line in sheet.lines] == [
        {("vneid_activation", "completed", None): 26, ("vneid_activation", "to_return", None): 3},
        {},
    ]
    assert [(number, reason) for number, reason, _ in sheet.ignored] == [(4, "no_count")]


def test_a_districts_own_service_is_read_by_its_own_name() -> None:
    own = CATALOGUE | {"thu_gom_rac": "phân loại rác"}
    body = "Ngày,Nội dung,Thành công\n15/03/2026,Phân loại rác,4\n".encode()

    assert read(body, "tallies", own, How(), nobody).lines[0].values["service"] == "thu_gom_rac"
    assert {column.key for column in columns_of("tallies", own)} == {column.key for column in ALL["tallies"]}


@pytest.mark.parametrize(
    ("code", "is_refused"),
    [("031098001234", True), ("0912345678", True), ("123456789", True), ("P-001", False), ("20260315001", False)],
)
def test_a_code_that_names_a_person_is_refused(code: str, is_refused: bool) -> None:
    body = f"Mã,Ngày,Nội dung,Kết quả\n{code},15/03/2026,VNeID,Đạt\n".encode()

    (line,) = read(body, "assists", CATALOGUE, How(), nobody).lines

    assert [one.code for one in line.refusals] == (["personal_code"] if is_refused else [])
