"""Areas over time and their successions, as the API takes and gives them."""

from marshmallow import fields, validate

from services.registry.model import LEVELS
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
from shared.events.schema import StrictBoolean, StrictInteger, UuidText


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


class NewGroup(Body):
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


class NewSuccession(Body):
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
