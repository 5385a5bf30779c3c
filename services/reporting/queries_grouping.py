"""What a question about figures asks for, and the SQL that adds up cells by it.

A figure gives its cells (rows of a day, an area and its dimensions) and what is measured in them; this module filters
them by days, area, codes and campaign, and groups them, in the borders asked for (`borders.py`). A cell recorded above
the level asked for stands under its own area, so sums are equal. Venue and team of what belongs to a session are the
session's.
Step 9 of the event path (docs/architecture.md).
"""

import datetime as dt
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from uuid import UUID

from services.reporting.borders import AREA, OF_CAMPAIGN, THEN, Borders
from services.reporting.projections.cells import NOBODY
from shared.database import Connection

Row = dict[str, Any]

# A week begins on Monday; a report month goes from the 15th to the 14th. Each is told by its first day.
PERIODS = {
    "day": "c.day",
    "week": "date_trunc('week', c.day::timestamp)::date",
    "month": "date_trunc('month', c.day::timestamp)::date",
    "report_month": "(date_trunc('month', (c.day - 14)::timestamp) + interval '14 days')::date",
}
PLACES = {
    "venue": f"CASE WHEN c.session_id <> '{NOBODY}' THEN s.venue_id ELSE nullif(c.venue_id, '{NOBODY}') END",
    "team": "s.team_id",
}
CODES = ("service", "outcome", "age_band", "channel", "reason", "client", "volunteer", "source")
EXPRESSIONS = PERIODS | PLACES | {code: f"c.{code}" for code in CODES} | {"pillar": "p.pillar"}
FETCHED = 2000  # rows at once
_CURSORS = count()
# The people that a row of `assists_by_helpers` names, each once: records that were merged are one person.
NAMED = """SELECT DISTINCT coalesce(r.root, h.helper::uuid) AS volunteer
             FROM string_to_table(helpers, ',') AS h(helper)
             LEFT JOIN volunteer_alias AS r ON r.volunteer = h.helper::uuid"""


@dataclass(frozen=True)
class Asked:
    """Days inclusive; `area_id`: what is under it; `level`: roll areas up to it. Empty filters mean everything.

    `campaign_areas`: only what was under one of these on its day. In today's borders each row has `is_apportioned`.
    """

    first_day: dt.date
    last_day: dt.date
    area_id: UUID | None = None
    level: str | None = None
    group_by: tuple[str, ...] = ()
    filters: Mapping[str, Collection[Any]] = field(default_factory=dict)
    borders: Borders = THEN
    campaign_areas: Collection[UUID] | None = None

    @property
    def dimensions(self) -> set[str]:
        return {*self.group_by, *self.filters}


class NotTold(ValueError):
    """The figure is not told by this dimension."""


def add_up(connection: Connection, asked: Asked, cells: str, measures: str, told_by: Collection[str]) -> Iterator[Row]:
    """The groups asked for, in their order, each with its measures; without groups one row. They are fetched as they
    are taken, so any number of them fits into memory.

    `cells` is a SELECT of `day`, `area_id` and the dimensions of `told_by`, which may use %(first)s and %(last)s;
    `measures` are aggregates over `c`. Venues and teams need the columns `session_id` and `venue_id`.

    Raises:
        NotTold: when a group or a filter is not among `told_by`, which is beside periods and areas.
    """
    for name in asked.dimensions - {"area", *PERIODS, *told_by}:
        raise NotTold(name)
    return streamed(connection, *_statement(asked, cells, measures), has_area="area" in asked.group_by)


def streamed(connection: Connection, sql: str, values: dict[str, Any], *, has_area: bool) -> Iterator[Row]:
    """The rows of a query, fetched as they are taken; with their area as one value, from columns `area_…`."""
    with connection.cursor(name=f"figures_{next(_CURSORS)}") as cursor:
        cursor.itersize = FETCHED
        cursor.execute(sql, values)
        names = [column.name for column in cursor.description or ()]
        for found in cursor:
            row = dict(zip(names, found, strict=True))
            if has_area:
                row["area"] = {name: row.pop(f"area_{name}") for name in AREA}
            yield row


def _statement(asked: Asked, cells: str, measures: str) -> tuple[str, dict[str, Any]]:
    keys = dict(_keys(asked))
    values: dict[str, Any] = {
        "first": asked.first_day, "last": asked.last_day, "area": asked.area_id, "level": asked.level,
        **asked.borders.values,
    }  # fmt: skip
    where = ["c.day BETWEEN %(first)s AND %(last)s"]
    if asked.campaign_areas is not None:
        where.append(OF_CAMPAIGN.format(cell="c"))
        values["campaign_areas"] = list(asked.campaign_areas)
    for name, allowed in asked.filters.items():
        where.append(_condition(name, is_grouped=name in asked.group_by))
        values[f"of_{name}"] = [str(one) for one in allowed]
    grouped = ", ".join(str(number) for number in range(1, len(keys) + 1))
    flags = [asked.borders.flag] if asked.borders.is_now else []
    select = ", ".join([*(f"{expression} AS {name}" for name, expression in keys.items()), measures, *flags])
    return (
        f"""SELECT {select} FROM ({cells}) AS c {" ".join(_joins(asked))} WHERE {" AND ".join(where)}
            {f"GROUP BY {grouped} ORDER BY {grouped}" if keys else ""}""",
        values,
    )


def _keys(asked: Asked) -> Iterator[tuple[str, str]]:
    for group in asked.group_by:
        if group == "area":
            yield from ((f"area_{name}", f"g.{name}") for name in AREA)
        else:
            yield group, EXPRESSIONS[group]


def _condition(name: str, *, is_grouped: bool) -> str:
    if name == "pillar" and not is_grouped:  # counted once, in whichever pillars
        return """EXISTS (SELECT FROM service AS of_pillar WHERE of_pillar.service = c.service
                             AND of_pillar.pillars && %(of_pillar)s::text[])"""
    return f"({EXPRESSIONS[name]})::text = ANY(%(of_{name})s)"


def _joins(asked: Asked) -> Iterator[str]:
    yield asked.borders.carry()
    if asked.area_id is not None:
        yield asked.borders.under()
    if "area" in asked.group_by:
        yield asked.borders.rolled()
    if asked.dimensions & PLACES.keys():
        yield "LEFT JOIN session AS s ON s.session_id = c.session_id"
    if "pillar" in asked.group_by:
        yield """JOIN service AS of_pillars ON of_pillars.service = c.service
                 CROSS JOIN LATERAL (SELECT DISTINCT unnest(of_pillars.pillars) AS pillar) AS p"""
