"""Runs a Python script as an ordinary user, with our standard-library-only modules and the database's
programs.

As an ordinary user that is simply a child process. As root it makes a throw-away user, and copies what that
user needs to a place that it can reach (the clone and the interpreter may lie in root's private home
folder).
"""

from __future__ import annotations

import contextlib
import os
import pwd
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from deploy.cds.postgres_programs import find_wheel

PROJECT = Path(__file__).resolve().parents[2]
SOURCES = ("deploy/__init__.py", "deploy/cds", "tests/__init__.py", "tests/support")


@dataclass(frozen=True)
class OrdinaryUser:
    name: str
    folder: Path  # the user's own, reachable
    command: list[str | Path]  # starts Python as this user
    search_path: Path

    def start(self, script: str, *arguments: str | Path) -> subprocess.Popen[str]:
        environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(self.search_path), "LC_ALL": "C.UTF-8"}
        environment["PYTHONDONTWRITEBYTECODE"] = "1"
        return subprocess.Popen(
            [*self.command, "-c", script, *arguments], cwd=self.folder, env=environment,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def run(self, script: str, *arguments: str | Path) -> str:
        process = self.start(script, *arguments)
        output, errors = process.communicate(timeout=120)
        assert process.returncode == 0, errors
        return output


@contextlib.contextmanager
def ordinary_user() -> Iterator[OrdinaryUser]:
    folder = Path(tempfile.mkdtemp(prefix="cds-user-", dir="/tmp"))
    try:
        if os.geteuid() != 0:
            yield OrdinaryUser(pwd.getpwuid(os.geteuid()).pw_name, folder, [sys.executable], PROJECT)
        else:
            with _throw_away_user(folder) as user:
                yield user
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _throw_away_user(folder: Path) -> Iterator[OrdinaryUser]:
    name = f"cds-test-{secrets.token_hex(3)}"
    subprocess.run(["useradd", "--no-create-home", "--home-dir", folder, "--shell", "/bin/sh", name], check=True)
    try:
        entry = pwd.getpwnam(name)
        os.chown(folder, entry.pw_uid, entry.pw_gid)
        search_path = folder / "lib"
        _copy_sources(search_path)
        yield OrdinaryUser(name, folder, ["runuser", "-u", name, "--", _python_for(name)], search_path)
    finally:
        subprocess.run(["userdel", name], check=True, capture_output=True)


def _copy_sources(target: Path) -> None:
    for source in SOURCES:
        if (PROJECT / source).is_dir():
            shutil.copytree(PROJECT / source, target / source, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            (target / source).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(PROJECT / source, target / source)
    wheel = find_wheel()
    for folder in (wheel, wheel.parent / f"{wheel.name}.libs"):
        shutil.copytree(folder, target / folder.name, symlinks=True)
    subprocess.run(["chmod", "-R", "a+rX", target], check=True)


def _python_for(name: str) -> Path:
    check = "import sys; sys.exit(sys.version_info < (3, 11))"
    for candidate in [Path(sys.executable), *sorted(Path("/usr/bin").glob("python3*"))]:
        command: list[str | Path] = ["runuser", "-u", name, "--", candidate, "-c", check]
        if not candidate.name.endswith("config") and subprocess.run(command, capture_output=True).returncode == 0:
            return candidate
    raise RuntimeError("no Python from 3.11 on that an ordinary user can run: apt-get install python3")
