"""Comparing reporting with its sources, ward after ward.

The source is asked for its counts, then for its heads, until everything that was in its log then is cut; reporting is
read when it has reached those heads. So it lacks nothing that was counted; it may have more, of what came in between.
Guarantee: a difference is one that held twice in a row with the same two numbers, some seconds apart. A number that
went on moving was not compared, and is told as such; whoever cannot be asked, or does not catch up, is a `FeedError`.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from time import monotonic
from typing import TypeVar
from uuid import UUID

import sqlalchemy as sa

from services.reporting.reconcile import figures
from services.reporting.reconcile.figures import Newest
from services.reporting.reconcile.sources import Key, Sources
from services.reporting.replay import Cut, Replay
from shared.areas import AreaBook
from shared.database import transaction
from shared.feed import FeedClient, FeedError, Heads

WINDOW_DAYS = 92  # what a source answers for at once
ROUNDS = 6
PAUSE_SECONDS = 2.0
CATCH_UP_SECONDS = 150.0  # a consumer compares itself with the heads every minute
LOOK_SECONDS = 0.2
Numbers = tuple[int, int]  # at the source, in reporting
K = TypeVar("K")
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Difference:
    """One number that is not the same. `ward` is None for what the registry has; `newest` for what has no event."""

    what: str
    source: int
    reporting: int
    ward: UUID | None = None
    ward_name: str = ""
    key: Key | None = None
    newest: Newest | None = None

    @property
    def order(self) -> tuple[object, ...]:
        return (self.key is not None, self.key[:1] if self.key else (), self.ward_name, self.key or (), self.what)


@dataclass
class Compared:
    """What came of it. `moving` numbers changed all the time and were not compared; `quarantined` events wait for a
    person and are in no figure, which may be all the difference."""

    first: dt.date
    last: dt.date
    wards: int = 0
    numbers: int = 0
    moving: int = 0
    quarantined: int = 0
    differences: list[Difference] = field(default_factory=list)


class Reconciler:
    """Compares. `wait` pauses for some seconds, and says whether it is time to stop."""

    def __init__(
        self, live: sa.Engine, feeds: Mapping[str, FeedClient], sources: Sources, wait: Callable[[float], object]
    ) -> None:
        self._live = live
        self._feeds = feeds
        self._sources = sources
        self._replay = Replay(live, feeds)
        self._wait = wait

    def run(
        self,
        first: dt.date,
        last: dt.date,
        only: Iterable[UUID] | None = None,
        progress: Progress = lambda done, total: None,
    ) -> Compared:
        """Compare some days, both ends included, of all wards or of some; with all of them also the registry.

        Raises:
            FeedError: when a source cannot be asked, or reporting does not catch up.
        """
        made = Compared(first, last)
        if only is None:
            self._compare_registry(made)
        wards = sorted(self._wards(first, last) if only is None else set(only))
        for done, ward in enumerate(wards):
            progress(done, len(wards))
            for start, end in windows(first, last):
                self._compare_ward(made, ward, start, end)
        progress(len(wards), len(wards))
        made.wards, made.quarantined = len(wards), self._quarantined()
        made.differences.sort(key=lambda one: one.order)
        return made

    def _wards(self, first: dt.date, last: dt.date) -> set[UUID]:
        with transaction(self._live) as connection:
            ours = figures.wards(connection, first, last)
        return ours | set(self._sources.wards())

    def _quarantined(self) -> int:
        with transaction(self._live) as connection:
            row = connection.execute("SELECT count(*) FROM quarantine WHERE released_at IS NULL").fetchone()
        return int(row[0]) if row else 0

    def _compare_registry(self, made: Compared) -> None:
        def both() -> tuple[Mapping[str, int], Mapping[str, int]]:
            theirs = self._sources.registered()
            self._catch_up("registry")
            with transaction(self._live) as connection:
                return theirs, figures.registered(connection)

        for what, numbers in self._held(made, both).items():
            made.differences.append(Difference(what, *numbers))

    def _compare_ward(self, made: Compared, ward: UUID, first: dt.date, last: dt.date) -> None:
        def both() -> tuple[Mapping[Key, int], Mapping[Key, int]]:
            theirs = self._sources.counts(ward, first, last)
            self._catch_up("sessions")
            with transaction(self._live) as connection:
                return theirs, figures.counts(connection, ward, first, last)

        held = self._held(made, both)
        if held:
            with transaction(self._live) as connection:
                area = AreaBook.load(connection).areas.get(ward)
                name = f"{area.code} {area.name}" if area else str(ward)
                made.differences += [
                    Difference(key.what, *numbers, ward, name, key, figures.newest(connection, ward, key))
                    for key, numbers in held.items()
                ]

    def _held(self, made: Compared, both: Callable[[], tuple[Mapping[K, int], Mapping[K, int]]]) -> dict[K, Numbers]:
        """The differences that hold; asks again as long as one is neither gone nor the same as before."""
        theirs, ours = both()
        made.numbers += len(theirs.keys() | ours.keys())
        held: dict[K, Numbers] = {}
        open_ = differing(theirs, ours)
        for _ in range(ROUNDS):
            if not open_:
                return held
            self._wait(PAUSE_SECONDS)
            before, now = open_, differing(*both())
            held |= {key: numbers for key, numbers in now.items() if before.get(key) == numbers}
            # One that was equal in the meantime was under way; one that comes up now has to hold, too.
            open_ = {key: numbers for key, numbers in now.items() if key in before and key not in held}
        made.moving += len(open_)
        return held

    def _catch_up(self, stream: str) -> None:
        """Wait until everything that is in the log of a stream now is in reporting."""
        until = monotonic() + CATCH_UP_SECONDS
        heads = self._feeds[stream].heads()
        newest = heads.waiting[1] if heads.waiting else 0
        while heads.waiting and heads.waiting[0] <= newest:
            self._pause(until, f"{stream}: its log is not cut; is its relay running?")
            heads = self._feeds[stream].heads()
        while not self._replay.has_reached(_vector(stream, heads)):
            self._pause(until, f"{stream}: reporting does not reach its heads; is its consumer running?")

    def _pause(self, until: float, why: str) -> None:
        if monotonic() > until or self._wait(LOOK_SECONDS):
            raise FeedError(why)


def differing(theirs: Mapping[K, int], ours: Mapping[K, int]) -> dict[K, Numbers]:
    """The numbers that are not the same on both sides; what a side does not name is 0 there."""
    pairs = {key: (theirs.get(key, 0), ours.get(key, 0)) for key in theirs.keys() | ours.keys()}
    return {key: pair for key, pair in pairs.items() if pair[0] != pair[1]}


def windows(first: dt.date, last: dt.date) -> Iterator[tuple[dt.date, dt.date]]:
    """The days in pieces that a source answers for at once."""
    while first <= last:
        end = min(last, first + dt.timedelta(days=WINDOW_DAYS - 1))
        yield first, end
        first = end + dt.timedelta(days=1)


def _vector(stream: str, heads: Heads) -> dict[tuple[str, int], Cut]:
    return {(stream, shard): Cut(head) for shard, head in enumerate(heads.numbers) if head}
