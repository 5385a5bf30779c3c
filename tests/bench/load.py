"""The load generator: closed loops over kept connections, with requests whose bytes exist before the clock starts.

It shares the cores with what it measures, so it does as little as can be: one write, one read, one look at the status.
It stops by itself at the end of its requests, at its time limit, or at the first answer that is not an acceptance.
"""

import ctypes
import re
import signal
import socket
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

COUNTS = re.compile(rb'"counts": ?\{[^}]*"accepted": ?(\d+)')
TIMEOUT_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Request:
    """The bytes of one HTTP request, and how many events it carries."""

    content: bytes
    events: int
    is_batch: bool


@dataclass
class Outcome:
    """What one run did. `begun` and `ended` are seconds since 1970; `done` counts the requests of each client;
    `cpu` is what each part used meanwhile, in seconds."""

    begun: float
    ended: float = 0.0
    done: list[int] = field(default_factory=list)
    events: int = 0
    latencies: list[float] = field(default_factory=list)
    cpu: dict[str, float] = field(default_factory=dict)
    failure: str = ""

    @property
    def seconds(self) -> float:
        return self.ended - self.begun


def end_with_parent() -> None:
    """The kernel ends this process when the bench is killed (prctl PR_SET_PDEATHSIG)."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


def drive(clients: Sequence[Sequence[Request]], port: int, seconds: float) -> Outcome:
    """Send each client's requests in order over a connection of its own, all clients at once."""
    runs = [_Client(requests, port) for requests in clients]
    start = threading.Barrier(len(runs) + 1)
    deadline = time.monotonic() + seconds
    threads = [threading.Thread(target=run.send_all, args=(start, deadline)) for run in runs]
    for thread in threads:
        thread.start()
    start.wait()
    outcome = Outcome(time.time())
    for thread in threads:
        thread.join()
    outcome.ended = time.time()
    for run in runs:
        outcome.done.append(len(run.latencies))
        outcome.latencies += run.latencies
        outcome.failure = outcome.failure or run.failure
        outcome.events += sum(request.events for request in run.requests[: len(run.latencies)])
    return outcome


class _Client:
    def __init__(self, requests: Sequence[Request], port: int) -> None:
        self.requests = requests
        self.latencies: list[float] = []
        self.failure = ""
        self._port = port
        self._socket = self._connect()

    def _connect(self) -> socket.socket:
        connection = socket.create_connection(("127.0.0.1", self._port), timeout=TIMEOUT_SECONDS)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    def send_all(self, start: threading.Barrier, deadline: float) -> None:
        start.wait()
        for request in self.requests:
            begun = time.monotonic()
            if begun > deadline:
                break
            try:
                head, body = self._exchange(request.content)
            except OSError as error:
                self.failure = repr(error)
                break
            if not _is_accepted(request, head, body):
                self.failure = (head + body)[:600].decode(errors="replace")
                break
            self.latencies.append(time.monotonic() - begun)
        self._socket.close()

    def _exchange(self, content: bytes) -> tuple[bytes, bytes]:
        self._socket.sendall(content)
        received = self._socket.recv(65536)
        while received and b"\r\n\r\n" not in received:
            received += self._socket.recv(65536)
        head, _, body = received.partition(b"\r\n\r\n")
        parts, missing = [body], _length(head) - len(body)
        while missing > 0:
            parts.append(self._socket.recv(min(missing, 1 << 20)))
            missing -= len(parts[-1])
            if not parts[-1]:
                raise ConnectionError("the answer was cut off")
        if b"\r\nconnection: close" in head.lower():
            self._socket.close()
            self._socket = self._connect()
        return head, b"".join(parts)


def _length(head: bytes) -> int:
    found = re.search(rb"\r\ncontent-length: (\d+)", head.lower())
    if found is None:
        raise ConnectionError("no answer, or one without a length")
    return int(found[1])


def _is_accepted(request: Request, head: bytes, body: bytes) -> bool:
    if not request.is_batch:
        return head.startswith(b"HTTP/1.1 201 ")
    counts = COUNTS.search(body)
    return head.startswith(b"HTTP/1.1 200 ") and counts is not None and int(counts[1]) == request.events
