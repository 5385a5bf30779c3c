"""Tables of the closing: the days that are closed, and the areas that had reported by the cut of a day.

Guarantee: no event changes them; a closing writes both for a day in one transaction, and only once. An area is in
`report_on_time` when something was reported of it, or of an area below it, by the cut.
Formulas F31 and F32.
Step 8 of the event path (docs/architecture.md).
"""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from shared.database import Connection

# F31: each area in which something was reported, with those above it on the day.
REPORTED = """
reported AS (
    SELECT DISTINCT r.day, x.ancestor_id AS area_id
      FROM (SELECT day, area_id FROM tally WHERE day BETWEEN %(first)s AND %(last)s
             UNION SELECT day, area_id FROM session WHERE day BETWEEN %(first)s AND %(last)s
             UNION SELECT day, area_id FROM assists_by_day
                    WHERE day BETWEEN %(first)s AND %(last)s AND assists > 0) AS r
      JOIN area_ancestor AS x ON x.area_id = r.area_id AND r.day BETWEEN x.valid_from AND x.valid_to)
"""


def define_tables(metadata: sa.MetaData) -> None:
    sa.Table("day_closed", metadata, sa.Column("day", sa.Date, primary_key=True))
    sa.Table(
        "report_on_time",
        metadata,
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("area_id", pg.UUID, primary_key=True),
    )


def keep_on_time(connection: Connection, day: dt.date) -> None:
    """Close a day for F32: what has reported by now has done so on time, and nothing later. For a closing, in the
    copy that stands at its cut; a day that is closed already stays as it is."""
    values = {"first": day, "last": day, "day": day}
    closed = connection.execute("INSERT INTO day_closed (day) VALUES (%(day)s) ON CONFLICT DO NOTHING", values)
    if closed.rowcount:
        connection.execute(
            f"WITH {REPORTED} INSERT INTO report_on_time (day, area_id) SELECT day, area_id FROM reported", values
        )
