"""The embedded default killed with everything in flight: after the next start, what was accepted is there and counted.

`cds up` is killed with SIGKILL while ward apps send: the web servers, relays, consumers and the database of one process,
all at once. Whoever got no answer sends again, as a ward app does.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from deploy.cds import settle
from deploy.cds.postgres import EmbeddedPostgres
from deploy.cds.registry_commands import add_client
from deploy.cds.registry_sample import load_sample
from shared.settings import SERVICES, Settings
from tests.support.events import DAY, assist
from tests.support.ports import free_port
from tests.support.processes import wait_until_none
from tests.support.stack import HAI_THANH, INTERNAL_SECRET, PROJECT, TOKEN_KEY, VIEWER, Process, wait_for

pytestmark = pytest.mark.faults


class Deployment:
    """A home of its own, in which `cds up` can be started again and again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        ports = {service: free_port() for service in SERVICES}
        server = EmbeddedPostgres(folder / "home" / "pg")
        self.settings = Settings(
            home=folder / "home",
            ports=ports,
            database_urls={service: server.url(service) for service in SERVICES},
            internal_secret=INTERNAL_SECRET,
            resident_token_keys={1: TOKEN_KEY},
        )
        self.secrets: dict[str, str] = {}
        self.process: Process | None = None

    def up(self) -> Process:
        environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(PROJECT),
            "LC_ALL": "C.UTF-8",
            "CDS_HOME": str(self.settings.home),
            "CDS_INTERNAL_SECRET": INTERNAL_SECRET,
            "CDS_RESIDENT_TOKEN_KEY": TOKEN_KEY.hex(),
            **{f"CDS_{service.upper()}_PORT": str(port) for service, port in self.settings.ports.items()},
        }
        command = [sys.executable, "-m", "deploy.cds.main", "up", "--no-sample"]
        self.process = Process("cds up", command, environment, self.folder)
        self.process.wait_for_output("up in", 60)
        return self.process

    def load_registry(self) -> None:
        for client in load_sample(self.settings):
            self.secrets[client.client_id] = client.client_secret or ""
        viewer = add_client(self.settings, "Người xem", client_id=VIEWER, scopes=("reports:read",))
        self.secrets[VIEWER] = viewer.client_secret or ""
        assert settle.wait(self.settings, 30)

    def token(self, client_id: str) -> str:
        answer = httpx.post(
            f"{self.settings.url_of('registry')}/oauth/token", data={"grant_type": "client_credentials"},
            auth=(client_id, self.secrets[client_id]), trust_env=False,
        ).raise_for_status()  # fmt: skip
        return str(answer.json()["access_token"])

    def post(self, event: dict[str, object], token: str) -> int:
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/cloudevents+json"}
        url = f"{self.settings.url_of('sessions')}/v1/events"
        return httpx.post(url, json=event, headers=headers, trust_env=False, timeout=10).status_code

    def total(self) -> int:
        answer = httpx.get(
            f"{self.settings.url_of('reporting')}/v1/tallies", params={"from": DAY},
            headers={"Authorization": f"Bearer {self.token(VIEWER)}"}, trust_env=False,
        ).raise_for_status()  # fmt: skip
        return int(answer.json()["totals"]["assists"])


@pytest.fixture
def deployment() -> Iterator[Deployment]:
    folder = Path(tempfile.mkdtemp(prefix="cds-up-", dir="/tmp"))
    folder.chmod(0o711)
    made = Deployment(folder)
    yield made
    if made.process is not None:
        made.process.stop()
    assert wait_until_none(folder) == {}
    shutil.rmtree(folder, ignore_errors=True)


class App(threading.Thread):
    """A phone that sends one event after another until there is no answer."""

    def __init__(self, deployment: Deployment, token: str) -> None:
        super().__init__(daemon=True)
        self.deployment, self.token = deployment, token
        self.accepted: list[dict[str, object]] = []
        self.doubtful: list[dict[str, object]] = []

    def run(self) -> None:
        while not self.doubtful:
            event = assist()
            try:
                status = self.deployment.post(event, self.token)
            except httpx.HTTPError:
                status = 0
            (self.accepted if status == 201 else self.doubtful).append(event)


def test_events_in_flight_when_everything_is_killed_are_counted_after_the_next_start(deployment: Deployment) -> None:
    process = deployment.up()
    deployment.load_registry()
    apps = [App(deployment, deployment.token(HAI_THANH)) for _ in range(4)]

    for kill in range(2):
        for app in apps:
            app.start()
        wait_for(lambda: sum(len(app.accepted) for app in apps) > 100 * (kill + 1), 30)
        os.kill(process.pid, signal.SIGKILL)
        for app in apps:
            app.join(timeout=20)
        assert process.status == -signal.SIGKILL
        assert sum(len(app.doubtful) for app in apps) == len(apps)
        process = deployment.up()
        # What was doubtful is sent again; as a duplicate, where it had been accepted.
        for app in apps:
            token = deployment.token(HAI_THANH)
            assert all(deployment.post(event, token) in (200, 201) for event in app.doubtful)
        later = [App(deployment, deployment.token(HAI_THANH)) for _ in range(4)]
        for app, old in zip(later, apps, strict=True):
            app.accepted = old.accepted + old.doubtful
        apps = later

    assert settle.wait(deployment.settings, 30)
    sent = [event for app in apps for event in app.accepted]
    assert deployment.total() == len(sent)
    assert len({event["id"] for event in sent}) == len(sent)
