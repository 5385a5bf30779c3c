"""The shapes of what is asked about reports and certificates, and of reports as JSON."""

import datetime as dt
from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from services.reporting.documents.reports import Layout
from services.reporting.schemas import printable
from shared.events.schema import DateText

LAYOUTS: tuple[Layout, ...] = ("peoples_committee", "youth_union")
FORMS = ("docx", "pdf")
MONTH = r"[0-9]{4}-(0[1-9]|1[0-2])(?![\s\S])"


def _text(most: int, *, least: int = 0, **more: Any) -> fields.String:
    return fields.String(validate=[validate.Length(least, most), printable], **more)


class _Strict(ma.Schema):
    class Meta:
        unknown = ma.RAISE

    error_messages = {"unknown": "Không có tham số này (unknown field)."}


class ReportQuerySchema(_Strict):
    """Whose report, in whose layout."""

    unit = _text(
        64,
        least=1,
        metadata={
            "description": "a ward: code on the report's last day, or area id; default: the whole",
            "example": "11692",
        },
    )
    layout = fields.String(validate=validate.OneOf(LAYOUTS), load_default="peoples_committee")


class WeekQuerySchema(ReportQuerySchema):
    day = DateText(required=True, metadata={"description": "any day of the week, which begins on Monday"})


class MonthQuerySchema(ReportQuerySchema):
    month = fields.String(
        required=True,
        validate=validate.Regexp(MONTH, error="Cần tháng dạng 2026-03."),
        metadata={
            "description": "a month; of a report month the one in which it ends, on the 14th",
            "example": "2026-03",
        },
    )


class CampaignQuerySchema(ReportQuerySchema):
    campaign = fields.UUID(required=True)


class ChatQuerySchema(_Strict):
    unit = ReportQuerySchema._declared_fields["unit"]
    day = DateText(metadata={"description": "default: today"})


class ReportStatementSchema(ma.Schema):
    unit = fields.String(required=True)
    day = fields.Date(required=True)
    number = fields.Integer(required=True)
    sha256 = fields.String(required=True)
    made_late = fields.Boolean(required=True)


class ServiceResultSchema(ma.Schema):
    name = fields.String(required=True)
    assists = fields.Integer(required=True, metadata={"description": "F1"})
    completed = fields.Integer(required=True, metadata={"description": "F2"})
    to_return = fields.Integer(required=True)
    referred = fields.Integer(required=True)
    failed = fields.Integer(required=True)


class UnitProgressSchema(ma.Schema):
    name = fields.String(required=True)
    goal = fields.Integer(required=True, metadata={"description": "F20"})
    before = fields.Integer(required=True, metadata={"description": "the cumulative figure before the period"})
    today = fields.Integer(required=True, metadata={"description": "F4 of the period"})
    adjusted = fields.Integer(required=True, metadata={"description": "changes of earlier days, issued in the period"})
    done = fields.Integer(required=True, metadata={"description": "F43: before + today + adjusted"})
    left = fields.Integer(required=True, metadata={"description": "F22"})
    share = fields.String(required=True, metadata={"description": "F23, as printed", "example": "77,5%"})
    expected = fields.Integer(required=True, metadata={"description": "F24"})
    gap = fields.Integer(required=True, metadata={"description": "F25"})


class PointSchema(ma.Schema):
    day = fields.Date(required=True)
    done = fields.Integer(required=True)
    expected = fields.Integer(required=True)


class ReportAmendmentSchema(ma.Schema):
    day = fields.Date(required=True)
    number = fields.Integer(required=True)
    late = fields.Integer(required=True)
    corrected = fields.Integer(required=True)
    voided = fields.Integer(required=True)
    others = fields.Integer(required=True)
    residents = fields.Integer(required=True, allow_none=True)


class ReportProgressSchema(ma.Schema):
    service = fields.String(required=True)
    source = fields.String(required=True)
    as_of = fields.Date(required=True, allow_none=True)
    units = fields.List(fields.Nested(UnitProgressSchema), required=True)
    total = fields.Nested(UnitProgressSchema, required=True)
    elsewhere = fields.Integer(required=True)
    rebased = fields.Integer(required=True)
    amendments = fields.List(fields.Nested(ReportAmendmentSchema), required=True)
    points = fields.List(fields.Nested(PointSchema), required=True)


class ReportPlaceSchema(ma.Schema):
    name = fields.String(required=True)
    count = fields.Integer(required=True, allow_none=True)


class ReportFieldWorkSchema(ma.Schema):
    sessions = fields.Integer(required=True, metadata={"description": "F7"})
    places = fields.List(fields.Nested(ReportPlaceSchema), required=True)
    volunteers = fields.Integer(required=True, metadata={"description": "F8"})
    seconds = fields.Integer(required=True, metadata={"description": "F9"})
    reach = fields.Integer(required=True, metadata={"description": "F10"})
    households_visited = fields.Integer(required=True, metadata={"description": "F11"})
    left_waiting = fields.Integer(required=True, metadata={"description": "F11"})


class ReportCreditedSchema(ma.Schema):
    residents = fields.Integer(required=True)
    without_token = fields.Integer(required=True)
    from_paper = fields.Integer(required=True)


class ReportReasonSchema(ma.Schema):
    name = fields.String(required=True)
    assists = fields.Integer(required=True)


