"""From a form of the page to an event: the same door as for every ward app, the same answers.

Guarantee: the id and the time of an event are made when its form is made, so a form sent twice counts once. The
source is the person's own. What is refused is told in words, and the form stays.
"""

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

from flask import request

from services.sessions import queries
from services.sessions.commands import Accepted, Fate
from services.sessions.contract import Rejected
from services.sessions.page.guard import caller, intake
from services.sessions.page.queries import entry
from shared import clock
from shared.database import transaction
from shared.problems import Problem


@dataclass(frozen=True)
class Draft:
    """What stands hidden in a form: which event it will be."""

    event_id: uuid.UUID
    at: dt.datetime

    @property
    def time(self) -> str:
        return clock.rfc3339(self.at)


def new_draft(after: dt.datetime | None = None) -> Draft:
    """A fresh event, now; later than what it goes on from, whose clock may be ahead."""
    now = clock.now()
    return Draft(uuid.uuid4(), max(now, after + dt.timedelta(milliseconds=1)) if after else now)


def sent_draft() -> Draft:
    """The draft of the form that was sent.

    Raises:
        Problem: 422 when the form is not as the page made it.
    """
    try:
        at = dt.datetime.fromisoformat(request.form.get("luc", ""))
        return Draft(uuid.UUID(request.form.get("ma", "")), at.astimezone(dt.UTC))
    except (ValueError, OverflowError):
        raise damaged() from None


def damaged() -> Problem:
    return Problem("invalid", "Biểu mẫu không đầy đủ. Vui lòng mở lại trang và nhập lại.")


def was_sent(draft: Draft) -> bool:
    """Whether the event of a draft was accepted before: the form was sent twice."""
    with transaction(intake().engine) as connection:
        return queries.fate(connection, caller().source, draft.event_id) is not None


def send(name: str, draft: Draft, subject: uuid.UUID, data: dict[str, Any]) -> Fate:
    """Give an event to the intake."""
    who = caller()
    event = who.event(name, draft.event_id, subject, draft.time, data)
    return intake().take([event], who)[0].fate


def is_held(draft: Draft, subject: uuid.UUID, kind: str) -> bool:
    """Whether what a draft said is what holds: nobody has sent something newer meanwhile."""
    with transaction(intake().engine) as connection:
        held = entry(connection, subject, [kind])
    return held is not None and held.version_id == draft.event_id and not held.is_void


def said(fate: Fate) -> str:
    """Why an event was refused, in words; empty when it was not."""
    if isinstance(fate, Rejected):
        errors = [error.message for error in fate.as_errors() if error.message]
        return " ".join(dict.fromkeys(errors)) or fate.message
    return ""


def done(fate: Fate, key: str) -> str:
    """The word in the address for what was done; something that waits has its own."""
    return "cho" if isinstance(fate, Accepted) and fate.status == "pending_reference" else key
