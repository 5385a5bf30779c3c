"""Reading progress to the last person (F20 to F27): by campaign, service and area, in the borders of each day.

Guarantee: a row of an area adds up the parts below it that have a target on the day; only an area without any such
counts by its own target. So the rows of parts sum to their whole, and nobody is counted twice.
What was credited in the area but in none of its parts is told beside it (`elsewhere`), not added.
Step 9 of the event path (docs/architecture.md).
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from uuid import UUID

from services.reporting.credited import Part, credited, credited_by_day
from services.reporting.figures_progress import ONE_DAY, added_up, day_reached, figures
from services.reporting.progress_parts import Asked, Found, Key, Row, find
from services.reporting.queries_feedback import days_off, fetch
from shared.areas import LEVELS
from shared.database import Connection
from shared.plan import counting_days

Place = tuple[UUID, str, UUID | None]  # campaign, service, area; no area: all of them


def progress(connection: Connection, asked: Asked) -> list[Row]:
    """A row for each campaign, service and area, and without an area asked for a total of each campaign and service
    (its `area` is None).

    A row has campaign, service, area, of_parts (whether it is a sum of others), own_goal (of an area whose parts
    count), base_on, elsewhere and the fields of `figures_progress.Figures`; in today's borders elsewhere is not known,
    and there is is_apportioned.
    """
    found = find(connection, asked)
    below = _below(found, is_total=asked.area_id is None)
    areas = _areas(connection, {place[2] for place in below if place[2]}, asked)
    told = {place: parts for place, parts in below.items() if place[2] is None or place[2] in areas}
    reached = _reached(connection, told, found, asked.day)
    elsewhere = {} if asked.borders.is_now else _elsewhere(connection, told, found, asked.day)
    not_elsewhere = None if asked.borders.is_now else 0
    off = days_off(connection)
    rows = []
    for place, parts in told.items():
        days_left = _days_left(found.campaigns[place[0]], asked, off)
        row = _row(found, place, parts, areas) | {"elsewhere": elsewhere.get(place, not_elsewhere)}
        whole = added_up(found.parts[part] for part in parts)
        if asked.borders.is_now:
            row["is_apportioned"] = any(asked.borders.is_apportioned(part[2]) for part in parts)
        rows.append(row | asdict(figures(whole, asked.day, days_left, reached.get(place))))
    return sorted(rows, key=_order)


def _below(found: Found, *, is_total: bool) -> dict[Place, list[Key]]:
    """The parts of each area that has any."""
    below: dict[Place, list[Key]] = defaultdict(list)
    for key in found.parts:
        campaign_id, service, area_id = key
        for top in found.above.get(area_id, {area_id}):
            below[campaign_id, service, top].append(key)
        if is_total:
            below[campaign_id, service, None].append(key)
    return below


def _row(found: Found, place: Place, parts: list[Key], areas: Mapping[UUID, Row]) -> Row:
    campaign_id, service, area_id = place
    of_parts = parts != [place]
    target = found.targets.get((campaign_id, service, area_id)) if area_id else None
    return {
        "campaign": {"campaign_id": campaign_id, "name": found.campaigns[campaign_id]["name"]},
        "service": service,
        "area": areas[area_id] if area_id else None,
        "of_parts": of_parts,
        "own_goal": target["goal"] if target and place not in parts else None,
        "base_on": max(found.parts[part].base.day for part in parts),
    }


def _order(row: Row) -> tuple[object, ...]:
    """By campaign and service, the widest area first; areas of a level by code."""
    area = row["area"]
    place = (LEVELS.index(area["level"]), area["code"], str(area["area_id"])) if area else (-1, "", "")
    return (row["campaign"]["name"], str(row["campaign"]["campaign_id"]), row["service"], *place)


def _days_left(campaign: Row, asked: Asked, off: frozenset[dt.date]) -> int:
    """The counting days of the campaign after the last full day (F26)."""
    last: dt.date = campaign["ends_on"]
    if campaign["closed_on"] is not None:
        last = min(last, campaign["closed_on"] - ONE_DAY)
    return counting_days(max(asked.last_full + ONE_DAY, campaign["starts_on"]), last, off)


def _reached(
    connection: Connection, told: Mapping[Place, list[Key]], found: Found, day: dt.date
) -> dict[Place, dt.date | None]:
    """For each row with nobody left the day on which that was so first."""
    wholes = {place: added_up(found.parts[part] for part in parts) for place, parts in told.items()}
    done = {place: whole for place, whole in wholes.items() if whole.goal is not None and whole.done >= whole.goal}
    needed = list(dict.fromkeys(part for place in done for part in told[place]))
    counts = credited_by_day(connection, [Part(key[2], key[1], found.parts[key].base.day) for key in needed], day)
    of_part = dict(zip(needed, counts, strict=True))
    reached = {}
    for place, whole in done.items():
        by_day: dict[dt.date, int] = defaultdict(int)
        for part in told[place]:
            for on, people in of_part[part].items():
                by_day[on] += people
        reached[place] = day_reached(whole.goal or 0, whole.base, by_day)
    return reached


def _elsewhere(connection: Connection, told: Mapping[Place, list[Key]], found: Found, day: dt.date) -> dict[Place, int]:
    """For each area with parts, F4 since the campaign's start in the area less that in its parts."""
    wholes: dict[Key, list[Key]] = {
        (campaign_id, service, area_id): parts
        for (campaign_id, service, area_id), parts in told.items()
        if area_id is not None and parts != [(campaign_id, service, area_id)]
    }
    needed = list(dict.fromkeys([*wholes, *(part for parts in wholes.values() for part in parts)]))
    asked = [Part(key[2], key[1], found.campaigns[key[0]]["starts_on"] - ONE_DAY) for key in needed]
    since = {key: counts[0] for key, counts in zip(needed, credited(connection, asked, day, day), strict=True)}
    return {whole: max(0, since[whole] - sum(since[part] for part in parts)) for whole, parts in wholes.items()}


def _areas(connection: Connection, areas: Iterable[UUID], asked: Asked) -> dict[UUID, Row]:
    """Those of the levels asked for, and not above the area asked for."""
    rows = fetch(
        connection,
        """SELECT a.area_id, a.code, a.name, a.level, a.local_label FROM area AS a
            WHERE a.area_id = ANY(%(areas)s) AND a.level = ANY(%(levels)s)
              AND (%(area)s::uuid IS NULL OR EXISTS (
                   SELECT FROM area_ancestor AS u WHERE u.area_id = a.area_id AND u.ancestor_id = %(area)s
                      AND %(day)s BETWEEN u.valid_from AND u.valid_to))""",
        {"areas": list(areas), "levels": list(asked.levels), "area": asked.area_id, "day": asked.tree_day},
    )
    return {row["area_id"]: row for row in rows}
