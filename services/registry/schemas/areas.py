"""Areas over time, as the API takes and gives them."""

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from services.registry.commands.areas import GROUP
from services.registry.model import LEVELS, SUCCESSIONS
from services.registry.schemas.base import Base, Body, PageQuery, Text, choice, code_field, day, identifier, number
from shared.events.schema import DateText, StrictBoolean, StrictInteger

ANY = "any"
# A group's code begins with a letter, so that a reader tells it from a national one, which has digits of its level.
CODES = {
    "province": ("[0-9]{2}", "mã tỉnh gồm 2 chữ số", "31"),
    "district": ("[0-9]{3}", "mã huyện gồm 3 chữ số", "309"),
    "ward": ("[0-9]{5}", "mã xã gồm 5 chữ số", "11692"),
    GROUP: ("[a-z][a-z0-9-]{0,31}", "mã tổ bắt đầu bằng chữ thường", "tdp-03"),
}
PEOPLE = (0, 200_000_000)


def described(field: fields.Field[Any], description: str) -> Any:
    """The field, with a sentence for the document."""
    field.metadata = {**field.metadata, "description": description}
    return field


class DayOrAny(DateText):
    """A day, or `any` for all times."""

    expectation = "Cần một ngày dạng 2026-03-15 (date), hoặc any."

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        return value if value == ANY else super()._deserialize(value, attr, data, **kwargs)


def _day_in_range(value: Any) -> None:
    if value != ANY:
        for check in day().validators:
            check(value)


class AreaQuery(PageQuery):
    code = code_field("[a-z0-9][a-z0-9-]{0,31}", "một mã đơn vị", "11692", load_default=None)
    on = DayOrAny(
        load_default=None,
        validate=_day_in_range,
        metadata={"examples": ["2025-06-30"], "description": "a day (default: today), or `any`: every meaning ever"},
    )
    level = choice(LEVELS, load_default=None)
    parent = identifier(load_default=None)
    name = Text(load_default=None, example="duong kinh")


class DayQuery(Base):
    on = day(load_default=None)


class Area(Base):
    area_id = identifier(required=True)
    code = fields.String(metadata={"examples": ["11692"]})
    name = fields.String(metadata={"examples": ["Phường Dương Kinh"]})
    level = choice(LEVELS)
    local_label = fields.String(allow_none=True, metadata={"examples": ["tổ dân phố"]})
    parent_id = identifier(allow_none=True)
    valid_from = day("2025-07-01")
    valid_to = day("2025-06-30", allow_none=True)
    households = StrictInteger(allow_none=True)
    residents = StrictInteger(allow_none=True)
    eligible = StrictInteger(allow_none=True, metadata={"description": "residents who may hold a level-2 account"})


class Relative(Base):
    area_id = identifier()
    code = fields.String(metadata={"examples": ["11689"]})
    name = fields.String(metadata={"examples": ["Phường Hưng Đạo"]})
    on = day("2025-07-01")
    kind = choice(SUCCESSIONS)
    is_main = StrictBoolean()


class AreaName(Base):
    area_id = identifier()
    code = fields.String(metadata={"examples": ["11692"]})
    name = fields.String(metadata={"examples": ["Phường Hải Thành"]})
    valid_from = day("2020-01-01")
    valid_to = day("2025-06-30", allow_none=True)
    by = choice(SUCCESSIONS, allow_none=True, metadata={"description": "how it came from the name before it"})


class AreaParent(Base):
    area_id = identifier()
    code = fields.String(metadata={"examples": ["11692"]})
    name = fields.String(metadata={"examples": ["Phường Dương Kinh"]})
    level = choice(LEVELS)
    valid_from = day("2025-07-01")
    valid_to = day("2025-06-30", allow_none=True)


class AreaInTime(Area):
    names = fields.List(
        fields.Nested(AreaName),
        metadata={"description": "back as long as it was only renamed or moved, and on by main successors"},
    )
    parents = fields.List(fields.Nested(AreaParent))
    predecessors = fields.List(fields.Nested(Relative))
    successors = fields.List(fields.Nested(Relative))


class NewArea(Body):
    level = choice(LEVELS, load_default=GROUP, metadata={"description": "default: residential_group"})
    parent = described(identifier(attribute="parent_id"), "required for a residential group and a district")
    code = code_field("[a-z0-9][a-z0-9-]{0,31}", "một mã đơn vị", "tdp-03", required=True)
    name = Text(required=True, example="Tổ dân phố số 3")
    local_label = Text(load_default=None, example="tổ dân phố")
    valid_from = described(day("2025-07-01", load_default=None), "default: the first day of its parent")
    households = number(*PEOPLE, load_default=None, allow_none=True)
    residents = number(*PEOPLE, load_default=None, allow_none=True)
    eligible = number(*PEOPLE, load_default=None, allow_none=True)

    @ma.validates_schema(skip_on_field_errors=False, pass_original=True)
    def check_level(self, data: dict[str, Any], original: Any, **_: Any) -> None:
        level = data.get("level")
        errors: dict[str, list[str]] = {}
        if level in ("district", GROUP) and isinstance(original, dict) and "parent" not in original:
            errors["parent"] = ["Thiếu trường bắt buộc (required)."]
        if level and "code" in data:
            pattern, expected, example = CODES[level]
            try:
                validate.Regexp(rf"^{pattern}(?![\s\S])")(data["code"])
            except ma.ValidationError:
                errors["code"] = [f"Cần {expected}, ví dụ {example}."]
        if level != GROUP and data.get("local_label"):
            errors["local_label"] = ["Chỉ tổ dân phố có tên gọi riêng."]
        if errors:
            raise ma.ValidationError(errors)


class AreaChange(Body):
    """What is given is changed; another name as a matter of fact is a succession (`rename`)."""

    name = Text(example="Phường Hoà Nghĩa")
    local_label = Text(allow_none=True, example="khu dân cư")
    households = number(*PEOPLE, allow_none=True)
    residents = number(*PEOPLE, allow_none=True)
    eligible = number(*PEOPLE, allow_none=True)


class TopArea(Base):
    area_id = identifier()
    code = fields.String(metadata={"examples": ["11692"]})
    name = fields.String(metadata={"examples": ["Phường Dương Kinh"]})
    level = choice(LEVELS)
    valid_from = day("2025-07-01")
    valid_to = day("2025-06-30", allow_none=True)


class Top(Base):
    code = fields.String(metadata={"examples": ["309"], "description": "of the setting CDS_TOP_AREA; empty: none"})
    on = day("2025-07-01")
    how = choice(
        ("itself", "successors", "everything", "unknown"),
        metadata={"description": "whether `items` are what the code names, what stands in its place, or all there is"},
    )
    named = fields.Nested(TopArea, allow_none=True, metadata={"description": "what the code names, perhaps ended"})
    items = fields.List(fields.Nested(TopArea))
    reporting_level = choice(("ward", GROUP))
