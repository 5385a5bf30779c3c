"""Which area is above which, in the borders of the day or in those of now."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

from tests.support.plain.known import Known


def parent(known: Known, area: UUID, day: dt.date) -> UUID | None:
    since = [start for start in known.parents.get(area, {}) if start <= day]
    return known.parents[area][max(since)] if since else None


def lineage(known: Known, area: UUID, day: dt.date) -> list[UUID]:
    """The area and those above it on a day, upwards."""
    found: list[UUID] = []
    current: UUID | None = area
    while current is not None and current in known.areas:
        found.append(current)
        current = parent(known, current, day)
    return found


def is_valid(known: Known, area: UUID, day: dt.date) -> bool:
    last = known.last_day.get(area)
    return area in known.areas and known.areas[area].valid_from <= day and (last is None or day <= last)


def carried(known: Known, area: UUID, day: dt.date) -> tuple[UUID, bool]:
    """The area, or after its end its main successor that exists on the day; and whether there were others (F40: now)."""
    is_apportioned = False
    while not is_valid(known, area, day) and known.successors.get(area):
        successors = known.successors[area]
        is_apportioned |= len(successors) > 1
        area = next((one for one in sorted(successors) if successors[one]), min(successors))
    return area, is_apportioned


@dataclass(frozen=True)
class Borders:
    """The borders in which figures are shown: of the day (`today` is None), or those of today."""

    known: Known
    today: dt.date | None = None

    def above(self, area: UUID, day: dt.date) -> list[UUID]:
        if self.today is None:
            return lineage(self.known, area, day)
        return lineage(self.known, carried(self.known, area, self.today)[0], self.today)

    def is_under(self, area: UUID, day: dt.date, top: UUID | None) -> bool:
        return top is None or top in self.above(area, day)

    def at(self, area: UUID, day: dt.date, level: str | None) -> UUID:
        """The area of a level; where there is none, the cell's own one, so that sums stay."""
        found = self.above(area, day) or [area]
        return next(
            (one for one in found if one in self.known.areas and self.known.areas[one].level == level), found[0]
        )
