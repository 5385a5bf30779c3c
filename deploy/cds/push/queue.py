"""The queue: events as an app made them, in one SQLite file, until their fate is known.

Guarantee: what `put` has returned from survives a SIGKILL and a loss of power; an event stops waiting in the very
transaction that stores its fate. The same bytes wait once, however often they are put. Of an event that was kept only
its id and fate remain, and what it said is overwritten; a refused one stays whole. Several processes may share a file.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from threading import RLock
from time import time
from typing import Any, Self

from deploy.cds.push.fates import Fate

TABLES = """
CREATE TABLE IF NOT EXISTS event (
  number INTEGER PRIMARY KEY AUTOINCREMENT, digest BLOB NOT NULL UNIQUE, event_id TEXT, type TEXT, body BLOB,
  status TEXT, code TEXT, message TEXT, receipt_code TEXT, put_at REAL NOT NULL, settled_at REAL);
CREATE INDEX IF NOT EXISTS event_waiting ON event (number) WHERE status IS NULL;
CREATE INDEX IF NOT EXISTS event_refused ON event (number) WHERE status IN ('conflict', 'rejected');
"""
# FULL: a commit is on disk before it returns. What was said does not linger in free pages.
PRAGMAS = ("journal_mode = WAL", "synchronous = FULL", "busy_timeout = 30000", "secure_delete = ON")
SETTLE = """UPDATE event SET status = ?, code = ?, message = ?, receipt_code = ?, settled_at = ?,
  body = CASE WHEN ? THEN NULL ELSE body END WHERE number = ? AND status IS NULL"""


@dataclass(frozen=True, slots=True)
class Waiting:
    """An event that waits: its number in the queue, and its bytes."""

    number: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Refused:
    """An event that the platform did not take, with the reason."""

    number: int
    event_id: str | None
    type: str | None
    code: str
    message: str
    body: bytes


class Queue:
    """Use as a context manager. `:memory:` is a queue that lasts as long as the process."""

    def __init__(self, file: str | Path) -> None:
        if str(file) != ":memory:":
            os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
        self._connection = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
        self._lock = RLock()
        for pragma in PRAGMAS:
            self._connection.execute(f"PRAGMA {pragma}")
        self._connection.executescript(TABLES)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._connection.close()

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def put(self, events: Iterable[bytes | dict[str, Any]]) -> int:
        """Keep these until their fate is known; how many are new. Bytes are kept as they are."""
        rows = [_row(event) for event in events]
        with self._writing() as connection:
            before = connection.total_changes
            connection.executemany(
                "INSERT OR IGNORE INTO event (digest, event_id, type, body, status, code, message, put_at)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                rows,
            )
            return connection.total_changes - before

    def waiting(self, most: int, most_bytes: int = 1 << 20) -> list[Waiting]:
        """The events that have waited longest, at most so many and (but for the first) so many bytes."""
        found: list[Waiting] = []
        with self._lock:
            rows = self._connection.execute(
                "SELECT number, body FROM event WHERE status IS NULL ORDER BY number LIMIT ?", [most]
            ).fetchall()
        for number, body in rows:
            most_bytes -= len(body)
            if found and most_bytes < 0:
                break
            found.append(Waiting(number, body))
        return found

    def settle(self, fates: Iterable[tuple[Waiting, Fate]]) -> None:
        """Store what became of these; from now on they do not wait."""
        now = time()
        rows = [
            (fate.status, fate.code, fate.message, fate.receipt_code, now, fate.is_kept, event.number)
            for event, fate in fates
        ]
        with self._writing() as connection:
            connection.executemany(SETTLE, rows)

    def tidy(self) -> None:
        """Empty the write-ahead log, which still has what was overwritten; while others write, another time."""
        with self._lock:
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def counts(self) -> dict[str, int]:
        """How many events have which fate; `waiting` have none yet."""
        with self._lock:
            rows = self._connection.execute("SELECT coalesce(status, 'waiting'), count(*) FROM event GROUP BY 1")
            return dict(rows.fetchall())

    def refused(self) -> list[Refused]:
        with self._lock:
            rows = self._connection.execute(
                "SELECT number, event_id, type, code, message, body FROM event"
                " WHERE status IN ('conflict', 'rejected') ORDER BY number"
            ).fetchall()
        return [Refused(*row) for row in rows]

    def retry_refused(self) -> int:
        """Let refused events wait again, for example since the client may now write for their area; how many."""
        with self._writing() as connection:
            return connection.execute(
                "UPDATE event SET status = NULL WHERE status IN ('conflict', 'rejected') AND code <> 'unreadable'"
            ).rowcount

    def forget_refused(self) -> int:
        """A person has seen to the refused events; how many."""
        with self._writing() as connection:
            return connection.execute("DELETE FROM event WHERE status IN ('conflict', 'rejected')").rowcount


def _row(event: bytes | dict[str, Any]) -> tuple[Any, ...]:
    body = event if isinstance(event, bytes) else json.dumps(event, ensure_ascii=False).encode()
    try:
        value = json.loads(body.decode("utf-8"))
        refused: tuple[str | None, ...] = (None, None, None)
    except (ValueError, RecursionError) as problem:
        # In a batch it would make its neighbours unreadable, or smuggle a second event in.
        value, refused = None, ("rejected", "unreadable", f"Không phải một giá trị JSON: {problem}"[:200])
    named = value if isinstance(value, dict) else {}
    event_id, kind = (name if isinstance(name, str) else None for name in (named.get("id"), named.get("type")))
    return (sha256(body).digest(), event_id, kind, body, *refused, time())
