"""Each service alone under gunicorn, started as a deployment starts it: `cds serve SERVICE`."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from shared import database
from shared.settings import SERVICES
from tests.integration.deployed import PROJECT, is_answering, plain_environment, start_process, wait_for
from tests.support.ports import free_port
from tests.support.postgres import TestPostgres

WORKERS = 2


@dataclass
class Server:
    """One service's gunicorn."""

    service: str
    port: int
    home: Path
    process: subprocess.Popen[bytes]
    log: Path

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def get(self, path: str) -> httpx.Response:
        """On a connection of its own, so that any worker may take it."""
        return httpx.get(self.url(path), timeout=10)

    def workers(self) -> set[int]:
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return {int(child) for child in children.split()}

    def counted(self, route: str) -> float:
        """Requests of a route as `/metrics` tells, over all workers."""
        pattern = rf'^cds_http_requests_total{{[^}}]*route="{route}"[^}}]*}} (\S+)$'
        return sum(float(value) for value in re.findall(pattern, self.get("/metrics").text, re.MULTILINE))

    def metric_files(self) -> list[str]:
        return sorted(path.name for path in (self.home / "metrics" / f"{self.service}-{self.port}").glob("*.db"))


def environment(service: str, url: str, home: Path, port: int) -> dict[str, str]:
    """Only what this service needs: no other database, no broker."""
    return plain_environment() | {
        "CDS_HOME": str(home),
        "CDS_WEB_WORKERS": str(WORKERS),
        f"CDS_{service.upper()}_DATABASE_URL": url,
        f"CDS_{service.upper()}_PORT": str(port),
        "CDS_INTERNAL_SECRET": "s3cret",
        "CDS_RESIDENT_TOKEN_KEY": "ab" * 32,
    }


@contextmanager
def serving(service: str, url: str, home: Path) -> Iterator[Server]:
    port, log = free_port(), home / f"{service}.log"
    home.mkdir(exist_ok=True)
    process = start_process(["serve", service], environment(service, url, home, port), log)
    server = Server(service, port, home, process, log)
    try:
        wait_for(f"{service} (see {log})", lambda: is_answering(server.url("/healthz")))
        wait_for("all workers", lambda: len(server.workers()) == WORKERS)
        yield server
    finally:
        process.kill()
        process.wait()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("gunicorn")


@pytest.fixture(scope="module", params=SERVICES)
def server(request: pytest.FixtureRequest, postgres: TestPostgres, home: Path) -> Iterator[Server]:
    """A service on an empty, migrated database of its own."""
    service: str = request.param
    url = postgres.fresh_database()
    database.migrate(service, url)
    with serving(service, url, home / service) as started:
        yield started
    postgres.drop(url)


@pytest.fixture
def registry(postgres: TestPostgres, tmp_path: Path) -> Iterator[Server]:
    """A registry for one test, which may end it."""
    url = postgres.fresh_database(migrated_registry)
    with serving("registry", url, tmp_path) as started:
        yield started
    postgres.drop(url)


def migrated_registry(url: str) -> None:
    database.migrate("registry", url)


def probe(port: int) -> subprocess.CompletedProcess[str]:
    """The health check of a container."""
    command = [sys.executable, "-m", "deploy.cds.ready", str(port)]
    return subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=30)


def test_a_service_runs_alone_and_says_whether_it_is_ready(server: Server) -> None:
    checks = server.get("/readyz").json()["checks"]
    seen = probe(server.port)

    assert checks["database"] == checks["migrations"] == "ok"
    if server.service == "sessions":  # nothing has come from the registry yet
        assert {name for name, said in checks.items() if said != "ok"} == {"reference data"}
    assert (seen.returncode == 0) == (server.service != "sessions"), seen.stdout
    assert '"status"' in seen.stdout
    assert server.get("/openapi.json").json()["openapi"].startswith("3.")


def test_nobody_to_ask_is_not_ready() -> None:
    assert probe(free_port()).returncode == 1


def test_metrics_are_the_sum_over_all_workers(server: Server) -> None:
    before = server.counted("/healthz")
    for _ in range(60):
        assert server.get("/healthz").status_code == 200

    readings = {server.counted("/healthz") for _ in range(8)}

    assert readings == {before + 60}
    pids = {int(found) for name in server.metric_files() for found in re.findall(r"_(\d+)\.db$", name)}
    assert server.workers() <= pids


