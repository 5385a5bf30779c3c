"""What the log says of an accepted event: the resolved content, what it replaces, and whether it applies.

Guarantee: a fact carries the state before and the state after, so an additive projection adds and subtracts
without a memory of its own. Write-only fields are never in a fact. Readers ignore fields that they do not know.
Events of the other streams are their own facts.
Step 3 of the event path (docs/architecture.md): the event log.
"""

import datetime as dt
from collections.abc import Container
from typing import Literal
from uuid import UUID

import msgspec

from shared.events import sessions
from shared.events.base import Event
from shared.events.catalogue import EVENTS


class AssistState(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One assist as it stands: the sent record with its day and its areas resolved.

    `ward` is the ward of `area` on that day; the area itself when it is above the wards. `client` is whose word it is.
    """

    day: dt.date
    area: UUID
    ward: UUID
    resident_area: UUID
    service: str
    outcome: str
    age_band: str = "unknown"
    channel: str = "at_venue"
    session: UUID | None = None
    venue: UUID | None = None
    volunteers: list[UUID] = []
    helper_age_band: str = "unknown"
    reason: str | None = None
    referred_to: str | None = None
    stall: str | None = None
    service_level: str | None = None
    quantity: int = 1
    resident_token: str | None = None
    happened_at: dt.datetime | None = None
    client: str = ""
    marks: list[str] = []


class TallyLineState(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line of a paper count; an absent age band or resident area means that the book does not tell."""

    service: str
    outcome: str
    count: int
    age_band: str | None = None
    resident_area: UUID | None = None


class TallyState(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A paper count as it stands, in its highest version."""

    day: dt.date
    area: UUID
    ward: UUID
    covers: Literal["unlisted", "all"]
    version: int
    lines: list[TallyLineState] = []
    session: UUID | None = None
    marks: list[str] = []


class SessionState(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A session as it stands: its opening, and what the closing that holds says of it."""

    day: dt.date
    area: UUID
    ward: UUID
    kind: str
    opened_at: dt.datetime
    closed_at: dt.datetime | None = None
    venue: UUID | None = None
    services: list[str] = []
    team: UUID | None = None
    partners: list[str] = []
    planned_end: dt.datetime | None = None
    theme: str | None = None
    present: list[UUID] = []
    attendees: int = 0
    households_visited: int = 0
    left_waiting: int = 0
    marks: list[str] = []


class AttendanceState(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A volunteer came to a session, or left it."""

    day: dt.date
    area: UUID
    ward: UUID
    session: UUID
    volunteer: UUID
    at: dt.datetime
    marks: list[str] = []


class FeedbackStep(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One step on the way of a feedback after it was raised, by the event `id`."""

    step: Literal["forwarded", "answered", "resolved", "reopened"]
    at: dt.datetime
    id: UUID
    office: str | None = None
    due_on: dt.date | None = None
    result: str | None = None
    duplicate_of: UUID | None = None
    reason_code: str | None = None


class FeedbackState(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a resident raised and what became of it, without any text. `steps` are in the order of their times.

    `too_early` are steps that were taken once and, since an earlier one has arrived, wait for another between them.
    """

    day: dt.date
    area: UUID
    ward: UUID
    kind: str
    theme: str
    raised_at: dt.datetime
    due_on: dt.date | None = None
    session: UUID | None = None
    age_band: str | None = None
    steps: list[FeedbackStep] = []
    too_early: list[FeedbackStep] = []
    marks: list[str] = []

    @property
    def status(self) -> str:
        """`raised`, or what its last step made of it."""
        return self.steps[-1].step if self.steps else "raised"


class IncidentState(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something unsafe online that a resident met with, without any text."""

    day: dt.date
    area: UUID
    ward: UUID
    kind: str
    via: str
    age_band: str = "unknown"
    loss: str = "unknown"
    told_police: bool | None = None
    marks: list[str] = []


class ProposalState(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a volunteer proposed, and the newest answer, without any text."""

    day: dt.date
    area: UUID
    ward: UUID
    addressed_to: str
    theme: str
    volunteer: UUID | None = None
    result: str | None = None
    answered_at: dt.datetime | None = None
    marks: list[str] = []


class _Fact(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    applies: bool = True
    reason_code: str | None = None
    caused_by: UUID | None = None  # the event that brought this one along


class AssistFact(_Fact, frozen=True, kw_only=True, omit_defaults=True):
    """An assist was recorded, corrected or voided; a void has no content, and a loser does not apply."""

    content: AssistState | None = None
    before: AssistState | None = None

    @property
    def after(self) -> AssistState | None:
        return self.content if self.applies else self.before


class TallyFact(_Fact, frozen=True, kw_only=True, omit_defaults=True):
    """A paper count was given or voided; an older version than the one known does not apply."""

    content: TallyState | None = None
    before: TallyState | None = None

    @property
    def after(self) -> TallyState | None:
        return self.content if self.applies else self.before


class SessionFact(_Fact, frozen=True, kw_only=True, omit_defaults=True):
    """A session was opened, closed or voided; a void has no content."""

    content: SessionState | None = None
    before: SessionState | None = None

    @property
    def after(self) -> SessionState | None:
        return self.content if self.applies else self.before


class AttendanceFact(_Fact, frozen=True, kw_only=True, omit_defaults=True):
    """A volunteer came or left; it does not apply where the session is void."""

    content: AttendanceState


class FeedbackFact(_Fact, frozen=True, kw_only=True, omit_defaults=True):
    """Feedback was raised, or went a step further."""

    content: FeedbackState
    before: FeedbackState | None = None


class IncidentFact(_Fact, frozen=True, kw_only=True, omit_defaults=True):
    """An incident was reported or voided; a void has no content."""

    content: IncidentState | None = None
    before: IncidentState | None = None

    @property
    def after(self) -> IncidentState | None:
        return self.content if self.applies else self.before


class ProposalFact(_Fact, frozen=True, kw_only=True, omit_defaults=True):
    """A proposal was submitted or answered; an answer older than the one that holds does not apply."""

    content: ProposalState
    before: ProposalState | None = None


FACTS: dict[type[Event], type[msgspec.Struct]] = {
    sessions.AssistRecorded: AssistFact,
    sessions.AssistCorrected: AssistFact,
    sessions.AssistVoided: AssistFact,
    sessions.TallyRecorded: TallyFact,
    sessions.TallyVoided: TallyFact,
    sessions.SessionOpened: SessionFact,
    sessions.SessionClosed: SessionFact,
    sessions.SessionVoided: SessionFact,
    sessions.CheckedIn: AttendanceFact,
    sessions.CheckedOut: AttendanceFact,
    sessions.FeedbackRaised: FeedbackFact,
    sessions.FeedbackForwarded: FeedbackFact,
    sessions.FeedbackAnswered: FeedbackFact,
    sessions.FeedbackResolved: FeedbackFact,
    sessions.FeedbackReopened: FeedbackFact,
    sessions.IncidentReported: IncidentFact,
    sessions.IncidentVoided: IncidentFact,
    sessions.ProposalSubmitted: ProposalFact,
    sessions.ProposalAnswered: ProposalFact,
}


def _tolerant(event: type[Event]) -> type[msgspec.Struct]:
    return msgspec.defstruct(event.__name__, [], bases=(event,), frozen=True, kw_only=True, forbid_unknown_fields=False)


for _event in EVENTS:
    if _event.STREAM != sessions.AssistRecorded.STREAM:
        FACTS[_event] = _tolerant(_event)


class Logged(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One CloudEvent as the log, the broker and the feed carry it; `data` stays undecoded until it is read."""

    specversion: str
    id: UUID
    source: str
    type: str
    subject: UUID
    time: dt.datetime
    recordedtime: dt.datetime
    partitionkey: str
    datacontenttype: str = "application/json"
    traceparent: str | None = None
    data: msgspec.Raw


_DECODERS = {event.ce_type(): msgspec.json.Decoder(fact) for event, fact in FACTS.items()}
_BATCH = msgspec.json.Decoder(list[Logged])
_ENCODER = msgspec.json.Encoder()


def known_types() -> Container[str]:
    """The CloudEvents types that this release can read."""
    return _DECODERS


def encode(logged: Logged) -> bytes:
    """The bytes of one event, as they are cut into a segment and never encoded again."""
    return _ENCODER.encode(logged)


def encode_data(fact: msgspec.Struct) -> msgspec.Raw:
    return msgspec.Raw(_ENCODER.encode(fact))


def decode_batch(body: bytes) -> list[Logged]:
    """The events of a segment.

    Raises:
        msgspec.MsgspecError: when the bytes are not a batch of logged events.
    """
    return _BATCH.decode(body)


def decode_fact(logged: Logged) -> msgspec.Struct:
    """The fact of an event whose type is known here.

    Raises:
        KeyError: for a type that this release does not know.
        msgspec.MsgspecError: when the data does not fit its type.
    """
    return _DECODERS[logged.type].decode(logged.data)
