"""`POST /oauth/token`: client credentials (RFC 6749, 4.4) on Authlib's server, and the public keys.

Guarantee: errors are those of RFC 6749, 5.2, and are the same for an unknown client, a wrong secret and a
revoked client. A person is verified in the same time as somebody unknown, and after twenty wrong passwords within ten
minutes waits (429).
No other grant is offered, nothing is stored, no refresh token exists.
Step 2 of the event path (docs/architecture.md).
"""

import hmac
import re
from typing import Any

import sqlalchemy as sa
from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import InvalidRequestError, InvalidScopeError
from authlib.oauth2.rfc6749.grants import ClientCredentialsGrant
from flask import Flask, Response, jsonify, request
from flask_smorest import Api

from services.registry import passwords, tokens
from services.registry.commands.clients import CLIENT_ID, hash_secret
from services.registry.model import Client
from services.registry.store import reading
from shared.auth import public

GRANT_TYPE = "client_credentials"
METHODS = ["client_secret_basic", "client_secret_post"]


class KnownClient:
    """A client as Authlib asks about it; one that does not exist answers like one whose secret is wrong."""

    def __init__(self, client_id: str, row: Client | None) -> None:
        self.client_id = client_id
        self.areas = row.areas if row else []
        self.scopes = row.scopes if row else []
        self.name = row.name if row else ""
        self.is_person = row is not None and row.is_person
        self._is_enabled = row is not None and row.revoked_at is None
        self._secret = row.secret_sha256 if row else None
        self._password = row.password_hash if row else None

    def check_client_secret(self, secret: str) -> bool:
        if self._secret is not None:
            is_right = hmac.compare_digest(hash_secret(secret), self._secret)
        else:
            is_right = passwords.verify(secret, self._password)
        return is_right and self._is_enabled

    def check_endpoint_auth_method(self, method: str, _endpoint: str) -> bool:
        return method in METHODS

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == GRANT_TYPE

    def get_allowed_scope(self, scope: str) -> str:
        return scope


class ClientCredentials(ClientCredentialsGrant):
    """The grant, with all of the client's scopes when none is asked for."""

    TOKEN_ENDPOINT_AUTH_METHODS = METHODS

    def validate_requested_scope(self) -> None:
        allowed = self.request.client.scopes
        asked = (self.request.payload.scope or " ".join(allowed)).split()
        if not set(asked) <= set(allowed):
            raise InvalidScopeError(description=f"allowed: {' '.join(allowed)}")
        self.request.scopes_granted = asked

    def create_token_response(self) -> tuple[int, dict[str, Any], list[tuple[str, str]]]:
        granted = " ".join(self.request.scopes_granted)
        token = self.generate_token(scope=granted, include_refresh_token=False)
        if self.request.client.is_person:
            # The name is for the page to greet by; it is in no token and in no event.
            token |= {"expires_in": tokens.PERSON_LIFE_SECONDS, "name": self.request.client.name}
        return 200, token, self.TOKEN_RESPONSE_HEADER


def add_routes(app: Flask, engine: sa.Engine) -> None:
    """`/oauth/token` and `/.well-known/jwks.json`."""
    server = _server(app, engine)
    wrong = passwords.WrongLogins()

    @public
    def token() -> Response:
        user = _user(engine)
        if user and (wait := wrong.wait_seconds(user)):
            return _wait(wait)
        try:
            answer: Response = server.create_token_response()
        except ValueError:  # credentials that are no text: Authlib lets the decoder's error pass
            answer = _refused(InvalidRequestError(description="credentials are not readable text"))
        if user:
            _count(wrong, user, answer)
        return answer

    @public
    def jwks() -> Response:
        tokens.ensure_signing_key(engine)
        with reading(engine) as session:
            answer = jsonify(tokens.public_keys(session).as_dict(private=False))
        answer.headers["Cache-Control"] = "public, max-age=60"
        return answer

    app.add_url_rule("/oauth/token", "token", token, methods=["POST"])
    app.add_url_rule("/.well-known/jwks.json", "jwks", jwks)


