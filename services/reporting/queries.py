"""The read side: figures from the projections, by any grouping.

Guarantee: the rows read do not grow with events, only with days, areas and services; paper and single are told apart.
Borders are those of the day. A figure recorded above the level asked for stands under its own area, so sums are equal.
Step 9 of the event path (docs/architecture.md).
"""

import datetime as dt
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from uuid import UUID

from shared.areas import AreaBook
from shared.database import Connection
from shared.problems import FieldError, Problem

GROUPS = ("day", "area", "service", "outcome", "age_band")
COLUMNS = {"day": ["day"], "service": ["service"], "outcome": ["outcome"], "age_band": ["age_band"]}


@dataclass(frozen=True)
class TallyQuery:
    """What to add up: days inclusive; empty filters mean everything."""

    first_day: dt.date
    last_day: dt.date
    group_by: tuple[str, ...] = ()
    area_id: UUID | None = None
    level: str | None = None
    filters: dict[str, list[str]] = field(default_factory=dict)


def find_area(book: AreaBook, reference: str, on: dt.date) -> UUID:
    """The area that a code or an id means on a day.

    Raises:
        Problem: 422 naming what is not known.
    """
    try:
        area_id = UUID(reference)
    except ValueError:
        return _by_code(book, reference, on)
    if area_id not in book.areas:
        raise _unknown(f"Không có đơn vị {area_id}.")
    return area_id


def _by_code(book: AreaBook, reference: str, on: dt.date) -> UUID:
    try:
        return book.locate(reference, on, ()).area_id
    except LookupError as error:
        raise _unknown(str(error)) from error


def _unknown(message: str) -> Problem:
    return Problem("invalid", errors=[FieldError("area", "unknown_area", message)])


def tallies(connection: Connection, query: TallyQuery) -> list[dict[str, Any]]:
    """Figure F1 (assists = single + paper), by the groups asked for, in their order."""
    sql, values = _statement(query)
    cursor = connection.execute(sql, values)
    names = [column.name for column in cursor.description or ()]
    return [_row(dict(zip(names, row, strict=True))) for row in cursor]


def _statement(query: TallyQuery) -> tuple[str, dict[str, Any]]:
    values: dict[str, Any] = {"first": query.first_day, "last": query.last_day, "area": query.area_id}
    where = ["c.day BETWEEN %(first)s AND %(last)s"]
    for name, allowed in query.filters.items():
        where.append(f"c.{name} = ANY(%({name})s)")
        values[name] = allowed
    joins = ""
    if query.area_id is not None:
        joins += """ JOIN area_ancestor AS f ON f.area_id = c.area_id AND f.ancestor_id = %(area)s
                      AND c.day BETWEEN f.valid_from AND f.valid_to"""
    select = [column for group in query.group_by for column in COLUMNS.get(group, ())]
    if "area" in query.group_by:
        joins += _area_join(query, values)
        select += ["g.area_id", "g.code", "g.name", "g.level"]
    keys = ", ".join(_qualified(column) for column in select)
    return (
        f"""SELECT {keys + "," if keys else ""} sum(c.single)::bigint AS single, sum(c.paper)::bigint AS paper
              FROM (SELECT day, area_id, service, outcome, age_band, assists AS single, 0 AS paper
                      FROM assists_by_day WHERE day BETWEEN %(first)s AND %(last)s
                    UNION ALL
                    SELECT day, area_id, service, outcome, age_band, 0, assists
                      FROM paper_by_day WHERE day BETWEEN %(first)s AND %(last)s AND assists > 0) AS c
              {joins} WHERE {" AND ".join(where)}
              {f"GROUP BY {keys} ORDER BY {keys}" if keys else ""}""",
        values,
    )


def _qualified(column: str) -> str:
    return column if "." in column else f"c.{column}"


def _area_join(query: TallyQuery, values: dict[str, Any]) -> str:
    """Each cell's area, or the one above it at the level asked for; its own where there is none."""
    if query.level is None:
        return " JOIN area AS g ON g.area_id = c.area_id"
    values["level"] = query.level
    return """ LEFT JOIN area_ancestor AS l ON l.area_id = c.area_id AND l.level = %(level)s
                 AND c.day BETWEEN l.valid_from AND l.valid_to
               JOIN area AS g ON g.area_id = coalesce(l.ancestor_id, c.area_id)"""


def _row(found: dict[str, Any]) -> dict[str, Any]:
    single, paper = found["single"] or 0, found["paper"] or 0
    row = {name: found[name] for name in GROUPS if name in found}
    if "area_id" in found:
        row["area"] = {name: found[name] for name in ("area_id", "code", "name", "level")}
    return row | {"assists": single + paper, "single": single, "paper": paper}


def totals(connection: Connection, query: TallyQuery) -> dict[str, Any]:
    """F1, F2 and F3 over the whole filter."""
    everything = TallyQuery(query.first_day, query.last_day, ("outcome",), query.area_id, None, query.filters)
    rows = tallies(connection, everything)
    assists = sum(row["assists"] for row in rows)
    completed = sum(row["assists"] for row in rows if row["outcome"] == "completed")
    return {
        "assists": assists,
        "completed": completed,
        "single": sum(row["single"] for row in rows),
        "paper": sum(row["paper"] for row in rows),
        "success_rate": share(completed, assists),
    }


def share(part: int, whole: int) -> float | None:
    """Percent with one decimal, half up; None when the denominator is 0 (printed as "–")."""
    if whole == 0:
        return None
    return float((Decimal(part) * 100 / Decimal(whole)).quantize(Decimal("0.1"), ROUND_HALF_UP))


def freshness(connection: Connection) -> dict[str, Any]:
    """How far the figures reach: by stream and shard, and when they were last brought up to date."""
    rows = connection.execute(
        "SELECT stream, shard, segment, applied_at, last_recorded_at FROM position ORDER BY stream, shard"
    ).fetchall()
    applied = [row[3] for row in rows if row[3]]
    recorded = [row[4] for row in rows if row[4] and row[0] == "sessions"]
    return {
        "updated_at": max(applied, default=None),
        "last_recordedtime": max(recorded, default=None),
        "positions": [{"stream": row[0], "shard": row[1], "segment": row[2]} for row in rows],
    }
