"""What the registry's API takes and gives, as marshmallow schemas; the OpenAPI document is made from them.

Guarantee: an unknown field, a missing one and a wrong one are each named, in Vietnamese; text is NFC without
control characters, so what is stored is what is shown.
"""

import datetime as dt
import unicodedata
from typing import Any, cast, get_args

import marshmallow as ma
from marshmallow import fields, validate

from services.registry.commands.clients import CLIENT_ID, SCOPES
from services.registry.model import LEVELS
from shared.events.base import NO_CONTROLS
from shared.events.registry import Pillar, VenueKind, VolunteerKind
from shared.events.schema import DateText, StrictBoolean, StrictInteger, StrictText, UuidText

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


# ---- pages -------------------------------------------------------------------------------------------------


class PageQuery(Base):
    limit = fields.Integer(
        load_default=100,
        validate=validate.Range(1, 500, error="Cần một số nguyên từ 1 đến 500."),
        error_messages={"invalid": "Cần một số nguyên từ 1 đến 500."},
        metadata={"description": "rows of a page"},
    )
    after = identifier(load_default=None, allow_none=False)


def page_of(item: type[ma.Schema]) -> type[ma.Schema]:
    """The schema of a page: its items, and the key to give as `after` for the next one."""
    members = {"items": fields.List(fields.Nested(item), required=True), "next": identifier(allow_none=True)}
    return cast(type[ma.Schema], type(f"{item.__name__}Page", (Base,), members))


# ---- areas -------------------------------------------------------------------------------------------------


class AreaQuery(PageQuery):
    code = code_field("[a-z0-9][a-z0-9-]{0,31}", "một mã đơn vị", "11692", load_default=None)
    on = day(load_default=None)
    level = choice(LEVELS, load_default=None)
    parent = identifier(load_default=None)


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


class Relative(Base):
    area_id = identifier()
    code = fields.String(metadata={"examples": ["11689"]})
    name = fields.String(metadata={"examples": ["Phường Hưng Đạo"]})
    on = day("2025-07-01")
    kind = choice(("merge", "split", "rename", "move"))
    is_main = StrictBoolean()


class AreaInTime(Area):
    predecessors = fields.List(fields.Nested(Relative))
    successors = fields.List(fields.Nested(Relative))


class NewGroup(Base):
    parent = identifier(required=True, attribute="ward_id")
    code = code_field("[a-z][a-z0-9-]{0,31}", "mã tổ bắt đầu bằng chữ thường", "tdp-03", required=True)
    name = Text(required=True, example="Tổ dân phố số 3")
    local_label = Text(load_default="tổ dân phố", example="tổ dân phố")
    valid_from = day("2025-07-01", load_default=None)
    households = number(0, 200_000_000, load_default=None, allow_none=True)
    residents = number(0, 200_000_000, load_default=None, allow_none=True)


class NewSuccessor(Base):
    area_id = identifier(required=True)
    is_main = StrictBoolean(load_default=False)
    groups = identifiers(1000, load_default=list)


class NewSuccession(Base):
    on = day("2025-07-01", required=True)
    kind = choice(("merge", "split", "rename", "move"), required=True)
    from_ = fields.List(UuidText(), required=True, data_key="from", validate=validate.Length(1, 100))
    to = fields.List(fields.Nested(NewSuccessor), required=True, validate=validate.Length(1, 100))


class Succession(Base):
    from_id = identifier()
    to_id = identifier()
    succeeds_on = day("2025-07-01")
    kind = choice(("merge", "split", "rename", "move"))
    is_main = StrictBoolean()


# ---- venues, services, offices -----------------------------------------------------------------------------


class PlaceQuery(PageQuery):
    area = identifier(load_default=None)


class NewVenue(Base):
    name = Text(required=True, example="Nhà văn hóa tổ dân phố số 3")
    kind = choice(get_args(VenueKind), required=True)
    area_id = identifier(required=True)
    serves = identifiers(200, load_default=list)
    stalls = number(0, 100_000, load_default=None, allow_none=True)


class Venue(Base):
    venue_id = identifier(required=True)
    name = fields.String(metadata={"examples": ["Nhà văn hóa tổ dân phố số 3"]})
    kind = choice(get_args(VenueKind))
    area_id = identifier()
    serves = fields.List(UuidText())
    stalls = StrictInteger(allow_none=True)
    closed_on = day(allow_none=True)


class Service(Base):
    code = fields.String(metadata={"examples": ["vneid_activation"]})
    name_vi = fields.String(metadata={"examples": ["Kích hoạt tài khoản định danh điện tử (VNeID) mức độ 2"]})
    name_en = fields.String(metadata={"examples": ["VNeID activation"]})
    pillars = fields.List(choice(get_args(Pillar)))
    unit = choice(("resident", "stall", "record"))
    once = StrictBoolean()
    due_days = StrictInteger(allow_none=True)


class Services(Base):
    items = fields.List(fields.Nested(Service))


class Office(Base):
    code = fields.String(metadata={"examples": ["police_ward"]})
    name = fields.String(metadata={"examples": ["Công an xã, phường, đặc khu"]})
    area_id = identifier(allow_none=True)


class Offices(Base):
    items = fields.List(fields.Nested(Office))


# ---- people ------------------------------------------------------------------------------------------------


class VolunteerQuery(PageQuery):
    ward = identifier(load_default=None)


class NewVolunteer(Base):
    full_name = Text(required=True, example="Nguyễn Văn An")
    phone = Text(30, load_default=None, allow_none=True, example="0990 000 001")
    kind = choice(get_args(VolunteerKind), required=True)
    unit = Text(load_default=None, allow_none=True, example="Chi đoàn tổ dân phố số 3")
    area_id = identifier(required=True)
    birth_year = number(1900, 2100, load_default=None, allow_none=True)
    joined_on = day("2023-03-01", load_default=None, allow_none=True)


class Volunteer(Base):
    """Name and phone are there only for a token with `registry:write`."""

    volunteer_id = identifier(required=True)
    full_name = fields.String(metadata={"examples": ["Nguyễn Văn An"]})
    phone = fields.String(allow_none=True, metadata={"examples": ["+84990000001"]})
    kind = choice(get_args(VolunteerKind))
    unit = fields.String(allow_none=True, metadata={"examples": ["Chi đoàn tổ dân phố số 3"]})
    area_id = identifier()
    birth_year = StrictInteger(allow_none=True)
    joined_on = day("2023-03-01", allow_none=True)
    retired_on = day(allow_none=True)


# ---- clients -----------------------------------------------------------------------------------------------


class NewClient(Base):
    client_id = code_field(CLIENT_ID, "chữ thường, số, gạch nối", "app-duong-kinh", load_default=None)
    name = Text(required=True, example="Ứng dụng phường Dương Kinh")
    areas = identifiers(1000, load_default=list)
    scopes = fields.List(choice(SCOPES), validate=validate.Length(min=1, max=10))


class Client(Base):
    client_id = fields.String(required=True, metadata={"examples": ["app-duong-kinh"]})
    name = fields.String(metadata={"examples": ["Ứng dụng phường Dương Kinh"]})
    areas = fields.List(UuidText())
    scopes = fields.List(choice(SCOPES))
    enabled_at = fields.AwareDateTime(format="iso")
    revoked_at = fields.AwareDateTime(format="iso", allow_none=True)


class ClientWithSecret(Client):
    client_secret = fields.String(required=True, metadata={"description": "shown once, not stored"})


class Clients(Base):
    items = fields.List(fields.Nested(Client))
