"""A consumer on a real broker: messages that are no segment are kept apart and acknowledged, and what the broker loses
is fetched from the feed.

The consumer is reporting's own, in a thread of the test, so that it can be seen to live on.
"""

from __future__ import annotations

import datetime as dt
import decimal
import gzip
import threading
import zlib
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pika
import pytest

from deploy.cds import wiring
from shared import metrics
from shared.subscription import Subscription
from shared.topology import EXCHANGE, headers, queue_name, routing_key
from tests.support.events import DAY, assist
from tests.support.postgres import TestPostgres
from tests.support.rabbitmq import RabbitNode
from tests.support.stack import Stack, wait_for

EMPTY = gzip.compress(b"[]")
DEEP = gzip.compress(
    b'[{"specversion":"1.0","id":"00000000-0000-7000-8000-000000000001","source":"/x","type":"t","partitionkey":"k",'
    b'"subject":"00000000-0000-7000-8000-000000000001","time":"2023-03-08T00:00:00Z",'
    b'"recordedtime":"2023-03-08T00:00:00Z","data":' + b"[" * 100_000 + b"]" * 100_000 + b"}]"
)


class Reader:
    """Reporting's consumer in a thread."""

    def __init__(self, stack: Stack, heads_interval: float) -> None:
        settings = replace(stack.settings, heads_interval_seconds=heads_interval)
        self.subscription: Subscription = wiring.subscription("reporting", settings)
        self._thread = threading.Thread(target=self.subscription.run, daemon=True)
        self._thread.start()
        wait_for(lambda: self.subscription.is_connected, 30, "consuming")

    @property
    def is_alive(self) -> bool:
        return self._thread.is_alive() and self.subscription.failure is None

    def close(self) -> None:
        self.subscription.stop()
        self._thread.join(timeout=10)
        assert not self._thread.is_alive()


@pytest.fixture(scope="module")
def stack(postgres: TestPostgres, rabbit: RabbitNode) -> Iterator[Stack]:
    url = rabbit.add_vhost("subscription")
    with Stack(postgres, url) as made:
        made.serve()
        made.relay("sessions").wait_for_output('"publishing"')
        made.relay("registry").wait_for_output('"publishing"')
        yield made
    rabbit.delete_vhost("subscription")


@pytest.fixture(scope="module")
def reader(stack: Stack) -> Iterator[Reader]:
    """One that compares with the heads only at its start: whatever arrives later came over the broker."""
    made = Reader(stack, heads_interval=3600)
    yield made
    made.close()


@pytest.fixture
def channel(stack: Stack) -> Iterator[Any]:
    connection = pika.BlockingConnection(pika.URLParameters(stack.settings.broker_url))
    yield connection.channel()
    connection.close()


def total(stack: Stack) -> int:
    found: int = stack.tallies(from_=DAY)["totals"]["assists"]
    return found


def shard(stack: Stack) -> int:
    """The shard of the ward whose app the tests use; found with its first event."""
    if not stack.ask("sessions", "SELECT 1 FROM event_key LIMIT 1"):
        stack.post(assist())
    return int(wait_for(lambda: stack.ask("sessions", "SELECT shard FROM segment LIMIT 1"))[0][0])


def epoch(stack: Stack) -> str:
    return str(stack.ask("sessions", "SELECT epoch FROM stream_state")[0][0])


def unreadable(stack: Stack) -> list[tuple[Any, ...]]:
    return stack.ask("reporting", "SELECT reason, body, headers FROM unreadable_message ORDER BY message_id")


def ready_messages(stack: Stack, rabbit: RabbitNode, name: str) -> tuple[str, str]:
    """How many messages of a queue are ready, and how many unacknowledged, as the broker says."""
    rows = rabbit.ctl("list_queues", "-p", "subscription", "name", "messages_ready", "messages_unacknowledged")
    found = {row.split("\t")[0]: row.split("\t")[1:] for row in rows.splitlines()}
    return found[name][0], found[name][1]


def raw(number: Any = 1, events: Any = 1, **other: Any) -> dict[str, Any]:
    """Headers of a segment of the epoch that the test fills in."""
    return headers("sessions", "epoch", 3, number, events) | other


