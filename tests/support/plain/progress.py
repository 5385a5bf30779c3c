"""Progress to the last person: F20 to F27, by campaign, service and area.

What is asked of an area is the sum over the areas below it that have a target; its own target counts when there are none.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import Any
from uuid import UUID

from tests.support.plain.borders import lineage
from tests.support.plain.cells import Cell, share
from tests.support.plain.known import Known

ONE = dt.timedelta(days=1)


@dataclass
class Progress:
    """One campaign and service; `credited` are the cells of F4."""

    known: Known
    campaign: Any
    service: str
    credited: list[Cell]

    def target(self, area: UUID, day: dt.date) -> Any:
        """The newest version whose numbers are not of a later day."""
        mine = [
            one
            for one in self.known.targets
            if (one.campaign, one.area, one.service) == (self.campaign.campaign, area, self.service)
            and one.as_of <= day
        ]
        return max(mine, key=lambda one: one.version, default=None)

    def leaves(self, top: UUID | None, day: dt.date) -> list[UUID]:
        """The areas under one that have a target and none below them that has."""
        asked = {one.area for one in self.known.targets}
        bearing = {area for area in asked if self.target(area, day) is not None}
        above = {area: lineage(self.known, area, day) for area in bearing}
        lowest = {area for area in bearing if not any(area in above[other] for other in bearing - {area})}
        return sorted(area for area in lowest if top is None or top in above[area])

    def goal(self, top: UUID | None, day: dt.date) -> int:
        """F20."""
        return sum(self.target(area, day).goal for area in self.leaves(top, day))

    def eligible(self, top: UUID | None, day: dt.date) -> int:
        return sum(self.target(area, day).eligible for area in self.leaves(top, day))

    def done(self, top: UUID | None, day: dt.date) -> int:
        """F21."""
        return sum(self.done_in(area, day) for area in self.leaves(top, day))

    def done_in(self, area: UUID, day: dt.date) -> int:
        since, base = self.base(area, day)
        return base + self.credits(area, since + ONE, day)

    def base(self, area: UUID, day: dt.date) -> tuple[dt.date, int]:
        """The latest known count not after the day: the target's, or an official one; else 0 the day before the start."""
        told = [
            (as_of, 1, done)
            for (where, service, as_of), done in self.known.official.items()
            if (where, service) == (area, self.service) and as_of <= day
        ]
        target = self.target(area, day)
        if target is not None:
            told.append((target.as_of, 0, target.already_done))
        if not told:
            return self.campaign.starts_on - ONE, 0
        as_of, _, done = max(told)
        return as_of, done

    def credits(self, area: UUID, first: dt.date, last: dt.date) -> int:
        """F4 of the residents of an area on days, in the borders of each day."""
        return sum(
            cell["n"]
            for cell in self.credited
            if cell["service"] == self.service
            and first <= cell["day"] <= last
            and area in lineage(self.known, cell["resident_area"], cell["day"])
        )

    def left(self, top: UUID | None, day: dt.date) -> int:
        """F22."""
        return max(0, self.goal(top, day) - self.done(top, day))

    def shares(self, top: UUID | None, day: dt.date) -> tuple[float | None, float | None]:
        """F23: of the goal, and of those eligible; over 100 is shown as it is."""
        done = self.done(top, day)
        return share(done, self.goal(top, day)), share(done, self.eligible(top, day))

    def expected(self, top: UUID | None, day: dt.date) -> int:
        """F24."""
        return sum(self.expected_in(self.target(area, day), day) for area in self.leaves(top, day))

    def expected_in(self, target: Any, day: dt.date) -> int:
        start, end = self.campaign.starts_on, self.campaign.ends_on
        if day < start:
            return int(target.already_done)
        if day >= end:
            return int(target.goal)
        if target.curve:
            return _on_curve(target, day, start, end)
        n, whole = self.counting(start, day), self.counting(start, end)
        if whole == 0:
            return int(target.already_done)
        return int(target.already_done + ceil(Fraction((target.goal - target.already_done) * n, whole)))

    def counting(self, first: dt.date, last: dt.date) -> int:
        """The days that are not off."""
        days = [first + ONE * number for number in range((last - first).days + 1)]
        return sum(not self.known.is_day_off(day) for day in days)

    def gap(self, top: UUID | None, day: dt.date) -> tuple[int, str]:
        """F25: how many ahead, and the status."""
        done, expected = self.done(top, day), self.expected(top, day)
        if done >= expected:
            return done - expected, "on_track"
        return done - expected, "at_risk" if done * 10 < expected * 9 else "behind"

    def pace(self, top: UUID | None, day: dt.date, is_closed: bool = True) -> Fraction:
        """F26: per day over the last seven full days; the day itself is full from 22:00."""
        last = day if is_closed else day - ONE
        return Fraction(sum(self.credits(area, last - 6 * ONE, last) for area in self.leaves(top, day)), 7)

    def required(self, top: UUID | None, day: dt.date, is_closed: bool = True) -> Fraction | None:
        """F26: what is left, per counting day left."""
        days = self.counting(
            max(day + ONE if is_closed else day, self.campaign.starts_on), self.known.last_day_of(self.campaign)
        )
        return Fraction(self.left(top, day), days) if days else None

    def projected(self, area: UUID, day: dt.date, is_closed: bool = True) -> dt.date | None:
        """F27: the day reached, or the day on which it is done at this pace; None where there is no pace."""
        left, pace = self.left(area, day), self.pace(area, day, is_closed)
        if left == 0:
            return self.reached(area, day)
        return None if pace == 0 else day + ONE * ceil(left / pace)

    def reached(self, area: UUID, day: dt.date) -> dt.date:
        """The first day by which the goal was reached, by the count that holds on the day; of an area with a target."""
        since, base = self.base(area, day)
        reached = since
        while base + self.credits(area, since + ONE, reached) < self.goal(area, day):
            reached += ONE
        return reached


def _on_curve(target: Any, day: dt.date, start: dt.date, end: dt.date) -> int:
    """On the straight line between the points before and after a day, rounded up."""
    first = max(start - ONE, target.as_of)
    points = (
        {first: target.already_done} | {point.date: point.cumulative for point in target.curve} | {end: target.goal}
    )
    before, after = max(d for d in points if d <= day), min(d for d in points if d >= day)
    if before == after:
        return int(points[day])
    step = Fraction((points[after] - points[before]) * (day - before).days, (after - before).days)
    return int(points[before] + ceil(step))
