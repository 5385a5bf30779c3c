"""Events into the queue from a file or from a pipe, one event in each line.

Guarantee: a line is in the queue, or will be read again: a program that was killed is started with the same file, and
what is known already is not put twice.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import BinaryIO

from deploy.cds.push.queue import Queue

AT_ONCE = 500
LOOK_AGAIN_SECONDS = 0.5


@contextmanager
def opened(source: str) -> Iterator[BinaryIO]:
    """The file of this name; `-` is what is piped in."""
    if source == "-":
        yield sys.stdin.buffer
    else:
        with Path(source).open("rb") as file:
            yield file


def feed(queue: Queue, source: BinaryIO) -> int:
    """Put every line of the source into the queue; how many events are new."""
    new, lines = 0, list[bytes]()
    for line in source:
        if line.strip():
            lines.append(line.strip())
        if len(lines) == AT_ONCE:
            new += queue.put(lines)
            lines = []
    return new + (queue.put(lines) if lines else 0)


def keep_feeding(queue: Queue, source: BinaryIO, stop: Event) -> None:
    """Put each line into the queue as it comes, until asked to stop; a line that is half written is waited for."""
    begun = b""
    while not stop.is_set():
        begun += source.readline()
        if begun.endswith(b"\n"):
            if begun.strip():
                queue.put([begun.strip()])
            begun = b""
        elif stop.wait(LOOK_AGAIN_SECONDS):
            return
