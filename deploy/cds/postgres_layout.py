"""Decides where an embedded PostgreSQL keeps its data and its socket, and as which user its server runs.

PostgreSQL refuses to run as root, and this code never changes the mode of a folder that it did not make.
So, as root, the server runs as the owner of the existing data, or else as the system user `congdongso`
(made when missing); what that user cannot reach (a clone under a private home folder) goes to
/var/lib/congdongso. The answer for one home is the same in every process of the same user, so a second
terminal finds the running database.
"""

from __future__ import annotations

import hashlib
import logging
import os
import pwd
import re
import secrets
import subprocess
from dataclasses import dataclass
from pathlib import Path

log = logging.getLogger("cds.postgres")

SYSTEM_USER = "congdongso"
STATE = Path("/var/lib/congdongso")
LONGEST_SOCKET_PATH = 107  # bytes; sockaddr_un.sun_path holds 108 with the closing NUL
SOCKET_NAME = ".s.PGSQL.65535"  # the longest
CLEAN_ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C", "TZ": "UTC", "HOME": "/"}


class EmbeddedPostgresError(RuntimeError):
    """The embedded database cannot do what was asked; the message names the folder and the remedy."""


@dataclass(frozen=True)
class Layout:
    root: Path  # 0700, owned by the server's user: data, socket, password, lock
    log: Path
    user: str  # the operating system's user that the server runs as
    switch_to: str | None  # the same when we must change to it (we are root), otherwise None

    @property
    def data(self) -> Path:
        return self.root / "data"

    @property
    def socket_folder(self) -> Path:
        inside = self.root / "socket"
        fits = len(os.fsencode(inside / SOCKET_NAME)) <= LONGEST_SOCKET_PATH
        if fits and re.fullmatch(r"[A-Za-z0-9_./+-]+", str(inside)):
            return inside
        digest = hashlib.sha256(os.fsencode(self.root)).hexdigest()[:12]
        return Path("/tmp") / f"cds-{pwd.getpwnam(self.user).pw_uid}-{digest}"


def lay_out(home: Path) -> Layout:
    """Find, or decide for the first time, where the database of `home` lives; makes both folders."""
    home.mkdir(parents=True, exist_ok=True)
    home = home.resolve()
    root = _root_of(home)
    if os.geteuid() != 0:
        user = _current_user()
        _refuse_foreign(root, user)
        root.mkdir(mode=0o700, exist_ok=True)
        return Layout(root, home / "postgres.log", user, None)
    owner = _owner(root) if root.exists() else "root"
    user = owner if owner != "root" else _system_user()
    if not root.exists() and not _can_reach(user, home):
        root = _move_out(home)
    make_private_folder(root, user)
    if not _can_reach(user, root):
        raise EmbeddedPostgresError(
            f"{root} belongs to {user}, who cannot enter it: open a folder above it, or set CDS_HOME"
        )
    return Layout(root, home / "postgres.log", user, user)


def make_private_folder(folder: Path, user: str) -> None:
    """Make `folder` 0700 for `user`; refuse another's (in /tmp anybody could have put it there)."""
    entry = pwd.getpwnam(user)
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        found = folder.lstat()
        if folder.is_symlink() or not folder.is_dir() or found.st_uid not in (entry.pw_uid, os.geteuid()):
            raise EmbeddedPostgresError(f"{folder} exists and does not belong to {user}: remove it") from None
    if folder.stat().st_uid != entry.pw_uid:
        os.chown(folder, entry.pw_uid, entry.pw_gid)
    folder.chmod(0o700)


def give_to_owner_of(folder: Path, file: Path | int) -> None:
    """As root: what we make in another user's folder shall not lock that user out of it later."""
    if os.geteuid() == 0:
        owner = folder.stat()
        os.chown(file, owner.st_uid, owner.st_gid)


def _root_of(home: Path) -> Path:
    moved = home / "postgres.location"
    return Path(moved.read_text().strip()) if moved.exists() else home / "postgres"


def _move_out(home: Path) -> Path:
    """A random name, so that a new clone in an old place does not meet the old one's data."""
    STATE.mkdir(mode=0o755, exist_ok=True)
    root = STATE / secrets.token_hex(6)
    (home / "postgres.location").write_text(f"{root}\n")
    log.info("the database user %s cannot reach %s: its data is in %s", SYSTEM_USER, home, root)
    return root


def _current_user() -> str:
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        raise EmbeddedPostgresError(
            f"user id {os.geteuid()} has no name on this machine, PostgreSQL needs one"
        ) from None


def _refuse_foreign(root: Path, user: str) -> None:
    if root.exists() and _owner(root) != user:
        raise EmbeddedPostgresError(f"{root} belongs to {_owner(root)}, not to {user}: start as root, or set CDS_HOME")
    if not root.exists() and not os.access(root.parent, os.W_OK | os.X_OK):
        raise EmbeddedPostgresError(f"{user} may not write into {root.parent}: set CDS_HOME to a folder of your own")


def _owner(path: Path) -> str:
    uid = path.stat().st_uid
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        raise EmbeddedPostgresError(f"{path} belongs to user id {uid}, which has no name here: chown it") from None


def _system_user() -> str:
    try:
        pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        log.info("making the system user %s: PostgreSQL does not run as root", SYSTEM_USER)
        command = ["useradd", "--system", "--no-create-home", "--home-dir", "/nonexistent",
                   "--shell", "/usr/sbin/nologin", SYSTEM_USER]  # fmt: skip
        made = subprocess.run(command, capture_output=True, text=True)
        if made.returncode not in (0, 9):  # 9: another process made it meanwhile
            raise EmbeddedPostgresError(f"cannot make the user {SYSTEM_USER}: {made.stderr.strip()}") from None
    return SYSTEM_USER


def run_as(user: str, command: list[str | Path]) -> bool:
    entry = pwd.getpwnam(user)
    return subprocess.run(
        command, user=entry.pw_uid, group=entry.pw_gid, extra_groups=[], cwd="/", env=CLEAN_ENVIRONMENT,
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    ).returncode == 0  # fmt: skip


def _can_reach(user: str, folder: Path) -> bool:
    return run_as(user, ["test", "-x", folder])
