"""Venues, services and offices, as the API takes and gives them."""

from typing import get_args

from marshmallow import fields

from services.registry.schemas.base import Base, Body, PageQuery, Text, choice, day, identifier, identifiers, number
from shared.events.registry import Pillar, VenueKind
from shared.events.schema import StrictBoolean, StrictInteger, UuidText


class PlaceQuery(PageQuery):
    area = identifier(load_default=None)
    on = day(load_default=None)


class NewVenue(Body):
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
    may_return = StrictBoolean()


class Services(Base):
    items = fields.List(fields.Nested(Service))


class Office(Base):
    code = fields.String(metadata={"examples": ["police_ward"]})
    name = fields.String(metadata={"examples": ["Công an xã, phường, đặc khu"]})
    area_id = identifier(allow_none=True)


class Offices(Base):
    items = fields.List(fields.Nested(Office))
