"""Volunteers, as the API gives them."""

from typing import get_args

from marshmallow import fields

from services.registry.schemas.base import Base, choice, day, identifier, keyed_page_of, page_of
from services.registry.schemas.people import KINDS, STATUSES
from shared.events.people import Position
from shared.events.schema import StrictInteger


class Volunteer(Base):
    """Name and phone are there only for a token with `registry:write`."""

    volunteer_id = identifier(required=True)
    full_name = fields.String(allow_none=True, metadata={"examples": ["Nguyễn Văn An"]})
    phone = fields.String(allow_none=True, metadata={"examples": ["+84990000001"]})
    kind = choice(KINDS)
    unit = fields.String(allow_none=True, metadata={"examples": ["Chi đoàn tổ dân phố số 3"]})
    area_id = identifier(allow_none=True)
    birth_year = StrictInteger(allow_none=True)
    skills = fields.List(fields.String())
    languages = fields.List(fields.String())
    joined_on = day("2023-03-01", allow_none=True)
    retired_on = day(allow_none=True)
    consent_on = day(allow_none=True)
    consent_text = fields.String(allow_none=True, metadata={"examples": ["v1-2023"]})
    status = choice(STATUSES)
    merged_into = identifier(allow_none=True)
    erased_on = day(allow_none=True)


class Duplicate(Volunteer):
    score = StrictInteger(metadata={"description": "1 to 100, a ranking and no probability"})
    reason = fields.String(metadata={"examples": ["Trùng số điện thoại, cùng xã, phường"]})


class RegisteredVolunteer(Volunteer):
    probable_duplicates = fields.List(fields.Nested(Duplicate))


class PlacedOn(Base):
    area_id = identifier()
    placed_on = day()
    code = fields.String()
    name = fields.String()


class StayInTeam(Base):
    team_id = identifier()
    name = fields.String()
    position = choice(get_args(Position))
    joined_on = day()
    left_on = day(allow_none=True)


class VolunteerInTime(Volunteer):
    """`merged_from` are the records that turned out to be this person."""

    placements = fields.List(fields.Nested(PlacedOn))
    teams = fields.List(fields.Nested(StayInTeam))
    merged_from = fields.List(identifier())


class Conflict(Base):
    """A field of which both records said something else; `kept` holds."""

    field = choice(("full_name", "phone", "kind", "unit", "birth_year"))
    kept = fields.Raw()
    other = fields.Raw()


class MergedVolunteer(VolunteerInTime):
    conflicts = fields.List(fields.Nested(Conflict))


class Pair(Base):
    one = fields.Nested(Volunteer)
    other = fields.Nested(Volunteer)
    score = StrictInteger()
    reason = fields.String()


class TwoPersonsNoted(Base):
    one_id = identifier()
    other_id = identifier()


VolunteerPage = page_of(Volunteer)
PairPage = keyed_page_of(Pair)
