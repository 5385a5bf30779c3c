"""Who has to report on a day, who has, and who in time: F30 to F33."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from tests.support.plain.borders import carried, is_valid, lineage
from tests.support.plain.known import Known

ONE = dt.timedelta(days=1)


def f30(known: Known, day: dt.date) -> set[UUID]:
    """The units that have to report on a day, each once."""
    if known.is_day_off(day):
        return set()
    running = [c for c in known.campaigns.values() if c.daily_report and c.starts_on <= day <= known.last_day_of(c)]
    return {unit for campaign in running for area in campaign.areas for unit in units(known, campaign, area, day)}


def units(known: Known, campaign: Any, area: UUID, day: dt.date) -> set[UUID]:
    """The units under one area of a campaign; an area that has ended stands for what it had on its last day."""
    level = campaign.reporting_level
    if is_valid(known, area, day):
        return below(known, area, level, day)
    if area not in known.last_day or day <= known.last_day[area]:
        return set()  # not yet
    last = known.last_day[area]
    if known.areas[area].level == "residential_group":
        return heirs(known, area, day)
    found: set[UUID] = set()
    for ward in below(known, area, "ward", last):
        found |= below(known, ward, level, day) if is_valid(known, ward, day) else _of_ended(known, ward, level, day)
    return found


def _of_ended(known: Known, ward: UUID, level: str, day: dt.date) -> set[UUID]:
    """In the place of a ward that has ended: its groups where they are now, or the wards in which they are now."""
    groups = below(known, ward, "residential_group", known.last_day[ward])
    now = {heir for group in groups for heir in heirs(known, group, day)}
    if level == "residential_group":
        return now
    wards = {one for group in now for one in lineage(known, group, day) if known.areas[one].level == "ward"}
    return {one for one in wards | {carried(known, ward, day)[0]} if is_valid(known, one, day)}


def heirs(known: Known, area: UUID, day: dt.date) -> set[UUID]:
    """The area itself, or after its end all that succeeded it and exist."""
    if is_valid(known, area, day):
        return {area}
    return {heir for successor in known.successors.get(area, {}) for heir in heirs(known, successor, day)}


def below(known: Known, area: UUID, level: str, day: dt.date) -> set[UUID]:
    """The areas of a level that exist on a day and are the area or under it."""
    of_level = [one for one, fact in known.areas.items() if fact.level == level and is_valid(known, one, day)]
    return {one for one in of_level if area in lineage(known, one, day)}


def f31(known: Known, day: dt.date) -> set[UUID]:
    """The areas in which something was reported of a day, and those above them: a unit in it has reported."""
    signs: list[Any] = [*known.tallies.values(), *known.sessions.values(), *known.assists.values()]
    return {above for sign in signs if sign.day == day for above in lineage(known, sign.area, day)}


def completeness(known: Known, in_cut: Known, day: dt.date) -> dict[str, set[UUID]]:
    """The units expected, those that reported, those that did in the closing's cut, and those missing."""
    expected = f30(known, day)
    actual = expected & f31(known, day)
    return {
        "expected": expected,
        "actual": actual,
        "on_time": expected & f31(in_cut, day),
        "missing": expected - actual,
    }
