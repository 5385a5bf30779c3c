"""Targets and what they expect by a day, as the API takes and gives them."""

import re
from typing import Any
from uuid import UUID

import marshmallow as ma
from marshmallow import fields, validate

from services.registry.model import LEVELS
from services.registry.schemas.areas import described
from services.registry.schemas.base import UUID_EXAMPLE, Base, Body, Text, choice, day, identifier, limit_field, number
from services.registry.schemas.catalogue import service_code
from shared.events.schema import DateText, StrictBoolean, StrictInteger, StrictText

MOST = 200_000_000  # people
SOURCE = "Công an phường Dương Kinh, ngày 28/2/2026"
UUID_PATTERN = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
CURVE = [{"date": "2026-03-15", "cumulative": 320}, {"date": "2026-03-31", "cumulative": 400}]


class Cursor(StrictText):
    """`next` of the page before: an area, a service and, after them, a version or a day."""

    def __init__(self, last: str, read: Any, example: str) -> None:
        self.pattern = re.compile(rf"({UUID_PATTERN})/([a-z][a-z0-9_]{{0,39}}){last}")
        self.read = read
        super().__init__(load_default=None, metadata={"examples": [f"{UUID_EXAMPLE}/vneid_activation{example}"]})

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        match = self.pattern.fullmatch(super()._deserialize(value, attr, data, **kwargs))
        try:
            area_id, service, *last = match.groups() if match else ()
            return (UUID(area_id), service, *map(self.read, last))
        except ValueError as error:
            raise ma.ValidationError("Cần giá trị “next” của trang trước.") from error


class CurvePoint(Base):
    date = day(required=True)
    cumulative = number(0, MOST, required=True)


class NewTarget(Base):
    area_id = identifier(required=True)
    service = service_code(required=True)
    as_of = day("2026-02-28", required=True)
    source = Text(200, required=True, example=SOURCE)
    eligible = number(0, MOST, required=True)
    already_done = number(0, MOST, required=True)
    excluded = number(0, MOST, load_default=0)
    goal = StrictInteger(
        load_default=None,
        allow_none=True,
        validate=validate.Range(0, MOST, error=f"Cần một số nguyên từ 0 đến {MOST}."),
        metadata={"description": "cumulative, includes already_done; by default eligible less excluded"},
    )
    curve = fields.List(
        fields.Nested(CurvePoint),
        load_default=list,
        validate=validate.Length(max=400, error="Tối đa 400 điểm."),
        metadata={"description": "how many are to be done in all by a day, by day", "examples": [CURVE]},
    )


class NewTargets(Body):
    targets = fields.List(
        fields.Nested(NewTarget), required=True, validate=validate.Length(1, 1000, error="Cần từ 1 đến 1000 chỉ tiêu.")
    )


class Target(Base):
    campaign_id = identifier()
    area_id = identifier()
    service = fields.String(metadata={"examples": ["vneid_activation"]})
    version = StrictInteger()
    as_of = DateText(metadata={"examples": ["2026-02-28"]})
    source = fields.String(metadata={"examples": [SOURCE]})
    eligible = StrictInteger()
    already_done = StrictInteger()
    excluded = StrictInteger()
    goal = StrictInteger()
    curve = fields.List(fields.Dict(), metadata={"examples": [CURVE]})


class TargetsSet(Base):
    """The versions that hold now; `set` are new, the others had this content already."""

    set = StrictInteger()
    unchanged = StrictInteger()
    items = fields.List(fields.Nested(Target))


class TargetQuery(Base):
    limit = limit_field()
    after = Cursor("/([1-9][0-9]{0,6})", int, "/2")
    area = identifier(load_default=None)
    service = service_code(load_default=None)
    as_of = described(day(load_default=None), "the newest version whose numbers are of that day or before")
    on = described(day(load_default=None), "the day of the tree; by default `as_of`, else today")
    versions = choice(("current", "all"), load_default="current")


class ExpectedQuery(Base):
    limit = limit_field()
    after = Cursor("", int, "")
    on = described(day(load_default=None), "by default today")
    area = described(identifier(load_default=None), "with everything below it on that day")
    service = service_code(load_default=None)


class Expectation(Base):
    area_id = identifier()
    code = fields.String(metadata={"examples": ["tdp-03"]})
    name = fields.String(metadata={"examples": ["Tổ dân phố số 3"]})
    level = choice(LEVELS)
    service = fields.String(metadata={"examples": ["vneid_activation"]})
    version = StrictInteger()
    as_of = DateText()
    eligible = StrictInteger()
    already_done = StrictInteger()
    goal = StrictInteger()
    expected = StrictInteger(metadata={"description": "by the end of the day"})
    of_parts = StrictBoolean(metadata={"description": "`expected` is the sum over the areas below that have a target"})


class Total(Base):
    service = fields.String(metadata={"examples": ["vneid_activation"]})
    already_done = StrictInteger()
    goal = StrictInteger()
    expected = StrictInteger()


class Expectations(Base):
    on = DateText()
    totals = fields.List(fields.Nested(Total))
    items = fields.List(fields.Nested(Expectation), required=True)
    next = fields.String(allow_none=True)
