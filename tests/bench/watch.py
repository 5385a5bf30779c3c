"""Looking at the databases from outside: what is cut, published and applied, and when."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import psycopg

from tests.bench.stack import Stack

PATIENCE_SECONDS = 120.0


@dataclass(frozen=True)
class Cut:
    """What the relay has made of the log."""

    events: int
    segments: int
    seconds: float
    bodies: list[bytes]

    @property
    def per_segment(self) -> float:
        return self.events / self.segments


def wait(is_done: Callable[[], bool]) -> None:
    """Raises RuntimeError when it takes too long."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not is_done():
        if time.monotonic() > deadline:
            raise RuntimeError(f"not done after {PATIENCE_SECONDS:.0f} s; see the log of the relay and the consumer")
        time.sleep(0.1)


def is_published(stack: Stack) -> bool:
    sql = "SELECT NOT EXISTS (SELECT FROM event_log) AND NOT EXISTS (SELECT FROM segment WHERE published_at IS NULL)"
    with stack.connect("sessions") as connection:
        return bool(_one(connection, sql)[0])


def read_cut(stack: Stack) -> Cut:
    with stack.connect("sessions") as connection:
        row = _one(
            connection,
            """SELECT sum(events)::bigint, count(*), extract(epoch FROM max(published_at) - min(cut_at))::float8
                 FROM segment""",
        )
        bodies = [body for (body,) in connection.execute("SELECT body FROM segment ORDER BY number, shard LIMIT 1000")]
    events, count, seconds = row
    return Cut(events, count, seconds, bodies)


def is_consumed(stack: Stack) -> bool:
    with stack.connect("sessions") as connection:
        heads = connection.execute("SELECT shard, max(number) FROM segment GROUP BY shard ORDER BY shard").fetchall()
    with stack.connect("reporting") as connection:
        sql = "SELECT shard, segment FROM position WHERE stream = 'sessions' AND segment > 0 ORDER BY shard"
        return connection.execute(sql).fetchall() == heads


def applied_at(stack: Stack) -> float:
    """When the last segment was applied, in seconds since 1970."""
    with stack.connect("reporting") as connection:
        return float(_one(connection, "SELECT extract(epoch FROM max(applied_at))::float8 FROM position")[0])


def _one(connection: psycopg.Connection, sql: str) -> tuple:
    row = connection.execute(sql).fetchone()
    assert row is not None
    return row