POISON: dict[str, tuple[bytes, dict[str, Any] | None, dict[str, Any]]] = {
    "no body": (b"", raw(), {}),
    "no gzip": (b"hello", raw(), {}),
    "a batch of nothing": (EMPTY, raw(), {}),
    "gzip cut off": (gzip.compress(b'[{"a":1}]')[:-5], raw(), {}),
    "no event": (gzip.compress(b'[{"a":1}]'), raw(), {}),
    "not utf-8": (gzip.compress(b'[{"specversion":"\xff"}]'), raw(), {}),
    "nested deep": (DEEP, raw(), {}),
    "a bomb": (gzip.compress(b" " * 50_000_000), raw(), {}),
    "a compression header": (zlib.compress(b" " * 50_000_000), raw(compression="application/x-gzip"), {}),
    "a compression of nobody": (b"x", {"compression": "zstd"}, {}),
    "no headers": (EMPTY, None, {}),
    "segment 0": (EMPTY, raw(0), {}),
    "a negative segment": (EMPTY, raw(-1), {}),
    "a segment in words": (EMPTY, raw("1"), {}),
    "a segment that is true": (EMPTY, raw(True), {}),
    "a segment far ahead": (EMPTY, raw(2**62), {}),
    "no such shard": (EMPTY, raw(shard=99), {}),
    "another stream": (EMPTY, raw(stream="payments"), {}),
    "a stream that is a list": (EMPTY, raw(stream=["sessions"]), {}),
    "an epoch of nobody": (EMPTY, raw(epoch="00000000-0000-7000-8000-000000000001"), {}),
    "an epoch that is none": (EMPTY, raw(epoch="nonsense"), {}),
    "an epoch that is a number": (EMPTY, raw(epoch=5), {}),
    "typed headers": (
        EMPTY,
        {"a": decimal.Decimal("1.5"), "t": dt.datetime(2020, 1, 1), "n": None, "b": b"\0\xff", "l": [1, {"x": [None]}]},
        {},
    ),
    "pickle": (b"\x80\x04.", raw(), {"content_type": "application/x-python-serialize", "content_encoding": "binary"}),
    "an object of kombu's": (b'{"__type__":"uuid","__value__":"x"}', raw(), {"content_type": "application/json"}),
    "an encoding of nobody": (EMPTY, raw(), {"content_encoding": "nonsense-8"}),
    "a time without end": (EMPTY, raw(), {"timestamp": 2**63 - 1}),
    "a made up x-death": (EMPTY, raw() | {"x-death": [{"count": 5, "reason": "rejected"}]}, {}),
}


@pytest.mark.parametrize("name", POISON)
def test_a_message_that_is_no_segment_is_kept_with_its_bytes_and_the_consumer_goes_on(
    stack: Stack, reader: Reader, channel: Any, name: str
) -> None:
    body, given, properties = POISON[name]
    untouched = next(number for number in range(4) if number != shard(stack))
    filled = {
        key: epoch(stack) if value == "epoch" else untouched if (key, value) == ("shard", 3) else value
        for key, value in (given or {}).items()
    }
    before = len(unreadable(stack))

    made = pika.BasicProperties(headers=filled if given is not None else None, **properties)
    channel.basic_publish("", queue_name("reporting", "sessions", untouched), body, made)

    _, kept, _ = wait_for(lambda: unreadable(stack)[before:], 10, name)[0]
    assert kept == body[: len(kept)]
    assert len(kept) == min(len(body), 65_536)
    assert reader.is_alive
    assert stack.ask(
        "reporting", "SELECT segment FROM position WHERE stream = 'sessions' AND shard = %s", untouched
    ) == [(0,)]


def test_after_all_that_nothing_waits_in_the_queues_and_the_next_event_is_counted(
    stack: Stack, reader: Reader, channel: Any, rabbit: RabbitNode
) -> None:
    before = total(stack)
    queue = queue_name("reporting", "sessions", shard(stack))
    channel.basic_publish("", queue, b"hello", pika.BasicProperties(headers={}))

    assert stack.post(assist()).status_code == 201

    wait_for(lambda: total(stack) == before + 1, 10)
    wait_for(lambda: ready_messages(stack, rabbit, queue) == ("0", "0"), 10)


