"""The closer's clock: looks every few seconds whether a day is due, and says from 20:00 on who has not reported.

Guarantee: whatever is away (database, feed) is waited for; nothing is closed by halves. It runs beside the consumer.
"""

import datetime as dt
from collections.abc import Callable, Mapping

import sqlalchemy as sa

from services.reporting import copies, stream
from services.reporting.closing.run import Closer, alone
from services.reporting.queries_completeness import missing
from shared import clock, logs, metrics
from shared.clock import LOCAL_ZONE
from shared.database import AWAY, transaction
from shared.events.reporting import ReportMissing
from shared.feed import EpochChanged, FeedClient, FeedError

ASK_FROM = dt.time(20, 0)
EVERY_SECONDS = 15.0
ABSENCES: tuple[type[Exception], ...] = (FeedError, EpochChanged, *AWAY)
log = logs.get("closing")


def run(
    url: str,
    feeds: Mapping[str, FeedClient],
    wait: Callable[[float], bool],
    now: Callable[[], dt.datetime] = clock.now,
) -> None:
    """Close what is due until `wait` says that it is time to stop."""
    closer, live = Closer(url, feeds, now), copies.engine(url, copies.LIVE)
    while True:
        try:
            closer.run_due()
            tell_missing(url, live, now())
        except ABSENCES as error:
            log.warning("waiting", error=repr(error)[:300])
        except Exception as error:
            # The loop's top: a closing that fails is tried again, and seen.
            log.error("closing failed", exc_info=error)
        if wait(EVERY_SECONDS):
            live.dispose()
            return


def tell_missing(url: str, live: sa.Engine, now: dt.datetime) -> int:
    """From 20:00 on: how many units have not reported today; each is told once, as an event, and shown as a metric."""
    local = now.astimezone(LOCAL_ZONE)
    if local.time() < ASK_FROM:
        metrics.reports_missing.set(0)
        return 0
    with alone(url) as is_alone, transaction(live) as connection:
        units = [row["area_id"] for row in missing(connection, local.date())]
        metrics.reports_missing.set(len(units))
        if not is_alone:
            return len(units)
        told = connection.execute(
            """INSERT INTO missing_told (day, unit_id, told_at)
               SELECT %s, unit_id, %s FROM unnest(%s::uuid[]) AS g(unit_id)
               ON CONFLICT DO NOTHING RETURNING unit_id""",
            [local.date(), now, units],
        ).fetchall()
        stream.tell(
            connection,
            [
                (stream.subject_of(unit_id, local.date()), ReportMissing(unit=unit_id, day=local.date(), at=now))
                for (unit_id,) in told
            ],
        )
    if told:
        with transaction(live) as connection:
            while stream.cut(connection):
                pass
    return len(units)
