"""The ward officer's page, what was sent: voids and corrections, and what is not one's own."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from shared import clock
from tests.support.events import assist, feedback
from tests.support.page import TODAYS_APP, Page, Visitor, add_officer, from_app, raise_feedback, send_one, signed_in
from tests.support.postgres import TestPostgres
from tests.support.stack import HAI_THANH, Stack

VNEID = "n.vneid_activation.completed"
TODAY = clock.today()


@pytest.fixture(scope="module")
def stack(postgres: TestPostgres) -> Iterator[Stack]:
    with Stack(postgres, "memory://") as made:
        made.serve()
        yield made


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
    assert changed == {"outcome", "reason", "area", "client"}


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
    visitor = signed_in(stack, add_officer(stack, "Tổ trưởng", "11692/tdp-03"))
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
    visitor = signed_in(stack, add_officer(stack, "Thành phố", "31"))
    raise_feedback(stack, "Lời của người dân")

    page = visitor.open("/phuong", xa="11455")
    assert "Phường Đồ Sơn" in page.text or "11455" in page.answer.text
    page = visitor.open("/phuong/y-kien", xa="11692")
    assert "Lời của người dân" not in page.text
    assert "chỉ cán bộ của xã, phường đó được xem" in page.text


def test_entries_of_the_ward_before_the_reform_are_those_of_its_own_officers(stack: Stack, visitor: Visitor) -> None:
    subject = send_one(stack, assist(), HAI_THANH)
    old = signed_in(stack, add_officer(stack, "Hải Thành", "11692", on=dt.date(2023, 3, 8)))

    assert old.open(f"/phuong/da-gui/{subject}/huy").status == 200
    assert visitor.open(f"/phuong/da-gui/{subject}/huy").status == 404
    send_one(stack, feedback(), HAI_THANH)


def test_what_the_sandbox_took_is_not_shown(stack: Stack, visitor: Visitor) -> None:
    client_id = stack.sandbox("11692", on=TODAY.isoformat())
    sent = from_app("assist.recorded", client_id, service="stall_qr_setup", outcome="completed", stall="THU/1")

    subject = send_one(stack, sent, client_id)

    assert visitor.open(f"/phuong/da-gui/{subject}/huy").status == 404
    assert subject not in visitor.open("/phuong/da-gui").answer.text
