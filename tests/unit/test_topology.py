"""The broker's topology: one set of names and arguments for publisher, consumers and deployments."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from deploy.cds.wiring import CONSUMERS, readers_of
from shared import topology
from shared.events.catalogue import STREAMS
from shared.topology import EXCHANGE, POLICY, QUEUE_ARGUMENTS, StreamTopology

DEFINITIONS = Path(__file__).resolve().parents[2] / "deploy" / "rabbitmq" / "definitions.json"


def test_a_stream_has_one_queue_per_reader_and_shard_bound_to_its_shards_key() -> None:
    found = StreamTopology("sessions", 3, ("reporting", "other")).bindings()

    assert found == [
        ("reporting.sessions.0", "sessions.0"),
        ("reporting.sessions.1", "sessions.1"),
        ("reporting.sessions.2", "sessions.2"),
        ("other.sessions.0", "sessions.0"),
        ("other.sessions.1", "sessions.1"),
        ("other.sessions.2", "sessions.2"),
    ]


def test_a_stream_without_readers_needs_no_queue() -> None:
    assert StreamTopology("sessions", 4, ()).bindings() == []


def test_the_consumer_declares_the_queue_that_the_publisher_binds() -> None:
    ((name, key),) = StreamTopology("registry", 1, ("sessions",)).bindings()

    queue = topology.queue("sessions", "registry", 0)

    assert (queue.name, queue.routing_key, queue.durable) == (name, key, True)
    assert queue.queue_arguments == QUEUE_ARGUMENTS
    assert (queue.exchange.name, queue.exchange.type, queue.exchange.durable) == (EXCHANGE, "topic", True)


def test_queues_survive_the_broker_and_have_one_reader_at_a_time() -> None:
    assert QUEUE_ARGUMENTS == {"x-queue-type": "quorum", "x-single-active-consumer": True}


# The stream of reporting is for others, who read its feed.
READ = [stream for stream in STREAMS if stream != "reporting"]


@pytest.mark.parametrize("stream", READ)
def test_the_policy_bounds_every_queue_that_is_declared(stream: str) -> None:
    names = [name for name, _ in StreamTopology(stream, 4, readers_of(stream)).bindings()]

    assert names
    assert all(re.search(POLICY["pattern"], name) for name in names)
    assert POLICY["definition"]["overflow"] == "drop-head"


def test_the_policy_bounds_no_queue_of_somebody_else() -> None:
    assert not re.search(POLICY["pattern"], "mysessions.sessions.0")
    assert not re.search(POLICY["pattern"], "sessionsx")


def test_every_stream_of_the_catalogue_but_reportings_is_read_by_a_service_of_ours() -> None:
    assert {stream for consumer in CONSUMERS.values() for stream in consumer.streams} == set(READ)


def test_the_headers_of_a_segment_are_its_position() -> None:
    assert topology.headers("sessions", "e", 2, 7, 500) == {
        "stream": "sessions", "epoch": "e", "shard": 2, "segment": 7, "events": 500,
    }  # fmt: skip


def test_the_definitions_that_a_deployment_loads_hold_the_policy() -> None:
    (loaded,) = json.loads(DEFINITIONS.read_text(encoding="utf-8"))["policies"]

    assert {key: loaded[key] for key in POLICY} == POLICY
