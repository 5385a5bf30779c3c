"""The ward officer's page: residents' feedback on its whole way, and the remarks for the daily report."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from services.sessions.page import feedback as page_of_feedback
from shared import clock
from tests.support.page import TODAYS_APP, Page, Visitor, from_app, raise_feedback, send_one
from tests.support.postgres import TestPostgres
from tests.support.stack import HAI_THANH, VIEWER, Stack

TODAY = clock.today()


@pytest.fixture(scope="module")
def stack(postgres: TestPostgres) -> Iterator[Stack]:
    with Stack(postgres, "memory://") as made:
        made.serve()
        yield made


# -- feedback ----------------------------------------------------------------------------------------------------------


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
    everywhere = remarks(stack, VIEWER, day=day).json()["items"]
    assert [(one["ward"], one["text"]) for one in everywhere] == [
        ({"code": "11692", "name": "Phường Dương Kinh"}, "Mạng yếu.\nThiếu máy.")
    ]
    assert remarks(stack, TODAYS_APP, day=day).json()["items"] == everywhere
    assert remarks(stack, "app-11683-2023", day=day).json() == {"items": []}
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
