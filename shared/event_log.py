"""The event log: an append-only table in the producer's database, outbox and history in one.

Guarantee: an event is appended in the business transaction, once per (source, id) for ever; writers never wait for
each other, an order is given afterwards by the cut (`segments.py`).
It does not publish, and it does not keep rows that are cut: of those `event_key` remembers digest and segment.
Step 3 of the event path (docs/architecture.md).
"""

import datetime as dt
import hashlib
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from shared.database import Connection

CHANNEL = "cds_event_log"
Key = tuple[int, UUID]


class Raced(Exception):
    """Another transaction appended one of these events meanwhile: roll back, read again."""


class Xid8(sa.types.UserDefinedType[str]):
    """PostgreSQL's 64-bit transaction id."""

    cache_ok = True

    def get_col_spec(self, **_: object) -> str:
        return "xid8"


def define_tables(metadata: sa.MetaData) -> None:
    """The tables of a producing service: source, event_log, event_key."""
    sa.Table(
        "source",
        metadata,
        sa.Column("source_id", sa.Integer, sa.Identity(), primary_key=True),
        sa.Column("name", sa.Text, nullable=False, unique=True),
    )
    sa.Table(
        "event_log",
        metadata,
        sa.Column("log_id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("xid", Xid8(), nullable=False, server_default=sa.text("pg_current_xact_id()")),
        sa.Column("shard", sa.SmallInteger, nullable=False),
        sa.Column("source_id", sa.Integer, nullable=False),
        sa.Column("event_id", pg.UUID, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        # Deduplication: the insert of the intake.
        sa.UniqueConstraint("source_id", "event_id", name="event_log_once"),
        # The cut reads in this order.
        sa.Index("event_log_order", "shard", "xid", "log_id"),
    )
    sa.Table(
        "event_key",
        metadata,
        sa.Column("source_id", sa.Integer, primary_key=True),
        sa.Column("event_id", pg.UUID, primary_key=True),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("shard", sa.SmallInteger, nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("segment", sa.BigInteger, comment="null: accepted, waits for what it refers to"),
    )


@dataclass(frozen=True, slots=True)
class Entry:
    """One event to append: `body` is its final bytes, `digest` that of its canonical content."""

    source_id: int
    event_id: UUID
    shard: int
    digest: bytes
    recorded_at: dt.datetime
    body: bytes


@dataclass(frozen=True, slots=True)
class Known:
    """What is remembered of an accepted event. `segment` is None while it is not cut."""

    digest: bytes
    shard: int
    recorded_at: dt.datetime
    segment: int | None


def digest_of(content: bytes) -> bytes:
    """16 bytes of SHA-256: enough to tell two contents of one id apart."""
    return hashlib.sha256(content).digest()[:16]


def shard_of(ward_key: str, shards: int) -> int:
    """The shard of a new entity: crc32 of the ward it first happened in, so a ward's events keep their order."""
    return zlib.crc32(ward_key.encode()) % shards


def source_id_of(connection: Connection, name: str) -> int:
    """The number that stands for a source; made on first sight."""
    row = connection.execute("SELECT source_id FROM source WHERE name = %s", [name]).fetchone()
    if row is None:
        connection.execute("INSERT INTO source (name) VALUES (%s) ON CONFLICT DO NOTHING", [name])
        row = connection.execute("SELECT source_id FROM source WHERE name = %s", [name]).fetchone()
    assert row is not None
    return int(row[0])


def known(connection: Connection, source_id: int, event_ids: Sequence[UUID]) -> dict[UUID, Known]:
    """Which of these events of a source are accepted already."""
    rows = connection.execute(
        """SELECT event_id, digest, shard, recorded_at, NULL::bigint FROM event_log
            WHERE source_id = %(source)s AND event_id = ANY(%(ids)s)
           UNION ALL
           SELECT event_id, digest, shard, recorded_at, segment FROM event_key
            WHERE source_id = %(source)s AND event_id = ANY(%(ids)s)""",
        {"source": source_id, "ids": list(event_ids)},
    )
    return {row[0]: Known(*row[1:]) for row in rows}


def append(connection: Connection, entries: Iterable[Entry], *, resolving: bool = False) -> None:
    """Append events that `known` did not find, in their order.

    Rows are inserted in key order, so two senders of the same events wait for each other instead of deadlocking, while
    `log_id` keeps the order sent. Looking into `event_key` after the insert closes the race with a cut: when the cut
    has moved the first row away, that row is visible by then. With `resolving`, an event that was accepted to wait for
    its reference is appended now.

    Raises:
        Raced: another transaction was faster with one of them.
    """
    made = list(entries)
    if not made:
        return
    inserted = connection.execute(
        """WITH given AS (
               SELECT * FROM unnest(%s::int[], %s::uuid[], %s::smallint[], %s::bytea[], %s::timestamptz[], %s::bytea[])
                 WITH ORDINALITY AS g(source_id, event_id, shard, digest, recorded_at, body, position)),
             numbered AS MATERIALIZED (
               SELECT nextval(pg_get_serial_sequence('event_log', 'log_id')) AS log_id, o.*
                 FROM (SELECT * FROM given ORDER BY position) AS o)
           INSERT INTO event_log (log_id, source_id, event_id, shard, digest, recorded_at, body)
             OVERRIDING SYSTEM VALUE
           SELECT log_id, source_id, event_id, shard, digest, recorded_at, body
             FROM numbered ORDER BY source_id, event_id
           ON CONFLICT ON CONSTRAINT event_log_once DO NOTHING""",
        [list(column) for column in zip(*map(_columns, made), strict=True)],
    )
    if inserted.rowcount != len(made) or _is_kept(connection, made, resolving):
        raise Raced


def _columns(entry: Entry) -> tuple[object, ...]:
    return (entry.source_id, entry.event_id, entry.shard, entry.digest, entry.recorded_at, entry.body)


def _is_kept(connection: Connection, entries: Sequence[Entry], resolving: bool) -> bool:
    """Whether one of these is in `event_key`: cut, or (unless we resolve it) waiting for its reference."""
    row = connection.execute(
        """SELECT EXISTS (SELECT FROM event_key JOIN unnest(%s::int[], %s::uuid[]) AS g(source_id, event_id)
                           USING (source_id, event_id) WHERE segment IS NOT NULL OR NOT %s)""",
        [[entry.source_id for entry in entries], [entry.event_id for entry in entries], resolving],
    ).fetchone()
    return bool(row and row[0])


def wake_relay(connection: Connection) -> None:
    """Tell the relay that there is something to cut. Call it in a transaction of its own: NOTIFY takes a lock that is
    held through the commit, and would put all writers in line behind each other's fsync."""
    connection.execute("SET LOCAL synchronous_commit = off")
    connection.execute("SELECT pg_notify(%s, '')", [CHANNEL])
