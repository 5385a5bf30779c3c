"""Uploading a sheet on the ward officer's page: shown as understood, sent when confirmed, told afterwards."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Iterator
from typing import Any

import pytest

from services.sessions.page.sheets import MOST_ROWS
from services.sessions.residents import token_of
from shared import clock
from tests.integration.sheets_ward import assists, events, states, tallies
from tests.support.page import Page, Visitor, _page, add_officer, signed_in
from tests.support.postgres import TestPostgres
from tests.support.stack import TOKEN_KEY, Stack

CITIZEN = "031098001234"
TODAY = f"{clock.today():%d/%m/%Y}"


@pytest.fixture
def stack(postgres: TestPostgres) -> Iterator[Stack]:
    with Stack(postgres, "memory://") as made:
        made.serve()
        yield made


@pytest.fixture
def user(stack: Stack) -> str:
    return add_officer(stack, "Nguyễn Văn A", "11692")


def upload(visitor: Visitor, body: bytes, kind: str = "so-lieu", name: str = "so.xlsx", **typed: Any) -> Page:
    form = visitor.open("/phuong/nop-tep").form("/nop-tep")
    fields = form.filled({"loai": kind} | typed)
    return _page(visitor.web.post(form.action, data=fields, files={"tep": (name, body)} if body else None))


def test_nothing_is_sent_before_it_is_confirmed_and_twice_is_once(stack: Stack, visitor: Visitor) -> None:
    body = tallies((TODAY, "Tổ 3", "VNeID", 26, 2), (TODAY, "Tổ 99", "VNeID", 1))

    checked = upload(visitor, body)
    before = events(stack)
    form = checked.form("/xac-nhan")
    sent, again = visitor.send(form), visitor.send(form)

    assert (checked.status, before) == (200, 0)
    assert "Chưa có gì được gửi." in checked.text
    assert "Dòng 3 Cột B, Tổ dân phố: Không tìm thấy «Tổ 99» trong Phường Dương Kinh" in checked.text
    assert "Cột D: Thành công Thành công" in checked.text
    assert "Đã gửi. Số trong ngày cập nhật sau vài giây." in sent.text
    assert "Không có gì mới được ghi." in again.text
    (state,) = states(stack, "tally")
    assert (state["version"], [line["count"] for line in state["lines"]]) == (1, [26, 2])
    assert "Tệp không có gì mới để gửi." in upload(visitor, body).text


def test_the_form_and_the_sheet_give_one_count(stack: Stack, visitor: Visitor) -> None:
    visitor.send(upload(visitor, tallies((TODAY, "tdp-03", "VNeID", 26))).form("/xac-nhan"))

    page = visitor.open("/phuong", noi="11692/tdp-03")
    assert "Đã có bản 1" in page.text
    visitor.send(page.form("/so-lieu"), {"n.vneid_activation.completed": 27})
    told = upload(visitor, tallies((TODAY, "tdp-03", "VNeID", 30)))

    assert "đã được nhập hoặc sửa ở nơi khác (27 lượt, bản 2)" in told.text
    assert [(one["version"], one["lines"][0]["count"]) for one in states(stack, "tally")] == [(2, 27)]


def test_a_citizen_number_is_not_in_the_page_not_even_as_a_token(stack: Stack, visitor: Visitor) -> None:
    body = assists(("1", TODAY, "tdp-03", "VNeID", "Thành công", None, None, CITIZEN), ("2", TODAY, "tdp-03", CITIZEN))

    checked = upload(visitor, body, "luot")
    sealed = checked.form("/xac-nhan").fields["tep-da-xem"]
    sent = visitor.send(checked.form("/xac-nhan"))

    token = token_of(CITIZEN, TOKEN_KEY)
    for page in (checked, sent):
        assert CITIZEN not in page.answer.text
        assert token not in page.answer.text
    with pytest.raises((zlib.error, ValueError)):
        json.loads(zlib.decompress(base64.urlsafe_b64decode(sealed.split(".")[3] + "==")))
    assert [one["resident_token"] for one in states(stack, "assist")] == [token]


def test_what_was_changed_or_is_somebody_elses_is_not_taken_back(stack: Stack, visitor: Visitor) -> None:
    form = upload(visitor, tallies((TODAY, "tdp-03", "VNeID", 26))).form("/xac-nhan")
    colleague = signed_in(stack, add_officer(stack, "Đồng nghiệp", "11692"))
    csrf = colleague.open("/phuong/nop-tep").form("/nop-tep").fields["csrf"]
    sealed = form.fields["tep-da-xem"]

    answers = [
        colleague.post(form.action, {"csrf": csrf, "tep-da-xem": sealed}),
        *(visitor.send(form, {"tep-da-xem": text}) for text in ("", "x", "a.b.c.d.e", sealed[:-4] + "AAAA", "ế" * 99)),
    ]

    assert all(answer.status == 422 for answer in answers)
    assert all("Vui lòng chọn lại tệp" in answer.text for answer in answers)
    assert visitor.send(form, {"csrf": "x"}).status == 403
    assert events(stack) == 0


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"", "Chưa chọn tệp."),
        (b"PK\x03\x04 no workbook", "Tệp bị hỏng"),
        ("Tên,Giá\nBàn,1\n".encode(), "không thấy dòng tiêu đề"),
        (("Ngày,Nội dung,Thành công\n" + f"{TODAY},VNeID,1\n" * (MOST_ROWS + 1)).encode(), "hơn 2.000 dòng"),
    ],
)
def test_a_file_that_is_no_sheet_is_told_in_words(visitor: Visitor, body: bytes, told: str) -> None:
    answer = upload(visitor, body)

    assert answer.status == 422
    assert told in answer.text
    assert answer.form("/nop-tep").fields["loai"] == "so-lieu"


def test_a_file_that_is_too_large_is_told_in_words(visitor: Visitor) -> None:
    answer = upload(visitor, b"x" * (11 << 20))

    assert answer.status == 413
    assert "quá lớn" in answer.text


def test_many_rows_go_along_in_the_form(stack: Stack, visitor: Visitor) -> None:
    rows = [(str(n), TODAY, "tdp-03", "VNeID", "Thành công", None, None, f"0310980{n:05}") for n in range(MOST_ROWS)]

    sent = visitor.send(upload(visitor, assists(*rows), "luot").form("/xac-nhan"))

    assert "Đã gửi." in sent.text
    assert stack.ask("sessions", "SELECT count(*) FROM entity") == [(MOST_ROWS,)]


def test_a_sign_in_that_ended_before_confirming_loses_nothing(stack: Stack, visitor: Visitor) -> None:
    form = upload(visitor, tallies((TODAY, "tdp-03", "VNeID", 26))).form("/xac-nhan")
    user = stack.ask("registry", "SELECT client_id FROM client WHERE client_id LIKE 'cb-%%'")[0][0]
    visitor.web.cookies.clear()

    ended = visitor.post(form.action, form.fields, Sec_Fetch_Site="same-origin")
    assert ended.status == 401
    resumed = visitor.send(ended.form("/dang-nhap"), {"ten": user, "mat-khau": "hoa-phượng-đỏ-12"})
    sent = visitor.send(resumed.form("/xac-nhan"))

    assert "Đã gửi." in sent.text


def test_templates_are_offered(visitor: Visitor) -> None:
    page = visitor.open("/phuong/nop-tep")

    for kind in ("so-lieu", "luot"):
        for form in ("xlsx", "csv"):
            assert f"/phuong/nop-tep/mau/{kind}.{form}" in page.answer.text
            assert visitor.open(f"/phuong/nop-tep/mau/{kind}.{form}").status == 200
    assert visitor.open("/phuong/nop-tep/mau/x.xlsx").status == 404
