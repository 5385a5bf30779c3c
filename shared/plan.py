"""The plan of a target: how many are expected to be done by a day (figure F24), as pure arithmetic.

Guarantee: the same numbers give the same answer in every service; whole people only, rounded up; it never falls
from one day to the next, is `already_done` before the start and the goal after the end.
It adds nothing up: what is expected of an area is the sum over the areas below it, which the caller makes.
"""

import datetime as dt
from bisect import bisect_right
from collections.abc import Collection, Sequence
from dataclasses import dataclass

ONE_DAY = dt.timedelta(days=1)
Point = tuple[dt.date, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A target with the days of its campaign; `goal` is cumulative and includes `already_done`, of the day `as_of`.

    `curve` is by day, each day once, and does not fall; it is empty where the plan is the same number each day.
    """

    starts_on: dt.date
    ends_on: dt.date
    as_of: dt.date
    already_done: int
    goal: int
    curve: Sequence[Point] = ()


def counting_days(first: dt.date, last: dt.date, off_days: Collection[dt.date]) -> int:
    """The days from `first` to `last`, both included, less the days off among them."""
    if last < first:
        return 0
    return (last - first).days + 1 - sum(first <= day <= last for day in set(off_days))


def expected(plan: Plan, day: dt.date, off_days: Collection[dt.date] = ()) -> int:
    """How many are to be done in all by the end of `day`."""
    if day < plan.starts_on:
        return plan.already_done
    if day > plan.ends_on:
        return plan.goal
    if plan.curve:
        return _on_curve(_points(plan), day)
    return _evenly(plan, day, off_days)


def _evenly(plan: Plan, day: dt.date, off_days: Collection[dt.date]) -> int:
    """The same number on each counting day; a campaign of days off only is expected to be done after its end."""
    past = counting_days(plan.starts_on, day, off_days)
    whole = counting_days(plan.starts_on, plan.ends_on, off_days)
    return plan.already_done + (_up((plan.goal - plan.already_done) * past, whole) if whole else 0)


def _points(plan: Plan) -> list[Point]:
    """The curve from what was done already to the goal.

    It begins with `already_done`, on the day before the start, or on the day of the numbers when that is later; so the
    first day of a straight curve is the first step of an even plan. It ends with the goal on the last day.
    """
    anchor = max(plan.starts_on - ONE_DAY, plan.as_of)
    points = [(anchor, plan.already_done), *(point for point in plan.curve if point[0] > anchor)]
    return points if points[-1][0] >= plan.ends_on else [*points, (plan.ends_on, plan.goal)]


def _on_curve(points: Sequence[Point], day: dt.date) -> int:
    """On the straight line between the points around a day, each day of the calendar counting alike."""
    after = bisect_right(points, day, key=lambda point: point[0])
    if after == 0 or after == len(points):
        return points[max(0, after - 1)][1]
    (left, low), (right, high) = points[after - 1], points[after]
    return low + _up((high - low) * (day - left).days, (right - left).days)


def _up(part: int, whole: int) -> int:
    """part / whole, rounded up, in whole numbers, so that no float decides about a person."""
    return -(-part // whole)
