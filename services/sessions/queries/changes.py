"""What changed in the reader's wards since a position: the feed for other phones of the ward.

Guarantee: nothing is skipped, also when it commits late: the order is that of transactions, and a page stops before
the oldest one that is still open. What changes again comes again, in its newest state; so items repeat, and the newest
one holds. A cursor of another epoch (the platform was restored) begins anew.
"""

from dataclasses import dataclass
from uuid import UUID

from services.sessions.queries.pages import cursor
from services.sessions.queries.subjects import COLUMNS, SIDE, Areas, Subject, View, is_within, read, wards_within
from shared import segments
from shared.database import Connection

Position = tuple[UUID, int, UUID]
NOTHING = UUID(int=0)

# Ward by ward, each by its index: a page reads no more than the limit in each, however much there is.
CHANGED = f"""
SELECT found.changed_xid::text, {COLUMNS} FROM unnest(%(wards)s::uuid[]) AS mine(ward_id) CROSS JOIN LATERAL (
  SELECT e.changed_xid, {COLUMNS} FROM entity AS e
   WHERE e.ward_id = mine.ward_id AND {SIDE} AND changed_xid < %(horizon)s::xid8
     AND (changed_xid, subject) > (%(xid)s::text::xid8, %(subject)s::uuid)
   ORDER BY changed_xid, subject LIMIT %(limit)s) AS found
 ORDER BY found.changed_xid, subject LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True)
class Changes:
    """Some changes, and the cursor to ask with next; `has_more`: at once, there are others already."""

    items: list[Subject]
    next: str
    has_more: bool


def changes(connection: Connection, view: View, since: Position | None, within: Areas | None, limit: int) -> Changes:
    """The next changes after a position; without one, from the beginning."""
    epoch = _epoch(connection)
    _, xid, subject = since if since and since[0] == epoch else (epoch, 0, NOTHING)
    values = view.values() | {"wards": wards_within(view, within), "xid": xid, "subject": subject}
    values |= {"horizon": segments.horizon(connection), "limit": limit + 1}
    rows = connection.execute(CHANGED, values).fetchall()
    kept = rows[:limit]
    found = [read(row[1:]) for row in kept]
    items = [item for item in found if view.shows(item) and is_within(view, item, within)]
    last = (kept[-1][0], kept[-1][1]) if kept else (xid, subject)
    return Changes(items, cursor(epoch, *last), len(rows) > limit)


def _epoch(connection: Connection) -> UUID:
    row = connection.execute("SELECT epoch FROM stream_state WHERE stream = 'sessions'").fetchone()
    return row[0] if row else NOTHING
