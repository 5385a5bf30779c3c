"""What can be wrong with a message, published raw to the consumer's queue on a real broker.

Messages are segments, so nothing is dead-lettered: what is no segment is kept apart with its reason and acknowledged,
the process lives on, what could be applied is never acknowledged unapplied, and in the end the figures are right by the
feed. `ROWS` says for each kind of bad message which test shows it; a test compares.
"""

from __future__ import annotations

import ast
import datetime as dt
import decimal
import gzip
import json
import os
import re
import threading
import uuid
import zlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pika
import pika.exceptions
import pytest

from shared.topology import POLICY, headers, queue_name
from tests.integration.test_subscription_rabbitmq import Reader, Unbound, confirmed, epoch, shard, total, unreadable
from tests.support.events import DAY, assist
from tests.support.postgres import TestPostgres
from tests.support.rabbitmq import RabbitNode
from tests.support.stack import Stack, wait_for

HERE = Path(__file__).parent
VHOST = "poison"
WITHIN = 60.0
RAW = "test_amqp_poison.py::test_a_message_that_is_no_segment_is_kept_apart_and_the_figures_stay_right"
KEPT = (
    "test_subscription_rabbitmq.py::test_a_message_that_is_no_segment_is_kept_with_its_bytes_and_the_consumer_goes_on"
)

# What is published: the tests that show what becomes of it.
ROWS: dict[str, list[str]] = {
    "no body, no JSON, no UTF-8, cut off, nested 100,000 deep": [KEPT],
    "20 MB, past the broker's limit of 1 MiB": [
        "test_amqp_poison.py::test_a_message_past_the_brokers_limit_is_refused_to_its_publisher_and_harms_nobody",
    ],
    "a bomb behind a compression header, or in the body": [
        KEPT, "test_amqp_poison.py::test_a_bomb_is_not_inflated_in_the_memory_of_the_consumer",
    ],
    "content types of pickle, YAML, MessagePack": [KEPT, RAW],
    "objects that kombu would make of JSON": [KEPT],
    "an encoding of nobody; nested, huge and typed headers": [KEPT, RAW],
    "a header that is missing or malformed": [
        KEPT, "test_amqp_poison.py::test_without_one_of_its_headers_a_message_is_no_segment",
    ],
    "number 0, -1, past 63 bits, in words; another epoch": [KEPT, RAW],
    "the next number with bytes that are no segment": [
        "test_amqp_poison.py::test_a_segment_whose_message_was_spoilt_comes_from_the_feed",
    ],
    "a number far past the source": [KEPT],
    "the same number with another content": [
        "test_amqp_poison.py::test_another_content_under_a_number_that_was_applied_changes_nothing",
    ],
    "a number that the source has not cut": [
        "test_amqp_poison.py::test_a_segment_that_its_source_never_cut_makes_the_consumer_unready",
    ],
    "the same event in another segment": ["test_amqp_poison.py::test_the_intake_gives_an_event_to_one_segment_only"],
    "an unknown type, or a newer version": [
        "test_amqp_poison.py::test_a_type_of_a_newer_release_is_parked_and_its_neighbours_are_counted",
        "test_consumer.py::test_a_type_of_a_newer_release_is_kept_and_applied_after_the_upgrade",
    ],
    # Ward apps do not speak AMQP: publishers are our own services, each with a user of its own.
    "a user id that is not the publisher's, another service's stream": [
        "test_amqp_poison.py::test_a_forged_user_id_is_refused_by_the_broker",
        "test_broker_definitions.py::test_a_service_without_a_log_cannot_publish",
        "test_broker_definitions.py::test_who_relays_a_stream_cannot_publish_as_another",
    ],
    "CC, BCC, expiration, priority, reply_to, x-death, delivery mode 1 on a real segment": [
        "test_amqp_poison.py::test_properties_of_a_real_segment_that_ask_for_something_else_are_ignored",
    ],
    "delivered again a hundred times": [
        "test_amqp_poison.py::test_a_segment_that_the_broker_gave_up_on_comes_from_the_feed",
        "test_subscription_rabbitmq.py::test_a_segment_delivered_again_changes_nothing_and_is_acknowledged",
    ],
    "a segment of the release before": [
        "test_golden_twice.py::test_a_sample_applied_twice_is_a_duplicate_and_leaves_the_rows_of_the_first_time",
    ],
}  # fmt: skip


