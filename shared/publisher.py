"""Publishing segments to RabbitMQ with pika: a window of unconfirmed segments, returns, blocking, reconnects.

Guarantee: a segment counts as published only when its confirm came and it was not returned. After a return, a nack, a
time-out or any error the connection is closed and everything unconfirmed is published again, in order: a duplicate at
worst, never a loss. It never waits for ever on a silent or blocked broker.
It does not decide what to publish: the relay does.
Step 5 of the event path (docs/architecture.md).
"""

import random
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pika
import psycopg
from pika.adapters.select_connection import IOLoop, SelectConnection
from pika.exceptions import AMQPError

from shared import fault, logs, metrics
from shared.relay import Relay
from shared.segments import Segment
from shared.topology import EXCHANGE, QUEUE_ARGUMENTS, SEGMENT_TYPE, StreamTopology, headers, routing_key

WINDOW = 32
CONFIRM_TIMEOUT_SECONDS = 10.0
IDLE_SECONDS = 0.25
RECENT_SECONDS = 0.02
OPEN_SECONDS = 20.0
SILENCES_BEFORE_NEW_QUEUES = 2
MEASURE_SECONDS = 5.0
CLOSE_SECONDS = 2.0
MAX_BACKOFF_SECONDS = 30.0
log = logs.get("publisher")


class Lost(Exception):
    """The connection is of no use any more; all that is unconfirmed is published again on a new one."""


class Silent(Lost):
    """No confirm came in time."""


@dataclass(slots=True)
class _InFlight:
    segment: tuple[int, int]
    message_id: str
    sent_at: float


@dataclass
class Window:
    """Segments on their way: by delivery tag, oldest first."""

    flying: OrderedDict[int, _InFlight] = field(default_factory=OrderedDict)
    last_tag: int = 0

    def add(self, segment: Segment, message_id: str) -> None:
        self.last_tag += 1
        self.flying[self.last_tag] = _InFlight((segment.shard, segment.number), message_id, time.monotonic())

    def confirm(self, tag: int, *, multiple: bool) -> list[tuple[int, int]]:
        """The segments that an ack covers. A tag that was never sent, or is confirmed already, covers none."""
        tags = [known for known in self.flying if known <= tag] if multiple else [tag] if tag in self.flying else []
        return [self.flying.pop(known).segment for known in tags]

    @property
    def room(self) -> int:
        return WINDOW - len(self.flying)

    @property
    def oldest_seconds(self) -> float:
        first = next(iter(self.flying.values()), None)
        return time.monotonic() - first.sent_at if first else 0.0


