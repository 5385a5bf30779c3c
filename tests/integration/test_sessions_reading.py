"""Reading what was reported, over real HTTP: one's own wards and nothing else, page by page, and nothing personal.

Ward apps of the sample as of 2023: Hải Thành (11692) and Anh Dũng (11689), both of the district Dương Kinh (309).
"""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Iterator, Sequence
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from alembic import command
from typer.testing import CliRunner

from deploy.cds.main import app
from deploy.cds.registry_commands import add_client, revoke_client
from services.registry import store
from services.registry.commands import venues
from services.registry.model import Venue
from services.sessions import resolver
from services.sessions.consumers import CONSUMER
from services.sessions.directory import Directory
from shared import database, segments
from shared.consumer import Applier
from tests.support.events import AT, DAY, about, assist, correction, event, feedback, session, tally, void
from tests.support.postgres import TestPostgres
from tests.support.stack import ANH_DUNG, HAI_THANH, VIEWER, Stack, environment_of

Event = dict[str, Any]
IT = "it-district"
DISTRICT = "reader-309"
CANARY = "Bà Nguyễn Thị Kín nói máy bị khóa"
CITIZEN = "031158001234"
NOBODY = "0190f5c2-7b1c-7d3e-9a4b-1c2d3e4f5a6b"


@pytest.fixture(scope="module")
def stack(postgres: TestPostgres) -> Iterator[Stack]:
    with Stack(postgres, "memory://") as made:
        enable(made, IT, scopes=("registry:write",))
        enable(made, DISTRICT, areas=("309",), on=dt.date(2023, 3, 8), scopes=("events:read",))
        made.serve("registry", "sessions")
        yield made


def enable(stack: Stack, client_id: str, **how: Any) -> None:
    stack.secrets[client_id] = add_client(stack.settings, client_id, client_id=client_id, **how).client_secret or ""


def get(stack: Stack, path: str, client: str | None = HAI_THANH, headers: Any = None, **query: Any) -> httpx.Response:
    token = {"Authorization": f"Bearer {stack.token(client)}"} if client else {}
    address = f"{stack.url('sessions')}/v1/{path}"
    return httpx.get(address, params=query or None, headers=token | (headers or {}), timeout=20, trust_env=False)


def read(stack: Stack, path: str, client: str = HAI_THANH, **query: Any) -> dict[str, Any]:
    answer = get(stack, path, client, **query)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def arrive(stack: Stack, *events: Event, client: str = HAI_THANH) -> None:
    for one in events:
        answer = stack.post(one, client)
        assert answer.status_code in (201, 202), answer.text
    resolve(stack)


def resolve(stack: Stack) -> None:
    engine = stack.engine("sessions")
    while resolver.resolve(engine, Directory(engine)):
        pass
    engine.dispose()


def pages(stack: Stack, path: str, client: str = HAI_THANH, **query: Any) -> Iterator[dict[str, Any]]:
    """Every item, page by page to the end."""
    after: dict[str, str] = {}
    while True:
        page = read(stack, path, client, **query, **after)
        yield from page["items"]
        if page["next"] is None:
            return
        after = {"after": page["next"]}


def subjects(items: Sequence[dict[str, Any]] | Iterator[dict[str, Any]]) -> list[str]:
    return [item["subject"] for item in items]


def foreign(sent: Event) -> Event:
    """The same as sent by the app of Anh Dũng for its group 1."""
    return sent | {"source": f"/apps/{ANH_DUNG}", "data": sent["data"] | {"area": "tdp-01"}}


# -- sessions and assists ----------------------------------------------------------------------------------------------


def test_a_session_is_read_with_its_closing_its_attendance_and_its_assists(stack: Stack) -> None:
    opened = session(theme="VNeID")
    subject, volunteer = opened["subject"], str(uuid.uuid4())
    helped, again = assist(session=subject), assist(session=subject)
    came = about(subject, "attendance.checked_in", area="tdp-03", volunteer=volunteer)
    left = about(subject, "attendance.checked_out", f"{DAY}T21:00:00+07:00", area="tdp-03", volunteer=volunteer)
    more = about(subject, "attendance.checked_in", area="tdp-03", volunteer=str(uuid.uuid4()))
    closed = about(subject, "session.closed", f"{DAY}T21:05:00+07:00", area="tdp-03", attendees=12, present=[volunteer])
    arrive(stack, opened, helped, again, came, left, more, closed, void(again["subject"]))

    found = read(stack, f"sessions/{subject}")
    named = {item["subject"]: item for item in pages(stack, f"sessions/{subject}/assists", limit=1)}

    assert (found["kind"], found["status"], found["is_void"]) == ("session", "closed", False)
    assert found["state"]["attendees"] == 12
    assert found["state"]["present"] == [volunteer]
    assert found["state"]["households_visited"] == 0
    assert found["attendance"] == {"checked_in": 2, "checked_out": 1}
    assert found["marks"] == ["clock_suspect", "unverified:volunteer"]
    assert found["last_event_at"] == "2023-03-08T14:05:00Z"
    assert {key: item["status"] for key, item in named.items()} == {
        helped["subject"]: "recorded",
        again["subject"]: "voided",
    }


def test_a_check_out_that_arrives_before_the_check_in_makes_no_difference(stack: Stack) -> None:
    opened, volunteer = session(), str(uuid.uuid4())
    subject = opened["subject"]
    left = about(subject, "attendance.checked_out", f"{DAY}T21:00:00+07:00", area="tdp-03", volunteer=volunteer)
    came = about(subject, "attendance.checked_in", area="tdp-03", volunteer=volunteer)

    arrive(stack, left, came, opened, about(subject, "attendance.checked_in", area="tdp-03", volunteer=volunteer))

    assert read(stack, f"sessions/{subject}")["attendance"] == {"checked_in": 1, "checked_out": 1}


