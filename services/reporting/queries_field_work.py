"""Figures of field work: sessions and reach (F7, F10, F11), hours (F9), active volunteers (F8).

Guarantee: borders are those asked for (`borders.py`). Sums over groups equal the sum without groups, but for F8, which
counts each person once in each group, and is not additive.
A figure recorded above the level asked for stands under its own area. Weeks are named by their Monday, months by their
first day, report months by their 15th.
Step 9 of the event path (docs/architecture.md).
"""

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from uuid import UUID

from services.reporting.borders import AREA, OF_CAMPAIGN, THEN, Borders
from services.reporting.queries_grouping import NAMED
from shared.database import Connection

Row = dict[str, Any]
Filters = Mapping[str, Sequence[Any]]

PERIODS = {
    "day": "c.day",
    "week": "date_trunc('week', c.day)::date",
    "month": "date_trunc('month', c.day)::date",
    "report_month": "date_trunc('month', c.day - 14)::date + 14",
}
SESSION_GROUPS = (*PERIODS, "area", "kind", "venue", "team")
HOURS_GROUPS = (*SESSION_GROUPS, "session", "volunteer", "volunteer_kind")
ACTIVE_GROUPS = (*PERIODS, "area", "volunteer_kind")

OF_SESSIONS = """
SELECT day, area_id, kind, venue_id AS venue, team_id AS team, attendees, households_visited, left_waiting
  FROM session WHERE day BETWEEN %(first)s AND %(last)s
"""
SUM_OF_SESSIONS = """count(*) AS sessions,
    coalesce(sum(c.attendees) FILTER (WHERE c.kind IN ('awareness', 'training')), 0)::bigint AS reach,
    coalesce(sum(c.households_visited), 0)::bigint AS households_visited,
    coalesce(sum(c.left_waiting), 0)::bigint AS left_waiting"""

OF_HOURS = """
SELECT h.day, h.area_id, h.volunteer, h.session_id AS session, h.seconds, h.is_assumed, h.is_forgotten,
       h.is_overlapping, h.is_long_day, s.kind, s.venue_id AS venue, s.team_id AS team,
       coalesce(v.kind, 'unknown') AS volunteer_kind
  FROM volunteer_hours AS h JOIN session AS s USING (session_id) LEFT JOIN volunteer AS v USING (volunteer)
 WHERE h.day BETWEEN %(first)s AND %(last)s
"""
SUM_OF_HOURS = """coalesce(sum(c.seconds), 0)::bigint AS seconds,
    coalesce(sum(c.seconds) FILTER (WHERE c.is_assumed), 0)::bigint AS assumed_seconds,
    coalesce(sum(c.seconds) FILTER (WHERE c.is_forgotten), 0)::bigint AS forgotten_seconds,
    count(*) FILTER (WHERE c.is_forgotten) AS forgotten,
    count(*) FILTER (WHERE c.is_overlapping) AS overlapping,
    count(DISTINCT (c.volunteer, c.day)) FILTER (WHERE c.is_long_day) AS long_days"""

OF_ACTIVE = f"""
SELECT a.day, a.area_id, a.volunteer, coalesce(v.kind, 'unknown') AS volunteer_kind
  FROM (SELECT day, area_id, volunteer FROM volunteer_hours
         WHERE day BETWEEN %(first)s AND %(last)s AND seconds > 0
        UNION
        SELECT day, area_id, n.volunteer
          FROM assists_by_helpers CROSS JOIN LATERAL ({NAMED}) AS n
         WHERE day BETWEEN %(first)s AND %(last)s AND assists > 0) AS a
  LEFT JOIN volunteer AS v USING (volunteer)
"""
SUM_OF_ACTIVE = "count(DISTINCT c.volunteer) AS volunteers"


@dataclass(frozen=True)
class Asked:
    """What to add up: days inclusive; without an area everything; rolled up to `level`; filters by group's name.

    `campaign_areas`: only what was under one of these on its day. In today's borders each row has `is_apportioned`.
    """

    first_day: dt.date
    last_day: dt.date
    area_id: UUID | None = None
    group_by: Sequence[str] = ()
    filters: Filters = field(default_factory=dict)
    level: str | None = None
    borders: Borders = THEN
    campaign_areas: Collection[UUID] | None = None


