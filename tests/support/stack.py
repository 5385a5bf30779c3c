"""A whole Congdongso for a test: three databases with the sample's registry, web servers, relays, consumers.

Databases are copies of templates that are filled once for the run: the registry with the sample, the other two with
what they take from the registry's stream. Web servers are threads of the test (waitress) or gunicorn; relays and
consumers are processes, started by `cds` and ended by their process id.
"""

from __future__ import annotations

import contextlib
import ctypes
import datetime as dt
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

import httpx
import sqlalchemy as sa
from waitress import wasyncore
from waitress.server import create_server

from deploy.cds import settle, wiring
from deploy.cds.registry_commands import add_client, renew_client
from deploy.cds.registry_sample import load_sample
from deploy.cds.simulate.habits import Habits
from deploy.cds.simulate.targets import Targets, Viewer
from deploy.cds.simulate.world import Plan
from deploy.sample import story
from shared import database, segments, token_keys
from shared.consumer import Applier
from shared.settings import SERVICES, Settings
from tests.support.ports import free_port
from tests.support.postgres import TestPostgres

PROJECT = Path(__file__).resolve().parents[2]
VIEWER = "viewer-test"
HAI_THANH = "app-11692-2023"  # a ward app of the sample, for the ward 11692 of 2023
ANH_DUNG = "app-11689-2023"
TOKEN_KEY = bytes(range(32))
RENEW_SECONDS = 300
CERTIFICATE_KEY = bytes(range(32, 64))
INTERNAL_SECRET = "internal-secret-of-the-tests"


def wait_for(condition: Callable[[], Any], seconds: float = 15.0, what: str = "") -> Any:
    """The first true value of `condition`; fails after `seconds`."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, f"not within {seconds} s: {what or condition}"
        time.sleep(0.02)
    return found


# -- databases ---------------------------------------------------------------------------------------------------------


@dataclass
class Templates:
    """One set of filled templates for a PostgreSQL server."""

    postgres: TestPostgres
    secrets: dict[str, str] = field(default_factory=dict)

    def fresh(self) -> dict[str, str]:
        """The addresses of three new databases, by service."""
        return {service: self.postgres.fresh_database(getattr(self, f"fill_{service}")) for service in SERVICES}

    def fill_registry(self, url: str) -> None:
        database.migrate("registry", url)
        settings = settings_for({"registry": url})
        for client in load_sample(settings):
            self.secrets[client.client_id] = client.client_secret or ""
        viewer = add_client(settings, "Người xem", client_id=VIEWER, scopes=("reports:read",))
        self.secrets[VIEWER] = viewer.client_secret or ""
        engine = database.engine(url, options=database.JOB_OPTIONS)
        while _cut(engine):
            pass
        engine.dispose()

    def fill_sessions(self, url: str) -> None:
        self._take_in("sessions", url)

    def fill_reporting(self, url: str) -> None:
        self._take_in("reporting", url)

    def _take_in(self, service: str, url: str) -> None:
        """Migrate, and apply the registry's stream."""
        database.migrate(service, url)
        source = database.engine(self.postgres.fresh_database(self.fill_registry))
        target = database.engine(url, options=database.JOB_OPTIONS)
        applier = Applier(wiring.CONSUMERS[service], target)
        with database.transaction(source) as connection:
            epoch, _ = segments.open_stream(connection, "registry", 1)
            found = segments.read(connection, "registry", epoch, 0, 0, 1000)
        for segment in found:
            applier.apply(segment)
        source.dispose()
        target.dispose()


def _cut(engine: sa.Engine) -> int:
    with database.transaction(engine) as connection:
        return segments.cut(connection, [0])


_templates: dict[int, Templates] = {}


def templates_of(postgres: TestPostgres) -> Templates:
    return _templates.setdefault(id(postgres), Templates(postgres))


def settings_for(urls: dict[str, str], **more: Any) -> Settings:
    given: dict[str, Any] = {
        "home": Path("/nowhere"),
        "database_urls": urls,
        "internal_secret": INTERNAL_SECRET,
        "resident_token_keys": {1: TOKEN_KEY},
        "certificate_key": CERTIFICATE_KEY,
        "heads_interval_seconds": 2.0,
    }
    return Settings(**(given | more))


# -- processes ---------------------------------------------------------------------------------------------------------


