"""How far a reader sees: its areas, those below them, and those that took over from them, as for writing.

Guarantee: what a caller may write for it may read, and nothing else; an area is judged by its place on the day of the
thing. It reads no table: the book of areas is in memory.
"""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from uuid import UUID

from shared import clock
from shared.areas import Area, AreaBook, UnknownArea
from shared.problems import FieldError, Problem

LOWEST = ("ward", "residential_group")


@dataclass(frozen=True)
class Reach:
    """The areas of one reader."""

    book: AreaBook
    areas: frozenset[UUID]

    @cached_property
    def allowed(self) -> frozenset[UUID]:
        return frozenset(self.book.with_successors(self.areas))

    @cached_property
    def wards(self) -> list[UUID]:
        """The wards, and the areas above them, of which something may be seen; `covers` decides of each thing."""
        return sorted(wards_of(self.book, self.allowed))

    def covers(self, area: UUID, day: dt.date) -> bool:
        return _is_under(self.book, area, self.allowed, day)

    def is_of_ward(self, area: UUID, day: dt.date) -> bool:
        """Whether the reader is of that very ward (or group), and not only of something above it."""
        lineage = self.book.lineage(area, day)
        return any(above.area_id in self.allowed for above in lineage if above.level in LOWEST)

    def wards_on(self, day: dt.date) -> list[Area]:
        """The wards of the reader that exist on a day, by code."""
        found = (self.book.areas[area] for area in self.wards if area in self.book.areas)
        return sorted((a for a in found if a.level == "ward" and a.is_valid_on(day)), key=lambda a: (a.code, a.area_id))

    def find(self, reference: str, day: dt.date | None) -> frozenset[UUID]:
        """What a parameter means by an id or a code (`tdp-03`, `11692`, `11692/tdp-03`), on a day or on any day.

        Raises:
            Problem: 422 naming `area`, when it is not known or has nothing that the reader may see.
        """
        found = self._meant(reference, day)
        if not any(self._shows_of(area) for area in found):
            name = self.book.areas[min(found)].name
            raise _wrong("forbidden_area", f"Ứng dụng này không được xem số liệu của {name}.")
        return found

    def _shows_of(self, area: UUID) -> bool:
        """Whether the area lies in those of the reader, or has some of them in it, on the days of either."""
        days = {self.book.areas[one].valid_from for one in (area, *self.allowed) if one in self.book.areas}
        lines = ((area, self.allowed), *((mine, {area}) for mine in self.allowed))
        return any(_is_under(self.book, low, high, day) for low, high in lines for day in days)

    def _meant(self, reference: str, day: dt.date | None) -> frozenset[UUID]:
        try:
            area = UUID(reference)
        except ValueError:
            return self._by_code(reference, day)
        if area not in self.book.areas:
            raise _wrong("unknown_area", f"Không có đơn vị {area}.")
        return frozenset({area})

    def _by_code(self, reference: str, day: dt.date | None) -> frozenset[UUID]:
        """A code means another area after a reform; without a day it is each of them."""
        found, why = set(), None
        for on in [day] if day else self._days_of(reference.partition("/")[0]):
            try:
                found.add(self.book.locate(reference, on, self.areas).area_id)
            except UnknownArea as error:
                why = error
        if not found:
            raise _wrong("unknown_area", str(why)) from why
        return frozenset(found)

    def _days_of(self, code: str) -> list[dt.date]:
        """The days on which the meaning of a code can change, and today."""
        begins = {a.valid_from for a in self.book.areas.values() if a.code == code or a.area_id in self.allowed}
        return sorted({clock.today(), *begins})


def _is_under(book: AreaBook, area: UUID, areas: Collection[UUID], day: dt.date) -> bool:
    return any(above.area_id in areas for above in book.lineage(area, day))


def wards_of(book: AreaBook, areas: Collection[UUID]) -> set[UUID]:
    """Under which wards (or areas above them) something in these areas may stand, on any day."""
    found, open_ = set[UUID](), list(areas)
    for area in areas:
        if area in book.areas and book.areas[area].level == "residential_group":
            found |= {area, *(parent for _, parent in book.placements(area))}
    while open_:
        area = open_.pop()
        if area in book.areas and area not in found and book.areas[area].level != "residential_group":
            found.add(area)
            open_ += book.children(area)
    return found


def _wrong(code: str, message: str) -> Problem:
    return Problem("invalid", errors=[FieldError("area", code, message)])