def test_every_kind_of_bad_message_is_shown_by_a_test_that_exists() -> None:
    for kind, tests in ROWS.items():
        assert tests, kind
        for test in tests:
            file, name = test.split("::")
            assert name in functions(HERE / file), test


def functions(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


# -- a whole Congdongso on a broker -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def stack(postgres: TestPostgres, rabbit: RabbitNode) -> Iterator[Stack]:
    url = rabbit.add_vhost(VHOST)
    definition = json.dumps(POLICY["definition"])
    rabbit.ctl("set_policy", "-p", VHOST, POLICY["name"], POLICY["pattern"], definition, "--apply-to", "queues")
    with Stack(postgres, url) as made:
        made.serve()
        made.relay("sessions").wait_for_output('"publishing"', WITHIN)
        made.relay("registry").wait_for_output('"publishing"', WITHIN)
        yield made
    rabbit.delete_vhost(VHOST)


@pytest.fixture
def reader(stack: Stack) -> Iterator[Reader]:
    """One that compares with the heads only at its start: whatever arrives later came over the broker."""
    made = Reader(stack, heads_interval=3600)
    yield made
    made.close()


@pytest.fixture
def channel(stack: Stack) -> Iterator[Any]:
    connection = pika.BlockingConnection(pika.URLParameters(stack.settings.broker_url))
    yield connection.channel()
    with suppress(pika.exceptions.AMQPError):
        connection.close()


def queue(stack: Stack) -> str:
    return queue_name("reporting", "sessions", shard(stack))


def position(stack: Stack) -> int:
    rows = stack.ask("reporting", "SELECT segment FROM position WHERE stream = 'sessions' AND shard = %s", shard(stack))
    return int(rows[0][0]) if rows else 0


def counted(stack: Stack, number: int) -> None:
    wait_for(lambda: total(stack) == number, WITHIN, f"{number} assists on {DAY}, not {total(stack)}")


def given(stack: Stack, number: Any = None, **other: Any) -> dict[str, Any]:
    """Headers of a segment of the shard that is in use; by default of the next one."""
    number = position(stack) + 1 if number is None else number
    return headers("sessions", epoch(stack), shard(stack), number, 1) | other


def last_segment(stack: Stack) -> tuple[int, int, bytes]:
    found = "SELECT number, events, body FROM segment WHERE shard = %s ORDER BY number DESC LIMIT 1"
    number, events, body = stack.ask("sessions", found, shard(stack))[0]  # `shard` sees to the first
    return number, events, bytes(body)


def publish(channel: Any, name: str, body: bytes, table: dict[str, Any] | None, **properties: Any) -> None:
    channel.basic_publish("", name, body, pika.BasicProperties(headers=table, **properties))


EMPTY = gzip.compress(b"[]")
HUGE = {f"key-{number}": {"deep": [{"x": [None, b"\0", decimal.Decimal("1.5")]}] * 5} for number in range(300)}
RAW_MESSAGES: dict[str, tuple[bytes, dict[str, Any], dict[str, Any]]] = {
    "YAML": (b"!!python/object/apply:os.system ['true']", {}, {"content_type": "application/x-yaml"}),
    "MessagePack": (b"\x81\xa1a\xc4\x01\xff", {}, {"content_type": "application/x-msgpack", "content_encoding": "binary"}),
    "pickle in base64": (b"gASVBA==", {}, {"content_type": "application/x-python-serialize"}),
    "an unknown content type": (b"x", {}, {"content_type": "application/x-nobody", "content_encoding": "x"}),
    "JSON that is no batch": (gzip.compress(b'{"a": 1}'), {}, {}),
    "NaN": (gzip.compress(b"[NaN]"), {}, {}),
    "a duplicate key": (gzip.compress(b'[{"id": 1, "id": 2}]'), {}, {}),
    "UTF-16": (gzip.compress("[]".encode("utf-16")), {}, {}),
    "two members of gzip": (EMPTY + EMPTY, {}, {}),
    "a tail after gzip": (EMPTY + b"x" * 100, {}, {}),
    "zlib": (zlib.compress(b"[]"), {}, {}),
    "300 kB of nothing": (b"\0" * 300_000, {}, {}),
    "huge headers": (EMPTY, HUGE, {}),
    "a header of 60 kB": (EMPTY, {"note": "x" * 60_000}, {}),
    "text that breaks a log": (EMPTY, {"note": "\x1b[31m\r\n\u2028\0"}, {}),
    "a number of many digits": (EMPTY, {"segment": decimal.Decimal("9e8")}, {}),
    "the least number": (EMPTY, {"segment": -(2**63)}, {}),
    "the greatest number": (EMPTY, {"segment": 2**63 - 1}, {}),
    "a number that is a time": (EMPTY, {"segment": dt.datetime(2023, 3, 8)}, {}),
    "a negative count": (EMPTY, {"events": -1}, {}),
    "a shard that is a text": (EMPTY, {"shard": "0"}, {}),
    "a shard below zero": (EMPTY, {"shard": -1}, {}),
    "an epoch with braces": (EMPTY, {"epoch": "{0190f5c2-7b1c-7d3e-9a4b-000000000001}"}, {}),
    "the registry's stream": (EMPTY, {"stream": "registry"}, {}),
}  # fmt: skip


@pytest.mark.parametrize("name", RAW_MESSAGES)
def test_a_message_that_is_no_segment_is_kept_apart_and_the_figures_stay_right(
    stack: Stack, reader: Reader, channel: Any, name: str
) -> None:
    body, other, properties = RAW_MESSAGES[name]
    wait_for(lambda: position(stack) == last_segment(stack)[0], WITHIN, "what came before is applied")
    before, kept, at = total(stack), len(unreadable(stack)), position(stack)

    publish(channel, queue(stack), body, given(stack, **other), **properties)

    reason, stored, _ = wait_for(lambda: unreadable(stack)[kept:], WITHIN, name)[0]
    assert reason
    assert stored == body[: len(stored)]
    assert position(stack) == at
    assert stack.post(assist()).status_code == 201
    counted(stack, before + 1)
    assert reader.is_alive


@pytest.mark.parametrize("missing", ["stream", "epoch", "shard", "segment", "events"])
def test_without_one_of_its_headers_a_message_is_no_segment(
    stack: Stack, reader: Reader, channel: Any, missing: str
) -> None:
    stack.post(assist())
    number, events, body = wait_for(lambda: confirmed(stack) and last_segment(stack), WITHIN)
    kept = len(unreadable(stack))
    table = {name: value for name, value in given(stack, number, events=events).items() if name != missing}

    publish(channel, queue(stack), body, table)

    reason, stored, _ = wait_for(lambda: unreadable(stack)[kept:], WITHIN, missing)[0]
    assert missing in reason
    assert stored == body
    assert reader.is_alive


def test_a_message_past_the_brokers_limit_is_refused_to_its_publisher_and_harms_nobody(
    stack: Stack, reader: Reader, channel: Any
) -> None:
    before = total(stack)

    channel.confirm_delivery()

    with pytest.raises(pika.exceptions.ChannelClosedByBroker, match="406"):
        publish(channel, queue(stack), b" " * 20_000_000, given(stack))

    stack.post(assist())
    counted(stack, before + 1)
    assert reader.is_alive


def test_a_segment_whose_message_was_spoilt_comes_from_the_feed(stack: Stack, reader: Reader, channel: Any) -> None:
    before, kept = total(stack), len(unreadable(stack))
    with Unbound(stack, channel):
        stack.post(assist())
        wait_for(lambda: confirmed(stack), WITHIN)
    number, events, body = last_segment(stack)
    for spoilt in (body[:-10], body[:10] + b"\xff" + body[11:], b"", gzip.compress(gzip.decompress(body)[:-30])):
        publish(channel, queue(stack), spoilt, given(stack, number, events=events))
    publish(channel, queue(stack), body, given(stack, number, events=events + 1))
    wait_for(lambda: len(unreadable(stack)) == kept + 5, WITHIN, "all five are kept apart")
    assert total(stack) == before, "nothing of it is applied, and nothing stepped over"

    stack.post(assist())  # the next one shows the gap

    counted(stack, before + 2)
    assert position(stack) == number + 1
    assert reader.is_alive


def test_another_content_under_a_number_that_was_applied_changes_nothing(
    stack: Stack, reader: Reader, channel: Any
) -> None:
    stack.post(assist())
    number, events, body = wait_for(lambda: confirmed(stack) and last_segment(stack), WITHIN)
    wait_for(lambda: position(stack) == number, WITHIN)
    before = total(stack)
    other = json.loads(gzip.decompress(body))
    for event in other:
        event["id"] = str(uuid.uuid4())
    forged = gzip.compress(json.dumps(other).encode())

    for _ in range(3):
        publish(channel, queue(stack), forged, given(stack, number, events=events))
    stack.post(assist())

    counted(stack, before + 1)
    assert position(stack) == number + 1
    assert reader.is_alive


def test_the_intake_gives_an_event_to_one_segment_only(stack: Stack, reader: Reader) -> None:
    before = total(stack)
    sent = assist()

    answers = [stack.post(sent), stack.post(sent), stack.post([sent, sent])]
    conflict = stack.post(sent | {"data": sent["data"] | {"outcome": "failed", "reason": "other"}})

    counted(stack, before + 1)
    assert [answer.status_code for answer in answers] == [201, 200, 200]
    assert conflict.status_code == 409
    assert stack.ask("sessions", "SELECT count(*) FROM event_key WHERE event_id = %s", sent["id"]) == [(1,)]


def test_a_type_of_a_newer_release_is_parked_and_its_neighbours_are_counted(stack: Stack, reader: Reader) -> None:
    before = total(stack)
    held = stack.ask("reporting", "SELECT count(*) FROM quarantine")[0][0]
    newer = b'"type":"vn.congdongso.assist.recorded.v2"'
    with Paused(stack):
        stack.post([assist(), assist(), assist()])
        stack.do(
            "sessions",
            "UPDATE event_log SET body = convert_to(replace(convert_from(body, 'UTF8'), %s, %s), 'UTF8')"
            " WHERE log_id = (SELECT min(log_id) FROM event_log)",
            newer.replace(b".v2", b".v1").decode(),
            newer.decode(),
        )

    counted(stack, before + 2)

    parked = stack.ask("reporting", "SELECT type, reason FROM quarantine ORDER BY quarantine_id")[held:]
    assert parked == [("vn.congdongso.assist.recorded.v2", "unknown_type")]
    assert reader.is_alive


class Paused:
    """While it lasts, the relay of sessions is stopped."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack

    def __enter__(self) -> None:
        self._stack.processes["relay sessions"].stop()

    def __exit__(self, *_: object) -> None:
        self._stack.relay("sessions").wait_for_output('"publishing"', WITHIN)


def test_a_forged_user_id_is_refused_by_the_broker(stack: Stack, reader: Reader, channel: Any) -> None:
    kept = len(unreadable(stack))

    channel.confirm_delivery()

    with pytest.raises(pika.exceptions.ChannelClosedByBroker, match="406"):
        publish(channel, queue(stack), EMPTY, given(stack), user_id="sessions")

    assert len(unreadable(stack)) == kept
    assert reader.is_alive


def test_properties_of_a_real_segment_that_ask_for_something_else_are_ignored(
    stack: Stack, reader: Reader, channel: Any
) -> None:
    before, kept = total(stack), len(unreadable(stack))
    with Unbound(stack, channel):
        stack.post(assist())
        wait_for(lambda: confirmed(stack), WITHIN)
    number, events, body = last_segment(stack)
    odd = {
        "CC": ["nowhere"],
        "BCC": ["registry.0"],
        "x-death": [{"count": 1000, "reason": "rejected", "queue": "x"}],
        "x-delivery-count": 1000,
        "x-first-death-reason": "expired",
    }

    publish(
        channel, queue(stack), body, given(stack, number, events=events) | odd, delivery_mode=1, priority=9,
        reply_to="amq.rabbitmq.reply-to.forged", expiration="600000", correlation_id="x", app_id="someone", type="order",
        timestamp=0, message_id="\u00e9" * 100,
    )  # fmt: skip

    counted(stack, before + 1)
    assert position(stack) == number
    assert len(unreadable(stack)) == kept
    assert reader.is_alive


def test_a_segment_that_the_broker_gave_up_on_comes_from_the_feed(stack: Stack, channel: Any) -> None:
    before = total(stack)
    stack.post(assist())
    wait_for(lambda: confirmed(stack), WITHIN)
    deliveries = 0

    def refuse(opened: Any, method: Any, _properties: Any, _body: bytes) -> None:
        nonlocal deliveries
        deliveries += 1
        opened.basic_nack(method.delivery_tag, requeue=True)

    channel.basic_qos(prefetch_count=1)
    consumer = channel.basic_consume(queue(stack), refuse)
    limit = POLICY["definition"]["delivery-limit"]
    wait_for(lambda: channel.connection.process_data_events(0.1) or deliveries > limit, WITHIN, "it is dropped")
    channel.connection.process_data_events(1.0)
    assert deliveries == limit + 1
    channel.basic_cancel(consumer)
    assert channel.queue_declare(queue(stack), passive=True).method.message_count == 0
    assert total(stack) == before

    reader = Reader(stack, heads_interval=3600)

    counted(stack, before + 1)
    reader.close()


def test_a_bomb_is_not_inflated_in_the_memory_of_the_consumer(stack: Stack, channel: Any) -> None:
    consumer = stack.consumer("reporting")
    consumer.wait_for_output('"consuming"', WITHIN)
    before, kept = total(stack), len(unreadable(stack))
    stack.post(assist())
    counted(stack, before + 1)
    memory = peak_kilobytes(consumer.pid)
    bombs = [gzip.compress(b" " * 400_000_000, 1)[:900_000], zlib.compress(b"[" * 400_000_000, 9)]
    bombs.append(gzip.compress(b"[" + b" " * 400_000_000 + b"]", 9))

    for body in bombs:
        for compression in ("application/x-gzip", "gzip", "application/x-bz2"):
            publish(channel, queue(stack), body, given(stack, compression=compression))
        publish(channel, queue(stack), body, given(stack), content_encoding="gzip")

    wait_for(lambda: len(unreadable(stack)) == kept + 4 * len(bombs), WITHIN, "all are kept apart")
    assert peak_kilobytes(consumer.pid) - memory < 50_000
    stack.post(assist())
    counted(stack, before + 2)
    assert consumer.status is None
    consumer.stop()


def peak_kilobytes(pid: int) -> int:
    found = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    assert found is not None
    return int(found.group(1))


def test_a_flood_of_poison_between_real_segments_costs_no_figure(stack: Stack, reader: Reader, channel: Any) -> None:
    before = total(stack)
    flooding = threading.Event()

    def flood() -> None:
        connection = pika.BlockingConnection(pika.URLParameters(stack.settings.broker_url))
        other = connection.channel()
        for turn in range(300):
            publish(other, queue(stack), os.urandom(200), given(stack, turn) if turn % 2 else None)
        connection.close()
        flooding.set()

    thread = threading.Thread(target=flood)
    thread.start()
    for _ in range(20):
        assert stack.post(assist()).status_code == 201
    thread.join(timeout=WITHIN)

    assert flooding.is_set()
    counted(stack, before + 20)
    assert reader.is_alive


def test_a_segment_that_its_source_never_cut_makes_the_consumer_unready(
    stack: Stack, reader: Reader, channel: Any
) -> None:
    """The last test of this file: a reader who was lied to stands where its source never was.

    Only a relay's user may publish (deploy/rabbitmq/definitions.py); should it lie, the next comparison says so.
    """
    number, events, body = last_segment(stack)
    wait_for(lambda: position(stack) == number, WITHIN)

    publish(channel, queue(stack), body, given(stack, number + 1, events=events))

    wait_for(lambda: position(stack) == number + 1, WITHIN)
    reader.subscription.heads_interval = 0.2
    wait_for(lambda: "EpochChanged" in str(reader.subscription.health()["caught up"]()), WITHIN)
    assert not reader.subscription.caught_up.is_set()
