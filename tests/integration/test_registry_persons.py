"""Clients that are persons: made, told apart, their passwords hashed and typed, their tokens of a working day."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from joserfc import jwt
from joserfc.jwk import KeySet
from typer.testing import CliRunner

from deploy.cds.registry_commands import CommandError, add_client, client_app, list_clients, renew_client, revoke_client
from services.registry import passwords
from services.registry.model import Client
from services.registry.store import reading
from tests.integration.registry_house import House, open_house, with_hai_thanh
from tests.support.postgres import TestPostgres

PASSWORD = "hoa phượng đỏ"


@pytest.fixture
def house(postgres: TestPostgres) -> Iterator[House]:
    with open_house(postgres, with_hai_thanh) as opened:
        yield opened


def row(house: House, client_id: str) -> Client:
    engine = sa.create_engine(sa.make_url(house.settings.database_url("registry")).set(drivername="postgresql+psycopg"))
    with reading(engine) as session:
        found = session.get(Client, client_id)
    engine.dispose()
    assert found
    return found


def test_a_person_gets_a_token_of_eight_hours_with_the_scopes_of_a_ward(house: House) -> None:
    made = add_client(house.settings, "Nguyễn Văn A", areas=["11692"], is_person=True)

    answer = house.ask_token(made.client_id, made.client_secret or "")

    assert answer.status_code == 200
    assert (answer.json["expires_in"], answer.json["name"]) == (8 * 3600, "Nguyễn Văn A")
    keys = KeySet.import_key_set(house.web.get("/.well-known/jwks.json").json)
    claims = jwt.decode(answer.json["access_token"], keys, algorithms=["Ed25519"]).claims
    assert claims["exp"] - claims["iat"] == 8 * 3600
    assert set(claims["scope"].split()) == {"events:write", "events:read", "reports:read"}
    assert "Nguyễn" not in json.dumps(claims, ensure_ascii=False)


def test_the_id_of_a_person_tells_the_ward_and_not_the_name(house: House) -> None:
    made = add_client(house.settings, "Nguyễn Văn A", areas=["11692"], is_person=True)

    assert made.client_id.startswith("cb-11692-")
    assert len(made.client_id) == len("cb-11692-k7mf")


def test_only_the_hash_of_a_password_is_kept(house: House) -> None:
    made = add_client(house.settings, "A", areas=["11692"], is_person=True, password=PASSWORD)

    kept = row(house, made.client_id)

    assert kept.secret_sha256 is None
    assert kept.password_hash is not None
    assert kept.password_hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    engine = sa.create_engine(sa.make_url(house.settings.database_url("registry")).set(drivername="postgresql+psycopg"))
    with engine.connect() as connection:
        told = connection.scalars(sa.text("SELECT coalesce(after::text, '') FROM change WHERE kind = 'client'")).all()
    engine.dispose()
    assert told
    assert not any("argon2" in one or "password" in one for one in told)


def test_a_password_is_the_same_in_both_forms_of_unicode(house: House) -> None:
    made = add_client(
        house.settings, "A", areas=["11692"], is_person=True, password=unicodedata.normalize("NFC", PASSWORD)
    )

    assert passwords.verify(unicodedata.normalize("NFD", PASSWORD), row(house, made.client_id).password_hash)


@pytest.mark.parametrize("password", ["", "ngắn", "123456789", "x" * 201, "có dòng\nmới ở đây"])
def test_a_password_that_is_too_short_is_refused(house: House, password: str) -> None:
    with pytest.raises(CommandError, match="ít nhất 10 ký tự"):
        add_client(house.settings, "A", areas=["11692"], is_person=True, password=password)


def test_a_new_password_ends_the_old_one(house: House) -> None:
    made = add_client(house.settings, "A", areas=["11692"], is_person=True, password=PASSWORD)

    renewed = renew_client(house.settings, made.client_id)

    assert house.ask_token(made.client_id, PASSWORD).status_code == 401
    assert house.ask_token(made.client_id, renewed.client_secret or "").status_code == 200
    revoke_client(house.settings, made.client_id)
    assert house.ask_token(made.client_id, renewed.client_secret or "").status_code == 401


def test_twenty_wrong_passwords_make_a_person_wait_and_an_app_not(house: House) -> None:
    person = add_client(house.settings, "A", areas=["11692"], is_person=True, password=PASSWORD)
    app = add_client(house.settings, "Ứng dụng", areas=["11692"])
    for _ in range(20):
        for client_id in (person.client_id, app.client_id, "cb-11692-nobo"):
            assert house.ask_token(client_id, "sai").status_code == 401

    waiting = house.ask_token(person.client_id, PASSWORD)

    assert (waiting.status_code, waiting.json["error"]) == (429, "slow_down")
    assert 0 < int(waiting.headers["Retry-After"]) <= 600
    assert house.ask_token("cb-11692-nobo", PASSWORD).status_code == 429
    assert house.ask_token(app.client_id, app.client_secret or "").status_code == 200


def test_wrong_logins_are_forgotten_after_ten_minutes_and_bounded() -> None:
    now = [0.0]
    wrong = passwords.WrongLogins(lambda: now[0])
    for _ in range(25):
        wrong.note("a")
        now[0] += 1
    assert 570 < wrong.wait_seconds("a") <= 600
    now[0] += 600
    assert wrong.wait_seconds("a") == 0
    for number in range(passwords.MOST_USERS + 5):
        wrong.note(str(number))
    assert len(wrong._times) == passwords.MOST_USERS


def test_the_command_shows_a_password_once_or_asks_for_it(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deploy.cds.registry_commands._settings", lambda: house.settings)
    shell = CliRunner()

    shown = shell.invoke(client_app, ["add", "Nguyễn Văn A", "--person", "--area", "11692"])
    assert shown.exit_code == 0
    lines = dict(line.split(":", 1) for line in shown.output.splitlines() if ":" in line)
    assert house.ask_token(lines["Tên đăng nhập"].strip(), lines["Mật khẩu"].strip()).status_code == 200

    typed = shell.invoke(
        client_app, ["add", "B", "--person", "--area", "11692", "--ask-password", "--id", "cb-b"],
        input=f"ngắn\nngắn\n{PASSWORD}\n{PASSWORD}\n",
    )  # fmt: skip
    assert typed.exit_code == 0, typed.output
    assert PASSWORD not in typed.output
    assert house.ask_token("cb-b", PASSWORD).status_code == 200
    renewed = shell.invoke(client_app, ["renew", "cb-b", "--ask-password"], input="mật khẩu khác\nmật khẩu khác\n")
    assert renewed.exit_code == 0
    assert house.ask_token("cb-b", "mật khẩu khác").status_code == 200

    assert shell.invoke(client_app, ["add", "C", "--area", "11692", "--ask-password"]).exit_code == 2
    app = add_client(house.settings, "Ứng dụng", areas=["11692"])
    assert shell.invoke(client_app, ["renew", app.client_id, "--ask-password"]).exit_code == 1
    kinds = {one["client_id"]: one["is_person"] for one in list_clients(house.settings)}
    assert (kinds["cb-b"], kinds[app.client_id]) == (True, False)
