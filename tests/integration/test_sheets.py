"""Sheets of paper counts and of assists over the API: understood, taken once, replaced, refused by row, in their place."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import jsonschema
import pytest
import xlsxwriter

from services.sessions.residents import token_of
from shared import clock
from shared.sheets import MOST_UPLOADED_ROWS
from shared.sheets.over_http import CSV, MOST_BYTES, XLSX
from tests.integration.sheets_ward import (
    DAY,
    as_csv,
    assists,
    counts,
    done,
    events,
    post,
    states,
    tallies,
)
from tests.support.events import correction, tally, void
from tests.support.postgres import TestPostgres
from tests.support.stack import ANH_DUNG, HAI_THANH, TOKEN_KEY, VIEWER, Stack

CITIZEN = "031098001234"
VNEID, SKILLS = "VNeID", "Kỹ năng số"


@pytest.fixture
def stack(postgres: TestPostgres) -> Iterator[Stack]:
    with Stack(postgres, "memory://") as made:
        made.serve("registry", "sessions")
        yield made


# -- paper counts ------------------------------------------------------------------------------------------------------


def test_a_sheet_of_counts_gives_one_count_for_each_day_and_place(stack: Stack) -> None:
    body = tallies(
        (DAY, "Tổ dân phố số 3", VNEID, 26, 2, None, 1),
        (DAY, "tổ 3", SKILLS, 5),
        (DAY, None, VNEID, 7),
        ("09/03/2023", "tdp-03", "Không phát sinh"),
    )

    report = done(stack, "tallies", body)

    assert counts(report) == (4, 0, 0, 0)
    assert [(one["area"], one["day"], one["count"], one["version"], one["rows"]) for one in report["tallies"]] == [
        ("Tổ dân phố số 3", "2023-03-08", 34, 1, [2, 3]),
        ("Phường Hải Thành", "2023-03-08", 7, 1, [4]),
        ("Tổ dân phố số 3", "2023-03-09", 0, 1, [5]),
    ]
    held = sorted(sum(line["count"] for line in one.get("lines", [])) for one in states(stack, "tally"))
    assert held == [0, 7, 34]


def test_the_same_sheet_twice_counts_nothing_twice_and_a_changed_one_is_the_next_version(stack: Stack) -> None:
    body = tallies((DAY, "tdp-03", VNEID, 26), (DAY, "tdp-04", VNEID, 3))
    done(stack, "tallies", body)
    before = events(stack)

    again = done(stack, "tallies", body)
    unchanged = events(stack)
    changed = done(stack, "tallies", tallies((DAY, "tdp-03", VNEID, 30, 1), (DAY, "tdp-04", VNEID, 3)))
    back = done(stack, "tallies", body)

    assert (counts(again), unchanged) == ((0, 0, 2, 0), before)
    assert counts(changed) == (0, 1, 1, 0)
    assert counts(back) == (0, 1, 1, 0)
    assert sorted((one["version"], one["lines"][0]["count"]) for one in states(stack, "tally")) == [(1, 3), (3, 26)]


def test_two_uploads_at_once_count_once(stack: Stack) -> None:
    body = tallies(*((DAY, f"tdp-0{group}", VNEID, group) for group in range(1, 5)))

    with ThreadPoolExecutor(2) as pool:
        reports = list(pool.map(lambda _: done(stack, "tallies", body), range(2)))

    assert all(counts(report)[3] == 0 for report in reports)
    assert sorted(one["version"] for one in states(stack, "tally")) == [1] * 4


def test_what_was_counted_by_hand_stands_and_the_sheet_is_told_so(stack: Stack) -> None:
    body = tallies((DAY, "tdp-03", VNEID, 26))
    done(stack, "tallies", body)
    (state,) = states(stack, "tally")
    by_hand = tally(("vneid_activation", "completed", 27), version=2) | {"subject": state["subject"]}
    assert stack.post(by_hand).status_code == 201

    report = done(stack, "tallies", body)

    assert counts(report) == (0, 0, 0, 1)
    (error,) = report["refused"][0]["errors"]
    assert error["code"] == "changed_elsewhere"
    assert "27 lượt, bản 2" in error["message"]
    assert [one["version"] for one in states(stack, "tally")] == [2]


def test_after_a_void_a_sheet_counts_anew(stack: Stack) -> None:
    body = tallies((DAY, "tdp-03", VNEID, 26))
    done(stack, "tallies", body)
    (state,) = states(stack, "tally")
    taken_back = void(state["subject"]) | {"type": "vn.congdongso.tally.voided.v1"}
    assert stack.post(taken_back).status_code == 201

    assert counts(done(stack, "tallies", body)) == (1, 0, 0, 0)
    assert counts(done(stack, "tallies", body)) == (0, 0, 1, 0)
    assert sorted(one["void"] for one in states(stack, "tally")) == [False, True]


def test_a_count_with_a_wrong_row_waits_whole_and_its_neighbours_do_not(stack: Stack) -> None:
    body = tallies((DAY, "tdp-03", VNEID, 26), (DAY, "tdp-03", "Hớt tóc", 2), (DAY, "tdp-04", VNEID, 3))

    report = done(stack, "tallies", body)

    assert counts(report) == (1, 0, 0, 2)
    told = {one["row"]: one["errors"][0] for one in report["refused"]}
    assert told[2]["code"] == "book_incomplete"
    assert "dòng 3 chưa đúng" in told[2]["message"]
    assert (told[3]["column"], told[3]["code"]) == ("C", "unknown_choice")
    assert "«Hớt tóc» không có trong danh mục" in told[3]["message"]


def test_a_long_sheet_with_outcome_and_number_is_read_too_and_other_counts_are_told(stack: Stack) -> None:
    assert stack.post(tally(("vneid_activation", "completed", 4))).status_code == 201
    body, kind = as_csv(
        "BÁO CÁO KẾT QUẢ,,,\n\nSTT,Địa bàn,Nội dung,Nhóm tuổi,Kết quả,Số lượt,Ghi chú\n"
        "1,Tổ 3,VNeID,60+,Đạt,12,x\n2,Tổ 3,VNeID,,Hẹn lại,3,\n,Tổng cộng,,,,15,\n"
    )

    report = done(stack, "tallies", body, kind=kind, on="2023-03-08", covers="all")

    assert counts(report) == (2, 0, 0, 0)
    assert [one["heading"] for one in report["understood"]["not_understood"]] == ["Ghi chú"]
    assert "Dòng không ghi ngày: ngày 08/03/2023." in report["understood"]["assumed"]
    assert [one["reason"] for one in report["ignored"]] == ["total"]
    assert report["tallies"][0]["others"] == 1
    (mine,) = [one for one in states(stack, "tally") if one["covers"] == "all"]
    assert mine["lines"] == [
        {"service": "vneid_activation", "outcome": "completed", "count": 12, "age_band": "60_plus"},
        {"service": "vneid_activation", "outcome": "to_return", "count": 3},
    ]


# -- assists -----------------------------------------------------------------------------------------------------------


def test_each_row_of_assists_is_one_and_alike_rows_are_told_apart_by_how_often_they_stand(stack: Stack) -> None:
    row = (None, DAY, "tdp-03", VNEID, "Thành công", "60+")
    body = assists(row, row, (None, DAY, "tdp-03", VNEID, "Thành công", "16-30"))

    first, again = done(stack, "assists", body), done(stack, "assists", body)
    grown = done(stack, "assists", assists(row, row, row))

    assert (counts(first), counts(again), counts(grown)) == ((3, 0, 0, 0), (0, 0, 3, 0), (1, 0, 2, 0))
    assert sorted(one["age_band"] for one in states(stack, "assist")) == ["16_30", "60_plus", "60_plus", "60_plus"]


def test_a_changed_row_with_a_code_is_a_correction(stack: Stack) -> None:
    done(stack, "assists", assists(("P-1", DAY, "tdp-03", VNEID, "Hẹn lại", None, "SIM không chính chủ")))

    fixed = assists(("P-1", DAY, "tdp-04", VNEID, "Thành công"))
    report, again = done(stack, "assists", fixed), done(stack, "assists", fixed)
    back = done(stack, "assists", assists(("P-1", DAY, "tdp-03", VNEID, "Hẹn lại", None, "SIM không chính chủ")))

    assert [counts(one) for one in (report, again, back)] == [(0, 1, 0, 0), (0, 0, 1, 0), (0, 1, 0, 0)]
    assert report["changed"][0]["titles"] == ["Tổ dân phố", "Kết quả", "Lý do"]
    (state,) = states(stack, "assist")
    assert (state["outcome"], state["reason"]) == ("to_return", "sim_not_owner")


def test_what_was_corrected_or_taken_back_elsewhere_stands(stack: Stack) -> None:
    body = assists(("1", DAY, "tdp-03", VNEID, "Thành công"), ("2", DAY, "tdp-03", VNEID, "Thành công"))
    done(stack, "assists", body)
    one, other = states(stack, "assist")
    now = clock.rfc3339(clock.now())
    assert stack.post(correction(one["subject"], now, service="digital_skills")).status_code == 201
    assert stack.post(void(other["subject"], now)).status_code == 201

    report = done(stack, "assists", body)

    assert counts(report) == (0, 0, 0, 2)
    assert {row["errors"][0]["code"] for row in report["refused"]} == {"changed_elsewhere", "voided"}
    assert {(one["service"], one["void"]) for one in states(stack, "assist")} == {
        ("digital_skills", False),
        ("vneid_activation", True),
    }


def test_refused_rows_are_named_in_vietnamese_with_their_column_and_cost_nobody_else(stack: Stack) -> None:
    body = assists(
        ("1", DAY, "tdp-03", VNEID, "Thành công"),
        ("2", DAY, "tdp-99", VNEID, "Thành công"),
        ("3", "31/02/2023", "tdp-03", VNEID, "Thành công"),
        ("4", DAY, "tdp-03", VNEID, "Hẹn lại"),
        ("1", DAY, "tdp-03", VNEID, "Thành công"),
        ("6", "01/01/2019", "tdp-03", VNEID, "Thành công"),
        ("7", f"{clock.today() + dt.timedelta(days=1):%d/%m/%Y}", "tdp-03", VNEID, "Thành công"),
        ("8", DAY, "11689/tdp-03", VNEID, "Thành công"),
        ("9", DAY, "tdp-03", VNEID, None),
        ("10", DAY, "tdp-03", "Hộ kinh doanh được trang bị mã QR", "Thành công"),
    )

    report = done(stack, "assists", body)

    assert counts(report) == (1, 0, 0, 9)
    told = {one["row"]: (one["errors"][0]["column"], one["errors"][0]["code"]) for one in report["refused"]}
    assert told == {
        3: ("C", "unknown_area"),
        4: ("B", "bad_date"),
        5: ("G", "required"),
        6: ("A", "repeated_code"),
        7: ("B", "time_out_of_range"),
        8: ("B", "future_day"),
        9: ("C", "forbidden_area"),
        10: ("E", "required"),
        11: (None, "required"),
    }
    messages = " ".join(one["errors"][0]["message"] for one in report["refused"])
    assert "Không tìm thấy «tdp-99» trong Phường Hải Thành ngày 08/03/2023. Các tổ hiện có: Tổ dân phố số 1" in messages


def test_a_citizen_number_is_a_token_at_once_and_is_nowhere_else(stack: Stack, capfd: Any) -> None:
    body = assists(
        ("1", DAY, "tdp-03", VNEID, "Thành công", None, None, CITIZEN),
        ("2", DAY, "tdp-03", VNEID, "Thành công", None, None, 31098001234),  # a number cell has lost the zero
        ("3", DAY, "tdp-03", VNEID, "Thành công", None, None, "0310980012"),
        ("4", DAY, "tdp-03", CITIZEN, CITIZEN, CITIZEN, None, None),
        (CITIZEN, DAY, CITIZEN, VNEID, "Thành công", None, None, None),
    )

    answers = [post(stack, "assists", body, dry_run=flag) for flag in ("true", "false")]
    headless = post(stack, "assists", f"x,{CITIZEN}\ny,{CITIZEN}\n".encode(), kind=CSV)

    assert [counts(answer.json()) for answer in answers] == [(2, 0, 0, 3)] * 2
    assert {one["resident_token"] for one in states(stack, "assist")} == {token_of(CITIZEN, TOKEN_KEY)}
    assert headless.status_code == 422
    told = " ".join(answer.text for answer in (*answers, headless)) + "".join(capfd.readouterr())
    for text in (CITIZEN, "31098001234", "0310980012"):
        assert text not in told
        for table, columns in (("event_log", "convert_from(body, 'UTF8')"), ("entity", "convert_from(content, 'UTF8')"),
                               ("refused", "concat_ws(' ', type, code, field)")):  # fmt: skip
            rows = stack.ask("sessions", f"SELECT {columns} FROM {table}")
            assert not any(text in str(row[0]) for row in rows)


# -- both --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("what", ["tallies", "assists"])
def test_a_rehearsal_answers_the_same_and_stores_nothing(stack: Stack, what: str) -> None:
    body = {
        "tallies": tallies((DAY, "tdp-03", VNEID, 26), (DAY, "tdp-99", VNEID, 1)),
        "assists": assists(("1", DAY, "tdp-03", VNEID, "Thành công"), ("2", DAY, "x", VNEID, "Thành công")),
    }[what]

    rehearsed = done(stack, what, body, dry_run="true")
    after = events(stack), states(stack, "tally"), states(stack, "assist")
    real = done(stack, what, body)

    assert after == (0, [], [])
    assert rehearsed == real | {"dry_run": True}
    document = httpx.get(f"{stack.url('sessions')}/openapi.json", trust_env=False).json()
    schema = {"$ref": "#/components/schemas/SheetReport", "components": document["components"]}
    jsonschema.validate(real, schema)


def test_places_are_read_by_their_meaning_on_the_day_of_the_row(stack: Stack) -> None:
    body = assists(
        (None, "30/06/2025", "Tổ dân phố số 3", VNEID, "Thành công"),
        (None, "01/07/2025", "tdp-03", VNEID, "Thành công"),
        (None, "01/07/2025", None, VNEID, "Thành công"),
    )

    report = done(stack, "assists", body)

    assert counts(report) == (3, 0, 0, 0), report["refused"]
    names = {row[0]: row[1] for row in stack.ask("sessions", "SELECT area_id, name || ' ' || valid_from FROM area")}
    placed = sorted((one["day"], names[UUID(one["ward"])]) for one in states(stack, "assist"))
    assert [(day, name.split(" 20")[0]) for day, name in placed] == [
        ("2025-06-30", "Phường Hải Thành"),
        ("2025-07-01", "Phường Dương Kinh"),
        ("2025-07-01", "Phường Dương Kinh"),
    ]


def test_a_ward_uploads_for_its_own_area_only(stack: Stack) -> None:
    body = tallies((DAY, "11692/tdp-03", VNEID, 26))

    report = done(stack, "tallies", body, ANH_DUNG)
    named = done(stack, "assists", assists(("1", DAY, "tdp-03", VNEID, "Thành công")), ANH_DUNG, ward="11692")

    for told in (report, named):
        (row,) = told["refused"]
        assert row["errors"][0]["code"] == "forbidden_area"
        assert "Phường Hải Thành" in row["errors"][0]["message"]
    assert events(stack) == 0


def test_the_sandbox_uploads_without_counting_and_without_touching_what_counts(stack: Stack) -> None:
    sandbox = stack.sandbox("11692", on="2023-03-08")
    body = tallies((DAY, "tdp-03", VNEID, 26))

    assert counts(done(stack, "tallies", body, sandbox)) == (1, 0, 0, 0)
    assert counts(done(stack, "tallies", body)) == (1, 0, 0, 0)
    assert stack.ask("sessions", "SELECT count(*) FROM entity WHERE shard < 0") == [(1,)]


def test_who_may_not_write_may_not_upload(stack: Stack) -> None:
    assert post(stack, "tallies", tallies((DAY, "tdp-03", VNEID, 26)), VIEWER).status_code == 403


def test_a_messy_sheet_is_read_with_patience(stack: Stack, tmp_path: Path) -> None:
    path = tmp_path / "so.xlsx"
    _messy(path)

    report = done(stack, "tallies", path.read_bytes())

    assert counts(report) == (4, 0, 0, 0), report
    assert report["understood"]["sheet"] == "Tháng 3"
    assert {one["reason"] for one in report["ignored"]} >= {"total", "no_count"}
    assert [(one["area"], one["count"]) for one in report["tallies"]] == [
        ("Tổ dân phố số 1", 17),
        ("Tổ dân phố số 2", 9),
    ]


def _messy(path: Path) -> None:
    """A title, headings in two lines, merged days and groups, numbers as text, a formula, a total, a signature."""
    with xlsxwriter.Workbook(str(path)) as book:
        book.add_worksheet("Bìa").write_string(1, 1, "SỔ THEO DÕI")
        sheet = book.add_worksheet("Tháng 3")
        sheet.write_string(0, 0, "ỦY BAN NHÂN DÂN PHƯỜNG HẢI THÀNH")
        sheet.write_string(2, 2, "SỔ THEO DÕI HỖ TRỢ NGƯỜI DÂN")
        for index, text in enumerate(("STT", "NGÀY (*)", "to dan pho", "NỘI  DUNG\nHỖ TRỢ")):
            sheet.merge_range(4, index, 5, index, text)
        sheet.merge_range(4, 4, 4, 6, "Kết quả thực hiện")
        sheet.write_row(5, 4, ["Thành công", "Hẹn lại", "Chưa thành công"])
        date = book.add_format({"num_format": "dd/mm/yyyy"})
        rows = [("VNeID", "10", 1, 1), ("KỸ NĂNG SỐ", 5, None, None), ("VNEID", " 7 ", 2, None),
                ("dvc trực tuyến", None, None, None), ("ky nang so", None, None, None)]  # fmt: skip
        for number, (service, *numbers) in enumerate(rows, 6):
            sheet.write_number(number, 0, number - 5)
            sheet.write_string(number, 3, service)
            for index, value in enumerate(numbers, 4):
                if value is not None:
                    sheet.write(number, index, value)
        sheet.write_formula(10, 4, "=1-1", None, 0)
        sheet.merge_range(6, 1, 10, 1, "", date)
        sheet.write_datetime(6, 1, dt.datetime(2023, 3, 8), date)
        sheet.merge_range(6, 2, 7, 2, "TDP 01")
        sheet.merge_range(8, 2, 10, 2, "TDP số 2")
        sheet.write_row(11, 2, ["Tổng cộng", "", 22, 3, 1])
        sheet.write_string(13, 5, "NGƯỜI LẬP BIỂU")


@pytest.mark.parametrize(
    ("body", "kind", "status", "code"),
    [
        (b"", XLSX, 422, "empty"),
        (b"PK\x03\x04 no workbook", XLSX, 422, "corrupt"),
        ("Tên,Giá\nBàn,1\n".encode(), CSV, 422, "no_header"),
        ("Ngày,Nội dung hỗ trợ\n08/03/2023,VNeID\n".encode(), CSV, 422, "missing_columns"),
        ("Nội dung,Số lượt,Kết quả\nVNeID,1,Đạt\n".encode(), CSV, 422, "missing_columns"),
        (b"{}", "application/json", 415, None),
        (b"x" * (MOST_BYTES + 1), CSV, 413, None),
        (
            ("Ngày,Nội dung,Thành công\n" + "08/03/2023,VNeID,1\n" * (MOST_UPLOADED_ROWS + 1)).encode(),
            CSV,
            422,
            "too_many_rows",
        ),
    ],
)
def test_a_file_that_is_no_sheet_is_refused_in_words(
    stack: Stack, body: bytes, kind: str, status: int, code: str | None
) -> None:
    answer = post(stack, "tallies", body, kind=kind)

    assert answer.status_code == status, answer.text
    assert answer.json()["detail"]
    assert [one["code"] for one in answer.json().get("errors", [])] == ([code] if code else [])
    assert events(stack) == 0


@pytest.mark.parametrize(
    "query", [{"ward": "x"}, {"on": "2026-02-30"}, {"covers": "some"}, {"dry_run": "maybe"}, {"x": 1}]
)
def test_a_wrong_parameter_is_named(stack: Stack, query: dict[str, Any]) -> None:
    answer = post(stack, "tallies", tallies((DAY, "tdp-03", VNEID, 26)), **query)

    assert answer.status_code == 422
    assert [one["field"] for one in answer.json()["errors"]] == list(query)


@pytest.mark.parametrize("what", ["tallies", "assists"])
@pytest.mark.parametrize("form", ["xlsx", "csv"])
def test_a_template_is_a_sheet_without_an_entry(stack: Stack, what: str, form: str) -> None:
    headers = {"Authorization": f"Bearer {stack.token(HAI_THANH)}"}
    template = httpx.get(f"{stack.url('sessions')}/v1/sheets/{what}/template.{form}", headers=headers, trust_env=False)

    assert template.status_code == 200
    assert template.headers["Cache-Control"] == "no-store"
    report = done(stack, what, template.content, kind=XLSX if form == "xlsx" else CSV)
    assert counts(report) == (0, 0, 0, 0)
    assert report["understood"]["not_understood"] == []


def test_formulas_in_cells_are_text_and_nothing_is_run(stack: Stack) -> None:
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["Ngày", "Tổ", "Nội dung", "Thành công"])
        sheet.write_row(1, 0, [DAY, "tdp-03", "VNeID"])
        sheet.write_formula(1, 3, "=1+2", None, 3)
        sheet.write_row(2, 0, [DAY, "tdp-04", "VNeID"])
        sheet.write_string(2, 3, '=HYPERLINK("http://example.org")')

    report = done(stack, "tallies", stream.getvalue())

    assert counts(report) == (1, 0, 0, 1)
    assert report["refused"][0]["errors"][0]["code"] == "bad_integer"
