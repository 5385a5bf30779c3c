"""Whose report it is: a ward, or the whole deployment.

Guarantee: an area is read by its meaning on the day of the report. The whole is the area that is above every ward that
has residential groups on that day; a deployment of a single ward is that ward.
"""

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

from services.reporting.closing.figures import WHOLE
from services.reporting.queries import find_area
from shared.areas import Area, AreaBook
from shared.problems import FieldError, Problem


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit on a day. `area` is what it is called by; None where a whole has no name of its own."""

    area: Area | None
    is_whole: bool
    above: Area | None = None

    @property
    def unit_id(self) -> UUID:
        """Its id in statements."""
        return WHOLE if self.is_whole or self.area is None else self.area.area_id

    @property
    def area_id(self) -> UUID | None:
        """What figures are asked of: None for everything."""
        return None if self.unit_id == WHOLE else self.unit_id

    @property
    def code(self) -> str:
        return self.area.code if self.area else "toan-dia-ban"

    @property
    def is_by_group(self) -> bool:
        """Whether its parts are residential groups, not wards."""
        return self.area is not None and self.area.level == "ward"


def find_unit(book: AreaBook, reference: str | None, day: dt.date) -> Unit:
    """The unit that a code or an id means on a day; without one the whole.

    Raises:
        Problem: 422 when there is no such ward on the day.
    """
    top = top_of(book, day)
    if reference is None:
        return _unit(book, top, day, is_whole=True)
    area = book.areas[find_area(book, reference, day)]
    if area == top and area.level != "ward":
        return _unit(book, top, day, is_whole=True)
    if area.level != "ward" or not area.is_valid_on(day):
        raise Problem("invalid", errors=[FieldError("unit", "unknown_area", _refusal(area, day))])
    return _unit(book, area, day, is_whole=False)


def _refusal(area: Area, day: dt.date) -> str:
    on = f"ngày {day.day}/{day.month}/{day.year}"
    if area.level == "ward":
        return f"{area.name} ({area.code}) không có trong {on}. Vui lòng gửi mã đơn vị của ngày đó."
    return f"Báo cáo là của một xã, phường, đặc khu hoặc của toàn địa bàn (để trống); {area.name} thì không."


def _unit(book: AreaBook, area: Area | None, day: dt.date, *, is_whole: bool) -> Unit:
    parent = book.parent(area.area_id, day) if area else None
    return Unit(area, is_whole, book.areas.get(parent) if parent else None)


def top_of(book: AreaBook, day: dt.date) -> Area | None:
    """The lowest area above all wards with residential groups on a day."""
    wards = {
        ward.area_id
        for area in book.areas.values()
        if area.level == "residential_group" and area.is_valid_on(day) and (ward := book.ward(area.area_id, day))
    }
    shared: list[Area] | None = None
    for ward_id in wards:
        lineage = list(book.lineage(ward_id, day))
        shared = lineage if shared is None else [area for area in shared if area in lineage]
    return shared[0] if shared else None
