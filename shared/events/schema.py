"""The marshmallow schema of an event, derived from its class; it names every wrong field at once.

Guarantee: it accepts and refuses the same inputs as the fast decoder and gives the same values
(tests/unit/test_event_decoders.py shows it on generated inputs).
It is the slow, explaining half: the intake asks it only why the fast decoder refused, and the documents
(OpenAPI, JSON Schema) are made from it.
Step 1 of the event path (docs/architecture.md).
"""

import datetime as dt
import re
import uuid
from collections.abc import Callable
from functools import cache
from typing import Any, cast

import marshmallow as ma
import msgspec
from marshmallow import fields, validate
from msgspec import inspect as mi

from shared.events.base import Event, Moment


class StrictInteger(fields.Integer):
    """A JSON integer: no text, no fraction, no boolean."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        if type(value) is not int:
            raise ma.ValidationError("Cần một số nguyên (integer).")
        return value


class StrictBoolean(fields.Boolean):
    """A JSON boolean: no text, no number."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        if not isinstance(value, bool):
            raise ma.ValidationError("Cần true hoặc false (boolean).")
        return value


class StrictText(fields.String):
    """A JSON string."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        if not isinstance(value, str):
            raise ma.ValidationError("Cần một chuỗi ký tự (string).")
        return value


class _Parsed(fields.Field[Any]):
    """A text that stands for a value of another type."""

    target: Any = str
    expectation = ""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if not isinstance(value, str):
            raise ma.ValidationError(self.expectation)
        try:
            return msgspec.convert(value, self.target)
        except msgspec.ValidationError as error:
            raise ma.ValidationError(explain_moment(value) or self.expectation) from error

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> Any:
        return msgspec.to_builtins(value)


class UuidText(_Parsed):
    target = uuid.UUID
    expectation = "Cần một UUID, ví dụ 0190f5c2-7b1c-7d3e-9a4b-1c2d3e4f5a6b."


class DateText(_Parsed):
    target = dt.date
    expectation = "Cần một ngày dạng 2026-03-15 (date)."


class MomentText(_Parsed):
    target = Moment
    expectation = "Cần thời điểm RFC 3339 có múi giờ, ví dụ 2026-03-15T18:10:00+07:00."


def explain_moment(value: str) -> str | None:
    """The message for a time that is right but for its missing offset; None for anything else."""
    try:
        moment = dt.datetime.fromisoformat(value)
    except ValueError:
        return None
    if moment.tzinfo is not None or "T" not in value:
        return None
    return f"Giờ “{value[:40]}” thiếu múi giờ. Vui lòng gửi dạng {value[:19]}+07:00."


def _text(kind: mi.StrType) -> fields.Field[Any]:
    checks: list[validate.Validator] = []
    if kind.min_length is not None or kind.max_length is not None:
        checks.append(validate.Length(min=kind.min_length, max=kind.max_length))
    if kind.pattern is not None:
        checks.append(_Pattern(kind.pattern))
    return StrictText(validate=checks)


class _Pattern(validate.Validator):
    """Searches, as JSON Schema and the fast decoder do."""

    def __init__(self, pattern: str) -> None:
        self._regex = re.compile(pattern)

    def __call__(self, value: str) -> str:
        if self._regex.search(value) is None:
            raise ma.ValidationError(f"Giá trị không đúng dạng (pattern {self._regex.pattern}).")
        return value


def _list(kind: mi.ListType) -> fields.Field[Any]:
    inner = _field(kind.item_type)
    checks = [validate.Length(min=kind.min_length, max=kind.max_length)] if _bounded(kind) else []
    return fields.List(inner, validate=checks)


def _bounded(kind: mi.ListType) -> bool:
    return kind.min_length is not None or kind.max_length is not None


def _field(kind: mi.Type) -> fields.Field[Any]:
    """The marshmallow field of one inspected type; a type without a rule here stops the program at start."""
    if isinstance(kind, mi.Metadata):
        return _field(kind.type)
    if isinstance(kind, mi.UnionType):
        return _optional(kind)
    if isinstance(kind, mi.LiteralType):
        allowed = ", ".join(map(str, kind.values))
        return StrictText(validate=validate.OneOf(kind.values, error=f"Giá trị được nhận: {allowed}."))
    if isinstance(kind, mi.IntType):
        return StrictInteger(validate=validate.Range(min=kind.ge, max=kind.le))
    if isinstance(kind, mi.StructType):
        return fields.Nested(schema_of(kind.cls))
    makers: dict[type[mi.Type], Callable[[Any], fields.Field[Any]]] = {
        mi.AnyType: lambda _: fields.Raw(allow_none=True),
        mi.StrType: _text,
        mi.ListType: _list,
        mi.BoolType: lambda _: StrictBoolean(),
        mi.UUIDType: lambda _: UuidText(),
        mi.DateType: lambda _: DateText(),
        mi.DateTimeType: lambda _: MomentText(),
    }
    return makers[type(kind)](kind)


def _optional(kind: mi.UnionType) -> fields.Field[Any]:
    (inner,) = (member for member in kind.types if not isinstance(member, mi.NoneType))
    made = _field(inner)
    made.allow_none = True
    return made


@cache
def schema_of(cls: type[msgspec.Struct]) -> type[ma.Schema]:
    """The marshmallow schema class of an event (or of a part of one); loading gives an instance of `cls`."""
    info = cast(mi.StructType, mi.type_info(cls))
    members: dict[str, Any] = {}
    for item in info.fields:
        made = _field(item.type)
        made.required = item.required
        made.data_key = item.encode_name
        made.error_messages["required"] = "Thiếu trường bắt buộc (required)."
        made.error_messages["null"] = "Trường này không được để trống (null)."
        members[item.name] = made
    unknown = ma.RAISE if info.forbid_unknown_fields else ma.EXCLUDE
    members["Meta"] = type("Meta", (ma.Schema.Meta,), {"unknown": unknown})
    members["make"] = ma.post_load(lambda self, values, **_: _make(cls, values))
    return type(cls.__name__ + "Schema", (_Base,), members)


class _Base(ma.Schema):
    error_messages = {"unknown": "Không có trường này (unknown field).", "type": "Cần một đối tượng JSON (object)."}


def _make(cls: type[msgspec.Struct], values: dict[str, Any]) -> msgspec.Struct:
    try:
        return cls(**values)
    except ValueError as error:
        field, _, message = str(error).partition(": ")
        raise ma.ValidationError({field: [message]}) from error


def json_schema(cls: type[Event]) -> dict[str, Any]:
    """The JSON Schema (2020-12) of an event's data, with its address as `$id` filled by the service."""
    schema = msgspec.json.schema(cls)
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = cls.ce_type()
    return schema