def test_a_segment_delivered_again_changes_nothing_and_is_acknowledged(
    stack: Stack, reader: Reader, channel: Any, rabbit: RabbitNode
) -> None:
    before = total(stack)
    number, events, body = stack.ask(
        "sessions", "SELECT number, events, body FROM segment WHERE shard = %s", shard(stack)
    )[0]
    given = headers("sessions", epoch(stack), shard(stack), number, events)

    for _ in range(3):
        channel.basic_publish(
            EXCHANGE, routing_key("sessions", shard(stack)), body, pika.BasicProperties(headers=given)
        )
    stack.post(assist())

    wait_for(lambda: total(stack) == before + 1, 10)
    queue = queue_name("reporting", "sessions", shard(stack))
    wait_for(lambda: ready_messages(stack, rabbit, queue) == ("0", "0"), 10)


class Unbound:
    """While it lasts, reporting's queue gets nothing, and the broker confirms all the same: another queue takes it."""

    def __init__(self, stack: Stack, channel: Any) -> None:
        self._channel = channel
        self._queue = queue_name("reporting", "sessions", shard(stack))
        self._key = routing_key("sessions", shard(stack))

    def __enter__(self) -> None:
        other = self._channel.queue_declare("", exclusive=True).method.queue
        self._channel.queue_bind(other, EXCHANGE, self._key)
        self._channel.queue_unbind(self._queue, EXCHANGE, self._key)

    def __exit__(self, *_: object) -> None:
        self._channel.queue_bind(self._queue, EXCHANGE, self._key)


def confirmed(stack: Stack) -> bool:
    return stack.ask("sessions", "SELECT count(*) FROM event_log")[0][0] + unconfirmed(stack) == 0


def unconfirmed(stack: Stack) -> int:
    found: int = stack.ask("sessions", "SELECT count(*) FROM segment WHERE published_at IS NULL")[0][0]
    return found


def test_a_gap_is_filled_from_the_feed_in_order_when_the_next_segment_comes(
    stack: Stack, reader: Reader, channel: Any
) -> None:
    before = total(stack)
    gaps = metrics.consumer_gaps.labels("reporting", "sessions")
    met = gaps._value.get()
    with Unbound(stack, channel):
        stack.post(assist())
        wait_for(lambda: confirmed(stack))
    assert total(stack) == before

    stack.post(assist())

    wait_for(lambda: total(stack) == before + 2, 10)
    assert gaps._value.get() == met + 1


def test_a_tail_that_the_broker_lost_comes_with_the_next_comparison_of_heads(
    stack: Stack, reader: Reader, channel: Any
) -> None:
    before = total(stack)
    with Unbound(stack, channel):
        stack.post(assist())
        wait_for(lambda: confirmed(stack))
    assert total(stack) == before

    reader.subscription.heads_interval = 0.5
    wait_for(lambda: total(stack) == before + 1, 10)
    reader.subscription.heads_interval = 3600


def test_a_queue_that_is_deleted_under_a_consumer_is_declared_again(
    stack: Stack, reader: Reader, channel: Any, rabbit: RabbitNode
) -> None:
    before = total(stack)
    channel.queue_delete(queue_name("reporting", "sessions", shard(stack)))

    stack.post(assist())

    wait_for(lambda: total(stack) == before + 1, 20)
    wait_for(lambda: reader.is_alive and reader.subscription.is_connected, 20)


def test_a_source_of_another_epoch_is_refused_and_makes_the_consumer_unready(stack: Stack, reader: Reader) -> None:
    """The last test of this file: the source is another one afterwards."""
    reader.subscription.heads_interval = 0.2
    stack.do("sessions", "UPDATE stream_state SET epoch = gen_random_uuid()")

    wait_for(lambda: "EpochChanged" in str(reader.subscription.health()["caught up"]()), 10)

    assert not reader.subscription.caught_up.is_set()