class Process:
    """A child process with its own log file; ended by its process id, and by the kernel when the tests end."""

    def __init__(self, name: str, command: list[str], environment: dict[str, str], folder: Path) -> None:
        self.name = name
        self.log = folder / f"{name.replace(' ', '-')}-{secrets.token_hex(3)}.log"
        with self.log.open("wb") as output:
            self._process = subprocess.Popen(
                command, cwd=PROJECT, env=environment, stdout=output, stderr=output,
                stdin=subprocess.DEVNULL, preexec_fn=_end_with_parent, start_new_session=True,
            )  # fmt: skip

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def status(self) -> int | None:
        """The exit status, negative for a signal; None while it runs."""
        return self._process.poll()

    def output(self) -> str:
        return self.log.read_text(errors="replace")

    def wait_for_output(self, text: str, seconds: float = 20.0) -> None:
        def said() -> bool:
            assert self.status is None or text in self.output(), f"{self.name} ended:\n{self.output()[-3000:]}"
            return text in self.output()

        wait_for(said, seconds, f"{self.name} says {text!r}:\n{self.output()[-2000:]}")

    def wait_until_killed(self, seconds: float = 30.0) -> None:
        """Wait until it died of SIGKILL, and of nothing else."""
        wait_for(lambda: self.status is not None, seconds, f"{self.name} dies:\n{self.output()[-2000:]}")
        assert self.status == -signal.SIGKILL, f"{self.name}: status {self.status}\n{self.output()[-3000:]}"

    def kill(self) -> None:
        """SIGKILL, also for the workers of a server: they would live on for a while, and answer."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def ask_to_stop(self) -> None:
        if self._process.poll() is None:
            self._process.terminate()

    def stop(self) -> None:
        """SIGTERM, and SIGKILL for whoever does not listen."""
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                self.kill()


def _end_with_parent() -> None:
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


class WebServer:
    """A WSGI application on a port of its own, in threads of the test."""

    def __init__(self, app: Any, port: int, threads: int = 8, max_body: int = 64 * 1024 * 1024) -> None:
        self._sockets: dict[int, Any] = {}
        self._ending = threading.Event()
        self._server = create_server(
            app, map=self._sockets, host="127.0.0.1", port=port, threads=threads, max_request_body_size=max_body
        )
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while not self._ending.is_set():
            wasyncore.loop(timeout=0.05, map=self._sockets, count=1)
        self._server.task_dispatcher.shutdown()
        wasyncore.close_all(self._sockets)

    def close(self) -> None:
        self._ending.set()
        self._thread.join(timeout=5)


# -- the stack ---------------------------------------------------------------------------------------------------------


class Stack:
    """Use as a context manager. Nothing runs until it is asked for."""

    def __init__(self, postgres: TestPostgres, broker_url: str, **settings: Any) -> None:
        self.postgres = postgres
        self.templates = templates_of(postgres)
        self.folder = Path(tempfile.mkdtemp(prefix="cds-stack-", dir="/tmp"))
        self.settings = settings_for(
            self.templates.fresh(),
            home=self.folder,
            broker_url=broker_url,
            ports={service: free_port() for service in SERVICES},
            **settings,
        )
        self.processes: dict[str, Process] = {}
        self._webs: dict[str, WebServer] = {}
        self._tokens: dict[str, tuple[str, float]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        for process in self.processes.values():
            process.ask_to_stop()
        for process in self.processes.values():
            process.stop()
        for web in self._webs.values():
            web.close()
        for url in self.settings.database_urls.values():
            self.postgres.drop(url)
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def secrets(self) -> dict[str, str]:
        return self.templates.secrets

    def environment(self, fault: str = "") -> dict[str, str]:
        """The settings as a process reads them."""
        settings = self.settings
        made = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(PROJECT),
            "LC_ALL": "C.UTF-8",
            "CDS_HOME": str(settings.home),
            "CDS_BROKER_URL": settings.broker_url,
            "CDS_INTERNAL_SECRET": settings.internal_secret,
            "CDS_RESIDENT_TOKEN_KEY": token_keys.text_of(settings.resident_token_keys),
            "CDS_CERTIFICATE_KEY": settings.certificate_key.hex(),
            "CDS_SHARDS": str(settings.shards),
            "CDS_HEADS_INTERVAL_SECONDS": str(settings.heads_interval_seconds),
            "CDS_FAULT": fault,
        }
        for service in SERVICES:
            made[f"CDS_{service.upper()}_DATABASE_URL"] = settings.database_urls[service]
            made[f"CDS_{service.upper()}_PORT"] = str(settings.ports[service])
        return made

    # -- starting ------------------------------------------------------------------------------------------------

    def serve(self, *services: str) -> None:
        """Web applications of these services (default: all) in threads of the test."""
        for service in services or SERVICES:
            self._webs[service] = WebServer(wiring.create_app(service, self.settings), self.settings.ports[service])

    def stop_serving(self, service: str) -> None:
        self._webs.pop(service).close()

    def gunicorn(self, service: str, fault: str = "", workers: int = 1) -> Process:
        """The web application of a service as it is deployed."""
        process = self.cds(f"serve {service} --workers {workers}", fault)
        wait_for(lambda: _answers(f"{self.url(service)}/healthz"), 60, f"serve {service}\n{process.output()[-2000:]}")
        return process

    def relay(self, service: str, fault: str = "") -> Process:
        return self.cds(f"relay {service}", fault)

    def consumer(self, service: str, fault: str = "") -> Process:
        return self.cds(f"consume {service}", fault)

    def cds(self, arguments: str, fault: str) -> Process:
        return self._start(arguments, [sys.executable, "-m", "deploy.cds.main", *arguments.split()], fault)

    def _start(self, name: str, command: list[str], fault: str) -> Process:
        process = Process(name, command, self.environment(fault), self.folder)
        self.processes[name] = process
        return process

    # -- talking -------------------------------------------------------------------------------------------------

    def url(self, service: str) -> str:
        return self.settings.url_of(service)

    def token(self, client_id: str = HAI_THANH) -> str:
        """A token from the registry's own endpoint, kept for five of its fifteen minutes."""
        _, taken_at = self._tokens.get(client_id, ("", -float("inf")))
        if time.monotonic() > taken_at + RENEW_SECONDS:
            answer = httpx.post(
                f"{self.url('registry')}/oauth/token", data={"grant_type": "client_credentials"},
                auth=(client_id, self.secrets[client_id]), trust_env=False,
            ).raise_for_status()  # fmt: skip
            self._tokens[client_id] = answer.json()["access_token"], time.monotonic()
        return self._tokens[client_id][0]

    def sandbox(self, *areas: str, on: str) -> str:
        """A client whose events count nowhere, for these areas as they were on a day."""
        made = add_client(
            self.settings, "Thử nghiệm", areas=areas, on=dt.date.fromisoformat(on), scopes=("events:sandbox",)
        )
        self.secrets[made.client_id] = made.client_secret or ""
        return made.client_id

    def new_secret(self, client_id: str) -> None:
        self.secrets[client_id] = renew_client(self.settings, client_id).client_secret or ""

    def post(self, events: Any, client_id: str = HAI_THANH, **more: Any) -> httpx.Response:
        """Post one event (a dict, structured) or several (a list, batch)."""
        kind = "cloudevents-batch" if isinstance(events, list) else "cloudevents"
        headers = {"Content-Type": f"application/{kind}+json", "Authorization": f"Bearer {self.token(client_id)}"}
        return httpx.post(
            f"{self.url('sessions')}/v1/events", json=events, headers=headers, timeout=20, trust_env=False, **more
        )

    def tallies(self, **query: Any) -> dict[str, Any]:
        answer = httpx.get(
            f"{self.url('reporting')}/v1/tallies", params={name.rstrip("_"): value for name, value in query.items()},
            headers={"Authorization": f"Bearer {self.token(VIEWER)}"}, timeout=20, trust_env=False,
        ).raise_for_status()  # fmt: skip
        found: dict[str, Any] = answer.json()
        return found

    # -- waiting and looking -------------------------------------------------------------------------------------

    def settle(self, seconds: float = 40.0) -> None:
        """Until everything accepted has its effect."""
        logs = "\n".join(f"== {p.name} ({p.status})\n{p.output()[-1500:]}" for p in self.processes.values())
        assert settle.wait(self.settings, seconds), f"not settled: {settle.distance(self.settings)} behind\n{logs}"

    def ask(self, service: str, sql: str, *values: Any) -> list[Any]:
        with database.connect(self.settings.database_url(service)) as connection:
            return connection.execute(sql, values).fetchall()

    def do(self, service: str, sql: str, *values: Any) -> int:
        with database.connect(self.settings.database_url(service)) as connection:
            return connection.execute(sql, values).rowcount

    def engine(self, service: str) -> sa.Engine:
        return database.engine(self.settings.database_url(service), options=database.JOB_OPTIONS)

    def with_settings(self, **more: Any) -> None:
        self.settings = replace(self.settings, **more)

    # -- simulated traffic ---------------------------------------------------------------------------------------

    def sites(self) -> tuple[Any, ...]:
        """The six ward apps of 2023, as the simulator knows them."""
        return tuple(site for site in story.sites() if site.client_id.endswith("-2023"))

    def targets(self) -> Targets:
        urls = {service: self.url(service) for service in SERVICES}
        secrets = {name: secret for name, secret in self.secrets.items() if name.startswith("app-")}
        return Targets(**urls, secrets=secrets, viewer=Viewer(VIEWER, self.secrets[VIEWER]))

    def plan(self, first: dt.date, days: int, events: int, seed: str = "1") -> Plan:
        """Traffic of the six wards with every bad habit."""
        return Plan(self.sites(), first, first + dt.timedelta(days=days - 1), events, seed, Habits.all())


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=1, trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False


@contextlib.contextmanager
def environment_of(stack: Stack) -> Iterator[None]:
    """This process's environment as the stack's processes have it (for commands that are called, not started)."""
    before = dict(os.environ)
    os.environ.update(stack.environment())
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
