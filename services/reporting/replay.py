"""Bringing a copy of the projections forward from the feeds: up to the heads, to a moment, or to a cut.

Guarantee: the registry's stream comes first, then the others, shard after shard; each event is applied exactly once,
also when it stops in the middle of a segment and goes on another day. It stops before the first event of a shard that
was recorded at the moment or later, whatever comes behind that one.
"""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
import sqlalchemy as sa

from services.reporting.consumers import CONSUMER
from services.reporting.projections import ledger
from shared.consumer import Applier, read_events
from shared.database import transaction
from shared.feed import FeedClient, FeedError, Heads
from shared.segments import BadSegment, Segment

Shard = tuple[str, int]


@dataclass(frozen=True, slots=True, order=True)
class Cut:
    """Up to where a shard is in: whole segments, and so many events of the next one."""

    segment: int
    events: int = 0


Vector = dict[Shard, Cut]


class Replay:
    """Applies the feeds to one copy."""

    def __init__(self, bound: sa.Engine, feeds: Mapping[str, FeedClient], *, with_reasons: bool = False) -> None:
        self.engine = bound
        self._feeds = feeds
        self._applier = Applier(CONSUMER, bound, ledger.reason_of if with_reasons else None)

    def heads(self) -> dict[str, Heads]:
        """The heads of every stream, the registry's first.

        Raises:
            FeedError: when one cannot be had now.
        """
        return {stream: self._feeds[stream].heads() for stream in sorted(self._feeds)}

    def to_heads(self, heads: Mapping[str, Heads]) -> Iterator[int]:
        """Apply everything up to these heads; yields the number of events, segment by segment."""
        for stream, shard, head in _shards(heads):
            for segment in self._segments(stream, shard, heads[stream], head):
                self._apply(segment)
                yield segment.events

    def to_moment(self, heads: Mapping[str, Heads], limit: dt.datetime) -> None:
        """Apply what was recorded before `limit`, by the rule of the cut, and no further than these heads."""
        self._applier.retry()
        for stream, shard, head in _shards(heads):
            for segment in self._segments(stream, shard, heads[stream], head):
                before = _count_before(segment, limit)
                if before < segment.events:
                    self._apply_first(segment, before)
                    break
                self._apply(segment)

    def to_cut(self, heads: Mapping[str, Heads], vector: Vector) -> None:
        """Apply what a vector says, no more and no less."""
        for stream, shard, head in _shards(heads):
            cut = vector.get((stream, shard), Cut(0))
            for segment in self._segments(stream, shard, heads[stream], min(head, cut.segment + bool(cut.events))):
                if segment.number > cut.segment:
                    self._apply_first(segment, cut.events)
                else:
                    self._apply(segment)

    def vector(self) -> Vector:
        """How far the copy is."""
        with transaction(self.engine) as connection:
            rows = connection.execute("SELECT stream, shard, segment, applied_events FROM position").fetchall()
        return {(row[0], row[1]): Cut(row[2], row[3]) for row in rows}

    def has_reached(self, vector: Vector) -> bool:
        """Whether everything that a vector says is in."""
        done = self.vector()
        return all(done.get(shard, Cut(0)) >= cut for shard, cut in vector.items())

    def segments_behind(self, heads: Mapping[str, Heads]) -> int:
        """How many segments there are between the copy and these heads."""
        done = self.vector()
        return sum(head - done.get((stream, shard), Cut(0)).segment for stream, shard, head in _shards(heads))

    def _segments(self, stream: str, shard: int, heads: Heads, last: int) -> Iterator[Segment]:
        position = self._applier.position(stream, shard, heads.epoch).segment
        while position < last:
            page = self._feeds[stream].read(heads.epoch, shard, position)
            if not page:
                raise FeedError(f"{stream}/{shard}: nothing after {position}, though the head is {last}")
            yield from (segment for segment in page if segment.number <= last)
            position = page[-1].number

    def _apply(self, segment: Segment) -> None:
        try:
            self._applier.apply(segment)
        except (BadSegment, msgspec.MsgspecError) as error:
            raise FeedError(f"{segment.stream}/{segment.shard}/{segment.number} cannot be read: {error}") from error

    def _apply_first(self, segment: Segment, count: int) -> None:
        position = self._applier.position(segment.stream, segment.shard, segment.epoch)
        if count > position.applied_events:
            self._applier.apply_first(segment, count)


def _shards(heads: Mapping[str, Heads]) -> Iterator[tuple[str, int, int]]:
    for stream in sorted(heads):
        for shard, head in enumerate(heads[stream].numbers):
            yield stream, shard, head


def _count_before(segment: Segment, limit: dt.datetime) -> int:
    """How many events of a segment stand before the first that was recorded at `limit` or later."""
    for index, event in enumerate(read_events(segment)):
        if event.recordedtime >= limit:
            return index
    return segment.events


def feeds_of(settings: Any) -> dict[str, FeedClient]:
    """The feeds that reporting reads."""
    return {name: FeedClient(settings.url_of(name), name, settings.internal_secret) for name in CONSUMER.streams}
