"""The sender: from the queue in batches to the platform, and the fates back into the queue.

Guarantee: it may be killed at any point. What was sent and has no fate stored is sent again as it was, and the platform
answers `duplicate`: the same fate, counted once. Events that the platform refuses stay in the queue with the reason and
hold up nobody.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable, Sequence
from threading import Event
from typing import Self

import httpx

from deploy.cds.push.courier import CannotSend, Courier, Patience, browser
from deploy.cds.push.fates import TAKEN_APART, Fate, deliver, read_batch, refused_whole
from deploy.cds.push.queue import Queue, Waiting
from deploy.cds.push.token import Token

HEADERS = {"Content-Type": "application/cloudevents-batch+json", "Content-Encoding": "gzip"}
MOST = 1000  # of the platform


class Sender:
    """Use as a context manager. `on_settled` hears of each part whose fate is stored."""

    def __init__(
        self,
        queue: Queue,
        sessions: str,
        token: Token,
        *,
        batch: int = 200,
        patience: Patience | None = None,
        stop: Event | None = None,
        on_settled: Callable[[int], None] = lambda count: None,
    ) -> None:
        if not 1 <= batch <= MOST:
            raise ValueError(f"a batch has 1 to {MOST} events, not {batch}")
        self.queue, self.batch, self.on_settled = queue, batch, on_settled
        self.courier = Courier(f"{sessions.rstrip('/')}/v1/events", token, browser(sessions), patience, stop)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.courier.http.close()

    def send_waiting(self) -> int:
        """Send until nothing waits any more; how many events got their fate.

        Raises:
            Unanswered: the platform does not answer, or it was asked to stop; what has no fate waits on.
            CannotSend: the client is refused, or this is not the platform's address.
        """
        settled = 0
        while not self.courier.stop.is_set() and (events := self.queue.waiting(self.batch)):
            for part in deliver(events, self._post, _read):
                self.queue.settle(part)
                settled += len(part)
                self.on_settled(len(part))
        self.queue.tidy()
        return settled

    def _post(self, events: Sequence[Waiting]) -> httpx.Response:
        content = b"[" + b",".join(event.body for event in events) + b"]"
        return self.courier.post(gzip.compress(content, 5, mtime=0), HEADERS)


def _read(answer: httpx.Response, count: int) -> list[Fate] | None:
    """The fates; None when the batch is to be taken apart.

    Raises:
        CannotSend: when not the events are refused but who sends them, or where to.
    """
    fates = read_batch(answer, count)
    if fates is None and answer.status_code not in TAKEN_APART:
        why = refused_whole(answer)
        raise CannotSend(
            f"{answer.url} trả lời {answer.status_code} ({why.code}) {why.message} Sự kiện của lô này vẫn nằm trong "
            "hàng đợi. Vui lòng kiểm tra địa chỉ và quyền của ứng dụng."
        )
    return fates
