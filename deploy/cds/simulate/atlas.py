"""Where an area that an app writes lies on a day, as far as the apps of a simulation know.

A source writes for its ward: `tdp-03`, `11692` or `11692/tdp-03`. From the day on which its ward has ended, its old
names mean what took over from them (`Site.heirs`). Written apart from the platform's book of areas, which it judges.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from deploy.cds.simulate.event import LOCAL, Event
from deploy.cds.simulate.world import Site

Place = tuple[str, str]
NEVER = date(9999, 1, 1)


@dataclass(frozen=True, slots=True)
class Home:
    ward: str
    ended_on: date = NEVER
    heirs: Mapping[str, str] = field(default_factory=dict)


class Atlas:
    def __init__(self, homes: Mapping[str, Home]) -> None:
        self.homes = homes

    @classmethod
    def of_sites(cls, sites: Iterable[Site]) -> Atlas:
        return cls({site.source: Home(site.ward, site.valid_to, dict(site.heirs)) for site in sites})

    @classmethod
    def of_wards(cls, ward_of: Mapping[str, str]) -> Atlas:
        return cls({source: Home(ward) for source, ward in ward_of.items()})

    def place(self, event: Event, day: date) -> Place:
        """(ward, group) of the area that an event names; the group is empty for the whole ward."""
        home, area = self.homes[event.source], str(event.data["area"])
        if day >= home.ended_on:
            area = home.heirs.get(area, area)
        if area.isdigit():
            return area, ""
        named, _, group = area.rpartition("/")
        return named or home.ward, group


def day_of(event: Event) -> date:
    """The local day on which an event counts."""
    if "day" in event.data:
        return date.fromisoformat(event.data["day"])
    happened = datetime.fromisoformat(event.data["happened_at"]) if "happened_at" in event.data else event.at
    return happened.astimezone(LOCAL).date()
