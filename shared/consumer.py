"""Applying segments: each exactly once, in order, with its effect and its position in one transaction.

Guarantee: segment n is applied only on n-1; a lower one is a duplicate, a higher one a gap; an event that cannot be
applied is put aside alone and the rest goes on. The closed set of outcomes is also the metric's labels.
It does not read the broker or the feed: `subscription.py` does.
Step 7 of the event path (docs/architecture.md).
"""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from shared import fault, logs, metrics, quarantine
from shared.database import AWAY, Connection, transaction
from shared.events import facts
from shared.events.facts import Logged
from shared.feed import EpochChanged
from shared.quarantine import Place
from shared.segments import BadSegment, Segment
from shared.work import Changes, Consumer, Handler, ReasonOf, Work

__all__ = ["Applier", "Changes", "Consumer", "Handler", "Outcome", "Work"]

CRASHES_BEFORE_CARE = 3
log = logs.get("consumer")


class Outcome(StrEnum):
    """What became of a segment."""

    APPLIED = "applied"
    DUPLICATE = "duplicate"
    GAP = "gap"


def define_tables(metadata: sa.MetaData) -> None:
    """The table of a consuming service that says how far it has come."""
    sa.Table(
        "position",
        metadata,
        sa.Column("stream", sa.Text, primary_key=True),
        sa.Column("shard", sa.SmallInteger, primary_key=True),
        sa.Column("epoch", pg.UUID, nullable=False),
        sa.Column("segment", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("attempts", sa.SmallInteger, nullable=False, server_default="0", comment="to apply the next segment"),
        sa.Column("applied_events", sa.Integer, nullable=False, server_default="0", comment="of the next, one by one"),
        sa.Column("trying_event", sa.Integer, comment="the event of the next segment that is being applied alone"),
        sa.Column("applied_at", sa.DateTime(timezone=True)),
        sa.Column("last_recorded_at", sa.DateTime(timezone=True), comment="of the newest event applied"),
    )
    quarantine.define_tables(metadata)


@dataclass(frozen=True, slots=True)
class Position:
    """How far a shard was applied."""

    epoch: uuid.UUID
    segment: int
    attempts: int = 0
    applied_events: int = 0
    trying_event: int | None = None


class Applier:
    """Applies segments of a consumer to its database."""

    def __init__(self, consumer: Consumer, engine: sa.Engine, reason_of: ReasonOf | None = None) -> None:
        self.consumer = consumer
        self.engine = engine
        self._handlers = consumer.by_type()
        self._reason_of = reason_of
        self._survived: tuple[Place, int] | None = None

    def position(self, stream: str, shard: int, epoch: uuid.UUID) -> Position:
        """The position of a shard; the first call opens it at 0 in this epoch.

        Raises:
            EpochChanged: when the position belongs to another epoch.
        """
        with transaction(self.engine) as connection:
            connection.execute(
                "INSERT INTO position (stream, shard, epoch) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
                [stream, shard, epoch],
            )
            found = _position(connection, stream, shard)
        if found.epoch != epoch:
            raise EpochChanged(f"{stream}/{shard}: position of epoch {found.epoch}, source of epoch {epoch}")
        return found

    def apply(self, segment: Segment) -> Outcome:
        """Apply one segment, or say why not.

        Raises:
            EpochChanged: when the segment is of another epoch than the position.
            BadSegment, msgspec.MsgspecError: when its bytes are not readable; nothing is changed.
        """
        try:
            outcome = self._apply(segment)
        except Overtaken:
            outcome = Outcome.DUPLICATE
        metrics.consumer_segments.labels(self.consumer.name, segment.stream, outcome).inc()
        return outcome

    def _apply(self, segment: Segment) -> Outcome:
        position = self.position(segment.stream, segment.shard, segment.epoch)
        if segment.number <= position.segment:
            return Outcome.DUPLICATE
        if segment.number > position.segment + 1:
            return Outcome.GAP
        events = read_events(segment)
        attempts = self._count_attempt(segment)
        try:
            if attempts > CRASHES_BEFORE_CARE or position.applied_events:
                raise _NeedsCare
            self._apply_whole(segment, events)
        except NOT_THE_EVENTS_FAULT:
            raise
        except Exception as error:
            say = log.debug if position.applied_events else log.warning
            say("segment needs care", stream=segment.stream, segment=segment.number, error=repr(error))
            self._apply_one_by_one(segment, events, attempts)
        self._note(segment, events)
        return Outcome.APPLIED

    def apply_first(self, segment: Segment, count: int) -> None:
        """Apply the first `count` events of the next segment and no more: the rest of it is applied another time.

        Raises:
            ValueError: when the segment is not the next one, or more of it was applied already.
        """
        position = self.position(segment.stream, segment.shard, segment.epoch)
        events = read_events(segment)
        if segment.number != position.segment + 1 or not position.applied_events <= count < len(events):
            raise ValueError(
                f"{segment.stream}/{segment.shard}/{segment.number}: {count} events do not follow {position}"
            )
        self._apply_one_by_one(segment, events[:count], 0)

    def _note(self, segment: Segment, events: Sequence[Logged]) -> None:
        metrics.consumer_events.labels(self.consumer.name, segment.stream).inc(len(events))
        age = dt.datetime.now(dt.UTC) - max(event.recordedtime for event in events)
        metrics.consumer_freshness.labels(self.consumer.name, segment.stream).observe(age.total_seconds())

    def _count_attempt(self, segment: Segment) -> int:
        """Remember that this segment is tried, before it can kill us: it must outlive us, not the server."""
        with transaction(self.engine) as connection:
            connection.execute("SET LOCAL synchronous_commit = off")
            row = connection.execute(
                """UPDATE position SET attempts = attempts + 1
                    WHERE stream = %s AND shard = %s AND segment = %s RETURNING attempts""",
                [segment.stream, segment.shard, segment.number - 1],
            ).fetchone()
        return int(row[0]) if row else 0

    def _apply_whole(self, segment: Segment, events: Sequence[Logged]) -> None:
        with transaction(self.engine) as connection:
            self._advance(connection, segment, events)
            fault.hit(fault.Point.CONSUMER_AFTER_POSITION)
            held = quarantine.held_subjects(connection)
            if any(event.subject in held for event in events):
                raise _NeedsCare
            work = Work(connection, place=Place(segment.stream, segment.shard, segment.number))
            for event in events:
                self._handle(work, event)
            work.flush()
            fault.hit(fault.Point.CONSUMER_BEFORE_COMMIT)
        fault.hit(fault.Point.CONSUMER_AFTER_COMMIT)

    def _handle(self, work: Work, event: Logged) -> None:
        if event.type not in facts.known_types():
            raise _UnknownType(event.type)
        handlers = self._handlers.get(event.type)
        if handlers is None:
            return
        fact = facts.decode_fact(event)
        if self._reason_of is not None:
            work.because(self._reason_of(event, fact))
        for handler in handlers:
            handler(work, event, fact)

    def _advance(self, connection: Connection, segment: Segment, events: Sequence[Logged]) -> None:
        """Move the position, which also fences a paused twin: only one of us finds n-1."""
        moved = connection.execute(
            """UPDATE position SET segment = %s, attempts = 0, applied_events = 0, trying_event = NULL,
                      applied_at = now(), last_recorded_at = greatest(last_recorded_at, %s)
                WHERE stream = %s AND shard = %s AND epoch = %s AND segment = %s""",
            [segment.number, max(e.recordedtime for e in events), segment.stream, segment.shard, segment.epoch,
             segment.number - 1],
        )  # fmt: skip
        if moved.rowcount != 1:
            raise Overtaken(f"{segment.stream}/{segment.shard}/{segment.number}: applied by another process")

    def _apply_one_by_one(self, segment: Segment, events: Sequence[Logged], attempts: int) -> None:
        """Each event in a transaction of its own; the one that fails, or that killed us before, is put aside."""
        place = Place(segment.stream, segment.shard, segment.number)
        with transaction(self.engine) as connection:
            position = _position(connection, segment.stream, segment.shard)
        for index in range(position.applied_events, len(events)):
            # Once is chance (a restart, the kernel's choice); whoever lives to tell of a failure did not die of it.
            died_here = (
                position.trying_event == index
                and attempts > CRASHES_BEFORE_CARE + 1
                and self._survived != (place, index)
            )
            self._apply_alone(place, index, events[index], died_here)
        with transaction(self.engine) as connection:
            if len(events) == segment.events:
                self._advance(connection, segment, events)
            metrics.quarantined_events.labels(self.consumer.name).set(quarantine.open_count(connection))

    def _apply_alone(self, place: Place, index: int, event: Logged, died_here: bool) -> None:
        if died_here:
            self._quarantine(place, index, event, "crash", "the process ended while applying this event")
            return
        self._try(place, index)
        try:
            with transaction(self.engine) as connection:
                if event.subject in quarantine.held_subjects(connection):
                    raise _Behind
                work = Work(connection, place=place)
                self._handle(work, event)
                work.flush()
                _step(connection, place, index)
        except NOT_THE_EVENTS_FAULT:
            self._survived = (place, index)
            raise
        except Exception as error:
            self._quarantine(place, index, event, _reason(error), repr(error))

    def _try(self, place: Place, index: int) -> None:
        with transaction(self.engine) as connection:
            connection.execute(
                "UPDATE position SET trying_event = %s WHERE stream = %s AND shard = %s",
                [index, place.stream, place.shard],
            )

    def _quarantine(self, place: Place, index: int, event: Logged, reason: str, error: str) -> None:
        log.error("event put aside", event_id=str(event.id), type=event.type, reason=reason, error=error)
        with transaction(self.engine) as connection:
            quarantine.put_aside(connection, place, event, reason, error)
            _step(connection, place, index)

    def retry(self, quarantine_ids: list[int] | None = None, reason: str | None = None) -> tuple[int, int]:
        """Try events that were put aside again, oldest first: (applied, still waiting). No event overtakes an earlier
        one of its subject that waits, and two who try at once apply it once."""
        with transaction(self.engine) as connection:
            held = quarantine.waiting(connection, quarantine_ids, reason)
        failed: set[uuid.UUID] = set()
        for item in held:
            if item.event.subject in failed or not self._retry_one(item):
                failed.add(item.event.subject)
        with transaction(self.engine) as connection:
            waiting = quarantine.open_count(connection)
        metrics.quarantined_events.labels(self.consumer.name).set(waiting)
        return len(held) - sum(item.event.subject in failed for item in held), waiting

    def _retry_one(self, item: quarantine.Held) -> bool:
        try:
            with transaction(self.engine) as connection:
                if not quarantine.claim(connection, item.quarantine_id, "applied"):
                    return False
                work = Work(connection, place=item.place)
                self._handle(work, item.event)
                work.flush()
        except NOT_THE_EVENTS_FAULT:
            raise
        except Exception as error:
            log.warning("event still cannot be applied", event_id=str(item.event.id), error=repr(error))
            return False
        return True


class Overtaken(Exception):
    """Another process applied this segment meanwhile."""


NOT_THE_EVENTS_FAULT: tuple[type[Exception], ...] = (*AWAY, Overtaken)


class _NeedsCare(Exception):
    """A subject of this segment has an event waiting in quarantine."""


class _Behind(Exception):
    """An earlier event of this subject waits in quarantine."""


class _UnknownType(Exception):
    """A type of a newer release."""


def _reason(error: Exception) -> str:
    if isinstance(error, _UnknownType):
        return "unknown_type"
    if isinstance(error, _Behind):
        return "behind"
    return "undecodable" if isinstance(error, msgspec.MsgspecError) else "failed"


def read_events(segment: Segment) -> list[Logged]:
    """The events of a segment, as many as it says.

    Raises:
        BadSegment, msgspec.MsgspecError: when its bytes are not those of a segment.
    """
    try:
        events = facts.decode_batch(segment.inflate())
    except (RecursionError, UnicodeDecodeError) as error:
        raise BadSegment(f"segment {segment.number}: nested too deep, or not UTF-8") from error
    if not events or len(events) != segment.events:
        raise BadSegment(f"segment {segment.number}: {len(events)} events, said to be {segment.events}")
    return events


def _position(connection: Connection, stream: str, shard: int) -> Position:
    row = connection.execute(
        """SELECT epoch, segment, attempts, applied_events, trying_event FROM position
            WHERE stream = %s AND shard = %s""",
        [stream, shard],
    ).fetchone()
    if row is None:
        raise LookupError(f"no position of {stream}/{shard}")
    return Position(*row)


def _step(connection: Connection, place: Place, index: int) -> None:
    """Move past one event of the next segment; only one process finds the step before."""
    moved = connection.execute(
        """UPDATE position SET applied_events = %s
            WHERE stream = %s AND shard = %s AND segment = %s AND applied_events = %s""",
        [index + 1, place.stream, place.shard, place.segment - 1, index],
    )
    if moved.rowcount != 1:
        raise Overtaken(f"{place.stream}/{place.shard}/{place.segment}: event {index} applied by another process")
