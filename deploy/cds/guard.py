"""Runs one server process and makes sure that it does not outlive the process that wanted it.

The guard holds the read end of a pipe as its standard input. When the owner ends, however it ends, the pipe
closes and the guard stops the server: first the gentle signal, then SIGQUIT, then SIGKILL. When the guard
itself is killed, the kernel kills the server (PR_SET_PDEATHSIG; the guard has one thread, so the thread
rule of that call does not bite). It does not restart anything, and it cannot see processes that the server
puts into the background.

It is run as a script (`python -I -S guard.py`), imports only the standard library, and has its own session,
so that Ctrl-C in a terminal reaches the owner alone.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import os
import pwd
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

PR_SET_PDEATHSIG = 1
POLL_SECONDS = 1.0  # the pipe and SIGCHLD wake us at once; this only bounds how long a missed wake-up can last


def start_guarded(
    command: Sequence[str | Path],
    *,
    log: IO[bytes],
    env: Mapping[str, str] | None = None,
    user: str | None = None,
    gentle: signal.Signals = signal.SIGTERM,
    grace_seconds: float = 10.0,
) -> subprocess.Popen[bytes]:
    """Start `command` under a guard; the returned process is the guard, and ends when the server has ended.

    `user`: run the server as this user (only root can). `gentle`: the first signal to stop it with.
    """
    options = ["--gentle", gentle.name, "--grace", str(grace_seconds)]
    options += ["--user", user] if user else []
    return subprocess.Popen(
        [sys.executable, "-I", "-S", "-B", __file__, *options, "--", *map(str, command)],
        stdin=subprocess.PIPE, stdout=log, stderr=log, env=env, cwd="/", start_new_session=True,
    )  # fmt: skip


def release_guard(guard: subprocess.Popen[bytes], timeout: float | None = None) -> int:
    """Close the guard's pipe, which makes it stop the server, and wait for it; returns its exit status."""
    if guard.stdin:
        with contextlib.suppress(BrokenPipeError):
            guard.stdin.close()
    return guard.wait(timeout)


def _die_with_guard(guard_pid: int) -> Callable[[], None]:
    """Runs in the new process, after the change of user, which would clear what is asked for here."""
    libc = ctypes.CDLL(None, use_errno=True)

    def ask() -> None:
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != guard_pid:
            os._exit(1)

    return ask


def _start(command: list[str], user: str | None) -> subprocess.Popen[bytes]:
    entry = pwd.getpwnam(user) if user else None
    return subprocess.Popen(
        command, stdin=subprocess.DEVNULL, cwd="/", start_new_session=True,
        preexec_fn=_die_with_guard(os.getpid()),
        user=entry.pw_uid if entry else None,
        group=entry.pw_gid if entry else None,
        extra_groups=[] if entry else None,
        umask=0o077,
    )  # fmt: skip


def _wait_for_either(child: subprocess.Popen[bytes], wake_up: int) -> None:
    """Return when the child has ended or the owner has gone."""
    owner = os.getppid()
    while child.poll() is None:
        ready, _, _ = select.select([0, wake_up], [], [], POLL_SECONDS)
        if wake_up in ready:
            os.read(wake_up, 4096)
        if (0 in ready and not os.read(0, 4096)) or os.getppid() != owner:
            return


def _stop(child: subprocess.Popen[bytes], gentle: signal.Signals, grace_seconds: float) -> int:
    for sign, patience in ((gentle, grace_seconds), (signal.SIGQUIT, 3.0), (signal.SIGKILL, 60.0)):
        child.send_signal(sign)  # does nothing when the child has ended
        with contextlib.suppress(subprocess.TimeoutExpired):
            return child.wait(patience)
    raise RuntimeError(f"process {child.pid} does not end after SIGKILL")


def _wake_up_pipe() -> int:
    read_end, write_end = os.pipe()
    os.set_blocking(write_end, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(write_end, warn_on_full_buffer=False)
    return read_end


def main(arguments: list[str]) -> int:
    split = arguments.index("--")
    parser = argparse.ArgumentParser()
    parser.add_argument("--gentle", default="SIGTERM")
    parser.add_argument("--grace", type=float, default=10.0)
    parser.add_argument("--user")
    options = parser.parse_args(arguments[:split])
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, lambda *_: None)  # the pipe alone says when to stop; SIG_IGN would be inherited
    wake_up = _wake_up_pipe()
    child = _start(arguments[split + 1 :], options.user)
    _wait_for_either(child, wake_up)
    status = _stop(child, signal.Signals[options.gentle], options.grace)
    return status if status >= 0 else 128 - status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