def test_an_assist_is_read_as_its_newest_correction_says(stack: Stack) -> None:
    recorded = assist(citizen_number=CITIZEN)
    mended = correction(recorded["subject"], f"{DAY}T20:00:00+07:00", service="digital_skills")
    arrive(stack, recorded, mended)

    found = read(stack, f"assists/{recorded['subject']}")

    assert found["state"]["service"] == "digital_skills"
    assert found["version"] == {"time": "2023-03-08T13:00:00Z", "event_id": mended["id"]}
    assert found["status"] == "corrected"
    del found["state"]["resident_token"]
    assert read(stack, f"subjects/{recorded['subject']}") == found


def test_whom_an_assist_was_for_is_told_to_its_ward_alone_and_one_by_one(stack: Stack) -> None:
    opened = session()
    helped = assist(citizen_number=CITIZEN, session=opened["subject"])
    arrive(stack, opened, helped)
    path = f"assists/{helped['subject']}"

    token = read(stack, path)["state"]["resident_token"]
    others = [get(stack, path, DISTRICT), get(stack, f"sessions/{opened['subject']}/assists"),
              get(stack, f"subjects/{helped['subject']}"), get(stack, "changes")]  # fmt: skip

    assert token.startswith("k1.")
    assert [answer.status_code for answer in others] == [200] * 4
    assert not any(token in answer.text for answer in others)


@pytest.mark.parametrize(
    ("made", "status"),
    [
        (assist, "recorded"),
        (session, "opened"),
        (feedback, "raised"),
        (lambda: tally(("vneid_activation", "completed", 5)), "recorded"),
        (lambda: event("incident.reported", {"area": "tdp-03", "kind": "malware", "via": "sms"}), "reported"),
        (lambda: event("proposal.submitted", {"area": "tdp-03", "addressed_to": "office", "theme": "payment", "text": "Thêm điểm."}), "submitted"),
    ],
    ids=["assist", "session", "feedback", "tally", "incident", "proposal"],
)  # fmt: skip
def test_every_kind_is_read_in_one_shape(stack: Stack, made: Any, status: str) -> None:
    sent = made()
    arrive(stack, sent)

    found = read(stack, f"subjects/{sent['subject']}")

    assert found["status"] == status
    assert set(found) == {
        "subject", "kind", "status", "is_void", "version", "marks", "last_event_at", "changed_at", "state"
    }  # fmt: skip
    assert found["state"]["day"] == DAY
    assert found["last_event_at"] == "2023-03-08T12:30:00Z"


def test_sessions_are_listed_by_day_and_area_newest_first_in_stable_pages(stack: Stack) -> None:
    days = ["2023-04-01", "2023-04-02", "2023-04-02", "2023-04-03"]
    made = [session() | {"time": f"{day}T19:00:00+07:00"} for day in days]
    made.append(session(area="tdp-01") | {"time": "2023-04-03T19:00:00+07:00"})
    arrive(stack, *made)
    wanted = {one["subject"] for one in made}

    first = read(stack, "sessions", limit=2)
    late = session() | {"time": "2023-04-09T19:00:00+07:00"}
    arrive(stack, late)
    rest = follow(stack, first)
    listed = [item for item in [*first["items"], *rest] if item["subject"] in wanted]

    assert len(listed) == len(wanted)
    assert [item["state"]["day"] for item in listed] == sorted((item["state"]["day"] for item in listed), reverse=True)
    assert late["subject"] not in subjects(rest)
    assert {i["state"]["day"] for i in pages(stack, "sessions", day="2023-04-02")} == {"2023-04-02"}
    assert len(read(stack, "sessions", day="2023-04-03", area="tdp-01")["items"]) == 1
    assert len(read(stack, "sessions", day="2023-04-03", area="11692/tdp-03")["items"]) == 1
    assert len(read(stack, "sessions", day="2023-04-03", area="11692")["items"]) == 2


def follow(stack: Stack, page: dict[str, Any], **query: Any) -> list[dict[str, Any]]:
    """The items of the pages after a first one."""
    found = []
    while page["next"] is not None:
        page = read(stack, "sessions", limit=2, after=page["next"], **query)
        found += page["items"]
    return found


# -- who may see what --------------------------------------------------------------------------------------------------

ROUTES = [
    "sessions", f"sessions/{NOBODY}", f"sessions/{NOBODY}/assists", f"assists/{NOBODY}", f"subjects/{NOBODY}", "feedback",
    f"feedback/{NOBODY}", f"events/{NOBODY}", "pending", "refused", "refused/summary", "catalogue", "changes",
]  # fmt: skip


@pytest.mark.parametrize("path", ROUTES)
def test_without_a_token_nothing_is_read_and_without_the_scope_neither(stack: Stack, path: str) -> None:
    assert get(stack, path, None).status_code == 401
    refused = get(stack, path, VIEWER)
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")


