"""The intake's routes: receive, call, answer. No SQL and no commit here.

Guarantee: 201 accepted, 202 waits for its reference, 200 seen before or a batch with a fate for each event; a 4xx is
final, a 5xx or 429 with Retry-After asks to send again.
Step 2 of the event path (docs/architecture.md).
"""

import time
from importlib import resources
from typing import Any
from uuid import UUID

from flask import Blueprint as FlaskBlueprint
from flask import Response, json, request
from flask_smorest import Blueprint

from services.sessions.commands import Accepted
from services.sessions.contract import TYPES, Rejected
from services.sessions.doors import READ, secured
from services.sessions.intake import Answered, Intake
from services.sessions.places import Caller
from services.sessions.queries import fates
from services.sessions.requests import receive
from services.sessions.schemas import (
    FATE_EXAMPLE,
    STATUSES,
    BatchResultSchema,
    EventFateSchema,
    PostQuerySchema,
    ResultSchema,
)
from shared import clock, metrics
from shared.auth import identity, public, requires
from shared.database import transaction
from shared.events.schema import json_schema
from shared.problems import Problem

STATUS_CODES = {"accepted": 201, "pending_reference": 202, "duplicate": 200}
PROBLEM_CODES = {
    "id_conflict": "id_conflict",
    "gone": "gone",
    "forbidden_area": "forbidden_area",
    "not_cloudevents": "not_cloudevents",
}


def blueprint(intake: Intake, max_body: int) -> Blueprint:
    """The documented routes under /v1."""
    routes = Blueprint("events", __name__, url_prefix="/v1", description="What ward apps report")

    @routes.post("/events")
    @routes.doc(requestBody=_request_body(), security=[{"bearer": ["events:write"]}])
    @routes.alt_response(200, schema=BatchResultSchema, description="A batch, or an event seen before")
    @routes.alt_response(201, schema=ResultSchema, description="Accepted")
    @routes.alt_response(202, schema=ResultSchema, description="Accepted; waits for what it refers to")
    @requires("events:write", "events:sandbox")
    @routes.arguments(PostQuerySchema, location="query", unknown=None)  # as the schema says: refused
    def post_events(query: dict[str, bool]) -> Response:
        """Report events: CloudEvents 1.0 in binary, structured or batch mode.

        What a client with `events:sandbox` sends is decided in the same way and counts nowhere; it is gone after a
        week. `dry_run=true` answers as if, and stores nothing.
        """
        begun = time.perf_counter()
        received = receive(request, max_body)
        caller = Caller(identity().client_id, identity().areas)
        is_sandbox = "events:write" not in identity().scopes
        answered = intake.take(received.values, caller, is_dry=query["dry_run"], is_sandbox=is_sandbox)
        metrics.intake_seconds.labels(received.mode).observe(time.perf_counter() - begun)
        return _batch(answered) if received.is_batch else _single(answered[0])

    @routes.get("/events/<uuid:event_id>")
    @routes.doc(**secured(*READ))
    @routes.response(200, EventFateSchema, example=FATE_EXAMPLE)
    @requires(*READ)
    def get_event(event_id: UUID) -> fates.EventFate:
        """The fate of one of the caller's own events: what it waits for, since when, or why it cannot take effect."""
        with transaction(intake.engine) as connection:
            found = fates.fate(connection, f"/apps/{identity().client_id}", event_id)
        if found is None:
            raise Problem("not_found", f"Chưa nhận sự kiện {event_id} từ ứng dụng này.")
        return found

    return routes


def schemas_blueprint() -> FlaskBlueprint:
    """The JSON Schemas of the event types and the AsyncAPI document of the streams, open to everyone."""
    routes = FlaskBlueprint("schemas", __name__)

    @routes.get("/asyncapi.yaml")
    @public
    def get_asyncapi() -> Response:
        document = resources.files("services.sessions").joinpath("asyncapi.yaml").read_bytes()
        return Response(document, content_type="application/vnd.aai.asyncapi+yaml;version=3.0.0; charset=utf-8")

    @routes.get("/v1/schemas")
    @public
    def list_schemas() -> dict[str, Any]:
        return {"schemas": [f"/v1/schemas/{name}" for name in sorted(TYPES)]}

    @routes.get("/v1/schemas/<ce_type>")
    @public
    def get_schema(ce_type: str) -> dict[str, Any]:
        event = TYPES.get(ce_type)
        if event is None:
            raise Problem("not_found", f"Không có loại sự kiện “{ce_type[:80]}”.")
        return json_schema(event) | {"$id": request.base_url}

    return routes


def _single(answer: Answered) -> Response:
    fate = answer.fate
    if isinstance(fate, Accepted):
        return _json(_result(answer), STATUS_CODES[fate.status])
    code = PROBLEM_CODES.get(fate.code, "rejected")
    extra = {"reason": fate.code, "id": answer.id}
    raise Problem(code, fate.message, errors=fate.as_errors(), extra=extra)


def _batch(answered: list[Answered]) -> Response:
    results = [_result(answer) for answer in answered]
    counts = dict.fromkeys(STATUSES, 0)
    for result in results:
        counts[result["status"]] += 1
    return _json({"results": results, "counts": counts}, 200)


def _result(answer: Answered) -> dict[str, Any]:
    fate = answer.fate
    if isinstance(fate, Rejected):
        status = "conflict" if fate.code == "id_conflict" else "rejected"
        errors = [error.as_dict() for error in fate.as_errors()]
        return {"id": answer.id, "status": status, "code": fate.code, "errors": errors}
    made: dict[str, Any] = {"id": answer.id, "status": fate.status, "recordedtime": clock.rfc3339(fate.recorded_at)}
    if fate.marks:
        made["marks"] = list(fate.marks)
    if fate.receipt_code:
        made["receipt_code"] = fate.receipt_code
    return made


def _json(body: dict[str, Any], status: int) -> Response:
    return Response(json.dumps(body), status, content_type="application/json")


def _request_body() -> dict[str, Any]:
    event = {
        "type": "object",
        "required": ["specversion", "id", "source", "type", "subject", "time", "data"],
        "properties": {
            "specversion": {"const": "1.0"},
            "id": {"type": "string", "format": "uuid"},
            "source": {"type": "string", "examples": ["/apps/app-11692"]},
            "type": {"type": "string", "enum": sorted(TYPES)},
            "subject": {"type": "string", "format": "uuid"},
            "time": {"type": "string", "format": "date-time"},
            "data": {"type": "object", "description": "see /v1/schemas/{type}"},
        },
    }
    return {
        "required": True,
        "content": {
            "application/cloudevents+json": {"schema": event},
            "application/cloudevents-batch+json": {"schema": {"type": "array", "maxItems": 1000, "items": event}},
            "application/json": {
                "schema": {"type": "object", "description": "binary mode: ce-* headers, data as body"}
            },
        },
    }
