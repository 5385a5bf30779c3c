"""What reporting counts, in the words of the sources; and the newest event behind a number.

Guarantee: one statement, so one state. The rows are those of the sources' own counts, from the projections.
"""

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

from services.reporting.reconcile.sources import Counts, Key
from shared.database import Connection

COUNTS = """
WITH book AS MATERIALIZED (
    SELECT day, convert_from(state, 'UTF8')::json AS c FROM tally
     WHERE ward_id = %(ward)s AND day BETWEEN %(first)s AND %(last)s),
held AS MATERIALIZED (
    SELECT * FROM session WHERE ward_id = %(ward)s AND day BETWEEN %(first)s AND %(last)s),
counted(day, what, part, outcome, number) AS (
    SELECT day, 'assists', service, outcome, sum(assists) FROM assists_by_day
     WHERE ward_id = %(ward)s AND day BETWEEN %(first)s AND %(last)s GROUP BY 1, 3, 4
     UNION ALL
    SELECT day, 'books', '', '', count(*) FROM book GROUP BY 1
     UNION ALL
    SELECT day, 'lines', line ->> 'service', line ->> 'outcome', sum((line ->> 'count')::bigint)
      FROM book, json_array_elements(c -> 'lines') AS line GROUP BY 1, 3, 4
     UNION ALL
    SELECT day, 'sessions', kind, '', count(*) FROM held GROUP BY 1, 3
     UNION ALL
    SELECT day, name, '', '', sum(number)
      FROM held, LATERAL (VALUES ('attendees', attendees), ('households_visited', households_visited),
                                 ('left_waiting', left_waiting)) AS g(name, number) GROUP BY 1, 2
     UNION ALL
    SELECT h.day, 'attendance', '', '', count(DISTINCT (a.session_id, a.volunteer))
      FROM held AS h JOIN attendance AS a USING (session_id) GROUP BY 1
     UNION ALL
    SELECT day, 'feedback', theme, status, count(*) FROM feedback
     WHERE ward_id = %(ward)s AND day BETWEEN %(first)s AND %(last)s GROUP BY 1, 3, 4
     UNION ALL
    SELECT day, 'incidents', kind, '', count(*) FROM incident
     WHERE ward_id = %(ward)s AND day BETWEEN %(first)s AND %(last)s GROUP BY 1, 3
     UNION ALL
    SELECT day, 'proposals', theme, coalesce(result, ''), count(*) FROM proposal
     WHERE ward_id = %(ward)s AND day BETWEEN %(first)s AND %(last)s GROUP BY 1, 3, 4)
SELECT day, what, part, outcome, number::bigint FROM counted WHERE number <> 0
"""
WARDS = " UNION ".join(
    f"SELECT ward_id FROM {table} WHERE day BETWEEN %(first)s AND %(last)s"
    for table in ("assists_by_day", "tally", "session", "feedback", "incident", "proposal")
)
REGISTERED = " UNION ALL ".join(
    f"SELECT '{name}', count(*) FROM {table}"
    for name, table in (
        ("areas", "area"), ("services", "service"), ("venues", "venue"), ("offices", "office"),
        ("volunteers", "volunteer"), ("teams", "team"), ("campaigns", "campaign"), ("targets", "target"),
        ("official_counts", "official_count"),
    )
)  # fmt: skip
# By what is counted, the family of the events that it is made of.
FAMILIES = {
    "assists": "assist", "books": "tally", "lines": "tally", "sessions": "session", "attendees": "session",
    "households_visited": "session", "left_waiting": "session", "attendance": "attendance", "feedback": "feedback",
    "incidents": "incident", "proposals": "proposal",
}  # fmt: skip
OF_SERVICES = ("assists", "lines")
NEWEST = """
SELECT shard, segment, recorded_at FROM evidence
 WHERE day = %(day)s AND ward_id = %(ward)s AND type LIKE %(family)s
   AND (%(service)s::text IS NULL OR %(service)s = ANY(services))
 ORDER BY recorded_at DESC, segment DESC LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Newest:
    """The segment of the stream of sessions in which the newest event of a number came."""

    shard: int
    segment: int
    recorded_at: dt.datetime


def counts(connection: Connection, ward: UUID, first: dt.date, last: dt.date) -> Counts:
    """What reporting counts in a ward on these days, both ends included."""
    rows = connection.execute(COUNTS, {"ward": ward, "first": first, "last": last})
    return {Key(*row[:4]): row[4] for row in rows}


def wards(connection: Connection, first: dt.date, last: dt.date) -> set[UUID]:
    return {row[0] for row in connection.execute(WARDS, {"first": first, "last": last})}


def registered(connection: Connection) -> dict[str, int]:
    """How many of each thing the registry has told."""
    return {row[0]: row[1] for row in connection.execute(REGISTERED)}


def newest(connection: Connection, ward: UUID, key: Key) -> Newest | None:
    """The newest event of a ward, a day and (of assists and books) a service; None: none has arrived."""
    service = key.part if key.what in OF_SERVICES else None
    family = f"{FAMILIES[key.what]}.%"
    row = connection.execute(NEWEST, {"day": key.day, "ward": ward, "family": family, "service": service}).fetchone()
    return Newest(*row) if row else None
