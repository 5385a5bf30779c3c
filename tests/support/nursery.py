"""Many clients of `cds push` as processes of their own, each killed at given times and started again.

Run as a program of one thread: it forks instead of starting an interpreter each time, so that fifty clients with three
lives each cost a machine with two cores seconds, not minutes. It reads the clients as JSON from its standard input and
prints the exit status of each one's last life, and how many were killed.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from deploy.cds.push.command import main

PROJECT = Path(__file__).resolve().parents[2]
LOOK_EVERY_SECONDS = 0.005


@dataclass
class Child:
    """`lives`: after how many seconds each of its lives but the last is ended, unless it ends by itself."""

    arguments: list[str]
    lives: list[float] = field(default_factory=list)
    pid: int = 0
    dies_at: float = float("inf")
    status: int | None = None
    killed: int = 0

    def be_born(self) -> None:
        self.dies_at = time.monotonic() + self.lives.pop(0) if self.lives else float("inf")
        self.pid = os.fork()
        if self.pid == 0:
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            status = 3
            try:
                status = main(self.arguments)
            finally:
                os._exit(status)

    def look(self) -> None:
        """Kill it when it is time; bear it again while it has lives."""
        if time.monotonic() > self.dies_at:
            os.kill(self.pid, signal.SIGKILL)
            self.dies_at = float("inf")
        pid, status = os.waitpid(self.pid, os.WNOHANG)
        if pid == 0:
            return
        code = os.waitstatus_to_exitcode(status)
        self.killed += code == -signal.SIGKILL
        if self.lives or code == -signal.SIGKILL:
            self.be_born()
        else:
            self.status = code


def raise_all(children: Sequence[Child]) -> None:
    for child in children:
        child.be_born()
    while alive := [child for child in children if child.status is None]:
        for child in alive:
            child.look()
        time.sleep(LOOK_EVERY_SECONDS)


def run(clients: Sequence[tuple[list[str], list[float]]], seconds: float) -> tuple[list[int], int]:
    """The statuses of these (arguments, lives), and how many were killed."""
    told = json.dumps([{"arguments": arguments, "lives": lives} for arguments, lives in clients])
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.nursery"], input=told, capture_output=True, text=True,
        timeout=seconds, cwd=PROJECT, check=True,
    )  # fmt: skip
    found = json.loads(done.stdout)
    return found["statuses"], found["killed"]


if __name__ == "__main__":
    everybody = [Child(**told) for told in json.load(sys.stdin)]
    raise_all(everybody)
    result = {"statuses": [child.status for child in everybody], "killed": sum(child.killed for child in everybody)}
    print(json.dumps(result))
