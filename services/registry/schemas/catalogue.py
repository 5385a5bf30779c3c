"""Services and offices, as the API takes and gives them."""

import re
from typing import Any, get_args

import marshmallow as ma
from marshmallow import fields, validate

from services.registry.schemas.base import Base, Body, Text, choice, code_field, day, identifier, limit_field, number
from shared.events.registry import Pillar
from shared.events.schema import StrictBoolean, StrictInteger, StrictText

SERVICE_CODE = r"[a-z][a-z0-9_]{0,39}"
OFFICE_CODE = r"[a-z0-9][a-z0-9_-]{0,39}"
UNITS = ("resident", "stall", "record")
CONFIRM = "needed to change `unit` or `once`, on which recorded figures rest"


def is_code(pattern: str, text: str) -> bool:
    return re.fullmatch(pattern, text) is not None


def service_code(**options: Any) -> StrictText:
    return code_field(SERVICE_CODE, "mã nội dung hỗ trợ", "vneid_activation", **options)


def office_code(**options: Any) -> StrictText:
    return code_field(OFFICE_CODE, "mã cơ quan", "police_ward", **options)


def _distinct(values: list[Any]) -> None:
    if len(set(values)) != len(values):
        raise ma.ValidationError("Có giá trị bị lặp lại.")


def _pillars(**options: Any) -> fields.List[Any]:
    length = validate.Length(1, 5, error="Cần từ 1 đến 5 trụ cột.")
    return fields.List(choice(get_args(Pillar)), validate=[length, _distinct], **options)


class ServiceQuery(Base):
    limit = limit_field()
    after = service_code(load_default=None)


class ServiceContent(Body):
    """A service as a whole."""

    name_vi = Text(200, required=True, example="Kích hoạt tài khoản định danh điện tử (VNeID) mức độ 2")
    name_en = Text(200, required=True, example="VNeID activation")
    pillars = _pillars(required=True)
    unit = choice(UNITS, required=True)
    once = StrictBoolean(required=True, metadata={"description": "a resident (or stall) counts once"})
    due_days = number(0, 365, load_default=None, allow_none=True)
    may_return = StrictBoolean(load_default=True, metadata={"description": "the outcome `to_return` is possible"})


class NewService(ServiceContent):
    code = service_code(required=True)


class ServiceReplacement(ServiceContent):
    confirm = StrictBoolean(load_default=False, metadata={"description": CONFIRM})


class ServiceChange(Body):
    """What is given changes, the rest stays."""

    name_vi = Text(200, example="Kích hoạt VNeID mức độ 2")
    name_en = Text(200, example="VNeID activation")
    pillars = _pillars()
    unit = choice(UNITS)
    once = StrictBoolean()
    due_days = number(0, 365, allow_none=True)
    may_return = StrictBoolean()
    confirm = StrictBoolean(load_default=False, metadata={"description": CONFIRM})


class Service(Base):
    code = fields.String(metadata={"examples": ["vneid_activation"]})
    name_vi = fields.String(metadata={"examples": ["Kích hoạt tài khoản định danh điện tử (VNeID) mức độ 2"]})
    name_en = fields.String(metadata={"examples": ["VNeID activation"]})
    pillars = fields.List(choice(get_args(Pillar)))
    unit = choice(UNITS)
    once = StrictBoolean()
    due_days = StrictInteger(allow_none=True)
    may_return = StrictBoolean()
    version = StrictInteger()


class OfficeQuery(Base):
    limit = limit_field()
    after = office_code(load_default=None)
    area = identifier(load_default=None)
    open_on = day(load_default=None)


class NewOffice(Body):
    code = office_code(required=True)
    name = Text(required=True, example="Công an phường Dương Kinh")
    area_id = identifier(load_default=None, allow_none=True)


class OfficeChange(Body):
    """What is given changes, the rest stays."""

    name = Text(example="Công an phường Dương Kinh")
    area_id = identifier(allow_none=True)


class Office(Base):
    code = fields.String(metadata={"examples": ["police_ward"]})
    name = fields.String(metadata={"examples": ["Công an xã, phường, đặc khu"]})
    area_id = identifier(allow_none=True)
    closed_on = day(allow_none=True)
    version = StrictInteger()
