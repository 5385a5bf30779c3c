"""Accepted events that wait for what they refer to, by ward and age, and one by one.

Guarantee: of an event its id, type and subject, never its content; an event that this release cannot read is listed
without its type. `client_id` None: of all apps, for those who run the platform.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec

from services.sessions.queries.pages import Page, cursor, page_of
from shared.database import Connection
from shared.events.answer_names import refusal_in_words, wait_in_words

Position = tuple[dt.datetime, UUID]
AGES = ("under_1h", "under_1d", "under_7d", "over_7d")
MINE = """(%(client)s::text IS NULL OR client_id = %(client)s)
   AND (%(is_sandbox)s::bool IS NULL OR is_sandbox = %(is_sandbox)s)"""

BY_WARD = f"""
SELECT ward_id, count(*), count(refused), min(accepted_at),
       count(*) FILTER (WHERE age < interval '1 hour'),
       count(*) FILTER (WHERE age >= interval '1 hour' AND age < interval '1 day'),
       count(*) FILTER (WHERE age >= interval '1 day' AND age < interval '7 days'),
       count(*) FILTER (WHERE age >= interval '7 days')
  FROM (SELECT *, %(now)s::timestamptz - accepted_at AS age FROM pending WHERE {MINE}) AS p
 GROUP BY ward_id ORDER BY min(accepted_at), ward_id
"""
ONE_BY_ONE = f"""
SELECT event_id, client_id, subject, waits_for, accepted_at, ward_id, refused, submission FROM pending
 WHERE {MINE} AND (%(after_at)s::timestamptz IS NULL OR (accepted_at, event_id) > (%(after_at)s, %(after)s::uuid))
 ORDER BY accepted_at, event_id LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose events: of one client or of all (None), and of which side (None: of both)."""

    client_id: str | None
    is_sandbox: bool | None = None

    def values(self) -> dict[str, Any]:
        return {"client": self.client_id, "is_sandbox": self.is_sandbox}


@dataclass(frozen=True, slots=True)
class Waiting:
    """One event that waits; `refused` says why it never can take effect, though what it waited for has come."""

    event_id: UUID
    client_id: str
    subject: UUID
    waits_for: str
    accepted_at: dt.datetime
    ward_id: UUID | None
    refused: str | None
    type: str | None

    @property
    def waits_for_text(self) -> str:
        return wait_in_words(self.waits_for)

    @property
    def refused_text(self) -> str | None:
        return refusal_in_words(self.refused)


@dataclass(frozen=True, slots=True)
class WaitingWard:
    """How many wait in a ward, and how long."""

    ward_id: UUID | None
    events: int
    refused: int
    oldest_at: dt.datetime
    ages: dict[str, int]


def by_ward(connection: Connection, whose: Whose, now: dt.datetime) -> list[WaitingWard]:
    """The wards with something that waits, the longest wait first."""
    rows = connection.execute(BY_WARD, whose.values() | {"now": now})
    return [
        WaitingWard(ward, events, refused, oldest_at, dict(zip(AGES, ages, strict=True)))
        for ward, events, refused, oldest_at, *ages in rows
    ]


def one_by_one(connection: Connection, whose: Whose, after: Position | None, limit: int) -> Page:
    """Those that wait, the oldest first."""
    after_at, after_id = after or (None, None)
    values = whose.values() | {"after_at": after_at, "after": after_id, "limit": limit + 1}
    found = connection.execute(ONE_BY_ONE, values).fetchall()
    rows = [Waiting(*map(_read, row)) for row in found]
    return page_of(rows, limit, lambda last: cursor(last.accepted_at, last.event_id))


class _Named(msgspec.Struct):
    type: str


def _read(value: Any) -> Any:
    """A column as it is; of the submission its type."""
    if not isinstance(value, bytes):
        return value
    try:
        return msgspec.json.decode(value, type=_Named).type
    except msgspec.MsgspecError:
        return None
