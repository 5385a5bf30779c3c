"""The shapes of the intake's answers, for the documents and for the answers themselves."""

import marshmallow as ma
from marshmallow import fields

STATUSES = ("accepted", "duplicate", "pending_reference", "conflict", "rejected")


class PostQuerySchema(ma.Schema):
    class Meta:
        unknown = ma.RAISE

    dry_run = fields.Boolean(
        load_default=False,
        truthy={"true"},
        falsy={"false"},
        error_messages={"invalid": "Cần true hoặc false (boolean)."},
        metadata={"description": "answer as if, and store nothing"},
    )


class FieldErrorSchema(ma.Schema):
    field = fields.String(required=True, metadata={"description": "path of the wrong field", "example": "data.area"})
    code = fields.String(required=True, metadata={"example": "unknown_area"})
    message = fields.String(required=True, metadata={"description": "in Vietnamese: what was read, what is possible"})


class ResultSchema(ma.Schema):
    """The fate of one event."""

    id = fields.String(required=True, allow_none=True)
    status = fields.String(required=True, validate=ma.validate.OneOf(STATUSES))
    recordedtime = fields.AwareDateTime(metadata={"description": "when it was first accepted"})
    marks = fields.List(fields.String(), metadata={"description": "for example clock_suspect, unverified:session"})
    receipt_code = fields.String(metadata={"description": "for the resident who raised feedback"})
    code = fields.String(metadata={"description": "why it was not accepted"})
    errors = fields.List(fields.Nested(FieldErrorSchema))


class CountsSchema(ma.Schema):
    accepted = fields.Integer(required=True)
    duplicate = fields.Integer(required=True)
    pending_reference = fields.Integer(required=True)
    conflict = fields.Integer(required=True)
    rejected = fields.Integer(required=True)


class BatchResultSchema(ma.Schema):
    """The fates of a batch, in the order sent."""

    results = fields.List(fields.Nested(ResultSchema), required=True)
    counts = fields.Nested(CountsSchema, required=True)


class EventFateSchema(ma.Schema):
    """Where an accepted event is on its way."""

    id = fields.UUID(required=True)
    status = fields.String(required=True)
    recorded_at = fields.AwareDateTime(required=True, data_key="recordedtime")
    segment = fields.Integer(required=True, allow_none=True, metadata={"description": "null while it is not cut yet"})
    shard = fields.Integer(required=True)
    pending_since = fields.AwareDateTime(allow_none=True, metadata={"description": "null when it does not wait"})
    waits_for = fields.String(
        allow_none=True, metadata={"description": "`subject`, `step` or `service:<code>`; null when it does not wait"}
    )
    waits_for_text = fields.String(allow_none=True, metadata={"description": "the same in Vietnamese, for a person"})
    refused = fields.String(allow_none=True, metadata={"description": "why a pending event cannot take effect"})
    refused_text = fields.String(allow_none=True, metadata={"description": "the same in Vietnamese, for a person"})


FATE_EXAMPLE = {
    "id": "0190f5c2-7b1d-7aaa-8c11-2f3e4d5c6b7a",
    "status": "pending_reference",
    "recordedtime": "2026-03-15T11:10:00+00:00",
    "segment": None,
    "shard": 0,
    "pending_since": "2026-03-15T11:10:00+00:00",
    "waits_for": "subject",
    "waits_for_text": "chờ sự kiện mở đầu của đối tượng này",
    "refused": None,
    "refused_text": None,
}
