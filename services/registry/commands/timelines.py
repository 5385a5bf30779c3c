"""Where something is over time: what was stated (`stated`), and the main successors that follow from it (`walk`).

Guarantee: a timeline follows from what was stated and the successions alone, so the order in which they were told
changes nothing; where there is no main successor it stays, and nothing is guessed. Pure: it reads no table.
"""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from uuid import UUID

Timeline = dict[dt.date, UUID]  # from which day on in which area
# The day from which an area has a main successor, and that; None when it has none.
Onwards = Callable[[UUID], tuple[dt.date, UUID] | None]


def at(timeline: Mapping[dt.date, UUID], day: dt.date) -> UUID | None:
    """Where something is on a day."""
    since = max((since for since in timeline if since <= day), default=None)
    return None if since is None else timeline[since]


def steps(onwards: Onwards, area_id: UUID, day: dt.date) -> Iterator[tuple[dt.date, UUID]]:
    """An area from a day on, and then its main successors, each with its first day; of one day the last one holds."""
    seen: set[UUID] = set()
    current: UUID | None = area_id
    while current is not None and current not in seen:
        seen.add(current)
        yield day, current
        after = onwards(current)
        current = after[1] if after else None
        day = max(day, after[0]) if after else day


def carried(onwards: Onwards, area_id: UUID, since: dt.date, day: dt.date) -> UUID:
    """The area that something is in on `day` when it is put into `area_id` at `since` and moved by nobody."""
    return [area for on, area in steps(onwards, area_id, since) if on <= max(day, since)][-1]


def stated(timeline: Mapping[dt.date, UUID], onwards: Onwards) -> Timeline:
    """Of a timeline, what does not follow from what stands before it."""
    kept: Timeline = {}
    before: tuple[dt.date, UUID] | None = None
    for day, area in sorted(timeline.items()):
        if before is None or carried(onwards, before[1], before[0], day) != area:
            kept[day] = area
        before = (day, area)
    return kept


def walk(statements: Mapping[dt.date, UUID], onwards: Onwards) -> Timeline:
    """The timeline of these statements: each holds, with what follows from it, until the next."""
    days = sorted(statements)
    made: Timeline = {}
    for day, until in zip(days, [*days[1:], dt.date.max], strict=True):
        for on, area in steps(onwards, statements[day], day):
            if on < until:
                made[on] = area
    return made