def test_a_thing_of_another_ward_is_as_if_it_were_not_there(stack: Stack) -> None:
    opened, raised = session(), feedback(CANARY)
    helped = assist(session=opened["subject"])
    arrive(stack, opened, helped, raised)
    asked = [
        f"sessions/{opened['subject']}", f"sessions/{opened['subject']}/assists", f"assists/{helped['subject']}",
        f"subjects/{helped['subject']}", f"subjects/{raised['subject']}", f"feedback/{raised['subject']}",
        f"events/{helped['id']}",
    ]  # fmt: skip

    mine = [get(stack, path).status_code for path in asked]
    theirs = [get(stack, path, ANH_DUNG) for path in asked]
    nothing = get(stack, f"assists/{NOBODY}", ANH_DUNG).json()

    assert mine == [200] * 7
    assert [answer.status_code for answer in theirs] == [404] * 7
    told = theirs[2].json()
    assert told["detail"].replace(helped["subject"], NOBODY) == nothing["detail"]
    assert opened["subject"] not in subjects(pages(stack, "sessions", ANH_DUNG))
    assert raised["subject"] not in subjects(pages(stack, "feedback", ANH_DUNG))
    assert helped["subject"] not in subjects(changed(stack, ANH_DUNG)[0])


def test_a_thing_of_another_kind_is_not_found_under_this_address(stack: Stack) -> None:
    helped = assist()
    arrive(stack, helped)

    assert get(stack, f"sessions/{helped['subject']}").status_code == 404
    assert get(stack, f"feedback/{helped['subject']}").status_code == 404


def test_assists_of_another_ward_in_a_session_are_not_shown(stack: Stack) -> None:
    opened = session()
    arrive(stack, opened, assist(session=opened["subject"]))
    theirs = foreign(assist(session=opened["subject"]))
    arrive(stack, theirs, client=ANH_DUNG)

    listed = subjects(pages(stack, f"sessions/{opened['subject']}/assists"))

    assert len(listed) == 1
    assert theirs["subject"] not in listed
    assert len(subjects(pages(stack, f"sessions/{opened['subject']}/assists", DISTRICT))) == 2


def test_the_app_of_a_ward_that_was_merged_reads_on_in_the_ward_that_took_over(stack: Stack) -> None:
    later = assist() | {"time": "2025-08-01T09:00:00+07:00"}
    arrive(stack, later)

    found = read(stack, f"assists/{later['subject']}")

    ward = stack.ask("sessions", "SELECT code, valid_from::text FROM area WHERE area_id = %s", found["state"]["ward"])
    assert ward == [("11692", "2025-07-01")]


def test_the_sandbox_and_what_counts_are_never_seen_together(stack: Stack) -> None:
    client = stack.sandbox("11692", on=DAY)
    tried, real = session() | {"source": f"/apps/{client}"}, session()
    arrive(stack, tried, client=client)
    arrive(stack, real)

    assert read(stack, f"sessions/{tried['subject']}", client)["status"] == "opened"
    assert subjects(pages(stack, "sessions", client)) == [tried["subject"]]
    assert subjects(changed(stack, client)[0]) == [tried["subject"]]
    assert get(stack, f"sessions/{real['subject']}", client).status_code == 404
    assert get(stack, f"sessions/{tried['subject']}").status_code == 404
    assert tried["subject"] not in subjects(changed(stack)[0])
    assert read(stack, f"events/{tried['id']}", client)["status"] == "accepted"


# -- feedback ----------------------------------------------------------------------------------------------------------


def test_feedback_is_read_with_its_steps_and_its_texts_by_its_own_ward_only(stack: Stack) -> None:
    raised = feedback(CANARY)
    subject = raised["subject"]
    forwarded = about(subject, "feedback.forwarded", f"{DAY}T20:00:00+07:00", to_office="telecom", due_on="2023-03-15")
    answered = about(subject, "feedback.answered", f"{DAY}T21:00:00+07:00", office="telecom", text="Đã mở khóa máy.")
    arrive(stack, answered, raised, forwarded)

    own, district = read(stack, f"feedback/{subject}"), read(stack, f"feedback/{subject}", DISTRICT)

    assert own["status"] == "answered"
    assert own["due_on"] == "2023-03-15"
    assert [step["step"] for step in own["state"]["steps"]] == ["forwarded", "answered"]
    assert {text["step"]: text["text"] for text in own["texts"]} == {"raised": CANARY, "answered": "Đã mở khóa máy."}
    assert district["texts"] is None
    assert {key: value for key, value in district.items() if key != "texts"} == {
        key: value for key, value in own.items() if key != "texts"
    }
    assert get(stack, f"feedback/{subject}", ANH_DUNG).status_code == 404


def test_the_text_of_an_answer_that_still_waits_is_not_shown(stack: Stack) -> None:
    raised = feedback("Khi nào có kết quả?")
    subject = raised["subject"]
    resolved = about(subject, "feedback.resolved", f"{DAY}T20:00:00+07:00", result="explained")
    answered = about(subject, "feedback.answered", f"{DAY}T21:00:00+07:00", office="telecom", text="Quá muộn.")
    arrive(stack, raised, resolved, answered)

    assert [text["text"] for text in read(stack, f"feedback/{subject}")["texts"]] == ["Khi nào có kết quả?"]


def test_feedback_is_listed_by_status_and_by_what_is_overdue(stack: Stack) -> None:
    made = {name: feedback(f"Ý {name}") for name in ("raised", "late", "later", "resolved", "undated")}
    made["late"]["data"]["due_on"] = "2023-03-10"
    made["later"]["data"]["due_on"] = "2023-03-10"
    made["resolved"]["data"]["due_on"] = "2023-03-10"
    steps = [
        about(
            made["later"]["subject"],
            "feedback.forwarded",
            f"{DAY}T20:00:00+07:00",
            to_office="bank",
            due_on="2199-01-01",
        ),
        about(made["resolved"]["subject"], "feedback.resolved", f"{DAY}T20:00:00+07:00", result="done"),
    ]
    arrive(stack, *made.values(), *steps)
    mine = {one["subject"]: name for name, one in made.items()}

    def listed(**query: Any) -> set[str]:
        return {mine[one] for one in subjects(pages(stack, "feedback", limit=3, **query)) if one in mine}

    assert listed(status="raised") == {"raised", "late", "undated"}
    assert listed(status="resolved") == {"resolved"}
    assert listed(overdue="true") == {"late"}
    assert listed(overdue="false") == {"raised", "later", "resolved", "undated"}
    assert listed(area="tdp-01") == set()
    assert listed() == set(made)


