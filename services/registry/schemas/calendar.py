"""The days off of a year, as the API takes and gives them."""

from marshmallow import fields, validate

from services.registry.schemas.base import Base, Body, day, limit_field
from shared.events.schema import DateText, StrictInteger

OFF_DAYS = ["2026-01-01", "2026-04-30", "2026-05-01"]


class CalendarQuery(Base):
    limit = limit_field()
    after = fields.Integer(
        load_default=None,
        validate=validate.Range(0, 9999, error="Cần giá trị “next” của trang trước."),
        error_messages={"invalid": "Cần giá trị “next” của trang trước."},
        metadata={"description": "`next` of the page before"},
    )


class CalendarContent(Body):
    off_days = fields.List(
        day(),
        required=True,
        validate=validate.Length(max=366, error="Tối đa 366 ngày."),
        metadata={"description": "all days off of the year", "examples": [OFF_DAYS]},
    )


class CalendarYear(Base):
    year = StrictInteger(metadata={"examples": [2026]})
    off_days = fields.List(DateText(), metadata={"examples": [OFF_DAYS]})
    version = StrictInteger()
