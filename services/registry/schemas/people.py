"""Volunteers, as the API takes and gives them."""

from typing import get_args

from marshmallow import fields

from services.registry.schemas.base import Base, Body, PageQuery, Text, choice, day, identifier, number
from shared.events.people import VolunteerKind
from shared.events.schema import StrictInteger


class VolunteerQuery(PageQuery):
    ward = identifier(load_default=None)
    on = day(load_default=None)


class NewVolunteer(Body):
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