def sessions(connection: Connection, first_day: dt.date, last_day: dt.date, *more: Any, **asked: Any) -> list[Row]:
    """F7 `sessions` opened and not void, F10 `reach` (attendees of awareness and training), F11 `households_visited`
    and `left_waiting`, by the day of opening. Groups: SESSION_GROUPS; the rest as in `Asked`, in its order.
    """
    return _rows(connection, Asked(first_day, last_day, *more, **asked), OF_SESSIONS, SUM_OF_SESSIONS, SESSION_GROUPS)


def hours(connection: Connection, first_day: dt.date, last_day: dt.date, *more: Any, **asked: Any) -> list[Row]:
    """F9: `seconds`, `hours` (one decimal, half up), and what is flagged: seconds with an assumed coming or a forgotten
    leaving, rows (volunteer, session, day) that were forgotten or overlap, days of a person over 16 hours.
    Groups: HOURS_GROUPS; the rest as in `Asked`, in its order.
    """
    rows = _rows(connection, Asked(first_day, last_day, *more, **asked), OF_HOURS, SUM_OF_HOURS, HOURS_GROUPS)
    return [row | {"hours": hours_shown(row["seconds"])} for row in rows]


def hours_shown(seconds: int) -> Decimal:
    """Hours as they are shown: one decimal, half up."""
    return (Decimal(seconds) / 3600).quantize(Decimal("0.1"), ROUND_HALF_UP)


def active_volunteers(
    connection: Connection, first_day: dt.date, last_day: dt.date, *more: Any, **asked: Any
) -> list[Row]:
    """F8: distinct persons (after merges) with hours > 0 or named in an assist; not additive over groups.
    Groups: ACTIVE_GROUPS; the rest as in `Asked`, in its order.
    """
    return _rows(connection, Asked(first_day, last_day, *more, **asked), OF_ACTIVE, SUM_OF_ACTIVE, ACTIVE_GROUPS)


def _rows(connection: Connection, asked: Asked, cells: str, sums: str, groups: Sequence[str]) -> list[Row]:
    """The sums by the groups asked for, in their order; without groups one row, also over nothing.

    Raises:
        ValueError: for a group or a filter that the figure does not have.
    """
    unknown = {*asked.group_by, *asked.filters} - {*groups} | {*asked.filters} & {*PERIODS, "area"}
    if unknown:
        raise ValueError(f"no such group or filter: {', '.join(sorted(unknown))}")
    keys = [expression for group in asked.group_by for expression in _expressions(group)]
    named = [f"{expression} AS {name}" for expression, name in keys]
    by = ", ".join(str(place) for place in range(1, len(keys) + 1))
    flags = [asked.borders.flag] if asked.borders.is_now else []
    cursor = connection.execute(
        f"""SELECT {", ".join([*named, sums, *flags])} FROM ({cells}) AS c {" ".join(_joins(asked))}
             WHERE {" AND ".join(_conditions(asked))} {f"GROUP BY {by} ORDER BY {by}" if keys else ""}""",
        _values(asked),
    )
    names = [column.name for column in cursor.description or ()]
    return [_row(dict(zip(names, row, strict=True))) for row in cursor]


def _conditions(asked: Asked) -> Iterator[str]:
    yield "true"
    yield from (f"(c.{name})::text = ANY(%(of_{name})s)" for name in asked.filters)
    if asked.campaign_areas is not None:
        yield OF_CAMPAIGN.format(cell="c")


def _values(asked: Asked) -> Row:
    days = {"first": asked.first_day, "last": asked.last_day}
    places = {"area": asked.area_id, "level": asked.level, "campaign_areas": list(asked.campaign_areas or ())}
    filters = {f"of_{name}": [str(one) for one in allowed] for name, allowed in asked.filters.items()}
    return days | places | filters | asked.borders.values


def _expressions(group: str) -> Iterator[tuple[str, str]]:
    """What a group selects: (expression, name of the column)."""
    if group == "area":
        yield from ((f"g.{column}", column) for column in AREA)
    else:
        yield PERIODS.get(group, f"c.{group}"), group


def _joins(asked: Asked) -> Iterator[str]:
    yield asked.borders.carry()
    if asked.area_id is not None:
        yield asked.borders.under()
    if "area" in asked.group_by:
        yield asked.borders.rolled()


def _row(found: Row) -> Row:
    """A row with its area, if it has one, as one value."""
    if "area_id" not in found:
        return found
    return {"area": {name: found.pop(name) for name in AREA}} | found
