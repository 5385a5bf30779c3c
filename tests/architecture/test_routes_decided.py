"""Every route of the three applications has an authorisation decision, and keeps to it before it touches anything.

The applications are made with addresses at which nothing answers: making one opens nothing.
"""

from __future__ import annotations

import dataclasses
import re
import socket
from pathlib import Path
from typing import Any, NoReturn

import httpx
import psycopg
import pytest
from flask import Flask

from deploy.cds import wiring
from shared.auth import public
from shared.http import refuse_undecided, undecided_routes
from shared.settings import SERVICES, Settings, SettingsError

NOWHERE = Settings(
    home=Path("/nowhere"),
    broker_url="amqp://nobody@127.0.0.1:1//",
    database_urls={service: "postgresql://nobody@127.0.0.1:1/nothing" for service in SERVICES},
    urls={service: "http://127.0.0.1:1" for service in SERVICES},
    internal_secret="s3cret",
    resident_token_keys={1: bytes(32)},
)
# What everyone may ask, by decision; one more is a change of this list, which somebody reads.
OPEN = {"/healthz", "/readyz", "/metrics", "/docs", "/"}
OPEN_OF = {
    "registry": {"/oauth/token", "/.well-known/jwks.json"},
    "sessions": {"/asyncapi.yaml", "/v1/schemas", "/v1/schemas/<ce_type>", "/phuong/dang-nhap", "/phuong/tep/<name>"},
    "reporting": {"/bang/dang-nhap", "/bang/dang-xuat", "/bang/tep/<path:name>", "/v1/certificates/check"},
}
KNOWN_DECISIONS = {
    "public",
    "internal",
    "any valid token",
    "registry:write",
    "events:write events:sandbox",
    "events:read events:sandbox",
    "events:read events:sandbox registry:write",
    "events:read reports:read",
    "reports:read",
    "page cookie",
    "reports:read or board cookie",
}
EVERY_SERVICE = pytest.mark.parametrize("service", SERVICES)


def refuse_to_open(*_args: Any, **_how: Any) -> NoReturn:
    raise AssertionError("something was opened")


