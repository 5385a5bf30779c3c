"""The ward officer's page over real HTTP: counts, voids, corrections, feedback, remarks; twice, late, and not one's own."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from services.sessions.page import feedback as page_of_feedback
from shared import clock
from tests.support.events import assist, feedback
from tests.support.page import TODAYS_APP, Page, Visitor, add_officer, count, from_app
from tests.support.postgres import TestPostgres
from tests.support.stack import HAI_THANH, VIEWER, Stack

VNEID = "n.vneid_activation.completed"
TODAY = clock.today()


@pytest.fixture(scope="module")
def stack(postgres: TestPostgres) -> Iterator[Stack]:
    with Stack(postgres, "memory://") as made:
        made.serve()
        yield made


@pytest.fixture(scope="module")
def user(stack: Stack) -> str:
    return add_officer(stack, "Nguyễn Văn A", "11692")


@pytest.fixture
def visitor(stack: Stack, user: str) -> Visitor:
    made = Visitor(stack)
    made.sign_in(user)
    return made


@pytest.fixture(scope="module")
def neighbour(stack: Stack) -> Visitor:
    """An officer of another ward of today."""
    made = Visitor(stack)
    made.sign_in(add_officer(stack, "Trần Thị B", "11455"))
    return made


_days = iter(range(1, 300))


@pytest.fixture
def day() -> dt.date:
    """A day that no other test of this module uses."""
    return TODAY - dt.timedelta(days=next(_days))


def states(stack: Stack, day: dt.date, kind: str = "tally") -> list[dict[str, Any]]:
    rows = stack.ask(
        "sessions",
        """SELECT convert_from(content, 'UTF8')::jsonb || jsonb_build_object('void', is_void) FROM entity
            WHERE kind = %s AND day = %s ORDER BY changed_at""",
        kind,
        day,
    )
    return [row[0] for row in rows]


def send_one(stack: Stack, event: dict[str, Any], client_id: str = TODAYS_APP) -> str:
    answer = stack.post(event, client_id)
    assert answer.status_code == 201, answer.text
    return str(event["subject"])


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
    colleague = Visitor(stack)
    colleague.sign_in(add_officer(stack, "Đồng nghiệp", "11692"))
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


# -- what was sent -----------------------------------------------------------------------------------------------------


def test_an_assist_is_voided_once(stack: Stack, visitor: Visitor) -> None:
    subject = send_one(stack, from_app("assist.recorded", service="digital_skills", outcome="completed"))
    form = visitor.open(f"/phuong/da-gui/{subject}/huy").form("/huy")

    assert "Vui lòng chọn lý do" in visitor.send(form).text
    assert "Đã hủy" in visitor.send(form, {"ly-do": "duplicate"}).text
    assert "Đã hủy" in visitor.send(form, {"ly-do": "duplicate"}).text

    (row,) = stack.ask("sessions", "SELECT is_void FROM entity WHERE subject = %s", subject)
    assert row[0] is True
    assert "không sửa được nữa" in visitor.open(f"/phuong/da-gui/{subject}/sua").text


def test_a_session_is_voided_with_or_without_its_assists(stack: Stack, visitor: Visitor) -> None:
    for choice, expected in (("giu", False), ("huy", True)):
        session = send_one(stack, from_app("session.opened", kind="support"))
        data = {"service": "digital_skills", "outcome": "completed", "session": session}
        helped = send_one(stack, from_app("assist.recorded", **data))

        form = visitor.open(f"/phuong/da-gui/{session}/huy").form("/huy")
        visitor.send(form, {"ly-do": "not_happened", "luot": choice})

        (row,) = stack.ask("sessions", "SELECT is_void FROM entity WHERE subject = %s", helped)
        assert row[0] is expected


def test_a_correction_replaces_what_is_typed_and_keeps_the_rest(stack: Stack, visitor: Visitor) -> None:
    volunteer, venue = str(uuid.uuid4()), str(uuid.uuid4())
    data: dict[str, Any] = {"service": "vneid_activation", "outcome": "completed", "citizen_number": "031099001234",
            "volunteers": [volunteer], "venue": venue, "age_band": "60_plus", "helper_age_band": "16_30",
            "resident_area": "11692/tdp-05", "channel": "door_to_door"}  # fmt: skip
    subject = send_one(stack, from_app("assist.recorded", **data))

    def state() -> dict[str, Any]:
        (row,) = stack.ask("sessions", "SELECT convert_from(content, 'UTF8')::jsonb FROM entity WHERE subject = %s",
                           subject)  # fmt: skip
        found: dict[str, Any] = row[0]
        return found

    before = state()
    form = visitor.open(f"/phuong/da-gui/{subject}/sua").form("/sua")
    typed = {"outcome": "to_return", "reason": "sim_not_owner", "area": "11692/tdp-07", "ly-do": "wrong_outcome"}
    assert "Đã đính chính" in visitor.send(form, typed).text
    assert "Đã đính chính" in visitor.send(form, typed).text

    after = state()
    changed = {name for name in {*before, *after} if before.get(name) != after.get(name)}
    assert changed == {"outcome", "reason", "area"}


def test_a_correction_that_the_contract_refuses_says_why_and_keeps_what_was_typed(
    stack: Stack, visitor: Visitor
) -> None:
    subject = send_one(stack, from_app("assist.recorded", service="digital_skills", outcome="completed"))
    form = visitor.open(f"/phuong/da-gui/{subject}/sua").form("/sua")

    told = visitor.send(form, {"outcome": "failed", "age_band": "31_59"})

    assert told.status == 422
    assert "Bắt buộc khi outcome là failed" in told.text
    again = told.form("/sua")
    assert (again.fields["outcome"], again.fields["age_band"]) == ("failed", "31_59")
    assert "Đã đính chính" in visitor.send(again, {"reason": "declined"}).text


def test_who_corrects_what_another_has_corrected_sees_that_first(stack: Stack, visitor: Visitor) -> None:
    subject = send_one(stack, from_app("assist.recorded", service="digital_skills", outcome="completed"))
    mine, theirs = (visitor.open(f"/phuong/da-gui/{subject}/sua").form("/sua") for _ in range(2))
    visitor.send(theirs, {"age_band": "16_30"})

    told = visitor.send(mine, {"age_band": "31_59"})

    assert "vừa được người khác sửa" in told.text
    assert told.form("/sua").fields["age_band"] == "16_30"


def test_what_waits_and_what_was_refused_is_shown_with_its_reason(stack: Stack, visitor: Visitor) -> None:
    waits = from_app("assist.recorded", service="chua_co_trong_danh_muc", outcome="completed")
    wrong = from_app("assist.recorded", service="vneid_activation", outcome="failed")
    stack.post([waits, wrong], TODAYS_APP)

    page = visitor.open("/phuong/da-gui")

    assert "Chờ đối chiếu" in page.text
    assert "chua_co_trong_danh_muc" in page.text
    assert "Không được nhận" in page.text
    assert "data.reason" in page.text


# -- feedback ----------------------------------------------------------------------------------------------------------


def raise_feedback(stack: Stack, text: str, **data: Any) -> str:
    given = {"kind": "report", "theme": "infrastructure", "text": text} | data
    return send_one(stack, from_app("feedback.raised", **given))


def test_feedback_goes_its_whole_way_and_the_texts_are_in_no_event(stack: Stack, visitor: Visitor) -> None:
    subject = raise_feedback(stack, "Sóng yếu <b>quá</b> & chậm", due_on="2026-01-05")
    page = visitor.open("/phuong/y-kien")
    assert "Sóng yếu <b>quá</b> & chậm" in page.text
    assert "&lt;b&gt;quá" in page.answer.text
    assert "Quá hạn" in page.text

    for step, typed in (
        ("forwarded", {"office": "telecom", "due_on": "2026-12-01"}),
        ("answered", {"office": "telecom", "text": "Đã lắp thêm trạm.\r\nCảm ơn."}),
        ("resolved", {"result": "done"}),
        ("reopened", {"reason_code": "not_done"}),
        ("answered", {"office": "telecom", "text": "Trạm thứ hai."}),
    ):
        form = visitor.open("/phuong/y-kien").form(f"{subject}/{step}")
        page = visitor.send(form, typed)
        assert page.status == 200, page.text
        assert visitor.send(form, typed).status == 200

    assert "Trạm thứ hai." in page.text
    (row,) = stack.ask("sessions", "SELECT convert_from(content, 'UTF8')::jsonb -> 'steps' FROM entity WHERE subject = %s",
                       subject)  # fmt: skip
    assert [step["step"] for step in row[0]] == ["forwarded", "answered", "resolved", "reopened", "answered"]
    (row,) = stack.ask("sessions", "SELECT count(*) FROM event_log WHERE convert_from(body, 'UTF8') LIKE '%%trạm%%'")
    assert row[0] == 0


def test_a_feedback_from_a_phone_whose_clock_is_ahead_can_be_answered(stack: Stack, visitor: Visitor) -> None:
    ahead = clock.rfc3339(clock.now() + dt.timedelta(hours=20))
    sent = from_app("feedback.raised", kind="question", theme="payment", text="Từ tương lai") | {"time": ahead}
    subject = send_one(stack, sent)

    form = visitor.open("/phuong/y-kien").form(f"{subject}/answered")

    assert "Đã ghi câu trả lời" in visitor.send(form, {"text": "Đã rõ."}).text


def test_much_feedback_is_shown_in_parts_and_a_refused_answer_on_its_own(
    stack: Stack, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_of_feedback, "SHOWN", 2)
    subjects = [raise_feedback(stack, f"Câu hỏi số {number}") for number in range(3)]

    def shows(page: Page) -> list[str]:
        return [subject for subject in subjects if f"{subject}/answered" in page.answer.text]

    found = [visitor.open("/phuong/y-kien", tu=place) for place in range(0, 60, 2)]
    assert [subject for page in found for subject in shows(page)][:3] == subjects
    assert visitor.open("/phuong/y-kien", tu="x" * 9).status == 200
    last = next(page for page in found if subjects[2] in shows(page))
    told = visitor.send(last.form(f"{subjects[2]}/answered"), {"office": "Không Phải Mã", "text": "Dài"})
    assert told.form(f"{subjects[2]}/answered").fields["text"] == "Dài"


def test_a_refused_answer_keeps_what_was_typed(stack: Stack, visitor: Visitor) -> None:
    subject = raise_feedback(stack, "Câu hỏi")
    form = visitor.open("/phuong/y-kien").form(f"{subject}/answered")

    told = visitor.send(form, {"office": "Không Phải Mã", "text": "Trả lời dài"})

    assert told.status == 422
    assert told.form(f"{subject}/answered").fields["text"] == "Trả lời dài"
    assert visitor.post(f"/phuong/y-kien/{subject}/invented", form.fields).status == 404


# -- remarks -----------------------------------------------------------------------------------------------------------


def remarks(stack: Stack, client_id: str, **query: Any) -> httpx.Response:
    return httpx.get(
        f"{stack.url('sessions')}/v1/remarks", params=query, trust_env=False, timeout=60,
        headers={"Authorization": f"Bearer {stack.token(client_id)}"},
    )  # fmt: skip


def test_remarks_are_kept_by_day_and_given_to_the_report(
    stack: Stack, visitor: Visitor, user: str, day: dt.date
) -> None:
    form = _remarks_form(visitor, day)
    page = visitor.send(form, {"difficulties": "Mạng yếu.\r\nThiếu máy.", "tasks": ""})

    assert "Đã lưu ghi chú" in page.text
    for client_id in (VIEWER, TODAYS_APP, user):
        told = remarks(stack, client_id, day=day, ward="11692").json()
        assert [(one["section"], one["text"], one["written_by"]) for one in told["items"]] == [
            ("difficulties", "Mạng yếu.\nThiếu máy.", user)
        ]
    assert remarks(stack, VIEWER, day=day, ward="11455").json() == {"items": []}
    assert remarks(stack, HAI_THANH, day=day, ward="11455").status_code == 403
    assert remarks(stack, VIEWER, day=day, ward="00000").status_code == 422
    assert remarks(stack, VIEWER, day=day).status_code == 422
    assert stack.ask("sessions", "SELECT count(*) FROM event_log WHERE convert_from(body, 'UTF8') LIKE '%%Mạng%%'") == [
        (0,)
    ]


def _remarks_form(visitor: Visitor, day: dt.date) -> Any:
    return next(one for one in visitor.open("/phuong/ghi-chu", ngay=day).forms if "tasks" in one.fields)


def test_who_saves_over_anothers_remark_sees_it_first(stack: Stack, visitor: Visitor, day: dt.date) -> None:
    mine, theirs = (_remarks_form(visitor, day) for _ in range(2))
    visitor.send(theirs, {"tasks": "Của đồng nghiệp"})

    told = visitor.send(mine, {"tasks": "Của tôi"})

    assert told.status == 422
    assert "Của đồng nghiệp" in told.text
    form = next(one for one in told.forms if "tasks" in one.fields)
    assert form.fields["tasks"] == "Của tôi"
    assert "Đã lưu ghi chú" in visitor.send(form).text
    assert visitor.send(form, {"tasks": "x" * 2001}).status == 422


# -- not one's own -----------------------------------------------------------------------------------------------------


def test_nothing_of_another_ward_is_seen_or_changed(stack: Stack, visitor: Visitor, neighbour: Visitor) -> None:
    helped = send_one(stack, from_app("assist.recorded", service="digital_skills", outcome="completed"))
    session = send_one(stack, from_app("session.opened", kind="support"))
    asked = raise_feedback(stack, "Chỉ phường tôi đọc")
    mine: list[Page] = [
        visitor.open(f"/phuong/da-gui/{helped}/huy"),
        visitor.open(f"/phuong/da-gui/{helped}/sua"),
        visitor.open(f"/phuong/da-gui/{session}/huy"),
    ]
    assert [page.status for page in mine] == [200, 200, 200]

    theirs = neighbour.open("/phuong").form("/so-lieu").fields
    for page in mine:
        address = page.answer.url.path
        assert neighbour.open(address).status == 404
        assert neighbour.post(address, page.forms[-1].fields | {"csrf": theirs["csrf"], "ly-do": "test"}).status == 404
    step = f"/phuong/y-kien/{asked}/answered"
    fields = {
        "csrf": theirs["csrf"],
        "ma": str(uuid.uuid4()),
        "luc": clock.rfc3339(clock.now()),
        "office": "tax",
        "text": "x",
    }
    assert neighbour.post(step, fields).status == 404
    for address in ("/phuong", "/phuong/da-gui", "/phuong/y-kien", "/phuong/ghi-chu"):
        page = neighbour.open(address, xa="11692", noi="11692", so=helped)
        assert "Chỉ phường tôi đọc" not in page.text
        assert "Dương Kinh" not in page.text
    assert stack.ask(
        "sessions", "SELECT count(*) FROM entity WHERE is_void AND subject = ANY(%s)", [helped, session]
    ) == [(0,)]


def test_a_person_of_one_group_writes_for_that_group_only(stack: Stack) -> None:
    visitor = Visitor(stack)
    visitor.sign_in(add_officer(stack, "Tổ trưởng", "11692/tdp-03"))
    elsewhere = send_one(
        stack, from_app("assist.recorded", area="tdp-05", service="digital_skills", outcome="completed")
    )
    here = send_one(stack, from_app("assist.recorded", area="tdp-03", service="digital_skills", outcome="completed"))

    page = visitor.open("/phuong")

    assert page.form("/so-lieu").fields["noi"] == "11692/tdp-03"
    assert "Toàn phường" not in page.text
    assert visitor.send(page.form("/so-lieu"), {"noi": "11692", VNEID: 1}).status == 403
    assert visitor.open(f"/phuong/da-gui/{elsewhere}/huy").status == 404
    assert "là của toàn phường Dương Kinh" in visitor.open("/phuong/ghi-chu").text
    fields = {"csrf": page.form("/so-lieu").fields["csrf"], "ngay": TODAY.isoformat(), "tasks": "x"}
    assert visitor.post("/phuong/ghi-chu", fields).status == 403
    assert visitor.open(f"/phuong/da-gui/{here}/huy").status == 200


def test_a_person_above_the_wards_chooses_one_and_reads_no_texts(stack: Stack) -> None:
    visitor = Visitor(stack)
    visitor.sign_in(add_officer(stack, "Thành phố", "31"))
    raise_feedback(stack, "Lời của người dân")

    page = visitor.open("/phuong", xa="11455")
    assert "Phường Đồ Sơn" in page.text or "11455" in page.answer.text
    page = visitor.open("/phuong/y-kien", xa="11692")
    assert "Lời của người dân" not in page.text
    assert "chỉ cán bộ của xã, phường đó được xem" in page.text


def test_entries_of_the_ward_before_the_reform_are_those_of_its_own_officers(stack: Stack, visitor: Visitor) -> None:
    subject = send_one(stack, assist(), HAI_THANH)
    old = Visitor(stack)
    old.sign_in(add_officer(stack, "Hải Thành", "11692", on=dt.date(2023, 3, 8)))

    assert old.open(f"/phuong/da-gui/{subject}/huy").status == 200
    assert visitor.open(f"/phuong/da-gui/{subject}/huy").status == 404
    send_one(stack, feedback(), HAI_THANH)


def test_what_the_sandbox_took_is_not_shown(stack: Stack, visitor: Visitor) -> None:
    client_id = stack.sandbox("11692", on=TODAY.isoformat())
    sent = from_app("assist.recorded", client_id, service="stall_qr_setup", outcome="completed", stall="THU/1")

    subject = send_one(stack, sent, client_id)

    assert visitor.open(f"/phuong/da-gui/{subject}/huy").status == 404
    assert subject not in visitor.open("/phuong/da-gui").answer.text
