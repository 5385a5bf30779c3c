"""The deployment of `deploy/compose/` without containers: the same files, commands and settings on this machine.

PostgreSQL is prepared by `deploy/postgres/databases.sql`, RabbitMQ by `rabbitmq.conf` and the definitions, Prometheus
scrapes by `prometheus.yml`; each process of ours has the command and the environment of its service in `compose.yml`.
Only names of hosts, ports and folders differ.
"""

from __future__ import annotations

import ctypes
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import httpx
import yaml

from deploy.cds import secret_files
from deploy.cds.postgres import EmbeddedPostgres
from deploy.cds.postgres_programs import find_binaries
from shared import token_keys
from shared.settings import SERVICES, Settings
from tests.support.ports import free_port
from tests.support.rabbitmq import RabbitNode

PROJECT = Path(__file__).resolve().parents[2]
DEPLOY = PROJECT / "deploy"
START_SECONDS = 60
DEFAULT = re.compile(r"\$\{\w+:-([^}]*)\}")


def compose() -> dict[str, Any]:
    """The Compose file with every `${NAME:-default}` at its default."""
    text = DEFAULT.sub(r"\1", (DEPLOY / "compose" / "compose.yml").read_text(encoding="utf-8"))
    found: dict[str, Any] = yaml.safe_load(text)
    return found


def ours() -> dict[str, dict[str, Any]]:
    """The services of the Compose file that are processes of ours and start with the others."""
    services = compose()["services"].items()
    return {
        name: one
        for name, one in services
        if one["image"].startswith("congdongso") and "profiles" not in one and name != "migrate"
    }


def start_process(arguments: list[str], environment: dict[str, str], log_file: Path) -> subprocess.Popen[bytes]:
    """`cds …` as a process that ends with this one; its output goes to a file."""
    with log_file.open("ab") as output:
        return subprocess.Popen(
            [sys.executable, "-m", "deploy.cds.main", *arguments],
            env=environment, cwd=PROJECT, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
            preexec_fn=_end_with_parent,
        )  # fmt: skip


