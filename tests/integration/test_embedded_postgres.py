"""The embedded PostgreSQL keeps what was committed, belongs to one owner, and leaves no process behind."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from deploy.cds.postgres import EmbeddedPostgres, EmbeddedPostgresError
from deploy.cds.postgres_owner import servers_in
from deploy.cds.postgres_programs import find_binaries, find_wheel
from tests.support.ordinary_user import PROJECT, OrdinaryUser, ordinary_user
from tests.support.ports import free_port
from tests.support.processes import processes_naming, wait_until_none

pytestmark = pytest.mark.faults

START_AND_WAIT = """
import sys, time
from pathlib import Path
from deploy.cds.postgres import EmbeddedPostgres
server = EmbeddedPostgres(Path(sys.argv[1]))
server.start()
server.create_database("notes")
server.execute("CREATE TABLE IF NOT EXISTS note (line text)", "notes")
server.execute("INSERT INTO note VALUES ('kept')", "notes")
print(server.layout.data, server.pid, flush=True)
time.sleep(600)
"""

COUNT_AND_STOP = """
import sys
from pathlib import Path
from deploy.cds.postgres import EmbeddedPostgres
with EmbeddedPostgres(Path(sys.argv[1])) as server:
    print(server.execute("SELECT count(*) FROM note", "notes"))
"""

REPORT_PROGRAMS = """
import os, sys
from pathlib import Path
from deploy.cds.postgres import EmbeddedPostgres
with EmbeddedPostgres(Path(sys.argv[1])) as server:
    print(os.readlink(f"/proc/{server.pid}/exe"), server.layout.data, server.execute("SELECT 42"))
