"""One run of the fuzzer: events, right and wrong, sent to the real intake over HTTP; then what was promised is compared
with what is kept.

Of every answer: it comes in time, it is no 5xx, it has a result for each event in the order sent, a right event is kept
whatever its neighbours are, what is accepted fits the published JSON Schema, and what is kept twice is told with the
first acceptance's time. At the end: each accepted event is in the log exactly once, or waits exactly once; nothing else
is in either.
"""

from __future__ import annotations

import gzip
import json
import random
import time
import unicodedata
import zlib
from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote
from uuid import UUID

import httpx
import jsonschema_rs

from services.sessions import resolver
from services.sessions.directory import Directory
from shared import database, segments
from shared.events.facts import Logged, decode_batch
from shared.events.schema import json_schema
from tests.fuzz.mutations import Mutator
from tests.fuzz.samples import BEGIN, TYPES, Samples
from tests.support.stack import HAI_THANH, Stack

STRUCTURED = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
SECONDS_PER_REQUEST = 60.0
SECONDS_OF_A_TOKEN = 300.0
TIDY_EVERY = 5000
KEPT = ("accepted", "pending_reference", "duplicate")
BEGINNING = {f"vn.congdongso.{name}.v1" for name in BEGIN}


@dataclass
class Request:
    """What is sent, and what is known of it. `values` is None where the bytes may mean anything."""

    body: bytes
    headers: dict[str, str]
    values: list[Any] | None
    right: set[int] = field(default_factory=set)  # places of events that nothing was done to
    inputs: int = 1


class Finding(AssertionError):
    """The intake broke a promise; the message holds what makes it again."""


