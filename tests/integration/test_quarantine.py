"""What is put aside waits for a person, keeps the order of its subject, and is applied once, whoever tries it again."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator

import psycopg
import pytest
import sqlalchemy as sa

from shared import database, quarantine
from shared.consumer import Applier, Consumer, Work
from shared.events import registry
from shared.events.facts import Logged
from shared.segments import Segment
from tests.integration.test_consumer import _fill, held, logged, seen, segment
from tests.support.postgres import TestPostgres

FAILING: set[str] = set()
AWAY: list[str] = []
SLOW = threading.Event()
PASSED = threading.Event()


def see(work: Work, event: Logged, fact: registry.OfficeDeclared) -> None:
    """Write the event's name into the table; fail, or meet a database that is away, where the test says so."""
    work.connection.execute("INSERT INTO seen (subject, name) VALUES (%s, %s)", [event.subject, fact.name])
    if fact.name in AWAY:
        AWAY.remove(fact.name)
        raise psycopg.OperationalError("the connection is lost")
    if fact.name in FAILING:
        raise ValueError(f"cannot apply {fact.name}")
    if SLOW.is_set():
        PASSED.wait(10)


CONSUMER = Consumer("reporting", {registry.OfficeDeclared: [see]})


@pytest.fixture
def engine(postgres: TestPostgres) -> Iterator[sa.Engine]:
    FAILING.clear()
    AWAY.clear()
    SLOW.clear()
    PASSED.clear()
    url = postgres.fresh_database(_fill)
    made = database.engine(url)
    yield made
    made.dispose()
    postgres.drop(url)


@pytest.fixture
def applier(engine: sa.Engine) -> Applier:
    """With two events of one subject in quarantine: `first` failed, `second` waits behind it."""
    made = Applier(CONSUMER, engine)
    FAILING.add("first")
    made.apply(segment(1, logged("first", 1), logged("second", 1)))
    assert [reason for reason, _ in held(engine)] == ["failed", "behind"]
    return made


def _ids(engine: sa.Engine) -> list[int]:
    with database.transaction(engine) as connection:
        return [item.quarantine_id for item in quarantine.waiting(connection)]


def test_a_later_event_that_is_retried_alone_does_not_overtake_the_one_it_waits_behind(
    applier: Applier, engine: sa.Engine
) -> None:
    _, second = _ids(engine)

    assert applier.retry([second]) == (0, 2)

    assert seen(engine) == []


def test_what_waits_behind_a_dropped_event_can_be_applied(applier: Applier, engine: sa.Engine) -> None:
    first, second = _ids(engine)
    with database.transaction(engine) as connection:
        quarantine.release(connection, first, "dropped: a test record")

    assert applier.retry([second]) == (1, 0)

    assert seen(engine) == ["second"]


def test_an_event_that_still_fails_keeps_its_place_and_changes_nothing(applier: Applier, engine: sa.Engine) -> None:
    assert applier.retry() == (0, 2)

    assert seen(engine) == []
    assert [reason for reason, _ in held(engine)] == ["failed", "behind"]


def test_two_who_retry_at_once_apply_an_event_once(applier: Applier, engine: sa.Engine) -> None:
    first, _ = _ids(engine)
    FAILING.clear()
    SLOW.set()
    threads = [threading.Thread(target=applier.retry, args=([first],)) for _ in range(2)]
    for thread in threads:
        thread.start()
    PASSED.wait(0.5)
    PASSED.set()
    for thread in threads:
        thread.join(timeout=20)

    assert seen(engine) == ["first"]


def test_a_database_that_is_away_in_the_middle_of_care_puts_nobody_aside(engine: sa.Engine) -> None:
    applier = Applier(CONSUMER, engine)
    FAILING.add("bad")
    both = segment(1, logged("bad", 1), logged("good", 2))
    for _ in range(8):
        AWAY.append("good")
        with pytest.raises(psycopg.OperationalError):
            applier.apply(both)

    applier.apply(both)

    assert seen(engine) == ["good"]
    assert [reason for reason, _ in held(engine)] == ["failed"]


def test_a_database_that_is_away_again_and_again_leads_to_care_and_loses_nothing(engine: sa.Engine) -> None:
    applier = Applier(CONSUMER, engine)
    two: Segment = segment(1, logged("a", 1), logged("b", 2))
    for _ in range(6):
        AWAY.append("a")
        with pytest.raises(psycopg.OperationalError):
            applier.apply(two)

    applier.apply(two)

    assert seen(engine) == ["a", "b"]
    assert held(engine) == []


def test_text_that_postgresql_does_not_take_is_put_aside_all_the_same(engine: sa.Engine) -> None:
    applier = Applier(CONSUMER, engine)
    odd = logged("x", 3, ce_type="vn.congdongso.\x00odd.v1")

    applier.apply(segment(1, odd))

    assert [reason for reason, _ in held(engine)] == ["unknown_type"]


def test_unreadable_messages_are_kept_with_their_bytes_and_bounded(engine: sa.Engine) -> None:
    with database.transaction(engine) as connection:
        for number in range(quarantine.KEPT_MESSAGES + 5):
            quarantine.keep_message(connection, "reporting.sessions.0", "bad\x00", "{'h': '\x00'}", b"%d" % number)
        quarantine.keep_message(connection, "reporting.sessions.0", "big", "{}", b"x" * (quarantine.KEPT_BYTES + 1))
        rows = connection.execute("SELECT body FROM unreadable_message ORDER BY message_id").fetchall()

    assert len(rows) == quarantine.KEPT_MESSAGES
    assert rows[0][0] == b"6"
    assert len(rows[-1][0]) == quarantine.KEPT_BYTES


def test_a_subject_is_held_until_its_last_event_is_released(applier: Applier, engine: sa.Engine) -> None:
    subject = uuid.UUID(int=101)
    FAILING.clear()

    applier.retry([_ids(engine)[0]])
    with database.transaction(engine) as connection:
        assert quarantine.held_subjects(connection) == {subject}
    applier.apply(segment(2, logged("third", 1)))
    applier.retry()

    assert seen(engine) == ["first", "second", "third"]
