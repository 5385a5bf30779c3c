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

    reason_code: Literal["duplicate", "test", "not_happened", "wrong_person", "other"]


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


class TallyLine(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One count of a paper book: a service and an outcome, with what the book says of age and residence."""

    service: Code
    outcome: Outcome
    count: Annotated[int, Meta(ge=1, le=100_000)]
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
