"""What each closing adds to the cumulative figures (F43), by area: so that on any later day yesterday's cumulative,
today's closed figure and today's amendments can be told apart, down to the residential group.

Guarantee: only ever added to, in the transaction of a closing. The sum of a day's rows is F4 (of a stall's service F6)
of that day as it stood at the last closing; its rows of one `closing_day` are what that closing has changed. Of the day
that is closed that is its closed figure, of an earlier one its amendment. What had happened before the first closing
stands under the day before that one.
Formula F43 of the contract.
"""

import datetime as dt

from services.reporting.projections import ledger
from shared.database import Connection

# Credited residents, and stalls of a stall's service, by day, area of the resident and service, of a copy.
CREDITED = """
SELECT c.day, c.area_id, c.service, c.credited + c.unkeyed AS people
  FROM credited_by_day AS c JOIN service AS s ON s.service = c.service
 WHERE c.kind = CASE s.unit WHEN 'stall' THEN 'stall' ELSE 'resident' END
 UNION ALL
SELECT c.day, c.resident_area_id, c.service, c.assists
  FROM paper_by_day AS c WHERE c.outcome = 'completed' AND c.assists > 0
"""
CHANGED = f"""
WITH looked_at AS (
    SELECT NOT EXISTS (SELECT FROM closing WHERE day < %(day)s) AS is_first,
           EXISTS (SELECT FROM ledger WHERE figure = %(everything)s) AS is_everything)
INSERT INTO credited_closed (closing_day, day, area_id, service, change)
SELECT CASE WHEN l.is_first AND c.day < %(day)s THEN %(day)s::date - 1 ELSE %(day)s END,
       c.day, c.area_id, c.service, sum(c.people)
  FROM ({CREDITED} UNION ALL SELECT day, area_id, service, -change FROM credited_closed) AS c CROSS JOIN looked_at AS l
 WHERE c.day <= %(day)s
   AND (c.day = %(day)s OR l.is_first OR l.is_everything OR c.day IN (SELECT day FROM ledger))
 GROUP BY 1, 2, 3, 4 HAVING sum(c.people) <> 0
"""


def keep(connection: Connection, day: dt.date) -> None:
    """Add what the closing of a day has changed; from the copy of this connection, before its ledger is emptied."""
    connection.execute(CHANGED, {"day": day, "everything": ledger.EVERYTHING})
