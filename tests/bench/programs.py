"""The processes that a bench run starts: gunicorn and `cds`, each with its own log file.

Guarantee: each is ended by its own id, and the kernel ends it when the bench is killed.
"""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

WAIT_SECONDS = 30.0
PR_SET_PDEATHSIG = 1
# Workers times threads: two processes use both cores, eight threads each cover the wait for the database.
GUNICORN = ("--worker-class", "gthread", "--workers", "2", "--threads", "8", "--keep-alive", "75")


class Program:
    """One running process."""

    def __init__(self, name: str, command: list[str], environment: Mapping[str, str], logs: Path) -> None:
        self.log = logs / f"{name.replace(' ', '-')}.log"
        self.name = name
        with self.log.open("wb") as output:
            self._process = subprocess.Popen(
                command,
                env=dict(environment),
                stdout=output,
                stderr=output,
                stdin=subprocess.DEVNULL,
                preexec_fn=_end_with_bench,
            )

    def wait_for_line(self, text: str, seconds: float = WAIT_SECONDS) -> None:
        """Wait until the log says so.

        Raises:
            RuntimeError: with the end of the log.
        """
        deadline = time.monotonic() + seconds
        while text not in self.log.read_text(errors="replace"):
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{self.name} does not say “{text}”:\n{self._end_of_log()}")
            time.sleep(0.05)

    def pause(self) -> None:
        """Stop the process in its tracks; it keeps its connections."""
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._process.send_signal(signal.SIGCONT)

    def stop(self) -> None:
        """SIGTERM, and after ten seconds SIGKILL."""
        if self._process.poll() is None:
            self.resume()
            self._process.terminate()
            try:
                self._process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()

    def _end_of_log(self) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-15:])


def _end_with_bench() -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def gunicorn(application: str, port: int) -> list[str]:
    """The same command for our services and for the bare application."""
    return [sys.executable, "-m", "gunicorn", *GUNICORN, "--bind", f"127.0.0.1:{port}", application]


def cds(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "deploy.cds.main", *arguments]


def prepare_metrics(folder: Path) -> dict[str, str]:
    """The environment that makes metrics add up over gunicorn's workers, as in a deployment."""
    folder.mkdir(exist_ok=True)
    return {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(folder)}