"""


@pytest.fixture
def home() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="cds-home-", dir="/tmp"))
    folder.chmod(0o711)
    yield folder
    assert not wait_until_none(folder)
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def user() -> Iterator[OrdinaryUser]:
    with ordinary_user() as somebody:
        yield somebody


def note(server: EmbeddedPostgres, line: str) -> None:
    server.create_database("notes")
    with psycopg.connect(server.url("notes")) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS note (line text)")
        connection.execute("INSERT INTO note VALUES (%s)", [line])


def notes(server: EmbeddedPostgres) -> list[str]:
    with psycopg.connect(server.url("notes")) as connection:
        return [line for (line,) in connection.execute("SELECT line FROM note ORDER BY line")]


def start_owner(home: Path) -> subprocess.Popen[str]:
    """Another process that owns the database of `home`, once it is ready."""
    owner = subprocess.Popen([sys.executable, "-c", START_AND_WAIT, home], stdout=subprocess.PIPE, text=True)
    assert owner.stdout
    owner.ready = owner.stdout.readline()  # type: ignore[attr-defined]
    return owner


def kill(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.communicate()


def test_what_was_committed_survives_a_stop_and_a_crash(home: Path) -> None:
    server = EmbeddedPostgres(home)
    server.start()
    note(server, "a")

    server.stop()
    server.start()
    note(server, "b")
    server.kill()
    server.start()

    assert notes(server) == ["a", "b"]
    server.stop()
    assert not servers_in(server.layout.data)


def test_the_cluster_is_safe_and_speaks_vietnamese(home: Path) -> None:
    with EmbeddedPostgres(home) as server, psycopg.connect(server.url("postgres")) as connection:
        names = ("fsync", "full_page_writes", "synchronous_commit", "data_checksums", "listen_addresses",
                 "server_encoding", "timezone")  # fmt: skip
        shown = {name: connection.execute(f"SHOW {name}").fetchone() for name in names}
        upper = connection.execute("SELECT upper('phường Đa Phúc')").fetchone()

    assert shown == {"fsync": ("on",), "full_page_writes": ("on",), "synchronous_commit": ("on",),
                     "data_checksums": ("on",), "listen_addresses": ("",), "server_encoding": ("UTF8",),
                     "timezone": ("UTC",)}  # fmt: skip
    assert upper == ("PHƯỜNG ĐA PHÚC",)


def test_tcp_is_only_there_when_asked_for_and_wants_the_password(home: Path) -> None:
    port = free_port()
    with EmbeddedPostgres(home, port=port) as server:
        with psycopg.connect(server.tcp_url("postgres")) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)

        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(f"postgresql://congdongso:wrong@127.0.0.1:{port}/postgres")


def test_the_folders_are_private(home: Path) -> None:
    with EmbeddedPostgres(home) as server:
        modes = {oct(folder.stat().st_mode & 0o777) for folder in
                 (server.layout.root, server.layout.data, server.layout.socket_folder)}  # fmt: skip

    assert modes == {"0o700"}
    assert home.stat().st_mode & 0o777 == 0o711


def test_a_home_that_a_living_process_holds_is_refused_by_name(home: Path) -> None:
    owner = start_owner(home)

    with pytest.raises(EmbeddedPostgresError, match=rf"process {owner.pid} runs the database"):
        EmbeddedPostgres(home).start()

    kill(owner)


def test_another_process_finds_the_running_database(home: Path) -> None:
    owner = start_owner(home)

    assert notes(EmbeddedPostgres(home)) == ["kept"]

    kill(owner)


def test_a_start_right_after_the_owner_was_killed_works(home: Path) -> None:
    owner = start_owner(home)
    kill(owner)

    with EmbeddedPostgres(home) as server:
        assert notes(server) == ["kept"]


def test_nothing_remains_of_an_owner_that_was_killed(home: Path) -> None:
    owner = start_owner(home)
    kill(owner)

    assert not wait_until_none(home)


def test_nothing_remains_when_the_guard_is_killed(home: Path) -> None:
    owner = start_owner(home)
    (guard,) = [pid for pid, line in processes_naming(home).items() if "guard.py" in line]

    os.kill(guard, signal.SIGKILL)

    assert not [line for line in wait_until_none(f"-D {home}").values()]
    kill(owner)


def test_a_server_without_an_owner_is_stopped_and_replaced(home: Path) -> None:
    with EmbeddedPostgres(home) as server:
        note(server, "kept")
        layout = server.layout
    command: list[str | Path] = [find_binaries(layout) / "postgres", "-D", layout.data]
    switch = ["runuser", "-u", layout.user, "--"] if layout.switch_to else []
    orphan = subprocess.Popen([*switch, *command], cwd="/", stderr=subprocess.PIPE)
    assert orphan.stderr
    while b"ready to accept" not in orphan.stderr.readline():
        pass

    with EmbeddedPostgres(home) as server:
        assert notes(server) == ["kept"]

    orphan.stderr.close()
    assert orphan.wait(10) == 0


def test_a_stale_pid_file_whose_number_is_used_again_does_no_harm(home: Path) -> None:
    server = EmbeddedPostgres(home)
    server.start()
    note(server, "kept")
    server.kill()
    pid_file = server.layout.data / "postmaster.pid"
    pid_file.write_text("\n".join([str(os.getppid()), *pid_file.read_text().splitlines()[1:]]))

    server.start()

    assert notes(server) == ["kept"]
    server.stop()


def test_an_unfinished_first_start_is_begun_again(home: Path) -> None:
    (home / "postgres").mkdir(mode=0o700)
    (home / "postgres" / "data.unfinished").mkdir()
    (home / "postgres" / "data.unfinished" / "PG_VERSION").write_text("18")

    with EmbeddedPostgres(home) as server:
        note(server, "made")
        assert notes(server) == ["made"]


def test_a_home_too_deep_for_a_socket_gets_a_short_private_one(home: Path) -> None:
    deep = home / ("a-folder-with-a-rather-long-name-" * 3) / "nhà của tôi"

    with EmbeddedPostgres(deep) as server:
        note(server, "kept")
        folder = server.layout.socket_folder
        assert len(os.fsencode(folder)) < 60
        assert folder.stat().st_mode & 0o777 == 0o700
        assert notes(server) == ["kept"]
    folder.rmdir()


def test_a_failing_start_says_why_and_can_be_tried_again(home: Path) -> None:
    with EmbeddedPostgres(home) as server:
        layout = server.layout
    control = layout.data / "global" / "pg_control"
    control.rename(control.with_suffix(".away"))

    with pytest.raises(EmbeddedPostgresError, match="pg_control"):
        EmbeddedPostgres(home).start()

    control.with_suffix(".away").rename(control)
    with EmbeddedPostgres(home) as server:
        server.create_database("notes")


def test_an_ordinary_user_can_start_kill_and_start_again(user: OrdinaryUser) -> None:
    home = user.folder / "home"
    owner = user.start(START_AND_WAIT, home)
    assert owner.stdout
    data = owner.stdout.readline().split()[0]
    assert Path(data).owner() == user.name
    (python,) = [pid for pid, line in processes_naming(home).items() if "time.sleep" in line and "runuser" not in line]

    os.kill(python, signal.SIGKILL)
    owner.communicate()

    assert user.run(COUNT_AND_STOP, home).strip() == "1"
    assert not wait_until_none(home)


if os.geteuid() == 0:

    def test_root_may_run_the_database_of_an_ordinary_user_and_give_it_back(user: OrdinaryUser) -> None:
        home = user.folder / "shared"
        owner = user.start(START_AND_WAIT, home)
        assert owner.stdout
        owner.stdout.readline()
        owner.terminate()
        owner.communicate()
        wait_until_none(home)

        with EmbeddedPostgres(home, port=free_port()) as server:
            assert server.layout.user == user.name
            assert notes(server) == ["kept"]

        assert user.run(COUNT_AND_STOP, home).strip() == "1"

    def test_what_the_database_user_cannot_reach_moves_to_var_lib(home: Path) -> None:
        home.chmod(0o700)
        with EmbeddedPostgres(home) as server:
            note(server, "kept")
            root = server.layout.root
        with EmbeddedPostgres(home) as server:
            assert notes(server) == ["kept"]

        assert root.parent == Path("/var/lib/congdongso")
        assert home.stat().st_mode & 0o777 == 0o700
        shutil.rmtree(root)

    def test_programs_that_the_database_user_cannot_reach_are_copied(home: Path) -> None:
        home.chmod(0o700)
        wheel = find_wheel()
        for folder in (wheel, wheel.with_name(f"{wheel.name}.libs")):
            shutil.copytree(folder, home / "lib" / folder.name, symlinks=True)

        environment = os.environ | {"PYTHONPATH": f"{home}/lib"}
        command: list[str | Path] = [sys.executable, "-c", REPORT_PROGRAMS, home]
        output = subprocess.run(command, env=environment, cwd=PROJECT, capture_output=True, text=True, check=True)

        programs, data, answer = output.stdout.split()
        assert answer == "42"
        assert Path(data).is_relative_to("/var/lib/congdongso")
        assert Path(programs).is_relative_to("/var/lib/congdongso")
        shutil.rmtree(Path(data).parent)
