"""Waiting until everything accepted has its effect: logs cut, consumers at the heads, nothing pending that could move.

Guarantee: when `wait` returns True, every event accepted before the call is in the figures. It reads the databases
directly, so it is for the operator's machine and for tests.
"""

import time
from collections.abc import Callable

from deploy.cds import wiring
from services.sessions import resolver
from shared import database, segments
from shared.database import Connection
from shared.settings import Settings


def wait(settings: Settings, seconds: float, on_progress: Callable[[int], None] = lambda _behind: None) -> bool:
    """Wait until settled, at most so long; whether it is."""
    deadline = time.monotonic() + seconds
    while True:
        behind = distance(settings)
        on_progress(behind)
        if behind == 0:
            return True
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)


def distance(settings: Settings) -> int:
    """How much is on its way: events not cut, pending events that can be settled, segments not applied."""
    on_the_way = 0
    heads: dict[str, dict[int, int]] = {}
    for stream in wiring.producers():
        with database.connect(settings.database_url(stream)) as connection:
            on_the_way += _count(connection, "SELECT count(*) FROM event_log")
            if stream == "sessions":
                on_the_way += len(connection.execute(resolver.READY, [1000]).fetchall())
            heads[stream] = segments.heads(connection, settings.shards)
    for name, consumer in wiring.CONSUMERS.items():
        with database.connect(settings.database_url(name)) as connection:
            on_the_way += sum(_behind(connection, stream, heads[stream]) for stream in consumer.streams)
    return on_the_way


def _count(connection: Connection, sql: str) -> int:
    row = connection.execute(sql).fetchone()
    return int(row[0]) if row else 0


def _behind(connection: Connection, stream: str, heads: dict[int, int]) -> int:
    rows = connection.execute("SELECT shard, segment FROM position WHERE stream = %s", [stream])
    positions: dict[int, int] = {row[0]: row[1] for row in rows}
    return sum(max(0, number - positions.get(shard, 0)) for shard, number in heads.items())
