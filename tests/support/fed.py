"""Feeds of a history: what a producer would serve, without a producer."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

from shared.feed import FeedClient, FeedError, Heads
from shared.segments import Segment

EPOCH = uuid.UUID(int=1)


@dataclass
class ListFeed:
    """The feed of one stream: its segments by shard; `complete_to` is what its heads say."""

    stream: str
    shards: list[list[Segment]]
    complete_to: dt.datetime | None = dt.datetime(2100, 1, 1, tzinfo=dt.UTC)
    is_away: bool = False
    served: int = field(default=0)

    def heads(self) -> Heads:
        self._check()
        return Heads(EPOCH, [len(segments) for segments in self.shards], self.complete_to)

    def read(self, epoch: uuid.UUID, shard: int, after: int, limit: int = 7) -> list[Segment]:
        self._check()
        assert epoch == EPOCH
        self.served += 1
        return self.shards[shard][after : after + limit]

    def _check(self) -> None:
        if self.is_away:
            raise FeedError(f"{self.stream}: away")


def feeds_of(segments: Mapping[tuple[str, int], list[Segment]]) -> dict[str, ListFeed]:
    """A feed for each stream; shards without an event are empty."""
    made: dict[str, ListFeed] = {}
    for stream in ("registry", "sessions"):
        count = max((shard for name, shard in segments if name == stream), default=0) + 1
        made[stream] = ListFeed(stream, [segments.get((stream, shard), []) for shard in range(count)])
    return made


def as_clients(feeds: Mapping[str, ListFeed]) -> dict[str, FeedClient]:
    return {name: cast(FeedClient, feed) for name, feed in feeds.items()}
