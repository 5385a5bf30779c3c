"""Where a feedback stands at a moment: what its steps up to then have made of it.

Guarantee: a pure function; a step at or after the moment asked for is not looked at, so a past day can be told again.
Rule of F50: open is what is not resolved by its last step.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from shared.events.facts import FeedbackStep


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What the steps up to a moment have made of a feedback.

    `due_on` is the day that was named last, `due_at_answer` the one that held when it was first answered or resolved.
    """

    status: str = "raised"
    office: str | None = None
    due_on: dt.date | None = None
    due_at_answer: dt.date | None = None
    first_answered_at: dt.datetime | None = None
    resolved_at: dt.datetime | None = None
    result: str | None = None


def standing(due_on: dt.date | None, steps: Iterable[FeedbackStep], before: dt.datetime | None = None) -> Standing:
    """Where the steps before a moment lead, or all of them; `due_on` is the day named when it was raised."""
    status, office, due_at_answer, result = "raised", None, None, None
    first: dt.datetime | None = None
    last: dt.datetime | None = None
    for step in steps:
        if before is not None and step.at >= before:
            break
        due_on = step.due_on or due_on
        if first is None and step.step in ("answered", "resolved"):
            first, due_at_answer = step.at, due_on
        status, office, result, last = step.step, step.office or office, step.result, step.at
    return Standing(
        status=status,
        office=office,
        due_on=due_on,
        due_at_answer=due_at_answer,
        first_answered_at=first,
        resolved_at=last if status == "resolved" else None,
        result=result if status == "resolved" else None,
    )
