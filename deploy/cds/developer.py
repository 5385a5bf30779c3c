"""`cds up --broker amqp://…`: each part as a process of its own, as in a deployment, watched from one terminal.

Guarantee: a part that ends is started again, after a pause; all end with this process. It is for a developer's machine
and for tests, not a service manager.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from deploy.cds import wiring
from deploy.cds.embedded import start_databases
from deploy.cds.home import with_secrets
from deploy.cds.postgres import EmbeddedPostgres
from shared import logs, token_keys
from shared.settings import SERVICES, Settings

READY_SECONDS = 120
RESTART_SECONDS = 0.5
log = logs.get("developer")


@dataclass
class Part:
    """One process: how it is started, and how it is running."""

    name: str
    command: list[str]
    environment: dict[str, str]
    log_file: Path
    process: "subprocess.Popen[bytes] | None" = None
    starts: list[float] = field(default_factory=list)

    def start(self) -> None:
        self.starts.append(time.monotonic())
        with self.log_file.open("ab") as output:
            self.process = subprocess.Popen(
                self.command,
                env=self.environment,
                stdout=output,
                stderr=output,
                stdin=subprocess.DEVNULL,
                preexec_fn=_end_with_parent,
            )

    def has_ended(self) -> bool:
        return self.process is not None and self.process.poll() is not None


def _end_with_parent() -> None:
    """The kernel ends a child whose parent was killed (prctl PR_SET_PDEATHSIG)."""
    import ctypes

    ctypes.CDLL(None).prctl(1, signal.SIGTERM)


class Developer:
    """All parts as processes on RabbitMQ. Use as a context manager."""

    def __init__(self, settings: Settings) -> None:
        self.postgres = None if len(settings.database_urls) == len(SERVICES) else EmbeddedPostgres(settings.home / "pg")
        self.settings = with_secrets(settings)
        self.parts: dict[str, Part] = {}
        self._stopping = threading.Event()

    def __enter__(self) -> "Developer":
        try:
            self.settings = start_databases(self.settings, self.postgres)
            (self.settings.home / "log").mkdir(parents=True, exist_ok=True)
            for name, arguments in commands().items():
                self.parts[name] = Part(
                    name,
                    [sys.executable, "-m", "deploy.cds.main", *arguments],
                    self.environment(),
                    self.settings.home / "log" / f"{name.replace(' ', '-')}.log",
                )
                self.parts[name].start()
            threading.Thread(target=self._watch, name="watch", daemon=True).start()
            self._wait_until_serving()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def environment(self) -> dict[str, str]:
        """The settings as the parts read them."""
        settings = self.settings
        made = {
            **os.environ,
            "CDS_HOME": str(settings.home),
            "CDS_BROKER_URL": settings.broker_url,
            "CDS_INTERNAL_SECRET": settings.internal_secret,
            "CDS_RESIDENT_TOKEN_KEY": token_keys.text_of(settings.resident_token_keys),
            "CDS_CERTIFICATE_KEY": settings.certificate_key.hex(),
            "CDS_SHARDS": str(settings.shards),
            "CDS_HEADS_INTERVAL_SECONDS": str(settings.heads_interval_seconds),
            "CDS_BOARD_PUBLIC": str(settings.board_public).lower(),
        }
        for service in SERVICES:
            made[f"CDS_{service.upper()}_DATABASE_URL"] = settings.database_urls[service]
            made[f"CDS_{service.upper()}_PORT"] = str(settings.ports[service])
        return made

    def _wait_until_serving(self) -> None:
        deadline = time.monotonic() + READY_SECONDS
        for service in SERVICES:
            while not _answers(f"{self.settings.url_of(service)}/healthz"):
                if time.monotonic() > deadline:
                    raise TimeoutError(f"{service} does not answer; see {self.settings.home / 'log'}")
                time.sleep(0.1)

    def _watch(self) -> None:
        while not self._stopping.wait(RESTART_SECONDS):
            for part in self.parts.values():
                if part.has_ended() and not self._stopping.is_set():
                    log.warning("part ended; starting it again", part=part.name, log=str(part.log_file))
                    part.start()

    def failure(self) -> str:
        """A part that ends again and again: its name and where to look; empty while all is well."""
        for part in self.parts.values():
            if len(part.starts) > 5 and part.starts[-1] - part.starts[-6] < 30:
                return f"{part.name} ends again and again; see {part.log_file}"
        return ""

    def close(self) -> None:
        """SIGTERM to all parts, then the database."""
        self._stopping.set()
        processes = [part.process for part in self.parts.values() if part.process is not None]
        for process in processes:
            process.terminate()
        for process in processes:
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if self.postgres is not None:
            self.postgres.stop()


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=1).status_code == 200
    except httpx.HTTPError:
        return False


def commands() -> dict[str, list[str]]:
    """The parts of a deployment, by name, as arguments of `cds`."""
    made = {f"web {service}": ["serve", service] for service in SERVICES}
    made |= {f"relay {service}": ["relay", service] for service in wiring.producers()}
    return made | {f"consumer {service}": ["consume", service] for service in wiring.CONSUMERS}
