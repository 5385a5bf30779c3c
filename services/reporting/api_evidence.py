"""The route of evidence: why a number is what it is, by pages, and whole as CSV and XLSX.

Step 9 of the event path (docs/architecture.md).
"""

from typing import Any

import marshmallow as ma
import sqlalchemy as sa
from marshmallow import fields, validate

from services.reporting import queries, queries_evidence
from services.reporting.api import add_files, add_route, opened
from services.reporting.families import Family, Measure
from services.reporting.queries_evidence import Position
from services.reporting.schemas import AreaSchema, FreshnessSchema, query_schema
from shared.areas import AreaCache
from shared.queries_once import Blueprint

EVIDENCE = Family(
    name="evidence",
    file="su-kien",
    title="The events behind a figure, without personal data",
    says="By the same days, area, service, outcome and campaign as the figure. An event that corrects is told twice: "
    "what it took away, and what it added. place=resident_area for figures by where residents live (F4, F6).",
    rows=queries_evidence.events,
    groups=("day", "area"),
    filters=("place", "type", "service", "outcome"),
    always_by=("day", "area"),
    measures=tuple(
        Measure(name=name, says=says, example="", column=column)
        for name, says, column in (
            ("event_id", "the event's id", "event_id"),
            ("source", "its sender", "client"),
            ("type", "its type, without prefix and version", "event_type"),
            ("subject", "what it is about: an assist, a session, a book", "subject"),
            ("time", "when it happened", "happened_at"),
            ("recordedtime", "when it was accepted", "recorded_at"),
            ("shard", "of the stream of sessions", "shard"),
            ("segment", "of the shard", "segment"),
            ("change", "added or taken_away", "change"),
            ("assists", "assists that it added; negative when taken away", "assists"),
        )
    ),
    is_in_services=True,
)


class EvidenceRowSchema(ma.Schema):
    event_id = fields.UUID(required=True)
    source = fields.String(required=True, metadata={"example": "/apps/app-11692-2025"})
    type = fields.String(required=True, metadata={"example": "assist.recorded"})
    subject = fields.UUID(required=True, metadata={"description": "what it is about: an assist, a session, a book"})
    time = fields.AwareDateTime(required=True, metadata={"description": "when it happened"})
    recordedtime = fields.AwareDateTime(required=True, metadata={"description": "when it was accepted"})
    stream = fields.String(required=True, metadata={"example": "sessions"})
    shard = fields.Integer(required=True)
    segment = fields.Integer(required=True)
    change = fields.String(required=True, validate=validate.OneOf(["added", "taken_away"]))
    day = fields.Date(required=True, metadata={"description": "the local day that it counts on"})
    area = fields.Nested(AreaSchema, required=True)
    resident_area_id = fields.UUID(required=True, allow_none=True)
    services = fields.List(fields.String(), required=True, metadata={"example": ["vneid_activation"]})
    outcomes = fields.List(fields.String(), required=True, metadata={"example": ["completed"]})
    assists = fields.Integer(required=True, metadata={"description": "negative when taken away", "example": 1})


class EvidenceTotalsSchema(ma.Schema):
    changes = fields.Integer(required=True)
    assists = fields.Integer(required=True, metadata={"description": "the sum over all pages"})


class EvidenceSchema(ma.Schema):
    rows = fields.List(fields.Nested(EvidenceRowSchema), required=True)
    next = fields.String(required=True, allow_none=True, metadata={"description": "`after` of the next page"})
    totals = fields.Nested(EvidenceTotalsSchema, required=True, allow_none=True, metadata={"description": "first page"})
    freshness = fields.Nested(FreshnessSchema, required=True)


class _After(fields.Field[Position]):
    """A position, as the page before told it."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Position:
        try:
            return queries_evidence.read_position(str(value))
        except ValueError as error:
            raise ma.ValidationError("Vui lòng gửi đúng giá trị next của trang trước.") from error


class EvidenceQuerySchema(query_schema(EVIDENCE)):  # type: ignore[misc]
    """What the files are asked by, and a page."""

    after = _After(metadata={"type": "string", "description": "`next` of the page before"})
    limit = fields.Integer(validate=validate.Range(1, 500), load_default=100)


def blueprint(engine: sa.Engine, areas: AreaCache) -> Blueprint:
    """The documented routes under /v1/evidence."""
    routes = Blueprint("evidence", __name__, url_prefix="/v1", description="Why a number is what it is")

    @routes.response(200, EvidenceSchema)
    def evidence(asked: dict[str, Any]) -> dict[str, Any]:
        with opened(engine, areas, EVIDENCE, asked) as (connection, question):
            after = asked.get("after")
            rows, following = queries_evidence.page(connection, question, after, asked["limit"])
            return {
                "rows": rows,
                "next": following,
                "totals": None if after else queries_evidence.totals(connection, question),
                "freshness": queries.freshness(connection),
            }

    evidence.__doc__ = f"{EVIDENCE.title}\n\n{EVIDENCE.says}"
    add_route(routes, "/evidence", "get_evidence", evidence, EvidenceQuerySchema)
    add_files(routes, EVIDENCE, engine, areas)
    return routes
