"""Everything that a bench run measures: a private broker and database, three services, the sample's wards.

It is the tests' stack, with web servers as they are deployed (`cds serve`), and the bare application beside them.
Guarantee: what is started here ends with the `with`. The registry's part is in the databases before any process runs.
"""

import json
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

import deploy
from shared import topology
from shared.settings import SERVICES
from tests.bench import bare, cpu
from tests.support import stack
from tests.support.ports import free_port
from tests.support.postgres import TestPostgres
from tests.support.rabbitmq import RabbitNode

GUNICORN = Path(deploy.__file__).with_name("gunicorn.conf.py")
# A paused consumer must find its segments in the queue, not by a comparison with the feed.
HEADS_INTERVAL_SECONDS = 600.0
PUBLISHING, CONSUMING = '"publishing"', '"consuming"'


class Stack(stack.Stack):
    """The running parts."""

    def __init__(self, postgres: TestPostgres, node: RabbitNode) -> None:
        super().__init__(postgres, node.url, heads_interval_seconds=HEADS_INTERVAL_SECONDS)
        self.node = node
        self.raw_url, self.bare_port = postgres.fresh_database(), free_port()

    def begin(self) -> None:
        """Web servers, and the bounds that a deployment gives its queues."""
        policy = topology.POLICY
        definition = json.dumps(policy["definition"])
        self.node.ctl("set_policy", policy["name"], policy["pattern"], definition, "--apply-to", policy["apply-to"])
        for service in SERVICES:
            self.cds(f"serve {service}", "")
        for service in SERVICES:
            self._wait_for_web(self.url(service))

    def start_relay(self, service: str) -> None:
        self.relay(service).wait_for_output(PUBLISHING)

    def start_consumer(self, service: str) -> None:
        self.consumer(service).wait_for_output(CONSUMING)

    def start_bare(self) -> None:
        """The bare application under the same gunicorn settings."""
        with psycopg.connect(self.raw_url, autocommit=True) as connection:
            connection.execute(bare.TABLE)
        command = [sys.executable, "-m", "gunicorn", "--config", str(GUNICORN)]
        command += ["--bind", f"127.0.0.1:{self.bare_port}", "tests.bench.bare:create_app()"]
        environment = self.environment() | {bare.DATABASE: self.raw_url}
        environment["PROMETHEUS_MULTIPROC_DIR"] = str(self.folder / "metrics-bare")
        self.processes["bare"] = stack.Process("bare", command, environment, self.folder)
        self._wait_for_web(f"http://127.0.0.1:{self.bare_port}")

    def _wait_for_web(self, url: str) -> None:
        stack.wait_for(lambda: self.ended() or stack._answers(f"{url}/healthz"), 30, f"{url} answers")
        if self.ended():
            raise RuntimeError(self.ended())

    def ended(self) -> str:
        """Which processes have ended though nobody asked, and what they said last; empty while all run."""
        ended = [process for process in self.processes.values() if process.status is not None]
        return "; ".join(f"{one.name} has ended with status {one.status}: {one.output()[-500:]}" for one in ended)

    def pause(self, name: str) -> None:
        """Stop a process in its tracks; it keeps its connections."""
        os.kill(self.processes[name].pid, signal.SIGSTOP)

    def resume(self, name: str) -> None:
        os.kill(self.processes[name].pid, signal.SIGCONT)

    def stop(self, name: str) -> None:
        self.processes.pop(name).stop()

    def cpu(self) -> dict[str, float]:
        """Processor seconds so far by part."""
        roots = {name: process.pid for name, process in self.processes.items()} | {"rabbitmq": self.node.pid}
        if self.postgres.server and self.postgres.server.pid:
            roots["postgres"] = self.postgres.server.pid
        return {name: cpu.seconds(pid) for name, pid in roots.items()}

    def connect(self, service: str) -> psycopg.Connection:
        return psycopg.connect(self.settings.database_url(service), autocommit=True)


@contextmanager
def running() -> Iterator[Stack]:
    """A stack with a broker and a database of its own."""
    with TestPostgres() as postgres, RabbitNode() as node, Stack(postgres, node) as made:
        if postgres.server:
            # The tests do without; a figure that is not durable would be of no use.
            postgres.server.execute("ALTER SYSTEM RESET fsync;\nSELECT pg_reload_conf();")
        made.begin()
        yield made