def _user(engine: sa.Engine) -> str | None:
    """Who asks, where wrong passwords are counted: a person or nobody known. An app's secret cannot be guessed."""
    given = request.authorization.username if request.authorization else request.form.get("client_id")
    if not given or not re.fullmatch(CLIENT_ID, given):
        return None
    with reading(engine) as session:
        row = session.get(Client, given)
    return given if row is None or row.is_person else None


def _count(wrong: passwords.WrongLogins, user: str, answer: Response) -> None:
    if answer.status_code == 401:
        wrong.note(user)
    elif answer.status_code == 200:
        wrong.forget(user)


def _wait(seconds: int) -> Response:
    answer = jsonify({"error": "slow_down", "error_description": f"too many wrong passwords; wait {seconds} seconds"})
    answer.status_code = 429
    answer.headers.update({"Retry-After": str(seconds), "Cache-Control": "no-store"})
    return answer


FORM = {
    "type": "object",
    "required": ["grant_type"],
    "properties": {
        "grant_type": {"const": GRANT_TYPE},
        "scope": {"type": "string", "examples": ["events:write events:read"]},
    },
}
ANSWER = {
    "type": "object",
    "required": ["access_token", "token_type", "expires_in"],
    "properties": {
        "access_token": {"type": "string", "description": "a JWT signed with EdDSA (Ed25519)"},
        "token_type": {"const": "Bearer"},
        "expires_in": {"type": "integer", "examples": [tokens.LIFE_SECONDS, tokens.PERSON_LIFE_SECONDS]},
        "scope": {"type": "string"},
        "name": {"type": "string", "description": "of a person, for a page to show"},
    },
}
REFUSAL = {"type": "object", "required": ["error"], "properties": {"error": {"type": "string"}}}


def describe(app: Flask, api: Api) -> None:
    """The token endpoint in the OpenAPI document."""

    def answers(description: str, schema: dict[str, Any]) -> dict[str, Any]:
        return {"description": description, "content": {"application/json": {"schema": schema}}}

    api.spec.components.security_scheme("basic", {"type": "http", "scheme": "basic"})
    operation = {
        "operationId": "issue_token",
        "summary": "A token for client credentials (RFC 6749, 4.4)",
        "security": [{"basic": []}],
        "requestBody": {"content": {"application/x-www-form-urlencoded": {"schema": FORM}}, "required": True},
        "responses": {
            "200": answers("The token", ANSWER),
            "400": answers("invalid_request, unsupported_grant_type or invalid_scope", REFUSAL),
            "401": answers("invalid_client", REFUSAL),
            "429": answers("slow_down: too many wrong passwords of a person; see Retry-After", REFUSAL),
        },
    }
    rule = next(rule for rule in app.url_map.iter_rules() if rule.endpoint == "token")
    api.spec.path(rule=rule, operations={"post": operation})


def _refused(error: Any) -> Response:
    status, body, headers = error()
    answer = jsonify(body)
    answer.status_code = status
    answer.headers.update(dict(headers))
    return answer


def _server(app: Flask, engine: sa.Engine) -> Any:
    def find(client_id: str) -> KnownClient:
        if not re.fullmatch(CLIENT_ID, client_id):
            return KnownClient(client_id, None)
        with reading(engine) as session:
            return KnownClient(client_id, session.get(Client, client_id))

    def sign(client: KnownClient, grant_type: str, user: None, scope: str) -> str:
        life = tokens.PERSON_LIFE_SECONDS if client.is_person else tokens.LIFE_SECONDS
        return tokens.issue(tokens.ensure_signing_key(engine), client.client_id, scope.split(), client.areas, life)

    app.config["OAUTH2_ACCESS_TOKEN_GENERATOR"] = sign
    app.config["OAUTH2_TOKEN_EXPIRES_IN"] = {GRANT_TYPE: tokens.LIFE_SECONDS}
    server = AuthorizationServer(app, query_client=find, save_token=lambda _token, _request: None)
    server.register_grant(ClientCredentials)
    return server
