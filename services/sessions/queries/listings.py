"""Sessions and feedback in lists: newest first, by day, area, status.

Guarantee: the order is (day, id), which nothing changes once a thing is there, so pages neither repeat nor skip.
A day of a due date has passed when the local day is later; a due date is that of the last step that gave one.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from services.sessions.places import State
from services.sessions.queries.pages import Page, cursor
from services.sessions.queries.subjects import COLUMNS, MINE, Areas, Subject, View, read, shown, wards_within
from shared.database import Connection
from shared.events import facts

Position = tuple[dt.date, UUID]

LISTED = f"""
SELECT {COLUMNS} FROM entity AS e WHERE kind = %(kind)s AND {MINE}
   AND (%(day)s::date IS NULL OR day = %(day)s)
   AND (%(after_day)s::date IS NULL OR (day, subject) < (%(after_day)s, %(after)s::uuid)) {{more}}
 ORDER BY day DESC, subject DESC LIMIT %(limit)s
"""
STEPS = "convert_from(e.content, 'UTF8')::jsonb"
STATUS = f"coalesce({STEPS} -> 'steps' -> -1 ->> 'step', 'raised')"
DUE_ON = f"""coalesce(
  (SELECT s.step ->> 'due_on' FROM jsonb_array_elements({STEPS} -> 'steps') WITH ORDINALITY AS s(step, place)
    WHERE s.step ->> 'due_on' IS NOT NULL ORDER BY place DESC LIMIT 1),
  {STEPS} ->> 'due_on')::date"""
FEEDBACK = f"""
   AND (%(status)s::text IS NULL OR {STATUS} = %(status)s)
   AND (%(session)s::text IS NULL OR {STEPS} ->> 'session' = %(session)s)
   AND (%(is_overdue)s::bool IS NULL OR %(is_overdue)s =
        coalesce({STATUS} <> 'resolved' AND {DUE_ON} < %(today)s, false))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What to list; None asks for nothing."""

    within: Areas | None = None
    day: dt.date | None = None
    status: str | None = None
    is_overdue: bool | None = None
    session: UUID | None = None
    after: Position | None = None
    limit: int = 100


def sessions(connection: Connection, view: View, wanted: Wanted) -> Page:
    """Sessions, also the void ones, by the day of their opening."""
    return _listed(connection, view, wanted, "session", "", {})


def feedback(connection: Connection, view: View, wanted: Wanted, today: dt.date) -> Page:
    """Feedback without its texts. Overdue: not resolved, and its due date is before today (F50)."""
    asked = {"status": wanted.status, "is_overdue": wanted.is_overdue, "today": today}
    asked |= {"session": str(wanted.session) if wanted.session else None}
    return _listed(connection, view, wanted, "feedback", FEEDBACK, asked)


def _listed(connection: Connection, view: View, wanted: Wanted, kind: str, more: str, asked: dict[str, Any]) -> Page:
    after_day, after = wanted.after or (None, None)
    values = asked | view.values() | {"wards": wards_within(view, wanted.within), "kind": kind, "day": wanted.day}
    values |= {"after_day": after_day, "after": after, "limit": wanted.limit + 1}
    rows = connection.execute(LISTED.format(more=more), values).fetchall()
    return shown(view, [read(row) for row in rows], wanted.limit, _position, wanted.within)


def _position(last: Subject) -> str:
    return cursor(last.state.day, last.subject)


def due_on(state: State) -> dt.date | None:
    """When a feedback should be answered: as the last step that gave a date says, or its raising."""
    state = cast(facts.FeedbackState, state)
    return next((step.due_on for step in reversed(state.steps) if step.due_on), state.due_on)
