"""Community Digital Technology Teams, as the API takes and gives them."""

from typing import get_args

from marshmallow import fields, validate

from services.registry.schemas.base import Base, Body, PageQuery, Text, choice, day, identifier
from shared.events.people import Position
from shared.events.schema import StrictInteger

POSITIONS = get_args(Position)


class TeamQuery(PageQuery):
    area = identifier(load_default=None)
    on = day(load_default=None)


class NewMember(Base):
    volunteer_id = identifier(required=True)
    position = choice(POSITIONS, load_default="member")


class NewTeam(Body):
    name = Text(required=True, example="Tổ công nghệ số cộng đồng số 3")
    area_id = identifier(required=True)
    on = day("2023-03-01", required=True)
    members = fields.List(fields.Nested(NewMember), load_default=list, validate=validate.Length(max=100))


class TeamChange(Body):
    name = Text(required=True, example="Tổ công nghệ số cộng đồng số 3")


class Joining(Body, NewMember):
    on = day(required=True)


class Team(Base):
    team_id = identifier(required=True)
    name = fields.String(metadata={"examples": ["Tổ công nghệ số cộng đồng số 3"]})
    area_id = identifier(allow_none=True)
    formed_on = day("2023-03-01")
    dissolved_on = day(allow_none=True)
    members_count = StrictInteger(metadata={"description": "members on the day"})


class Member(Base):
    """The name is there only for a token with `registry:write`."""

    volunteer_id = identifier()
    full_name = fields.String(allow_none=True, metadata={"examples": ["Nguyễn Văn An"]})
    position = choice(POSITIONS)
    joined_on = day("2023-03-01")


class TeamPlacedOn(Base):
    area_id = identifier()
    placed_on = day()


class TeamInTime(Team):
    members = fields.List(fields.Nested(Member))
    placements = fields.List(fields.Nested(TeamPlacedOn))
