"""A ward app on one phone: it gets a token, sends its parcels in order, and tries again when in doubt.

Guarantee: an item leaves the phone's memory only with an answer for good; until then the same events go
again, with the same identifiers, after a pause that honours Retry-After. A batch that is too large is sent
in halves. It uses the public HTTP API and nothing else, and no proxy of the environment.
"""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass
from random import Random
from threading import Lock
from time import monotonic, sleep
from typing import Any

import httpx

from deploy.cds.simulate.delivery import Parcel
from deploy.cds.simulate.ledger import Ledger
from deploy.cds.simulate.targets import Targets

STRUCTURED, BATCH = "application/cloudevents+json", "application/cloudevents-batch+json"
BUSY = frozenset({401, 408, 425, 429, 500, 502, 503, 504})
SURELY_NOT_TAKEN = frozenset({401, 425, 429})


class CannotRun(Exception):
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


class Token:
    """One client's token, shared by its phones and fetched anew a minute before it expires."""

    def __init__(self, registry: str, client_id: str, secret: str) -> None:
        self.url, self.auth = f"{registry}/oauth/token", (client_id, secret)
        self._value, self._expires, self._lock = "", 0.0, Lock()

    def get(self, http: httpx.Client, *, refused: str | None = None) -> str:
        with self._lock:
            if self._value == refused or monotonic() > self._expires:
                self._fetch(http)
            return self._value

    def _fetch(self, http: httpx.Client) -> None:
        answer = http.post(self.url, data={"grant_type": "client_credentials"}, auth=self.auth)
        if answer.status_code in (400, 401, 403):
            raise CannotRun(
                f"The registry refuses the client {self.auth[0]} ({answer.status_code}). Is its secret "
                "current, and is it not revoked? `cds client add` gives a new one."
            )
        answer.raise_for_status()
        body = answer.json()
        lifetime = float(body.get("expires_in", 900))
        self._value, self._expires = body["access_token"], monotonic() + max(lifetime - 60, lifetime / 2)


def browser(timeout: float = 30.0) -> httpx.Client:
    return httpx.Client(timeout=httpx.Timeout(timeout, connect=5.0), trust_env=False)


@dataclass(slots=True)
class Patience:
    """How long a phone keeps trying one parcel, and how long it pauses between attempts, in seconds."""

    give_up_after: float = 300.0
    first_pause: float = 0.2
    longest_pause: float = 20.0

    def pause(self, attempt: int, answer: httpx.Response | None, rng: Random) -> float:
        asked = answer.headers.get("Retry-After", "") if answer is not None else ""
        if asked.isdigit():
            return min(float(asked), self.longest_pause) + rng.random() * 0.2
        return float(min(self.first_pause * 2**attempt, self.longest_pause) * (0.8 + rng.random() * 0.4))


class Phone:
    def __init__(self, targets: Targets, token: Token, ledger: Ledger, pace: Pace, patience: Patience) -> None:
        self.url, self.token, self.ledger = f"{targets.sessions}/v1/events", token, ledger
        self.pace, self.patience, self.rng = pace, patience, Random(token.auth[0])
        self.http = browser()
        self.is_stopped = False

    def deliver(self, parcel: Parcel) -> None:
        deadline, attempt, refused = monotonic() + self.patience.give_up_after, 0, None
        while True:
            self.pace.take(len(parcel.items))
            answer = self.attempt(parcel, refused)
            if answer is not None and answer.status_code not in BUSY:
                return self.read(parcel, answer)
            if monotonic() > deadline or self.is_stopped:
                return None
            if answer is not None and answer.status_code == 401:
                refused = answer.request.headers["Authorization"].removeprefix("Bearer ")
            sleep(self.patience.pause(attempt, answer, self.rng))
            attempt += 1

    def attempt(self, parcel: Parcel, refused: str | None) -> httpx.Response | None:
        """One try, written into the ledger; None when there was no answer."""
        begin, answer = monotonic(), None
        content, headers = encode(parcel)
        try:
            headers["Authorization"] = f"Bearer {self.token.get(self.http, refused=refused)}"
        except httpx.HTTPError:
            self.ledger.attempt(parcel.items, "fail", None, monotonic() - begin)
            return None
        try:
            answer = self.http.post(self.url, content=content, headers=headers)
            outcome = verdict(answer.status_code)
        except httpx.TransportError as problem:
            never_left = isinstance(problem, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout)
            outcome = "fail" if never_left else "unknown"
        status = answer.status_code if answer is not None else None
        self.ledger.attempt(parcel.items, outcome, status, monotonic() - begin)
        return answer

    def read(self, parcel: Parcel, answer: httpx.Response) -> None:
        if answer.status_code == 413 and len(parcel.items) > 1:
            middle = len(parcel.items) // 2
            for half in (parcel.items[:middle], parcel.items[middle:]):
                self.deliver(Parcel(half, "batch", parcel.is_gzipped))
            return
        results = results_of(parcel, answer)
        for item, (status, reason) in zip(parcel.items, results, strict=True):
            self.ledger.answer(item, status, reason)

    def ask(self, event_id: str) -> str | None:
        """The fate of an event of this app, as the platform tells it; None when it knows no such event."""
        headers = {"Authorization": f"Bearer {self.token.get(self.http)}"}
        answer = self.http.get(f"{self.url}/{event_id}", headers=headers)
        if answer.status_code == 404:
            return None
        answer.raise_for_status()
        return str(answer.json()["status"])


def verdict(status: int) -> str:
    if status not in BUSY:
        return "ok"
    return "fail" if status in SURELY_NOT_TAKEN else "unknown"


def encode(parcel: Parcel) -> tuple[bytes, dict[str, str]]:
    headers: dict[str, str] = {}
    item = parcel.items[0]
    if parcel.mode == "raw":
        content, headers["Content-Type"] = item.body, STRUCTURED if item.kind == "not_json" else BATCH
    elif parcel.mode == "binary" and item.event:
        content = dump(dict(item.event.data))
        headers["Content-Type"] = "application/json"
        headers |= {f"ce-{name}": value for name, value in item.event.attributes().items()}
    elif parcel.mode == "structured":
        content, headers["Content-Type"] = dump(item.value()), STRUCTURED
    else:
        content, headers["Content-Type"] = dump([one.value() for one in parcel.items]), BATCH
    if parcel.is_gzipped:
        content, headers["Content-Encoding"] = gzip.compress(content, 5, mtime=0), "gzip"
    return content, headers


def dump(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def results_of(parcel: Parcel, answer: httpx.Response) -> list[tuple[str, str]]:
    """(status, reason) of each item, whichever of the two forms of answer it was."""
    try:
        body = answer.json()
    except ValueError:
        body = {}
    if answer.is_success and parcel.mode in ("batch", "raw") and "results" in body:
        found = [(str(one.get("status")), reason_of(one)) for one in body["results"]]
        return found if len(found) == len(parcel.items) else [("rejected", "answers missing")] * len(parcel.items)
    if answer.is_success:
        return [(str(body.get("status")), reason_of(body))]
    status = "conflict" if answer.status_code == 409 else "rejected"
    return [(status, f"{answer.status_code} {reason_of(body)}")] * len(parcel.items)


def reason_of(body: dict[str, Any]) -> str:
    errors = body.get("errors") or []
    said = [f"{error.get('field')}: {error.get('code')} {error.get('message', '')}" for error in errors]
    return "; ".join(said) or str(body.get("code") or body.get("title") or "")
