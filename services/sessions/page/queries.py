"""What the page reads: the entries of a ward, what waits or was refused, open feedback with its texts.

Guarantee: everything is asked for by ward; whether the person may see an area of it is for the caller to check.
What the sandbox took is not shown. At most as many rows as a page shows are read.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec

from services.sessions.entities import SANDBOX, STATES
from shared.database import Connection
from shared.events.answer_names import refusal_in_words, wait_in_words
from shared.events.facts import FeedbackState, TallyState

SHOWN = 60
FEEDBACK_SHOWN = 100
KEPT_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Entry:
    """A reported thing as it stands. `version_id` is the event whose content holds; None: the record."""

    subject: UUID
    kind: str
    state: Any
    is_void: bool
    changed_at: dt.datetime
    version_at: dt.datetime | None
    version_id: UUID | None

    @property
    def seen(self) -> str:
        """Which content a form is made from, as the form carries it."""
        return "huy" if self.is_void else str(self.version_id or "")


COLUMNS = "subject, kind, content, is_void, changed_at, version_time, version_id"


def read_entries(rows: Iterable[Any]) -> list[Entry]:
    return [Entry(row[0], row[1], msgspec.json.decode(row[2], type=STATES[row[1]]), *row[3:]) for row in rows]


def latest(connection: Connection, ward: UUID) -> list[Entry]:
    """What a ward has reported or changed last: assists, tallies, sessions."""
    return read_entries(
        connection.execute(
            f"""SELECT {COLUMNS} FROM entity WHERE ward_id = %s AND kind = ANY(%s) AND shard <> %s
                 ORDER BY changed_xid DESC, changed_at DESC LIMIT %s""",
            [ward, ["assist", "tally", "session"], SANDBOX, SHOWN],
        )
    )


def entry(connection: Connection, subject: UUID, kinds: Collection[str]) -> Entry | None:
    """One thing of these kinds."""
    found = read_entries(
        connection.execute(
            f"SELECT {COLUMNS} FROM entity WHERE subject = %s AND kind = ANY(%s) AND shard <> %s",
            [subject, list(kinds), SANDBOX],
        )
    )
    return found[0] if found else None


def entries(connection: Connection, subjects: Collection[UUID]) -> dict[UUID, Entry]:
    found = read_entries(
        connection.execute(f"SELECT {COLUMNS} FROM entity WHERE subject = ANY(%s)", [list(subjects)]),
    )
    return {one.subject: one for one in found}


def tallies(connection: Connection, ward: UUID, day: dt.date) -> list[Entry]:
    """The paper counts of a ward and a day that hold, the newest first."""
    rows = connection.execute(
        f"""SELECT {COLUMNS} FROM entity
             WHERE ward_id = %s AND kind = 'tally' AND day = %s AND NOT is_void AND shard <> %s
             ORDER BY changed_at DESC""",
        [ward, day, SANDBOX],
    )
    return [one for one in read_entries(rows) if isinstance(one.state, TallyState)]


@dataclass(frozen=True, slots=True)
class Kept:
    """An event that is not in the figures: it waits (`reason` None), or it is refused."""

    at: dt.datetime
    client_id: str
    type: str | None
    reason: str | None
    waits_for: str | None = None
    field: str | None = None

    @property
    def name(self) -> str:
        """`vn.congdongso.assist.recorded.v1` as `assist.recorded`."""
        return ".".join((self.type or "").split(".")[2:4])

    @property
    def why(self) -> str:
        """Why it is not in the figures."""
        return refusal_in_words(self.reason) or wait_in_words(self.waits_for or "")


def waiting(connection: Connection, ward: UUID) -> list[Kept]:
    """What waits for what it refers to, and what turned out impossible while it waited."""
    rows = connection.execute(
        """SELECT accepted_at, client_id, convert_from(submission, 'UTF8')::jsonb ->> 'type', refused,
                  waits_for FROM pending
            WHERE ward_id = %s AND NOT is_sandbox ORDER BY accepted_at DESC LIMIT %s""",
        [ward, KEPT_SHOWN],
    )
    return [Kept(at, who, ce_type, refused, waits) for at, who, ce_type, refused, waits in rows]


def refused(connection: Connection, ward: UUID) -> list[Kept]:
    """What was refused at the door, newest first."""
    rows = connection.execute(
        """SELECT received_at, client_id, type, code, field FROM refused WHERE ward_id = %s AND NOT is_sandbox
            ORDER BY refused_id DESC LIMIT %s""",
        [ward, KEPT_SHOWN],
    )
    return [Kept(at, who, ce_type, code, None, field) for at, who, ce_type, code, field in rows]


def open_feedback(connection: Connection, ward: UUID) -> list[Entry]:
    """The feedback of a ward that nobody has resolved, the oldest first."""
    return _feedback(connection, ward, "IS DISTINCT FROM 'resolved'", "ASC", FEEDBACK_SHOWN)


def resolved_feedback(connection: Connection, ward: UUID) -> list[Entry]:
    """What was raised and resolved last: it can be opened again."""
    return _feedback(connection, ward, "= 'resolved'", "DESC", 5)


def _feedback(connection: Connection, ward: UUID, condition: str, order: str, most: int) -> list[Entry]:
    rows = connection.execute(
        f"""SELECT {COLUMNS} FROM entity
             CROSS JOIN LATERAL (SELECT convert_from(content, 'UTF8')::jsonb AS state) AS s
             WHERE ward_id = %s AND kind = 'feedback' AND shard <> %s AND state #>> '{{steps,-1,step}}' {condition}
             ORDER BY (state ->> 'raised_at')::timestamptz {order}, subject LIMIT %s""",
        [ward, SANDBOX, most],
    )
    return [one for one in read_entries(rows) if isinstance(one.state, FeedbackState)]


@dataclass(frozen=True, slots=True)
class Text:
    """A free text and the event that it came with."""

    event_id: UUID
    text: str
    at: dt.datetime


def texts(connection: Connection, subjects: Collection[UUID]) -> dict[UUID, list[Text]]:
    """The texts of these things that have taken effect, in the order in which they came."""
    found: dict[UUID, list[Text]] = defaultdict(list)
    rows = connection.execute(
        """SELECT subject, event_id, text, received_at FROM free_text
            WHERE subject = ANY(%s) AND area_id IS NOT NULL ORDER BY received_at, event_id""",
        [list(subjects)],
    )
    for subject, *rest in rows:
        found[subject].append(Text(*rest))
    return found
