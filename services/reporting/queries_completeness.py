"""Reading completeness (F30 to F33): who has to report on a day, who has, who had by the closing, and who is silent.

Guarantee: a unit counts once a day, however many campaigns it is in (`reporting_units.py`). A zero report is a report,
and nothing else is needed. While a day is not closed, all that has been reported is on time.
Step 9 of the event path (docs/architecture.md).
"""

import datetime as dt
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from services.reporting import reporting_units
from services.reporting.borders import AREA, THEN, Borders
from services.reporting.projections.on_time import REPORTED
from services.reporting.queries import share
from services.reporting.queries_feedback import fetch
from shared.database import Connection

Row = dict[str, Any]

FOUND = f"""{{units}}, {REPORTED},
found AS (
    SELECT e.*, r.area_id IS NOT NULL AS is_reported, c.day IS NOT NULL AS is_closed,
           CASE WHEN c.day IS NULL THEN r.area_id IS NOT NULL ELSE t.area_id IS NOT NULL END AS is_on_time
      FROM expected AS e
      LEFT JOIN reported AS r ON (r.day, r.area_id) = (e.day, e.area_id)
      LEFT JOIN day_closed AS c ON c.day = e.day
      LEFT JOIN report_on_time AS t ON (t.day, t.area_id) = (e.day, e.area_id))
"""
# Each unit's own row, or that of the area above it at the level asked for.
PLACED = """
SELECT {keys} count(*) AS expected, count(*) FILTER (WHERE f.is_reported) AS actual,
       count(*) FILTER (WHERE f.is_on_time) AS on_time {flag}
  FROM found AS f {joins} {grouped}
"""
GROUPS = {"day": "f.day", "area": "g.area_id, g.code, g.name, g.level"}


def completeness(
    connection: Connection,
    first_day: dt.date,
    last_day: dt.date,
    area_id: UUID | None = None,
    *,
    group_by: Sequence[str] = ("day",),
    level: str | None = None,
    campaign_id: UUID | None = None,
    borders: Borders = THEN,
) -> list[Row]:
    """F30 to F33 by day and area: expected, actual, on_time (reports), rate, on_time_rate (percent, or None).

    Areas are rolled up to `level` by the borders of each day, or by today's, where a row has is_apportioned; a unit
    above it stands for itself. Without groups there is one row.
    """
    chosen = [name for name in GROUPS if name in group_by]
    keys = ", ".join(GROUPS[name] for name in chosen)
    sql = PLACED.format(
        keys=f"{keys}," if keys else "",
        flag=f", {borders.flag}" if borders.is_now else "",
        joins=f"{borders.carry('f')} {borders.rolled('f') if 'area' in chosen else ''}",
        grouped=f"GROUP BY {keys} ORDER BY {keys}" if keys else "",
    )
    values = _values(first_day, last_day, area_id, campaign_id) | {"level": level} | borders.values
    return [_rates(row, chosen) for row in fetch(connection, _found(borders) + sql, values)]


def _found(borders: Borders = THEN) -> str:
    return FOUND.format(units=reporting_units.units(borders))


def _rates(row: Row, groups: Sequence[str]) -> Row:
    counts = {name: row[name] for name in ("expected", "actual", "on_time")}
    keys: Row = {"day": row["day"]} if "day" in groups else {}
    if "area" in groups:
        keys["area"] = {name: row[name] for name in AREA}
    rates = {
        "rate": share(counts["actual"], counts["expected"]),
        "on_time_rate": share(counts["on_time"], counts["expected"]),
    }
    return keys | counts | rates | {name: row[name] for name in row.keys() & {"is_apportioned"}}


def units(
    connection: Connection, day: dt.date, area_id: UUID | None = None, campaign_id: UUID | None = None
) -> list[Row]:
    """Who has to report on a day, by ward and code: area_id, code, name, level, local_label, ward (area_id, code, name,
    of that day), is_reported, is_on_time, is_closed."""
    rows = fetch(
        connection,
        _found()
        + """SELECT f.*, w.area_id AS ward_id, w.code AS ward_code, w.name AS ward_name FROM found AS f
               LEFT JOIN area_ancestor AS l ON l.area_id = f.area_id AND l.level = 'ward'
                AND f.day BETWEEN l.valid_from AND l.valid_to
               LEFT JOIN area AS w ON w.area_id = l.ancestor_id
              ORDER BY w.code COLLATE "C", w.area_id, f.level = 'residential_group', f.code COLLATE "C", f.area_id""",
        _values(day, day, area_id, campaign_id),
    )
    for row in rows:
        row["ward"] = {name: row.pop(f"ward_{short}") for name, short in
                       (("area_id", "id"), ("code", "code"), ("name", "name"))}  # fmt: skip
    return rows


def missing(
    connection: Connection, day: dt.date, area_id: UUID | None = None, campaign_id: UUID | None = None
) -> list[Row]:
    """F33: the units that have not reported of a day, as `units` tells them. It is for the caller to ask from 20:00."""
    return [row for row in units(connection, day, area_id, campaign_id) if not row["is_reported"]]


def _values(first: dt.date, last: dt.date, area_id: UUID | None, campaign_id: UUID | None) -> Row:
    return {"first": first, "last": last, "area": area_id, "campaign": campaign_id}