@pytest.mark.faults
def test_totals_do_not_fall_when_a_worker_is_killed(registry: Server) -> None:
    for _ in range(60):
        registry.get("/healthz")
    before, workers = registry.counted("/healthz"), registry.workers()
    victim = min(workers)

    os.kill(victim, signal.SIGKILL)
    wait_for("a new worker", lambda: len(registry.workers() - workers) == 1)
    wait_for("an answer", lambda: is_answering(registry.url("/readyz")))

    after = registry.counted("/healthz")
    assert after == before
    registry.get("/healthz")
    assert registry.counted("/healthz") == before + 1
    left = [name for name in registry.metric_files() if name.endswith(f"_{victim}.db")]
    assert left
    assert not [name for name in left if name.startswith("gauge_live")]


def test_a_new_start_begins_at_zero(postgres: TestPostgres, tmp_path: Path) -> None:
    url = postgres.fresh_database(migrated_registry)
    stale = tmp_path / "metrics" / "registry-8001"
    with serving("registry", url, tmp_path) as first:
        first.get("/healthz")
        old = set(first.metric_files())
        other = tmp_path / "metrics" / "registry-1"  # a server beside this one, of the same home
        other.mkdir(parents=True)
        (other / "counter_1.db").write_bytes(b"")
        first.process.terminate()
        assert first.process.wait(40) == 0
        log = tmp_path / "second.log"
        process = start_process(["serve", "registry"], environment("registry", url, tmp_path, first.port), log)
        second = Server("registry", first.port, tmp_path, process, log)
        try:
            wait_for(f"the second start (see {log})", lambda: is_answering(second.url("/readyz")))
            assert second.counted("/healthz") == 0
            assert not old & set(second.metric_files())
            assert (other / "counter_1.db").exists()
        finally:
            process.kill()
            process.wait()
    assert not stale.exists()
    postgres.drop(url)


@pytest.mark.faults
def test_sigterm_lets_a_request_at_work_finish(registry: Server) -> None:
    form = b"grant_type=client_credentials&client_id=nobody&client_secret=nothing"
    head = (
        f"POST /oauth/token HTTP/1.1\r\nHost: 127.0.0.1:{registry.port}\r\nConnection: close\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(form)}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", registry.port), timeout=20) as connection:
        connection.sendall(head.encode() + form[:20])
        time.sleep(0.5)  # it is being answered now, and waits for the rest

        registry.process.terminate()
        wait_for("the listener to close", lambda: not is_answering(registry.url("/healthz")), 10)
        time.sleep(0.5)
        assert registry.process.poll() is None
        connection.sendall(form[20:])
        answer = b"".join(iter(lambda: connection.recv(4096), b""))

    assert re.match(rb"HTTP/1.1 (400|401) ", answer), answer
    assert answer.rstrip().endswith(b"}")
    assert registry.process.wait(40) == 0


def test_too_many_headers_are_refused(registry: Server) -> None:
    answer = httpx.get(registry.url("/healthz"), headers={f"X-{number}": "1" for number in range(60)})

    assert answer.status_code in (400, 431)


@pytest.mark.parametrize(
    ("arguments", "settings", "said"),
    [
        (["serve", "registry"], {}, "CDS_REGISTRY_DATABASE_URL"),
        (["serve", "nothing"], {}, "nothing"),
        (["serve", "registry"], {"CDS_SHARDS": "0"}, "CDS_SHARDS"),
    ],
)
def test_a_wrong_setting_is_one_line_and_status_2(
    arguments: list[str], settings: dict[str, str], said: str, tmp_path: Path
) -> None:
    command = [sys.executable, "-m", "deploy.cds.main", *arguments]
    given = plain_environment() | {"CDS_HOME": str(tmp_path)} | settings
    done = subprocess.run(command, env=given, cwd=PROJECT, capture_output=True, text=True, timeout=30)

    assert done.returncode == 2
    assert done.stdout == ""
    assert len(done.stderr.strip().splitlines()) == 1
    assert said in done.stderr