class Publisher:
    """One broker connection of a relay, from its opening to its loss."""

    def __init__(
        self, relay: Relay, url: str, topology: StreamTopology, should_stop: Callable[[], bool], *, anew: bool = False
    ) -> None:
        self.makes_queues_anew = anew
        self.relay = relay
        self.topology = topology
        self.should_stop = should_stop
        self.window = Window()
        self.error: Exception | None = None
        self.ended = False
        self.is_ready = False
        self.blocked = False
        self._confirmed: list[tuple[int, int]] = []
        self._measured_at = float("-inf")
        self._found_at = float("-inf")
        self._timer: Any = None
        self._channel: Any = None
        parameters = pika.URLParameters(url)
        parameters.heartbeat = 20
        parameters.blocked_connection_timeout = 60
        parameters.socket_timeout = 5
        parameters.stack_timeout = 10
        parameters.client_properties = {"connection_name": f"relay {topology.stream}"}
        self.connection = SelectConnection(
            parameters,
            on_open_callback=self._guard(self._on_open),
            on_open_error_callback=lambda _c, error: self._lose(_as_exception(error)),
            on_close_callback=self._closed,
        )

    def run(self) -> None:
        """Publish until the connection is lost or the process is asked to stop.

        Raises:
            Lost, psycopg.OperationalError: why this connection ended.
        """
        loop: IOLoop = self.connection.ioloop
        loop.call_later(OPEN_SECONDS * (5 if self.makes_queues_anew else 1), self._guard(self._check_open))
        try:
            loop.start()
        finally:
            metrics.relay_connected.labels(self.topology.stream).set(0)
            metrics.relay_blocked.labels(self.topology.stream).set(0)
            self.relay.forget_sent()
            loop.close()
        if self.error is not None:
            raise self.error

    # -- opening: channel, confirms, exchange, every queue of the stream, then publishing ------------------

    def _on_open(self, connection: SelectConnection) -> None:
        connection.add_on_connection_blocked_callback(lambda _c, _m: self._block(True))
        connection.add_on_connection_unblocked_callback(lambda _c, _m: self._block(False))
        connection.channel(on_open_callback=self._guard(self._on_channel))

    def _on_channel(self, channel: Any) -> None:
        self._channel = channel
        channel.add_on_close_callback(lambda _ch, reason: self._lose(reason))
        channel.add_on_return_callback(self._guard(self._on_return))
        channel.confirm_delivery(self._guard(self._on_confirm))
        channel.exchange_declare(
            EXCHANGE, "topic", durable=True, callback=self._guard(lambda _f: self._declare(self.topology.bindings()))
        )

    def _declare(self, bindings: list[tuple[str, str]]) -> None:
        """Declare and bind the first queue, then the rest: publishing begins when all exist."""
        if not bindings:
            self._ready()
            return
        (queue, key), rest = bindings[0], bindings[1:]

        def bind(_frame: Any) -> None:
            self._channel.queue_bind(
                queue, EXCHANGE, routing_key=key, callback=self._guard(lambda _f: self._declare(rest))
            )

        def declare(_frame: Any) -> None:
            self._channel.queue_declare(queue, durable=True, arguments=QUEUE_ARGUMENTS, callback=self._guard(bind))

        if self.makes_queues_anew:
            self._channel.queue_delete(queue, callback=self._guard(declare))
        else:
            declare(None)

    def _check_open(self) -> None:
        if not self.is_ready:
            raise Silent(f"the broker did not open channel and queues within {OPEN_SECONDS:.0f} s")

    def _ready(self) -> None:
        self.is_ready = True
        metrics.relay_connected.labels(self.topology.stream).set(1)
        log.info("publishing", stream=self.topology.stream, queues=len(self.topology.bindings()))
        self.connection.ioloop.add_handler(
            self.relay.listener.fileno(), self._guard(lambda _fd, _events: self._woken()), IOLoop.READ
        )
        self._turn()

    # -- the turn: note confirms, cut, fill the window -----------------------------------------------------

    def _woken(self) -> None:
        self.relay.drain_wakeups()
        self._turn()

    def _turn(self) -> None:
        if self.should_stop() and not self.window.flying:
            self._note_confirms()
            self._lose(None)
            return
        if self.should_stop() and self.blocked:
            raise Lost("asked to stop while the broker blocks publishing")
        self._note_confirms()
        self._check_timeout()
        # Cutting goes on while the broker blocks or the window is full: the feed serves what is cut.
        self.relay.lead()
        found = self.relay.cut()
        if not self.blocked and not self.should_stop():
            found += self._fill()
        self._measure()
        self._again(self._pause(found))

    def _fill(self) -> int:
        """Publish what there is room for; how many segments."""
        found = self.relay.next_segments(self.window.room)
        for segment in found:
            self._publish(segment)
        return len(found)

    def _pause(self, found: int) -> float:
        """At once while there is more, soon after there was some, otherwise when the idle poll is due."""
        if found:
            self._found_at = time.monotonic()
            return 0.0
        return RECENT_SECONDS if time.monotonic() - self._found_at < 1.0 else IDLE_SECONDS

    def _publish(self, segment: Segment) -> None:
        message_id = f"{segment.epoch}/{segment.stream}/{segment.shard}/{segment.number}"
        properties = pika.BasicProperties(
            content_type=SEGMENT_TYPE,
            content_encoding="gzip",
            delivery_mode=2,
            message_id=message_id,
            headers=headers(segment.stream, str(segment.epoch), segment.shard, segment.number, segment.events),
        )
        self._channel.basic_publish(
            EXCHANGE, routing_key(segment.stream, segment.shard), segment.body, properties, mandatory=True
        )
        self.window.add(segment, message_id)
        fault.hit(fault.Point.RELAY_AFTER_PUBLISH)

    def _note_confirms(self) -> None:
        self.relay.mark(self._confirmed)
        self._confirmed = []

    def _check_timeout(self) -> None:
        if self.window.oldest_seconds > CONFIRM_TIMEOUT_SECONDS and not self.blocked:
            self._count("timeout", len(self.window.flying))
            raise Silent(f"no confirm for {CONFIRM_TIMEOUT_SECONDS:.0f} s")

    def _again(self, seconds: float) -> None:
        if self._timer is not None:
            self.connection.ioloop.remove_timeout(self._timer)
        self._timer = self.connection.ioloop.call_later(seconds, self._guard(self._timed))

    def _timed(self) -> None:
        self._timer = None
        self._turn()

    # -- what the broker says ------------------------------------------------------------------------------

    def _on_confirm(self, frame: Any) -> None:
        method = frame.method
        if isinstance(method, pika.spec.Basic.Nack):
            self._count("nack", 1)
            raise Lost("the broker refused a segment")
        done = self.window.confirm(method.delivery_tag, multiple=method.multiple)
        self._count("ack", len(done))
        self._confirmed += done
        fault.hit(fault.Point.RELAY_AFTER_CONFIRM)
        # Confirms come in bursts: one turn notes them all.
        self._again(0.0)

    def _on_return(self, _channel: Any, method: Any, _properties: Any, _body: bytes) -> None:
        """A return precedes its ack: losing the connection now keeps that ack from counting."""
        self._count("returned", 1)
        raise Lost(f"no queue takes {method.routing_key}: {method.reply_text}")

    def _block(self, blocked: bool) -> None:
        self.blocked = blocked
        metrics.relay_blocked.labels(self.topology.stream).set(int(blocked))
        log.warning(
            "broker blocks publishing" if blocked else "broker takes messages again", stream=self.topology.stream
        )

    # -- the end -------------------------------------------------------------------------------------------

    def _guard(self, callback: Callable[..., None]) -> Callable[..., None]:
        """pika turns exceptions of callbacks into its own: keep ours, end the connection, raise it outside."""

        def guarded(*args: Any, **kwargs: Any) -> None:
            if self.ended:
                return
            try:
                callback(*args, **kwargs)
            except Exception as error:
                self._lose(error)

        return guarded

    def _lose(self, error: Exception | None) -> None:
        """End this connection, for the first reason given; no callback runs any more, so no late ack counts."""
        if self.ended:
            return
        self.ended = True
        self.error = error
        if not self.connection.is_open:
            self.connection.ioloop.stop()
            return
        # A blocked broker never answers the closing.
        self.connection.ioloop.call_later(CLOSE_SECONDS, self.connection.ioloop.stop)
        self.connection.close()

    def _closed(self, _connection: Any, reason: Exception) -> None:
        self._lose(reason)
        self.connection.ioloop.stop()

    def _count(self, outcome: str, number: int) -> None:
        metrics.relay_segments.labels(self.topology.stream, outcome).inc(number)

    def _measure(self) -> None:
        if time.monotonic() - self._measured_at >= MEASURE_SECONDS:
            self._measured_at = time.monotonic()
            self.relay.measure()