def test_the_feedback_of_a_session_is_listed(stack: Stack) -> None:
    opened, other = session(), session()
    raised = [feedback("Một", session=opened["subject"]), feedback("Hai", session=opened["subject"].upper())]
    arrive(stack, opened, other, *raised, feedback("Ba", session=other["subject"]), feedback("Bốn"))

    found = subjects(pages(stack, "feedback", limit=1, session=opened["subject"]))
    theirs = subjects(pages(stack, "feedback", ANH_DUNG, session=opened["subject"]))

    assert set(found) == {one["subject"] for one in raised}
    assert set(theirs) == set()


# -- what became of events ---------------------------------------------------------------------------------------------


def test_a_pending_event_says_what_it_waits_for_since_when_and_in_the_end_why_it_cannot_be(stack: Stack) -> None:
    opened = session()
    waits = void(opened["subject"]) | {"time": AT}
    unknown = assist(service="not_in_the_catalogue")
    accepted = assist()
    arrive(stack, waits, unknown, accepted)

    told, service, done = (read(stack, f"events/{one['id']}") for one in (waits, unknown, accepted))
    arrive(stack, opened)
    closed = read(stack, f"events/{waits['id']}")

    assert (told["status"], told["waits_for"], told["refused"]) == ("pending_reference", "subject", None)
    assert told["pending_since"] == told["recordedtime"]
    assert told["waits_for_text"] == "chờ sự kiện mở đầu của đối tượng này"
    assert service["waits_for_text"] == "chờ nội dung hỗ trợ có trong danh mục: not_in_the_catalogue"
    assert (done["status"], done["waits_for"], done["pending_since"]) == ("accepted", None, None)
    assert closed["refused"] == "wrong_subject"
    assert closed["refused_text"] == "mã subject là của một đối tượng khác loại"


def test_what_waits_is_listed_by_ward_and_age_and_one_by_one(stack: Stack) -> None:
    mine = [void(str(uuid.uuid4())) for _ in range(5)]
    theirs = foreign(assist(service="no_such_service"))
    arrive(stack, *mine)
    arrive(stack, theirs, client=ANH_DUNG)
    age(stack, mine[0], "8 days")
    age(stack, mine[1], "2 hours")

    own = read(stack, "pending")
    listed = [item["event_id"] for item in pages(stack, "pending", limit=2)]
    everything = read(stack, "pending", IT)

    assert [w["ward"]["code"] for w in own["wards"]] == ["11692"]
    ages = own["wards"][0]["ages"]
    assert (ages["over_7d"], ages["under_1d"], ages["under_7d"]) == (1, 1, 0)
    assert sum(ages.values()) == own["wards"][0]["events"] == len(listed)
    assert listed[:2] == [mine[0]["id"], mine[1]["id"]]
    assert len(set(listed)) == len(listed)
    assert {one["id"] for one in mine} <= set(listed)
    assert {item["client_id"] for item in own["items"]} == {HAI_THANH}
    assert own["items"][0]["type"] == "vn.congdongso.assist.voided.v1"
    assert own["items"][0]["age_seconds"] >= 8 * 86_400
    assert {w["ward"]["code"] for w in everything["wards"]} == {"11692", "11689"}
    assert {item["client_id"] for item in read(stack, f"pending?client={ANH_DUNG}", IT)["items"]} == {ANH_DUNG}


def age(stack: Stack, sent: Event, by: str) -> None:
    moved = "UPDATE pending SET accepted_at = now() - %s::interval WHERE event_id = %s"
    assert stack.do("sessions", moved, by, sent["id"]) == 1


def test_an_event_that_this_release_cannot_read_is_listed_all_the_same(stack: Stack) -> None:
    strange = void(str(uuid.uuid4()))
    arrive(stack, strange)
    stack.do("sessions", "UPDATE pending SET submission = 'x' WHERE event_id = %s", strange["id"])
    resolve(stack)

    found = {item["event_id"]: item for item in pages(stack, "pending")}

    assert found[strange["id"]]["type"] is None


def test_refused_events_are_listed_newest_first_and_added_up_by_app_ward_reason_and_day(stack: Stack) -> None:
    for _ in range(3):
        assert stack.post(assist(area="tdp-99")).status_code == 422
    assert stack.post(foreign(assist()) | {"time": "1999-01-01T00:00:00+07:00"}, ANH_DUNG).status_code == 422
    kept = assist()
    arrive(stack, kept)
    assert stack.post(kept | {"data": kept["data"] | {"age_band": "60_plus"}}).status_code == 409

    own = list(pages(stack, "refused", limit=2))
    sums = read(stack, "refused/summary", IT)
    rows = {(row["client_id"], row["ward"]["code"], row["code"]): row for row in sums["items"]}

    assert own[0]["code"] == "id_conflict"
    assert own[0]["first_digest"] != own[0]["digest"]
    assert [one["received_at"] for one in own] == sorted((one["received_at"] for one in own), reverse=True)
    assert {one["client_id"] for one in own} == {HAI_THANH}
    assert (own[1]["code"], own[1]["field"]) == ("unknown_area", "data.area")
    assert own[1]["code_text"] == "không tìm thấy đơn vị hoặc tổ dân phố"
    assert own[1]["ward"]["name"]
    assert rows[HAI_THANH, "11692", "unknown_area"]["events"] == 3
    assert rows[ANH_DUNG, "11689", "time_out_of_range"]["events"] == 1
    assert sums["is_complete"]
    assert read(stack, "refused/summary", IT, limit=1)["is_complete"] is False
    assert {one["code"] for one in pages(stack, "refused", code="unknown_area")} == {"unknown_area"}
    assert {row["client_id"] for row in read(stack, "refused/summary")["items"]} == {HAI_THANH}


