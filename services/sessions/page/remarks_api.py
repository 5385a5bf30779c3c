"""`GET /v1/remarks`: the officer's remarks on a day, for who makes the daily report.

Guarantee: a caller that has areas reads those of its own wards; one without (a viewer) reads all with `reports:read`.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import asdict
from typing import Any
from uuid import UUID

import marshmallow as ma
from marshmallow import fields, validate

from services.sessions.doors import Blueprint
from services.sessions.intake import Intake
from services.sessions.page import remarks, terms
from services.sessions.reach import Reach
from shared.areas import AreaBook, UnknownArea
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
        validate=validate.Regexp(r"[0-9]{2,5}(?![\s\S])", error="Cần mã xã, phường, ví dụ 11692."),
        metadata={
            "description": "code of the ward, as of the day; default: every ward that the caller may read",
            "example": "11692",
        },
    )


class RemarkWardSchema(ma.Schema):
    code = fields.String(required=True, metadata={"example": "11692"})
    name = fields.String(required=True, metadata={"example": "Phường Dương Kinh"})


class RemarkSchema(ma.Schema):
    ward = fields.Nested(RemarkWardSchema, required=True)
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
        """Remarks for the daily report: difficulties (V.) and tasks of the next day (VI.), by ward and section."""
        book = intake.directory.areas()
        only = _ward(book, asked["ward"], asked["day"]) if "ward" in asked else None
        with transaction(intake.engine) as connection:
            found = remarks.read_all(connection, asked["day"])
        wards = [only] if only else sorted((w for w in found if _may(book, w, asked["day"])), key=_order(book))
        return {"items": [_told(book, ward, one) for ward in wards for one in found.get(ward, ())]}

    return routes


def _ward(book: AreaBook, code: str, day: dt.date) -> UUID:
    """The ward that is asked for, when the caller may read it."""
    try:
        found = book.locate(code, day, identity().areas).area_id
    except UnknownArea as error:
        raise Problem("invalid", errors=[FieldError("ward", "unknown_area", str(error))]) from error
    if not _may(book, found, day):
        raise Problem("forbidden_area", "Ứng dụng này không được đọc ghi chú của đơn vị này.")
    return found


def _may(book: AreaBook, ward: UUID, day: dt.date) -> bool:
    who = identity()
    if not who.areas and "reports:read" in who.scopes:
        return True
    return Reach(book, who.areas).covers(ward, day)


def _order(book: AreaBook) -> Callable[[UUID], tuple[str, str]]:
    return lambda ward: (book.areas[ward].code if ward in book.areas else "", str(ward))


def _told(book: AreaBook, ward: UUID, one: remarks.Remark) -> dict[str, Any]:
    area = book.areas.get(ward)
    return {"ward": {"code": area.code if area else "", "name": area.name if area else ""}} | asdict(one)
