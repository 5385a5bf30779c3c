"""Routes of closings: the statement of a day, its amendments, and the figures now.

Step 9 of the event path (docs/architecture.md).
"""

import datetime as dt
import json
from typing import Any
from uuid import UUID

import marshmallow as ma
import sqlalchemy as sa
from marshmallow import fields, validate

from services.reporting.closing.figures import WHOLE
from services.reporting.queries import find_area
from shared.areas import AreaCache
from shared.auth import requires
from shared.database import Connection, transaction
from shared.events.schema import DateText
from shared.problems import FieldError, Problem
from shared.queries_once import Blueprint


class ClosingQuerySchema(ma.Schema):
    """Whose statement is asked for."""

    class Meta:
        unknown = ma.RAISE

    error_messages = {"unknown": "Không có tham số này (unknown field)."}

    area = fields.String(
        validate=validate.Length(1, 64),
        metadata={"description": "a ward: code on that day, or area id; default: the whole"},
    )


class AmendmentSchema(ma.Schema):
    number = fields.Integer(required=True, metadata={"description": "bản điều chỉnh số …"})
    closing_day = fields.Date(required=True, metadata={"description": "the closing in which it was made"})
    lines = fields.List(fields.Dict(), required=True)


class StatementSchema(ma.Schema):
    day = fields.Date(required=True)
    unit = fields.Dict(required=True)
    number = fields.Integer(required=True)
    sha256 = fields.String(required=True, metadata={"description": "of `contents`, as UTF-8"})
    contents = fields.String(required=True, metadata={"description": "canonical JSON, just as it was hashed"})
    closed_at = fields.AwareDateTime(required=True)
    made_late = fields.Boolean(required=True)
    not_reached = fields.List(fields.String(), required=True)
    closed = fields.Dict(required=True, metadata={"description": "the figures as closed"})
    amendments = fields.List(fields.Nested(AmendmentSchema), required=True)
    current = fields.Dict(required=True, metadata={"description": "closed + amendments = figures at the last closing"})


class ClosedDaySchema(ma.Schema):
    day = fields.Date(required=True)
    closed_at = fields.AwareDateTime(required=True)
    made_late = fields.Boolean(required=True)
    statements = fields.Integer(required=True)


class ClosedDaysSchema(ma.Schema):
    days = fields.List(fields.Nested(ClosedDaySchema), required=True)


def blueprint(engine: sa.Engine, areas: AreaCache) -> Blueprint:
    """The documented routes under /v1/daily-closings."""
    routes = Blueprint("closings", __name__, url_prefix="/v1/daily-closings", description="Closings of days")

    @routes.get("")
    @requires("reports:read")
    @routes.response(200, ClosedDaysSchema)
    def closed_days() -> dict[str, Any]:
        """The last 400 closed days, newest first."""
        with transaction(engine) as connection:
            rows = connection.execute(
                """SELECT c.day, c.closed_at, c.is_late,
                          (SELECT count(*) FROM statement AS s WHERE s.day = c.day)
                     FROM closing AS c ORDER BY c.day DESC LIMIT 400"""
            ).fetchall()
        return {"days": [dict(zip(("day", "closed_at", "made_late", "statements"), row, strict=True)) for row in rows]}

    @routes.get("/<string:day>")
    @requires("reports:read")
    @routes.arguments(ClosingQuerySchema, location="query", unknown=None)
    @routes.response(200, StatementSchema)
    def statement(asked: dict[str, Any], day: str) -> dict[str, Any]:
        """The statement of a ward or of the whole, with what has changed since."""
        closed_day = parse_day(day)
        unit = find_area(areas.current(), asked["area"], closed_day) if asked.get("area") else WHOLE
        with transaction(engine) as connection:
            return _statement(connection, closed_day, unit)

    return routes


def parse_day(text: str) -> dt.date:
    try:
        return DateText().deserialize(text)  # type: ignore[no-any-return]
    except ma.ValidationError as error:
        raise Problem("invalid", errors=[FieldError("day", "invalid", str(error.messages[0]))]) from error


def _statement(connection: Connection, day: dt.date, unit: UUID) -> dict[str, Any]:
    row = connection.execute(
        """SELECT s.number, s.sha256, s.contents, s.current, c.closed_at, c.is_late, c.not_reached
             FROM statement AS s JOIN closing AS c USING (day) WHERE s.day = %s AND s.unit_id = %s""",
        [day, unit],
    ).fetchone()
    if row is None:
        raise Problem(
            "not_found", f"Ngày {day.day}/{day.month}/{day.year} chưa chốt, hoặc đơn vị này không có bản chốt."
        )
    number, sha256, contents, current, closed_at, is_late, not_reached = row
    amended = connection.execute(
        "SELECT number, closing_day, lines FROM amendment WHERE day = %s AND unit_id = %s ORDER BY number", [day, unit]
    ).fetchall()
    said = json.loads(contents)
    return {
        "day": day,
        "unit": said["unit"],
        "number": number,
        "sha256": sha256,
        "contents": contents,
        "closed_at": closed_at,
        "made_late": is_late,
        "not_reached": not_reached,
        "closed": said["figures"],
        "amendments": [
            {"number": one, "closing_day": closing_day, "lines": json.loads(lines)}
            for one, closing_day, lines in amended
        ],
        "current": json.loads(current),
    }