@pytest.mark.parametrize("path", ["pending", "refused", "refused/summary"])
def test_an_app_does_not_read_the_fates_of_another_app(stack: Stack, path: str) -> None:
    own, other = (get(stack, f"{path}?client={client}") for client in (HAI_THANH, ANH_DUNG))

    assert own.status_code == 200
    assert (other.status_code, other.json()["code"]) == (403, "forbidden")


def test_what_the_sandbox_had_refused_is_for_itself_only(stack: Stack) -> None:
    client = stack.sandbox("11692", on=DAY)
    assert stack.post(assist(client, area="tdp-77"), client).status_code == 422

    assert len(read(stack, "refused", client)["items"]) == 1
    assert client not in {row["client_id"] for row in read(stack, "refused/summary", IT)["items"]}


# -- the catalogue -----------------------------------------------------------------------------------------------------


def test_the_catalogue_has_what_a_phone_needs_offline(stack: Stack) -> None:
    found = read(stack, "catalogue", on=DAY)

    services = {one["service"]: one for one in found["services"]}
    assert services["vneid_activation"]["name_vi"].startswith("Kích hoạt")
    assert services["vneid_activation"]["once"] is True
    assert {one["unit"] for one in found["services"]} == {"resident", "stall", "record"}
    assert {one["may_return"] for one in found["services"]} == {True, False}
    assert {"code": "to_return", "vi": "hẹn lại", "en": "to return"} in found["codes"]["outcome"]
    (ward,) = found["wards"]
    assert ward["code"] == "11692"
    assert "tdp-03" in {group["code"] for group in ward["groups"]}
    assert {venue["kind"] for venue in ward["venues"]} >= {"cultural_house"}
    assert all(venue["name"] for venue in ward["venues"])
    assert ward["volunteers"]
    assert all(uuid.UUID(one) for one in ward["volunteers"])
    assert found["on"] == DAY


def test_the_catalogue_of_another_day_has_the_ward_of_that_day(stack: Stack) -> None:
    (then,) = read(stack, "catalogue", on=DAY)["wards"]
    venue = then["venues"][0]["venue"]
    stack.do("sessions", "UPDATE venue SET closed_on = NULL WHERE venue_id = %s", venue)

    now = {ward["code"]: ward for ward in read(stack, "catalogue", on="2026-03-15")["wards"]}["11692"]

    assert then["area_id"] != now["area_id"]
    assert "tdp-03" in {group["code"] for group in now["groups"]}
    assert venue in {one["venue"] for one in now["venues"]}, "what nobody moved is where its area went"
    assert len(read(stack, "catalogue", DISTRICT, on=DAY)["wards"]) == 6


def test_the_catalogue_is_told_by_its_tag_and_not_sent_again(stack: Stack) -> None:
    first = get(stack, "catalogue", on=DAY)
    tag = first.headers["ETag"]

    same = get(stack, "catalogue", headers={"If-None-Match": tag}, on=DAY)
    weak = get(stack, "catalogue", headers={"If-None-Match": f'"x", W/{tag}'}, on=DAY)
    other = get(stack, "catalogue", ANH_DUNG, headers={"If-None-Match": tag}, on=DAY)
    before = stack.ask("sessions", "SELECT name_vi FROM service WHERE service = 'vneid_activation'")[0][0]
    stack.do("sessions", "UPDATE service SET name_vi = 'tên mới' WHERE service = 'vneid_activation'")
    changed_ = get(stack, "catalogue", headers={"If-None-Match": tag}, on=DAY)
    stack.do("sessions", "UPDATE service SET name_vi = %s WHERE service = 'vneid_activation'", before)

    assert tag.startswith('"')
    assert (same.status_code, same.content, same.headers["ETag"]) == (304, b"", tag)
    assert weak.status_code == 304
    assert (other.status_code, changed_.status_code) == (200, 200)
    assert changed_.headers["ETag"] != tag
    assert get(stack, "catalogue", on=DAY).headers["ETag"] == tag


def test_a_closed_venue_and_a_retired_or_erased_volunteer_are_offered_no_more(stack: Stack) -> None:
    (ward,) = read(stack, "catalogue", on=DAY)["wards"]
    venue, (retired, erased, moved, *_) = ward["venues"][0]["venue"], ward["volunteers"]
    other = read(stack, "catalogue", ANH_DUNG, on=DAY)["wards"][0]["area_id"]
    stack.do("sessions", "UPDATE venue SET closed_on = '2023-03-08' WHERE venue_id = %s", venue)
    stack.do("sessions", "UPDATE volunteer SET retired_on = '2023-03-08' WHERE volunteer_id = %s", retired)
    stack.do("sessions", "UPDATE volunteer SET is_erased = true WHERE volunteer_id = %s", erased)
    stack.do("sessions", "INSERT INTO placement VALUES (%s, '2023-03-08', %s)", moved, other)

    (after,), (before,) = (read(stack, "catalogue", on=day)["wards"] for day in (DAY, "2023-03-07"))

    assert venue not in {one["venue"] for one in after["venues"]}
    assert venue in {one["venue"] for one in before["venues"]}
    assert not {retired, erased, moved} & set(after["volunteers"])
    assert {retired, moved} <= set(before["volunteers"])
    assert moved in read(stack, "catalogue", ANH_DUNG, on=DAY)["wards"][0]["volunteers"]


