"""Closing what is due: one closer at a time, day after day, each in one transaction of the closed copy.

Guarantee: two closers at once, a crash at any line and a machine that was off give one statement each. A day is closed
only when everything recorded before 22:00 is cut, or fifteen minutes after the closer began to ask; then the streams
that could not be reached are named in the statement.
"""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

from services.reporting import copies, stream
from services.reporting.closing import amendments, cumulative, days, statements
from services.reporting.closing.statements import Closing
from services.reporting.projections import on_time
from services.reporting.replay import Replay
from shared import clock, logs
from shared.database import Connection, connect, transaction
from shared.events.reporting import AmendedLine, ClosedFigure, CutOfShard, DayAmended, DayClosed
from shared.feed import FeedClient, FeedError, Heads

LOCK = 0x6364_7322
log = logs.get("closing")


class Closer:
    """Makes the closings that are due."""

    def __init__(self, url: str, feeds: Mapping[str, FeedClient], now: Callable[[], dt.datetime] = clock.now) -> None:
        self._url = url
        self._feeds = feeds
        self._now = now
        self._asked_since: tuple[dt.date, dt.datetime] | None = None

    def run_due(self) -> list[dt.date]:
        """Close every day that is due and complete; the days closed. Empty while another closer is at work."""
        with alone(self._url) as is_alone:
            if not is_alone:
                return []
            with copies.open_copy(self._url, copies.CLOSED) as bound:
                return list(self._close_due(bound))

    def _close_due(self, bound: sa.Engine) -> Iterator[dt.date]:
        replay = Replay(bound, self._feeds, with_reasons=True)
        _catch_up(bound, self._feeds)
        for day in self._due(bound):
            closing = self._advance(replay, day)
            if closing is None:
                return
            self._make(bound, closing)
            yield day

    def _due(self, bound: sa.Engine) -> list[dt.date]:
        with transaction(bound) as connection:
            row = connection.execute("SELECT max(day) FROM closing").fetchone()
            last, first = row[0] if row else None, None
            if last is None:
                row = connection.execute("SELECT min(recorded_at) FROM public.evidence").fetchone()
                first = row[0] if row else None
        return list(days.due(last, first, self._now()))

    def _advance(self, replay: Replay, day: dt.date) -> Closing | None:
        """Bring the copy to the day's cut; None while something may still come."""
        limit = days.limit_of(day)
        heads, missing = _heads(self._feeds, limit)
        if missing and not self._is_overdue(day, limit):
            log.info("closing waits", day=str(day), streams=missing)
            return None
        replay.to_moment(heads, limit)
        now = self._now()
        return Closing(day, now, days.is_late(day, now), replay.vector(), tuple(missing))

    def _is_overdue(self, day: dt.date, limit: dt.datetime) -> bool:
        if self._asked_since is None or self._asked_since[0] != day:
            self._asked_since = day, max(limit, self._now())
        return self._now() >= self._asked_since[1] + days.LATE_AFTER

    def _make(self, bound: sa.Engine, closing: Closing) -> None:
        with transaction(bound) as connection:
            connection.execute("SET LOCAL statement_timeout = '10min'")
            made = statements.make(connection, closing)
            amended = amendments.make(connection, closing.day)
            statements.keep(connection, closing, made)
            on_time.keep_on_time(connection, closing.day)
            cumulative.keep(connection, closing.day)
            amendments.keep(connection, closing.day, amended)
            stream.tell(connection, _told(closing, made, amended))
        with transaction(bound) as connection:
            while stream.cut(connection):
                pass
        log.info("day closed", day=str(closing.day), statements=len(made), amendments=len(amended))


def _told(
    closing: Closing, made: list[statements.Statement], amended: list[amendments.Amendment]
) -> Iterator[tuple[Any, Any]]:
    cut = [CutOfShard(**row) for row in closing.cut_rows()]
    for one in made:
        yield (
            stream.subject_of(one.unit_id, one.day),
            DayClosed(
                unit=one.unit_id, day=one.day, number=one.number, cut=cut, hash=one.sha256, figures=_figures(one),
                made_late=closing.is_late,
            ),
        )  # fmt: skip
    for change in amended:
        lines = [AmendedLine(**{k: v for k, v in line.items() if k in FIELDS}) for line in change.lines]
        yield (
            stream.subject_of(change.unit_id, change.day),
            DayAmended(unit=change.unit_id, day=change.day, number=change.number, cut=cut, lines=lines),
        )


def _figures(one: statements.Statement) -> list[ClosedFigure]:
    told = sorted(amendments.flat(one.figures).items())
    return [ClosedFigure(figure=figure, service=service, value=count) for (figure, service), count in told if count]


FIELDS = frozenset(AmendedLine.__struct_fields__)


def _heads(feeds: Mapping[str, FeedClient], limit: dt.datetime) -> tuple[dict[str, Heads], list[str]]:
    """The heads that can be had, and the streams that are not complete up to the limit."""
    found: dict[str, Heads] = {}
    missing = []
    for name in sorted(feeds):
        try:
            found[name] = feeds[name].heads()
        except FeedError as error:
            log.warning("feed away", stream=name, error=str(error))
        complete_to = found[name].complete_to if name in found else None
        if complete_to is None or complete_to < limit:
            missing.append(name)
    return found, missing


def _catch_up(bound: sa.Engine, feeds: Mapping[str, FeedClient]) -> None:
    """A copy that was made anew goes to the last cut first, and no reasons are kept; another one is there already.

    Raises:
        FeedError: when it is not there, and the events cannot be had now.
    """
    with transaction(bound) as connection:
        row = connection.execute("SELECT cut FROM closing ORDER BY day DESC LIMIT 1").fetchone()
    replay = Replay(bound, feeds)
    if row is not None and not replay.has_reached(statements.vector_of(row[0])):
        replay.to_cut(replay.heads(), statements.vector_of(row[0]))


@contextmanager
def alone(url: str, lock: int = LOCK) -> Iterator[bool]:
    """Whether we hold the lock, by default the closer's; it ends with its connection, whatever becomes of us."""
    guard: Connection = connect(url, autocommit=True)
    try:
        row = guard.execute("SELECT pg_try_advisory_lock(%s)", [lock]).fetchone()
        is_ours = bool(row and row[0])
        yield is_ours
        if is_ours:  # a server takes a moment to notice that a connection is gone
            guard.execute("SELECT pg_advisory_unlock(%s)", [lock])
    finally:
        guard.close()
