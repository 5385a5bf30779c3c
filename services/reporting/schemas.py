"""The shapes of reporting's questions and answers: what is the same in all, and what derives from a family.

Guarantee: a parameter that a family does not have is refused by name; a measure is described where it is answered.
"""

from collections.abc import Mapping
from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from services.reporting.exports import COLUMNS
from services.reporting.families import PERIODS, Family, Measure
from shared.areas import LEVELS
from shared.events.schema import DateText

TEXT = {"type": "string"}
ALLOWED = {"place": ("area", "resident_area")}
BORDERS = ("then", "now")
CODES: Mapping[str, str] = {"service": "vneid_activation", "outcome": "completed", "age_band": "60_plus"}


class CommaList(fields.Field[list[str]]):
    """`a,b` as a list; each part one of the allowed codes, where they are known."""

    def __init__(self, allowed: tuple[str, ...] | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.allowed = allowed

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[str]:
        parts = [part.strip() for part in str(value).split(",") if part.strip()]
        wrong = [part for part in parts if self.allowed is not None and part not in self.allowed]
        if wrong:
            raise ma.ValidationError(f"“{wrong[0][:40]}” không có. Giá trị được nhận: {', '.join(self.allowed or ())}.")
        if len(parts) > 50 or any("\x00" in part for part in parts):
            raise ma.ValidationError("Nhiều nhất 50 giá trị, không có ký tự điều khiển.")
        return parts


def printable(value: str) -> None:
    if any(not char.isprintable() for char in value):
        raise ma.ValidationError("Không được có ký tự điều khiển.")


def _day(says: str) -> dict[str, str]:
    return {"description": says, "type": "string", "format": "date", "example": "2026-03-15"}


class PlaceQuerySchema(ma.Schema):
    """Days, an area and the borders: what every question may ask by."""

    class Meta:
        unknown = ma.RAISE

    error_messages = {"unknown": "Không có tham số này (unknown field)."}

    first_day = DateText(data_key="from", metadata=_day("first local day; default: today"))
    last_day = DateText(data_key="to", metadata=_day("last local day; default: the first day"))
    area = fields.String(
        validate=[validate.Length(1, 64), printable],
        metadata={"description": "code (`11692`, `11692/tdp-03`) or area id; default: everything"},
    )
    on = DateText(metadata=_day("the day on which the code is read; default: the last day, with as_of=now today"))
    as_of = fields.String(
        validate=validate.OneOf(BORDERS),
        load_default="then",
        metadata={"description": "borders of each day (then), or today's (now): carried through successions"},
    )

    @ma.validates_schema
    def check_days(self, data: dict[str, Any], **_: Any) -> None:
        first, last = data.get("first_day"), data.get("last_day")
        if first and last and last < first:
            raise ma.ValidationError("Ngày cuối trước ngày đầu.", "to")


CAMPAIGN = {"description": "id: only its days, its areas and, where a figure has services, its services"}


def query_schema(family: Family) -> type[ma.Schema]:
    """What a family is asked by."""
    asked: dict[str, Any] = {
        name: CommaList(
            ALLOWED.get(name), metadata=TEXT | {"description": f"{name}: one, or several with commas"} | _example(name)
        )
        for name in family.filters
    }
    groups = tuple(group for group in family.groups if group not in family.always_by)
    if groups:
        asked["group_by"] = CommaList(groups, load_default=list, metadata=TEXT | {"description": ", ".join(groups)})
    if family.has_level and "area" in family.groups:
        asked["level"] = fields.String(
            validate=validate.OneOf(LEVELS), metadata={"description": "roll areas up to this level"}
        )
    if family.has_campaign:
        asked["campaign"] = fields.UUID(metadata=CAMPAIGN)
    asked["lang"] = fields.String(
        validate=validate.OneOf(["vi", "en"]), load_default="vi", metadata={"description": "of a file's headings"}
    )
    if family.is_of_day:
        asked["last_day"] = DateText(data_key="to", metadata=_day("the local day; default: today"))
        asked["Meta"] = type("Meta", (), {"unknown": ma.RAISE, "exclude": ("first_day",)})
    return type(f"{_name(family)}Query", (PlaceQuerySchema,), asked)


class AreaSchema(ma.Schema):
    area_id = fields.UUID(required=True)
    code = fields.String(required=True, metadata={"example": "11692"})
    name = fields.String(required=True, metadata={"example": "Phường Dương Kinh"})
    level = fields.String(required=True, metadata={"example": "ward"})


class CampaignSchema(ma.Schema):
    campaign_id = fields.UUID(required=True)
    name = fields.String(required=True, metadata={"example": "Chiến dịch VNeID"})


class DenominatorSchema(ma.Schema):
    as_of = fields.Date(required=True)
    source = fields.String(required=True, metadata={"example": "Công an phường"})


class PositionSchema(ma.Schema):
    stream = fields.String(required=True, metadata={"example": "sessions"})
    shard = fields.Integer(required=True)
    segment = fields.Integer(required=True, metadata={"description": "the last one that the figures reflect"})


class FreshnessSchema(ma.Schema):
    updated_at = fields.AwareDateTime(required=True, allow_none=True)
    last_recordedtime = fields.AwareDateTime(required=True, allow_none=True)
    positions = fields.List(fields.Nested(PositionSchema), required=True)


def answer_schema(family: Family) -> type[ma.Schema]:
    """Rows, totals where the family has them, and freshness."""
    measures = {measure.name: _measured(measure) for measure in family.measures}
    row = _schema(f"{_name(family)}Row", {**{name: _grouped(name) for name in family.groups}, **measures})
    answer: dict[str, Any] = {
        "rows": fields.List(fields.Nested(row), required=True),
        "totals": _totals(family, row, measures),
        "freshness": fields.Nested(FreshnessSchema, required=True),
    }
    return _schema(f"{_name(family)}Answer", answer)


def _totals(family: Family, row: type[ma.Schema], measures: dict[str, Any]) -> fields.Field[Any]:
    if family.name == "progress":
        return fields.List(fields.Nested(row), required=True)
    if family.name == "missing-reports":
        measures = {
            "missing": fields.Integer(required=True, allow_none=True, metadata={"description": "null before 20:00"}),
            "is_told": fields.Boolean(required=True),
        }
    if family.name == "overdue-feedback":
        measures = {"overdue": fields.Integer(required=True)}
    return fields.Nested(_schema(f"{_name(family)}Totals", measures), required=True)


def _schema(name: str, named: dict[str, Any]) -> type[ma.Schema]:
    flag = fields.Boolean(metadata={"description": "in today's borders: a part comes from an area that was divided"})
    return type(name, (ma.Schema,), {**named, **({} if name.endswith("Answer") else {"is_apportioned": flag})})


def _name(family: Family) -> str:
    return "".join(part.capitalize() for part in family.name.split("-"))


def _example(name: str) -> dict[str, str]:
    return {"example": CODES[name]} if name in CODES else {}


def _grouped(name: str) -> fields.Field[Any]:
    if name == "area":
        return fields.Nested(AreaSchema, allow_none=True)
    if name == "campaign":
        return fields.Nested(CampaignSchema)
    if name in PERIODS:
        return fields.Date(metadata={"description": "its first day", "example": "2026-03-15"})
    return fields.String(allow_none=True, metadata=_example(name))


def _measured(measure: Measure) -> fields.Field[Any]:
    how: dict[str, Any] = {
        "required": not measure.only_by,
        "allow_none": True,
        "metadata": {"description": measure.says, "example": measure.example},
    }
    column = COLUMNS.get(measure.column or measure.name)
    kind = column.kind if column else {bool: "flag", float: "decimal"}.get(type(measure.example), "integer")
    if measure.name == "denominators":
        return fields.List(fields.Nested(DenominatorSchema), **how)
    makers: dict[str, Any] = {
        "integer": fields.Integer, "hours": fields.Integer, "percent": fields.Float, "decimal": fields.Float,
        "flag": fields.Boolean, "date": fields.Date,
    }  # fmt: skip
    maker: type[fields.Field[Any]] = makers.get(kind, fields.String)
    return maker(**how)