# -- what changed ------------------------------------------------------------------------------------------------------


def changed(stack: Stack, client: str = HAI_THANH, since: str = "", **query: Any) -> tuple[list[dict[str, Any]], str]:
    """Everything that changed since a cursor, and the cursor to go on with."""
    items: list[dict[str, Any]] = []
    while True:
        page = read(stack, "changes", client, **({"since": since} if since else {}), **query)
        items += page["items"]
        since = page["next"]
        if not page["has_more"]:
            return items, since


def test_what_other_phones_changed_comes_once_and_what_changes_again_comes_again(stack: Stack) -> None:
    _, since = changed(stack, limit=7)
    first, second = assist(), session()
    arrive(stack, first, second)
    fresh, since = changed(stack, since=since, limit=1)
    arrive(stack, void(first["subject"]), assist(area="tdp-01"))
    again, since = changed(stack, since=since)
    came = about(second["subject"], "attendance.checked_in", area="tdp-03", volunteer=str(uuid.uuid4()))
    arrive(stack, came)
    third, since = changed(stack, since=since)

    assert subjects(fresh) == [first["subject"], second["subject"]]
    assert again[0]["subject"] == first["subject"]
    assert (again[0]["status"], again[0]["is_void"]) == ("voided", True)
    assert subjects(third) == [second["subject"]]
    assert changed(stack, since=since) == ([], since)


def test_changes_inside_one_area_only(stack: Stack) -> None:
    _, since = changed(stack)
    here, there = assist(), assist(area="tdp-01")
    arrive(stack, here, there)

    assert subjects(changed(stack, since=since, area="tdp-03")[0]) == [here["subject"]]
    assert subjects(changed(stack, since=since, area="11692")[0]) == [here["subject"], there["subject"]]


def test_a_change_that_commits_late_is_not_skipped(stack: Stack) -> None:
    early, late = assist(), assist()
    arrive(stack, early, late)
    _, since = changed(stack)
    url = stack.settings.database_url("sessions")
    touch = "UPDATE entity SET changed_at = now(), changed_xid = pg_current_xact_id() WHERE subject = %s"
    with database.connect(url) as slow:
        slow.execute(touch, [early["subject"]])
        stack.do("sessions", touch, late["subject"])

        waiting, between = changed(stack, since=since)
        slow.commit()
    done, _ = changed(stack, since=between)

    assert waiting == []
    assert subjects(done) == [early["subject"], late["subject"]]


def test_a_cursor_of_another_epoch_begins_anew(stack: Stack) -> None:
    everything, since = changed(stack)
    epoch, rest = since.split("~", 1)

    assert len(changed(stack, since=f"{uuid.uuid4()}~{rest}")[0]) == len(everything)
    assert changed(stack, since=f"{epoch}~{rest}")[0] == []


# -- questions that are wrong ------------------------------------------------------------------------------------------

WRONG = [
    ("sessions", {"day": "08/03/2023"}, "day"),
    ("sessions", {"day": ""}, "day"),
    ("sessions", {"area": "tdp-99"}, "area"),
    ("sessions", {"area": "00000"}, "area"),
    ("sessions", {"area": NOBODY}, "area"),
    ("sessions", {"area": "11689", "day": DAY}, "area"),
    ("sessions", {"area": "a\x00b"}, "area"),
    ("sessions", {"area": "tổ 3"}, "area"),
    ("sessions", {"limit": "0"}, "limit"),
    ("sessions", {"limit": "501"}, "limit"),
    ("sessions", {"limit": "x"}, "limit"),
    ("sessions", {"after": "x"}, "after"),
    ("sessions", {"after": f"2023-03-08~{NOBODY}~x"}, "after"),
    ("sessions", {"after": "2023-13-08~" + NOBODY}, "after"),
    ("sessions", {"after": "\x00~\x00"}, "after"),
    ("sessions", {"dau": "1"}, "dau"),
    (f"sessions/{NOBODY}/assists", {"after": "1"}, "after"),
    ("feedback", {"status": "open"}, "status"),
    ("feedback", {"overdue": "1"}, "overdue"),
    ("feedback", {"session": "x"}, "session"),
    ("feedback", {"area": "tdp-99"}, "area"),
    ("feedback", {"after": "~"}, "after"),
    ("pending", {"client": "Ứng dụng"}, "client"),
    ("pending", {"after": f"2023-03-08T00:00:00~{NOBODY}"}, "after"),
    ("pending", {"limit": "-1"}, "limit"),
    ("refused", {"after": "9223372036854775808"}, "after"),
    ("refused", {"after": "-1"}, "after"),
    ("refused", {"code": "A"}, "code"),
    ("refused/summary", {"after": "1"}, "after"),
    ("refused/summary", {"client": "a" * 64}, "client"),
    ("catalogue", {"on": "2023-02-30"}, "on"),
    ("catalogue", {"area": "tdp-03"}, "area"),
    ("changes", {"since": "1"}, "since"),
    ("changes", {"since": f"{NOBODY}~99999999999999999999~{NOBODY}"}, "since"),
    ("changes", {"area": "tdp-99"}, "area"),
    ("changes", {"after": "1"}, "after"),
]