def plain_environment() -> dict[str, str]:
    """This environment without settings of ours."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("CDS_", "PROMETHEUS_"))}


def _end_with_parent() -> None:
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)


def wait_for(what: str, condition: Callable[[], bool], seconds: float = START_SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"{what}: not within {seconds:.0f} s"
        time.sleep(0.1)


def is_answering(url: str) -> bool:
    try:
        return httpx.get(url, timeout=5).status_code == 200
    except httpx.HTTPError:
        return False


class Deployed:
    """A running deployment. Use as a context manager."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="cds-deployed-", dir="/tmp"))
        self.folder.chmod(0o711)  # as root the database runs as another user, who must pass
        self.secrets = self.folder / "secrets"
        self.postgres = EmbeddedPostgres(self.folder / "pg", port=free_port())
        self.broker = RabbitNode()
        self.ports = {name: free_port() for name in (*ours(), "prometheus")}
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    @property
    def settings(self) -> Settings:
        """The settings of an operator on this machine, who may open every database."""
        return Settings(
            home=self.folder / "home",
            broker_url=self.secret("reporting_broker_url"),
            database_urls={service: self.secret(f"{service}_database_url") for service in SERVICES},
            ports={service: self.ports[service] for service in SERVICES},
            internal_secret=self.secret("internal_secret"),
            resident_token_keys=token_keys.parse(self.secret("resident_token_key")),
        )

    @property
    def reader_url(self) -> str:
        """The reporting database as Grafana opens it."""
        password = self.secret("grafana_database_password")
        return f"postgresql://grafana:{password}@127.0.0.1:{self.postgres.port}/reporting"

    @property
    def prometheus_url(self) -> str:
        return f"http://127.0.0.1:{self.ports['prometheus']}"

    def secret(self, name: str) -> str:
        return (self.secrets / name).read_text(encoding="utf-8")

    def url(self, service: str, path: str = "") -> str:
        return f"http://127.0.0.1:{self.ports[service]}{path}"

    def start(self) -> None:
        self.postgres.start()
        secret_files.make(self.secrets, f"127.0.0.1:{self.postgres.port}", f"127.0.0.1:{self.broker.amqp_port}")
        self.make_databases()
        configure(self.broker, self.secrets / "rabbitmq_users.json")
        self.broker.start()
        self.run("migrate", compose()["services"]["migrate"])
        for name, service in ours().items():
            self.processes[name] = start_process(service["command"], self.environment(name, service), self.log(name))
        for name in ours():
            wait_for(f"{name} (see {self.log(name)})", lambda name=name: is_answering(self.url(name, "/healthz")))  # type: ignore[misc]

    def make_databases(self) -> None:
        """What the image of PostgreSQL does at its first start."""
        psql = find_binaries(self.postgres.layout) / "psql"
        done = subprocess.run(
            [psql, "-X", "-d", self.postgres.url("postgres"), "-f", DEPLOY / "postgres" / "databases.sql"],
            env={"PATH": os.environ["PATH"], "CDS_SECRETS": str(self.secrets)}, capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert not done.stderr, done.stderr

    def run(self, name: str, service: dict[str, Any]) -> None:
        """A job: it ends by itself, and well."""
        process = start_process(service["command"], self.environment(name, service), self.log(name))
        assert process.wait(60) == 0, self.log(name).read_text()

    def environment(self, name: str, service: dict[str, Any]) -> dict[str, str]:
        """A service's environment, with the hosts, ports and folders of this machine."""
        settings = {key: self._here(str(value)) for key, value in service["environment"].items()}
        settings |= {f"CDS_{one.upper()}_PORT": str(self.ports[one]) for one in SERVICES}
        if "CDS_METRICS_PORT" in settings:
            settings["CDS_METRICS_PORT"] = str(self.ports[name])
        return plain_environment() | settings | {"CDS_HOME": str(self.folder / "home" / name)}

    def _here(self, value: str) -> str:
        for service in SERVICES:
            value = re.sub(rf"^http://{service}:\d+$", self.url(service), value)
        return value.replace("/run/secrets", str(self.secrets))

    def log(self, name: str) -> Path:
        return self.folder / f"{name}.log"

    def start_prometheus(self) -> None:
        """Debian's Prometheus on the shipped configuration; it looks every second."""
        data = self.folder / "prometheus"
        data.mkdir()
        (self.folder / "prometheus.yml").write_text(yaml.safe_dump(self._scrapes()), encoding="utf-8")
        with self.log("prometheus").open("wb") as output:
            self.processes["prometheus"] = subprocess.Popen(
                ["prometheus", f"--config.file={self.folder / 'prometheus.yml'}", f"--storage.tsdb.path={data}",
                 f"--web.listen-address=127.0.0.1:{self.ports['prometheus']}"],
                stdin=subprocess.DEVNULL, stdout=output, stderr=output, preexec_fn=_end_with_parent,
            )  # fmt: skip
        wait_for("Prometheus", lambda: is_answering(f"{self.prometheus_url}/-/ready"))

    def _scrapes(self) -> dict[str, Any]:
        shipped: dict[str, Any] = yaml.safe_load((DEPLOY / "prometheus" / "prometheus.yml").read_text("utf-8"))
        shipped["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s"}
        shipped["rule_files"] = [str(DEPLOY / "prometheus" / name) for name in shipped["rule_files"]]
        # The private node runs without plugins, so it has no metrics of its own.
        jobs = [job for job in shipped["scrape_configs"] if job["job_name"] != "rabbitmq"]
        for job in jobs:
            for group in job["static_configs"]:
                names = [target.split(":")[0].replace("localhost", "prometheus") for target in group["targets"]]
                group["targets"] = [f"127.0.0.1:{self.ports[name]}" for name in names]
        return shipped | {"scrape_configs": jobs}

    def close(self) -> None:
        for process in reversed(self.processes.values()):
            process.terminate()
        for process in self.processes.values():
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.broker.close()
        self.postgres.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def configure(node: RabbitNode, users: Path) -> None:
    """Give a node that is not started the shipped configuration and definitions, with its own port and folders."""
    folder = node.folder / "definitions.d"
    folder.mkdir()
    shutil.copy(users, folder / "10-users.json")
    shutil.copy(DEPLOY / "rabbitmq" / "definitions.json", folder / "20-cds.json")
    folder.chmod(0o755)
    text = (DEPLOY / "rabbitmq" / "rabbitmq.conf").read_text(encoding="utf-8")
    text = text.replace("/etc/rabbitmq/definitions.d", str(folder))
    # The machine of the tests may have little disk, and keeps its console for the tests.
    text = text.replace("disk_free_limit.absolute = 2GB", "disk_free_limit.absolute = 50MB")
    text = text.replace("log.console = true", "log.console = false")
    (node.folder / "rabbitmq.conf").write_text(f"listeners.tcp.1 = 127.0.0.1:{node.amqp_port}\n{text}")
