"""Refused events, as far as they are kept: one by one, and added up by app, ward, reason and day.

Guarantee: no value of what was sent. The rows are those of the last days, bounded by app (`refusals.py`), so a sum is
one of what is kept, and not of all that ever was refused.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from services.sessions.queries.pages import Page, cursor, page_of
from services.sessions.queries.waiting import MINE, Whose
from shared.database import Connection
from shared.events.answer_names import refusal_in_words

NEWEST = f"""
SELECT refused_id, client_id, received_at, ward_id, event_id, type, code, field,
       encode(first_digest, 'hex'), encode(digest, 'hex')
  FROM refused WHERE {MINE} AND (%(code)s::text IS NULL OR code = %(code)s)
   AND (%(after)s::bigint IS NULL OR refused_id < %(after)s) ORDER BY refused_id DESC LIMIT %(limit)s
"""
SUMMARY = f"""
SELECT (received_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date AS day, client_id, ward_id, code, count(*),
       max(received_at) FROM refused WHERE {MINE} AND (%(code)s::text IS NULL OR code = %(code)s)
 GROUP BY 1, 2, 3, 4 ORDER BY day DESC, count(*) DESC, client_id, ward_id, code LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True)
class RefusedEvent:
    """One refused event. Of a conflict both digests are kept."""

    refused_id: int
    client_id: str
    received_at: dt.datetime
    ward_id: UUID | None
    event_id: UUID | None
    type: str | None
    code: str
    field: str | None
    first_digest: str | None
    digest: str | None

    @property
    def code_text(self) -> str | None:
        return refusal_in_words(self.code)


@dataclass(frozen=True, slots=True)
class RefusedSum:
    """How many of one app, ward, reason and local day."""

    day: dt.date
    client_id: str
    ward_id: UUID | None
    code: str
    events: int
    last_at: dt.datetime

    @property
    def code_text(self) -> str | None:
        return refusal_in_words(self.code)


def newest(connection: Connection, whose: Whose, code: str | None, after: int | None, limit: int) -> Page:
    """Refused events, the newest first."""
    values: dict[str, Any] = whose.values() | {"code": code, "after": after, "limit": limit + 1}
    rows = [RefusedEvent(*row) for row in connection.execute(NEWEST, values)]
    return page_of(rows, limit, lambda last: cursor(last.refused_id))


def summary(connection: Connection, whose: Whose, code: str | None, limit: int) -> tuple[list[RefusedSum], bool]:
    """The sums, newest day first, the largest of a day first; and whether these are all."""
    values: dict[str, Any] = whose.values() | {"code": code, "limit": limit + 1}
    found = [RefusedSum(*row) for row in connection.execute(SUMMARY, values)]
    return found[:limit], len(found) <= limit
