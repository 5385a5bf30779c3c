"""Every attempt of a load and what became of it, held against what the platform has in the end.

The manner is that of Jepsen's checker for a total queue. A `Load` of ward apps sends assists, each with an identifier of
its own, and notes for every attempt: ok (the intake answered for it), fail (refused for good) or unknown (cut off, timed
out, 5xx). After the faults have healed, `Ledger.judge` reads what is in the log, in the segments and behind the figures:

- lost: answered ok, and not in all three;
- unexpected: there, and never attempted, or refused;
- duplicated: in two segments, or counted more than once;
- recovered: unknown to the app, and there. Unknown and not there is no fault.

A final state that could not be read raises, and a load of which nothing was accepted has shown nothing.
"""

from __future__ import annotations

import datetime as dt
import json
import random
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Self

import httpx

from shared import clock, database
from shared.segments import Segment
from tests.support.events import DAY, assist
from tests.support.rabbitmq import RabbitNode
from tests.support.stack import ANH_DUNG, HAI_THANH, Stack, wait_for

Key = tuple[str, str]  # source, event id
TAKEN = {"accepted", "duplicate", "pending_reference"}


class Outcome(StrEnum):
    OK = "ok"
    FAIL = "fail"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the final reading says of every attempt; the keys are (source, event id)."""

    ok: int
    failed: int
    unknown: int
    recovered: int
    lost: list[tuple[Key, str]]
    unexpected: list[Key]
    duplicated: list[str]
    left_over: list[str]

    @property
    def is_clean(self) -> bool:
        return bool(self.ok) and not (self.lost or self.unexpected or self.duplicated or self.left_over)


@dataclass
class Ledger:
    """Attempts by event, of one day (the events of a ledger happen on a day that nothing else uses)."""

    day: str = DAY
    attempts: dict[Key, list[Outcome]] = field(default_factory=lambda: defaultdict(list))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, keys: list[Key], outcomes: list[Outcome]) -> None:
        with self._lock:
            for key, outcome in zip(keys, outcomes, strict=True):
                self.attempts[key].append(outcome)

    def count(self, outcome: Outcome) -> int:
        """How many events stand at this outcome: the best of their attempts."""
        with self._lock:
            return sum(_best(tries) is outcome for tries in self.attempts.values())

    def judge(self, stack: Stack, rabbit: RabbitNode | None = None, vhost: str = "/", seconds: float = 60) -> Verdict:
        """Wait until everything has come to rest, read the final state, and compare. Raises when it cannot be read."""
        stack.settle(seconds)
        final = _Final(stack, self.day)
        best = {key: _best(tries) for key, tries in self.attempts.items()}
        attempted = {key for key, outcome in best.items() if outcome is not Outcome.FAIL}
        lost = [(key, place) for place, found in final.places.items() for key in sorted(_ok(best) - set(found))]
        unknown = {key for key, outcome in best.items() if outcome is Outcome.UNKNOWN}
        everywhere = set().union(*final.places.values())
        return Verdict(
            ok=len(_ok(best)),
            failed=sum(outcome is Outcome.FAIL for outcome in best.values()),
            unknown=len(unknown),
            recovered=len(unknown & everywhere),
            # What the app does not know of is there wholly, or not at all.
            lost=lost + [(key, "in part") for key in sorted(unknown & everywhere) if not final.is_whole(key)],
            unexpected=sorted(everywhere - attempted),
            duplicated=final.duplicated(),
            left_over=_left_over(stack, rabbit, vhost),
        )

    def assert_clean(
        self, stack: Stack, rabbit: RabbitNode | None = None, vhost: str = "/", seconds: float = 60
    ) -> None:
        verdict = self.judge(stack, rabbit, vhost, seconds)
        assert verdict.is_clean, verdict


def _best(tries: list[Outcome]) -> Outcome:
    return next(outcome for outcome in (Outcome.OK, Outcome.UNKNOWN, Outcome.FAIL) if outcome in tries)


def _ok(best: dict[Key, Outcome]) -> set[Key]:
    return {key for key, outcome in best.items() if outcome is Outcome.OK}


class _Final:
    """What the platform has of a day: how often each event is in the log, in the segments and behind the figures."""

    def __init__(self, stack: Stack, day: str) -> None:
        in_segments = _segments(stack, day)
        logged = stack.ask(
            "sessions",
            "SELECT s.name, k.event_id::text FROM event_key k JOIN source s ON s.source_id = k.source_id"
            " WHERE k.segment IS NOT NULL",
        )
        evidence = stack.ask(
            "reporting",
            "SELECT source, event_id::text, sum(quantity) FROM evidence WHERE day = %s AND side = 1 GROUP BY 1, 2",
            day,
        )
        counted = stack.ask("reporting", "SELECT coalesce(sum(assists), 0) FROM assists_by_day WHERE day = %s", day)
        # The log's keys tell no day: of them, those that the segments of the day hold, so that a key without is seen.
        self.places: dict[str, Counter[Key]] = {
            "log": Counter({(source, event): 1 for source, event in logged if (source, event) in in_segments}),
            "segments": in_segments,
            "figures": Counter({(source, event): int(number) for source, event, number in evidence}),
        }
        self.counted = int(counted[0][0])

    def is_whole(self, key: Key) -> bool:
        return all(key in found for found in self.places.values())

    def duplicated(self) -> list[str]:
        found = [f"{key} {number} times in {place}" for place, counts in self.places.items()
                 for key, number in counts.items() if number > 1]  # fmt: skip
        if self.counted != len(self.places["figures"]):
            found.append(f"the figure is {self.counted} for {len(self.places['figures'])} events")
        return found


def _segments(stack: Stack, day: str) -> Counter[Key]:
    """The events of a day in the segments, from their very bytes."""
    found: Counter[Key] = Counter()
    with database.connect(stack.settings.database_url("sessions")) as connection:
        for epoch, shard, number, events, body in connection.execute(
            "SELECT (SELECT epoch FROM stream_state WHERE stream = 'sessions'), shard, number, events, body FROM segment"
        ):
            one = Segment("sessions", epoch, shard, number, events, body)
            for event in json.loads(one.inflate()):
                if _day(event["time"]) == day:
                    found[event["source"], event["id"]] += 1
    return found


def _day(moment: str) -> str:
    return dt.datetime.fromisoformat(moment).astimezone(clock.LOCAL_ZONE).date().isoformat()


def _left_over(stack: Stack, rabbit: RabbitNode | None, vhost: str) -> list[str]:
    """What should be at zero once all is at rest: segments without a confirm, messages in queues, the quarantine."""

    def unpublished() -> int:
        return sum(
            stack.ask(service, "SELECT count(*) FROM segment WHERE published_at IS NULL")[0][0]
            for service in ("registry", "sessions")
        )

    def in_queues() -> str:
        return rabbit.ctl("-q", "list_queues", "-p", vhost, "name", "messages", "--no-table-headers") if rabbit else ""

    def lengths() -> dict[str, int]:
        return {name: int(size) for name, size in (line.split() for line in in_queues().splitlines()) if int(size)}

    left = [f"{what}: {found}" for what, read in (("segments not published", unpublished), ("in queues", lengths))
            if (found := _in_the_end(read))]  # fmt: skip
    for service in ("sessions", "reporting"):
        number = stack.ask(service, "SELECT count(*) FROM quarantine")[0][0]
        if number:
            left.append(f"{number} events in the quarantine of {service}")
    return left


def _in_the_end(read: Callable[[], Any]) -> Any:
    """What is still there after a while; nothing as soon as there is nothing."""
    deadline = time.monotonic() + 20
    while (found := read()) and time.monotonic() < deadline:
        time.sleep(0.1)
    return found


class Load:
    """Ward apps that send assists until they are stopped; use as a context manager.

    Each app is a thread: it sends `batch` events, notes the outcome, and sends the very same again, as a phone does,
    while that is unknown; `retries=False` leaves it unknown. `pause` is between two requests of an app, in seconds.
    """

    def __init__(
        self, stack: Stack, ledger: Ledger, *, apps: int = 4, batch: int = 1, pause: float = 0.01,
        retries: bool = True, timeout: float = 5.0, seed: int = 1, url: str = "",
    ) -> None:  # fmt: skip
        self.stack = stack
        self.ledger = ledger
        self.answered_seconds: list[float] = []
        self._batch, self._pause, self._retries, self._timeout = batch, pause, retries, timeout
        self._url = f"{url or stack.url('sessions')}/v1/events"
        self._ending = threading.Event()
        self._random = random.Random(seed)
        self._threads = [threading.Thread(target=self._run, args=(number,), daemon=True) for number in range(apps)]

    def __enter__(self) -> Self:
        for client in (HAI_THANH, ANH_DUNG):
            self.stack.token(client)
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        self._ending.set()
        for thread in self._threads:
            thread.join(timeout=3 * self._timeout + 10)
            assert not thread.is_alive(), "an app of the load does not end"

    def wait_for(self, ok: int, seconds: float = 60) -> None:
        """Until so many more events are answered ok than now."""
        goal = self.ledger.count(Outcome.OK) + ok
        wait_for(lambda: self.ledger.count(Outcome.OK) >= goal, seconds, f"{ok} more events are accepted")

    def _run(self, number: int) -> None:
        client = (HAI_THANH, ANH_DUNG)[number % 2]
        with httpx.Client(timeout=self._timeout, trust_env=False) as http:
            while not self._ending.is_set():
                events = [assist(client, attributes={"time": self._moment()}) for _ in range(self._batch)]
                while self._send(http, client, events) and self._retries and not self._ending.is_set():
                    time.sleep(0.1)
                time.sleep(self._pause)

    def _moment(self) -> str:
        return f"{self.ledger.day}T{self._random.randrange(7, 21):02}:{self._random.randrange(60):02}:00+07:00"

    def _send(self, http: httpx.Client, client: str, events: list[dict[str, Any]]) -> bool:
        """Post a batch and note its outcomes; whether one of them is unknown."""
        keys = [(event["source"], event["id"]) for event in events]
        begin = time.monotonic()
        try:
            headers = {
                "Authorization": f"Bearer {self.stack.token(client)}",
                "Content-Type": "application/cloudevents-batch+json",
            }
        except httpx.HTTPError:
            return False  # no token, so nothing was attempted
        try:
            answer = http.post(self._url, json=events, headers=headers)
            outcomes = _outcomes(answer, len(events))
        except httpx.HTTPError:
            outcomes = [Outcome.UNKNOWN] * len(events)
        self.ledger.note(keys, outcomes)
        if Outcome.UNKNOWN not in outcomes:
            self.answered_seconds.append(time.monotonic() - begin)
        return Outcome.UNKNOWN in outcomes


def _outcomes(answer: httpx.Response, events: int) -> list[Outcome]:
    if answer.status_code >= 500 or answer.status_code in (401, 408, 429):
        return [Outcome.UNKNOWN] * events
    if answer.status_code != 200:
        return [Outcome.FAIL] * events
    return [Outcome.OK if one["status"] in TAKEN else Outcome.FAIL for one in answer.json()["results"]]
