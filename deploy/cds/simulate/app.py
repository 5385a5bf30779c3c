"""A ward app on one phone: it sends its parcels in order with the courier of `cds push`, and keeps book of the answers.

Guarantee: an item leaves the phone's memory only with an answer for good; until then the same events go again, with the
same identifiers. A batch that is refused as a whole goes in halves. It uses the public HTTP API and nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from threading import Event, Lock
from time import monotonic, sleep
from typing import Any

import httpx

from deploy.cds.push import CannotSend, Courier, Fate, Patience, Token, Unanswered
from deploy.cds.push.courier import browser
from deploy.cds.push.fates import body_of, deliver, fate_of, read_batch, refused_whole
from deploy.cds.simulate.delivery import Parcel
from deploy.cds.simulate.ledger import Ledger
from deploy.cds.simulate.malformed import Item
from deploy.cds.simulate.parcels import BATCH, STRUCTURED, dump, encode
from deploy.cds.simulate.targets import Targets

__all__ = ["BATCH", "STRUCTURED", "CannotRun", "Pace", "Patience", "Phone", "Token", "browser", "dump", "encode"]


class CannotRun(CannotSend):
    """The simulation cannot begin or go on; the message says what to do."""


class Pace:
    """At most `rate` events a second over all phones together; None is as fast as the services take them."""

    def __init__(self, rate: float | None) -> None:
        self.rate, self._next, self._lock = rate, monotonic(), Lock()

    def take(self, events: int) -> None:
        if not self.rate:
            return
        with self._lock:
            begin = max(self._next, monotonic())
            self._next = begin + events / self.rate
        sleep(max(0.0, begin - monotonic()))


class Phone:
    def __init__(self, targets: Targets, token: Token, ledger: Ledger, pace: Pace, patience: Patience) -> None:
        self.url, self.token, self.ledger, self.pace = f"{targets.sessions}/v1/events", token, ledger, pace
        self.http, self.stop = browser(targets.sessions), Event()
        self.courier = Courier(self.url, token, self.http, patience, self.stop)

    def deliver(self, parcel: Parcel) -> None:
        """Send it until each item has an answer, or the patience is at its end."""
        try:
            for part in deliver(parcel.items, partial(self._post, parcel), partial(read, parcel)):
                for item, fate in part:
                    self.ledger.answer(item, fate.status, f"{fate.code} {fate.message}".strip())
        except Unanswered:
            return

    def _post(self, parcel: Parcel, items: Sequence[Item]) -> httpx.Response:
        self.pace.take(len(items))
        part = replace(parcel, items=tuple(items))
        return self.courier.post(*encode(part), told=partial(self.ledger.attempt, part.items))

    def ask(self, event_id: str) -> str | None:
        """The fate of an event of this app, as the platform tells it; None when it knows no such event."""
        body = self.get(f"/v1/events/{event_id}")
        return None if body is None else str(body["status"])

    def get(self, path: str, **asked: Any) -> dict[str, Any] | None:
        """What the sessions service answers this app; None when there is no such thing."""
        headers = {"Authorization": f"Bearer {self.token.get(self.http)}"}
        answer = self.http.get(self.url.removesuffix("/v1/events") + path, params=asked, headers=headers)
        if answer.status_code == 404:
            return None
        answer.raise_for_status()
        return dict(answer.json())


def read(parcel: Parcel, answer: httpx.Response, count: int) -> list[Fate] | None:
    """The fates of the items, whichever of the two forms of answer it was."""
    if parcel.mode in ("batch", "raw"):
        return read_batch(answer, count)
    return [fate_of(body_of(answer) or {}) if answer.is_success else refused_whole(answer)]
