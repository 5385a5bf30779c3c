"""Who runs the server of a data folder: the owner's lock, and what a dead owner left behind.

The lock is a POSIX record lock, which the kernel drops when the owner ends and which a fork does not
inherit. So whoever gets it knows that no living owner exists, and may stop a server that still runs there.
Processes are found by their working folder and program, never by a number in a file alone: numbers are used
again.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from deploy.cds.postgres_layout import EmbeddedPostgresError, give_to_owner_of

_held_here: set[Path] = set()  # record locks do not exclude the own process


class OwnerLock:
    """Taken for as long as this process runs the server of `root`."""

    def __init__(self, root: Path) -> None:
        path = root / "owner.lock"
        if path in _held_here:
            raise EmbeddedPostgresError(f"this process already runs the database in {root}")
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError):
            owner = os.read(descriptor, 20).decode() or "?"
            os.close(descriptor)
            raise EmbeddedPostgresError(
                f"process {owner} runs the database in {root}: stop it, or set CDS_HOME to another folder"
            ) from None
        give_to_owner_of(root, descriptor)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        self._path, self._descriptor = path, descriptor
        _held_here.add(path)

    def release(self) -> None:
        if self._path in _held_here:
            _held_here.remove(self._path)
            os.close(self._descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


def stop_leftovers(data: Path) -> None:
    """Stop what runs for a dead owner and remove its pid file. The caller holds the owner's lock."""
    pid_file = data / "postmaster.pid"
    for sign, patience in ((signal.SIGINT, 15.0), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0)):
        running = servers_in(data)
        if not running:
            pid_file.unlink(missing_ok=True)
            return
        # Backends end by themselves when their postmaster does; only if they do not are they signalled too.
        target = running & {_recorded_pid(pid_file)} if sign == signal.SIGINT else running
        for pid in target:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, sign)
        wait_for_no_server(data, patience)
    raise EmbeddedPostgresError(f"processes {sorted(servers_in(data))} use {data} and cannot be stopped")


def wait_for_no_server(data: Path, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while servers_in(data) and time.monotonic() < deadline:
        time.sleep(0.02)


def servers_in(data: Path) -> set[int]:
    """The PostgreSQL processes that work in `data` (as far as this user may see: its own, or as root all)."""
    found = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                works_here = os.readlink(entry / "cwd") == str(data)
                if works_here and Path(os.readlink(entry / "exe")).name.startswith("postgres"):
                    found.add(int(entry.name))
    return found


def ready_pid(data: Path) -> int | None:
    """The postmaster's process id once it accepts connections (line 8 of its pid file says so)."""
    try:
        lines = (data / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return None
    return int(lines[0]) if len(lines) >= 8 and lines[7].strip() == "ready" else None


def _recorded_pid(pid_file: Path) -> int | None:
    with contextlib.suppress(OSError, ValueError, IndexError):
        return int(pid_file.read_text().split()[0])
    return None
