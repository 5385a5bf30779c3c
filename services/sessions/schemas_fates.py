"""The shapes of what became of events: those that wait, those that were refused."""

import datetime as dt
from typing import Annotated
from uuid import UUID

import marshmallow as ma
from marshmallow import fields
from msgspec import Meta

from services.sessions.schemas_base import (
    EVENT_EXAMPLE,
    SUBJECT_EXAMPLE,
    Cursor,
    PageQuery,
    Place,
    limit_field,
    page_schema,
    text,
)
from shared.events.base import Moment
from shared.events.schema import DateText, MomentText, UuidText

WORDS = {"description": "in Vietnamese, for a person"}


def client_field() -> fields.String:
    told = "only of this app; with registry:write any, otherwise one's own"
    return text("[a-z0-9][a-z0-9-]{0,62}", "mã ứng dụng", told, "app-11692-2025")


def code_field() -> fields.String:
    return text("[a-z][a-z0-9_]{0,39}", "mã lý do", "only with this reason", "invalid_data")


class WaitingQuery(PageQuery):
    client = client_field()
    after = Cursor(Moment, UUID)


class RefusedQuery(PageQuery):
    client = client_field()
    code = code_field()
    after = Cursor(Annotated[int, Meta(ge=0, le=2**63 - 1)])


class RefusedSummaryQuery(PageQuery):
    limit = limit_field(500)
    client = client_field()
    code = code_field()


def ward_field() -> fields.Nested:
    told = {"description": "where it happened, or the app's only area; null: not known"}
    return fields.Nested(Place, required=True, allow_none=True, metadata=told)


class Ages(ma.Schema):
    """How many wait how long."""

    under_1h = fields.Integer(required=True)
    under_1d = fields.Integer(required=True)
    under_7d = fields.Integer(required=True)
    over_7d = fields.Integer(required=True)


class WaitingWard(ma.Schema):
    """What waits in a ward."""

    ward = ward_field()
    events = fields.Integer(required=True)
    refused = fields.Integer(required=True, metadata={"description": "of these, such as can never take effect"})
    oldest_at = MomentText(required=True)
    ages = fields.Nested(Ages, required=True)


class Waiting(ma.Schema):
    """One accepted event that waits for what it refers to."""

    event_id = UuidText(required=True)
    client_id = fields.String(required=True)
    type = fields.String(required=True, allow_none=True)
    subject = UuidText(required=True)
    ward = ward_field()
    waits_for = fields.String(required=True, metadata={"examples": ["subject", "step", "service:vneid"]})
    waits_for_text = fields.String(required=True, metadata=WORDS)
    accepted_at = MomentText(required=True, metadata={"description": "it waits since then"})
    age_seconds = fields.Integer(required=True)
    refused = fields.String(required=True, allow_none=True, metadata={"description": "why it can never take effect"})
    refused_text = fields.String(required=True, allow_none=True, metadata=WORDS)


class Refused(ma.Schema):
    """One refused event; nothing of its content is kept."""

    client_id = fields.String(required=True)
    received_at = MomentText(required=True)
    ward = ward_field()
    event_id = UuidText(required=True, allow_none=True, metadata={"description": "null: it could not be read"})
    type = fields.String(required=True, allow_none=True, metadata={"description": "null: not of the catalogue"})
    code = fields.String(required=True, metadata={"examples": ["invalid_data"]})
    code_text = fields.String(required=True, metadata=WORDS)
    field = fields.String(required=True, allow_none=True, metadata={"examples": ["data.area"]})
    first_digest = fields.String(required=True, allow_none=True, metadata={"description": "of a conflict: accepted"})
    digest = fields.String(required=True, allow_none=True, metadata={"description": "of a conflict: refused"})


class RefusedSum(ma.Schema):
    """How many were refused of one app, ward, reason and day."""

    day = DateText(required=True)
    client_id = fields.String(required=True)
    ward = ward_field()
    code = fields.String(required=True)
    code_text = fields.String(required=True, metadata=WORDS)
    events = fields.Integer(required=True)
    last_at = MomentText(required=True)


WaitingPage = page_schema("WaitingPage", Waiting, wards=fields.List(fields.Nested(WaitingWard), required=True))
RefusedPage = page_schema("RefusedPage", Refused)


class RefusedSummary(ma.Schema):
    """The sums of what is kept: at most 1,000 events of an app, of the last 30 days."""

    items = fields.List(fields.Nested(RefusedSum), required=True)
    is_complete = fields.Boolean(required=True, metadata={"description": "false: there are more rows than the limit"})


WARD = {"area_id": "5b1cc62a-6a0c-5a3e-8a52-8d1a2c9d7f10", "code": "11692", "name": "Phường Dương Kinh"}
SINCE = "2026-03-15T11:10:00Z"
WAITING_EXAMPLE = {
    "wards": [
        {
            "ward": WARD,
            "events": 3,
            "refused": 0,
            "oldest_at": SINCE,
            "ages": {"under_1h": 2, "under_1d": 1, "under_7d": 0, "over_7d": 0},
        }
    ],
    "items": [
        {
            "event_id": EVENT_EXAMPLE,
            "client_id": "app-11692-2025",
            "type": "vn.congdongso.assist.corrected.v1",
            "subject": SUBJECT_EXAMPLE,
            "ward": WARD,
            "waits_for": "subject",
            "waits_for_text": "chờ sự kiện mở đầu của đối tượng này",
            "accepted_at": SINCE,
            "age_seconds": 5400,
            "refused": None,
            "refused_text": None,
        }
    ],
    "next": None,
}
REFUSED_EXAMPLE = {
    "items": [
        {
            "client_id": "app-11692-2025",
            "received_at": SINCE,
            "ward": WARD,
            "event_id": EVENT_EXAMPLE,
            "type": "vn.congdongso.assist.recorded.v1",
            "code": "unknown_area",
            "code_text": "không tìm thấy đơn vị hoặc tổ dân phố",
            "field": "data.area",
            "first_digest": None,
            "digest": None,
        }
    ],
    "next": "4711",
}
SUMMARY_EXAMPLE = {
    "items": [
        {
            "day": dt.date(2026, 3, 15).isoformat(),
            "client_id": "app-11692-2025",
            "ward": WARD,
            "code": "unknown_area",
            "code_text": "không tìm thấy đơn vị hoặc tổ dân phố",
            "events": 12,
            "last_at": SINCE,
        }
    ],
    "is_complete": True,
}
