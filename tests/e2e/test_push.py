"""`cds push` on a bad network: 50 clients with two weeks of backlog, killed at random, their answers cut.

Each client is a process of its own that runs the command line (`tests/support/nursery.py`).
CDS_TEST_PUSH_EVENTS gives each client more events than the suite has time for.
"""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import httpx
import pytest

from deploy.cds import settle
from deploy.cds.push import Queue
from deploy.cds.simulate.atlas import Atlas
from deploy.cds.simulate.changes import everything
from deploy.cds.simulate.delivery import Phones
from deploy.cds.simulate.expected import Figures, difference, figures_of
from deploy.cds.simulate.figures import Reading
from deploy.cds.simulate.habits import Habits
from deploy.cds.simulate.standing import stand
from deploy.cds.simulate.targets import Targets, Viewer
from deploy.cds.simulate.world import Plan
from deploy.sample import story
from shared import database
from shared.settings import SERVICES
from tests.support import nursery
from tests.support.cutting import CuttingProxy
from tests.support.embedded import Ward, embedded
from tests.support.events import assist
from tests.support.postgres import TestPostgres
from tests.support.stack import HAI_THANH, VIEWER

PROJECT = Path(__file__).resolve().parents[2]
PHONES, WARDS = 10, 5
EVENTS = int(os.environ.get("CDS_TEST_PUSH_EVENTS", "30"))
HABITS = Habits(bursts=True, duplicates=True, shuffle=True, late=True, corrections=True, voids=True, orphans=True)
SEED = 20


@pytest.fixture(scope="module")
def ward(postgres: TestPostgres) -> Iterator[Ward]:
    with embedded(postgres) as running:
        yield running


def make_clients(plan: Plan, ward: Ward, folder: Path, to: str, registry: str) -> list[list[str]]:
    """The backlog of every phone as a file, and the command line that sends it."""
    told, clients = everything(plan), []
    for site in plan.sites:
        secret = folder / site.client_id
        secret.write_text(ward.secrets[site.client_id], encoding="utf-8")
        for number, items in enumerate(Phones(plan, site).queues([e for e in told if e.source == site.source])):
            name = f"{site.client_id}-{number}"
            backlog = folder / f"{name}.ndjson"
            values = [item.value() for item in items]
            backlog.write_text("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in values), encoding="utf-8")
            arguments = ["--to", to, "--registry", registry, "--client-id", site.client_id, "--secret-file", str(secret),
                         "--queue", str(folder / f"{name}.sqlite"), "--from", str(backlog), "--batch", "20"]  # fmt: skip
            clients.append(arguments)
    return clients


def told(ward: Ward) -> list[dict[str, Any]]:
    """The log that everybody reads."""
    with database.connect(ward.settings.database_url("sessions")) as connection:
        bodies = connection.execute("SELECT body FROM segment").fetchall()
    return [event for (body,) in bodies for event in json.loads(gzip.decompress(body))]


def logged(ward: Ward) -> Counter[str]:
    """How often the log tells of each event."""
    return Counter(event["id"] for event in told(ward))


def held(ward: Ward) -> Counter[str]:
    """The ids that the platform keeps, without those that it gave itself (of assists that went with their session)."""
    with database.connect(ward.settings.database_url("sessions")) as connection:
        rows = connection.execute("SELECT event_id FROM event_key").fetchall()
    given = {event["id"] for event in told(ward) if "caused_by" in event["data"]}
    return Counter(str(event_id) for (event_id,) in rows if str(event_id) not in given)


def figures_now(ward: Ward, plan: Plan) -> Figures:
    urls = {service: ward.url(service) for service in SERVICES}
    targets = Targets(**urls, secrets=ward.secrets, viewer=Viewer(VIEWER, ward.secrets[VIEWER]))
    with httpx.Client(trust_env=False) as http:
        return Reading(targets, http).of_plan(plan)


@pytest.mark.faults
@pytest.mark.timeout(3600)
def test_fifty_killed_clients_with_cut_answers_end_with_every_event_accepted_once(ward: Ward, tmp_path: Path) -> None:
    chance, sites = Random(SEED), story.march_2023().sites[:WARDS]
    plan = Plan(sites, date(2023, 3, 6), date(2023, 3, 19), EVENTS * PHONES * WARDS, "backlog", HABITS, phones=PHONES)
    figures_before, held_before = figures_now(ward, plan), held(ward)
    with (
        CuttingProxy(ward.settings.ports["sessions"], SEED) as sessions,
        CuttingProxy(ward.settings.ports["registry"], SEED, before=0.05, middle=0.05) as registry,
    ):
        clients = make_clients(plan, ward, tmp_path, sessions.url, registry.url)
        lives = [[chance.uniform(0.05, 2 + EVENTS / 50) for _ in range(chance.randint(1, 3))] for _ in clients]
        statuses, killed = nursery.run(list(zip(clients, lives, strict=True)), 3000)

    assert len(clients) == PHONES * WARDS
    assert statuses == [0] * len(clients)
    assert min(killed / 25, sessions.cuts["before"], sessions.cuts["middle"]) >= 1, "too little broke to prove anything"
    assert settle.wait(ward.settings, 120 + EVENTS)
    ids = {event.id for event in everything(plan)}
    assert held(ward) - held_before == Counter(ids)
    atlas = Atlas.of_sites(plan.sites)
    standing = stand(everything(plan), atlas)
    sent = {one: count for one, count in logged(ward).items() if one in ids}
    assert sent == dict.fromkeys(ids - standing.waiting, 1)
    assert difference(figures_now(ward, plan), figures_before) == figures_of(standing, atlas)


def cds_push(
    ward: Ward, folder: Path, *arguments: str, events: str = "", program: str = "deploy.cds.push"
) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", *program.split(), "--to", ward.url("sessions"), "--registry",
               ward.url("registry"), "--client-id", HAI_THANH, "--queue", str(folder / "queue.sqlite")]  # fmt: skip
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(PROJECT), "LC_ALL": "C.UTF-8"}
    return subprocess.run(
        [*command, *arguments], input=events, capture_output=True, text=True, timeout=60, cwd=folder,
        env=environment | {"CDS_CLIENT_SECRET": ward.secrets[HAI_THANH]},
    )  # fmt: skip


