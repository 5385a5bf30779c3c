"""The common manners of the reading routes' parameters and answers.

Guarantee: a parameter that is not known, and one that is wrong, is named, with what was expected.
"""

from typing import Any, cast

import marshmallow as ma
import msgspec
from marshmallow import fields, validate

from services.sessions.queries.pages import SEPARATOR
from shared.events.base import END
from shared.events.schema import DateText, UuidText

SUBJECT_EXAMPLE = "0190f5c2-7b1c-7d3e-9a4b-1c2d3e4f5a6b"
EVENT_EXAMPLE = "0190f5c2-7b1d-7aaa-8c11-2f3e4d5c6b7a"
NEXT = "Cần giá trị “next” của trang trước."


class Query(ma.Schema):
    """The parameters of a question: those that are not known are refused."""

    error_messages = {"unknown": "Không có tham số này (unknown field)."}

    class Meta:
        unknown = ma.RAISE


class Cursor(fields.Field[tuple[Any, ...]]):
    """The text that `queries.pages.cursor` made, as its parts again; a single part alone."""

    def __init__(self, *parts: Any, **options: Any) -> None:
        told = {"description": "`next` of the page before", "type": "string"}
        super().__init__(load_default=None, allow_none=False, metadata=told | options.pop("metadata", {}), **options)
        self.parts = parts

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        given = str(value)[:300].split(SEPARATOR)
        if len(given) != len(self.parts):
            raise ma.ValidationError(NEXT)
        try:
            found = tuple(msgspec.convert(one, kind, strict=False) for one, kind in zip(given, self.parts, strict=True))
        except msgspec.ValidationError as error:
            raise ma.ValidationError(NEXT) from error
        return found if len(found) > 1 else found[0]


def limit_field(default: int = 100) -> fields.Integer:
    expected = "Cần một số nguyên từ 1 đến 500."
    return fields.Integer(
        load_default=default,
        validate=validate.Range(1, 500, error=expected),
        error_messages={"invalid": expected},
        metadata={"description": "most rows of a page"},
    )


def yes_or_no(description: str) -> fields.Boolean:
    return fields.Boolean(
        load_default=None,
        allow_none=False,
        truthy={"true"},
        falsy={"false"},
        error_messages={"invalid": "Cần true hoặc false (boolean)."},
        metadata={"description": description},
    )


def choice(values: tuple[str, ...], description: str) -> fields.String:
    check = validate.OneOf(values, error=f"Giá trị được nhận: {', '.join(values)}.")
    return fields.String(load_default=None, allow_none=False, validate=check, metadata={"description": description})


def text(pattern: str, expected: str, description: str, example: str) -> fields.String:
    check = validate.Regexp(rf"^(?:{pattern}){END}", error=f"Cần {expected}, ví dụ {example}.")
    told = {"description": description, "examples": [example]}
    return fields.String(load_default=None, allow_none=False, validate=check, metadata=told)


def area_field() -> fields.String:
    meaning = "only this area and those below it, as the code means on the day of each: `tdp-03`, `11692` or an id"
    return text("[A-Za-z0-9/-]{1,64}", "mã đơn vị", meaning, "tdp-03")


def day_field(description: str) -> DateText:
    told = {"description": description, "examples": ["2026-03-15"]}
    return DateText(load_default=None, allow_none=False, metadata=told)


class PageQuery(Query):
    limit = limit_field()


class Place(ma.Schema):
    """A ward as the platform knows it now."""

    area_id = UuidText(required=True)
    code = fields.String(required=True, metadata={"examples": ["11692"]})
    name = fields.String(required=True, metadata={"examples": ["Phường Dương Kinh"]})


def page_schema(name: str, item: type[ma.Schema], **more: Any) -> type[ma.Schema]:
    """The schema of a page: its items, and the cursor of the next one."""
    told = {"description": "to give as `after` for the next page; null on the last"}
    members: dict[str, Any] = {
        "items": fields.List(fields.Nested(item), required=True),
        "next": fields.String(required=True, allow_none=True, metadata=told),
    }
    return cast(type[ma.Schema], type(f"{name}Schema", (ma.Schema,), members | more))
