"""Events of the sessions stream: what ward apps report from the field.

Guarantee: a released v1 type never changes; a new version is added beside it.
Fields and codes follow the published contract; unknown fields are refused by name.
Step 1 of the event path (docs/architecture.md).
"""

import datetime as dt
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta, Struct

from shared.events.base import (
    MOST_COUNTED,
    AreaRef,
    CitizenNumber,
    Code,
    Count,
    Event,
    FreeText,
    Moment,
    OfficeCode,
    ResidentToken,
    ShortText,
    Version,
)

Outcome = Literal["completed", "to_return", "referred", "failed"]
AgeBand = Literal["0_5", "6_13", "14_15", "16_30", "31_59", "60_plus", "unknown"]
Channel = Literal["at_venue", "door_to_door", "phone", "online"]
Reason = Literal[
    "no_smartphone",
    "sim_not_owner",
    "not_approved",
    "biometric_mismatch",
    "forgot_password",
    "system_error",
    "declined",
    "other",
]
SessionKind = Literal["support", "awareness", "training", "launch", "data_entry"]
Partner = Literal["police", "health", "bank", "telecom", "women", "veterans", "farmers", "elderly", "school", "other"]
FeedbackKind = Literal["question", "need", "concern", "aspiration", "recommendation", "report", "legal_complaint"]
Theme = Literal[
    "identity", "public_service", "payment", "online_safety", "infrastructure", "staff_attitude", "policy", "other"
]


FeedbackResult = Literal["done", "explained", "guided", "not_competent", "withdrawn", "duplicate"]
IncidentKind = Literal["online_scam", "account_takeover", "data_leak", "malware", "harmful_content"]
Via = Literal["phone", "sms", "zalo", "facebook", "website", "app", "other"]
Loss = Literal["none", "under_5m", "5m_50m", "over_50m", "unknown"]
Addressee = Literal["party_committee", "peoples_committee", "youth_union", "office"]
ProposalResult = Literal["accepted", "partly", "declined", "noted"]
VoidReason = Literal["duplicate", "test", "not_happened", "wrong_person", "other"]


class AssistFields(Event, frozen=True, kw_only=True):
    """The whole record of one resident helped once with one service."""

    area: AreaRef
    service: Code
    outcome: Outcome
    resident_area: AreaRef | None = None
    resident_token: ResidentToken | None = None
    citizen_number: CitizenNumber | None = None
    age_band: AgeBand = "unknown"
    channel: Channel = "at_venue"
    session: UUID | None = None
    venue: UUID | None = None
    volunteers: Annotated[list[UUID], Meta(max_length=5)] = []
    helper_age_band: AgeBand = "unknown"
    reason: Reason | None = None
    referred_to: OfficeCode | None = None
    stall: Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9/._-]{0,31}(?![\s\S])")] | None = None
    service_level: Literal["full", "partial", "unknown"] | None = None
    quantity: Annotated[int, Meta(ge=1, le=1000)] = 1

    def rules(self) -> list[tuple[str, str]]:
        broken = []
        if self.outcome in ("failed", "to_return") and self.reason is None:
            broken.append(("reason", f"Bắt buộc khi outcome là {self.outcome} (required)."))
        if self.outcome == "referred" and self.referred_to is None:
            broken.append(("referred_to", "Bắt buộc khi outcome là referred (required)."))
        if self.session is not None and self.venue is not None:
            broken.append(("venue", "Chỉ gửi khi không có session."))
        if self.resident_token is not None and self.citizen_number is not None:
            broken.append(("citizen_number", "Chỉ gửi một trong hai: resident_token hoặc citizen_number."))
        return broken


class AssistRecorded(AssistFields, frozen=True, kw_only=True):
    """A volunteer has helped one resident once with one service."""

    NAME = "assist.recorded"
    STREAM = "sessions"
    SUBJECT = "assist"


class AssistCorrected(AssistFields, frozen=True, kw_only=True):
    """A wrong record has been replaced: the whole new record, when it happened, and why it was wrong."""

    NAME = "assist.corrected"
    STREAM = "sessions"
    SUBJECT = "assist"

    happened_at: Moment
    reason_code: Literal["typo", "wrong_area", "wrong_service", "wrong_outcome", "wrong_person", "other"]


class AssistVoided(Event, frozen=True, kw_only=True):
    """A record has been taken back for good."""

    NAME = "assist.voided"
    STREAM = "sessions"
    SUBJECT = "assist"

    reason_code: VoidReason


class SessionOpened(Event, frozen=True, kw_only=True):
    """Volunteers have begun to serve residents at a place."""

    NAME = "session.opened"
    STREAM = "sessions"
    SUBJECT = "session"

    area: AreaRef
    kind: SessionKind
    venue: UUID | None = None
    services: Annotated[list[Code], Meta(max_length=30)] = []
    team: UUID | None = None
    partners: Annotated[list[Partner], Meta(max_length=10)] = []
    planned_end: Moment | None = None
    theme: ShortText | None = None


