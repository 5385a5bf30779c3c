"""A private RabbitMQ node from the installed package: own name, ports, cookie, epmd, plugins, data and log.

It shares nothing with a broker that may run on the machine. As root it runs as the package's user
`rabbitmq`. It ends with the test run, however that ends (see deploy/cds/guard.py). Data survives `kill` and
`restart`, not `wipe`.
"""

from __future__ import annotations

import atexit
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Self
from urllib.parse import quote

from deploy.cds.guard import release_guard, start_guarded
from tests.support.ports import free_port

START_SECONDS = 90
HANDSHAKE = b"AMQP\x00\x00\x09\x01"
ADVICE = "RabbitMQ is not installed here: sudo apt-get install --no-install-recommends rabbitmq-server"

CONFIGURATION = """\
listeners.tcp.1 = 127.0.0.1:{amqp}
management.tcp.ip = 127.0.0.1
management.tcp.port = {management}
heartbeat = 20
max_message_size = 1048576
disk_free_limit.absolute = 50MB
raft.wal_max_size_bytes = 67108864
log.console = false
log.file.level = info
"""


class RabbitNode:
    """Not started by the constructor. `plugins`: for example ["rabbitmq_management"]; none is the fastest."""

    def __init__(
        self, folder: Path | None = None, *, plugins: Sequence[str] = (), definitions: Path | None = None
    ) -> None:
        self._user = "rabbitmq" if os.geteuid() == 0 else None
        self._sbin = _find_sbin()
        self.folder = self._prepare(folder)
        self.amqp_port, self.management_port = free_port(), free_port()
        self._epmd_port, self._distribution_port = free_port(), free_port()
        self.name = f"cds-{secrets.token_hex(4)}@localhost"
        self._guard: subprocess.Popen[bytes] | None = None
        self._epmd: subprocess.Popen[bytes] | None = None
        self._write_files(plugins, definitions)

    @property
    def url(self) -> str:
        return self.url_of("/")

    def url_of(self, vhost: str, user: str = "guest", password: str = "guest") -> str:
        return f"amqp://{quote(user)}:{quote(password)}@127.0.0.1:{self.amqp_port}/{quote(vhost, safe='')}"

    @property
    def pid(self) -> int:
        """The process id of the node's Erlang machine."""
        return int((self.folder / "node.pid").read_text())

    def start(self) -> None:
        """Start the node and return when its listener answers an AMQP handshake."""
        if self._guard:
            raise RuntimeError(f"{self.name} is already started")
        atexit.register(self.close)
        (self.folder / "node.pid").unlink(missing_ok=True)
        self._start_epmd()
        with (self.folder / "console.log").open("ab") as log:
            self._guard = start_guarded(
                [self._sbin / "rabbitmq-server"], log=log, env=self._environment(), user=self._user,
                gentle=signal.SIGTERM, grace_seconds=30,
            )  # fmt: skip
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if self._guard.poll() is not None or time.monotonic() > deadline:
                self.close(keep_folder=True)
                raise RuntimeError(f"{self.name} does not start:\n{self._end_of_logs()}")
            time.sleep(0.05)

    def stop(self) -> None:
        """A graceful stop. Harmless when stopped."""
        if self._guard:
            release_guard(self._guard)
            self._guard = None

    def settle(self) -> None:
        """Make new quorum queues durable now.

        For about a second after a declaration RabbitMQ 3.10 has not written under which id the queue keeps
        its log. Killed then, the queue comes back without its messages and never elects a leader: it answers
        nothing, until it is deleted (which takes 5 s) and declared again.
        """
        self.evaluate("dets:sync(ra_directory_reverse)")

    def kill(self) -> None:
        """SIGKILL the Erlang machine, as a crash would. See `settle` for queues declared just before."""
        if not self._guard:
            raise RuntimeError(f"{self.name} is not started")
        os.kill(self.pid, signal.SIGKILL)
        self.stop()

    def restart(self) -> None:
        self.stop()
        self.start()

    def wipe(self) -> None:
        """Start again as an empty node, as after the loss of its disk."""
        self.stop()
        shutil.rmtree(self.folder / "db")
        self._own(self.folder / "db")
        self.start()

    def close(self, *, keep_folder: bool = False) -> None:
        """The end of the node and of its epmd; the folder goes too."""
        atexit.unregister(self.close)
        if self._guard and self._guard.poll() is None and (self.folder / "node.pid").exists():
            os.kill(self.pid, signal.SIGKILL)
        self.stop()
        if self._epmd:
            release_guard(self._epmd)
            self._epmd = None
        if not keep_folder:
            shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def ctl(self, *arguments: str, program: str = "rabbitmqctl") -> str:
        """Run rabbitmqctl (or rabbitmq-queues …) against this node; about a second: Erlang starts anew."""
        command: list[str | Path] = [self._sbin / program, "--silent", "--node", self.name, *arguments]
        done = self._run(command)
        if done.returncode:
            raise RuntimeError(f"{program} {' '.join(arguments)}: {done.stderr.strip() or done.stdout.strip()}")
        return done.stdout.strip()

    def evaluate(self, expression: str) -> str:
        """Evaluate Erlang in the node within milliseconds; returns the printed term."""
        if shutil.which("erl_call") is None:  # not in every packaging of Erlang
            return self.ctl("eval", f"{expression}.")
        command = ["erl_call", "-address", f"127.0.0.1:{self._distribution_port}", "-c", self._cookie, "-e"]
        done = self._run(command, f"{expression}.\n")
        if done.returncode or not done.stdout.startswith("{ok, "):
            raise RuntimeError(f"{expression}: {done.stdout.strip()} {done.stderr.strip()}")
        return done.stdout.strip().removeprefix("{ok, ").removesuffix("}")

    def add_vhost(self, name: str) -> str:
        """Make a vhost with all rights for guest; returns its URL."""
        self.evaluate(
            f'rabbit_vhost:add(<<"{name}">>, <<"tests">>), rabbit_auth_backend_internal:set_permissions('
            f'<<"guest">>, <<"{name}">>, <<".*">>, <<".*">>, <<".*">>, <<"tests">>)'
        )
        return self.url_of(name)

    def delete_vhost(self, name: str) -> None:
        self.evaluate(f'rabbit_vhost:delete(<<"{name}">>, <<"tests">>)')

    def _prepare(self, folder: Path | None) -> Path:
        """As root always in /tmp: the node's user does not reach root's private places."""
        if self._user or folder is None:
            folder = Path(tempfile.mkdtemp(prefix="cds-rabbit-", dir="/tmp"))
        for name in ("", "home", "db", "log"):
            self._own(folder / name)
        return folder

    def _own(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, exist_ok=True)
        if self._user:
            entry = pwd.getpwnam(self._user)
            os.chown(folder, entry.pw_uid, entry.pw_gid)

    def _write_files(self, plugins: Sequence[str], definitions: Path | None) -> None:
        text = CONFIGURATION.format(amqp=self.amqp_port, management=self.management_port)
        if "rabbitmq_management" not in plugins:
            text = "".join(line for line in text.splitlines(True) if not line.startswith("management."))
        if definitions:
            shutil.copy(definitions, self.folder / "definitions.json")
            text += f"load_definitions = {self.folder}/definitions.json\n"
        self._cookie = secrets.token_hex(16)
        files = {"rabbitmq.conf": text, "plugins": f"[{','.join(plugins)}].\n", "advanced.config": "[].\n",
                 "home/.erlang.cookie": self._cookie, "environment": ""}  # fmt: skip
        for name, content in files.items():
            path = self.folder / name
            path.write_text(content)
            path.chmod(0o400 if name.endswith("cookie") else 0o644)
            if self._user:
                entry = pwd.getpwnam(self._user)
                os.chown(path, entry.pw_uid, entry.pw_gid)

    def _environment(self) -> dict[str, str]:
        folder = str(self.folder)
        return {
            "PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
            "HOME": f"{folder}/home",
            "LC_ALL": "C.UTF-8",
            "ERL_EPMD_PORT": str(self._epmd_port),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "ERL_CRASH_DUMP": f"{folder}/log/erl_crash.dump",
            "RABBITMQ_NODENAME": self.name,
            "RABBITMQ_DIST_PORT": str(self._distribution_port),
            "RABBITMQ_MNESIA_BASE": f"{folder}/db",
            "RABBITMQ_LOG_BASE": f"{folder}/log",
            "RABBITMQ_PID_FILE": f"{folder}/node.pid",
            "RABBITMQ_CONFIG_FILE": f"{folder}/rabbitmq.conf",
            "RABBITMQ_ADVANCED_CONFIG_FILE": f"{folder}/advanced.config",
            "RABBITMQ_CONF_ENV_FILE": f"{folder}/environment",
            "RABBITMQ_ENABLED_PLUGINS_FILE": f"{folder}/plugins",
            # No shell that stays between the guard and Erlang: the guard's child is the node itself.
            "RUNNING_UNDER_SYSTEMD": "1",
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS":
                "+sbwt none +sbwtdcpu none +sbwtdio none -kernel inet_dist_use_interface {127,0,0,1}",
        }  # fmt: skip

    def _start_epmd(self) -> None:
        if self._epmd is None:
            command = ["epmd", "-address", "127.0.0.1", "-port", str(self._epmd_port)]
            with (self.folder / "console.log").open("ab") as log:
                self._epmd = start_guarded(command, log=log, env=self._environment(), user=self._user)

    def _run(self, command: Sequence[str | Path], text: str | None = None) -> subprocess.CompletedProcess[str]:
        entry = pwd.getpwnam(self._user) if self._user else None
        return subprocess.run(
            command, input=text, capture_output=True, text=True, timeout=60,
            cwd=self.folder, env=self._environment(),
            stdin=subprocess.DEVNULL if text is None else None,
            user=entry.pw_uid if entry else None, group=entry.pw_gid if entry else None,
            extra_groups=[] if entry else None,
        )  # fmt: skip

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.amqp_port), timeout=2) as connection:
                connection.sendall(HANDSHAKE)
                return connection.recv(1) == b"\x01"  # a method frame: Connection.Start
        except OSError:
            return False

    def _end_of_logs(self) -> str:
        logs = [self.folder / "console.log", *(self.folder / "log").glob("*.log")]
        return "\n".join(line for log in logs for line in log.read_text(errors="replace").splitlines()[-15:])


def _find_sbin() -> Path:
    """The package's own scripts: those in /usr/sbin insist on the system's node and user."""
    found = sorted(Path("/usr/lib/rabbitmq/lib").glob("rabbitmq_server-*/sbin/rabbitmq-server"))
    if not found:
        raise RuntimeError(ADVICE)
    return found[-1].parent
