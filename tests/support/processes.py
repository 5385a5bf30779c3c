"""Looks at the processes of this machine, to show that nothing remains of what a test started."""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path


def processes_naming(text: str | Path) -> dict[int, str]:
    """Process id and command line of every process whose command line contains `text`, except this one."""
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            with contextlib.suppress(OSError):
                line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                if str(text) in line:
                    found[int(entry.name)] = line
    return found


def wait_until_none(text: str | Path, seconds: float = 15) -> dict[int, str]:
    """The same, once it is empty; otherwise what is still there after `seconds`."""
    deadline = time.monotonic() + seconds
    while (found := processes_naming(text)) and time.monotonic() < deadline:
        time.sleep(0.05)
    return found
