"""Feedback as figures: when one is due, and what F50, F51 and F52 make of many.

Guarantee: pure functions; the clock is not read, today is given.
Formulas F50, F51 and F52 of the contract; the working days of a theme are those of
docs/decisions/0012-feedback-due-date.md.
Step 9 of the event path (docs/architecture.md).
"""

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from services.reporting.projections.standing import Standing
from services.reporting.queries import share
from shared import clock

ONE_DAY = dt.timedelta(days=1)
MICROSECOND = dt.timedelta(microseconds=1)
SATURDAY = 5
# Working days in which a feedback of a theme should be answered when nobody named a day.
WORKING_DAYS = {
    "identity": 5,
    "public_service": 5,
    "payment": 5,
    "online_safety": 5,
    "infrastructure": 10,
    "staff_attitude": 10,
    "policy": 15,
    "other": 10,
}
NO_ANSWER_WANTED = frozenset({"duplicate", "withdrawn"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A feedback as the figures need it: when it was raised, about what, and where it stands."""

    day: dt.date
    theme: str
    raised_at: dt.datetime
    standing: Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackFigures:
    """F50 (raised, open, overdue), F51 (median days), F52 (share in percent); None is printed as "–"."""

    raised: int
    open: int
    overdue: int
    median_days: float | None
    answered: int
    answered_in_time: int
    overdue_unanswered: int
    in_time_rate: float | None


def end_of(day: dt.date) -> dt.datetime:
    """The first moment after a local day."""
    return dt.datetime.combine(day + ONE_DAY, dt.time.min, clock.LOCAL_ZONE)


def default_due(day: dt.date, theme: str, off_days: Collection[dt.date]) -> dt.date:
    """The last of the theme's working days after a day; Saturdays, Sundays and days off are none."""
    left = WORKING_DAYS.get(theme, WORKING_DAYS["other"])
    while left:
        day += ONE_DAY
        left -= day.weekday() < SATURDAY and day not in off_days
    return day


def is_overdue(item: Item, today: dt.date, off_days: Collection[dt.date]) -> bool:
    """Whether it is open after the day on which it was due (F50)."""
    if item.standing.status == "resolved":
        return False
    return (item.standing.due_on or default_due(item.day, item.theme, off_days)) < today


def figures(
    items: Iterable[Item], first: dt.date, last: dt.date, today: dt.date, off_days: Collection[dt.date]
) -> FeedbackFigures:
    """F50 to F52 of those raised from `first` to `last`; open and overdue are of all given, whenever raised."""
    everything = list(items)
    raised = [item for item in everything if first <= item.day <= last]
    measured = [item for item in raised if item.standing.result not in NO_ANSWER_WANTED]
    answered = [item for item in measured if item.standing.first_answered_at is not None]
    in_time = sum(_is_in_time(item, off_days) for item in answered)
    late = sum(item.standing.first_answered_at is None and is_overdue(item, today, off_days) for item in measured)
    return FeedbackFigures(
        raised=len(raised),
        open=sum(item.standing.status != "resolved" for item in everything),
        overdue=sum(is_overdue(item, today, off_days) for item in everything),
        median_days=median_days([_taken(item) for item in answered]),
        answered=len(answered),
        answered_in_time=in_time,
        overdue_unanswered=late,
        in_time_rate=share(in_time, len(answered) + late),
    )


def _is_in_time(item: Item, off_days: Collection[dt.date]) -> bool:
    assert item.standing.first_answered_at is not None
    due = item.standing.due_at_answer or default_due(item.day, item.theme, off_days)
    return clock.local_day(item.standing.first_answered_at) <= due


def _taken(item: Item) -> dt.timedelta:
    assert item.standing.first_answered_at is not None
    return item.standing.first_answered_at - item.raised_at


def median_days(taken: Sequence[dt.timedelta]) -> float | None:
    """The median in days of 24 hours, one decimal, half up; of an even number the mean of the two in the middle."""
    if not taken:
        return None
    ordered = sorted(taken)
    twice = ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]
    days = Decimal(twice // MICROSECOND) / Decimal(2 * (ONE_DAY // MICROSECOND))
    return float(days.quantize(Decimal("0.1"), ROUND_HALF_UP))
