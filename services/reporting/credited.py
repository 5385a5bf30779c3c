"""Reading F4 for progress: residents (or stalls) credited in areas after a day, in the borders of each day.

Guarantee: only services that count each person or stall once are counted, each in the unit of its service; credited,
completed without a key, and completed in paper books. What is read grows with days and areas, not with people.
Formulas F4 and F6 (by resident area).
Step 9 of the event path (docs/architecture.md).
"""

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from shared.database import Connection


class Part(NamedTuple):
    """An area and a service, and the day after which is counted."""

    area_id: UUID
    service: str
    after: dt.date


# A cell for each part, area, day and kind of source.
CELLS = """
WITH part AS (
    SELECT p.n, p.area_id, p.service, p.after, s.unit
      FROM unnest(%(areas)s::uuid[], %(services)s::text[], %(after)s::date[]) WITH ORDINALITY
           AS p(area_id, service, after, n)
      JOIN service AS s ON s.service = p.service AND s.once),
cell AS (
    SELECT p.n, p.after, c.day, c.credited + c.unkeyed AS people
      FROM part AS p JOIN area_ancestor AS x ON x.ancestor_id = p.area_id
      JOIN credited_by_day AS c ON c.area_id = x.area_id AND c.service = p.service
       AND c.day BETWEEN x.valid_from AND x.valid_to
       AND c.kind = CASE p.unit WHEN 'stall' THEN 'stall' ELSE 'resident' END
     WHERE c.day > least(p.after, %(week)s) AND c.day <= %(day)s
     UNION ALL
    SELECT p.n, p.after, c.day, c.assists
      FROM part AS p JOIN area_ancestor AS x ON x.ancestor_id = p.area_id
      JOIN paper_by_day AS c ON c.resident_area_id = x.area_id AND c.service = p.service
       AND c.day BETWEEN x.valid_from AND x.valid_to AND c.outcome = 'completed'
     WHERE c.day > least(p.after, %(week)s) AND c.day <= %(day)s)
"""


def credited(connection: Connection, parts: Sequence[Part], day: dt.date, full_day: dt.date) -> list[tuple[int, int]]:
    """For each part: F4 of the days after its own up to `day`, and of the seven days up to `full_day`."""
    week = full_day - dt.timedelta(days=7)
    rows = connection.execute(
        CELLS
        + """SELECT n, coalesce(sum(people) FILTER (WHERE day > after), 0)::bigint,
                    coalesce(sum(people) FILTER (WHERE day > %(week)s AND day <= %(full)s), 0)::bigint
               FROM cell GROUP BY n""",
        _values(parts, day) | {"week": week, "full": full_day},
    )
    found = {row[0]: (row[1], row[2]) for row in rows}
    return [found.get(number, (0, 0)) for number in range(1, len(parts) + 1)]


def credited_by_day(connection: Connection, parts: Sequence[Part], day: dt.date) -> list[dict[dt.date, int]]:
    """For each part: F4 by day, of the days after its own up to `day` that have any."""
    rows = connection.execute(
        CELLS + "SELECT n, day, sum(people)::bigint FROM cell GROUP BY n, day",
        _values(parts, day) | {"week": dt.date.max},
    )
    found: list[dict[dt.date, int]] = [{} for _ in parts]
    for number, on, people in rows:
        found[number - 1][on] = people
    return found


def _values(parts: Sequence[Part], day: dt.date) -> dict[str, object]:
    return {
        "areas": [part.area_id for part in parts],
        "services": [part.service for part in parts],
        "after": [part.after for part in parts],
        "day": day,
    }
