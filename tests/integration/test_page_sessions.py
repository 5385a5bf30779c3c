"""Sessions on the ward officer's page over real HTTP: opened, closed, counts corrected, voided; twice, late, at once."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from shared import clock
from shared.clock import LOCAL_ZONE
from tests.support.by_hand import count
from tests.support.page import TODAYS_APP, Form, Page, Visitor, add_officer, from_app, signed_in
from tests.support.postgres import TestPostgres
from tests.support.stack import Stack

YESTERDAY = clock.today() - dt.timedelta(days=1)
HALL = "Nhà văn hóa liên tổ dân phố số 1 phường Dương Kinh"


@pytest.fixture(scope="module")
def stack(postgres: TestPostgres) -> Iterator[Stack]:
    with Stack(postgres, "memory://") as made:
        made.serve()
        yield made


def opening(visitor: Visitor) -> Form:
    return visitor.open("/phuong/buoi").form("/phuong/buoi")


def typed(**more: Any) -> dict[str, Any]:
    """A morning of yesterday."""
    given = {"ngay": YESTERDAY, "bat-dau": "08:00", "chu-de": str(uuid.uuid4())}
    return given | {name.replace("_", "-"): value for name, value in more.items()}


def themed(stack: Stack, theme: str) -> list[tuple[str, dict[str, Any]]]:
    """The sessions of a theme, which is how a test knows its own."""
    rows = stack.ask(
        "sessions",
        """SELECT subject, convert_from(content, 'UTF8')::jsonb || jsonb_build_object('void', is_void) AS state
             FROM entity WHERE kind = 'session' AND convert_from(content, 'UTF8')::jsonb ->> 'theme' = %s""",
        theme,
    )
    return [(str(subject), state) for subject, state in rows]


def opened(stack: Stack, visitor: Visitor, **more: Any) -> str:
    """The address of a session that was opened yesterday at eight."""
    given = typed(**more)
    assert "Đã mở buổi hỗ trợ" in visitor.send(opening(visitor), given).text
    ((subject, _),) = themed(stack, given["chu-de"])
    return f"/phuong/buoi/{subject}"


def closing(page: Page) -> Form:
    return next(form for form in page.forms if "attendees" in form.fields)


def state_of(stack: Stack, address: str) -> dict[str, Any]:
    (row,) = stack.ask(
        "sessions",
        """SELECT convert_from(content, 'UTF8')::jsonb || jsonb_build_object('void', is_void)
             FROM entity WHERE subject = %s""",
        address.rpartition("/")[2],
    )
    found: dict[str, Any] = row[0]
    return found


def local(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).astimezone(LOCAL_ZONE)


# -- opening -----------------------------------------------------------------------------------------------------------


def test_a_session_is_opened_at_a_venue_with_what_is_planned(stack: Stack, visitor: Visitor) -> None:
    page = visitor.open("/phuong/buoi")
    assert HALL in page.text
    (venue,) = stack.ask("sessions", "SELECT venue_id FROM venue WHERE name = %s", HALL)
    given = typed(dia_diem=venue[0], dich_vu=["vneid_activation", "cashless_payment"], du_kien="11:00",
                  phoi_hop=["police"])  # fmt: skip

    told = visitor.send(page.form("/phuong/buoi"), given)

    assert "Đã mở buổi hỗ trợ" in told.text
    assert f"Hỗ trợ: {given['chu-de']} Đang mở {HALL} Tổ dân phố số 1" in told.text
    ((_, state),) = themed(stack, given["chu-de"])
    assert (state["venue"], state["services"]) == (str(venue[0]), ["vneid_activation", "cashless_payment"])
    assert (state["kind"], state["partners"], state["day"]) == ("support", ["police"], YESTERDAY.isoformat())
    assert (local(state["opened_at"]).hour, local(state["planned_end"]).hour) == (8, 11)


def test_where_no_venue_is_chosen_the_place_is(stack: Stack, visitor: Visitor) -> None:
    address = opened(stack, visitor, noi="11692/tdp-05", loai="awareness")

    state = state_of(stack, address)
    assert (state["kind"], state.get("venue")) == ("awareness", None)
    assert "Tuyên truyền" in visitor.open(address).text
    assert "Tổ dân phố số 5" in visitor.open(address).text


def test_a_form_that_is_sent_twice_opens_one_session(stack: Stack, visitor: Visitor) -> None:
    form, given = opening(visitor), typed()

    for _ in range(2):
        assert "Đã mở buổi hỗ trợ" in visitor.send(form, given).text

    assert len(themed(stack, given["chu-de"])) == 1


def test_a_form_without_the_code_of_its_sign_in_opens_nothing(stack: Stack, visitor: Visitor) -> None:
    given = typed(csrf="0" * 64)

    assert visitor.send(opening(visitor), given).status == 403
    assert themed(stack, given["chu-de"]) == []


@pytest.mark.parametrize(
    ("change", "status", "told"),
    [
        ({"bat-dau": ""}, 422, "Giờ bắt đầu chưa đúng"),
        ({"bat-dau": "25:00"}, 422, "Giờ bắt đầu chưa đúng"),
        ({"du-kien": "07:59"}, 422, "không sau giờ bắt đầu"),
        ({"dia-diem": "5607f121-9deb-4040-9c1a-17226369210f"}, 422, "Địa điểm đã chọn"),
        ({"loai": "party"}, 422, ""),
        ({"dich-vu": ["Không phải mã"]}, 422, ""),
        ({"noi": "11455"}, 403, "không được mở buổi hỗ trợ"),
        ({"ngay": "2999-01-01"}, 422, "Biểu mẫu không đầy đủ"),
        ({"ma": "x"}, 422, "Biểu mẫu không đầy đủ"),
    ],
    ids=range(9),
)
def test_what_cannot_be_opened_is_told_and_what_was_typed_stays(
    stack: Stack, visitor: Visitor, change: dict[str, Any], status: int, told: str
) -> None:
    given = typed() | change

    answer = visitor.send(opening(visitor), given)

    assert answer.status == status, answer.text
    assert told in answer.text
    assert themed(stack, given["chu-de"]) == []
    if status == 422 and "ngay" not in change and "ma" not in change:
        assert answer.form("/phuong/buoi").fields["chu-de"] == given["chu-de"]


def test_an_hour_that_has_not_come_yet_is_told(stack: Stack, visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    noon = dt.datetime.combine(clock.today(), dt.time(12), clock.LOCAL_ZONE)
    monkeypatch.setattr("services.sessions.page.clock_fields.clock", SimpleNamespace(now=lambda: noon))
    given = typed() | {"ngay": clock.today(), "bat-dau": "12:01", "du-kien": ""}

    answer = visitor.send(opening(visitor), given)

    assert answer.status == 422, answer.text
    assert "12:01" in answer.text
    assert "chưa tới" in answer.text
    assert themed(stack, given["chu-de"]) == []


# -- closing and correcting --------------------------------------------------------------------------------------------


def test_a_session_is_closed_once_with_its_counts(stack: Stack, visitor: Visitor) -> None:
    address = opened(stack, visitor)
    form = closing(visitor.open(address))
    given = {"ket-thuc": "10:45", "attendees": "1.040", "households_visited": "", "left_waiting": 2}

    for _ in range(2):
        assert "Đã ghi kết thúc buổi hỗ trợ" in visitor.send(form, given).text

    state = state_of(stack, address)
    assert (state["attendees"], state.get("households_visited", 0), state["left_waiting"]) == (1040, 0, 2)
    assert f"{local(state['closed_at']):%H:%M}" == "10:45"
    page = visitor.open(address)
    assert "Đã kết thúc" in page.text
    assert "từ 08:00 đến 10:45" in page.text
    assert "ket-thuc" not in closing(page).fields


def test_the_counts_of_a_closing_are_corrected_and_the_rest_stays(stack: Stack, visitor: Visitor) -> None:
    volunteer = str(uuid.uuid4())
    sent = from_app("session.opened", kind="training", theme=str(uuid.uuid4()))
    closed = from_app("session.closed", present=[volunteer], attendees=12, households_visited=3)
    assert stack.post([sent, closed | {"subject": sent["subject"]}], TODAYS_APP).status_code == 200
    address = f"/phuong/buoi/{sent['subject']}"
    before = state_of(stack, address)

    form = closing(visitor.open(address))
    assert (form.fields["attendees"], form.fields["households_visited"]) == ("12", "3")
    for _ in range(2):
        assert "Đã ghi kết thúc buổi hỗ trợ" in visitor.send(form, {"attendees": 15}).text

    after = state_of(stack, address)
    assert {name for name in before if before[name] != after[name]} == {"attendees", "closed_at"}
    assert local(after["closed_at"]) - local(before["closed_at"]) == dt.timedelta(milliseconds=1)
    assert after["present"] == [volunteer]


def test_who_closes_what_another_has_closed_sees_that_first(stack: Stack, visitor: Visitor, colleague: Visitor) -> None:
    address = opened(stack, visitor)
    mine, theirs = (closing(one.open(address)) for one in (visitor, colleague))
    colleague.send(theirs, {"ket-thuc": "10:00", "attendees": 5})

    told = visitor.send(mine, {"ket-thuc": "11:00", "attendees": 6})

    assert told.status == 422
    assert "vừa được người khác kết thúc" in told.text
    assert state_of(stack, address)["attendees"] == 5
    again = closing(told)
    assert again.fields["attendees"] == "6"
    assert "Đã ghi kết thúc buổi hỗ trợ" in visitor.send(again).text
    assert state_of(stack, address)["attendees"] == 6


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"ket-thuc": "07:59"}, "trước giờ bắt đầu"),
        ({"ket-thuc": ""}, "Giờ kết thúc chưa đúng"),
        ({"attendees": "100001"}, "nhiều nhất là 100.000"),
        ({"attendees": "-1"}, "Biểu mẫu không đầy đủ"),
        ({"attendees": "²"}, "Biểu mẫu không đầy đủ"),
        ({"luc": "hôm nay"}, "Biểu mẫu không đầy đủ"),
    ],
    ids=str,
)
def test_a_closing_that_cannot_be_changes_nothing(
    stack: Stack, visitor: Visitor, change: dict[str, str], told: str
) -> None:
    address = opened(stack, visitor)

    answer = visitor.send(closing(visitor.open(address)), {"ket-thuc": "10:00", "attendees": 5} | change)

    assert answer.status == 422
    assert told in answer.text
    assert "closed_at" not in state_of(stack, address)


def test_the_assists_of_a_session_are_told_and_its_closing_reaches_reporting(stack: Stack, visitor: Visitor) -> None:
    address = opened(stack, visitor)
    session = address.rpartition("/")[2]
    for outcome in ({"outcome": "completed"}, {"outcome": "failed", "reason": "declined"}):
        sent = from_app("assist.recorded", service="digital_skills", session=session, **outcome)
        assert stack.post(sent, TODAYS_APP).status_code == 201

    visitor.send(closing(visitor.open(address)), {"ket-thuc": "10:00", "attendees": 5})

    assert "2, thành công 1" in visitor.open(address).text
    count(stack)


def test_the_paper_counts_of_a_session_stand_beside_its_assists(stack: Stack, visitor: Visitor) -> None:
    address = opened(stack, visitor)
    lines = [{"service": "digital_skills", "outcome": "completed", "count": 8}]
    data: dict[str, Any] = {"day": YESTERDAY.isoformat(), "version": 1, "covers": "unlisted", "lines": lines}
    sent = from_app("tally.recorded", session=address.rpartition("/")[2], **data)
    assert stack.post(sent, TODAYS_APP).status_code == 201

    page = visitor.open(address)

    assert "Số liệu từ sổ của buổi 8 lượt, 8 thành công (bản 1, của một buổi hỗ trợ) Sửa" in page.text
    assert f"/phuong/da-gui/{sent['subject']}/sua" in page.answer.text


# -- taking back -------------------------------------------------------------------------------------------------------


def test_a_void_session_needs_a_reason_and_offers_nothing_more(stack: Stack, visitor: Visitor) -> None:
    address = opened(stack, visitor)
    late = closing(visitor.open(address))
    void = visitor.open(address.replace("/buoi/", "/da-gui/") + "/huy").form("/huy")
    assert "Vui lòng chọn lý do" in visitor.send(void).text

    told = visitor.send(void, {"ly-do": "not_happened"})

    assert "Đã hủy" in told.text
    assert told.answer.url.path == "/phuong/buoi"
    page = visitor.open(address)
    assert [form for form in page.forms if "attendees" in form.fields] == []
    assert "Hủy buổi hỗ trợ" not in page.text
    refused = visitor.send(late, {"ket-thuc": "10:00", "attendees": 5})
    assert (refused.status, "đã hủy nên không kết thúc" in refused.text) == (422, True)
    state = state_of(stack, address)
    assert (state["void"], state.get("closed_at")) == (True, None)


def test_an_open_session_is_ended_from_what_was_sent(stack: Stack, visitor: Visitor) -> None:
    address = opened(stack, visitor)

    sent = visitor.open("/phuong/da-gui")

    assert f'href="{address}"' in sent.answer.text
    assert visitor.open(address).form(address).fields["da-xem"] == ""


def test_nothing_of_another_ward_is_seen_or_closed(stack: Stack, visitor: Visitor) -> None:
    theme = str(uuid.uuid4())
    address = opened(stack, visitor, chu_de=theme)
    form = closing(visitor.open(address))
    neighbour = signed_in(stack, add_officer(stack, "Trần Thị B", "11455"))
    csrf = opening(neighbour).fields["csrf"]

    assert neighbour.open(address).status == 404
    assert neighbour.send(form, {"csrf": csrf, "ket-thuc": "10:00"}).status == 404
    page = neighbour.open("/phuong/buoi", xa="11692")
    assert theme not in page.text
    assert HALL not in page.text
    assert "closed_at" not in state_of(stack, address)


def test_a_person_of_one_group_opens_sessions_there_only(stack: Stack) -> None:
    visitor = signed_in(stack, add_officer(stack, "Tổ trưởng", "11692/tdp-03"))
    (elsewhere,) = stack.ask("sessions", "SELECT venue_id FROM venue WHERE name = %s", HALL)

    page = visitor.open("/phuong/buoi")

    assert HALL not in page.text
    assert page.form("/phuong/buoi").fields["noi"] == "11692/tdp-03"
    assert visitor.send(page.form("/phuong/buoi"), typed(dia_diem=elsewhere[0])).status == 422
    assert visitor.send(page.form("/phuong/buoi"), typed(noi="11692")).status == 403
