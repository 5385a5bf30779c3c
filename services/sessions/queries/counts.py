"""What stands in a ward, counted: for whoever compares it with what has become of the events elsewhere.

Guarantee: one statement, so one state; nothing void, nothing of the sandbox. A row is (day, what, part, outcome,
number) and never 0; for assists and lines of books the part is the service, for feedback the theme with its status, for
the others the kind. An answer has at most as many rows as days, times some hundreds.
"""

import datetime as dt
from typing import Any
from uuid import UUID

from shared.database import Connection

Row = tuple[dt.date, str, str, str, int]

COUNTS = """
WITH here AS MATERIALIZED (
    SELECT kind, day, subject, convert_from(content, 'UTF8')::json AS c FROM entity
     WHERE ward_id = %(ward)s AND day BETWEEN %(first)s AND %(last)s AND shard >= 0 AND NOT is_void),
counted(day, what, part, outcome, number) AS (
    SELECT day, 'assists', c ->> 'service', c ->> 'outcome', sum(coalesce((c ->> 'quantity')::int, 1))
      FROM here WHERE kind = 'assist' GROUP BY 1, 3, 4
     UNION ALL
    SELECT day, 'books', '', '', count(*) FROM here WHERE kind = 'tally' GROUP BY 1
     UNION ALL
    SELECT day, 'lines', line ->> 'service', line ->> 'outcome', sum((line ->> 'count')::bigint)
      FROM here, json_array_elements(c -> 'lines') AS line WHERE kind = 'tally' GROUP BY 1, 3, 4
     UNION ALL
    SELECT day, 'sessions', c ->> 'kind', '', count(*) FROM here WHERE kind = 'session' GROUP BY 1, 3
     UNION ALL
    SELECT day, name, '', '', sum(coalesce((c ->> name)::int, 0))
      FROM here, unnest(ARRAY['attendees', 'households_visited', 'left_waiting']) AS g(name)
     WHERE kind = 'session' GROUP BY 1, 2
     UNION ALL
    SELECT day, 'attendance', '', '', count(*)
      FROM here JOIN attendance AS a ON a.session_id = here.subject WHERE kind = 'session' GROUP BY 1
     UNION ALL
    SELECT day, 'feedback', c ->> 'theme', coalesce(c -> 'steps' -> -1 ->> 'step', 'raised'), count(*)
      FROM here WHERE kind = 'feedback' GROUP BY 1, 3, 4
     UNION ALL
    SELECT day, 'incidents', c ->> 'kind', '', count(*) FROM here WHERE kind = 'incident' GROUP BY 1, 3
     UNION ALL
    SELECT day, 'proposals', c ->> 'theme', coalesce(c ->> 'result', ''), count(*)
      FROM here WHERE kind = 'proposal' GROUP BY 1, 3, 4)
SELECT day, what, part, outcome, number::bigint FROM counted WHERE number <> 0 ORDER BY 1, 2, 3, 4
"""
# From one ward to the next along the index of what changed in a ward: as many steps as there are wards.
WARDS = """
WITH RECURSIVE ward(ward_id) AS (
    (SELECT ward_id FROM entity ORDER BY ward_id LIMIT 1)
     UNION ALL
    SELECT (SELECT e.ward_id FROM entity AS e WHERE e.ward_id > w.ward_id ORDER BY e.ward_id LIMIT 1)
      FROM ward AS w WHERE w.ward_id IS NOT NULL)
SELECT ward_id FROM ward WHERE ward_id IS NOT NULL
"""


def counts(connection: Connection, ward: UUID, first: dt.date, last: dt.date) -> list[Row]:
    """What stands in a ward on some days, both ends included."""
    found: Any = connection.execute(COUNTS, {"ward": ward, "first": first, "last": last}).fetchall()
    return list(found)


def wards(connection: Connection) -> list[UUID]:
    """Every ward in which something was ever reported, also what is void."""
    return [row[0] for row in connection.execute(WARDS)]
