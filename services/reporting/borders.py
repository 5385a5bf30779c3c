"""In which borders figures are shown: those of each cell's day (`then`), or those of one day for all (`now`).

Guarantee: in today's borders a cell stands in what its area is today: itself while it exists, else its main successor,
and so on (`shared/areas.py`); so a residential group goes where it went. Nothing is lost: where no successor is known
an area stands for itself, and sums are equal in both borders. What comes from an area that was divided is flagged.
Whether something belongs to a campaign is decided in the borders of its day in both.
Step 9 of the event path (docs/architecture.md).
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from shared.areas import APPORTIONED, AreaBook

HEIRS = "unnest(%(heir_of)s::uuid[], %(heir_is)s::uuid[], %(heir_apportioned)s::boolean[])"
AREA = ("area_id", "code", "name", "level")


@dataclass(frozen=True)
class Heir:
    """What an area is today, and whether it was divided on the way."""

    area_id: UUID
    is_apportioned: bool


@dataclass(frozen=True)
class Borders:
    """SQL for cells with the columns `area_id` and `day`; `heirs` are the areas that are another one on `today`."""

    today: dt.date | None = None
    heirs: Mapping[UUID, Heir] = field(default_factory=dict)

    @property
    def is_now(self) -> bool:
        return self.today is not None

    def carry(self, cell: str = "c") -> str:
        """The join that `area` and `flag` need; it comes first."""
        if not self.is_now:
            return ""
        return f"LEFT JOIN {HEIRS} AS heir(area_id, now_id, is_apportioned) ON heir.area_id = {cell}.area_id"

    def area(self, cell: str = "c") -> str:
        return f"coalesce(heir.now_id, {cell}.area_id)" if self.is_now else f"{cell}.area_id"

    def of(self, alias: str, cell: str = "c") -> str:
        """The condition that a row of `area_ancestor` is about a cell, on the day whose borders are shown."""
        day = "%(borders_of)s::date" if self.is_now else f"{cell}.day"
        return f"{alias}.area_id = {self.area(cell)} AND {day} BETWEEN {alias}.valid_from AND {alias}.valid_to"

    def under(self, cell: str = "c") -> str:
        """The join that leaves what is under %(area)s."""
        return f"JOIN area_ancestor AS under ON under.ancestor_id = %(area)s AND {self.of('under', cell)}"

    def rolled(self, cell: str = "c") -> str:
        """The joins that give each cell its area `g`: the one of %(level)s above it, or its own where there is none."""
        return f"""LEFT JOIN area_ancestor AS l ON l.level = %(level)s AND {self.of("l", cell)}
                   JOIN area AS g ON g.area_id = coalesce(l.ancestor_id, {self.area(cell)})"""

    @property
    def divided(self) -> str:
        """Whether a cell comes from an area that was divided."""
        return "coalesce(heir.is_apportioned, false)" if self.is_now else "false"

    @property
    def flag(self) -> str:
        """A measure: whether a part of the row does."""
        return f"coalesce(bool_or({self.divided}), false) AS is_apportioned"

    @property
    def values(self) -> dict[str, Any]:
        if not self.is_now:
            return {}
        return {
            "borders_of": self.today,
            "heir_of": list(self.heirs),
            "heir_is": [heir.area_id for heir in self.heirs.values()],
            "heir_apportioned": [heir.is_apportioned for heir in self.heirs.values()],
        }

    def now(self, area_id: UUID) -> UUID:
        """What an area is in these borders."""
        heir = self.heirs.get(area_id)
        return heir.area_id if heir else area_id

    def is_apportioned(self, area_id: UUID) -> bool:
        heir = self.heirs.get(area_id)
        return heir is not None and heir.is_apportioned


THEN = Borders()
# A condition: a cell is under one of the campaign's areas, in the borders of its day.
OF_CAMPAIGN = """EXISTS (SELECT FROM area_ancestor AS of_campaign WHERE of_campaign.area_id = {cell}.area_id
    AND of_campaign.ancestor_id = ANY(%(campaign_areas)s::uuid[])
    AND {cell}.day BETWEEN of_campaign.valid_from AND of_campaign.valid_to)"""


def of_today(book: AreaBook, today: dt.date) -> Borders:
    """The borders of a day, into which every area is carried."""
    heirs = {}
    for area_id, area in book.areas.items():
        if not area.is_valid_on(today):
            located = book.carried(area_id, today)
            if located.area_id != area_id:
                heirs[area_id] = Heir(located.area_id, APPORTIONED in located.marks)
    return Borders(today, heirs)
