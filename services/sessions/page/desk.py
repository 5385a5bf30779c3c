"""What a person works on: a ward among theirs and a day, the places that they may write for, and their names.

Guarantee: only wards of the person's areas, those below them and those that took over from them are offered, in the
borders of the day; whatever an address asks for besides is as if it were not there.
"""

import datetime as dt
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from flask import request

from services.sessions.contract import EARLIEST
from services.sessions.page.guard import intake
from services.sessions.page.rendering import PATH
from services.sessions.reach import Reach
from shared import clock
from shared.areas import Area
from shared.auth import identity
from shared.problems import Problem

FIRST_DAY = EARLIEST.date()


@dataclass(frozen=True)
class Place:
    """Where figures can be given for: how the contract names it, and its name on the screen."""

    reference: str
    area_id: UUID
    name: str


class Desk:
    """A person's ward on a day."""

    def __init__(self, reach: Reach, wards: list[Area], ward: Area, day: dt.date) -> None:
        self.reach, self.book, self.wards, self.ward, self.day = reach, reach.book, wards, ward, day

    @cached_property
    def offered(self) -> list[Place]:
        """The whole ward first, then its groups; only those that the person may write for."""
        groups = self.book.groups(self.ward.area_id, self.day)
        ward = [Place(self.ward.code, self.ward.area_id, f"Toàn {self.ward.name[:1].lower()}{self.ward.name[1:]}")]
        below = [Place(f"{self.ward.code}/{group.code}", group.area_id, group.name) for group in groups]
        return [place for place in ward + below if self.may(place.area_id, self.day)]

    def place(self, reference: str) -> Place:
        """The place of a reference; the first when it is not one of the person's."""
        return next((place for place in self.offered if place.reference == reference), self.offered[0])

    def may(self, area: UUID, day: dt.date) -> bool:
        """Whether the person may see and write what happened in an area on a day."""
        return self.reach.covers(area, day)

    def reference(self, area_id: UUID, day: dt.date) -> str:
        """How an event of a day names an area."""
        area = self.book.areas[area_id]
        ward = self.book.ward(area_id, day)
        return f"{ward.code}/{area.code}" if ward and ward.area_id != area_id else area.code

    def name(self, area_id: UUID) -> str:
        area = self.book.areas.get(area_id)
        return area.name if area else "đơn vị chưa rõ"

    def link(self, path: str = "", **query: Any) -> str:
        """An address of the page for this ward."""
        asked = ({"xa": self.ward.code} if len(self.wards) > 1 else {}) | query
        return f"{PATH}{path}" + (f"?{urlencode(asked)}" if asked else "")


def open_desk(*, day: dt.date | None = None) -> Desk:
    """The desk that the request asks for (`xa`, `ngay`).

    Raises:
        Problem: 403 when no ward of that day is the person's.
    """
    reach = Reach(intake().directory.areas(), identity().areas)
    chosen = day or asked_day()
    wards = reach.wards_on(chosen)
    if not wards:
        if chosen != clock.today():
            return open_desk(day=clock.today())
        raise Problem("forbidden", "Tài khoản này chưa gắn với xã, phường nào hiện nay. Vui lòng liên hệ IT phụ trách.")
    asked = request.values.get("xa", "")
    return Desk(reach, wards, next((ward for ward in wards if ward.code == asked), wards[0]), chosen)


def asked_day() -> dt.date:
    """The day in the address or the form; today when there is none, or none that can be."""
    try:
        asked = dt.date.fromisoformat(request.values.get("ngay", ""))
    except ValueError:
        return clock.today()
    return asked if FIRST_DAY <= asked <= clock.today() else clock.today()