@pytest.mark.parametrize(("path", "query", "field"), WRONG, ids=lambda value: str(value)[:40])
def test_a_wrong_parameter_is_named(stack: Stack, path: str, query: dict[str, str], field: str) -> None:
    if path.startswith("sessions/"):
        opened = session()
        arrive(stack, opened)
        path = path.replace(NOBODY, opened["subject"])

    answer = httpx.get(
        f"{stack.url('sessions')}/v1/{path}", params=query, trust_env=False,
        headers={"Authorization": f"Bearer {stack.token()}"},
    )  # fmt: skip

    assert answer.status_code == 422, answer.text
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert answer.json()["errors"][0]["message"]


@pytest.mark.parametrize("path", ["sessions", "feedback", "pending", "refused", "refused/summary", "changes"])
def test_a_parameter_that_is_given_twice_is_refused_and_named(stack: Stack, path: str) -> None:
    answer = get(stack, f"{path}?limit=5&limit=6")

    assert answer.status_code == 422
    assert answer.json()["errors"][0] == {
        "field": "limit", "code": "repeated", "message": "Tham số này được gửi nhiều lần. Vui lòng gửi một lần.",
    }  # fmt: skip


def test_an_address_that_is_no_id_is_not_found(stack: Stack) -> None:
    assert get(stack, "assists/x").status_code == 404
    assert get(stack, f"subjects/{NOBODY}").status_code == 404


# -- nothing personal --------------------------------------------------------------------------------------------------


def test_no_free_text_and_no_citizen_number_is_in_any_answer_but_in_the_feedback_of_its_own_ward(stack: Stack) -> None:
    raised = feedback(CANARY)
    opened = session()
    helped = assist(citizen_number=CITIZEN, session=opened["subject"])
    reported = event("incident.reported", {"area": "tdp-03", "kind": "malware", "via": "sms", "text": CANARY})
    proposed = event(
        "proposal.submitted", {"area": "tdp-03", "addressed_to": "office", "theme": "payment", "text": CANARY}
    )
    waits = about(str(uuid.uuid4()), "feedback.answered", office="bank", text=CANARY)
    arrive(stack, raised, opened, helped, reported, proposed, waits)
    wrong = [
        assist(citizen_number=f"{CITIZEN}x"),
        assist(service=CITIZEN),
        feedback(CANARY, area="tdp-99"),
        assist() | {"data": {CANARY: 1}},
        assist() | {"type": CANARY},
    ]
    assert all(stack.post(one).status_code == 422 for one in wrong)
    asked = [
        "sessions", f"sessions/{opened['subject']}", f"sessions/{opened['subject']}/assists", "feedback", "pending",
        "refused", "refused/summary", "catalogue", "changes", f"assists/{helped['subject']}",
        *(f"subjects/{one['subject']}" for one in (raised, helped, reported, proposed)),
        *(f"events/{one['id']}" for one in (raised, helped, reported, proposed, waits)),
    ]  # fmt: skip

    answers = {path: json.dumps(read(stack, path), ensure_ascii=False) for path in asked}
    answers |= {f"{path} it": get(stack, path, IT).text for path in ("pending", "refused", "refused/summary")}
    answers["district"] = get(stack, f"feedback/{raised['subject']}", DISTRICT).text

    assert {path for path, answer in answers.items() if "Kín" in answer or CITIZEN in answer} == set()
    assert CANARY in get(stack, f"feedback/{raised['subject']}").text


# -- what is taken from the registry -----------------------------------------------------------------------------------


def registry_segments(stack: Stack) -> list[segments.Segment]:
    engine = stack.engine("registry")
    with database.transaction(engine) as connection:
        while segments.cut(connection, [0]):
            pass
        epoch, _ = segments.open_stream(connection, "registry", 1)
        found = segments.read(connection, "registry", epoch, 0, 0, 1000)
    engine.dispose()
    return found


def take_in(stack: Stack, found: Sequence[segments.Segment]) -> None:
    engine = stack.engine("sessions")
    applier = Applier(CONSUMER, engine)
    for segment in found:
        applier.apply(segment)
    engine.dispose()


REPLICAS = ("area", "area_parent", "client", "placement", "service", "venue", "volunteer")


def replicas(stack: Stack) -> dict[str, list[Any]]:
    return {name: sorted(map(str, stack.ask("sessions", f"SELECT * FROM {name}"))) for name in REPLICAS}


def test_the_registrys_stream_taken_again_from_its_beginning_changes_nothing(postgres: TestPostgres) -> None:
    with Stack(postgres, "memory://") as stack:
        revoke_client(stack.settings, ANH_DUNG)
        with store.writing(stack.engine("registry")) as writing:
            venue = writing.scalars(sa.select(Venue).where(Venue.closed_on.is_(None))).first()
            assert venue is not None
            venues.move_venue(writing, venue, venues._area_now(writing, venue), dt.date(2025, 9, 1))
            venues.close_venue(writing, venue, dt.date(2026, 1, 1))
        told = registry_segments(stack)
        take_in(stack, told)
        before = replicas(stack)
        stack.do("sessions", "UPDATE position SET segment = 0")
        revoked = "SELECT is_revoked FROM client WHERE client_id = %s"

        for segment in told:
            take_in(stack, [segment])
            assert stack.ask("sessions", revoked, ANH_DUNG) == [(True,)]

        assert replicas(stack) == before
        assert stack.ask("sessions", "SELECT closed_on FROM venue WHERE venue_id = %s", venue.venue_id) == [
            (dt.date(2026, 1, 1),)
        ]
        assert all(row[0] for row in stack.ask("sessions", "SELECT name IS NOT NULL FROM venue"))


