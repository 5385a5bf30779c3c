"""Section II from the figures: a table for each campaign and service with a target, and the line of its days.

Guarantee: in each row before + in the period + adjusted is the cumulative figure, which is F21 as the closings that
count know it; and F43: the cumulative figure is that which was told before, the period's own, and what was changed of
earlier days. A newer count of what was done (F21's base) is told apart from amendments.
Rows are the ward's residential groups, or the wards of the whole; a target of a larger area is a row of its own.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from services.reporting.documents.parts import Point, Progress, UnitProgress
from services.reporting.documents.periods import Period
from services.reporting.figures_progress import ONE_DAY, Base, Denominator
from services.reporting.figures_progress import Sums as Target
from services.reporting.progress_parts import Asked, Found, Key, find, plan_of
from services.reporting.queries_feedback import days_off, fetch
from services.reporting.reports import cumulative, words
from services.reporting.reports.closed import Told
from services.reporting.reports.cumulative import Part
from services.reporting.reports.units import Unit
from shared.database import Connection
from shared.plan import expected

MOST_POINTS = 92


class Area(NamedTuple):
    """What a row is called."""

    area_id: UUID
    code: str
    name: str
    level: str


class Pursued(NamedTuple):
    """A part of section II, and the code of its service."""

    service: str
    part: Progress


@dataclass(frozen=True, slots=True)
class Cell:
    """One part of a row: an area with a target, what was done by the base of each moment, and since."""

    target: Target
    before: Base
    sums: cumulative.Sums

    @property
    def told_before(self) -> int:
        return self.before.done + self.sums.before

    @property
    def adjusted(self) -> int:
        return self.target.base.done + self.sums.total - self.told_before - self.sums.inside

    @property
    def rebased(self) -> int:
        return self.adjusted - self.sums.issued


def progress(
    connection: Connection, unit: Unit, period: Period, figures: Told, names: dict[str, str], campaign: UUID | None
) -> list[Pursued]:
    """The progress of every campaign and service that has a target on the last day, or of one campaign."""
    found = find(connection, Asked(day=period.last_day, area_id=unit.area_id, campaign_id=campaign))
    keys = [key for key, target in found.parts.items() if target.goal is not None]
    if not keys:
        return []
    before = _bases_before(connection, unit, period, found)
    after = {key: before.get(key) or found.parts[key].base for key in keys}
    parts = [Part(key[2], key[1], after[key].day, found.parts[key].base.day) for key in keys]
    told = cumulative.sums(connection, parts, period, figures)
    cells = {key: Cell(found.parts[key], after[key], one) for key, one in zip(keys, told, strict=True)}
    lines = dict(zip(keys, cumulative.by_day(connection, parts, period, figures), strict=True))
    rows = _row_areas(connection, unit, found, keys)
    off = days_off(connection)
    groups: dict[tuple[UUID, str], list[Key]] = defaultdict(list)
    for key in keys:
        groups[key[0], key[1]].append(key)
    titles = _titles(found, groups, names)
    return [
        Pursued(
            group[1],
            Progress(
                service=titles[group],
                units=_units({key: cells[key] for key in own}, rows),
                **_source(denominator for key in own for denominator in found.parts[key].denominators),
                amendments=[one for issued in figures.issued if (one := issued.of([group[1]]))],
                points=_points(found, {key: lines[key] for key in own}, period.last_day, off),
                rebased=sum(cells[key].rebased for key in own),
                elsewhere=_elsewhere(figures, group[1], [cells[key] for key in own], period),
            ),
        )
        for group, own in sorted(groups.items(), key=lambda item: titles[item[0]])
    ]


def _bases_before(connection: Connection, unit: Unit, period: Period, found: Found) -> dict[Key, Base]:
    """F21's base of each part as it was told before the period, where it had a target then."""
    made: dict[Key, Base] = {}
    for campaign_id in found.campaigns:
        asked = Asked(day=period.first_day - ONE_DAY, area_id=unit.area_id, campaign_id=campaign_id)
        earlier = find(connection, asked)
        made |= {key: target.base for key, target in earlier.parts.items() if target.goal is not None}
    return made


