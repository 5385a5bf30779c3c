"""The closing's state for the board (F40, F41): the last statement of a unit, and the newest amendments.

Guarantee: what is told stands in the tables of closings as it was issued; nothing is worked out anew.
"""

import datetime as dt
import json
from typing import Any
from uuid import UUID

from services.reporting.closing.figures import WHOLE
from services.reporting.queries_feedback import fetch
from shared.database import Connection

Row = dict[str, Any]
NEWEST = 5


def closing_state(connection: Connection, day: dt.date, area_id: UUID | None) -> Row:
    """Whether the day is closed, the last statement (None where the unit has none) and the newest amendments."""
    unit = area_id or WHOLE
    last = fetch(
        connection,
        """SELECT s.day, s.number, s.sha256, c.closed_at, c.is_late AS made_late, c.not_reached
             FROM statement AS s JOIN closing AS c USING (day)
            WHERE s.unit_id = %(unit)s ORDER BY s.day DESC LIMIT 1""",
        {"unit": unit},
    )
    (row,) = fetch(
        connection,
        """SELECT EXISTS (SELECT FROM closing WHERE day = %(day)s) AS is_closed,
                  (SELECT count(*) FROM amendment WHERE unit_id = %(unit)s) AS amendments""",
        {"day": day, "unit": unit},
    )
    return row | {"statement": last[0] if last else None, "newest": _newest(connection, unit)}


def _newest(connection: Connection, unit: UUID) -> list[Row]:
    rows = fetch(
        connection,
        """SELECT day, number, closing_day, lines FROM amendment WHERE unit_id = %(unit)s
            ORDER BY closing_day DESC, day DESC LIMIT %(newest)s""",
        {"unit": unit, "newest": NEWEST},
    )
    return [row | {"lines": json.loads(row["lines"])} for row in rows]


def state_key(connection: Connection) -> str:
    """Changes with every segment that was applied and with every closing."""
    (row,) = fetch(
        connection,
        """SELECT (SELECT string_agg(concat_ws('/', stream, shard, segment, applied_at), ' ' ORDER BY stream, shard)
                     FROM position) AS positions,
                  (SELECT max(closed_at) FROM closing) AS closed_at""",
        {},
    )
    return f"{row['positions']} {row['closed_at']}"