def _as_exception(error: Any) -> Exception:
    return error if isinstance(error, Exception) else Lost(str(error))


def run(open_relay: Callable[[], Relay], url: str, readers: tuple[str, ...], should_stop: Callable[[], bool]) -> None:
    """Relay until asked to stop: a new database and broker connection after each loss, with growing pauses."""
    pause = 0.25
    while not should_stop():
        begun = time.monotonic()
        relay = None
        try:
            relay = open_relay()
            _run_once(relay, url, StreamTopology(relay.stream, relay.shards, readers), should_stop)
        except (Lost, AMQPError, OSError, psycopg.Error) as error:
            log.warning("relay starts over", error=repr(error)[:300])
        finally:
            if relay is not None:
                relay.close()
        pause = 0.25 if time.monotonic() - begun > 10 else min(pause * 2, MAX_BACKOFF_SECONDS)
        _sleep(pause * random.uniform(0.8, 1.2), should_stop)


def _run_once(relay: Relay, url: str, topology: StreamTopology, should_stop: Callable[[], bool]) -> None:
    """Publish over broker connections for as long as the database connection lives; cut meanwhile."""
    pause, silences = 0.25, 0
    while not should_stop():
        begun = time.monotonic()
        # A quorum queue can survive a crash without a leader (RabbitMQ 3.10, killed within a second of declaring it):
        # it takes nothing for ever. It is only a cache, so it is made anew.
        anew = silences >= SILENCES_BEFORE_NEW_QUEUES
        try:
            Publisher(relay, url, topology, should_stop, anew=anew).run()
            return
        except (Lost, AMQPError, OSError) as error:
            silences = silences + 1 if isinstance(error, Silent) else 0
            log.warning("broker connection lost", stream=topology.stream, error=repr(error)[:300])
        pause = 0.25 if time.monotonic() - begun > 10 else min(pause * 2, MAX_BACKOFF_SECONDS)
        until = time.monotonic() + pause * random.uniform(0.8, 1.2)
        while time.monotonic() < until and not should_stop():
            # The feed serves what is cut, so cutting goes on while the broker is away.
            relay.lead()
            relay.cut()
            relay.measure()
            relay.wait_for_wakeup(0.25)


def _sleep(seconds: float, should_stop: Callable[[], bool]) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until and not should_stop():
        time.sleep(0.05)
