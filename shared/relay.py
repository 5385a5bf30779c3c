"""The relay's database side: lead shards, cut the log, hand out segments, note confirms.

Guarantee: one leader per shard, by a session advisory lock on the very connection that cuts and marks, so losing the
connection is the fence; a paused leader loses it by the server's idle time-outs. A confirm that is lost means a
duplicate, never a loss.
It does not publish: `publisher.py` does for RabbitMQ, `wakeup.py` for kombu's other transports.
Step 4 of the event path (docs/architecture.md).
"""

import datetime as dt
import time
from collections.abc import Sequence

import psycopg

from shared import clock, fault, logs, metrics, segments
from shared.database import connect
from shared.event_log import CHANNEL
from shared.segments import Segment

LOCK_CLASS = 0x6364  # "cd": the first key of the advisory locks, the second is the shard
OPTIONS = (
    "-c timezone=UTC -c idle_session_timeout=15s -c idle_in_transaction_session_timeout=5s -c statement_timeout=30s"
)
LEAD_EVERY_SECONDS = 1.0
KEEP_ALIVE_SECONDS = 5.0
log = logs.get("relay")


class Relay:
    """The leader's connection to one stream's log."""

    def __init__(self, url: str, stream: str, shards: int, only: Sequence[int] | None = None) -> None:
        self.stream = stream
        self.connection = connect(url, OPTIONS)
        self.listener = connect(url, "-c timezone=UTC", autocommit=True)
        self.listener.execute(f"LISTEN {CHANNEL}")
        with self.connection.transaction():
            self.epoch, self.shards = segments.open_stream(self.connection, stream, shards)
        self._wanted = sorted(only) if only is not None else list(range(self.shards))
        self.led: list[int] = []
        self._lead_tried_at = float("-inf")
        self._used_at = time.monotonic()
        self._sent: dict[int, int] = {}

    def lead(self) -> list[int]:
        """The shards that this relay leads; tries for the missing ones once a second."""
        now = time.monotonic()
        if len(self.led) < len(self._wanted) and now - self._lead_tried_at >= LEAD_EVERY_SECONDS:
            self._lead_tried_at = now
            with self.connection.transaction():
                self.led += [shard for shard in self._wanted if shard not in self.led and self._lock(shard)]
            metrics.relay_leader_shards.labels(self.stream).set(len(self.led))
        if now - self._used_at >= KEEP_ALIVE_SECONDS:
            with self.connection.transaction():
                self.connection.execute("SELECT 1")
            self._used_at = now
        return self.led

    def _lock(self, shard: int) -> bool:
        row = self.connection.execute("SELECT pg_try_advisory_lock(%s, %s)", [LOCK_CLASS, shard]).fetchone()
        return bool(row and row[0])

    def cut(self) -> int:
        """Cut what is ready in the shards led; how many events."""
        if not self.led:
            return 0
        with self.connection.transaction():
            count = segments.cut(self.connection, self.led)
            fault.hit(fault.Point.RELAY_BEFORE_CUT_COMMIT)
        self._used_at = time.monotonic()
        if count:
            fault.hit(fault.Point.RELAY_AFTER_CUT)
            metrics.relay_events_cut.labels(self.stream).inc(count)
        return count

    def next_segments(self, limit: int) -> list[Segment]:
        """Segments to publish that were not handed out since the last `forget_sent`, in order by shard."""
        if not self.led or limit <= 0:
            return []
        with self.connection.transaction():
            after = {shard: self._sent.get(shard, 0) for shard in self.led}
            found = segments.unpublished(self.connection, self.stream, self.epoch, after, limit)
        for segment in found:
            self._sent[segment.shard] = segment.number
        return found

    def forget_sent(self) -> None:
        """After a lost broker connection: everything without a confirm is published again."""
        self._sent.clear()

    def mark(self, done: Sequence[tuple[int, int]]) -> None:
        """Note that the broker confirmed these (shard, number)."""
        if not done:
            return
        with self.connection.transaction():
            # A lost note means that a segment is published twice: not worth an fsync.
            self.connection.execute("SET LOCAL synchronous_commit = off")
            segments.mark_published(self.connection, done, clock.now())
            fault.hit(fault.Point.RELAY_BEFORE_MARK_COMMIT)
        fault.hit(fault.Point.RELAY_AFTER_MARK)

    def drain_wakeups(self) -> None:
        """Take the notifications that have arrived, so that the listener's socket is quiet again."""
        for _ in self.listener.notifies(timeout=0):
            pass

    def wait_for_wakeup(self, seconds: float) -> None:
        """Wait for a writer's notification, at most so long."""
        for _ in self.listener.notifies(timeout=seconds, stop_after=1):
            pass

    def measure(self) -> None:
        """Bring the relay's gauges up to date."""
        with self.connection.transaction():
            row = self.connection.execute(
                """SELECT (SELECT count(*) FROM event_log), (SELECT min(recorded_at) FROM event_log),
                          (SELECT count(*) FROM segment WHERE published_at IS NULL),
                          (SELECT min(first_recorded_at) FROM segment WHERE published_at IS NULL),
                          (SELECT min(xact_start) FROM pg_stat_activity
                            WHERE backend_xid IS NOT NULL AND datname = current_database())"""
            ).fetchone()
        assert row is not None
        uncut, oldest_uncut, unpublished, oldest_segment, oldest_writer = row
        metrics.relay_uncut_events.labels(self.stream).set(uncut)
        metrics.relay_unpublished.labels(self.stream).set(unpublished)
        oldest = min((moment for moment in (oldest_uncut, oldest_segment) if moment), default=None)
        metrics.relay_oldest_seconds.labels(self.stream).set(_age(oldest))
        metrics.relay_horizon_seconds.labels(self.stream).set(_age(oldest_writer))

    def close(self) -> None:
        """End both connections; the locks go with them."""
        metrics.relay_leader_shards.labels(self.stream).set(0)
        for connection in (self.connection, self.listener):
            try:
                connection.close()
            except psycopg.Error as error:
                log.debug("closing", error=repr(error))


def _age(moment: dt.datetime | None) -> float:
    return max(0.0, (clock.now() - moment).total_seconds()) if moment else 0.0
