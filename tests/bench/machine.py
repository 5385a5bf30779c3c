"""What was measured on: processor, cores, memory, versions, and the settings that make a commit durable."""

import os
import platform
from importlib.metadata import version
from pathlib import Path

from tests.bench.stack import Stack

DURABLE = ("fsync", "full_page_writes", "synchronous_commit")


def describe(stack: Stack) -> dict[str, str]:
    """Name and value of everything that a figure depends on, for the head of the table."""
    with stack.connect("sessions") as connection:
        shown = {name: _only(connection.execute(f"SHOW {name}")) for name in ("server_version", *DURABLE)}
    unsafe = [name for name in DURABLE if shown[name] != "on"]
    if unsafe:
        raise RuntimeError(f"this PostgreSQL is not durable: {', '.join(unsafe)} is off, so no figure would count")
    return {
        "processor": _processor(),
        "cores": str(len(os.sched_getaffinity(0))),
        "memory": f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB",
        "python": platform.python_version(),
        "gunicorn": version("gunicorn"),
        "postgresql": f"{shown['server_version']} ({', '.join(DURABLE)} on)",
        "rabbitmq": f"{stack.node.evaluate('rabbit_misc:version()').strip(chr(34))} (quorum queues, confirms)",
    }


def _only(cursor: object) -> str:
    return str(cursor.fetchone()[0])  # type: ignore[attr-defined]


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()
