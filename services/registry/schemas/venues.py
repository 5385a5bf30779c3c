"""Venues, as the API takes and gives them.

Guarantee: opening hours are checked as a whole: each opens before it closes, and no two overlap on a day.
"""

from itertools import pairwise
from typing import Any, get_args

import marshmallow as ma
from marshmallow import fields, validate

from services.registry.schemas.areas import described
from services.registry.schemas.base import (
    Base,
    Body,
    PageQuery,
    Text,
    choice,
    code_field,
    day,
    identifier,
    identifiers,
    number,
)
from shared.events.registry import VenueKind
from shared.events.schema import StrictInteger, UuidText

KIND = get_args(VenueKind)
WEEKDAYS = "1 is Monday, 7 is Sunday"
NAME = "Nhà văn hóa tổ dân phố số 3"
HOURS = [{"days": [1, 2, 3, 4, 5], "opens": "07:30", "closes": "11:30"}]


class StrictNumber(fields.Float):
    """A JSON number between two others: no text, no boolean; a whole number of any size is compared, not converted."""

    def __init__(self, least: float, most: float, **options: Any) -> None:
        check = validate.Range(least, most, error=f"Cần một số từ {least} đến {most}.")
        super().__init__(validate=check, **options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ma.ValidationError("Cần một số (number).")
        return value if isinstance(value, int) and abs(value) > 2**53 else float(value)


def _time(**options: Any) -> fields.String:
    return code_field("([01][0-9]|2[0-3]):[0-5][0-9]", "giờ và phút từ 00:00 đến 23:59", "07:30", **options)


class OpeningHours(Base):
    days = fields.List(
        number(1, 7),
        required=True,
        validate=validate.Length(1, 7, error="Cần từ 1 đến 7 ngày trong tuần."),
        metadata={"description": WEEKDAYS, "examples": [[1, 2, 3, 4, 5]]},
    )
    opens = _time(required=True)
    closes = _time(required=True)

    @ma.validates_schema
    def check(self, data: dict[str, Any], **_: Any) -> None:
        if len(set(data["days"])) != len(data["days"]):
            raise ma.ValidationError("Có ngày bị lặp lại.", "days")
        if data["opens"] >= data["closes"]:
            raise ma.ValidationError(f"Giờ đóng cửa phải sau giờ mở cửa {data['opens']}.", "closes")


def _no_overlap(hours: list[dict[str, Any]]) -> None:
    for weekday in range(1, 8):
        spans = sorted((one["opens"], one["closes"]) for one in hours if weekday in one["days"])
        for (opens, closes), (next_opens, next_closes) in pairwise(spans):
            if next_opens < closes:
                told = f"{opens}-{closes} và {next_opens}-{next_closes}"
                raise ma.ValidationError(f"Giờ mở cửa ngày thứ {weekday} trong tuần chồng nhau: {told}.")


def opening_hours(**options: Any) -> fields.List[Any]:
    length = validate.Length(max=50, error="Tối đa 50 khoảng giờ.")
    inner = fields.Nested(OpeningHours)
    return fields.List(inner, validate=(length, _no_overlap), metadata={"examples": [HOURS]}, **options)


class VenueQuery(PageQuery):
    area = described(identifier(load_default=None), "with everything below it on the day `on`")
    on = described(day(load_default=None), "the day of the tree and of where each venue is; by default today")
    kind = choice(KIND, load_default=None)
    open_on = described(day(load_default=None), "known, not closed, and open on that weekday if its hours are known")
    q = described(Text(load_default=None, example="nha van hoa"), "words of the name, however they are typed")


class NewVenue(Body):
    name = Text(required=True, example=NAME)
    kind = choice(KIND, required=True)
    area_id = identifier(required=True)
    placed_on = described(day(load_default=None, allow_none=True), "since when it is there; by default today")
    serves = identifiers(200, load_default=list)
    stalls = number(0, 100_000, load_default=None, allow_none=True)
    latitude = StrictNumber(-90, 90, load_default=None, allow_none=True)
    longitude = StrictNumber(-180, 180, load_default=None, allow_none=True)
    opening_hours = opening_hours(load_default=list)


class VenueChange(Body):
    """What is given changes, the rest stays."""

    name = Text(example=NAME)
    kind = choice(KIND)
    serves = identifiers(200)
    stalls = number(0, 100_000, allow_none=True)
    latitude = StrictNumber(-90, 90, allow_none=True)
    longitude = StrictNumber(-180, 180, allow_none=True)
    opening_hours = opening_hours()


class VenueMove(Body):
    area_id = identifier(required=True)
    on = day(required=True)


class Venue(Base):
    venue_id = identifier(required=True)
    name = fields.String(metadata={"examples": [NAME]})
    kind = choice(KIND)
    area_id = identifier()
    serves = fields.List(UuidText())
    stalls = StrictInteger(allow_none=True)
    latitude = fields.Float(allow_none=True, metadata={"examples": [20.79]})
    longitude = fields.Float(allow_none=True, metadata={"examples": [106.71]})
    opening_hours = fields.List(fields.Nested(OpeningHours), metadata={"examples": [HOURS]})
    closed_on = day(allow_none=True)
    version = StrictInteger()


class Placement(Base):
    area_id = identifier()
    placed_on = day("2025-07-01")


class VenueInTime(Venue):
    placements = fields.List(fields.Nested(Placement), metadata={"description": "where it is from which day on"})
