"""From the log to the figures: the relay alone, the consumer alone, and everything at once.

Relay and consumer are the real processes (`cds relay`, `cds consume`). For the consumer alone, it is stopped in its
tracks while the relay fills its queues, and then let go. Times are those that both write into their databases.
"""

import time
from dataclasses import dataclass

import psycopg

from tests.bench import broker
from tests.bench.results import Result
from tests.bench.sending import Sender
from tests.bench.stack import Stack
from tests.bench.traffic import Traffic

PATIENCE_SECONDS = 120.0
LIMIT_MESSAGES = 1500
END_TO_END_BATCH = 1000
END_TO_END_SECONDS = 60.0


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


def relay_and_consumer(sender: Sender) -> list[Result]:
    """The log that the intake stages filled, through the relay, and then through reporting."""
    stack = sender.stack
    stack.start_consumer("reporting")
    stack.pause("consume reporting")
    stack.start_relay("sessions")
    _wait(lambda: _is_published(stack))
    cut = _read_cut(stack)
    stack.stop("relay sessions")
    begun = time.time()
    stack.resume("consume reporting")
    _wait(lambda: _is_consumed(stack))
    consumed = _applied_at(stack) - begun
    stack.stop("consume reporting")
    return _compare(sender, cut, consumed)


def _compare(sender: Sender, cut: Cut, consumed: float) -> list[Result]:
    url = sender.stack.node.add_vhost("limits")
    count = max(LIMIT_MESSAGES, cut.segments)
    published = sender.executor.submit(broker.publish, url, cut.bodies, count).result()
    taken = sender.executor.submit(broker.consume, url, count).result()
    sender.stack.node.delete_vhost("limits")
    events = count * cut.per_segment
    return [
        _beside(cut, "relay", cut.seconds, events / published, "pika publishing, confirms"),
        _beside(cut, "consumer", consumed, events / taken, "pika consuming, acks"),
    ]


def _beside(cut: Cut, name: str, seconds: float, limit: float, limit_label: str) -> Result:
    segments, size = cut.segments / seconds, sum(map(len, cut.bodies)) / len(cut.bodies)
    note = f"{segments:,.0f} segments/s, {cut.per_segment:.0f} events and {size / 1024:.0f} KiB each"
    more = {"segments_per_second": round(segments, 1), "events": cut.events, "bytes_per_segment": round(size)}
    return Result(f"{name} alone", cut.events / seconds, "events/s", limit, limit_label, note, name, more)


def end_to_end(sender: Sender, traffic: Traffic, limits: list[Result]) -> Result:
    """From the first request to the last exact figure, with every process at work."""
    stack = sender.stack
    for name in ("registry", "sessions"):
        stack.start_relay(name)
    for name in ("sessions", "reporting"):
        stack.start_consumer(name)
    before = _assists(stack)
    most = len(traffic.waiting) * max(map(len, traffic.waiting.values()))
    sent = sender.send(traffic, sender.as_batches(traffic, END_TO_END_BATCH, most), END_TO_END_SECONDS)
    wanted = before + sum(count.single + count.paper for count in traffic.expected().values())
    _wait(lambda: _assists(stack) == wanted and _is_published(stack) and _is_consumed(stack))
    seconds = _applied_at(stack) - sent.begun
    lowest = min(limits, key=lambda result: result.limit)
    return Result(
        "end to end",
        sent.events / seconds,
        "events/s",
        lowest.limit,
        f"the lowest: {lowest.limit_label}",
        f"{sent.events:,} events in {seconds:.1f} s; the last was accepted after {sent.seconds:.1f} s",
        "end_to_end",
        {"events": sent.events, "seconds": round(seconds, 1), "seconds_sending": round(sent.seconds, 1)},
    )


def _wait(is_done: object) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not is_done():  # type: ignore[operator]
        if time.monotonic() > deadline:
            raise RuntimeError(f"not done after {PATIENCE_SECONDS:.0f} s; see the log of the relay and the consumer")
        time.sleep(0.1)


def _is_published(stack: Stack) -> bool:
    sql = "SELECT NOT EXISTS (SELECT FROM event_log) AND NOT EXISTS (SELECT FROM segment WHERE published_at IS NULL)"
    with stack.connect("sessions") as connection:
        return bool(_one(connection, sql)[0])


def _read_cut(stack: Stack) -> Cut:
    with stack.connect("sessions") as connection:
        row = _one(
            connection,
            """SELECT sum(events)::bigint, count(*), extract(epoch FROM max(published_at) - min(cut_at))::float8
                 FROM segment""",
        )
        bodies = [body for (body,) in connection.execute("SELECT body FROM segment ORDER BY number, shard LIMIT 1000")]
    return Cut(*row, bodies)


def _is_consumed(stack: Stack) -> bool:
    with stack.connect("sessions") as connection:
        heads = connection.execute("SELECT shard, max(number) FROM segment GROUP BY shard ORDER BY shard").fetchall()
    with stack.connect("reporting") as connection:
        sql = "SELECT shard, segment FROM position WHERE stream = 'sessions' AND segment > 0 ORDER BY shard"
        return connection.execute(sql).fetchall() == heads


def _applied_at(stack: Stack) -> float:
    """When the last segment was applied, in seconds since 1970."""
    with stack.connect("reporting") as connection:
        return float(_one(connection, "SELECT extract(epoch FROM max(applied_at))::float8 FROM position")[0])


def _assists(stack: Stack) -> int:
    """All assists in reporting, single and paper."""
    sql = """SELECT coalesce((SELECT sum(assists) FROM assists_by_day), 0)
                  + coalesce((SELECT sum(assists) FROM paper_by_day), 0)"""
    with stack.connect("reporting") as connection:
        return int(_one(connection, sql)[0])


def _one(connection: psycopg.Connection, sql: str) -> tuple:
    row = connection.execute(sql).fetchone()
    assert row is not None
    return row
