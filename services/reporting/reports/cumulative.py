"""How a cumulative figure came about (F43): what was told before a period, what is of the period, and what was changed
of earlier days in it.

Guarantee: before + inside + issued is all that is known of the days up to the end, by the closings that count; while
the period is open, with what the closings do not know yet. Borders are those of each day.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from services.reporting.closing.cumulative import CREDITED
from services.reporting.documents.periods import Period
from services.reporting.projections.visits import STALL_SERVICES
from services.reporting.reports.closed import Told
from services.reporting.reports.units import Unit
from shared.database import Connection

# What is known, with the day as of which: of a closing its day; of what no closing has told yet the last day, or, of a
# day that no closing before the period has closed, that day.
KNOWN = """
SELECT area_id, service, day, closing_day AS known_on, change FROM credited_closed
 WHERE closing_day <= %(known_to)s AND day <= %(last)s
"""
NOT_YET = f"""
SELECT area_id, service, day, CASE WHEN day > %(closed)s THEN day ELSE %(last)s END, sum(people)
  FROM ({CREDITED} UNION ALL SELECT day, area_id, service, -change FROM credited_closed) AS now
 WHERE day <= %(last)s GROUP BY 1, 2, 3, 4 HAVING sum(people) <> 0
"""
PARTS = """
WITH part AS (
    SELECT p.* FROM unnest(%(areas)s::uuid[], %(services)s::text[], %(before)s::date[], %(after)s::date[])
           WITH ORDINALITY AS p(area_id, service, before, after, n)
      JOIN service AS s ON s.service = p.service AND s.once),
cell AS (
    SELECT p.n, p.before, p.after, c.day, c.known_on, c.change
      FROM part AS p JOIN area_ancestor AS x ON x.ancestor_id = p.area_id
      JOIN ({known}) AS c ON c.area_id = x.area_id AND c.service = p.service
       AND c.day BETWEEN x.valid_from AND x.valid_to)
"""
SUMS = """
SELECT n, coalesce(sum(change) FILTER (WHERE known_on < %(first)s AND day > before), 0)::bigint,
       coalesce(sum(change) FILTER (WHERE day >= %(first)s AND day > after), 0)::bigint,
       coalesce(sum(change) FILTER (WHERE known_on >= %(first)s AND day < %(first)s AND day > after), 0)::bigint,
       coalesce(sum(change) FILTER (WHERE day > after), 0)::bigint
  FROM cell GROUP BY n
"""
BY_DAY = "SELECT n, known_on, sum(change)::bigint FROM cell WHERE day > after GROUP BY n, known_on"


class Part(NamedTuple):
    """An area and a service, and the days after which is counted: for what was told before, and now."""

    area_id: UUID
    service: str
    before: dt.date
    after: dt.date


@dataclass(frozen=True, slots=True)
class Sums:
    """People told before the period, of its days, changed in it of earlier days; and all of the days after `after`."""

    before: int = 0
    inside: int = 0
    issued: int = 0
    total: int = 0


def sums(connection: Connection, parts: Sequence[Part], period: Period, figures: Told) -> list[Sums]:
    """The sums of each part."""
    rows = connection.execute(PARTS.format(known=_known(figures)) + SUMS, _values(parts, period, figures))
    found = {row[0]: Sums(*row[1:]) for row in rows}
    return [found.get(number, Sums()) for number in range(1, len(parts) + 1)]


def by_day(connection: Connection, parts: Sequence[Part], period: Period, figures: Told) -> list[dict[dt.date, int]]:
    """For each part what has become known on each day, so that the sum up to a day is what was printed then."""
    found: list[dict[dt.date, int]] = [defaultdict(int) for _ in parts]
    rows = connection.execute(PARTS.format(known=_known(figures)) + BY_DAY, _values(parts, period, figures))
    for number, known_on, people in rows:
        found[number - 1][known_on] = people
    return found


def stalls(connection: Connection, unit: Unit, period: Period, figures: Told) -> tuple[int, int]:
    """F6 up to the end of the period: stalls equipped, stalls with a payment."""
    under = """JOIN area_ancestor AS x ON x.area_id = c.area_id AND x.ancestor_id = %(area)s
                AND c.day BETWEEN x.valid_from AND x.valid_to"""
    rows = connection.execute(
        f"""SELECT c.service, sum(c.change)::bigint FROM ({_known(figures)}) AS c {under if unit.area_id else ""}
             WHERE c.service = ANY(%(stalls)s) GROUP BY c.service""",
        _values([], period, figures) | {"area": unit.area_id, "stalls": list(STALL_SERVICES)},
    )
    found = dict(rows.fetchall())
    equipped, paid = (found.get(service, 0) for service in STALL_SERVICES)
    return equipped, paid


def _known(figures: Told) -> str:
    return KNOWN if figures.is_closed else f"{KNOWN} UNION ALL {NOT_YET}"


def _values(parts: Sequence[Part], period: Period, figures: Told) -> dict[str, Any]:
    return {
        "areas": [part.area_id for part in parts],
        "services": [part.service for part in parts],
        "before": [part.before for part in parts],
        "after": [part.after for part in parts],
        "first": period.first_day,
        "last": period.last_day,
        "known_to": figures.known_to if figures.is_closed else dt.date.max,
        "closed": figures.closed_before or dt.date.min,
    }
