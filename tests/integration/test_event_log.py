"""The log gives an order afterwards: nothing that commits late is skipped, nothing is appended or cut twice.

Real transactions on a real server: who holds what open, and in which order they commit, is the subject here.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from shared import clock, database, segments
from shared.database import Connection
from shared.event_log import Entry, Raced, append, digest_of, known, shard_of, source_id_of
from tests.support.postgres import TestPostgres

PLAIN = "-c timezone=UTC"


@pytest.fixture
def log_url(postgres: TestPostgres) -> Iterator[str]:
    """A database with the tables of the sessions service and one source, number 1."""
    url = postgres.fresh_database(_fill)
    yield url
    postgres.drop(url)


def _fill(url: str) -> None:
    database.migrate("sessions", url)
    with database.connect(url) as connection:
        assert source_id_of(connection, "/apps/one") == 1


def entry(text: str, shard: int = 0, event_id: uuid.UUID | None = None) -> Entry:
    body = b'{"text":"' + text.encode() + b'"}'
    return Entry(1, event_id or uuid.uuid4(), shard, digest_of(body), clock.now(), body)


def cut(url: str, *shards: int) -> int:
    with database.connect(url) as connection:
        return segments.cut(connection, shards or (0, 1, 2, 3))


def texts(url: str, shard: int = 0) -> list[bytes]:
    """The events of a shard in the order of its segments."""
    with database.connect(url) as connection:
        epoch, _ = segments.open_stream(connection, "sessions", 4)
        found = segments.read(connection, "sessions", epoch, shard, 0, 1000)
    numbers = [segment.number for segment in found]
    assert numbers == list(range(1, len(numbers) + 1)), "numbers have a gap"
    return [body for segment in found for body in segment.inflate().strip(b"[]").split(b",")]


def test_a_row_that_commits_late_is_not_skipped_and_what_began_after_it_waits(log_url: str) -> None:
    early = database.connect(log_url, PLAIN)
    late = database.connect(log_url, PLAIN)
    append(early, [entry("began first")])
    append(late, [entry("began second")])

    late.commit()

    assert cut(log_url) == 0, "the first transaction may still commit a row that comes before"
    early.commit()
    assert cut(log_url) == 2
    assert texts(log_url) == [b'{"text":"began first"}', b'{"text":"began second"}']
    early.close()
    late.close()


def test_a_transaction_that_is_rolled_back_holds_nothing_up(log_url: str) -> None:
    failed = database.connect(log_url, PLAIN)
    append(failed, [entry("never")])
    with database.connect(log_url) as connection:
        append(connection, [entry("kept")])

    failed.rollback()
    failed.close()

    assert cut(log_url) == 1
    assert texts(log_url) == [b'{"text":"kept"}']


def test_a_writer_in_another_database_of_the_cluster_does_not_hold_the_log_back(
    log_url: str, database_url: str
) -> None:
    elsewhere = database.connect(database_url, PLAIN)
    elsewhere.execute("CREATE TABLE there (n int)")

    with database.connect(log_url) as connection:
        append(connection, [entry("here")])

    assert cut(log_url) == 1
    elsewhere.rollback()
    elsewhere.close()


def test_the_same_event_is_appended_once_whoever_comes_second(log_url: str) -> None:
    event = entry("once")
    first = database.connect(log_url, PLAIN)
    append(first, [event])

    with ThreadPoolExecutor(1) as pool:
        second = pool.submit(_append_alone, log_url, [event])
        first.commit()
        with pytest.raises(Raced):
            second.result(timeout=20)

    first.close()
    assert cut(log_url) == 1
    with pytest.raises(Raced):
        _append_alone(log_url, [event])
    assert cut(log_url) == 0


def _append_alone(url: str, events: list[Entry]) -> None:
    with database.connect(url, PLAIN) as connection:
        append(connection, events)


def test_two_senders_of_the_same_batch_in_opposite_orders_wait_instead_of_deadlocking(log_url: str) -> None:
    events = [entry(f"event {n}") for n in range(200)]

    with ThreadPoolExecutor(2) as pool:
        sent = [pool.submit(_append_alone, log_url, order) for order in (events, events[::-1])]
        errors = [future.exception(timeout=30) for future in sent]

    assert sorted(type(error).__name__ for error in errors) == ["NoneType", "Raced"]
    assert cut(log_url) == 200


def test_a_sender_that_looked_before_a_cut_is_told_after_it(log_url: str) -> None:
    event = entry("moved away by the cut")
    _append_alone(log_url, [event])
    sender = database.connect(log_url, PLAIN)
    with sender.cursor() as cursor:
        cursor.execute("SELECT 1")

    assert cut(log_url) == 1

    with pytest.raises(Raced):
        append(sender, [event])
    sender.rollback()
    found = known(sender, 1, [event.event_id])
    assert (found[event.event_id].digest, found[event.event_id].segment) == (event.digest, 1)
    sender.close()


def test_a_batch_keeps_its_order_although_it_is_inserted_in_the_order_of_its_keys(log_url: str) -> None:
    events = [entry(f"event {n:03}") for n in range(50)]

    _append_alone(log_url, events)
    cut(log_url)

    assert texts(log_url) == [event.body for event in events]


def test_segments_are_bounded_by_count_and_by_bytes_and_numbered_without_a_gap(log_url: str) -> None:
    small = [entry(f"{n}") for n in range(segments.MAX_EVENTS + 1)]
    large = [entry("x" * 200_000, shard=1) for _ in range(4)]
    _append_alone(log_url, small)
    _append_alone(log_url, large)

    assert cut(log_url) == len(small) + len(large)

    with database.connect(log_url) as connection:
        counts = connection.execute("SELECT shard, number, events FROM segment ORDER BY shard, number").fetchall()
    assert counts == [(0, 1, segments.MAX_EVENTS), (0, 2, 1), (1, 1, 2), (1, 2, 2)]


def test_what_waits_for_its_reference_is_appended_by_its_resolver_alone(log_url: str) -> None:
    event = entry("a correction before its record")
    with database.connect(log_url) as connection:
        connection.execute(
            "INSERT INTO event_key (source_id, event_id, digest, shard, recorded_at) VALUES (1, %s, %s, 0, now())",
            [event.event_id, event.digest],
        )

    with pytest.raises(Raced):
        _append_alone(log_url, [event])
    with database.connect(log_url) as connection:
        append(connection, [event], resolving=True)

    assert cut(log_url) == 1
    assert _segment_of(log_url, event) == 1


def _segment_of(url: str, event: Entry) -> int | None:
    with database.connect(url) as connection:
        return known(connection, 1, [event.event_id])[event.event_id].segment


def test_a_ward_keeps_its_shard_and_wards_are_spread() -> None:
    wards = [str(uuid.uuid5(uuid.NAMESPACE_URL, f"ward {n}")) for n in range(400)]

    shards = [shard_of(ward, 4) for ward in wards]

    assert shards == [shard_of(ward, 4) for ward in wards]
    assert min(shards.count(shard) for shard in range(4)) > 60


def test_a_lock_on_a_subject_is_taken_before_the_transaction_has_an_id(log_url: str) -> None:
    connection: Connection = database.connect(log_url, PLAIN)
    connection.execute("SELECT pg_advisory_xact_lock(key) FROM unnest(%s::bigint[]) AS g(key)", [[3, 5]])

    row = connection.execute("SELECT pg_current_xact_id_if_assigned()").fetchone()

    assert row == (None,), "the lock itself would order this transaction before the one it waits for"
    connection.close()
