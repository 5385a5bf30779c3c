"""Prepares a data folder for the embedded PostgreSQL: initdb on the first start, configuration on each.

A cluster is made in a neighbouring folder and renamed when whole, so a killed first start leaves nothing
half-made. Files in folders of the server's user are written as that user: as root we follow no link that it
could have laid.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from pathlib import Path

from deploy.cds.postgres_layout import (
    CLEAN_ENVIRONMENT,
    EmbeddedPostgresError,
    Layout,
    make_private_folder,
)
from deploy.cds.postgres_programs import major_version

SUPERUSER = "congdongso"
OUR_SETTINGS = "congdongso.conf"

SETTINGS = {
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "wal_level": "replica",
    "max_connections": "100",
    "shared_buffers": "64MB",
    "max_wal_size": "512MB",
    "password_encryption": "scram-sha-256",
    "unix_socket_permissions": "0700",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
    "log_line_prefix": "%m [%p] %d ",
    "log_checkpoints": "off",
    "jit": "off",  # the queries are short; compiling them costs more than it saves
}


def make_cluster(layout: Layout, bin_folder: Path) -> None:
    unfinished = layout.root / "data.unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    command: list[str | Path] = [bin_folder / "initdb", "-D", unfinished, "-k", "-U", SUPERUSER]
    command += ["-E", "UTF8", *_locale(bin_folder), "--no-instructions"]
    command += ["--auth-local=peer", "--auth-host=scram-sha-256"]
    _run_as_server(layout, command)
    # initdb's own file stays: it found out which kind of shared memory works on this machine.
    include = f"include_if_exists '{OUR_SETTINGS}'"
    _run_as_server(layout, ["sh", "-c", 'echo "$1" >>"$2"', "sh", include, unfinished / "postgresql.conf"])
    unfinished.rename(layout.data)


def write_configuration(layout: Layout, port: int | None) -> None:
    """Anew at each start, for the folder may have moved and the program may be a newer one."""
    make_private_folder(layout.socket_folder, layout.user)
    listen = {"listen_addresses": "127.0.0.1", "port": str(port)} if port else {"listen_addresses": ""}
    settings = SETTINGS | listen | {"unix_socket_directories": str(layout.socket_folder)}
    names = {layout.user, pwd.getpwuid(os.geteuid()).pw_name}
    files = {
        OUR_SETTINGS: "".join(f"{name} = '{value}'\n" for name, value in settings.items()),
        "pg_hba.conf": "local all all peer map=cds\nhost all all 127.0.0.1/32 scram-sha-256\n",
        "pg_ident.conf": "".join(f'cds "{name}" all\n' for name in sorted(names)),
    }
    for name, text in files.items():
        write_private_file(layout, layout.data / name, text)


def write_private_file(layout: Layout, path: Path, text: str) -> None:
    _run_as_server(layout, ["sh", "-c", 'umask 077; cat >"$1"', "sh", path], text)


def _run_as_server(layout: Layout, command: list[str | Path], text: str = "") -> None:
    entry = pwd.getpwnam(layout.user) if layout.switch_to else None
    done = subprocess.run(
        command,
        input=text,
        capture_output=True,
        text=True,
        cwd="/",
        env=CLEAN_ENVIRONMENT,
        user=entry.pw_uid if entry else None,
        group=entry.pw_gid if entry else None,
        extra_groups=[] if entry else None,
    )
    if done.returncode:
        raise EmbeddedPostgresError(f"{Path(command[0]).name} failed in {layout.root}: {done.stderr.strip()}")


def _locale(bin_folder: Path) -> list[str]:
    """Code point order everywhere; upper and lower case by Unicode where the version can (from 17 on)."""
    unicode_case = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    return ["--locale=C", *(unicode_case if major_version(bin_folder) >= 17 else [])]
