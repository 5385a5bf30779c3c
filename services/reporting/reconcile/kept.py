"""What reconciling found, night after night: so that a restart knows how long ago the last one was.

Guarantee: one row a closed day; a later comparison of the same day takes its place.
"""

import datetime as dt

from services.reporting.reconcile.compare import Compared, Difference
from shared.database import Connection

DUE = """
SELECT c.day FROM (SELECT max(day) AS day FROM closing) AS c
 WHERE c.day IS NOT NULL AND NOT EXISTS (SELECT FROM reconciliation AS r WHERE r.day >= c.day)
"""
STATE = """
SELECT coalesce((SELECT finished_at FROM reconciliation ORDER BY day DESC LIMIT 1),
                (SELECT min(closed_at) FROM closing)),
       coalesce((SELECT differences FROM reconciliation ORDER BY day DESC LIMIT 1), 0)
"""
KEEP = """
INSERT INTO reconciliation (day, first_day, finished_at, wards, numbers, moving, differences, first_difference)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (day) DO UPDATE SET first_day = excluded.first_day, finished_at = excluded.finished_at,
  wards = excluded.wards, numbers = excluded.numbers, moving = excluded.moving, differences = excluded.differences,
  first_difference = excluded.first_difference
"""


def due(connection: Connection) -> dt.date | None:
    """The newest closed day, where nothing was compared after its closing."""
    row = connection.execute(DUE).fetchone()
    return row[0] if row else None


def state(connection: Connection) -> tuple[dt.datetime | None, int]:
    """Since when nothing was compared (None: no day was closed yet), and how many differences there were then."""
    row = connection.execute(STATE).fetchone()
    return (row[0], row[1]) if row else (None, 0)


def keep(connection: Connection, made: Compared, finished_at: dt.datetime) -> None:
    first = in_words(made.differences[0]) if made.differences else None
    connection.execute(
        KEEP,
        [made.last, made.first, finished_at, made.wards, made.numbers, made.moving, len(made.differences), first],
    )


def in_words(one: Difference) -> str:
    """One line: where, when, what, both numbers, and the segment of the newest event behind it."""
    if one.key is None:
        return f"registry: {one.what}: {one.source} ≠ {one.reporting}"
    what = " ".join(part for part in (one.key.what, one.key.part, one.key.outcome) if part)
    came = f"segment {one.newest.segment} of shard {one.newest.shard}" if one.newest else "no event of it arrived"
    return f"{one.ward_name}: {one.key.day}: {what}: {one.source} ≠ {one.reporting} ({came})"