class SessionClosed(Event, frozen=True, kw_only=True):
    """The leader has closed the session and says who was there and how many were reached."""

    NAME = "session.closed"
    STREAM = "sessions"
    SUBJECT = "session"

    area: AreaRef
    present: Annotated[list[UUID], Meta(max_length=100)] = []
    attendees: Count = 0
    households_visited: Count = 0
    left_waiting: Count = 0


class SessionVoided(Event, frozen=True, kw_only=True):
    """A session has been taken back for good, with or without the assists that name it."""

    NAME = "session.voided"
    STREAM = "sessions"
    SUBJECT = "session"

    reason_code: VoidReason
    void_assists: bool


class Attendance(Event, frozen=True, kw_only=True):
    """A volunteer at a session; the subject is the session."""

    STREAM = "sessions"
    SUBJECT = "session"

    area: AreaRef
    volunteer: UUID


class CheckedIn(Attendance, frozen=True, kw_only=True):
    """A volunteer has come to a session."""

    NAME = "attendance.checked_in"


class CheckedOut(Attendance, frozen=True, kw_only=True):
    """A volunteer has left a session."""

    NAME = "attendance.checked_out"


class TallyLine(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One count of a paper book: a service and an outcome, with what the book says of age and residence."""

    service: Code
    outcome: Outcome
    count: Annotated[int, Meta(ge=1, le=MOST_COUNTED)]
    age_band: AgeBand | None = None
    resident_area: AreaRef | None = None


class TallyRecorded(Event, frozen=True, kw_only=True):
    """A ward that counts on paper has given its counts of a day or of a session; no lines is a zero report."""

    NAME = "tally.recorded"
    STREAM = "sessions"
    SUBJECT = "tally"

    area: AreaRef
    day: dt.date
    version: Version
    covers: Literal["unlisted", "all"]
    lines: Annotated[list[TallyLine], Meta(max_length=200)]
    session: UUID | None = None


class TallyVoided(Event, frozen=True, kw_only=True):
    """A paper count has been taken back for good, in all its versions."""

    NAME = "tally.voided"
    STREAM = "sessions"
    SUBJECT = "tally"

    reason_code: VoidReason


class FeedbackRaised(Event, frozen=True, kw_only=True):
    """A resident has asked, complained or wished for something that an office should answer."""

    NAME = "feedback.raised"
    STREAM = "sessions"
    SUBJECT = "feedback"

    area: AreaRef
    kind: FeedbackKind
    theme: Theme
    text: FreeText
    due_on: dt.date | None = None
    session: UUID | None = None
    age_band: AgeBand | None = None


class FeedbackForwarded(Event, frozen=True, kw_only=True):
    """A feedback has been sent on to the office that has to answer."""

    NAME = "feedback.forwarded"
    STREAM = "sessions"
    SUBJECT = "feedback"

    to_office: OfficeCode
    due_on: dt.date | None = None


class FeedbackAnswered(Event, frozen=True, kw_only=True):
    """An office has answered the resident."""

    NAME = "feedback.answered"
    STREAM = "sessions"
    SUBJECT = "feedback"

    office: OfficeCode
    text: FreeText


class FeedbackResolved(Event, frozen=True, kw_only=True):
    """A feedback is done with."""

    NAME = "feedback.resolved"
    STREAM = "sessions"
    SUBJECT = "feedback"

    result: FeedbackResult
    duplicate_of: UUID | None = None

    def rules(self) -> list[tuple[str, str]]:
        if self.result == "duplicate" and self.duplicate_of is None:
            return [("duplicate_of", "Bắt buộc khi result là duplicate (required).")]
        if self.result != "duplicate" and self.duplicate_of is not None:
            return [("duplicate_of", "Chỉ gửi khi result là duplicate.")]
        return []


class FeedbackReopened(Event, frozen=True, kw_only=True):
    """A feedback that was answered or resolved has to be worked on again."""

    NAME = "feedback.reopened"
    STREAM = "sessions"
    SUBJECT = "feedback"

    reason_code: Literal["not_done", "wrong_answer", "new_facts"]
    due_on: dt.date | None = None


class IncidentReported(Event, frozen=True, kw_only=True):
    """A resident has met with something unsafe online."""

    NAME = "incident.reported"
    STREAM = "sessions"
    SUBJECT = "incident"

    area: AreaRef
    kind: IncidentKind
    via: Via
    age_band: AgeBand = "unknown"
    loss: Loss = "unknown"
    told_police: bool | None = None
    text: FreeText | None = None


class IncidentVoided(Event, frozen=True, kw_only=True):
    """A reported incident has been taken back for good."""

    NAME = "incident.voided"
    STREAM = "sessions"
    SUBJECT = "incident"

    reason_code: VoidReason


class ProposalSubmitted(Event, frozen=True, kw_only=True):
    """A volunteer has proposed something to those who lead."""

    NAME = "proposal.submitted"
    STREAM = "sessions"
    SUBJECT = "proposal"

    area: AreaRef
    addressed_to: Addressee
    theme: Theme
    text: FreeText
    volunteer: UUID | None = None


class ProposalAnswered(Event, frozen=True, kw_only=True):
    """A proposal has been answered; the newest answer holds."""

    NAME = "proposal.answered"
    STREAM = "sessions"
    SUBJECT = "proposal"

    result: ProposalResult
    text: FreeText | None = None
