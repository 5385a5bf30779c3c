"""The ward officer's page over real HTTP, the paper count: sent twice, late, by two at once, corrected, taken back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest

from shared import clock
from tests.support.by_hand import count
from tests.support.page import Visitor, add_officer, from_app, send_one, signed_in, states
from tests.support.postgres import TestPostgres
from tests.support.stack import Stack

VNEID = "n.vneid_activation.completed"
TODAY = clock.today()


@pytest.fixture(scope="module")
def stack(postgres: TestPostgres) -> Iterator[Stack]:
    with Stack(postgres, "memory://") as made:
        made.serve()
        yield made


# -- the paper count ---------------------------------------------------------------------------------------------------


def test_a_count_is_an_event_of_the_persons_own_source(stack: Stack, visitor: Visitor, user: str, day: dt.date) -> None:
    page = visitor.open("/phuong", ngay=day, noi="11692/tdp-03")
    sent = visitor.send(page.form("/so-lieu"), {VNEID: "26", "n.digital_skills.failed": "2", "pham-vi": "all"})

    assert "Đã gửi số liệu" in sent.text
    (state,) = states(stack, day)
    assert (state["version"], state["covers"]) == (1, "all")
    assert state["lines"] == [
        {"service": "vneid_activation", "outcome": "completed", "count": 26},
        {"service": "digital_skills", "outcome": "failed", "count": 2},
    ]
    (row,) = stack.ask(
        "sessions", "SELECT count(*) FROM event_log JOIN source USING (source_id) WHERE name = %s", f"/apps/{user}"
    )
    assert row[0] >= 1
    count(stack)
    told = stack.tallies(from_=day.isoformat(), area="11692", on=day.isoformat())
    assert told["totals"]["paper"] == 28


def test_a_form_that_is_sent_twice_counts_once(stack: Stack, visitor: Visitor, day: dt.date) -> None:
    form = visitor.open("/phuong", ngay=day).form("/so-lieu")

    first, second = (visitor.send(form, {VNEID: 7}) for _ in range(2))

    assert "Đã gửi số liệu" in first.text
    assert "Đã gửi số liệu" in second.text
    assert [(one["version"], one["lines"][0]["count"]) for one in states(stack, day)] == [(1, 7)]


def test_a_form_that_is_sent_twice_with_other_numbers_is_told_so(stack: Stack, visitor: Visitor, day: dt.date) -> None:
    form = visitor.open("/phuong", ngay=day).form("/so-lieu")
    visitor.send(form, {VNEID: 7})

    again = visitor.send(form, {VNEID: 8})

    assert again.status == 422
    assert "đã được nhận" in again.text
    assert again.form("/so-lieu").fields[VNEID] == "8"
    assert [one["lines"][0]["count"] for one in states(stack, day)] == [7]


def test_a_second_count_is_filled_with_the_first_and_replaces_it(stack: Stack, visitor: Visitor, day: dt.date) -> None:
    visitor.send(visitor.open("/phuong", ngay=day).form("/so-lieu"), {VNEID: 7, "pham-vi": "all"})

    page = visitor.open("/phuong", ngay=day)
    form = page.form("/so-lieu")
    assert (form.fields[VNEID], form.fields["ban"], form.fields["pham-vi"]) == ("7", "2", "all")
    visitor.send(form, {VNEID: 9})

    assert [(one["version"], one["lines"][0]["count"]) for one in states(stack, day)] == [(2, 9)]


def test_of_two_who_count_at_once_the_second_is_told_and_loses_nothing(
    stack: Stack, visitor: Visitor, day: dt.date
) -> None:
    colleague = signed_in(stack, add_officer(stack, "Đồng nghiệp", "11692"))
    mine, theirs = (one.open("/phuong", ngay=day).form("/so-lieu") for one in (visitor, colleague))
    colleague.send(theirs, {VNEID: 5})

    told = visitor.send(mine, {VNEID: 6})

    assert told.status == 422
    assert "vừa được người khác gửi" in told.text
    assert [(one["version"], one["lines"][0]["count"]) for one in states(stack, day)] == [(1, 5)]
    assert "Đã gửi số liệu" in visitor.send(told.form("/so-lieu")).text
    assert [(one["version"], one["lines"][0]["count"]) for one in states(stack, day)] == [(2, 6)]


def test_a_zero_report_is_a_report_and_replaces_what_was_there(stack: Stack, visitor: Visitor, day: dt.date) -> None:
    visitor.send(visitor.open("/phuong", ngay=day).form("/so-lieu"), {VNEID: 7})

    sent = visitor.send(visitor.open("/phuong", ngay=day).form("/khong-phat-sinh"))

    assert "Đã gửi báo cáo không phát sinh" in sent.text
    assert "không phát sinh. Gửi lại sẽ thay" in sent.text
    assert [(one["version"], one.get("lines", [])) for one in states(stack, day)] == [(2, [])]


def test_an_empty_form_is_no_zero_report(stack: Stack, visitor: Visitor, day: dt.date) -> None:
    sent = visitor.send(visitor.open("/phuong", ngay=day).form("/so-lieu"), {VNEID: "0"})

    assert sent.status == 422
    assert "Chưa nhập số nào" in sent.text
    assert states(stack, day) == []


def test_lines_that_the_form_cannot_show_stay(stack: Stack, visitor: Visitor, day: dt.date) -> None:
    lines = [
        {"service": "vneid_activation", "outcome": "completed", "count": 4, "age_band": "60_plus"},
        {"service": "vneid_activation", "outcome": "completed", "count": 3, "resident_area": "11692/tdp-05"},
        {"service": "vneid_activation", "outcome": "completed", "count": 2},
    ]
    sent = from_app("tally.recorded", day=day.isoformat(), version=3, covers="unlisted", lines=lines)
    subject = send_one(stack, sent)

    page = visitor.open("/phuong", ngay=day, noi="11692/tdp-03")
    assert "7 lượt ghi theo độ tuổi hoặc nơi cư trú được giữ nguyên" in page.text
    form = page.form("/so-lieu")
    assert (form.fields[VNEID], form.fields["ban"], form.fields["so"]) == ("2", "4", subject)
    visitor.send(form, {VNEID: 5})

    (state,) = states(stack, day)
    assert (state["version"], sorted(line["count"] for line in state["lines"])) == (4, [3, 4, 5])
    assert [line for line in state["lines"] if line.get("age_band")] == [lines[0]]
    assert [line["count"] for line in state["lines"] if line.get("resident_area")] == [3]


def test_after_a_void_the_day_is_counted_anew(stack: Stack, visitor: Visitor, day: dt.date) -> None:
    visitor.send(visitor.open("/phuong", ngay=day).form("/so-lieu"), {VNEID: 7})
    (row,) = stack.ask("sessions", "SELECT subject FROM entity WHERE kind = 'tally' AND day = %s", day)
    visitor.send(visitor.open(f"/phuong/da-gui/{row[0]}/huy").form("/huy"), {"ly-do": "test"})

    page = visitor.open("/phuong", ngay=day)
    assert page.form("/so-lieu").fields["ban"] == "1"
    assert "Đã gửi số liệu" in visitor.send(page.form("/so-lieu"), {VNEID: 8}).text

    assert [(one["void"], one["lines"][0]["count"]) for one in states(stack, day)] == [(True, 7), (False, 8)]


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"noi": "11455"}, 403),
        ({"noi": "11692/tdp-99"}, 403),
        ({"ngay": "2026-02-30"}, 422),
        ({"ngay": "2999-01-01"}, 422),
        ({"ma": "x"}, 422),
        ({"luc": "hôm nay"}, 422),
        ({"luc": "9999-12-31T23:59:59-14:00"}, 422),
        ({"ban": "-1"}, 422),
        ({"ban": "9" * 30}, 422),
        ({"ban": "0"}, 422),
        ({VNEID: "100001"}, 422),
        ({VNEID: "-5"}, 422),
        ({VNEID: "²"}, 422),
        ({VNEID: "1e3"}, 422),
        ({"n.vneid_activation.cured": "3"}, 422),
        ({"so": "0190f5c2-7b1c-7d3e-9a4b-1c2d3e4f5a6b"}, 422),
    ],
    ids=str,
)
def test_a_form_that_was_tampered_with_changes_nothing(
    stack: Stack, visitor: Visitor, day: dt.date, change: dict[str, str], status: int
) -> None:
    form = visitor.open("/phuong", ngay=day).form("/so-lieu")

    sent = visitor.send(form, {"n.digital_skills.completed": 3} | change)

    assert sent.status == status, sent.text
    assert states(stack, day) == []


def test_while_reporting_is_away_the_page_says_so_and_the_rest_works(
    stack: Stack, visitor: Visitor, day: dt.date
) -> None:
    stack.stop_serving("reporting")
    try:
        page = visitor.open("/phuong", ngay=day)
        assert "dịch vụ báo cáo đang bận" in page.text
        assert "Đã gửi số liệu" in visitor.send(page.form("/so-lieu"), {VNEID: 7}).text
        assert visitor.open("/phuong/tai-ve.csv", ngay=day).status == 503
    finally:
        stack.serve("reporting")


def test_the_days_figures_the_line_for_zalo_and_the_spreadsheet_agree(
    stack: Stack, visitor: Visitor, day: dt.date
) -> None:
    typed = {VNEID: 26, "n.vneid_activation.to_return": 3, "n.vneid_activation.failed": 1,
             "n.online_public_service.completed": 15, "n.online_public_service.to_return": 3,
             "n.cashless_payment.completed": 7, "n.cashless_payment.to_return": 1,
             "n.digital_skills.completed": 5}  # fmt: skip
    visitor.send(visitor.open("/phuong", ngay=day).form("/so-lieu"), typed)
    count(stack)

    page = visitor.open("/phuong", ngay=day)

    month = f"{day.month:02}" if day.month < 3 else day.month
    assert (
        f"Phường Dương Kinh {day.day:02}/{month}/{day.year}: 61 lượt hỗ trợ, 53 thành công (86,9%); VNeID 26; "
        "DVC trực tuyến 15; thanh toán không dùng tiền mặt 7; kỹ năng số 5." in page.text
    )
    sheet = visitor.open("/phuong/tai-ve.csv", ngay=day).answer
    assert sheet.headers["Content-Type"].startswith("text/csv")
    assert f'filename="so-lieu_11692_{day}.csv"' in sheet.headers["Content-Disposition"]
    assert "Phường Dương Kinh" in sheet.text


def test_a_count_that_is_corrected_from_what_was_sent_gets_the_next_version(
    stack: Stack, visitor: Visitor, day: dt.date
) -> None:
    visitor.send(visitor.open("/phuong", ngay=day, noi="11692/tdp-03").form("/so-lieu"), {VNEID: 7})
    (row,) = stack.ask("sessions", "SELECT subject FROM entity WHERE kind = 'tally' AND day = %s", day)

    page = visitor.open(f"/phuong/da-gui/{row[0]}/sua")

    form = page.form("/so-lieu")
    assert (form.fields["noi"], form.fields[VNEID], form.fields["ban"]) == ("11692/tdp-03", "7", "2")
    visitor.send(form, {VNEID: 6})
    assert [(one["version"], one["lines"][0]["count"]) for one in states(stack, day)] == [(2, 6)]


def test_the_count_of_a_session_is_corrected_and_stays_that_of_the_session(
    stack: Stack, visitor: Visitor, day: dt.date
) -> None:
    session = send_one(stack, from_app("session.opened", kind="support"))
    lines = [{"service": "vneid_activation", "outcome": "completed", "count": 4}]
    data: dict[str, Any] = {"day": day.isoformat(), "version": 1, "covers": "all", "lines": lines, "session": session}
    subject = send_one(stack, from_app("tally.recorded", **data))
    assert visitor.open("/phuong", ngay=day, noi="11692/tdp-03").form("/so-lieu").fields["ban"] == "1"

    page = visitor.open(f"/phuong/da-gui/{subject}/sua")
    assert "số liệu riêng của một buổi hỗ trợ" in page.text
    visitor.send(page.form("/so-lieu"), {VNEID: 5})

    (state,) = states(stack, day)
    assert (state["version"], state["session"], state["lines"][0]["count"]) == (2, session, 5)


def test_a_count_is_not_taken_back_without_a_reason(stack: Stack, visitor: Visitor, day: dt.date) -> None:
    visitor.send(visitor.open("/phuong", ngay=day).form("/so-lieu"), {VNEID: 7})
    (row,) = stack.ask("sessions", "SELECT subject FROM entity WHERE kind = 'tally' AND day = %s", day)
    form = visitor.open(f"/phuong/da-gui/{row[0]}/huy").form("/huy")

    for given in ({}, {"ly-do": ""}, {"ly-do": "because"}):
        told = visitor.send(form, given)
        assert (told.status, "Vui lòng chọn lý do" in told.text) == (422, True)

    assert [one["void"] for one in states(stack, day)] == [False]
