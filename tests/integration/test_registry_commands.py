"""The operator's registry commands as an operator types them, on a real PostgreSQL."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from deploy.cds.registry_commands import client_app, import_app
from tests.integration.registry_house import House, open_house
from tests.support.postgres import TestPostgres


@pytest.fixture
def house(postgres: TestPostgres, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[House]:
    with open_house(postgres) as opened:
        monkeypatch.setenv("CDS_HOME", str(tmp_path))
        monkeypatch.setenv("CDS_REGISTRY_DATABASE_URL", opened.url)
        yield opened


def run(app: typer.Typer, *words: str) -> Result:
    return CliRunner().invoke(app, list(words))


def test_a_ward_is_imported_and_its_app_gets_a_token(house: House) -> None:
    imported = run(import_app, "areas", "--ward", "11692", "--json")
    added = run(client_app, "add", "Ứng dụng phường Dương Kinh", "--area", "11692", "--json")

    assert imported.exit_code == added.exit_code == 0, added.output
    assert json.loads(imported.stdout)["areas_new"] > 5
    made = json.loads(added.stdout)
    assert house.ask_token(made["client_id"], made["client_secret"]).status_code == 200
    listed = json.loads(run(client_app, "list", "--json").stdout)
    assert [client["client_id"] for client in listed] == [made["client_id"]]
    assert made["client_secret"] not in json.dumps(listed)


def test_an_app_can_be_given_a_ward_as_it_was(house: House) -> None:
    run(import_app, "areas", "--ward", "11692")

    run(
        client_app, "add", "Ứng dụng phường Hải Thành", "--id", "app-hai-thanh", "--area", "11692", "--on", "2023-03-15"
    )

    assert house.told("client.enabled") == [
        {"client_id": "app-hai-thanh", "areas": [house.area_id("11692", "2023-03-15")]}
    ]


def test_a_revoked_app_gets_no_token(house: House) -> None:
    run(import_app, "areas", "--ward", "11692")
    made = json.loads(run(client_app, "add", "Ứng dụng", "--area", "11692", "--json").stdout)

    assert run(client_app, "revoke", made["client_id"]).exit_code == 0

    assert house.ask_token(made["client_id"], made["client_secret"]).status_code == 401


@pytest.mark.parametrize(
    ("app", "words", "status", "said"),
    [
        (import_app, ["areas"], 2, "--province"),
        (import_app, ["areas", "--ward", "99999"], 1, "99999"),
        (client_app, ["add", "Ứng dụng", "--area", "99999"], 1, "99999"),
        (client_app, ["add", "Ứng dụng"], 1, "areas"),
        (client_app, ["add", "Ứng dụng", "--scope", "root"], 2, "root"),
        (client_app, ["add", "Ứng dụng", "--on", "hôm qua"], 2, "hôm qua"),
        (client_app, ["add", "Ứng dụng", "--id", "Viết Hoa", "--scope", "reports:read"], 2, "Viết Hoa"),
        (client_app, ["revoke", "nobody"], 1, "nobody"),
        (client_app, ["renew", "nobody"], 1, "nobody"),
    ],
)
def test_a_wrong_word_is_answered_in_one_line(
    house: House, app: typer.Typer, words: list[str], status: int, said: str
) -> None:
    result = run(app, *words)

    assert result.exit_code == status, result.output
    assert said in result.output
    assert "Traceback" not in result.output
    assert house.events() == []


def test_a_database_that_does_not_answer_is_said_in_one_line(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CDS_REGISTRY_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")

    result = run(client_app, "list")

    assert result.exit_code == 1
    assert "CDS_REGISTRY_DATABASE_URL" in result.output
    assert len(result.output.splitlines()) == 1
