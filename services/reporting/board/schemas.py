"""The shape of `/v1/board`: the question and the answer."""

import marshmallow as ma
from marshmallow import fields, validate

from services.reporting.schemas import AreaSchema, FreshnessSchema, printable


class BoardQuerySchema(ma.Schema):
    """Which board is asked for."""

    class Meta:
        unknown = ma.RAISE

    error_messages = {"unknown": "Không có tham số này (unknown field)."}

    area = fields.String(
        validate=[validate.Length(1, 64), printable],
        metadata={"description": "code of today (`11692`, `11692/tdp-03`) or area id; default: everything"},
    )


class TodaySchema(ma.Schema):
    figure = fields.String(required=True, metadata={"example": "F2"})
    name = fields.String(required=True, metadata={"example": "completed"})
    today = fields.Float(required=True)
    yesterday = fields.Float(required=True, metadata={"description": "the whole day"})


class NamedServiceSchema(ma.Schema):
    service = fields.String(required=True)
    name_vi = fields.String(required=True)
    name_en = fields.String(required=True)
    unit = fields.String(required=True, metadata={"description": "what it counts: resident, stall, record"})


class BoardDenominatorSchema(ma.Schema):
    as_of = fields.Date(required=True)
    source = fields.String(required=True)


class BoardProgressRowSchema(ma.Schema):
    area = fields.Nested(AreaSchema, required=True, allow_none=True)
    of_parts = fields.Boolean(required=True)
    own_goal = fields.Integer(required=True, allow_none=True)
    base_on = fields.Date(required=True)
    elsewhere = fields.Integer(required=True)
    goal = fields.Integer(required=True, allow_none=True, metadata={"description": "F20"})
    eligible = fields.Integer(required=True, allow_none=True)
    excluded = fields.Integer(required=True, allow_none=True)
    done = fields.Integer(required=True, metadata={"description": "F21"})
    left = fields.Integer(required=True, allow_none=True, metadata={"description": "F22"})
    share = fields.Float(required=True, allow_none=True, metadata={"description": "F23, percent; may be over 100"})
    coverage = fields.Float(required=True, allow_none=True, metadata={"description": "F23, percent of the eligible"})
    is_over = fields.Boolean(required=True)
    expected = fields.Integer(required=True, allow_none=True, metadata={"description": "F24"})
    gap = fields.Integer(required=True, allow_none=True, metadata={"description": "F25"})
    status = fields.String(required=True, allow_none=True, metadata={"description": "on_track, behind, at_risk"})
    pace = fields.Float(required=True, metadata={"description": "F26, people a day"})
    required = fields.Float(required=True, allow_none=True, metadata={"description": "F26, people a day"})
    is_reached = fields.Boolean(required=True)
    projected_on = fields.Date(required=True, allow_none=True, metadata={"description": "F27"})
    denominators = fields.List(fields.Nested(BoardDenominatorSchema), required=True)


class BoardCampaignSchema(ma.Schema):
    campaign_id = fields.UUID(required=True)
    name = fields.String(required=True)


class ProgressSchema(ma.Schema):
    campaign = fields.Nested(BoardCampaignSchema, required=True)
    service = fields.Nested(NamedServiceSchema, required=True)
    whole = fields.Nested(BoardProgressRowSchema, required=True)
    units = fields.List(
        fields.Nested(BoardProgressRowSchema), required=True, metadata={"description": "most left first"}
    )


class DaySchema(ma.Schema):
    day = fields.Date(required=True)
    credited = fields.Integer(required=True, metadata={"description": "F4"})
    without_token = fields.Integer(required=True, metadata={"description": "of these"})
    from_paper = fields.Integer(required=True, metadata={"description": "of these"})


class ServiceSchema(ma.Schema):
    service = fields.Nested(NamedServiceSchema, required=True)
    today = fields.Integer(required=True, metadata={"description": "F2"})
    last_days = fields.Integer(required=True, metadata={"description": "F2 in thirty days"})


class MissingSchema(AreaSchema):
    ward = fields.Dict(required=True)


class RatesSchema(ma.Schema):
    expected = fields.Integer(required=True, metadata={"description": "F30"})
    actual = fields.Integer(required=True, metadata={"description": "F31"})
    on_time = fields.Integer(required=True, metadata={"description": "F32"})
    rate = fields.Float(required=True, allow_none=True)
    on_time_rate = fields.Float(required=True, allow_none=True)


class ReportsSchema(ma.Schema):
    expected = fields.Integer(required=True)
    actual = fields.Integer(required=True)
    rate = fields.Float(required=True, allow_none=True)
    missing = fields.List(
        fields.Nested(MissingSchema), required=True, allow_none=True,
        metadata={"description": "F33, from 20:00 local time; null before"},
    )  # fmt: skip
    yesterday = fields.Nested(RatesSchema, required=True)


class OverdueSchema(ma.Schema):
    area = fields.Nested(AreaSchema, required=True)
    theme = fields.String(required=True)
    kind = fields.String(required=True)
    due_on = fields.Date(required=True)
    days = fields.Integer(required=True)


class FeedbackSchema(ma.Schema):
    raised_today = fields.Integer(required=True)
    raised = fields.Integer(required=True, metadata={"description": "in thirty days"})
    open = fields.Integer(required=True)
    overdue = fields.Integer(required=True)
    median_days = fields.Float(required=True, allow_none=True, metadata={"description": "F51, of thirty days"})
    overdue_list = fields.List(fields.Nested(OverdueSchema), required=True)


class LastStatementSchema(ma.Schema):
    day = fields.Date(required=True)
    number = fields.Integer(required=True)
    sha256 = fields.String(required=True)
    closed_at = fields.AwareDateTime(required=True)
    made_late = fields.Boolean(required=True)
    not_reached = fields.List(fields.String(), required=True)


class NewestAmendmentSchema(ma.Schema):
    day = fields.Date(required=True)
    number = fields.Integer(required=True)
    closing_day = fields.Date(required=True)
    lines = fields.List(fields.Dict(), required=True)


class ClosingStateSchema(ma.Schema):
    is_closed = fields.Boolean(required=True, metadata={"description": "whether today is closed"})
    statement = fields.Nested(LastStatementSchema, required=True, allow_none=True)
    amendments = fields.Integer(required=True, metadata={"description": "of all days"})
    newest = fields.List(fields.Nested(NewestAmendmentSchema), required=True)


class BoardSchema(ma.Schema):
    now = fields.AwareDateTime(required=True)
    day = fields.Date(required=True)
    area = fields.Nested(AreaSchema, required=True, allow_none=True)
    unit = fields.String(required=True, metadata={"description": "the level of the rows of progress"})
    today = fields.List(fields.Nested(TodaySchema), required=True)
    progress = fields.List(fields.Nested(ProgressSchema), required=True)
    days = fields.List(fields.Nested(DaySchema), required=True)
    services = fields.List(fields.Nested(ServiceSchema), required=True)
    reports = fields.Nested(ReportsSchema, required=True)
    feedback = fields.Nested(FeedbackSchema, required=True)
    closing = fields.Nested(ClosingStateSchema, required=True)
    freshness = fields.Nested(FreshnessSchema, required=True)
