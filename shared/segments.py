"""Segments: the order of the log, given once, in gapless numbers per shard.

Guarantee: only rows older than every transaction still in flight are cut, in (shard, xid, log_id) order, so no row
that commits late is ever skipped; a segment's bytes are stored as they are published and served, never encoded again.
It does not elect the leader: the relay holds the shard's lock on the very connection that cuts.
Step 4 of the event path (docs/architecture.md).
"""

import datetime as dt
import uuid
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from shared import fault
from shared.database import Connection

MAX_EVENTS = 500
MAX_BYTES = 512 * 1024
ROWS_PER_CUT = 4000
SETTLING = dt.timedelta(seconds=60)
INFLATED_LIMIT = 16 * 1024 * 1024


class BadSegment(ValueError):
    """The bytes are not those of a segment."""


def define_tables(metadata: sa.MetaData) -> None:
    """The tables of a producing service: stream_state, segment."""
    sa.Table(
        "stream_state",
        metadata,
        sa.Column("stream", sa.Text, primary_key=True),
        sa.Column("epoch", pg.UUID, nullable=False, comment="changes when the database is restored from a backup"),
        sa.Column("shards", sa.SmallInteger, nullable=False, comment="constant within an epoch"),
    )
    sa.Table(
        "segment",
        metadata,
        sa.Column("shard", sa.SmallInteger, primary_key=True),
        sa.Column("number", sa.BigInteger, primary_key=True),
        sa.Column("events", sa.Integer, nullable=False),
        sa.Column("first_recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cut_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.Column("published_at", sa.DateTime(timezone=True), comment="a hint: confirmed by the broker"),
        sa.Column("body", sa.LargeBinary, nullable=False, comment="gzip of a CloudEvents JSON batch"),
        # The relay looks for what is not confirmed yet.
        sa.Index("segment_unpublished", "shard", "number", postgresql_where=sa.text("published_at IS NULL")),
    )


@dataclass(frozen=True, slots=True)
class Segment:
    """A numbered run of events of one shard. `body` is the gzip of a CloudEvents JSON batch."""

    stream: str
    epoch: uuid.UUID
    shard: int
    number: int
    events: int
    body: bytes

    def inflate(self) -> bytes:
        """The JSON batch.

        Raises:
            BadSegment: when the bytes are no gzip or grow past the limit.
        """
        inflater = zlib.decompressobj(wbits=31)
        try:
            batch = inflater.decompress(self.body, INFLATED_LIMIT)
        except zlib.error as error:
            raise BadSegment(f"segment {self.number}: not gzip") from error
        if not inflater.eof:
            raise BadSegment(f"segment {self.number}: truncated, or over {INFLATED_LIMIT} bytes inflated")
        return batch


def pack(bodies: Sequence[bytes]) -> bytes:
    """The stored bytes of a segment made of these events."""
    deflater = zlib.compressobj(level=1, wbits=31)
    return deflater.compress(b"[" + b",".join(bodies) + b"]") + deflater.flush()


def open_stream(connection: Connection, stream: str, shards: int) -> tuple[uuid.UUID, int]:
    """The epoch and the number of shards of a stream; the first call decides them."""
    connection.execute(
        "INSERT INTO stream_state (stream, epoch, shards) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
        [stream, uuid.uuid4(), shards],
    )
    row = connection.execute("SELECT epoch, shards FROM stream_state WHERE stream = %s", [stream]).fetchone()
    assert row is not None
    return row[0], row[1]


HORIZON = """
SELECT coalesce(
         (SELECT min(x.id::text::numeric) FROM pg_snapshot_xip(s.now) AS x(id)
           WHERE NOT EXISTS (
             SELECT FROM pg_stat_activity AS a
              WHERE a.datname <> current_database() AND a.backend_xid IS NOT NULL
                AND a.backend_xid = (x.id::text::numeric % 4294967296)::text::xid)),
         pg_snapshot_xmax(s.now)::text::numeric)::text
  FROM (SELECT pg_current_snapshot() AS now) AS s
"""


def horizon(connection: Connection) -> str:
    """The first transaction id that may still commit a row here; ids that a writer in another database of the cluster
    positively holds are passed over."""
    row = connection.execute(HORIZON).fetchone()
    assert row is not None
    return str(row[0])


def cut(connection: Connection, shards: Sequence[int], *, below: str | None = None) -> int:
    """Cut what is ready of these shards into segments; how many events were cut. The caller commits."""
    limit = below if below is not None else horizon(connection)
    rows = connection.execute(
        """SELECT log_id, shard, source_id, event_id, digest, recorded_at, body FROM event_log
            WHERE shard = ANY(%s) AND event_log.xid < %s::xid8
            ORDER BY event_log.shard, event_log.xid, event_log.log_id LIMIT %s""",
        [list(shards), limit, ROWS_PER_CUT],
    ).fetchall()
    fault.hit(fault.Point.RELAY_AFTER_SELECT)
    for shard, of_shard in groupby(rows, key=lambda row: row[1]):
        _store(connection, shard, list(of_shard))
    if rows:
        connection.execute("DELETE FROM event_log WHERE log_id = ANY(%s)", [[row[0] for row in rows]])
    return len(rows)


def _store(connection: Connection, shard: int, rows: list[Any]) -> None:
    number = head(connection, shard)
    for chunk in _chunks(rows):
        number += 1
        recorded = [row[5] for row in chunk]
        connection.execute(
            """INSERT INTO segment (shard, number, events, first_recorded_at, last_recorded_at, body)
               VALUES (%s, %s, %s, %s, %s, %s)""",
            [shard, number, len(chunk), min(recorded), max(recorded), pack([row[6] for row in chunk])],
        )
        connection.execute(
            """INSERT INTO event_key (source_id, event_id, digest, recorded_at, shard, segment)
               SELECT source_id, event_id, digest, recorded_at, %s, %s
                 FROM unnest(%s::int[], %s::uuid[], %s::bytea[], %s::timestamptz[])
                   AS g(source_id, event_id, digest, recorded_at) ORDER BY source_id, event_id
               ON CONFLICT (source_id, event_id) DO UPDATE SET shard = excluded.shard, segment = excluded.segment""",
            [shard, number, *([row[i] for row in chunk] for i in (2, 3, 4, 5))],
        )


def _chunks(rows: list[Any]) -> Iterator[list[Any]]:
    chunk: list[Any] = []
    size = 0
    for row in rows:
        if chunk and (len(chunk) == MAX_EVENTS or size + len(row[6]) > MAX_BYTES):
            yield chunk
            chunk, size = [], 0
        chunk.append(row)
        size += len(row[6])
    if chunk:
        yield chunk


def head(connection: Connection, shard: int) -> int:
    """The last number cut of a shard; 0 before the first."""
    row = connection.execute("SELECT coalesce(max(number), 0) FROM segment WHERE shard = %s", [shard]).fetchone()
    assert row is not None
    return int(row[0])


def heads(connection: Connection, shards: int) -> dict[int, int]:
    """The last number cut, by shard."""
    rows = connection.execute("SELECT shard, max(number) FROM segment GROUP BY shard")
    return dict.fromkeys(range(shards), 0) | {row[0]: row[1] for row in rows}


COMPLETE_TO = """
SELECT least(now() - %(settling)s,
             (SELECT min(recorded_at) FROM event_log WHERE shard >= 0),
             (SELECT min(xact_start) - %(settling)s FROM pg_stat_activity
               WHERE datname = current_database() AND backend_xid IS NOT NULL AND pid <> pg_backend_pid()))
"""


def complete_to(connection: Connection) -> dt.datetime:
    """Until when everything recorded is in a segment: the oldest row that is not cut, and the oldest writer, say it.

    A writer reads its clock before its transaction begins, at most `SETTLING` before; whoever takes longer (a process
    that was paused) comes in later, behind what was recorded after it.
    """
    row = connection.execute(COMPLETE_TO, {"settling": SETTLING}).fetchone()
    assert row is not None
    found: dt.datetime = row[0]
    return found


def waiting(connection: Connection) -> tuple[int, int] | None:
    """The lowest and the highest number in the log of what is not cut yet and will be; None where there is nothing."""
    row = connection.execute("SELECT min(log_id), max(log_id) FROM event_log WHERE shard >= 0").fetchone()
    return (row[0], row[1]) if row and row[0] is not None else None


def read(connection: Connection, stream: str, epoch: uuid.UUID, shard: int, after: int, limit: int) -> list[Segment]:
    """Segments of a shard after a number, in order."""
    rows = connection.execute(
        "SELECT number, events, body FROM segment WHERE shard = %s AND number > %s ORDER BY number LIMIT %s",
        [shard, after, limit],
    )
    return [Segment(stream, epoch, shard, row[0], row[1], row[2]) for row in rows]


def unpublished(
    connection: Connection, stream: str, epoch: uuid.UUID, after: Mapping[int, int], limit: int
) -> list[Segment]:
    """Segments of each shard after a number that no confirm has been noted for, in order."""
    rows = connection.execute(
        """SELECT s.shard, s.number, s.events, s.body
             FROM unnest(%s::smallint[], %s::bigint[]) AS g(shard, after)
             CROSS JOIN LATERAL (
                  SELECT shard, number, events, body FROM segment
                   WHERE published_at IS NULL AND segment.shard = g.shard AND number > g.after
                   ORDER BY number LIMIT %s) AS s
            ORDER BY s.shard, s.number LIMIT %s""",
        [list(after), list(after.values()), limit, limit],
    )
    return [Segment(stream, epoch, *row) for row in rows]


def mark_published(connection: Connection, done: Sequence[tuple[int, int]], at: dt.datetime) -> None:
    """Note confirms of (shard, number); the caller commits."""
    connection.execute(
        """UPDATE segment SET published_at = %s FROM unnest(%s::smallint[], %s::bigint[]) AS g(shard, number)
            WHERE segment.shard = g.shard AND segment.number = g.number""",
        [at, [shard for shard, _ in done], [number for _, number in done]],
    )
