"""The texts of a feedback: what the resident said, and what was answered.

Guarantee: only to a reader of the feedback's very ward, not of one above it; only texts of events that took effect.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from services.sessions.queries.subjects import Subject, View
from shared.database import Connection
from shared.events import facts


@dataclass(frozen=True, slots=True)
class Text:
    """A free text, and the step that it came with."""

    event_id: UUID
    step: str
    text: str
    received_at: dt.datetime


def texts(connection: Connection, view: View, feedback: Subject) -> list[Text] | None:
    """The texts in the order received; None where the reader may not see them."""
    state = cast(facts.FeedbackState, feedback.state)
    if not view.reach.is_of_ward(state.area, state.day):
        return None
    steps: dict[UUID, str] = {step.id: step.step for step in state.steps}
    rows: Any = connection.execute(
        # Without an area the event still waits, or could never take effect.
        """SELECT event_id, text, received_at FROM free_text WHERE subject = %s AND area_id IS NOT NULL
            ORDER BY received_at, event_id""",
        [feedback.subject],
    )
    return [Text(event_id, steps.get(event_id, "raised"), text, at) for event_id, text, at in rows]


def attendance(connection: Connection, session: UUID) -> dict[str, int]:
    """How many volunteers checked in at a session, and how many of all checked out."""
    row = connection.execute(
        "SELECT count(came_at), count(left_at) FROM attendance WHERE session_id = %s", [session]
    ).fetchone()
    assert row is not None
    return {"checked_in": row[0], "checked_out": row[1]}
