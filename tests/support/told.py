"""Facts told straight to a consumer: segments of one's own making, in any order, over several shards."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Iterable
from typing import Any

import msgspec
import sqlalchemy as sa

from services.reporting.consumers import CONSUMER
from shared import database
from shared.consumer import Applier, Outcome
from shared.events.base import Event
from shared.events.facts import Logged, encode, encode_data
from shared.segments import Segment, pack

EPOCH = uuid.UUID(int=0xE)
MIDNIGHT = dt.datetime(2023, 3, 8, tzinfo=dt.timezone(dt.timedelta(hours=7)))


def told(event: type[Event], subject: uuid.UUID, fact: msgspec.Struct, at: dt.datetime = MIDNIGHT) -> Logged:
    """An event as the log carries it."""
    return Logged(
        specversion="1.0", id=uuid.uuid4(), source="/apps/app", type=event.ce_type(), subject=subject, time=at,
        recordedtime=at, partitionkey="k", data=encode_data(fact),
    )  # fmt: skip


def stated(subject: uuid.UUID, event: Event, at: dt.datetime = MIDNIGHT) -> Logged:
    """An event of the registry, which is its own fact."""
    return told(type(event), subject, event, at)


class Teller:
    """Applies what is told to reporting, as the next segment of a shard; nothing may be put aside."""

    def __init__(self, engine: sa.Engine) -> None:
        self.engine = engine
        self.applier = Applier(CONSUMER, engine)
        self.numbers: Counter[tuple[str, int]] = Counter()

    def tell(self, stream: str, events: Iterable[Logged], shard: int = 0) -> None:
        bodies = [encode(event) for event in events]
        self.numbers[stream, shard] += 1
        segment = Segment(stream, EPOCH, shard, self.numbers[stream, shard], len(bodies), pack(bodies))
        assert self.applier.apply(segment) is Outcome.APPLIED
        assert self.ask("SELECT type, error FROM quarantine") == []

    def ask(self, sql: str, values: Any = None) -> list[tuple[Any, ...]]:
        with database.transaction(self.engine) as connection:
            return connection.execute(sql, values).fetchall()

    def forget(self) -> None:
        """Empty every table but the migrations', and begin anew."""
        names = self.ask(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
        )
        with database.transaction(self.engine) as connection:
            connection.execute("; ".join(f"DELETE FROM {row[0]}" for row in names))  # faster than TRUNCATE when small
        self.numbers.clear()

    def rows(self, *tables: str) -> dict[str, list[str]]:
        """The whole content of tables."""
        found = {name: self.ask(f"SELECT to_jsonb(t)::text FROM {name} AS t") for name in tables}
        return {name: sorted(row[0] for row in rows) for name, rows in found.items()}
