"""The audit, as the API gives it."""

from marshmallow import fields, validate

from services.registry.schemas.base import Base, choice, code_field, limit_field

KINDS = (
    "area",
    "area_succession",
    "area_transfer",
    "calendar_year",
    "campaign",
    "client",
    "not_duplicate",
    "office",
    "official_count",
    "placement",
    "service",
    "target",
    "team",
    "team_member",
    "venue",
    "volunteer",
)


class ChangeQuery(Base):
    limit = limit_field()
    before = fields.Integer(
        load_default=None,
        validate=validate.Range(1, 2**63 - 1, error="Cần giá trị “next” của trang trước."),
        error_messages={"invalid": "Cần giá trị “next” của trang trước."},
        metadata={"description": "`next` of the page before"},
    )
    kind = choice(KINDS, load_default=None)
    subject = code_field("[A-Za-z0-9/_-]{1,120}", "khóa của đối tượng", "app-duong-kinh", load_default=None)
    actor = code_field("[A-Za-z0-9:._-]{1,100}", "người thay đổi", "app-duong-kinh", load_default=None)


class Change(Base):
    change_id = fields.Integer()
    changed_at = fields.AwareDateTime(format="iso")
    actor = fields.String(metadata={"examples": ["it-haiphong"]})
    reason = fields.String(allow_none=True)
    request_id = fields.String(allow_none=True)
    kind = choice(KINDS)
    subject = fields.String()
    action = choice(("added", "changed", "removed"))
    before = fields.Dict(allow_none=True)
    after = fields.Dict(allow_none=True)


class Changes(Base):
    items = fields.List(fields.Nested(Change), required=True)
    next = fields.Integer(allow_none=True)