@dataclass
class Run:
    """A run over one stack that serves `registry` and `sessions`."""

    stack: Stack
    seed: int
    promised: dict[UUID, str] = field(default_factory=dict)  # the id of an accepted event: its first `recordedtime`
    voids: set[UUID] = field(default_factory=set)
    counts: Counter[str] = field(default_factory=Counter)
    slowest: float = 0.0

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        self.samples = Samples(self.random)
        self.mutator = Mutator(self.random, self.samples)
        self._sent: list[dict[str, Any]] = []  # right events, to be sent again
        self._schemas = {name: jsonschema_rs.validator_for(json_schema(event)) for name, event in TYPES.items()}
        self._inputs = 0
        self._tidied = 0
        self._token, self._token_at = "", float("-inf")

    def send(self, inputs: int) -> None:
        """Send at least so many events.

        Raises:
            Finding: at the first broken promise.
        """
        with httpx.Client(base_url=self.stack.url("sessions"), timeout=SECONDS_PER_REQUEST, trust_env=False) as web:
            while self._inputs < inputs:
                request = self.request()
                self._inputs += request.inputs
                self._exchange(web, request)
                if self._inputs - self._tidied > TIDY_EVERY:
                    self._tidied = self._inputs
                    self._tidy()

    # -- making ----------------------------------------------------------------------------------------------------

    def request(self) -> Request:
        """A request in one of the modes, with right and wrong events."""
        kind = self.random.random()
        if kind < 0.15:
            made = self._binary()
        elif kind < 0.35:
            value, is_right = self._value()
            made = Request(
                self.mutator.spelled(value), {"Content-Type": STRUCTURED}, [value], {0} if is_right else set()
            )
        else:
            made = self._batch()
        if self.random.random() < 0.08:
            made = Request(self.mutator.misspelled(made.body), made.headers, None, inputs=made.inputs)
        if self.random.random() < 0.2:
            body = gzip.compress(made.body, compresslevel=1, mtime=0)
            if self.random.random() < 0.1:
                body = self.mutator.misspelled(body)
                made = Request(body, made.headers, None, inputs=made.inputs)
            made = Request(body, made.headers | {"Content-Encoding": "gzip"}, made.values, made.right, made.inputs)
        return made

    def _batch(self) -> Request:
        found = [self._value() for _ in range(self.random.choice((0, 1, 2, 5, 10, 20, 40, 100)))]
        values = [value for value, _ in found]
        right = {place for place, (_, is_right) in enumerate(found) if is_right}
        return Request(self.mutator.spelled(values), {"Content-Type": BATCH}, values, right, max(1, len(values)))

    def _value(self) -> tuple[Any, bool]:
        """An event, and whether it must be kept."""
        chance = self.random.random()
        if chance < 0.3:
            made = self.samples.make()
            self._remember(made)
            return made, self.samples.is_fresh
        if chance < 0.36 and self._sent:
            return self.random.choice(self._sent), False
        if chance < 0.4 and self._sent:
            known = self.random.choice(self._sent)
            return known | {"time": self.samples.make()["time"]}, False
        if chance < 0.45 and self._sent:
            return self.mutator.mutated(self.random.choice(self._sent)), False
        return self.mutator.mutated(self.samples.make()), False

    def _remember(self, event: dict[str, Any]) -> None:
        self._sent.append(event)
        del self._sent[:-400]

    def _binary(self) -> Request:
        value, is_right = self._value()
        if not isinstance(value, dict):
            value, is_right = self.samples.make(), False
        attributes = {key: text for key, text in value.items() if key != "data" and isinstance(text, str)}
        headers = {"Content-Type": "application/json"}
        for key, text in attributes.items():
            if key.isascii() and key.isalnum():
                headers[f"ce-{key}"] = quote(text.encode("utf-8", "surrogatepass"), safe=" /:+-")[:3000].strip()
        if self.random.random() < 0.2:
            name = self.random.choice(("id", "source", "type", "subject", "time", "specversion", "traceparent"))
            odd = ("%00", "%ff", "%", "%zz", "", "a" * 4000, "%ED%A0%80", "1.0, 1.0", "%E1%BB%87", "%0d%0aX: y", '"x"')
            headers[f"ce-{name}"] = self.random.choice(odd)
            is_right = False
        body = self.mutator.spelled(value["data"]) if "data" in value else b""
        return Request(body, headers, None, {0} if is_right else set())

    def _fresh_token(self) -> str:
        """A token lives for 15 minutes, and a long run longer."""
        if time.monotonic() - self._token_at > SECONDS_OF_A_TOKEN:
            answer = httpx.post(
                f"{self.stack.url('registry')}/oauth/token", data={"grant_type": "client_credentials"},
                auth=(HAI_THANH, self.stack.secrets[HAI_THANH]), timeout=SECONDS_PER_REQUEST, trust_env=False,
            ).raise_for_status()  # fmt: skip
            self._token, self._token_at = answer.json()["access_token"], time.monotonic()
        return self._token

    # -- sending and judging ---------------------------------------------------------------------------------------

    def _exchange(self, web: httpx.Client, request: Request) -> None:
        headers = request.headers | {"Authorization": f"Bearer {self._fresh_token()}"}
        begun = time.perf_counter()
        try:
            answer = web.post("/v1/events", content=request.body, headers=headers)
        except httpx.HTTPError as error:
            raise self._finding(request, f"no answer: {error!r}") from error
        self.slowest = max(self.slowest, time.perf_counter() - begun)
        self.counts[f"HTTP {answer.status_code}"] += 1
        if answer.status_code >= 500 or answer.status_code == 429:
            raise self._finding(request, f"{answer.status_code} {answer.text[:500]}")
        try:
            body = answer.json()
            self._judge(request, answer.status_code, body)
        except (KeyError, ValueError, TypeError) as error:
            raise self._finding(request, f"cannot be read: {error!r}: {answer.text[:500]}") from error

    def _judge(self, request: Request, status: int, body: dict[str, Any]) -> None:
        values = self._values(request)
        if "results" in body:
            self._check(request, status == 200 and len(body["results"]) == len(values), f"results: {body}")
            for place, (value, result) in enumerate(zip(values, body["results"], strict=True)):
                self._judge_one(request, place, value, result)
            told = Counter(result["status"] for result in body["results"])
            self._check(request, told == +Counter(body["counts"]), f"counts: {body['counts']}")
        elif status in (200, 201, 202):
            self._judge_one(request, 0, values[0] if values else None, body)
        else:
            self._check(request, 400 <= status < 500 and body["status"] == status, f"{status} {body}")
            excused = body["code"] == "body_too_large" or (
                body["code"] == "malformed_json" and has_twins(request.values)
            )
            self._check(request, excused or not request.right, f"right events were refused: {body}")
            self.counts[f"refused whole: {body['code']}"] += request.inputs

    def _values(self, request: Request) -> list[Any]:
        """What was sent, as far as it can be known without the reader that is tested."""
        if request.values is not None:
            return request.values
        try:
            body = gzip.decompress(request.body) if "Content-Encoding" in request.headers else request.body
            value = json.loads(body.decode("utf-8-sig"))
        except (ValueError, RecursionError, OSError, EOFError, zlib.error):
            return []
        if _header(request, "ce-id") is not None:
            return []
        return value if request.headers["Content-Type"] == BATCH and isinstance(value, list) else [value]

    def _judge_one(self, request: Request, place: int, value: Any, result: dict[str, Any]) -> None:
        status = result["status"]
        self.counts[status if status in KEPT else f"{status}: {result.get('code')}"] += 1
        sent_id = value.get("id") if isinstance(value, dict) else None
        if value is not None:
            expected = unicodedata.normalize("NFC", sent_id)[:64] if isinstance(sent_id, str) else None
            self._check(request, result["id"] == expected, f"result {place} is of another event: {result}")
        if place in request.right:
            self._check(request, status in KEPT, f"event {place} is right and was refused: {result}")
        if status in KEPT:
            self._keep(request, status, UUID(result["id"]), result["recordedtime"])
            kind = value.get("type") if isinstance(value, dict) else _header(request, "ce-type")
            if kind == "vn.congdongso.session.voided.v1":
                self.voids.add(UUID(result["id"]))
            self._check_schema(request, place, value)
        elif status == "conflict":
            self._check(request, UUID(result["id"]) in self.promised, f"a conflict with nothing: {result}")
        else:
            self._check(request, status == "rejected" and bool(result["errors"]), f"no reason: {result}")

    def _keep(self, request: Request, status: str, event_id: UUID, recorded: str) -> None:
        before = self.promised.get(event_id)
        if status == "duplicate":
            self._check(request, before == recorded, f"{event_id}: a duplicate of {before}, told {recorded}")
        else:
            self._check(request, before is None, f"{event_id}: accepted twice")
            self.promised[event_id] = recorded

    def _check_schema(self, request: Request, place: int, value: Any) -> None:
        """An event that was kept is one that the published contract allows."""
        if not isinstance(value, dict):
            return
        if value["type"] in BEGINNING:
            self.samples.begin(TYPES[value["type"]].SUBJECT, value["subject"])
        data = json.loads(unicodedata.normalize("NFC", json.dumps(value["data"], ensure_ascii=False)))
        errors = [error.message for error in self._schemas[value["type"]].iter_errors(data)]
        self._check(request, not errors, f"event {place} was kept and does not fit its schema: {errors[:3]}")

    def _check(self, request: Request, is_right: bool, message: str) -> None:
        if not is_right:
            raise self._finding(request, message)

    def _finding(self, request: Request, message: str) -> Finding:
        return Finding(
            f"seed {self.seed}, input {self._inputs}: {message[:1500]}\n{request.headers}\n{request.body[:3000]!r}"
        )

    # -- what is kept ----------------------------------------------------------------------------------------------

    def _tidy(self) -> None:
        """The resolver and the cut at work, as they are beside a running intake."""
        engine = self.stack.engine("sessions")
        try:
            resolver.resolve(engine, Directory(engine))
            with database.transaction(engine) as connection:
                while segments.cut(connection, range(self.stack.settings.shards)):
                    pass
        finally:
            engine.dispose()

    def logged(self) -> list[Logged]:
        """Every event in the log, cut or not, when nothing more can be resolved."""
        self._tidy()
        engine = self.stack.engine("sessions")
        try:
            with database.transaction(engine) as connection:
                epoch, shards = segments.open_stream(connection, "sessions", self.stack.settings.shards)
                cut = [segments.read(connection, "sessions", epoch, shard, 0, 1_000_000) for shard in range(shards)]
                found = [event for shard in cut for one in shard for event in decode_batch(one.inflate())]
                # What an older transaction holds back, that of a vacuum for example, is not cut yet.
                rows = connection.execute("SELECT body FROM event_log").fetchall()
                return found + [event for row in rows for event in decode_batch(b"[" + bytes(row[0]) + b"]")]
        finally:
            engine.dispose()

    def compare(self) -> None:
        """Nothing lost, nothing invented, nothing twice."""
        found = self.logged()
        logged = Counter(event.id for event in found)
        waiting = [row[0] for row in self.stack.ask("sessions", "SELECT event_id FROM pending")]
        derived = {event_id for event_id in logged if event_id not in self.promised}
        made = {event.id for event in found if _cause(event) in self.voids}
        twice = [event_id for event_id, times in logged.items() if times != 1]
        both = logged.keys() & set(waiting)
        lost = self.promised.keys() - logged.keys() - set(waiting)
        invented = (derived - made) | (set(waiting) - self.promised.keys())
        # A row of the log has its key there; what is cut, or waits, has it in a table of its own.
        keys = self.stack.ask(
            "sessions",
            "SELECT count(*) FROM (SELECT event_id FROM event_key UNION SELECT event_id FROM event_log) AS k",
        )[0][0]
        if twice or both or lost or invented or len(waiting) != len(set(waiting)):
            told = {"twice": twice, "both": both, "lost": lost, "invented": invented}
            shown = {name: (len(ids), [str(one) for one in list(ids)[:5]]) for name, ids in told.items()}
            raise Finding(f"seed {self.seed}: {shown}\n{self.figures()}")
        if keys != len(self.promised) + len(derived):
            raise Finding(f"seed {self.seed}: {keys} keys of {len(self.promised)} promises and {len(derived)} along")
        self.counts["in the log"] = len(logged)
        self.counts["waiting"] = len(waiting)
        self.counts["voided along"] = len(derived)

    def figures(self) -> str:
        """What the run was made of."""
        lines = [f"{self._inputs} inputs, seed {self.seed}, slowest request {self.slowest:.2f} s"]
        return "\n".join([*lines, *(f"  {count:8d}  {name}" for name, count in sorted(self.counts.items()))])


def _cause(event: Logged) -> UUID | None:
    """The event that brought this one along."""
    told = json.loads(bytes(event.data)).get("caused_by")
    return UUID(told) if told else None


def has_twins(value: Any) -> bool:
    """Whether an object has two keys that are one in the normal form of Unicode."""
    if isinstance(value, dict):
        names = {unicodedata.normalize("NFC", name) for name in value}
        return len(names) != len(value) or any(has_twins(inner) for inner in value.values())
    return isinstance(value, list) and any(has_twins(inner) for inner in value)


def _header(request: Request, name: str) -> str | None:
    """A header by its name, which HTTP writes as it likes."""
    return next((value for key, value in request.headers.items() if key.lower() == name), None)