def test_what_was_stored_before_the_reading_routes_came_is_read_by_them(postgres: TestPostgres) -> None:
    url = postgres.fresh_database()
    command.upgrade(database.alembic_config("sessions", url), "0002")
    ward, subject = uuid.uuid4(), uuid.uuid4()
    content = {"day": DAY, "area": str(ward), "ward": str(ward), "kind": "support", "opened_at": AT,
               "closed_at": f"{DAY}T21:00:00+07:00"}  # fmt: skip
    row = "INSERT INTO entity (subject, kind, shard, ward_id, changed_at, content) VALUES (%s, 'session', 0, %s, now(), %s)"
    with database.connect(url) as connection:
        connection.execute(row, [subject, ward, json.dumps(content).encode()])
        connection.execute("INSERT INTO position (stream, shard, epoch, segment) VALUES ('registry', 0, %s, 7)", [ward])
        connection.execute("INSERT INTO position (stream, shard, epoch, segment) VALUES ('other', 0, %s, 7)", [ward])

    database.migrate("sessions", url)

    with database.connect(url) as connection:
        found = connection.execute("SELECT day, last_event_at, changed_xid IS NOT NULL FROM entity").fetchall()
        positions = dict(connection.execute("SELECT stream, segment FROM position").fetchall())
    postgres.drop(url)
    assert found == [(dt.date(2023, 3, 8), dt.datetime(2023, 3, 8, 14, tzinfo=dt.UTC), True)]
    assert positions == {"registry": 0, "other": 7}


# -- the documents, the metrics, the operator's commands ---------------------------------------------------------------


def test_every_reading_route_is_documented_with_an_example_and_its_scopes(stack: Stack) -> None:
    told = httpx.get(f"{stack.url('sessions')}/openapi.json", trust_env=False).json()
    heads = {path.split("/")[0] for path in ROUTES}
    paths = {path: item["get"] for path, item in told["paths"].items() if path.split("/")[2] in heads and "get" in item}

    assert len(paths) == len(ROUTES)
    for path, operation in paths.items():
        assert operation["security"], path
        content = operation["responses"]["200"]["content"]["application/json"]
        assert content["schema"], path
        assert content["example"], path


def test_an_answer_is_what_its_schema_says(stack: Stack) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    opened, raised, helped = session(), feedback("Hỏi."), assist()
    arrive(stack, opened, raised, helped)
    told = httpx.get(f"{stack.url('sessions')}/openapi.json", trust_env=False).json()
    asked = {
        "/v1/sessions": "sessions", "/v1/sessions/{session_id}": f"sessions/{opened['subject']}",
        "/v1/feedback/{feedback_id}": f"feedback/{raised['subject']}", "/v1/assists/{assist_id}": f"assists/{helped['subject']}",
        "/v1/pending": "pending", "/v1/refused": "refused", "/v1/refused/summary": "refused/summary",
        "/v1/catalogue": "catalogue", "/v1/changes": "changes", "/v1/subjects/{subject_id}": f"subjects/{raised['subject']}",
        "/v1/events/{event_id}": f"events/{helped['id']}",
    }  # fmt: skip

    for path, address in asked.items():
        schema = told["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
        jsonschema.validate(read(stack, address), schema | {"components": told["components"]})


def test_the_age_of_the_oldest_waiting_event_is_a_metric_with_few_labels(stack: Stack) -> None:
    waits = void(str(uuid.uuid4()))
    arrive(stack, waits)
    age(stack, waits, "10 days")
    resolve(stack)

    shown = httpx.get(f"{stack.url('sessions')}/metrics", trust_env=False).text
    lines = [line for line in shown.splitlines() if line.startswith("cds_intake_pending_oldest_seconds{")]

    assert {line.split('"')[1] for line in lines} == {"subject", "step", "service"}
    assert any(float(line.rsplit(" ", 1)[1]) >= 10 * 86_400 for line in lines)


def run(stack: Stack, *arguments: str) -> str:
    with environment_of(stack):
        done = CliRunner(env={"COLUMNS": "220"}).invoke(app, arguments)
    assert done.exit_code == 0, done.output
    return done.output


def test_the_operator_sees_what_waits_and_what_was_refused_by_ward_and_reason(stack: Stack) -> None:
    waits, client = void(str(uuid.uuid4())), stack.sandbox("11692", on=DAY)
    arrive(stack, waits)
    age(stack, waits, "20 days")
    assert stack.post(foreign(assist(service="Tên Người Dân")), ANH_DUNG).status_code == 422
    assert stack.post(assist(client, area="tdp-88"), client).status_code == 422

    pending, refused, mine = run(stack, "pending"), run(stack, "refused"), run(stack, "refused", "--client", client)
    told = json.loads(run(stack, "pending", "--json", "--client", HAI_THANH))
    sums = json.loads(run(stack, "refused", "--json"))

    assert "Hải Thành (11692)" in pending
    assert waits["id"] in pending
    assert "20 ngày" in pending
    assert "chờ sự kiện mở đầu của đối tượng này" in pending
    assert ANH_DUNG in refused
    assert "invalid_data" in refused
    assert client not in refused
    assert client in mine
    assert "Người Dân" not in refused
    assert told["items"][0]["event_id"] == waits["id"]
    assert told["wards"][0]["ward"].endswith("(11692)")
    assert {row["client_id"] for row in sums["summary"]} >= {ANH_DUNG}
    assert "Không có sự kiện nào" in run(stack, "pending", "--client", "app-nobody")