def test_the_command_sends_what_is_piped_in_and_keeps_what_is_refused(ward: Ward, tmp_path: Path) -> None:
    good, wrong = [assist() for _ in range(5)], assist(service="VNeID!")
    twice = json.dumps(good[0])[:-1] + ', "id": "x"}'
    lines = [json.dumps(one) for one in good[:3]] + ["{broken", twice, json.dumps(wrong)]
    lines += [json.dumps(one) for one in good[3:]]

    done = cds_push(ward, tmp_path, "--from", "-", events="\n".join(lines), program="deploy.cds.main push")
    again = cds_push(ward, tmp_path, "--from", "-", events="\n".join(lines))
    shown = cds_push(ward, tmp_path, "--show-refused")

    assert done.returncode == again.returncode == shown.returncode == 1, done.stderr
    assert "gửi xong 5 sự kiện" in done.stdout
    assert "gửi xong 0 sự kiện" in again.stdout
    assert "3 sự kiện bị từ chối" in shown.stdout
    assert wrong["id"] in shown.stdout
    assert all(held(ward)[one["id"]] == 1 for one in good)


def test_a_client_without_a_platform_keeps_everything_and_says_so(ward: Ward, tmp_path: Path) -> None:
    events = "\n".join(json.dumps(assist()) for _ in range(3))

    away = cds_push(ward, tmp_path, "--to", "http://127.0.0.1:9", "--from", "-", "--give-up", "1", events=events)
    home = cds_push(ward, tmp_path)

    assert (away.returncode, home.returncode) == (2, 0)
    assert "Còn 3 sự kiện" in away.stdout
    assert "gửi xong 3 sự kiện" in home.stdout


def test_a_revoked_secret_loses_nothing(ward: Ward, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("wrong", encoding="utf-8")

    refused = cds_push(ward, tmp_path, "--from", "-", "--secret-file", str(secret), events=json.dumps(assist()))

    assert refused.returncode == 2
    assert HAI_THANH in refused.stdout
    with Queue(tmp_path / "queue.sqlite") as queue:
        assert queue.counts() == {"waiting": 1}