class ReportStallsSchema(ma.Schema):
    title = fields.String(required=True)
    new = fields.Integer(required=True)
    equipped = fields.Integer(required=True)
    stalls = fields.Integer(required=True)
    paid = fields.Integer(required=True)


class ReportFeedbackSchema(ma.Schema):
    raised = fields.Integer(required=True)
    open = fields.Integer(required=True)
    overdue = fields.Integer(required=True)
    overdue_themes = fields.List(fields.String(), required=True)
    median_days = fields.Float(required=True, allow_none=True)


class ReportIncidentsSchema(ma.Schema):
    name = fields.String(required=True)
    count = fields.Integer(required=True)
    guided = fields.Integer(required=True)


class ReportProposalsSchema(ma.Schema):
    submitted = fields.Integer(required=True)
    answered = fields.Integer(required=True)
    accepted = fields.Integer(required=True)


class ReportCompletenessSchema(ma.Schema):
    unit = fields.String(required=True)
    units = fields.Integer(required=True)
    expected = fields.Integer(required=True)
    actual = fields.Integer(required=True)
    on_time = fields.Integer(required=True)
    missing = fields.List(fields.String(), required=True)


class ReportRemarksSchema(ma.Schema):
    difficulties = fields.String(required=True)
    tasks = fields.String(required=True)


class ReportSchema(ma.Schema):
    """The content of a report: what its document prints, as counts. Names are as printed."""

    first_day = fields.Date(required=True)
    last_day = fields.Date(required=True)
    period = fields.String(required=True, metadata={"example": "ngày 15/3/2026"})
    office = fields.String(required=True)
    is_closed = fields.Boolean(required=True)
    cut_at = fields.AwareDateTime(required=True)
    basis = fields.String(required=True)
    sha256 = fields.String(required=True, allow_none=True)
    statements = fields.List(fields.Nested(ReportStatementSchema), required=True)
    field_work = fields.Nested(ReportFieldWorkSchema, required=True)
    results = fields.List(fields.Nested(ServiceResultSchema), required=True)
    total = fields.Nested(ServiceResultSchema, required=True)
    from_paper = fields.Integer(required=True)
    credited = fields.Nested(ReportCreditedSchema, required=True, allow_none=True)
    reasons = fields.List(fields.Nested(ReportReasonSchema), required=True)
    stalls = fields.List(fields.Nested(ReportStallsSchema), required=True)
    progress = fields.List(fields.Nested(ReportProgressSchema), required=True)
    amendments = fields.List(fields.Nested(ReportAmendmentSchema), required=True)
    feedback = fields.Nested(ReportFeedbackSchema, required=True)
    incidents = fields.List(fields.Nested(ReportIncidentsSchema), required=True)
    proposals = fields.Nested(ReportProposalsSchema, required=True, allow_none=True)
    completeness = fields.Nested(ReportCompletenessSchema, required=True, allow_none=True)
    remarks = fields.Nested(ReportRemarksSchema, required=True)


class ChatLineSchema(ma.Schema):
    line = fields.String(required=True, metadata={"description": "one line for a chat group, without a line break"})
    is_closed = fields.Boolean(required=True)


class CertificateSchema(_Strict):
    """For whom a certificate is made; the name is printed and kept nowhere."""

    volunteer = fields.UUID(required=True)
    full_name = _text(
        100, least=1, required=True, metadata={"description": "as it is to be printed", "example": "Nguyễn Thị An"}
    )
    first_day = DateText(required=True)
    last_day = DateText(required=True)
    unit = _text(
        64, least=1, metadata={"description": "the ward that certifies; default: the whole", "example": "11692"}
    )
    layout = fields.String(validate=validate.OneOf(LAYOUTS), load_default="youth_union")
    branch = _text(200, load_default="", metadata={"description": "the person's own branch or school, as printed"})
    with_birth_year = fields.Boolean(load_default=False, metadata={"description": "print the registered year of birth"})
    activity = _text(200, load_default="")
    form = fields.String(validate=validate.OneOf(FORMS), load_default="pdf")

    @ma.validates_schema
    def check_days(self, data: dict[str, Any], **_: Any) -> None:
        first, last = data.get("first_day"), data.get("last_day")
        if isinstance(first, dt.date) and isinstance(last, dt.date) and last < first:
            raise ma.ValidationError("Ngày cuối trước ngày đầu.", "last_day")


class CertificateCheckSchema(_Strict):
    """What stands on a certificate, as it is printed, and its code. What is not printed is left out."""

    code = _text(40, least=1, required=True, metadata={"example": "7QK2-M4XA-0J9D-PZ3R"})
    office = _text(300, required=True, metadata={"example": "Ban Chấp hành Đoàn TNCS Hồ Chí Minh phường Dương Kinh"})
    area = _text(200, required=True, metadata={"example": "phường Dương Kinh"})
    full_name = _text(100, required=True)
    birth_year = _text(4, load_default="")
    unit = _text(200, load_default="")
    activity = _text(200, load_default="")
    first_day = _text(20, required=True, metadata={"example": "01/3/2026"})
    last_day = _text(20, required=True, metadata={"example": "31/3/2026"})
    hours = _text(20, required=True, metadata={"example": "39,5"})
    sessions = _text(20, required=True, metadata={"example": "14"})
    issued_on = _text(20, required=True, metadata={"example": "31/3/2026"})


class CertificateCheckedSchema(ma.Schema):
    is_right = fields.Boolean(required=True, metadata={"description": "whether the code belongs to just these facts"})
