"""How every reported thing must stand once a set of events is accepted, in whatever order they arrive.

By the words of the contract: of corrections the greatest (time, id) holds, else the record; of tallies the highest
version, then (time, id); a void is final; a session voided with its assists takes along those of its ward; steps of a
feedback stand in the order of their times, and what never fits waits. Written apart from the services that it judges.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from deploy.cds.simulate.atlas import Atlas, day_of
from deploy.cds.simulate.event import Event

BEGINNING = {
    "assist.recorded": "assist",
    "session.opened": "session",
    "tally.recorded": "tally",
    "feedback.raised": "feedback",
    "incident.reported": "incident",
    "proposal.submitted": "proposal",
}
# What can follow a step of a feedback.
STEPS = {
    "raised": ("forwarded", "answered", "resolved"),
    "forwarded": ("forwarded", "answered", "resolved"),
    "answered": ("forwarded", "answered", "resolved", "reopened"),
    "resolved": ("reopened",),
    "reopened": ("forwarded", "answered", "resolved"),
}
# A code of no catalogue: what names it waits for ever.
UNKNOWN_SERVICE = "dich_vu_chua_co"


def by_time(event: Event) -> tuple[datetime, str]:
    return event.at, event.id


@dataclass(slots=True)
class Thing:
    """`content` is the event whose content holds; `closing` and `steps` are what sessions and feedback have besides."""

    kind: str
    beginning: Event
    content: Event
    is_void: bool = False
    takes_along: bool = False
    closing: Event | None = None
    steps: list[Event] = field(default_factory=list)


@dataclass(slots=True)
class Standing:
    """`attendance` by (session, volunteer) as (came, left); `waiting` and `refused`: ids of events without effect."""

    things: dict[str, Thing] = field(default_factory=dict)
    attendance: dict[tuple[str, str], tuple[datetime | None, datetime | None]] = field(default_factory=dict)
    waiting: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)

    def of(self, kind: str) -> list[Thing]:
        return [thing for thing in self.things.values() if thing.kind == kind]


def stand(events: Iterable[Event], atlas: Atlas) -> Standing:
    by_subject: dict[str, list[Event]] = defaultdict(list)
    found = Standing()
    for event in sorted(events, key=by_time):
        if event.data.get("service") == UNKNOWN_SERVICE:
            found.waiting.add(event.id)
        else:
            by_subject[event.subject].append(event)
    for subject, told in by_subject.items():
        beginning = next((event for event in told if event.name in BEGINNING), None)
        if beginning is None:
            found.waiting |= {event.id for event in told}
        else:
            kind = BEGINNING[beginning.name]
            found.things[subject] = thing = Thing(kind, beginning, beginning)
            thing.is_void = any(event.name == f"{kind}.voided" for event in told)
            _GOING_ON[kind](found, thing, told)
    _void_along(found, atlas)
    return found


def _assist(found: Standing, thing: Thing, told: list[Event]) -> None:
    thing.content = ([event for event in told if event.name == "assist.corrected"] or [thing.beginning])[-1]


def _tally(found: Standing, thing: Thing, told: list[Event]) -> None:
    versions = [event for event in told if event.name == "tally.recorded"]
    thing.content = max(versions, key=lambda event: (event.data["version"], *by_time(event)))


def _session(found: Standing, thing: Thing, told: list[Event]) -> None:
    thing.takes_along = any(event.data.get("void_assists") for event in told if event.name == "session.voided")
    thing.closing = next((event for event in reversed(told) if event.name == "session.closed"), None)
    for event in told:
        if event.name.startswith("attendance."):
            key = event.subject, str(event.data["volunteer"])
            came, left = found.attendance.get(key, (None, None))
            if event.name == "attendance.checked_in":
                came = min(came or event.at, event.at)
            else:
                left = max(left or event.at, event.at)
            found.attendance[key] = came, left


def _feedback(found: Standing, thing: Thing, told: list[Event]) -> None:
    last = "raised"
    for event in told:
        step = event.name.removeprefix("feedback.")
        if step == "raised":
            continue
        if event.at < thing.beginning.at:
            found.refused.add(event.id)
        elif step in STEPS[last]:
            thing.steps.append(event)
            last = step
        else:
            found.waiting.add(event.id)


def _incident(found: Standing, thing: Thing, told: list[Event]) -> None:
    pass


def _proposal(found: Standing, thing: Thing, told: list[Event]) -> None:
    thing.steps = [event for event in told if event.name == "proposal.answered"][-1:]


_GOING_ON: dict[str, Callable[[Standing, Thing, list[Event]], None]] = {
    "assist": _assist,
    "tally": _tally,
    "session": _session,
    "feedback": _feedback,
    "incident": _incident,
    "proposal": _proposal,
}


def _void_along(found: Standing, atlas: Atlas) -> None:
    """Assists go with the session that they name, when it was voided together with them and is of their ward."""
    for thing in found.of("assist"):
        session = found.things.get(str(thing.content.data.get("session")))
        if session is not None and session.is_void and session.takes_along:
            wards = {atlas.place(event, day_of(event))[0] for event in (session.beginning, thing.content)}
            thing.is_void |= len(wards) == 1
