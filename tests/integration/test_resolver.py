"""Pending events: accepted before what they refer to, they take effect once it has come, or are closed with a reason.

The resolver is called by hand, so that each test says when it looks.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import msgspec
import pytest

from services.sessions import resolver
from shared import database, event_log
from tests.support.by_hand import resolve
from tests.support.events import assist, correction, session, void
from tests.support.postgres import TestPostgres
from tests.support.stack import ANH_DUNG, HAI_THANH, Stack


@pytest.fixture
def stack(postgres: TestPostgres) -> Iterator[Stack]:
    with Stack(postgres, "memory://") as made:
        made.serve("registry", "sessions")
        yield made


def pending(stack: Stack) -> list[tuple[Any, ...]]:
    return stack.ask("sessions", "SELECT waits_for, refused FROM pending ORDER BY accepted_at, event_id")


def log(stack: Stack) -> list[dict[str, Any]]:
    return [json.loads(row[0]) for row in stack.ask("sessions", "SELECT body FROM event_log ORDER BY xid, log_id")]


def send(stack: Stack, event: dict[str, Any], status: str, client_id: str = HAI_THANH) -> None:
    answer = stack.post(event, client_id)
    assert answer.json().get("status") == status, answer.text


def test_a_correction_that_came_first_follows_its_record_in_the_log_and_replaces_it(stack: Stack) -> None:
    record = assist()
    send(stack, correction(record["subject"], service="digital_skills"), "pending_reference")
    assert resolve(stack) == 0
    send(stack, record, "accepted")

    assert resolve(stack) == 1

    recorded, corrected = log(stack)
    assert recorded["id"] == record["id"]
    assert corrected["data"]["before"]["service"] == "vneid_activation"
    assert corrected["data"]["content"]["service"] == "digital_skills"
    assert pending(stack) == []


def test_two_that_wait_for_one_record_are_decided_on_each_other(stack: Stack) -> None:
    record = assist()
    send(
        stack, correction(record["subject"], "2023-03-09T08:00:00+07:00", service="digital_skills"), "pending_reference"
    )
    send(
        stack, correction(record["subject"], "2023-03-08T20:00:00+07:00", service="health_record"), "pending_reference"
    )
    send(stack, void(record["subject"]), "pending_reference")
    send(stack, record, "accepted")

    assert resolve(stack) == 3

    _, newer, older, voided = log(stack)
    assert newer["data"]["before"]["service"] == "vneid_activation"
    assert older["data"]["applies"] is False
    assert voided["data"]["before"]["service"] == "digital_skills"


def test_what_waits_for_two_things_waits_for_the_second_once_the_first_has_come(stack: Stack) -> None:
    record = assist()
    send(stack, correction(record["subject"], service="new_service"), "pending_reference")
    assert pending(stack) == [("service:new_service", None)]
    stack.do("sessions", "INSERT INTO service (service, unit) VALUES ('new_service', 'resident')")

    assert resolve(stack) == 1
    assert resolve(stack) == 0, "nothing is ready: looking again at once would be of no use"

    assert pending(stack) == [("subject", None)]
    send(stack, record, "accepted")
    assert resolve(stack) == 1
    assert next(event["id"] for event in log(stack)) == record["id"]


def test_more_that_cannot_move_than_are_looked_at_once_do_not_hold_up_the_others(stack: Stack) -> None:
    stuck = [correction(assist()["subject"], service="new_service") for _ in range(resolver.AT_ONCE + 1)]
    assert stack.post(stuck).json()["counts"]["pending_reference"] == len(stuck)
    record = assist()
    send(stack, void(record["subject"]), "pending_reference")
    send(stack, record, "accepted")
    stack.do("sessions", "INSERT INTO service (service, unit) VALUES ('new_service', 'resident')")

    while resolve(stack):
        pass

    assert [event["type"] for event in log(stack)][1:] == ["vn.congdongso.assist.voided.v1"]


def test_a_client_that_the_registry_has_not_told_of_yet_is_waited_for(stack: Stack) -> None:
    record = assist()
    send(stack, void(record["subject"]), "pending_reference")
    send(stack, record, "accepted")
    areas = stack.ask("sessions", "DELETE FROM client WHERE client_id = %s RETURNING areas", HAI_THANH)[0][0]
    assert resolve(stack) == 0
    assert pending(stack) == [("subject", None)]

    stack.do("sessions", "INSERT INTO client (client_id, areas) VALUES (%s, %s)", HAI_THANH, areas)

    assert resolve(stack) == 1
    assert pending(stack) == []


def test_another_wards_event_is_closed_with_the_reason_and_asks_no_more(stack: Stack) -> None:
    record = assist()
    foreign = void(record["subject"]) | {"source": f"/apps/{ANH_DUNG}"}
    send(stack, foreign, "pending_reference", ANH_DUNG)
    send(stack, record, "accepted")

    assert resolve(stack) == 1

    assert pending(stack) == [("subject", "forbidden_area")]
    assert resolve(stack) == 0
    assert len(log(stack)) == 1


DECLARE = "INSERT INTO service (service, unit, may_return) VALUES ('brand_new', %s, %s)"
LATER = {"outcome": "to_return", "reason": "other"}


@pytest.mark.parametrize(
    ("unit", "may_return", "sent", "refused"),
    [
        ("resident", False, LATER, "impossible_outcome"),
        ("resident", True, LATER, None),
        ("stall", True, {}, "invalid_data"),
        ("stall", True, {"stall": "CHO/A01"}, None),
        ("resident", True, {"quantity": 3}, "invalid_data"),
        ("record", True, {"quantity": 3}, None),
        ("record", True, {"service_level": "full"}, "invalid_data"),
    ],
)
def test_what_a_service_cannot_have_is_found_when_the_service_is_known(
    stack: Stack, unit: str, may_return: bool, sent: dict[str, Any], refused: str | None
) -> None:
    record = assist(service="brand_new", **sent)
    send(stack, record, "pending_reference")
    stack.do("sessions", DECLARE, unit, may_return)

    assert resolve(stack) == 1

    url, bearer = f"{stack.url('sessions')}/v1/events/{record['id']}", {"Authorization": f"Bearer {stack.token()}"}
    fate = httpx.get(url, headers=bearer, trust_env=False).json()
    assert fate["refused"] == refused
    assert fate["status"] == ("pending_reference" if refused else "accepted")
    assert bool(fate["refused_text"]) is bool(refused)
    assert len(log(stack)) == (0 if refused else 1)


def test_marks_are_those_of_an_event_that_did_not_wait(stack: Stack) -> None:
    opened = session()
    send(stack, opened, "accepted")
    volunteer = str(stack.ask("sessions", "SELECT volunteer_id FROM volunteer LIMIT 1")[0][0])
    more = {"session": opened["subject"], "volunteers": [volunteer], "service": "new_service"}
    send(stack, assist(**more), "pending_reference")
    stack.do("sessions", "INSERT INTO service (service, unit) VALUES ('new_service', 'resident')")

    assert resolve(stack) == 1

    assert log(stack)[-1]["data"]["content"]["marks"] == ["clock_suspect"]


def test_one_that_cannot_be_read_does_not_hold_up_the_others(stack: Stack) -> None:
    records = [assist(), assist()]
    for record in records:
        send(stack, void(record["subject"]), "pending_reference")
        send(stack, record, "accepted")
    first = stack.ask("sessions", "SELECT event_id, submission FROM pending ORDER BY accepted_at LIMIT 1")[0]
    broken = json.loads(first[1])
    broken["data"]["reason_code"] = "of a newer release"
    stack.do(
        "sessions", "UPDATE pending SET submission = %s WHERE event_id = %s", msgspec.json.encode(broken), first[0]
    )

    resolve(stack)

    assert len(pending(stack)) == 1
    assert [event["subject"] for event in log(stack)][2:] == [records[1]["subject"]]


def test_an_event_that_waited_is_a_duplicate_before_and_after_and_its_fate_is_told(stack: Stack) -> None:
    record = assist()
    waiting = void(record["subject"])
    send(stack, waiting, "pending_reference")
    send(stack, waiting, "duplicate")
    send(stack, record, "accepted")
    assert resolve(stack) == 1
    send(stack, waiting, "duplicate")

    with database.transaction(stack.engine("sessions")) as connection:
        shard = connection.execute("SELECT DISTINCT shard FROM event_log").fetchone()
        from shared import segments

        segments.cut(connection, range(4))
    send(stack, waiting, "duplicate")
    assert shard is not None
    rows = stack.ask("sessions", "SELECT shard, segment FROM event_key ORDER BY event_id")
    assert rows == [(shard[0], 1), (shard[0], 1)]


def test_two_resolvers_at_once_settle_each_event_once(stack: Stack) -> None:
    from concurrent.futures import ThreadPoolExecutor

    records = [assist() for _ in range(20)]
    stack.post([void(record["subject"]) for record in records])
    stack.post(records)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: resolve(stack), range(4)))

    assert pending(stack) == []
    assert len(log(stack)) == 40
    assert event_log.CHANNEL
