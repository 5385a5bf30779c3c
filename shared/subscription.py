"""A consumer's way in: segments from the broker, and from the feed what the broker did not bring.

Guarantee: a message is acknowledged only after its effect is committed, or when it is a duplicate, or when it is no
segment and was kept apart; gaps and lost tails are fetched from the feed, at start, at each reconnect and at intervals.
While the database is away nothing is consumed, so no delivery count rises.
It holds no state of its own: the position is in the database.
Step 6 of the event path (docs/architecture.md).
"""

import random
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from threading import Event as Flag
from typing import Any

import amqp.exceptions
import kombu.compression
import msgspec
from kombu import Connection as Broker
from kombu import Message
from kombu.exceptions import KombuError

from shared import fault, logs, metrics, quarantine
from shared import topology as broker_topology
from shared.consumer import Applier, Outcome
from shared.database import AWAY, transaction
from shared.feed import EpochChanged, FeedClient, FeedError, Heads
from shared.segments import BadSegment, Segment

PREFETCH = 8
HEARTBEAT_SECONDS = 20
MAX_BACKOFF_SECONDS = 30.0
BROKER_AWAY: tuple[type[Exception], ...] = (OSError, amqp.exceptions.AMQPError, KombuError)
ABSENCES: tuple[type[Exception], ...] = (FeedError, *AWAY, *BROKER_AWAY)
log = logs.get("subscription")


class NotASegment(ValueError):
    """A message whose headers or bytes are not those of a segment."""


