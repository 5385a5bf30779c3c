"""Events at the intake: one that does not fit is refused by field and costs its neighbours nothing; nothing personal is
ever told.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from tests.support.by_hand import cut
from tests.support.events import AT, DAY, assist, correction, event, feedback, session, tally, void
from tests.support.intake import Event, app_of, post, problem, rows, send, served
from tests.support.postgres import TestPostgres
from tests.support.stack import HAI_THANH, Stack

CITIZEN = "079203012345"


@pytest.fixture(scope="module")
def stack(postgres: TestPostgres) -> Iterator[Stack]:
    with served(postgres) as made:
        yield made


@pytest.fixture(scope="module")
def web(stack: Stack) -> Iterator[httpx.Client]:
    with app_of(stack) as client:
        yield client


# -- events that do not fit --------------------------------------------------------------------------------------------


def changed(**attributes: Any) -> Callable[[], Event]:
    return lambda: assist(attributes=attributes)


def without(name: str) -> Callable[[], Event]:
    return lambda: {key: value for key, value in assist().items() if key != name}


def with_data(**data: Any) -> Callable[[], Event]:
    return lambda: assist(**data)


def data_without(name: str) -> Callable[[], Event]:
    def make() -> Event:
        made = assist()
        del made["data"][name]
        return made

    return make


def in_days(days: float) -> Callable[[], Event]:
    return lambda: assist(attributes={"time": (dt.datetime.now(dt.UTC) + dt.timedelta(days=days)).isoformat()})


# name: how it is made, the code of its fate, the field that is named, what the message says
BAD: dict[str, tuple[Callable[[], Any], str, str, str]] = {
    "a number": (lambda: 5, "not_cloudevents", "", "CloudEvents"),
    "null": (lambda: None, "not_cloudevents", "", "CloudEvents"),
    "a text": (lambda: "x", "not_cloudevents", "", "CloudEvents"),
    "an array": (lambda: [assist()], "not_cloudevents", "", "CloudEvents"),
    "no specversion": (without("specversion"), "not_cloudevents", "specversion", "required"),
    "specversion 0.3": (changed(specversion="0.3"), "not_cloudevents", "specversion", "pattern"),
    "specversion a number": (changed(specversion=1.0), "not_cloudevents", "specversion", "string"),
    "no id": (without("id"), "not_cloudevents", "id", "required"),
    "an id that is no UUID": (changed(id="abc"), "not_cloudevents", "id", "UUID"),
    "an id in braces": (changed(id="{" + str(uuid.uuid4()) + "}"), "not_cloudevents", "id", "UUID"),
    "an id as a URN": (changed(id=uuid.uuid4().urn), "not_cloudevents", "id", "UUID"),
    "an id as a number": (changed(id=5), "not_cloudevents", "id", "UUID"),
    "a NUL in the id": (changed(id="\0"), "not_cloudevents", "id", "UUID"),
    "no source": (without("source"), "not_cloudevents", "source", "required"),
    "a source of another form": (changed(source="https://x"), "not_cloudevents", "source", "pattern"),
    "a source with a line feed": (changed(source="/apps/x\n"), "not_cloudevents", "source", "pattern"),
    "another app's source": (changed(source="/apps/app-11689-2023"), "forbidden_source", "", f"/apps/{HAI_THANH}"),
    "no type": (without("type"), "not_cloudevents", "type", "required"),
    "a type of others": (changed(type="com.example.x"), "unknown_type", "", "assist.recorded"),
    "an unknown type": (changed(type="vn.congdongso.assist.forgotten.v1"), "unknown_type", "", "assist.recorded"),
    "a type with a NUL": (changed(type="vn.congdongso.\0.v1"), "unknown_type", "", "assist.recorded"),
    "an unknown version": (changed(type="vn.congdongso.assist.recorded.v2"), "unknown_version", "", "v1"),
    "a type of the registry": (changed(type="vn.congdongso.area.declared.v1"), "unknown_type", "", "assist.recorded"),
    "no subject": (without("subject"), "not_cloudevents", "subject", "required"),
    "a subject that is no UUID": (changed(subject="assist-1"), "not_cloudevents", "subject", "UUID"),
    "no time": (without("time"), "not_cloudevents", "time", "required"),
    "a time without an offset": (changed(time="2023-03-08T19:30:00"), "not_cloudevents", "time", "múi giờ.*\\+07:00"),
    "a time as a number": (changed(time=1678278600), "not_cloudevents", "time", "RFC 3339"),
    "a time in words": (changed(time="hôm qua"), "not_cloudevents", "time", "RFC 3339"),
    "a leap second": (changed(time="2023-03-08T23:59:60+07:00"), "not_cloudevents", "time", "RFC 3339"),
    "February 30": (changed(time="2023-02-30T10:00:00+07:00"), "not_cloudevents", "time", "RFC 3339"),
    "before 2020": (changed(time="2019-12-31T23:59:59+07:00"), "time_out_of_range", "time", "1/1/2020"),
    "the year 1970": (changed(time="1970-01-01T00:00:00Z"), "time_out_of_range", "time", "1/1/2020"),
    "the year 1": (changed(time="0001-01-01T00:00:00Z"), "time_out_of_range", "time", "1/1/2020"),
    "the year 1, east": (changed(time="0001-01-01T00:00:00+14:00"), "time_out_of_range", "time", "1/1/2020"),
    "the year 9999": (changed(time="9999-12-31T23:59:59Z"), "time_out_of_range", "time", "hai ngày"),
    "the year 9999, west": (changed(time="9999-12-31T23:59:59-12:00"), "time_out_of_range", "time", "hai ngày"),
    "three days ahead": (in_days(3), "time_out_of_range", "time", "hai ngày"),
    "no data": (without("data"), "missing_data", "", "data"),
    "data null": (lambda: assist() | {"data": None}, "invalid_data", "data", "object"),
    "data a text": (lambda: assist() | {"data": "{}"}, "invalid_data", "data", "object"),
    "data an array": (lambda: assist() | {"data": []}, "invalid_data", "data", "object"),
    "no area": (data_without("area"), "invalid_data", "data.area", "required"),
    "no service": (data_without("service"), "invalid_data", "data.service", "required"),
    "no outcome": (data_without("outcome"), "invalid_data", "data.outcome", "required"),
    "area null": (with_data(area=None), "invalid_data", "data.area", "null"),
    "area a number": (with_data(area=11692), "invalid_data", "data.area", "string"),
    "area of another form": (with_data(area="Tổ 3"), "invalid_data", "data.area", "pattern"),
    "area a path": (with_data(area="../../etc"), "invalid_data", "data.area", "pattern"),
    "area SQL": (with_data(area="'; DROP TABLE entity; --"), "invalid_data", "data.area", "pattern"),
    "area with a line feed": (with_data(area="tdp-03\n"), "invalid_data", "data.area", "pattern"),
    "area with a NUL": (with_data(area="tdp-03\0"), "invalid_data", "data.area", "pattern"),
    "service in capitals": (with_data(service="VNeID"), "invalid_data", "data.service", "pattern"),
    "an unknown outcome": (with_data(outcome="done"), "invalid_data", "data.outcome", "completed, failed, referred"),
    "an outcome as a number": (with_data(outcome=1), "invalid_data", "data.outcome", "string"),
    "an unknown age band": (with_data(age_band="20"), "invalid_data", "data.age_band", "16_30"),
    "an unknown field": (with_data(colour="red"), "invalid_data", "data.colour", "unknown field"),
    "the server's seq": (with_data(seq=1), "invalid_data", "data.seq", "unknown field"),
    "the server's status": (with_data(status="accepted"), "invalid_data", "data.status", "unknown field"),
    "the server's ward": (with_data(ward_id="11692"), "invalid_data", "data.ward_id", "unknown field"),
    "the server's time": (with_data(received_at=AT), "invalid_data", "data.received_at", "unknown field"),
    "the server's marks": (with_data(marks=[]), "invalid_data", "data.marks", "unknown field"),
    "quantity a text": (with_data(quantity="5"), "invalid_data", "data.quantity", "integer"),
    "quantity a fraction": (with_data(quantity=5.9), "invalid_data", "data.quantity", "integer"),
    "quantity a boolean": (with_data(quantity=True), "invalid_data", "data.quantity", "integer"),
    "quantity null": (with_data(quantity=None), "invalid_data", "data.quantity", "null"),
    "quantity an array": (with_data(quantity=[1]), "invalid_data", "data.quantity", "integer"),
    "quantity 0": (with_data(quantity=0), "invalid_data", "data.quantity", "1"),
    "quantity negative": (with_data(quantity=-1), "invalid_data", "data.quantity", "1"),
    "quantity 1001": (with_data(quantity=1001), "invalid_data", "data.quantity", "1000"),
    "quantity 10**30": (with_data(quantity=10**30), "invalid_data", "data.quantity", "1000"),
    "quantity -2**63-1": (with_data(quantity=-(2**63) - 1), "invalid_data", "data.quantity", "1"),
    "six volunteers": (with_data(volunteers=[str(uuid.uuid4())] * 6), "invalid_data", "data.volunteers", "5"),
    "volunteers a text": (with_data(volunteers="x"), "invalid_data", "data.volunteers", ""),
    "a wrong volunteer": (with_data(volunteers=["x"]), "invalid_data", "data.volunteers[0]", "UUID"),
    "10,000 volunteers": (with_data(volunteers=["x"] * 10_000), "invalid_data", "data.volunteers[0]", "UUID"),
    "a session that is no UUID": (with_data(session="phiên 1"), "invalid_data", "data.session", "UUID"),
    "failed without a reason": (with_data(outcome="failed"), "invalid_data", "data.reason", "required"),
    "referred to nobody": (with_data(outcome="referred"), "invalid_data", "data.referred_to", "required"),
    "a session and a venue": (
        with_data(session=str(uuid.uuid4()), venue=str(uuid.uuid4())), "invalid_data", "data.venue", "session",
    ),
    "a token and a number": (
        with_data(resident_token="k1." + "a" * 43, citizen_number=CITIZEN), "invalid_data", "data.citizen_number",
        "một trong hai",
    ),
    "a control character": (lambda: session(theme="a\x1b[31m"), "invalid_data", "data.theme", "pattern"),
    "a NUL in a theme": (lambda: session(theme="a\0b"), "invalid_data", "data.theme", "pattern"),
    "a C1 control": (lambda: session(theme="a\x85b"), "invalid_data", "data.theme", "pattern"),
    "a line feed in a theme": (lambda: session(theme="a\nb"), "invalid_data", "data.theme", "pattern"),
    "an empty theme": (lambda: session(theme=""), "invalid_data", "data.theme", "1"),
    "a theme of 100,000": (lambda: session(theme="a" * 100_000), "invalid_data", "data.theme", "100"),
    "31 services": (lambda: session(services=["a"] * 31), "invalid_data", "data.services", "30"),
    "a planned end without an offset": (
        lambda: session(planned_end="2023-03-08T21:00:00"), "invalid_data", "data.planned_end", "múi giờ",
    ),
    "no text": (lambda: feedback(""), "invalid_data", "data.text", "1"),
    "a long text": (lambda: feedback("a" * 2001), "invalid_data", "data.text", "2000"),
    "a NUL in a text": (lambda: feedback("a\0"), "invalid_data", "data.text", "pattern"),
    "an unknown group": (with_data(area="tdp-99"), "unknown_area", "data.area", "tdp-01, tdp-02, tdp-03.*tdp-06"),
    "an unknown ward": (with_data(area="99999"), "unknown_area", "data.area", "99999"),
    "an unknown group of a ward": (with_data(area="11692/tdp-99"), "unknown_area", "data.area", "tdp-01, tdp-02"),
    "an unknown home": (with_data(resident_area="tdp-99"), "unknown_area", "data.resident_area", "tdp-01, tdp-02"),
    "another ward": (with_data(area="11689"), "forbidden_area", "data.area", "Anh Dũng"),
    "another ward's group": (with_data(area="11689/tdp-01"), "forbidden_area", "data.area", "Anh Dũng"),
    "the district above": (with_data(area="309"), "forbidden_area", "data.area", "Dương Kinh"),
    "the province above": (with_data(area="31"), "forbidden_area", "data.area", "Hải Phòng"),
    "a count as a text": (
        lambda: tally(("digital_skills", "completed", "5")), "invalid_data", "data.lines[0].count", "integer",  # type: ignore[arg-type]
    ),
    "a count of 0": (lambda: tally(("digital_skills", "completed", 0)), "invalid_data", "data.lines[0].count", "1"),
    "no lines": (lambda: tally(lines=None), "invalid_data", "data.lines", "null"),
    "201 lines": (lambda: tally(*[("a", "completed", 1)] * 201), "invalid_data", "data.lines", "200"),
    "a tally's day wrong": (lambda: tally(day="8/3/2023"), "invalid_data", "data.day", "date"),
    "a tally's day in 2019": (lambda: tally(day="2019-12-31"), "time_out_of_range", "data.day", "1/1/2020"),
    "a tally's day in 9999": (lambda: tally(day="9999-12-31"), "time_out_of_range", "data.day", "hai ngày"),
    "a tally's version 0": (lambda: tally(version=0), "invalid_data", "data.version", "1"),
    "a tally's unknown home": (
        lambda: tally(lines=[{"service": "digital_skills", "outcome": "completed", "count": 1,
                              "resident_area": "tdp-99"}]),
        "unknown_area", "data.lines[0].resident_area", "tdp-01",
    ),
    "a correction's time out of range": (
        lambda: correction(str(uuid.uuid4()), happened_at="2019-01-01T00:00:00Z"), "time_out_of_range",
        "data.happened_at", "1/1/2020",
    ),
    "a correction without a reason": (
        lambda: correction(str(uuid.uuid4()), reason_code="because"), "invalid_data", "data.reason_code", "typo",
    ),
}  # fmt: skip
STATUS = {"not_cloudevents": (400, "not_cloudevents"), "forbidden_area": (403, "forbidden_area")}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_event_is_refused_by_field_and_its_neighbours_are_kept(
    stack: Stack, web: httpx.Client, name: str
) -> None:
    make, code, field, says = BAD[name]
    bad, before, after = make(), assist(), feedback()
    sent_id = bad.get("id") if isinstance(bad, dict) else None

    alone = post(web, bad) if not isinstance(bad, list) else send(web, json.dumps(bad))
    batch = post(web, [before, bad, after])

    status, problem_code = STATUS.get(code, (422, "rejected"))
    told = problem(alone, status, problem_code)
    named = {error["field"]: error for error in told["errors"]}
    assert field in named, told
    assert re.search(says, named[field]["message"], re.DOTALL), named
    assert told.get("reason") == code
    assert batch.status_code == 200
    results = batch.json()["results"]
    assert [result["status"] for result in results] == ["accepted", "rejected", "accepted"]
    assert results[0]["id"] == before["id"]
    assert results[1]["id"] == (sent_id if isinstance(sent_id, str) else None)
    assert results[1]["code"] == code
    assert results[1]["errors"] == told["errors"]
    assert batch.json()["counts"] == {
        "accepted": 2,
        "duplicate": 0,
        "pending_reference": 0,
        "conflict": 0,
        "rejected": 1,
    }
    assert [rows(stack, good["id"]) for good in (before, after)] == [1, 1]
    assert not is_uuid(sent_id) or rows(stack, str(sent_id)) == 0


def is_uuid(sent_id: Any) -> bool:
    try:
        return bool(uuid.UUID(sent_id))
    except (ValueError, AttributeError, TypeError):
        return False


def test_every_wrong_field_is_named_at_once(web: httpx.Client) -> None:
    sent = assist(outcome="x", quantity="1", age_band=3, colour="red")
    del sent["data"]["area"]

    told = problem(post(web, sent), 422, "rejected")

    assert {(error["field"], error["code"]) for error in told["errors"]} >= {
        ("data.area", "required"),
        ("data.colour", "unknown_field"),
        ("data.outcome", "invalid"),
        ("data.quantity", "invalid"),
        ("data.age_band", "invalid"),
    }


@pytest.mark.parametrize(
    ("field", "code", "sent"),
    [
        ("stall", "required", {"service": "stall_qr_setup"}),
        ("quantity", "invalid", {"service": "vneid_activation", "quantity": 2}),
        ("service_level", "invalid", {"service": "vneid_activation", "service_level": "full"}),
    ],
)
def test_a_field_that_does_not_go_with_the_service_is_refused_by_name(
    stack: Stack, web: httpx.Client, field: str, code: str, sent: dict[str, Any]
) -> None:
    wrong = assist(**sent)

    told = problem(post(web, wrong), 422, "rejected")

    assert [(error["field"], error["code"]) for error in told["errors"]] == [(f"data.{field}", code)]
    assert rows(stack, wrong["id"]) == 0


LATER: dict[str, Any] = {"outcome": "to_return", "reason": "sim_not_owner"}
AT_A_STALL: dict[str, Any] = {"service": "stall_qr_setup", "stall": "CHO-HT/A12"}


@pytest.mark.parametrize("sent", [AT_A_STALL, {"service": "vaccination_entry", "quantity": 3}])
def test_an_outcome_that_the_service_does_not_have_is_refused_with_those_that_it_has(
    stack: Stack, web: httpx.Client, sent: dict[str, Any]
) -> None:
    recorded = assist(**sent, outcome="failed", reason="other")
    assert post(web, recorded).status_code == 201
    later = assist(**sent, **LATER)

    told = [problem(post(web, later), 422, "rejected"), *post(web, [later, assist(**LATER)]).json()["results"]]
    change = post(web, correction(recorded["subject"], **sent, **LATER))

    (error,) = told[0]["errors"]
    assert told[0]["reason"] == told[1]["code"] == change.json()["reason"] == "impossible_outcome"
    assert (error["field"], error["code"]) == ("data.outcome", "impossible_outcome")
    assert sent["service"] in error["message"]
    assert error["message"].endswith("“hẹn lại” (to_return). Có thể gửi: completed, referred, failed.")
    assert told[2]["status"] == "accepted", "other services have it"
    assert rows(stack, later["id"]) == 0


def test_a_line_of_a_book_with_an_outcome_that_the_service_does_not_have_is_named(
    stack: Stack, web: httpx.Client
) -> None:
    right = [("vneid_activation", "to_return", 2), ("brand_new_service", "to_return", 1)]
    wrong = tally(*right, ("stall_first_payment", "to_return", 1))

    told = problem(post(web, wrong), 422, "rejected")

    assert [(error["field"], error["code"]) for error in told["errors"]] == [
        ("data.lines[2].outcome", "impossible_outcome")
    ]
    assert rows(stack, wrong["id"]) == 0
    assert post(web, tally(*right)).status_code == 201


@pytest.mark.parametrize(
    "sent",
    [
        {"service": "stall_qr_setup", "stall": "CHO-HT/A12"},
        {"service": "vaccination_entry", "quantity": 120},
        {"service": "online_public_service", "service_level": "full"},
        {"service": "vneid_activation", "quantity": 1},
    ],
)
def test_a_field_that_goes_with_the_service_is_kept(stack: Stack, web: httpx.Client, sent: dict[str, Any]) -> None:
    right = assist(**sent)

    assert post(web, right).status_code == 201
    assert rows(stack, right["id"]) == 1


def test_a_time_that_is_odd_but_possible_is_kept_and_marked(stack: Stack, web: httpx.Client) -> None:
    ahead, old = (
        in_days(0.125)() | {"data": assist(area="11692")["data"]},
        assist(attributes={"time": "2020-01-01T00:00:00+07:00"}),
    )

    answers = [post(web, ahead), post(web, old)]

    assert [answer.status_code for answer in answers] == [201, 201]
    assert all("clock_suspect" in answer.json()["marks"] for answer in answers)


def test_an_event_with_bad_references_is_kept_and_marked(web: httpx.Client) -> None:
    answer = post(web, assist(session=str(uuid.uuid4()), volunteers=[str(uuid.uuid4())]))

    assert answer.status_code == 201
    assert {"unverified:session", "unverified:volunteer"} <= set(answer.json()["marks"])


def test_an_upper_case_id_is_the_same_id(stack: Stack, web: httpx.Client) -> None:
    sent = assist()

    first = post(web, sent)
    again = post(web, sent | {"id": sent["id"].upper()})

    assert (first.status_code, again.status_code, again.json()["status"]) == (201, 200, "duplicate")
    assert rows(stack, sent["id"]) == 1


def test_the_data_of_each_type_is_accepted_once(stack: Stack, web: httpx.Client) -> None:
    opened = session()
    closed = event("session.closed", {"area": "tdp-03", "attendees": 5}, subject=opened["subject"])
    recorded = assist()
    sent = [
        opened, closed, recorded, correction(recorded["subject"]), void(recorded["subject"]),
        tally(("digital_skills", "completed", 4), day=DAY), feedback(),
    ]  # fmt: skip

    answer = post(web, sent)

    assert [result["status"] for result in answer.json()["results"]] == ["accepted"] * 7, answer.text
    assert [rows(stack, one["id"]) for one in sent] == [1] * 7


# -- what must never be told -------------------------------------------------------------------------------------------


def everywhere(stack: Stack) -> bytes:
    """All bytes that are kept, but for the table of free texts."""
    in_log = stack.ask("sessions", "SELECT body FROM event_log")
    kept = stack.ask("sessions", "SELECT content FROM entity UNION ALL SELECT submission FROM pending")
    return b"\n".join([*(bytes(row[0]) for row in (*in_log, *kept)), *(segment.inflate() for segment in cut(stack))])


@pytest.mark.parametrize("number", [CITIZEN[:-1], CITIZEN + "9", CITIZEN[:-1] + "x", int(CITIZEN[1:]), [CITIZEN]])
def test_a_malformed_citizen_number_is_named_and_never_repeated(
    stack: Stack, web: httpx.Client, capfd: pytest.CaptureFixture[str], number: Any
) -> None:
    good, bad = assist(), assist(citizen_number=number)

    alone, batch = post(web, bad), post(web, [bad, good])

    told = problem(alone, 422, "rejected")
    assert [error["field"] for error in told["errors"]] == ["data.citizen_number"]
    assert [result["status"] for result in batch.json()["results"]] == ["rejected", "accepted"]
    captured = capfd.readouterr()
    for text in (alone.text, batch.text, captured.out, captured.err):
        assert "0792030123" not in text
        assert "79203012345" not in text
    assert rows(stack, good["id"]) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        with_data(**{CITIZEN: "1"}),
        lambda: assist() | {"type": f"vn.congdongso.{CITIZEN}.v1"},
        lambda: assist() | {"type": f"vn.congdongso.assist.recorded.v{CITIZEN}"},
        lambda: assist() | {"source": f"/apps/{CITIZEN}"},
    ],
    ids=["name of a field", "type", "version", "source"],
)
def test_a_citizen_number_in_a_wrong_place_is_not_told_back(
    stack: Stack, web: httpx.Client, capfd: pytest.CaptureFixture[str], wrong: Any
) -> None:
    sent = wrong()

    alone, batch = post(web, sent), post(web, [sent])

    captured = capfd.readouterr()
    assert alone.status_code == 422
    assert "…" in alone.text
    for text in (alone.text, batch.text, captured.out, captured.err):
        assert CITIZEN[1:] not in text
    assert CITIZEN[1:].encode() not in everywhere(stack)


def test_a_citizen_number_becomes_a_token_and_is_nowhere(
    stack: Stack, web: httpx.Client, capfd: pytest.CaptureFixture[str]
) -> None:
    number = "031093004321"
    recorded = assist(citizen_number=number)
    waiting = assist(service="not_declared_yet", citizen_number=number)

    answers = [post(web, recorded), post(web, waiting), post(web, recorded)]

    assert [answer.status_code for answer in answers] == [201, 202, 200]
    conflict = post(web, recorded | {"data": recorded["data"] | {"citizen_number": "031093004322"}})
    problem(conflict, 409, "id_conflict")
    stored = everywhere(stack)
    assert b'"resident_token":"k1.' in stored
    captured = capfd.readouterr()
    for text in (*(answer.text for answer in (*answers, conflict)), captured.out, captured.err):
        assert "03109300432" not in text
    assert b"03109300432" not in stored


def test_free_text_is_kept_apart_and_nowhere_else(
    stack: Stack, web: httpx.Client, capfd: pytest.CaptureFixture[str]
) -> None:
    words = f"Bí mật {uuid.uuid4().hex}"
    sent = feedback(words)

    answer, again = post(web, sent), post(web, sent)
    conflict = post(web, sent | {"data": sent["data"] | {"text": words + " khác"}})

    assert (answer.status_code, again.status_code) == (201, 200)
    assert re.fullmatch(r"[0-9A-F]{4}-[0-9A-F]{4}", answer.json()["receipt_code"])
    assert again.json()["receipt_code"] == answer.json()["receipt_code"]
    problem(conflict, 409, "id_conflict")
    assert stack.ask("sessions", "SELECT text FROM free_text WHERE event_id = %s", sent["id"]) == [(words,)]
    stored, captured = everywhere(stack), capfd.readouterr()
    assert sent["id"].encode() in stored
    for text in (answer.text, again.text, conflict.text, captured.out, captured.err, stored.decode()):
        assert words[7:] not in text
    fate = web.get(f"/v1/events/{sent['id']}")
    assert words[7:] not in fate.text
