"""Tokens on a real PostgreSQL: who gets one, what it says, when it ends."""

from __future__ import annotations

import base64
from collections.abc import Iterator

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet, OKPKey

from deploy.cds.registry_commands import add_client, list_clients, renew_client, revoke_client
from services.registry import tokens
from services.registry.store import reading, writing
from tests.integration.registry_house import House, open_house, with_hai_thanh
from tests.support.postgres import TestPostgres


@pytest.fixture
def house(postgres: TestPostgres) -> Iterator[House]:
    with open_house(postgres, with_hai_thanh) as opened:
        yield opened


def test_a_ward_app_gets_a_token_for_its_areas(house: House) -> None:
    client = add_client(house.settings, "Ứng dụng phường Dương Kinh", areas=["11692"])

    answer = house.ask_token(client.client_id, client.client_secret or "")

    assert answer.status_code == 200
    assert (answer.json["token_type"], answer.json["expires_in"]) == ("Bearer", 900)
    assert answer.headers["Cache-Control"] == "no-store"
    keys = KeySet.import_key_set(house.web.get("/.well-known/jwks.json").json)
    token = jwt.decode(answer.json["access_token"], keys, algorithms=["Ed25519"])
    assert token.header["kid"] == keys.keys[0].kid
    claims = token.claims
    assert (claims["iss"], claims["sub"]) == ("congdongso", client.client_id)
    assert set(claims["aud"]) == {"registry", "sessions", "reporting"}
    assert set(claims["scope"].split()) == {"events:write", "events:read", "reports:read"}
    assert claims["areas"] == [house.area_id("11692", "2026-03-15")]
    assert claims["exp"] - claims["iat"] == 900
    assert claims["jti"]


def test_the_public_keys_are_public_only(house: House) -> None:
    house.as_it()

    (key,) = house.web.get("/.well-known/jwks.json").json["keys"]

    assert set(key) == {"kty", "crv", "x", "kid"}


def test_the_secret_may_come_in_the_form_and_the_scope_may_be_narrowed(house: House) -> None:
    client = add_client(house.settings, "Ứng dụng", areas=["11692"])
    form = {"grant_type": "client_credentials", "client_id": client.client_id, "scope": "events:write"}

    answer = house.web.post("/oauth/token", data=form | {"client_secret": client.client_secret})

    assert (answer.status_code, answer.json["scope"]) == (200, "events:write")


def test_an_unknown_client_a_wrong_secret_and_a_revoked_client_are_told_the_same(house: House) -> None:
    client = add_client(house.settings, "Ứng dụng", areas=["11692"])
    wrong = house.ask_token(client.client_id, "wrong")
    revoke_client(house.settings, client.client_id)

    answers = [
        house.ask_token("nobody", "wrong"),
        house.ask_token("không ai\x00", "wrong"),
        wrong,
        house.ask_token(client.client_id, client.client_secret or ""),
    ]

    assert {(one.status_code, one.json["error"], one.text) for one in answers} == {
        (401, "invalid_client", answers[0].text)
    }
    assert all(one.headers["WWW-Authenticate"].startswith("Basic") for one in answers)


def test_other_grants_and_wider_scopes_are_refused(house: House) -> None:
    client = add_client(house.settings, "Ứng dụng", areas=["11692"])
    secret = client.client_secret or ""

    password = house.ask_token(client.client_id, secret, grant_type="password", username="a", password="b")
    wider = house.ask_token(client.client_id, secret, scope="events:write registry:write")

    assert (password.status_code, password.json["error"]) == (400, "unsupported_grant_type")
    assert (wider.status_code, wider.json["error"]) == (400, "invalid_scope")


@pytest.mark.parametrize("credentials", [b"\xff\xfe", b"no colon", b":", b"a:", b"a:\xc3", b""])
def test_unreadable_credentials_are_no_server_error(house: House, credentials: bytes) -> None:
    header = f"Basic {base64.b64encode(credentials).decode()}"

    answer = house.web.post(
        "/oauth/token", data={"grant_type": "client_credentials"}, headers={"Authorization": header}
    )

    assert answer.status_code in (400, 401)
    assert answer.json["error"] in ("invalid_client", "invalid_request")


def test_a_revoked_client_s_tokens_end_at_once(house: House) -> None:
    client = add_client(house.settings, "Ứng dụng", areas=["11692"])
    headers = house.bearer(client)
    assert house.web.get("/v1/services", headers=headers).status_code == 200

    revoke_client(house.settings, client.client_id)

    assert house.web.get("/v1/services", headers=headers).status_code == 401
    assert house.told("client.revoked")[-1]["client_id"] == client.client_id


def test_a_renewed_client_has_a_new_secret_and_the_same_id(house: House) -> None:
    client = add_client(house.settings, "Ứng dụng", areas=["11692"])
    revoke_client(house.settings, client.client_id)

    renewed = renew_client(house.settings, client.client_id)

    assert house.ask_token(client.client_id, client.client_secret or "").status_code == 401
    assert house.ask_token(client.client_id, renewed.client_secret or "").status_code == 200
    assert len(house.told("client.enabled")) == 2
    assert list_clients(house.settings)[0]["revoked_at"] is None


def test_tokens_of_the_key_before_stay_valid_after_a_rotation(house: House) -> None:
    client = add_client(house.settings, "Ứng dụng", areas=["11692"])
    old = house.bearer(client)

    with writing(house.engine) as session:
        tokens.new_signing_key(session)
    new = house.bearer(client)

    assert len(house.web.get("/.well-known/jwks.json").json["keys"]) == 2
    for headers in (old, new):
        assert house.web.get("/v1/services", headers=headers).status_code == 200


def test_tokens_that_are_not_ours_are_refused(house: House) -> None:
    client = add_client(house.settings, "Ứng dụng", areas=["11692"])
    good = house.token(client)
    head, claims, signature = good.split(".")
    stranger = OKPKey.generate_key("Ed25519", auto_kid=True)
    forged = tokens.issue(stranger, client.client_id, ["registry:write"], [])
    none = base64.urlsafe_b64encode(b'{"alg":"none"}').decode().rstrip("=")

    refused = [
        "",
        "x",
        "a.b.c",
        forged,
        f"{none}.{claims}.",
        f"{head}.{claims}.{signature[:-4]}AAAA",
        f"{head}.{claims[:-4]}.{signature}",
    ]

    for token in refused:
        answer = house.web.get("/v1/services", headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 401, token
    assert house.web.get("/v1/services", headers={"Authorization": f"Basic {good}"}).status_code == 401


def test_secrets_are_stored_as_a_hash(house: House) -> None:
    client = add_client(house.settings, "Ứng dụng", areas=["11692"])

    ((row,),) = house.ask("SELECT client::text FROM client")

    assert client.client_secret
    assert client.client_secret not in row
    assert len(client.client_secret) >= 43


def test_one_signing_key_is_made_even_when_two_need_it(house: House) -> None:
    first, second = tokens.ensure_signing_key(house.engine), tokens.ensure_signing_key(house.engine)

    assert first.kid == second.kid
    with reading(house.engine) as session:
        assert len(tokens.public_keys(session).keys) == 1
