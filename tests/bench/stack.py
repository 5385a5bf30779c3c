"""Everything that a bench run measures: a private broker and database, three services, the sample's wards.

Guarantee: what is started here ends with the `with`. The registry's part is loaded and consumed before any measurement,
and its relay and consumers rest until the end-to-end stage needs them.
"""

import tempfile
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx
import psycopg

from deploy.cds import settle
from deploy.cds.developer import Developer
from deploy.cds.home import with_secrets
from deploy.cds.registry_operations import add_client
from deploy.cds.registry_sample import load_sample
from deploy.cds.simulate.targets import Targets, read_clients
from deploy.cds.simulate.world import Site
from deploy.sample import place, story
from shared import database, topology
from shared.settings import SERVICES, Settings
from tests.bench import bare
from tests.bench.programs import Program, cds, gunicorn, prepare_metrics
from tests.support.ports import free_port
from tests.support.postgres import TestPostgres
from tests.support.rabbitmq import RabbitNode

VIEWER = "viewer-bench"
# A paused consumer must find its segments in the queue, not by a comparison with the feed.
HEADS_INTERVAL_SECONDS = 600.0


class Stack:
    """The running parts. Use as a context manager."""

    def __init__(self) -> None:
        self._ending = ExitStack()
        self._programs: dict[str, Program] = {}

    def __enter__(self) -> Self:
        try:
            self.folder = Path(self._ending.enter_context(tempfile.TemporaryDirectory(prefix="cds-bench-")))
            self.postgres = self._ending.enter_context(TestPostgres())
            self.node = self._ending.enter_context(RabbitNode())
            self._ending.callback(self.stop_all)
            self.settings = self._make_settings()
            self._limit_queues()
            self.raw_url, self.bare_port = self.postgres.fresh_database(), free_port()
            self.targets, self.sites = self._load_registry()
            self.tokens = {site.source: self._token(site.client_id) for site in self.sites}
        except BaseException:
            self._ending.close()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._ending.close()

    def connect(self, service: str) -> psycopg.Connection:
        return psycopg.connect(self.settings.database_url(service), autocommit=True)

    def start(self, name: str, ready: str) -> Program:
        """Start `web <service>`, `relay <service>` or `consume <service>`; return when its log says `ready`."""
        kind, service = name.split()
        environment = Developer(self.settings).environment() | prepare_metrics(self.folder / f"metrics-{service}")
        if kind == "web":
            command = gunicorn(f"services.{service}.wsgi:app", self.settings.ports[service])
        else:
            command = cds(kind, service)
            del environment["PROMETHEUS_MULTIPROC_DIR"]
        return self._run(name, command, environment, ready)

    def start_bare(self) -> Program:
        with psycopg.connect(self.raw_url, autocommit=True) as connection:
            connection.execute(bare.TABLE)
        environment = prepare_metrics(self.folder / "metrics-bare") | {bare.DATABASE: self.raw_url}
        return self._run("web bare", gunicorn("tests.bench.bare:create_app()", self.bare_port), environment, BOOTED)

    def _run(self, name: str, command: list[str], environment: dict[str, str], ready: str) -> Program:
        program = self._programs[name] = Program(name, command, environment, self.folder)
        program.wait_for_line(ready)
        return program

    def stop(self, name: str) -> None:
        self._programs.pop(name).stop()

    def stop_all(self) -> None:
        for name in list(self._programs)[::-1]:
            self.stop(name)

    def _make_settings(self) -> Settings:
        urls = {service: self.postgres.fresh_database() for service in SERVICES}
        for service, url in urls.items():
            database.migrate(service, url)
        return with_secrets(
            Settings(
                home=self.folder / "home",
                broker_url=self.node.url,
                database_urls=urls,
                ports={service: free_port() for service in SERVICES},
                heads_interval_seconds=HEADS_INTERVAL_SECONDS,
            )
        )

    def _limit_queues(self) -> None:
        """The bounds that a deployment gives its queues."""
        import json

        policy = topology.POLICY
        self.node.ctl(
            "set_policy", policy["name"], policy["pattern"], json.dumps(policy["definition"]), "--apply-to", "queues"
        )

    def _load_registry(self) -> tuple[Targets, tuple[Site, ...]]:
        secrets = {client.client_id: str(client.client_secret) for client in load_sample(self.settings)}
        viewer = add_client(self.settings, "Bench", client_id=VIEWER, scopes=("reports:read",))
        urls = {service: self.settings.url_of(service) for service in SERVICES}
        content = story.clients_file(secrets, urls, (VIEWER, str(viewer.client_secret)))
        targets, sites = read_clients(content)
        for service in SERVICES:
            self.start(f"web {service}", BOOTED)
        self.start("relay registry", PUBLISHING)
        for reader in ("sessions", "reporting"):
            self.start(f"consume {reader}", CONSUMING)
        if not settle.wait(self.settings, 60):
            raise RuntimeError("the registry's events do not arrive; see the logs")
        for name in ("relay registry", "consume sessions", "consume reporting"):
            self.stop(name)
        return targets, tuple(site for site in sites if site.valid_to == place.REFORM_ON)

    def _token(self, client_id: str) -> str:
        answer = httpx.post(
            f"{self.targets.registry}/oauth/token",
            data={"grant_type": "client_credentials"},
            auth=(client_id, self.targets.secrets[client_id]),
        )
        answer.raise_for_status()
        return str(answer.json()["access_token"])


BOOTED, PUBLISHING, CONSUMING = "Booting worker", '"publishing"', '"consuming"'
