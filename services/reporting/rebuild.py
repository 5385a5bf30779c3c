"""Rebuilding the projections from nothing beside the live ones, and putting them in their place.

Guarantee: readers see the old figures until the moment of one commit, and then the new ones; the consumer goes on while
the copy grows and waits only for the exchange. What is in quarantine is what the rebuild could not apply.
It does not rebuild statements: those are kept for ever.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from psycopg import sql

from services.reporting import copies
from services.reporting.replay import Replay
from shared.database import Connection, transaction
from shared.feed import FeedClient

KEPT = ("quarantine", "unreadable_message")
NEAR_ENOUGH = 2000  # events; less than this is caught up while the consumer waits
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What a rebuild did: events applied, and the tables whose rows became others."""

    events: int
    changed: dict[str, int]


def rebuild(url: str, feeds: Mapping[str, FeedClient], progress: Progress = lambda done, behind: None) -> Rebuilt:
    """Rebuild every projection and exchange them.

    Raises:
        FeedError: when the events cannot be had now; the live copy is as before.
    """
    live, bound = copies.engine(url, copies.LIVE), copies.engine(url, copies.REBUILT)
    try:
        with transaction(bound) as connection:
            copies.drop(connection, copies.REBUILT)
        copies.prepare(bound, copies.REBUILT)
        replay = Replay(bound, feeds)
        events = _catch_up(replay, progress)
        changed = _exchange(live, replay)
        with transaction(bound) as connection:
            copies.drop(connection, copies.REBUILT)
        return Rebuilt(events, changed)
    finally:
        live.dispose()
        bound.dispose()


def _catch_up(replay: Replay, progress: Progress) -> int:
    """Up to the heads, until little is left; how many events."""
    done = 0
    while True:
        heads, fresh = replay.heads(), 0
        behind = replay.segments_behind(heads)
        for number, count in enumerate(replay.to_heads(heads), 1):
            fresh += count
            progress(number, behind)
        done += fresh
        if fresh < NEAR_ENOUGH:
            return done


def _exchange(live: sa.Engine, replay: Replay) -> dict[str, int]:
    with transaction(live) as connection:
        connection.execute("SET LOCAL statement_timeout = '30min'")
        connection.execute("SET LOCAL idle_in_transaction_session_timeout = '30min'")
        # The consumer moves its position first in each transaction: from here on it waits.
        connection.execute("LOCK TABLE public.position IN EXCLUSIVE MODE")
        for _ in replay.to_heads(replay.heads()):
            pass
        changed = {table: count for table in copies.tables() if (count := _replace(connection, table))}
        _replace_open_quarantine(connection)
    return changed


def _replace(connection: Connection, table: str) -> int:
    """Rows that were not the same before."""
    if table in KEPT:
        return 0
    names = {"live": sql.Identifier(copies.LIVE, table), "new": sql.Identifier(copies.REBUILT, table)}
    differing = 0
    if table != "position":
        row = connection.execute(
            sql.SQL(
                """SELECT (SELECT count(*) FROM (TABLE {new} EXCEPT TABLE {live}) AS a)
                        + (SELECT count(*) FROM (TABLE {live} EXCEPT TABLE {new}) AS b)"""
            ).format(**names)
        ).fetchone()
        differing = int(row[0]) if row else 0
        if not differing:
            return 0
    connection.execute(sql.SQL("DELETE FROM {live}").format(**names))
    connection.execute(sql.SQL("INSERT INTO {live} TABLE {new}").format(**names))
    return differing


def _replace_open_quarantine(connection: Connection) -> None:
    columns = "stream, shard, segment, event_id, type, subject, reason, error, body"
    connection.execute("DELETE FROM public.quarantine WHERE released_at IS NULL")
    connection.execute(
        f"INSERT INTO public.quarantine ({columns}) SELECT {columns} FROM rebuilt.quarantine ORDER BY quarantine_id"
    )