@pytest.fixture
def closed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing may be opened: no socket, no connection, no request."""
    monkeypatch.setattr(socket.socket, "connect", refuse_to_open)
    monkeypatch.setattr(psycopg, "connect", refuse_to_open)
    monkeypatch.setattr(psycopg.Connection, "connect", refuse_to_open)
    monkeypatch.setattr(httpx, "get", refuse_to_open)


@pytest.fixture
def app(service: str, closed: None) -> Flask:
    return wiring.create_app(service, NOWHERE)


def decisions(app: Flask) -> dict[tuple[str, str], str]:
    """(route, method): decision. The document of flask-smorest itself is public."""
    found: dict[tuple[str, str], str] = {}
    for rule in app.url_map.iter_rules():
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            is_document = rule.endpoint.startswith("api-docs.")
            decided = "public" if is_document else app.view_functions[rule.endpoint].__dict__.get("authorisation")
            found[(str(rule), method)] = str(decided)
    return found


def address_of(rule: str) -> str:
    """The route with something in the place of its parts."""
    filled = re.sub(r"<uuid:[a-z_]+>", "0190f5c2-7b1c-7d3e-9a4b-1c2d3e4f5a6b", rule)
    return re.sub(r"<(?:string\([^)]*\):|path:)?[a-z_]+>", "x", re.sub(r"<int:[a-z_]+>", "0", filled))


@EVERY_SERVICE
def test_every_route_is_decided_on(app: Flask) -> None:
    assert undecided_routes(app) == []
    assert len(decisions(app)) >= 8
    assert set(decisions(app).values()) <= KNOWN_DECISIONS


@EVERY_SERVICE
def test_only_the_listed_routes_are_open_to_everyone(service: str, app: Flask) -> None:
    found = {route for (route, _), decided in decisions(app).items() if decided == "public"}

    assert found == OPEN | OPEN_OF[service] | {"/openapi.json"}


@EVERY_SERVICE
def test_every_other_route_refuses_who_brings_no_token_before_it_opens_anything(app: Flask) -> None:
    client = app.test_client()
    answers = {
        (route, method): client.open(address_of(route), method=method)
        for (route, method), decided in decisions(app).items()
        if decided not in ("public", "page cookie")
    }

    assert answers
    assert {asked: answer.status_code for asked, answer in answers.items()} == dict.fromkeys(answers, 401)
    assert all(answer.json and answer.json["code"] == "unauthenticated" for answer in answers.values())
    assert all("WWW-Authenticate" in answer.headers for answer in answers.values())


@pytest.mark.parametrize("cookie", [None, "", "wrong", "a.b.c", "ế"])
def test_every_page_behind_the_cookie_leads_to_the_sign_in_before_it_opens_anything(
    closed: None, cookie: str | None
) -> None:
    app = wiring.create_app("sessions", NOWHERE)
    asked = [
        (address_of(route), method) for (route, method), decided in decisions(app).items() if decided == "page cookie"
    ]
    client = app.test_client()
    if cookie is not None:
        client.set_cookie("cds_phuong", cookie, path="/phuong")

    answers = {
        one: client.open(one[0], method=one[1], data={"csrf": ""} if one[1] == "POST" else None) for one in asked
    }

    assert len(answers) >= 12
    for (address, method), answer in answers.items():
        if cookie in (None, ""):
            assert answer.status_code == (303 if method == "GET" else 401), address
            assert method == "POST" or answer.headers["Location"].startswith("/phuong/dang-nhap?toi=%2Fphuong")
        else:
            assert answer.status_code in (303, 401, 503), address  # the keys cannot be had: it is not let in


@EVERY_SERVICE
@pytest.mark.parametrize("given", ["Bearer wrong", "Bearer ", "Basic czNjcmV0", "s3cret", "Bearer s3cre", "Bearer ố"])
def test_internal_routes_take_only_the_shared_secret(service: str, app: Flask, given: str) -> None:
    asked = [route for (route, _), decided in decisions(app).items() if decided == "internal"]

    statuses = {
        app.test_client()
        .get(address_of(route), headers={"Authorization": given.encode().decode("latin-1")})
        .status_code
        for route in asked
    }

    assert statuses == {401}


def test_without_a_shared_secret_internal_routes_take_nobody(closed: None) -> None:
    app = wiring.create_app("sessions", dataclasses.replace(NOWHERE, internal_secret=""))

    for given in ({}, {"Authorization": "Bearer "}, {"Authorization": "Bearer x"}):
        assert app.test_client().get("/internal/v1/streams/sessions/heads", headers=given).status_code == 401


@EVERY_SERVICE
def test_a_route_without_a_decision_is_found_and_keeps_the_service_from_starting(app: Flask) -> None:
    app.add_url_rule("/forgotten", "forgotten", lambda: "")

    assert undecided_routes(app) == ["/forgotten"]
    with pytest.raises(RuntimeError, match="/forgotten"):
        refuse_undecided(app)


@EVERY_SERVICE
def test_a_route_that_is_public_by_decision_is_decided(app: Flask) -> None:
    app.add_url_rule("/known", "known", public(lambda: ""))

    refuse_undecided(app)

    assert decisions(app)[("/known", "GET")] == "public"


@EVERY_SERVICE
def test_a_service_without_its_database_is_not_made_and_says_which_setting_is_missing(service: str) -> None:
    with pytest.raises(SettingsError, match=f"CDS_{service.upper()}_DATABASE_URL"):
        wiring.create_app(service, dataclasses.replace(NOWHERE, database_urls={}))


def test_the_intake_is_not_made_without_the_key_of_the_resident_tokens() -> None:
    with pytest.raises(SettingsError, match="CDS_RESIDENT_TOKEN_KEY"):
        wiring.create_app("sessions", dataclasses.replace(NOWHERE, resident_token_keys={}))