@dataclass
class Subscription:
    """One consumer process: all shards of its streams, or those given."""

    applier: Applier
    feeds: Mapping[str, FeedClient]
    broker_url: str
    heads_interval: float
    shards: Sequence[int] | None = None

    def __post_init__(self) -> None:
        # A message with a `compression` header must not be inflated before anyone looks at it.
        kombu.compression._decoders.clear()
        self.stopping = Flag()
        self.caught_up = Flag()
        self.is_connected = False
        self.failure: str | None = None
        self._epochs: dict[str, Heads] = {}
        self._compared_at = float("-inf")

    @property
    def name(self) -> str:
        return self.applier.consumer.name

    def run(self) -> None:
        """Consume until stopped; every kind of absence is waited for with growing pauses."""
        pause = 0.1
        while not self.stopping.is_set():
            begun = time.monotonic()
            try:
                self.catch_up()
                self._retry_newly_known()
                self._consume()
            except EpochChanged as error:
                self.caught_up.clear()
                self._fail("epoch changed", error)
            except ABSENCES as error:
                self._fail("waiting", error)
            except Exception as error:
                # One of the two loop tops: a process that ends would only meet the same again.
                log.error("unexpected error", consumer=self.name, exc_info=error)
                self._fail("unexpected", error)
            pause = 0.1 if time.monotonic() - begun > 10 else min(pause * 2, MAX_BACKOFF_SECONDS)
            self.stopping.wait(pause * random.uniform(0.8, 1.2))

    def health(self) -> dict[str, Callable[[], str | None]]:
        """Readiness checks: caught up once and since then without a failure; connected to the broker."""
        return {
            "caught up": lambda: (
                self.failure or (None if self.caught_up.is_set() else "not compared with the heads yet")
            ),
            "broker": lambda: None if self.is_connected else "not connected",
        }

    def _fail(self, what: str, error: Exception) -> None:
        self.is_connected = False
        self.failure = f"{what}: {type(error).__name__}: {error}"[:300]
        if not self.stopping.is_set():
            log.warning(what, consumer=self.name, error=repr(error)[:300])

    def stop(self) -> None:
        self.stopping.set()

    def _retry_newly_known(self) -> None:
        """What an older release could not read, and what had to wait behind it."""
        self.applier.retry(reason="unknown_type")
        self.applier.retry(reason="behind")

    # -- the feed ------------------------------------------------------------------------------------------------

    def catch_up(self) -> None:
        """Compare every position with the producer's heads and fetch what is missing."""
        for stream, feed in self.feeds.items():
            heads = feed.heads()
            self._epochs[stream] = heads
            behind = sum(self._catch_up_shard(stream, heads, shard) for shard in self._shards_of(heads))
            metrics.consumer_lag.labels(self.name, stream).set(behind)
        self._compared_at = time.monotonic()
        # An operator's retry runs in another process: the gauge follows what the table says.
        with transaction(self.applier.engine) as connection:
            metrics.quarantined_events.labels(self.name).set(quarantine.open_count(connection))
        self.failure = None
        self.caught_up.set()

    def _shards_of(self, heads: Heads) -> list[int]:
        mine = range(len(heads.numbers)) if self.shards is None else self.shards
        return [shard for shard in mine if shard < len(heads.numbers)]

    def _catch_up_shard(self, stream: str, heads: Heads, shard: int) -> int:
        """Fetch up to the head; how far behind it is still (only when asked to stop)."""
        position = self.applier.position(stream, shard, heads.epoch).segment
        if position > heads.numbers[shard]:
            raise EpochChanged(f"{stream}/{shard}: source is at {heads.numbers[shard]}, we are at {position}")
        metrics.consumer_lag.labels(self.name, stream).set(heads.numbers[shard] - position)
        while position < heads.numbers[shard] and not self.stopping.is_set():
            position = self._fetch(stream, heads.epoch, shard, position)
            metrics.consumer_lag.labels(self.name, stream).set(heads.numbers[shard] - position)
        return heads.numbers[shard] - position

    def _fetch(self, stream: str, epoch: uuid.UUID, shard: int, position: int) -> int:
        page = self.feeds[stream].read(epoch, shard, position)
        if not page:
            raise FeedError(f"{stream}/{shard}: nothing after {position}, though the head is beyond")
        for segment in page:
            fault.hit(fault.Point.CONSUMER_CATCHING_UP)
            self._apply_from_feed(segment)
            metrics.consumer_caught_up.labels(self.name, stream).inc()
        return page[-1].number

    def _apply_from_feed(self, segment: Segment) -> None:
        try:
            outcome = self.applier.apply(segment)
        except (BadSegment, msgspec.MsgspecError) as error:
            raise FeedError(f"{segment.stream}/{segment.shard}/{segment.number} cannot be read: {error}") from error
        if outcome is Outcome.GAP:
            raise FeedError(f"{segment.stream}/{segment.shard}: feed jumps to {segment.number}")

    # -- the broker ----------------------------------------------------------------------------------------------

    def _consume(self) -> None:
        with Broker(self.broker_url, heartbeat=HEARTBEAT_SECONDS, connect_timeout=5) as broker:
            queues = self._queues()
            with broker.Consumer(
                queues, on_message=self._on_message, on_decode_error=self._keep, prefetch_count=PREFETCH
            ):
                self.catch_up()
                self.is_connected = True
                log.info("consuming", consumer=self.name, queues=len(queues))
                while not self.stopping.is_set():
                    self._turn(broker)

    def _queues(self) -> list[Any]:
        return [
            broker_topology.queue(self.name, stream, shard)
            for stream, heads in self._epochs.items()
            for shard in self._shards_of(heads)
        ]

    def _turn(self, broker: Broker) -> None:
        """One wait for a message, and what falls due beside it."""
        wait = max(0.01, min(1.0, self._compared_at + self.heads_interval - time.monotonic()))
        with suppress(TimeoutError):
            broker.drain_events(timeout=wait)
        if broker.supports_heartbeats:
            broker.heartbeat_check()
        if time.monotonic() - self._compared_at >= self.heads_interval:
            self.catch_up()

    def _on_message(self, message: Message) -> None:
        fault.hit(fault.Point.CONSUMER_DELIVERED)
        try:
            segment = read_message(message, self._epochs)
            if self.applier.apply(segment) is Outcome.GAP:
                self._fill_gap(segment)
        except (NotASegment, BadSegment, msgspec.MsgspecError) as error:
            self._keep(message, error)
            return
        message.ack()
        fault.hit(fault.Point.CONSUMER_AFTER_ACK)

    def _fill_gap(self, segment: Segment) -> None:
        """Fetch what is missing before a segment, then the segment itself; both from the feed, in order."""
        metrics.consumer_gaps.labels(self.name, segment.stream).inc()
        heads = self.feeds[segment.stream].heads()
        if heads.epoch != segment.epoch:
            raise EpochChanged(f"{segment.stream}: the source is of epoch {heads.epoch} now")
        if segment.number > heads.numbers[segment.shard]:
            raise NotASegment(f"segment {segment.number} is past the head {heads.numbers[segment.shard]} of its source")
        position = self.applier.position(segment.stream, segment.shard, segment.epoch).segment
        while position < segment.number:
            position = self._fetch(segment.stream, segment.epoch, segment.shard, position)

    def _keep(self, message: Message, error: Exception) -> None:
        """Keep what is no segment, then acknowledge it. kombu calls this too, for what it cannot decode."""
        queue = str((message.delivery_info or {}).get("routing_key", ""))
        log.error("message is no segment", consumer=self.name, routing_key=queue, error=repr(error)[:300])
        body = message.body if isinstance(message.body, bytes) else str(message.body).encode(errors="replace")
        metrics.consumer_segments.labels(self.name, "unknown", "unreadable").inc()
        with transaction(self.applier.engine) as connection:
            quarantine.keep_message(connection, queue, repr(error), repr(message.headers), body)
        message.ack()


def read_message(message: Message, known: Mapping[str, Heads]) -> Segment:
    """The segment that a message carries.

    Raises:
        NotASegment: when its headers are not those of a segment of a stream and epoch that we read.
    """
    headers = message.headers or {}
    try:
        stream, epoch = str(headers["stream"]), uuid.UUID(headers["epoch"])
        shard, number, events = headers["shard"], headers["segment"], headers["events"]
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise NotASegment(f"headers: {error!r}") from error
    if stream not in known or not all(type(value) is int for value in (shard, number, events)):
        raise NotASegment("headers: unknown stream, or numbers that are none")
    if not 0 <= shard < len(known[stream].numbers) or not 1 <= number < 2**63:
        raise NotASegment(f"headers: no shard {shard}, or no segment {number}")
    if epoch != known[stream].epoch:
        raise NotASegment(f"stale epoch {epoch}")
    body = message.body
    if not isinstance(body, bytes):
        body = bytes(body) if isinstance(body, memoryview | bytearray) else str(body).encode("latin-1", "replace")
    return Segment(stream, epoch, shard, number, events, body)
