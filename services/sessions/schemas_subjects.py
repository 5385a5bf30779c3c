"""The shapes of reported things, as the reading routes give them: one shape, and the state of each kind in it.

Guarantee: a state is given whole, also where it is as it is by default; no free text is in it, and a resident token
only where one assist is asked for.
"""

import datetime as dt
from typing import Annotated, Any, cast
from uuid import UUID

import marshmallow as ma
import msgspec
from marshmallow import fields
from msgspec import Meta

from services.sessions.entities import STATES
from services.sessions.schemas_base import (
    EVENT_EXAMPLE,
    SUBJECT_EXAMPLE,
    Cursor,
    PageQuery,
    area_field,
    choice,
    day_field,
    page_schema,
    yes_or_no,
)
from shared.events import facts
from shared.events.answer_names import SUBJECT_STATUSES
from shared.events.schema import DateText, MomentText, UuidText, schema_of

# Who an assist was for is told one by one, to its ward, which needs it for a correction.
TOKEN = ("resident_token",)
FEEDBACK_STATUSES = ("raised", "forwarded", "answered", "resolved", "reopened")


class Version(ma.Schema):
    """The event whose content holds."""

    time = MomentText(required=True)
    event_id = UuidText(required=True)


class StateOf(fields.Field[Any]):
    """The state of a thing of any kind."""

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> Any:
        shown = schema_of(cast(type[msgspec.Struct], type(value)))().dump(value)
        return {name: told for name, told in shown.items() if name not in TOKEN}


class Subject(ma.Schema):
    """One reported thing as it stands."""

    subject = UuidText(required=True, metadata={"examples": [SUBJECT_EXAMPLE]})
    kind = fields.String(required=True, validate=ma.validate.OneOf(tuple(STATES)))
    status = fields.String(required=True, validate=ma.validate.OneOf(tuple(SUBJECT_STATUSES)))
    is_void = fields.Boolean(required=True)
    version = fields.Nested(
        Version, required=True, allow_none=True, metadata={"description": "null: the content of its first event"}
    )
    marks = fields.List(fields.String(), required=True, metadata={"examples": [["unverified:volunteer"]]})
    last_event_at = MomentText(
        required=True, allow_none=True, metadata={"description": "time of the newest event that changed it"}
    )
    changed_at = MomentText(required=True, metadata={"description": "when the platform took that in"})
    state = StateOf(
        required=True,
        metadata={"type": "object", "description": "by kind, as at /v1/sessions/{id}, /v1/assists/{id} and the others"},
    )


def _of_kind(name: str, state: type[ma.Schema], **more: Any) -> type[ma.Schema]:
    members = {"state": fields.Nested(state, required=True)} | more
    return cast(type[ma.Schema], type(name, (Subject,), members))


def _without_token() -> type[ma.Schema]:
    whole = schema_of(facts.AssistState)
    meta = type("Meta", (whole.Meta,), {"exclude": TOKEN})
    return cast(type[ma.Schema], type("AssistStateListedSchema", (whole,), {"Meta": meta}))


class Attendance(ma.Schema):
    """How many volunteers checked in and out; who was there in the end is in `state.present`."""

    checked_in = fields.Integer(required=True)
    checked_out = fields.Integer(required=True)


class Text(ma.Schema):
    """What a resident said, or was answered."""

    event_id = UuidText(required=True)
    step = fields.String(required=True, metadata={"examples": ["raised"]})
    text = fields.String(required=True)
    received_at = MomentText(required=True)


Session = _of_kind("SessionSubject", schema_of(facts.SessionState))
Assist = _of_kind("AssistSubject", schema_of(facts.AssistState))
SessionInFull = _of_kind(
    "SessionInFull", schema_of(facts.SessionState), attendance=fields.Nested(Attendance, required=True)
)
TELLS = "when it should be answered, as its last step says; null: nobody said, the working days of its theme hold"
DUE = {"due_on": DateText(required=True, allow_none=True, metadata={"description": TELLS})}
Feedback = _of_kind("FeedbackSubject", schema_of(facts.FeedbackState), **DUE)
READER = "null for a reader who is not of its ward, but of an area above it"
TEXTS = {"texts": fields.List(fields.Nested(Text), required=True, allow_none=True, metadata={"description": READER})}
FeedbackInFull = _of_kind("FeedbackInFull", schema_of(facts.FeedbackState), **DUE, **TEXTS)

SessionPage = page_schema("SessionPage", Session)
AssistPage = page_schema("AssistPage", _of_kind("AssistListed", _without_token()))
FeedbackPage = page_schema("FeedbackPage", Feedback)
ChangePage = page_schema(
    "ChangePage",
    Subject,
    next=fields.String(required=True, metadata={"description": "to give as `since` the next time; keep it"}),
    has_more=fields.Boolean(required=True, metadata={"description": "there is more already: ask again at once"}),
)


class SessionQuery(PageQuery):
    day = day_field("of the opening; default: all days, newest first")
    area = area_field()
    after = Cursor(dt.date, UUID)


class AssistQuery(PageQuery):
    after = Cursor(UUID)


class FeedbackQuery(PageQuery):
    status = choice(FEEDBACK_STATUSES, "what its last step made of it")
    overdue = yes_or_no("not resolved, and its due date has passed (or not so)")
    session = UuidText(load_default=None, allow_none=False, metadata={"description": "raised at this session"})
    area = area_field()
    after = Cursor(dt.date, UUID)


class ChangeQuery(PageQuery):
    since = Cursor(
        UUID,
        Annotated[int, Meta(ge=0, le=2**63 - 1)],
        UUID,
        metadata={"description": "`next` of the answer before; default: the beginning"},
    )
    area = area_field()


WARD = "5b1cc62a-6a0c-5a3e-8a52-8d1a2c9d7f10"
GROUP = "7d1cc62a-6a0c-5a3e-8a52-8d1a2c9d7f11"
WHERE = {"day": "2026-03-15", "area": GROUP, "ward": WARD, "marks": []}


def _example(kind: str, status: str, state: dict[str, Any], **more: Any) -> dict[str, Any]:
    times = {"last_event_at": "2026-03-15T12:00:00Z", "changed_at": "2026-03-15T12:00:01.250000Z"}
    known = {"subject": SUBJECT_EXAMPLE, "kind": kind, "status": status, "is_void": False, "version": None, "marks": []}
    return known | times | {"state": WHERE | state} | more


ASSIST_EXAMPLE = _example(
    "assist",
    "corrected",
    {"service": "vneid_activation", "outcome": "completed", "age_band": "60_plus", "channel": "at_venue"},
    version={"time": "2026-03-15T12:00:00Z", "event_id": EVENT_EXAMPLE},
)
SESSION_EXAMPLE = _example(
    "session",
    "opened",
    {"kind": "support", "opened_at": "2026-03-15T11:00:00Z", "closed_at": None, "attendees": 0, "present": []},
    attendance={"checked_in": 4, "checked_out": 1},
)
FEEDBACK_EXAMPLE = _example(
    "feedback",
    "raised",
    {"kind": "question", "theme": "identity", "raised_at": "2026-03-15T11:00:00Z", "steps": []},
    due_on="2026-03-20",
    texts=[
        {"event_id": EVENT_EXAMPLE, "step": "raised", "text": "Đề nghị hướng dẫn thêm.",
         "received_at": "2026-03-15T11:00:01Z"}
    ],
)  # fmt: skip
