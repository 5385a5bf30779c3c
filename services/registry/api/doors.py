"""How the API's modules meet a request: strict JSON, one transaction, the token that reading needs, and versions.

Guarantee: a body that two readers could read differently is refused; reading needs a valid token, of any
scope; a change of what exists says which version it changes (`If-Match`), so nobody overwrites what they have
not seen. The audit names the client and the reason.
"""

import re
from contextlib import AbstractContextManager
from functools import wraps
from typing import Any

import flask
import flask_smorest
from flask import current_app, g
from sqlalchemy.orm import Session
from webargs import core

from services.registry import store
from services.registry.audit import Actor
from shared import strict_json
from shared.auth import View, identity
from shared.problems import Problem
from shared.queries_once import OnceParser

ANY_TOKEN = "any valid token"


class StrictParser(OnceParser):
    """Reads JSON by our own reader; a body of another type is told so."""

    def _raw_load_json(self, req: flask.Request) -> Any:
        body = req.get_data(cache=True)
        if not body:
            return core.missing
        if not core.is_json(req.mimetype):
            raise Problem("unsupported_media_type", "Vui lòng gửi Content-Type: application/json.")
        try:
            return strict_json.loads(body)
        except strict_json.MalformedJson as error:
            raise Problem("malformed_json", str(error)) from error


class Blueprint(flask_smorest.Blueprint):
    ARGUMENTS_PARSER = StrictParser()


def reading() -> AbstractContextManager[Session]:
    return store.reading(current_app.extensions["cds_registry_engine"])


def writing(reason: str | None = None) -> AbstractContextManager[Session]:
    """One transaction in the name of the caller; `reason` stands in the audit."""
    by = Actor(identity().client_id, reason, g.get("request_id"))
    return store.writing(current_app.extensions["cds_registry_engine"], by)


def tagged(shown: Any, version: int, status: int | None = None) -> tuple[Any, int, dict[str, str]]:
    """An answer with the version of what it shows as its `ETag`; 201 after a POST, else 200."""
    return shown, status or (201 if flask.request.method == "POST" else 200), {"ETag": f'"{version}"'}


def expected_version() -> int:
    """The version that the caller has seen and changes, from `If-Match`."""
    given = flask.request.headers.get("If-Match", "")
    # A proxy that compresses answers makes a tag weak (W/"3"); the version that it names is the same.
    match = re.fullmatch(r'(?:W/)?"?([0-9]{1,9})"?', given.strip())
    if match is None:
        detail = "Vui lòng gửi If-Match với ETag của bản đang xem, để không ghi đè thay đổi của người khác."
        raise Problem("precondition_required", detail)
    return int(match.group(1))


def seen_version() -> int | None:
    """The version in `If-Match` of an upsert, which need not have one: what is new has not been seen."""
    return expected_version() if "If-Match" in flask.request.headers else None


IF_MATCH = {
    "in": "header",
    "name": "If-Match",
    "required": True,
    "description": "the ETag of the version that is changed",
    "schema": {"type": "string", "pattern": '^"[0-9]{1,9}"$', "examples": ['"3"']},
}
IF_MATCH_OF_UPSERT = IF_MATCH | {
    "required": False,
    "description": "the ETag of the version that is changed; needed when there is one and it changes",
}


def any_token(view: View) -> View:
    """The route needs a valid token, whatever its scopes."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        verifier = current_app.extensions["cds_verifier"]
        g.identity = verifier.identify(flask.request.headers.get("Authorization"))
        return view(*args, **kwargs)

    guarded.__dict__["authorisation"] = ANY_TOKEN
    return guarded  # type: ignore[return-value]


def secured(*scopes: str) -> dict[str, Any]:
    """The `security` of an operation in the OpenAPI document."""
    return {"security": [{"oauth2": list(scopes)}]}
