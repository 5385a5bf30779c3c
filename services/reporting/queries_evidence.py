"""Why this number: the events behind figures of some days and areas, and how much each added or took away.

Guarantee: nothing that a person wrote or is; in an order that pages can go on from, whatever comes meanwhile. An event
that replaced another state is told twice: what it took away, and what it put in its place, each on its own day and in
its own area. Of single assists the sum of `assists` is F1; of a book it is what the book says, not what remains of it
beside single ones (F1's `paper`).
Step 9 of the event path (docs/architecture.md).
"""

import base64
import binascii
import datetime as dt
from collections.abc import Iterator
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from services.reporting.borders import AREA, OF_CAMPAIGN
from services.reporting.families import Question, Row
from services.reporting.queries_grouping import streamed
from shared.database import Connection

PLACES = {"area": "e.area_id", "resident_area": "coalesce(e.resident_area_id, e.area_id)"}
SHOWN = """c.event_id, c.source, c.type, c.subject, c.happened_at AS time, c.recorded_at AS recordedtime,
    'sessions' AS stream, c.shard, c.segment, CASE c.side WHEN 0 THEN 'taken_away' ELSE 'added' END AS change, c.day,
    c.resident_area_id, c.services, c.outcomes, c.quantity * (2 * c.side - 1) AS assists, c.side"""
ORDER = "c.day, c.source, c.event_id, c.side"


class Position(NamedTuple):
    """The last row of a page."""

    day: dt.date
    source: str
    event_id: UUID
    side: int


def events(connection: Connection, question: Question) -> Iterator[Row]:
    """All of them, as they are taken: the keys of a page's rows, and `area`."""
    yield from streamed(connection, *_statement(question), has_area=True)


def page(
    connection: Connection, question: Question, after: Position | None, limit: int
) -> tuple[list[Row], str | None]:
    """At most `limit` rows, and the text by which the next page is asked for; None on the last one."""
    rows = list(streamed(connection, *_statement(question, after, limit + 1), has_area=True))
    kept = rows[:limit]
    return kept, _written(kept[-1]) if len(rows) > limit else None


def totals(connection: Connection, question: Question) -> Row:
    """Of all pages: how many changes, and the assists that they add up to."""
    sums = "count(*) AS changes, coalesce(sum(c.quantity * (2 * c.side - 1)), 0)::bigint AS assists"
    (row,) = streamed(connection, f"SELECT {sums} {_found(question)}", _values(question), has_area=False)
    return row


def _statement(
    question: Question, after: Position | None = None, limit: int | None = None
) -> tuple[str, dict[str, Any]]:
    begun = f"AND ({ORDER}) > (%(day)s, %(source)s, %(event_id)s, %(side)s)" if after else ""
    areas = ", ".join(f"g.{name} AS area_{name}" for name in AREA)
    return (
        f"SELECT {SHOWN}, {areas} {_found(question)} {begun} ORDER BY {ORDER} LIMIT %(limit)s",
        _values(question) | {"limit": limit} | (after._asdict() if after else {}),
    )


def _found(question: Question) -> str:
    borders, filters = question.borders, question.filters
    place = PLACES["resident_area" if "resident_area" in filters.get("place", ()) else "area"]
    conditions = ["c.day BETWEEN %(first)s AND %(last)s"]
    conditions += ["c.type = ANY(%(types)s)"] if "type" in filters else []
    conditions += ["c.services && %(services)s"] if "service" in filters else []
    conditions += ["c.outcomes && %(outcomes)s"] if "outcome" in filters else []
    conditions += [OF_CAMPAIGN.format(cell="c")] if question.campaign_areas is not None else []
    return f"""FROM (SELECT e.source, e.event_id, e.side, e.type, e.subject, e.happened_at, e.recorded_at, e.shard,
                            e.segment, e.day, e.resident_area_id, e.services, e.outcomes, e.quantity,
                            {place} AS area_id FROM evidence AS e) AS c
               {borders.carry()} {borders.under() if question.area_id else ""} {borders.rolled()}
               WHERE {" AND ".join(conditions)}"""


def _values(question: Question) -> dict[str, Any]:
    filters = question.filters
    return {
        "first": question.first_day,
        "last": question.last_day,
        "area": question.area_id,
        "level": question.level,
        "campaign_areas": list(question.campaign_areas or ()),
        "types": list(filters.get("type", ())),
        "services": list(filters.get("service", ())),
        "outcomes": list(filters.get("outcome", ())),
    } | question.borders.values


def _written(row: Row) -> str:
    position = Position(row["day"], row["source"], row["event_id"], row["side"])
    return base64.urlsafe_b64encode(msgspec.json.encode(tuple(position))).decode().rstrip("=")


def read_position(text: str) -> Position:
    """The position that a page told as its next.

    Raises:
        ValueError: for any other text.
    """
    try:
        told = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        day, source, event_id, side = msgspec.json.decode(told, type=tuple[dt.date, str, UUID, int])
    except (binascii.Error, UnicodeError, msgspec.DecodeError) as error:
        raise ValueError("not a position") from error
    if "\x00" in source or side not in (0, 1):
        raise ValueError("not a position")
    return Position(day, source, event_id, side)
