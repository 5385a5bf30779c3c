"""Figures that the platform keeps and no route gives yet: sessions and feedback by day, who was at a session.

Read from the databases of a deployment on this machine; only the comparison uses it, never the sending. What must be
there is computed here too, from how things stand.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import psycopg

from deploy.cds.simulate.atlas import Atlas, day_of
from deploy.cds.simulate.standing import Standing
from deploy.cds.simulate.world import Plan

# (what, day, ward, group, kind or theme)
CountKey = tuple[str, date, str, str, str]
Counts = Counter[CountKey]
Attendance = dict[tuple[str, str], tuple[datetime | None, datetime | None]]

COUNTED = """
SELECT c.what, c.day, w.code, CASE WHEN a.level = 'residential_group' THEN a.code ELSE '' END, c.kind, c.count
  FROM (SELECT 'sessions' AS what, day, ward_id, area_id, kind, count(*) AS count FROM session
         GROUP BY day, ward_id, area_id, kind
        UNION ALL SELECT 'feedback', day, ward_id, area_id, theme, count(*) FROM feedback GROUP BY 2, 3, 4, 5) AS c
  JOIN area AS w ON w.area_id = c.ward_id JOIN area AS a ON a.area_id = c.area_id
 WHERE c.day BETWEEN %s AND %s AND c.count <> 0
"""
ATTENDED = "SELECT session_id, volunteer_id, came_at, left_at FROM attendance WHERE session_id = ANY(%s::uuid[])"


@dataclass(frozen=True, slots=True)
class Inside:
    """The addresses of the two databases."""

    sessions: str
    reporting: str

    def counts(self, plan: Plan) -> Counts:
        rows = ask(self.reporting, COUNTED, [plan.first, plan.last])
        return Counter({(what, day, ward, group.rpartition("/")[2], kind): count
                        for what, day, ward, group, kind, count in rows})  # fmt: skip

    def attendance(self, sessions: Collection[str]) -> Attendance:
        rows = ask(self.sessions, ATTENDED, [list(sessions)])
        return {(str(session), str(one)): (came, left) for session, one, came, left in rows}


def ask(url: str, sql: str, values: list[Any]) -> list[Any]:
    with psycopg.connect(url, connect_timeout=10, autocommit=True) as connection:
        return connection.execute(sql.encode(), values).fetchall()


def counts_of(standing: Standing, atlas: Atlas) -> Counts:
    """Sessions that are not void by the day of their opening, feedback by the day on which it was raised."""
    found: Counts = Counter()
    for what, kind, word in (("session", "sessions", "kind"), ("feedback", "feedback", "theme")):
        for thing in standing.of(what):
            if not thing.is_void:
                day = day_of(thing.beginning)
                found[kind, day, *atlas.place(thing.beginning, day), str(thing.beginning.data[word])] += 1
    return found


def attendance_of(standing: Standing) -> Attendance:
    return {key: (as_sent(came), as_sent(left)) for key, (came, left) in standing.attendance.items()}


def as_sent(at: datetime | None) -> datetime | None:
    """A time as an event tells it: in milliseconds."""
    return at and at.astimezone(UTC).replace(microsecond=at.microsecond // 1000 * 1000)


def differing(expected: dict[Any, Any], found: dict[Any, Any]) -> list[str]:
    """A line for each key that is not equal."""
    keys = sorted((key for key in expected.keys() | found.keys() if expected.get(key) != found.get(key)), key=str)
    return [f"{' '.join(map(str, key))}: expected {expected.get(key)}, found {found.get(key)}" for key in keys]
