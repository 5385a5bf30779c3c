"""The relay on a real RabbitMQ: returns, a blocked broker, crashes, a wiped broker, and who leads.

A segment counts as published only when the broker confirmed it and did not return it; every test ends with all
segments confirmed and every event in the figures or in the queues.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from typing import Any

import pika
import pytest

from deploy.cds import wiring
from shared import database, publisher
from shared.relay import Relay
from tests.support.events import assist
from tests.support.postgres import TestPostgres
from tests.support.rabbitmq import RabbitNode
from tests.support.stack import Stack, wait_for


@pytest.fixture
def stack(postgres: TestPostgres, broker_url: str) -> Iterator[Stack]:
    with Stack(postgres, broker_url) as made:
        made.serve("registry", "sessions")
        yield made


@pytest.fixture
def own_node() -> Iterator[RabbitNode]:
    with RabbitNode() as node:
        yield node


@pytest.fixture
def fragile(postgres: TestPostgres, own_node: RabbitNode) -> Iterator[Stack]:
    """A stack on a node of its own, which the test may kill or wipe."""
    with Stack(postgres, own_node.url) as made:
        made.serve("registry", "sessions")
        yield made


def unconfirmed(stack: Stack) -> int:
    """Events not cut and segments not confirmed."""
    ((count,),) = stack.ask(
        "sessions",
        "SELECT (SELECT count(*) FROM event_log) + (SELECT count(*) FROM segment WHERE published_at IS NULL)",
    )
    return int(count)


def post(stack: Stack, count: int) -> None:
    answer = stack.post([assist() for _ in range(count)])
    assert answer.json()["counts"]["accepted"] == count


def all_confirmed(stack: Stack, seconds: float = 60) -> None:
    wait_for(lambda: unconfirmed(stack) == 0, seconds, "all segments are confirmed")


def waiting_events(url: str) -> int:
    """Events in reporting's queues, counted from the segments' headers, and left there."""
    connection = pika.BlockingConnection(pika.URLParameters(url))
    channel = connection.channel()
    seen: set[tuple[int, int]] = set()
    events = 0
    for shard in range(4):
        for _method, properties, _body in channel.consume(f"reporting.sessions.{shard}", inactivity_timeout=0.5):
            if properties is None:
                break
            key = (shard, properties.headers["segment"])
            events += properties.headers["events"] * (key not in seen)
            seen.add(key)
        channel.cancel()
    connection.close()
    return events


def test_what_no_queue_takes_is_not_marked_and_is_published_again_when_the_queues_exist(stack: Stack) -> None:
    relay = stack.relay("sessions")
    relay.wait_for_output("publishing")
    connection = pika.BlockingConnection(pika.URLParameters(stack.settings.broker_url))
    for shard in range(4):
        connection.channel().queue_delete(f"reporting.sessions.{shard}")
    connection.close()

    post(stack, 20)

    relay.wait_for_output("no queue takes")
    all_confirmed(stack)
    assert waiting_events(stack.settings.broker_url) == 20


def test_a_blocked_broker_is_noticed_the_intake_goes_on_and_everything_is_published_after_it(
    fragile: Stack, own_node: RabbitNode
) -> None:
    relay = fragile.relay("sessions")
    relay.wait_for_output("publishing")
    own_node.ctl("set_vm_memory_high_watermark", "0")
    post(fragile, 5)
    relay.wait_for_output("blocks publishing", 30)

    post(fragile, 15)

    wait_for(lambda: fragile.ask("sessions", "SELECT count(*) FROM event_log") == [(0,)], 20, "cutting goes on")
    assert unconfirmed(fragile) > 0
    own_node.ctl("set_vm_memory_high_watermark", "0.4")
    all_confirmed(fragile)
    assert waiting_events(fragile.settings.broker_url) == 20


def test_a_broker_killed_and_started_again_gets_what_it_had_not_confirmed(fragile: Stack, own_node: RabbitNode) -> None:
    relay = fragile.relay("sessions")
    relay.wait_for_output("publishing")
    post(fragile, 10)
    all_confirmed(fragile)
    own_node.settle()

    own_node.kill()
    post(fragile, 10)
    relay.wait_for_output("broker connection lost")
    assert unconfirmed(fragile) > 0
    own_node.start()

    all_confirmed(fragile, 90)
    assert waiting_events(fragile.settings.broker_url) == 20


def test_a_wiped_broker_is_declared_anew_and_the_feed_brings_what_it_had(fragile: Stack, own_node: RabbitNode) -> None:
    fragile.serve("reporting")
    fragile.relay("sessions").wait_for_output("publishing")
    post(fragile, 10)
    all_confirmed(fragile)

    own_node.wipe()
    post(fragile, 10)
    fragile.consumer("reporting")

    fragile.settle(90)
    assert fragile.tallies(from_="2023-03-08")["totals"]["assists"] == 20


def test_one_relay_leads_and_another_takes_over_when_it_is_killed(stack: Stack) -> None:
    leader = stack.relay("sessions")
    leader.wait_for_output("publishing")
    with_lock = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = 25444 AND granted"
    wait_for(lambda: stack.ask("sessions", with_lock) == [(4,)], 20, "the leader holds four shards")
    standby = stack.relay("sessions")
    standby.wait_for_output("publishing")
    post(stack, 10)
    all_confirmed(stack)

    os.kill(leader.pid, signal.SIGKILL)
    post(stack, 10)

    all_confirmed(stack)
    assert standby.status is None
    assert waiting_events(stack.settings.broker_url) == 20


def test_a_paused_leader_loses_its_connection_and_with_it_the_lead(postgres: TestPostgres) -> None:
    url = postgres.fresh_database(lambda made: database.migrate("sessions", made))
    leader, standby = Relay(url, "sessions", 4), Relay(url, "sessions", 4)
    assert leader.lead() == [0, 1, 2, 3]
    assert standby.lead() == []
    # The server's own time-out, shortened: a process that is stopped sends nothing in this time.
    leader.connection.execute("SET idle_session_timeout = '500ms'")
    leader.connection.commit()

    def takes_over() -> bool:
        standby._lead_tried_at = float("-inf")
        return standby.lead() == [0, 1, 2, 3]

    wait_for(takes_over, 20, "the standby leads")
    with pytest.raises(database.AWAY):
        leader.cut()
    standby.close()
    leader.close()
    postgres.drop(url)


def test_a_writers_notification_ends_the_relays_wait(stack: Stack) -> None:
    relay = Relay(stack.settings.database_url("sessions"), "sessions", 4)
    relay.wait_for_wakeup(0.1)

    post(stack, 1)
    begun = time.monotonic()
    relay.wait_for_wakeup(30)

    assert time.monotonic() - begun < 15, "it waited for the poll"
    relay.close()


def test_after_two_silences_the_queues_are_made_anew_and_what_they_held_comes_from_the_feed(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A queue without a leader cannot be had on demand; a relay that waits no time for its confirms hears as little."""
    stack.serve("reporting")
    stack.relay("sessions").wait_for_output("publishing")
    post(stack, 10)
    all_confirmed(stack)
    stack.processes["relay sessions"].kill()
    made_anew: list[str] = []
    deleted = pika.channel.Channel.queue_delete
    monkeypatch.setattr(publisher, "CONFIRM_TIMEOUT_SECONDS", 0.0)

    def note(channel: pika.channel.Channel, queue: str, **more: Any) -> Any:
        made_anew.append(queue)
        # From here on the relay waits as it should.
        monkeypatch.setattr(publisher, "CONFIRM_TIMEOUT_SECONDS", 10.0)
        return deleted(channel, queue, **more)

    monkeypatch.setattr(pika.channel.Channel, "queue_delete", note)
    post(stack, 10)
    stop = threading.Event()
    relay = threading.Thread(
        target=publisher.run,
        args=(
            lambda: wiring.open_relay("sessions", stack.settings),
            stack.settings.broker_url,
            ("reporting",),
            stop.is_set,
        ),
    )
    relay.start()

    all_confirmed(stack)
    stop.set()
    relay.join(timeout=20)
    stack.consumer("reporting")

    assert sorted(set(made_anew)) == [f"reporting.sessions.{shard}" for shard in range(4)]
    stack.settle(60)
    assert stack.tallies(from_="2023-03-08")["totals"]["assists"] == 20
