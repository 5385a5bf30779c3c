"""Progress to the last person as arithmetic: done, left, share, expected, pace, and the day on which it will be done.

Guarantee: pure functions over whole people; no float decides about a person or a day. A share over 100 % is told and
flagged, never cut off. What belongs to several areas is the sum over their parts, and the rest follows from the sums.
Formulas F20 to F27 of the contract. It adds nothing to F24 (`shared/plan.py`).
Step 9 of the event path (docs/architecture.md).
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from services.reporting.queries import share
from shared import clock

ONE_DAY = dt.timedelta(days=1)
CLOSING_HOUR = 22
WEEK = 7
Denominator = tuple[dt.date, str]  # the day that the numbers of a target are of, and their source


@dataclass(frozen=True, slots=True)
class Base:
    """What was done by the end of a day, by somebody's count; our own counts from the next day on."""

    day: dt.date
    done: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """What adds up over areas. `since` is F4 after the base's day, `week` F4 of the last seven full days.

    Goal, eligible, excluded and expected are None where no target is set.
    """

    base: Base
    since: int
    week: int
    goal: int | None = None
    eligible: int | None = None
    excluded: int | None = None
    expected: int | None = None
    denominators: tuple[Denominator, ...] = ()

    @property
    def done(self) -> int:
        """F21."""
        return self.base.done + self.since


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """F20 to F27 of an area; None is printed as "–". `pace` and `required` are people a day, with one decimal."""

    goal: int | None
    eligible: int | None
    excluded: int | None
    done: int
    left: int | None
    share: float | None
    coverage: float | None
    is_over: bool
    expected: int | None
    gap: int | None
    status: str | None
    pace: float
    required: float | None
    is_reached: bool
    projected_on: dt.date | None
    denominators: tuple[Denominator, ...]


def base_of(starts_on: dt.date, day: dt.date, target: Base | None = None, official: Base | None = None) -> Base:
    """F21: the later of what the target says was done already and the official count, neither of them after the day.

    Of the same day the official count holds. Without any: nobody, from the start of the campaign.
    """
    known = [one for one in (target, official) if one is not None and one.day <= day]
    return max(known, key=lambda one: (one.day, one is official), default=Base(starts_on - ONE_DAY, 0))


def added_up(parts: Iterable[Sums]) -> Sums:
    """The sum over areas; its base is of the day by which all of theirs are. Expected adds up too (F24)."""
    found = list(parts)
    return Sums(
        base=Base(max(one.base.day for one in found), sum(one.base.done for one in found)),
        since=sum(one.since for one in found),
        week=sum(one.week for one in found),
        goal=_known_sum(one.goal for one in found),
        eligible=_known_sum(one.eligible for one in found),
        excluded=_known_sum(one.excluded for one in found),
        expected=_known_sum(one.expected for one in found),
        denominators=tuple(sorted({two for one in found for two in one.denominators})),
    )


def _known_sum(numbers: Iterable[int | None]) -> int | None:
    known = [one for one in numbers if one is not None]
    return sum(known) if known else None


def figures(sums: Sums, day: dt.date, days_left: int, reached_on: dt.date | None = None) -> Figures:
    """F20 to F27 on a day; `days_left` counts the days on which somebody can still be served, `reached_on` is the day
    on which nobody was left any more, where that is so."""
    goal, expected = sums.goal, sums.expected
    left = None if goal is None else max(0, goal - sums.done)
    return Figures(
        goal=goal,
        eligible=sums.eligible,
        excluded=sums.excluded,
        done=sums.done,
        left=left,
        share=None if goal is None else share(sums.done, goal),
        coverage=None if sums.eligible is None else share(sums.done, sums.eligible),
        is_over=any(whole is not None and sums.done > whole for whole in (goal, sums.eligible)),
        expected=expected,
        gap=None if expected is None else sums.done - expected,
        status=None if expected is None else status(sums.done, expected),
        pace=tenth(sums.week, WEEK),
        required=None if left is None or not days_left else tenth(left, days_left),
        is_reached=left == 0,
        projected_on=reached_on if left == 0 else projected(day, left, sums.week),
        denominators=sums.denominators,
    )


def status(done: int, expected: int) -> str:
    """F25: `on_track` (đạt), `behind` (chậm), or `at_risk` (nguy cơ) below nine tenths of what is expected."""
    if done >= expected:
        return "on_track"
    return "at_risk" if done * 10 < expected * 9 else "behind"


def projected(day: dt.date, left: int | None, week: int) -> dt.date | None:
    """F27 while somebody is left: the day plus ceil(left / pace); None when nobody was served in the week."""
    if left is None or week <= 0:
        return None
    days = -(-left * WEEK // week)
    return day + dt.timedelta(days=days) if days <= (dt.date.max - day).days else None


def day_reached(goal: int, base: Base, by_day: Mapping[dt.date, int]) -> dt.date | None:
    """F27 when nobody is left: the first day by which the goal was reached; `by_day` is F4 after the base's day."""
    done = base.done
    if done >= goal:
        return base.day
    for day in sorted(by_day):
        done += by_day[day]
        if done >= goal:
            return day
    return None


def last_full_day(day: dt.date, now: dt.datetime) -> dt.date:
    """The last day up to `day` that counts for the pace (F26): today only from 22:00 on."""
    local = now.astimezone(clock.LOCAL_ZONE)
    full = local.date() if local.hour >= CLOSING_HOUR else local.date() - ONE_DAY
    return min(day, full)


def tenth(part: int, whole: int) -> float:
    """part / whole with one decimal, half up."""
    return float((Decimal(part) / Decimal(whole)).quantize(Decimal("0.1"), ROUND_HALF_UP))
