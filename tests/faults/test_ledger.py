"""The ledger itself: a healthy run is clean, and each kind of fault that it is there for is found."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pika
import psycopg
import pytest

from tests.support.ledger import Key, Ledger, Load, Outcome, Verdict
from tests.support.postgres import TestPostgres
from tests.support.rabbitmq import RabbitNode
from tests.support.stack import Stack

pytestmark = pytest.mark.faults
VHOST = "ledger"
DAY = "2023-05-17"


@pytest.fixture(scope="module")
def stack(postgres: TestPostgres, rabbit: RabbitNode) -> Iterator[Stack]:
    with Stack(postgres, rabbit.add_vhost(VHOST)) as made:
        made.serve()
        for service in ("registry", "sessions"):
            made.relay(service)
        for service in ("sessions", "reporting"):
            made.consumer(service)
        yield made
    rabbit.delete_vhost(VHOST)


@pytest.fixture(scope="module")
def ledger(stack: Stack) -> Ledger:
    made = Ledger(DAY)
    with Load(stack, made, batch=3) as load:
        load.wait_for(60)
    return made


HIDDEN = (
    "reporting",
    "UPDATE evidence SET day = day + 1 WHERE event_id = %s",
    "UPDATE evidence SET day = day - 1 WHERE event_id = %s",
)
NOBODY = "00000000-0000-0000-0000-000000000001"
UNKNOWN_TO_THE_LOG = (
    "sessions",
    f"UPDATE event_key SET event_id = '{NOBODY}' WHERE event_id = %s",
    f"UPDATE event_key SET event_id = %s WHERE event_id = '{NOBODY}'",
)


@contextlib.contextmanager
def changed(stack: Stack, service: str, change: str, undo: str, *values: str) -> Iterator[None]:
    """A database that was tampered with, for a while."""
    stack.do(service, change, *values)
    try:
        yield
    finally:
        stack.do(service, undo, *values)


def key_of(ledger: Ledger) -> Key:
    return next(key for key, tries in ledger.attempts.items() if Outcome.OK in tries)


def judge(ledger: Ledger, stack: Stack, rabbit: RabbitNode) -> Verdict:
    return ledger.judge(stack, rabbit, VHOST)


def test_a_healthy_run_is_clean(ledger: Ledger, stack: Stack, rabbit: RabbitNode) -> None:
    verdict = judge(ledger, stack, rabbit)

    assert verdict.is_clean, verdict
    assert verdict.ok >= 60
    assert verdict.ok == len(ledger.attempts)


def test_a_run_of_which_nothing_was_accepted_has_shown_nothing(stack: Stack, rabbit: RabbitNode) -> None:
    assert not judge(Ledger("2023-05-18"), stack, rabbit).is_clean


def test_an_answered_event_that_is_not_there_is_lost(ledger: Ledger, stack: Stack, rabbit: RabbitNode) -> None:
    wrong = Ledger(DAY, dict(ledger.attempts) | {("/apps/x", "never"): [Outcome.UNKNOWN, Outcome.OK]})

    verdict = judge(wrong, stack, rabbit)

    assert {place for _, place in verdict.lost} == {"log", "segments", "figures"}
    assert {key for key, _ in verdict.lost} == {("/apps/x", "never")}


def test_an_event_that_nobody_sent_or_that_was_refused_is_unexpected(
    ledger: Ledger, stack: Stack, rabbit: RabbitNode
) -> None:
    key = key_of(ledger)
    never_sent = Ledger(DAY, {other: tries for other, tries in ledger.attempts.items() if other != key})
    refused = Ledger(DAY, dict(ledger.attempts) | {key: [Outcome.FAIL]})

    for wrong in (never_sent, refused):
        assert judge(wrong, stack, rabbit).unexpected == [key]


def test_what_an_app_did_not_hear_of_is_there_wholly_or_not_at_all(
    ledger: Ledger, stack: Stack, rabbit: RabbitNode
) -> None:
    key = key_of(ledger)
    unsure = Ledger(DAY, dict(ledger.attempts) | {key: [Outcome.UNKNOWN], ("/apps/x", "never"): [Outcome.UNKNOWN]})

    verdict = judge(unsure, stack, rabbit)
    assert (verdict.unknown, verdict.recovered, verdict.is_clean) == (2, 1, True)

    with changed(stack, *HIDDEN, key[1]):
        assert (key, "in part") in judge(unsure, stack, rabbit).lost


@pytest.mark.parametrize(("service", "change", "undo", "place"), [(*HIDDEN, "figures"), (*UNKNOWN_TO_THE_LOG, "log")])
def test_an_event_that_is_missing_in_one_place_is_lost(
    ledger: Ledger, stack: Stack, rabbit: RabbitNode, service: str, change: str, undo: str, place: str
) -> None:
    key = key_of(ledger)

    with changed(stack, service, change, undo, key[1]):
        assert judge(ledger, stack, rabbit).lost == [(key, place)]


def test_what_is_counted_twice_is_duplicated(ledger: Ledger, stack: Stack, rabbit: RabbitNode) -> None:
    key = key_of(ledger)
    with changed(stack, "reporting", "UPDATE evidence SET quantity = quantity + 1 WHERE event_id = %s AND side = 1",
                 "UPDATE evidence SET quantity = quantity - 1 WHERE event_id = %s AND side = 1", key[1]):  # fmt: skip
        assert judge(ledger, stack, rabbit).duplicated == [f"{key} 2 times in figures"]

    more = "UPDATE assists_by_day SET assists = assists {} 1 WHERE ctid = (SELECT min(ctid) FROM assists_by_day) AND %s <> ''"
    with changed(stack, "reporting", more.format("+"), more.format("-"), key[1]):
        assert judge(ledger, stack, rabbit).duplicated == [
            f"the figure is {len(ledger.attempts) + 1} for {len(ledger.attempts)} events"
        ]


def test_a_message_that_stays_in_a_queue_is_left_over(ledger: Ledger, stack: Stack, rabbit: RabbitNode) -> None:
    connection = pika.BlockingConnection(pika.URLParameters(rabbit.url_of(VHOST)))
    channel = connection.channel()
    channel.queue_declare("forgotten")
    channel.basic_publish("", "forgotten", b"x")

    assert judge(ledger, stack, rabbit).left_over == ["in queues: {'forgotten': 1}"]

    channel.queue_delete("forgotten")
    connection.close()


def test_a_final_state_that_cannot_be_read_is_no_verdict(ledger: Ledger, stack: Stack, rabbit: RabbitNode) -> None:
    away = changed(stack, "reporting", "ALTER TABLE evidence RENAME TO gone", "ALTER TABLE gone RENAME TO evidence")
    with away, pytest.raises(psycopg.Error):
        judge(ledger, stack, rabbit)