def _row_areas(connection: Connection, unit: Unit, found: Found, keys: Sequence[Key]) -> dict[UUID, Area]:
    """The row in which each part stands."""
    above = {key[2]: found.above[key[2]] for key in keys}
    rows = fetch(
        connection,
        "SELECT area_id, code, name, level FROM area WHERE area_id = ANY(%(areas)s)",
        {"areas": list(set().union(*above.values()))},
    )
    known = {row["area_id"]: Area(**row) for row in rows}
    if unit.is_by_group:
        return {area_id: known[area_id] for area_id in above}
    wards = {
        area_id: next((known[one] for one in higher if one in known and known[one].level == "ward"), known[area_id])
        for area_id, higher in above.items()
    }
    return wards


def _titles(found: Found, groups: Iterable[tuple[UUID, str]], names: dict[str, str]) -> dict[tuple[UUID, str], str]:
    """The service, and its campaign where several pursue it."""
    groups = list(groups)
    titles = {}
    for campaign_id, service in groups:
        title = words.pursued(service, names)
        if sum(one == service for _, one in groups) > 1:
            title += f" ({found.campaigns[campaign_id]['name']})"
        titles[campaign_id, service] = title
    return titles


def _units(cells: Mapping[Key, Cell], rows: Mapping[UUID, Area]) -> list[UnitProgress]:
    """A row for each area, by code."""
    of_row: dict[Area, list[Cell]] = defaultdict(list)
    for key, cell in cells.items():
        of_row[rows[key[2]]].append(cell)
    return [
        UnitProgress(
            name=words.area(area.name),
            goal=sum(cell.target.goal or 0 for cell in own),
            before=sum(cell.told_before for cell in own),
            today=sum(cell.sums.inside for cell in own),
            adjusted=sum(cell.adjusted for cell in own),
            expected=sum(cell.target.expected or 0 for cell in own),
        )
        for area, own in sorted(of_row.items(), key=lambda item: (item[0].level, item[0].code, item[0].name))
    ]


def _source(denominators: Iterable[Denominator]) -> dict[str, Any]:
    """Where the goal comes from, and of which day its newest numbers are."""
    found = sorted(set(denominators))
    return {"source": ", ".join(dict.fromkeys(source for _, source in found)), "as_of": found[-1][0] if found else None}


def _points(
    found: Found, lines: Mapping[Key, Mapping[dt.date, int]], last: dt.date, off: frozenset[dt.date]
) -> list[Point]:
    """The cumulative figure and the plan day by day, from the campaign's start, or the day from which all is known."""
    campaign = found.campaigns[next(iter(lines))[0]]
    first = max([campaign["starts_on"], *(found.parts[key].base.day for key in lines)])
    first = max(first, last - dt.timedelta(days=MOST_POINTS - 1))
    plans = [plan_of(campaign, found.targets[key]) for key in lines]
    days = [first + dt.timedelta(days=n) for n in range((last - first).days + 1)]
    new: dict[dt.date, int] = defaultdict(int)
    for line in lines.values():
        for known_on, people in line.items():
            new[min(max(known_on, first), last)] += people
    done = sum(found.parts[key].base.done for key in lines)
    points = []
    for day in days:
        done += new[day]
        points.append(Point(day, done, sum(expected(plan, day, off) for plan in plans)))
    return points


def _elsewhere(figures: Told, service: str, cells: Sequence[Cell], period: Period) -> int:
    """F4 of the period in the unit and in none of the rows; unknown where a base lies in the period."""
    if any(cell.target.base.day >= period.first_day for cell in cells):
        return 0
    whole = sum(figures.figures["credited"].get(service, {}).values())
    return max(0, int(whole) - sum(cell.sums.inside for cell in cells))
