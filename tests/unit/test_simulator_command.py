"""The simulator's command line: what it says and with which status it ends when it cannot run."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import typer
from typer.testing import CliRunner

from deploy.cds.simulate import read_clients_file
from deploy.cds.simulate.command import simulate
from deploy.sample import story

DAYS = ["--from", "2023-03-01", "--to", "2023-03-31"]


def call(*arguments: str) -> tuple[int, str]:
    app = typer.Typer()
    app.command()(simulate)
    result = CliRunner().invoke(app, [*arguments])
    return result.exit_code, result.output


def sample_file(folder: Path) -> Path:
    secrets = {site.client_id: "secret" for site in story.sites()}
    nowhere = {name: "http://127.0.0.1:9" for name in ("registry", "sessions", "reporting")}
    path = folder / "clients.json"
    path.write_text(json.dumps(story.clients_file(secrets, nowhere, ("viewer", "secret"))), encoding="utf-8")
    return path


def test_the_clients_file_of_the_sample_reads_back_as_the_same_sites(tmp_path: Path):
    targets, sites = read_clients_file(sample_file(tmp_path))

    assert sites == story.sites()
    assert targets.reader().client_id == "viewer"


def test_a_platform_that_is_not_up_ends_with_status_2_and_one_sentence(tmp_path: Path):
    status, output = call("--clients", str(sample_file(tmp_path)), *DAYS)

    assert status == 2
    assert "does not answer" in output
    assert "Traceback" not in output


def test_days_without_a_ward_end_with_status_2(tmp_path: Path):
    path = sample_file(tmp_path)

    status, output = call("--clients", str(path), "--from", "2010-01-01", "--to", "2010-01-31")

    assert (status, "No ward" in output) == (2, True)


def test_a_missing_or_broken_clients_file_ends_with_status_2(tmp_path: Path):
    broken = tmp_path / "broken.json"
    broken.write_text('{"clients": [{"client_id": "a"}]}', encoding="utf-8")

    assert call("--clients", str(tmp_path / "none.json"), *DAYS)[0] == 2
    assert call("--clients", str(broken), *DAYS)[0] == 2


def test_only_the_wards_of_the_days_take_part(tmp_path: Path):
    from deploy.cds.simulate.command import make_plan
    from deploy.cds.simulate.habits import HONEST

    path = sample_file(tmp_path)
    then, now = datetime(2023, 3, 1).date(), datetime(2026, 3, 1).date()

    assert len(make_plan(path, then, then, 10, "1", HONEST)[1].sites) == 6
    assert len(make_plan(path, now, now, 10, "1", HONEST)[1].sites) == 2
