"""The shell of a service's web application: errors, request ids, metrics, health, documents.

Guarantee: every answer that is an error is a problem detail; `/healthz` says that the process lives, `/readyz` says
the truth about what the service needs, each check by name; no route is without an authorisation decision.
It knows no service: `app.py` of each gives its checks and its blueprints.
Step 2 of the event path (docs/architecture.md).
"""

import time
import uuid
from collections.abc import Callable, Mapping
from typing import Any

import marshmallow as ma
import psycopg
import sqlalchemy.exc
from flask import Flask, Response, g, json, request
from werkzeug.exceptions import HTTPException

from shared import logs, metrics
from shared.auth import public
from shared.database import AWAY
from shared.docs_page import Api, add_documents
from shared.problems import CATALOGUE, Problem, flatten, unavailable
from shared.settings import Settings

Check = Callable[[], str | None]
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
log = logs.get("http")


def create_app(service: str, title: str, settings: Settings) -> tuple[Flask, Api]:
    """A Flask application with everything that the services share."""
    app = Flask(service, static_folder=None)
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.config.update(
        MAX_CONTENT_LENGTH=settings.max_body_bytes,
        API_TITLE=title,
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX="/",
        OPENAPI_JSON_PATH="openapi.json",
        PROPAGATE_EXCEPTIONS=False,
    )
    app.extensions["cds_settings"] = settings
    api = Api(app)
    _handle_errors(app)
    _observe(app, service)
    app.add_url_rule("/healthz", "healthz", public(lambda: {"status": "ok"}))
    app.add_url_rule("/metrics", "metrics", public(_metrics))
    add_documents(app, api, service)
    return app, api


def add_readiness(app: Flask, checks: Mapping[str, Check]) -> None:
    """`/readyz`: each check gives None when all is well, or what is wrong and what to do."""

    @public
    def readyz() -> tuple[dict[str, Any], int]:
        wrong = {name: message for name, check in checks.items() if (message := _run(check))}
        body = {"status": "not ready" if wrong else "ready", "checks": {name: wrong.get(name, "ok") for name in checks}}
        return body, 503 if wrong else 200

    app.add_url_rule("/readyz", "readyz", readyz)


def _run(check: Check) -> str | None:
    try:
        return check()
    except (sqlalchemy.exc.SQLAlchemyError, psycopg.Error, OSError) as error:
        return f"{type(error).__name__}: không trả lời"


def undecided_routes(app: Flask) -> list[str]:
    """Routes without an authorisation decision; a service with one does not start."""
    views = ((rule, app.view_functions[rule.endpoint]) for rule in app.url_map.iter_rules())
    return [str(rule) for rule, view in views if not _decided(rule.endpoint, view)]


def refuse_undecided(app: Flask) -> None:
    """Called at the end of a service's `create_app`.

    Raises:
        RuntimeError: naming the routes that nobody decided about.
    """
    if found := undecided_routes(app):
        raise RuntimeError(f"routes without an authorisation decision: {', '.join(found)}")


def _decided(endpoint: str, view: Any) -> bool:
    return endpoint.startswith("api-docs.") or "authorisation" in view.__dict__


def _metrics() -> Response:
    body, content_type = metrics.render()
    return Response(body, content_type=content_type)


def _observe(app: Flask, service: str) -> None:
    @app.before_request
    def begin() -> None:
        g.request_id = uuid.uuid4().hex[:16]
        g.begun = time.perf_counter()

    @app.after_request
    def end(response: Response) -> Response:
        route = str(request.url_rule) if request.url_rule else "unmatched"
        method = request.method if request.method in METHODS else "other"
        metrics.http_requests.labels(service, method, route, response.status_code).inc()
        metrics.http_seconds.labels(service, route).observe(time.perf_counter() - g.begun)
        response.headers["X-Request-Id"] = g.request_id
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        return response


def _handle_errors(app: Flask) -> None:
    app.register_error_handler(Problem, lambda problem: problem.response())
    app.register_error_handler(ma.ValidationError, _invalid)
    app.register_error_handler(HTTPException, _http_error)
    for kind in AWAY:
        app.register_error_handler(kind, _database_away)
    app.register_error_handler(Exception, _unexpected)


def _invalid(error: ma.ValidationError) -> Response:
    return Problem("invalid", errors=flatten(error.messages)).response()


def _database_away(error: Exception) -> Response:
    log.warning("database does not answer", error=type(error).__name__)
    return unavailable().response()


def _unexpected(error: Exception) -> Response:
    log.error("unexpected error", exc_info=error, request_id=g.get("request_id"), path=request.path)
    return Problem("internal_error", "Vui lòng gửi lại sau và báo mã yêu cầu cho IT phụ trách.").response()


_CODES = {
    400: "malformed_request",
    401: "unauthenticated",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    409: "already_exists",
    413: "body_too_large",
    415: "unsupported_media_type",
    422: "invalid",
    429: "too_many_requests",
}


def _http_error(error: HTTPException) -> Response:
    status = error.code or 500
    code = _CODES.get(status)
    if code is None:
        return _other_status(error, status)
    data: dict[str, Any] = getattr(error, "data", None) or {}
    problem = Problem(code, str(data.get("message", "")), errors=flatten(_messages(data)))
    response = problem.response()
    if status == 405:
        response.headers["Allow"] = ", ".join(sorted(getattr(error, "valid_methods", None) or ()))
    return response


def _messages(data: Mapping[str, Any]) -> dict[str, Any]:
    """webargs nests its messages by location; the location is of no interest to the sender of a body."""
    found: dict[str, Any] = {}
    for location, messages in (data.get("messages") or {}).items():
        found |= messages if isinstance(messages, dict) else {location: messages}
    return found


def _other_status(error: HTTPException, status: int) -> Response:
    if status < 400:
        return Response(status=status, headers=error.get_response().headers)
    body = {"type": "about:blank", "title": error.name, "status": status, "code": f"http_{status}"}
    return Response(json.dumps(body), status, content_type="application/problem+json")


assert set(_CODES.values()) <= set(CATALOGUE)
