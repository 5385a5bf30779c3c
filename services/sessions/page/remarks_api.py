"""`GET /v1/remarks`: the officer's remarks on a day, for who makes the daily report.

Guarantee: a caller that has areas reads those of its own wards; one without (a viewer) reads all with `reports:read`.
"""

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from services.sessions.doors import Blueprint
from services.sessions.intake import Intake
from services.sessions.page import remarks, terms
from services.sessions.reach import Reach
from shared.areas import UnknownArea
from shared.auth import identity, requires
from shared.database import transaction
from shared.events.schema import DateText
from shared.problems import FieldError, Problem


class RemarksQuerySchema(ma.Schema):
    """Which day, which ward."""

    class Meta:
        unknown = ma.RAISE

    error_messages = {"unknown": "Không có tham số này (unknown field)."}

    day = DateText(required=True, metadata={"description": "the local day of the report"})
    ward = fields.String(
        required=True,
        validate=validate.Regexp(r"[0-9]{2,5}(?![\s\S])", error="Cần mã xã, phường, ví dụ 11692."),
        metadata={"description": "code of the ward, read by its meaning on the day", "example": "11692"},
    )


class RemarkSchema(ma.Schema):
    section = fields.String(required=True, validate=validate.OneOf(list(terms.SECTIONS)))
    text = fields.String(required=True)
    written_by = fields.String(required=True, metadata={"description": "client id", "example": "cb-11692-k7mf"})
    written_at = fields.AwareDateTime(required=True)


class RemarksSchema(ma.Schema):
    """The remarks of a ward and a day; a section that nobody has written is not there."""

    items = fields.List(fields.Nested(RemarkSchema), required=True)


def blueprint(intake: Intake) -> Blueprint:
    """The documented route under /v1."""
    routes = Blueprint("remarks", __name__, url_prefix="/v1", description="What the daily report says in words")

    @routes.get("/remarks")
    @requires("events:read", "reports:read")
    @routes.doc(security=[{"bearer": ["events:read"]}, {"bearer": ["reports:read"]}])
    @routes.arguments(RemarksQuerySchema, location="query", unknown=None)  # as the schema says: refused
    @routes.response(200, RemarksSchema)
    def get_remarks(asked: dict[str, Any]) -> dict[str, Any]:
        """Remarks for the daily report of a ward: difficulties (V.) and tasks of the next day (VI.)."""
        ward = _ward(intake, asked)
        with transaction(intake.engine) as connection:
            found = remarks.read(connection, ward, asked["day"])
        return {"items": [one for one in found.values() if one.text]}

    return routes


def _ward(intake: Intake, asked: dict[str, Any]) -> Any:
    """The ward that is asked for, when the caller may read it."""
    who, book = identity(), intake.directory.areas()
    try:
        found = book.locate(asked["ward"], asked["day"], who.areas).area_id
    except UnknownArea as error:
        raise Problem("invalid", errors=[FieldError("ward", "unknown_area", str(error))]) from error
    if not who.areas and "reports:read" in who.scopes:
        return found
    if not Reach(book, who.areas).covers(found, asked["day"]):
        raise Problem("forbidden_area", "Ứng dụng này không được đọc ghi chú của đơn vị này.")
    return found
