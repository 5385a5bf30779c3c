"""The shapes of reporting's questions and answers."""

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from services.reporting.queries import GROUPS
from shared.areas import LEVELS
from shared.events.schema import DateText


class CommaList(fields.Field[list[str]]):
    """`a,b` as a list; each part one of the allowed codes, where they are known."""

    def __init__(self, allowed: tuple[str, ...] | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.allowed = allowed

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[str]:
        parts = [part.strip() for part in str(value).split(",") if part.strip()]
        wrong = [part for part in parts if self.allowed and part not in self.allowed]
        if wrong and self.allowed:
            raise ma.ValidationError(f"“{wrong[0][:40]}” không có. Giá trị được nhận: {', '.join(self.allowed)}.")
        if len(parts) > 50 or any("\x00" in part for part in parts):
            raise ma.ValidationError("Nhiều nhất 50 giá trị, không có ký tự điều khiển.")
        return parts


def _printable(value: str) -> None:
    if any(not char.isprintable() for char in value):
        raise ma.ValidationError("Không được có ký tự điều khiển.")


class TallyQuerySchema(ma.Schema):
    """The filters and groups of `/v1/tallies`."""

    class Meta:
        unknown = ma.RAISE

    error_messages = {"unknown": "Không có tham số này (unknown field)."}

    first_day = DateText(data_key="from", metadata={"description": "first local day; default: today"})
    last_day = DateText(data_key="to", metadata={"description": "last local day; default: the first day"})
    area = fields.String(
        validate=[validate.Length(1, 64), _printable],
        metadata={"description": "code (`11692`, `11692/tdp-03`) or area id; default: everything"},
    )
    on = DateText(metadata={"description": "the day on which the code is read; default: the last day"})
    level = fields.String(validate=validate.OneOf(LEVELS), metadata={"description": "roll areas up to this level"})
    group_by = CommaList(GROUPS, load_default=list, metadata={"description": ", ".join(GROUPS)})
    service = CommaList()
    outcome = CommaList()
    age_band = CommaList()
    lang = fields.String(validate=validate.OneOf(["vi", "en"]), load_default="vi")

    @ma.validates_schema
    def check_days(self, data: dict[str, Any], **_: Any) -> None:
        first, last = data.get("first_day"), data.get("last_day")
        if first and last and last < first:
            raise ma.ValidationError("Ngày cuối trước ngày đầu.", "to")


class AreaSchema(ma.Schema):
    area_id = fields.UUID(required=True)
    code = fields.String(required=True, metadata={"example": "11692"})
    name = fields.String(required=True, metadata={"example": "Phường Dương Kinh"})
    level = fields.String(required=True)


class TallyRowSchema(ma.Schema):
    day = fields.Date()
    area = fields.Nested(AreaSchema)
    service = fields.String()
    outcome = fields.String()
    age_band = fields.String()
    assists = fields.Integer(required=True, metadata={"description": "single + paper (F1)"})
    single = fields.Integer(required=True)
    paper = fields.Integer(required=True)


class TotalsSchema(ma.Schema):
    assists = fields.Integer(required=True)
    completed = fields.Integer(required=True)
    single = fields.Integer(required=True)
    paper = fields.Integer(required=True)
    success_rate = fields.Float(required=True, allow_none=True, metadata={"description": "percent; null over 0"})


class FreshnessSchema(ma.Schema):
    updated_at = fields.AwareDateTime(required=True, allow_none=True)
    last_recordedtime = fields.AwareDateTime(required=True, allow_none=True)
    positions = fields.List(fields.Dict(), required=True)


class TalliesSchema(ma.Schema):
    rows = fields.List(fields.Nested(TallyRowSchema), required=True)
    totals = fields.Nested(TotalsSchema, required=True)
    freshness = fields.Nested(FreshnessSchema, required=True)
