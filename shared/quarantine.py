"""Quarantine: single events that cannot be applied, put aside with their reason, and messages that nobody can read.

Guarantee: what is put aside is put aside in the transaction that moves the position past it, so it is neither lost
nor applied; later events of the same subject join it, so order per subject holds.
It does not decide when to retry: an operator does, or the start of a release that knows a new type.
Step 7 of the event path (docs/architecture.md).
"""

import uuid
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from shared.database import Connection
from shared.events import facts
from shared.events.facts import Logged

KEPT_MESSAGES = 1000
KEPT_BYTES = 65_536


def define_tables(metadata: sa.MetaData) -> None:
    """The tables of a consuming service: quarantine, unreadable_message."""
    sa.Table(
        "quarantine",
        metadata,
        sa.Column("quarantine_id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("stream", sa.Text, nullable=False),
        sa.Column("shard", sa.SmallInteger, nullable=False),
        sa.Column("segment", sa.BigInteger, nullable=False),
        sa.Column("event_id", pg.UUID, nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("subject", pg.UUID, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("error", sa.Text, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("put_aside_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.Column("released_at", sa.DateTime(timezone=True), comment="applied, or dropped by a person"),
        sa.Column("release_note", sa.Text),
        # Does this subject have something waiting? Asked for every segment.
        sa.Index("quarantine_open", "subject", postgresql_where=sa.text("released_at IS NULL")),
    )
    sa.Table(
        "unreadable_message",
        metadata,
        sa.Column("message_id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("queue", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("headers", sa.Text, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False, comment=f"at most {KEPT_BYTES} bytes"),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
    )


@dataclass(frozen=True, slots=True)
class Place:
    """Where an event was met: its segment."""

    stream: str
    shard: int
    segment: int


@dataclass(frozen=True, slots=True)
class Held:
    """An event that waits for a person."""

    quarantine_id: int
    place: Place
    event: Logged
    reason: str
    error: str


def put_aside(connection: Connection, place: Place, event: Logged, reason: str, error: str) -> None:
    """Keep an event; the caller moves the position in the same transaction."""
    connection.execute(
        """INSERT INTO quarantine (stream, shard, segment, event_id, type, subject, reason, error, body)
           VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)""",
        [place.stream, place.shard, place.segment, event.id, _storable(event.type), event.subject, reason,
         _storable(error), facts.encode(event)],
    )  # fmt: skip


def _storable(text: str) -> str:
    """PostgreSQL's text takes no NUL."""
    return text[:2000].replace("\x00", "\\0")


def held_subjects(connection: Connection) -> frozenset[uuid.UUID]:
    """Subjects that have something waiting."""
    rows = connection.execute("SELECT DISTINCT subject FROM quarantine WHERE released_at IS NULL")
    return frozenset(row[0] for row in rows)


def open_count(connection: Connection) -> int:
    row = connection.execute("SELECT count(*) FROM quarantine WHERE released_at IS NULL").fetchone()
    return int(row[0]) if row else 0


def waiting(connection: Connection, quarantine_ids: list[int] | None = None, reason: str | None = None) -> list[Held]:
    """What waits, oldest first; by id or by reason where given."""
    rows = connection.execute(
        """SELECT quarantine_id, stream, shard, segment, reason, error, body FROM quarantine
            WHERE released_at IS NULL AND (%(ids)s::bigint[] IS NULL OR quarantine_id = ANY(%(ids)s))
              AND (%(reason)s::text IS NULL OR reason = %(reason)s) ORDER BY quarantine_id""",
        {"ids": quarantine_ids, "reason": reason},
    )
    return [Held(r[0], Place(r[1], r[2], r[3]), _event(r[6]), r[4], r[5]) for r in rows]


def _event(body: bytes) -> Logged:
    return facts.decode_batch(b"[" + body + b"]")[0]


def claim(connection: Connection, quarantine_id: int, note: str) -> bool:
    """Release an event that is about to be applied, in the same transaction; whether it may be. It may not when
    another process released it meanwhile, or while an earlier event of its subject waits."""
    claimed = connection.execute(
        """UPDATE quarantine AS q SET released_at = now(), release_note = %s
            WHERE quarantine_id = %s AND released_at IS NULL AND NOT EXISTS (
              SELECT FROM quarantine AS earlier WHERE earlier.subject = q.subject AND earlier.released_at IS NULL
                 AND earlier.quarantine_id < q.quarantine_id)""",
        [note, quarantine_id],
    )
    return claimed.rowcount == 1


def release(connection: Connection, quarantine_id: int, note: str) -> None:
    """Note that an event was dropped by a person with a reason."""
    connection.execute(
        "UPDATE quarantine SET released_at = now(), release_note = %s WHERE quarantine_id = %s", [note, quarantine_id]
    )


def keep_message(connection: Connection, queue: str, reason: str, headers: str, body: bytes) -> None:
    """Keep a message that is no segment, bounded; the segment that it may have been is fetched from the feed."""
    connection.execute(
        "INSERT INTO unreadable_message (queue, reason, headers, body) VALUES (%s, %s, %s, %s)",
        [queue, _storable(reason), _storable(headers), body[:KEPT_BYTES]],
    )
    connection.execute(
        """DELETE FROM unreadable_message WHERE message_id <=
             (SELECT message_id FROM unreadable_message ORDER BY message_id DESC OFFSET %s LIMIT 1)""",
        [KEPT_MESSAGES],
    )
