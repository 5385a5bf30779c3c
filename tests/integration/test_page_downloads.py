"""The ward's own entries of a day as spreadsheets: what stands in them, what does not, and that nothing runs in them."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest

from services.sessions.page import downloads
from services.sessions.page.entry_rows import COLUMNS
from shared import clock
from shared.sheets import read_sheet
from tests.support.page import TODAYS_APP, Visitor, add_officer, from_app, signed_in
from tests.support.postgres import TestPostgres
from tests.support.stack import Stack

FORMULA = '=HYPERLINK("https://example.org";"x")'
TODAY = clock.today()
EMPTY_DAY = TODAY - dt.timedelta(days=3)


@pytest.fixture(scope="module")
def stack(postgres: TestPostgres) -> Iterator[Stack]:
    """A ward with an assist, a void one, a paper count with its lines, a zero report, a session, and a text."""
    with Stack(postgres, "memory://") as made:
        made.serve("registry", "sessions")
        helped: dict[str, Any] = {
            "service": "vneid_activation",
            "outcome": "completed",
            "citizen_number": "031099001234",
        }
        taken_back = from_app("assist.recorded", service="digital_skills", outcome="failed", reason="declined")
        lines = [{"service": "vneid_activation", "outcome": "completed", "count": 4, "age_band": "60_plus"},
                 {"service": "cashless_payment", "outcome": "to_return", "count": 2}]  # fmt: skip
        day: dict[str, Any] = {"day": TODAY.isoformat(), "version": 2, "covers": "unlisted"}
        sent = [
            from_app("assist.recorded", **helped),
            taken_back,
            from_app("assist.voided", reason_code="test") | {"subject": taken_back["subject"]},
            from_app("tally.recorded", lines=lines, **day),
            from_app("tally.recorded", lines=[], area="tdp-05", **day),
            from_app("session.opened", kind="support", theme=FORMULA),
            from_app("feedback.raised", kind="report", theme="infrastructure", text="Lời của người dân"),
        ]
        sent[2]["data"].pop("area")
        assert [one["status"] for one in made.post(sent, TODAYS_APP).json()["results"]] == ["accepted"] * 7
        yield made


def csv_rows(visitor: Visitor, **asked: Any) -> list[dict[str, str]]:
    answer = visitor.open("/phuong/ban-ghi.csv", **asked).answer
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/csv; charset=utf-8")
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


def xlsx(visitor: Visitor) -> bytes:
    answer = visitor.open("/phuong/ban-ghi.xlsx").answer
    assert answer.headers["Content-Disposition"] == f'attachment; filename="ban-ghi_11692_{TODAY}.xlsx"'
    return answer.content


def test_every_entry_of_the_day_has_its_line(visitor: Visitor) -> None:
    rows = csv_rows(visitor)

    told = {
        (row["Loại bản ghi"], row["Nội dung"][:12], row["Kết quả"], row["Số lượt"], row["Trạng thái"]) for row in rows
    }
    assert told == {
        ("Lượt hỗ trợ", "Kích hoạt tà", "Thành công", "1", "Đang dùng"),
        ("Lượt hỗ trợ", "Hướng dẫn kỹ", "Chưa thành công", "1", "Đã hủy"),
        ("Số liệu tổng hợp từ sổ", "Kích hoạt tà", "Thành công", "4", "Đang dùng"),
        ("Số liệu tổng hợp từ sổ", "Thanh toán k", "Hẹn lại", "2", "Đang dùng"),
        ("Số liệu tổng hợp từ sổ", "Không phát s", "", "0", "Đang dùng"),
        ("Buổi hỗ trợ", "Hỗ trợ", "", "", "Đang dùng"),
    }
    assert {row["Độ tuổi"] for row in rows if row["Số lượt"] == "4"} == {"Người cao tuổi (từ đủ 60)"}
    assert {row["Địa bàn"] for row in rows} == {"Tổ dân phố số 3", "Tổ dân phố số 5"}


def test_no_cell_is_a_formula(visitor: Visitor) -> None:
    (note,) = [row["Ghi chú"] for row in csv_rows(visitor) if row["Loại bản ghi"] == "Buổi hỗ trợ"]
    assert note == f"'{FORMULA}; Đang mở"

    with zipfile.ZipFile(io.BytesIO(xlsx(visitor))) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
    assert "=HYPERLINK(" in sheet
    assert not re.search(r"<f[ >]|<hyperlink", sheet)


def test_both_files_say_the_same(visitor: Visitor) -> None:
    files = xlsx(visitor), visitor.open("/phuong/ban-ghi.csv").answer.content

    workbook, text = ([row.values for row in read_sheet(content, COLUMNS).rows()] for content in files)

    assert len(workbook) == 6
    assert workbook == text


def test_no_residents_number_token_or_text_is_in_a_file(stack: Stack, visitor: Visitor) -> None:
    (token,) = stack.ask(
        "sessions",
        """SELECT convert_from(content, 'UTF8')::jsonb ->> 'resident_token' FROM entity
            WHERE convert_from(content, 'UTF8')::jsonb ? 'resident_token'""",
    )
    text = visitor.open("/phuong/ban-ghi.csv").answer.text

    for secret in (token[0], "031099001234", "Lời của người dân"):
        assert secret not in text


def test_a_day_without_entries_gives_the_headings(visitor: Visitor) -> None:
    assert csv_rows(visitor, ngay=EMPTY_DAY) == []
    assert visitor.open("/phuong/ban-ghi.xlsx", ngay=EMPTY_DAY).status == 200


def test_a_person_of_one_group_gets_that_groups_entries(stack: Stack) -> None:
    visitor = signed_in(stack, add_officer(stack, "Tổ trưởng", "11692/tdp-05"))

    assert [row["Nội dung"] for row in csv_rows(visitor)] == ["Không phát sinh"]


def test_without_a_sign_in_there_is_no_file(stack: Stack) -> None:
    for ending in ("csv", "xlsx"):
        assert Visitor(stack).open(f"/phuong/ban-ghi.{ending}").answer.url.path == "/phuong/dang-nhap"


def test_more_than_a_file_may_hold_is_told(visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(downloads, "MOST", 3)

    for ending in ("csv", "xlsx"):
        page = visitor.open(f"/phuong/ban-ghi.{ending}")
        assert (page.status, "Chưa tải về được" in page.text) == (422, True)
