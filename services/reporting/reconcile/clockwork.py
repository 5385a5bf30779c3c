"""The reconciler's clock: after each closing the last days are compared, and what came of it is shown as metrics.

Guarantee: once a closed day, by one of the consumers; whoever cannot be asked is asked again some minutes later. The
metrics outlive a restart, since the outcome is kept.
"""

import datetime as dt
from collections.abc import Callable, Mapping

import sqlalchemy as sa

from services.reporting import copies
from services.reporting.closing.run import alone
from services.reporting.reconcile import kept
from services.reporting.reconcile.compare import Compared, Reconciler
from services.reporting.reconcile.sources import Sources
from shared import clock, logs, metrics
from shared.database import AWAY, transaction
from shared.feed import EpochChanged, FeedClient, FeedError

LOCK = 0x6364_7323
EVERY_SECONDS = 60.0
AGAIN_SECONDS = 600.0
DAYS = 7  # late events are most often of the last days; `cds reconcile` compares any
ABSENCES: tuple[type[Exception], ...] = (FeedError, EpochChanged, *AWAY)
log = logs.get("reconcile")


def run(
    url: str,
    feeds: Mapping[str, FeedClient],
    sources: Sources,
    wait: Callable[[float], bool],
    now: Callable[[], dt.datetime] = clock.now,
) -> None:
    """Compare what is due until `wait` says that it is time to stop."""
    live = copies.engine(url, copies.LIVE)
    while True:
        pause = EVERY_SECONDS
        try:
            show(live, now())
            run_due(url, live, Reconciler(live, feeds, sources, wait), now)
            show(live, now())
        except ABSENCES as error:
            log.warning("waiting", error=repr(error)[:300])
            pause = AGAIN_SECONDS
        except Exception as error:
            # The loop's top: a comparison that fails is tried again, and seen.
            log.error("reconciling failed", exc_info=error)
            pause = AGAIN_SECONDS
        if wait(pause):
            live.dispose()
            return


def run_due(
    url: str, live: sa.Engine, reconciler: Reconciler, now: Callable[[], dt.datetime] = clock.now
) -> Compared | None:
    """Compare the last days once after each closing; None where nothing is due, or another process is at it."""
    with alone(url, LOCK) as is_alone:
        with transaction(live) as connection:
            day = kept.due(connection)
        if day is None or not is_alone:
            return None
        made = reconciler.run(day - dt.timedelta(days=DAYS - 1), day)
        with transaction(live) as connection:
            kept.keep(connection, made, now())
    say = log.warning if made.differences else log.info
    say("reconciled", day=str(day), wards=made.wards, differences=len(made.differences), moving=made.moving,
        first=kept.in_words(made.differences[0]) if made.differences else None)  # fmt: skip
    return made


def show(live: sa.Engine, now: dt.datetime) -> None:
    """The outcome of the last comparison, and how long ago that was."""
    with transaction(live) as connection:
        since, differences = kept.state(connection)
    metrics.reconcile_differences.set(differences)
    metrics.reconcile_age.set((now - since).total_seconds() if since else 0)
