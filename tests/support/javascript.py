"""Other people's JavaScript programs for the tests: node, and the packages of tests/e2e/javascript, pinned by its lock.

The packages are installed into the Python environment that runs the tests, once for each lock.
"""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[1] / "e2e" / "javascript"
FILES = ("package.json", "package-lock.json", ".npmrc")
FOLDER = Path(sys.prefix) / "javascript"
ADVICE = "node and npm are not installed here: sudo apt-get install --no-install-recommends nodejs npm"


def modules() -> Path:
    """The folder `node_modules` with what the lock says; installed when it is not there yet."""
    assert shutil.which("npm"), ADVICE
    wanted = hashlib.sha256(b"".join((SOURCE / name).read_bytes() for name in FILES)).hexdigest()
    FOLDER.mkdir(exist_ok=True)
    stamp = FOLDER / ".made-from"
    with (FOLDER / ".lock").open("w") as lock:  # two runs at once: the second waits, and then finds the work done
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not stamp.exists() or stamp.read_text() != wanted:
            stamp.unlink(missing_ok=True)
            for name in FILES:
                shutil.copy(SOURCE / name, FOLDER / name)
            command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
            done = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, timeout=280)
            assert done.returncode == 0, done.stderr[-2000:]
            stamp.write_text(wanted)
    return FOLDER / "node_modules"


def write(script: str, folder: Path, name: str) -> None:
    """A module in a folder; it may import what the lock holds."""
    if not (link := folder / "node_modules").exists():
        link.symlink_to(modules())
    (folder / name).write_text(script, encoding="utf-8")


def run(script: str, folder: Path, environment: dict[str, str]) -> str:
    """What a module prints."""
    write(script, folder, "script.mjs")
    node = shutil.which("node")
    assert node, ADVICE
    done = subprocess.run(
        [node, "script.mjs"], cwd=folder, capture_output=True, text=True, timeout=120, env=environment, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout
