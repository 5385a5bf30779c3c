"""The common manners of what the registry takes and gives.

Guarantee: an unknown field, a missing one and a wrong one are each named, in Vietnamese; text is NFC without
control characters, so what is stored is what is shown.
"""

import datetime as dt
import unicodedata
from typing import Any, cast

import marshmallow as ma
from marshmallow import fields, validate

from shared.events.base import NO_CONTROLS
from shared.events.schema import DateText, StrictInteger, StrictText, UuidText

FIRST_DAY, LAST_DAY = dt.date(1900, 1, 1), dt.date(2199, 12, 31)
UUID_EXAMPLE = "5b1cc62a-6a0c-5a3e-8a52-8d1a2c9d7f10"


class Base(ma.Schema):
    """The common manners: unknown fields are refused by name."""

    error_messages: dict[str, str] = {
        "unknown": "Không có trường này (unknown field).",
        "type": "Cần một đối tượng JSON (object).",
    }

    class Meta:
        unknown = ma.RAISE

    def on_bind_field(self, field_name: str, field_obj: fields.Field[Any]) -> None:
        field_obj.error_messages = field_obj.error_messages | {
            "required": "Thiếu trường bắt buộc (required).",
            "null": "Trường này không được để trống (null).",
        }


class Text(StrictText):
    """One line for people: NFC, single spaces, no control characters."""

    def __init__(self, longest: int = 100, *, example: str = "", **options: Any) -> None:
        checks = [
            validate.Length(min=1, max=longest, error=f"Cần từ 1 đến {longest} ký tự."),
            validate.Regexp(NO_CONTROLS, error="Không được có ký tự điều khiển."),
        ]
        super().__init__(validate=checks, metadata={"examples": [example]} if example else {}, **options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        if not text.isprintable() and any("\ud800" <= char <= "\udfff" for char in text):
            raise ma.ValidationError("Có nửa ký tự Unicode (lone surrogate).")
        return " ".join(unicodedata.normalize("NFC", text).split(" ")).strip()


def code_field(pattern: str, expected: str, example: str, **options: Any) -> StrictText:
    check = validate.Regexp(rf"^{pattern}(?![\s\S])", error=f"Cần {expected}, ví dụ {example}.")
    return StrictText(validate=check, metadata={"examples": [example]}, **options)


def choice(values: tuple[str, ...], **options: Any) -> StrictText:
    return StrictText(validate=validate.OneOf(values, error=f"Giá trị được nhận: {', '.join(values)}."), **options)


def identifier(**options: Any) -> UuidText:
    return UuidText(metadata={"examples": [UUID_EXAMPLE]}, **options)


def identifiers(most: int, **options: Any) -> fields.List[Any]:
    return fields.List(UuidText(), validate=validate.Length(max=most), **options)


def day(example: str = "2026-03-15", **options: Any) -> DateText:
    return DateText(validate=_in_range, metadata={"examples": [example]}, **options)


def _in_range(value: dt.date) -> None:
    if not FIRST_DAY <= value <= LAST_DAY:
        raise ma.ValidationError(f"Cần một ngày từ {FIRST_DAY} đến {LAST_DAY}.")


def number(least: int, most: int, **options: Any) -> StrictInteger:
    check = validate.Range(least, most, error=f"Cần một số nguyên từ {least} đến {most}.")
    return StrictInteger(validate=check, **options)


def limit_field() -> fields.Integer:
    expected = "Cần một số nguyên từ 1 đến 500."
    return fields.Integer(
        load_default=100,
        validate=validate.Range(1, 500, error=expected),
        error_messages={"invalid": expected},
        metadata={"description": "rows of a page"},
    )


class Body(Base):
    """What a change is told in; the reason stands in the audit, beside who made it."""

    reason = Text(200, load_default=None, example="Theo đề nghị của tổ trưởng")


class PageQuery(Base):
    limit = limit_field()
    after = identifier(load_default=None, allow_none=False)


def page_of(item: type[ma.Schema]) -> type[ma.Schema]:
    """The schema of a page: its items, and the key to give as `after` for the next one."""
    members = {"items": fields.List(fields.Nested(item), required=True), "next": identifier(allow_none=True)}
    return cast(type[ma.Schema], type(f"{item.__name__}Page", (Base,), members))


def keyed_page_of(item: type[ma.Schema]) -> type[ma.Schema]:
    """As `page_of`, where the key is a text: a code, or several parts joined by /."""
    members = {"items": fields.List(fields.Nested(item), required=True), "next": fields.String(allow_none=True)}
    return cast(type[ma.Schema], type(f"{item.__name__}Page", (Base,), members))
