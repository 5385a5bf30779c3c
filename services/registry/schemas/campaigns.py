"""Campaigns and their reporting units, as the API takes and gives them."""

from typing import Any, get_args

import marshmallow as ma
from marshmallow import fields, validate

from services.registry.schemas.areas import described
from services.registry.schemas.base import UUID_EXAMPLE, Base, Body, PageQuery, Text, choice, day, identifier
from services.registry.schemas.catalogue import service_code
from shared.events.plans import CampaignKind, ReportingLevel
from shared.events.schema import DateText, StrictBoolean, StrictInteger, UuidText

KIND, LEVEL = get_args(CampaignKind), get_args(ReportingLevel)
NAME = "Tháng Thanh niên 2026: VNeID đến người cuối cùng"
THEME = "Chuyển đổi số cộng đồng"
REASONS = ("no_daily_report", "before_start", "after_end", "closed", "day_off")


def _distinct(values: list[Any]) -> None:
    if len(set(values)) != len(values):
        raise ma.ValidationError("Có giá trị bị lặp lại.")


def _areas(**options: Any) -> fields.List[Any]:
    length = validate.Length(1, 5000, error="Cần từ 1 đến 5000 đơn vị.")
    return fields.List(UuidText(), validate=[length, _distinct], metadata={"examples": [[UUID_EXAMPLE]]}, **options)


def _services(**options: Any) -> fields.List[Any]:
    length = validate.Length(1, 100, error="Cần từ 1 đến 100 nội dung.")
    examples = {"examples": [["vneid_activation"]]}
    return fields.List(service_code(), validate=[length, _distinct], metadata=examples, **options)


class CampaignQuery(PageQuery):
    area = described(identifier(load_default=None), "also campaigns of what is above, below or before it")
    on = described(day(load_default=None), "the day of the tree; by default `running_on`, else today")
    service = service_code(load_default=None)
    running_on = described(day(load_default=None), "a day of the campaign on which it is not closed")
    kind = choice(KIND, load_default=None)
    part_of = identifier(load_default=None)
    q = described(Text(load_default=None, example="thang thanh nien"), "words of the name, however they are typed")


class NewCampaign(Body):
    name = Text(200, required=True, example=NAME)
    kind = choice(KIND, required=True)
    theme = Text(load_default=None, allow_none=True, example=THEME)
    part_of = described(identifier(load_default=None, allow_none=True), "of a công trình or phần việc: its campaign")
    areas = _areas(required=True)
    services = _services(required=True)
    starts_on = day("2026-03-01", required=True)
    ends_on = day("2026-03-31", required=True)
    daily_report = StrictBoolean(load_default=False)
    reporting_level = choice(LEVEL, load_default="residential_group")


class CampaignChange(Body):
    """What is given changes, the rest stays."""

    name = Text(200, example=NAME)
    kind = choice(KIND)
    theme = Text(allow_none=True, example=THEME)
    part_of = identifier(allow_none=True)
    areas = _areas()
    services = _services()
    starts_on = day("2026-03-01")
    ends_on = day("2026-03-31")
    daily_report = StrictBoolean()
    reporting_level = choice(LEVEL)


class Campaign(Base):
    campaign_id = identifier(required=True)
    name = fields.String(metadata={"examples": [NAME]})
    kind = choice(KIND)
    theme = fields.String(allow_none=True, metadata={"examples": [THEME]})
    part_of = identifier(allow_none=True)
    areas = fields.List(UuidText())
    services = fields.List(fields.String(), metadata={"examples": [["vneid_activation"]]})
    starts_on = DateText(metadata={"examples": ["2026-03-01"]})
    ends_on = DateText(metadata={"examples": ["2026-03-31"], "description": "the last day"})
    daily_report = StrictBoolean()
    reporting_level = choice(LEVEL)
    closed_on = day(allow_none=True)
    version = StrictInteger()


class UnitQuery(PageQuery):
    on = described(day(load_default=None), "by default today")


class ReportingUnit(Base):
    area_id = identifier(required=True)
    code = fields.String(metadata={"examples": ["tdp-03"]})
    name = fields.String(metadata={"examples": ["Tổ dân phố số 3"]})
    level = choice(LEVEL)
    local_label = fields.String(allow_none=True, metadata={"examples": ["tổ dân phố"]})
    parent_id = identifier(allow_none=True)
    parent_name = fields.String(allow_none=True, metadata={"examples": ["Phường Dương Kinh"]})
    households = StrictInteger(allow_none=True)
    residents = StrictInteger(allow_none=True)


class ReportingUnits(Base):
    """Who reports on the day, and whether the day counts at all."""

    on = DateText(metadata={"examples": ["2026-03-15"]})
    counts = StrictBoolean(metadata={"description": "each of the units has to report on this day"})
    why_not = choice(REASONS, allow_none=True)
    units = StrictInteger(metadata={"description": "how many units there are, on all pages"})
    items = fields.List(fields.Nested(ReportingUnit), required=True)
    next = identifier(allow_none=True)
