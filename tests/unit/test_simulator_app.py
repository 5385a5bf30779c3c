"""A ward app against a server that cuts connections and is busy: real sockets on a free port."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread

import pytest

from deploy.cds.simulate.app import CannotRun, Patience
from deploy.cds.simulate.habits import Habits
from deploy.cds.simulate.run import run
from deploy.cds.simulate.targets import Targets
from tests.unit.simulated import OTHER, SITE, small_plan


class Intake(ThreadingHTTPServer):
    """Takes events as the real one answers for them; `faults` says what befalls the n-th request."""

    daemon_threads = True

    def __init__(self, faults: dict[int, str], largest: int = 1000) -> None:
        super().__init__(("127.0.0.1", 0), Answering)
        self.faults, self.largest, self.lock = faults, largest, Lock()
        self.known: dict[str, object] = {}
        self.requests, self.tokens = 0, 0
        self.times: Counter[str] = Counter()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def take(self, event: object) -> dict[str, object]:
        if not isinstance(event, dict) or not {"id", "subject"} <= event.keys():
            return {"id": None, "status": "rejected", "errors": [{"field": "", "code": "x", "message": ""}]}
        self.times[event["id"]] += 1
        is_new = self.known.setdefault(event["id"], event) is event
        return {"id": event["id"], "status": "accepted" if is_new else "duplicate"}


class Answering(BaseHTTPRequestHandler):
    server: Intake

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with self.server.lock:
            if self.path == "/oauth/token":
                self.server.tokens += 1
                return self.say(200, {"access_token": f"t{self.server.tokens}", "expires_in": 900})
            self.server.requests += 1
            fault = self.server.faults.get(self.server.requests)
            if fault == "busy":
                return self.say(503, {"title": "busy"}, {"Retry-After": "0"})
            if fault == "expired":
                return self.say(401, {"title": "expired"})
            if fault == "cut before":
                return self.connection.close()
            try:
                status, answer = self.events(body)
            except ValueError:
                status, answer = 400, {"title": "not JSON"}
            if fault == "cut after":
                return self.connection.close()
            return self.say(status, answer)

    def events(self, body: bytes) -> tuple[int, dict]:
        content = gzip.decompress(body) if self.headers["Content-Encoding"] == "gzip" else body
        kind = self.headers["Content-Type"]
        if "batch" in kind:
            batch = json.loads(content)
            if not isinstance(batch, list):
                return 400, {"title": "not a batch"}
            if len(batch) > self.server.largest:
                return 413, {"title": "too large"}
            return 200, {"results": [self.server.take(one) for one in batch]}
        binary = {name[3:]: value for name, value in self.headers.items() if name.startswith("ce-")}
        event = json.loads(content) if "cloudevents" in kind else binary | {"data": json.loads(content)}
        answer = self.server.take(event)
        return {"accepted": 201, "duplicate": 200}.get(str(answer["status"]), 422), answer

    def do_GET(self) -> None:
        known = self.path.rpartition("/")[2] in self.server.known
        self.say(200 if known else 404, {"status": "accepted"})

    def say(self, status: int, body: dict, headers: dict[str, str] | None = None) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        for name, value in ({"Content-Length": str(len(content))} | (headers or {})).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def serve() -> Iterator:
    running: list[Intake] = []

    def start(faults: dict[int, str], largest: int = 1000) -> Intake:
        running.append(Intake(faults, largest))
        Thread(target=running[-1].serve_forever, args=(0.02,), daemon=True).start()
        return running[-1]

    yield start
    for one in running:
        one.shutdown()
        one.server_close()


def targets(intake: Intake) -> Targets:
    secrets = {SITE.client_id: "s", OTHER.client_id: "s"}
    return Targets(intake.url, intake.url, intake.url, secrets)


SOON = Patience(give_up_after=20, first_pause=0.01, longest_pause=0.05)


def test_an_app_repeats_the_same_events_until_each_has_an_answer(serve):
    faults = {1: "cut before", 2: "cut after", 3: "busy", 4: "expired", 7: "cut after", 9: "busy"}
    intake = serve(faults)

    outcome = run(small_plan(200), targets(intake), has_baseline=False, patience=SOON)

    assert outcome.surprises == []
    assert len(intake.known) == 200 == outcome.summary()["events"]
    assert max(intake.times.values()) > 1
    assert Counter(one.outcome for one in outcome.ledger.attempts)["unknown"] >= 4
    assert outcome.ledger.held_before() == []


def test_a_token_that_is_refused_is_fetched_anew(serve):
    intake = serve({1: "expired"})

    run(small_plan(20), targets(intake), has_baseline=False, patience=SOON)

    assert intake.tokens == 3


def test_a_batch_that_is_too_large_goes_in_halves(serve):
    intake = serve({}, largest=8)

    outcome = run(small_plan(300), targets(intake), has_baseline=False, patience=SOON)

    assert outcome.surprises == []
    assert len(intake.known) == 300


def test_an_event_whose_only_attempt_went_astray_is_asked_for(serve):
    intake = serve({n: "cut after" if n == 1 else "busy" for n in range(1, 10_000)})
    once = Patience(give_up_after=0.05, first_pause=0.02)

    outcome = run(small_plan(4), targets(intake), has_baseline=False, patience=once)

    assert {fate.final for fate in outcome.ledger.fates.values()} == {"accepted", "unknown"}
    assert len(outcome.ledger.held()) == len(intake.known)


def test_a_careless_intake_is_found_out(serve):
    """This intake does not know a conflict from a duplicate, nor a wrong code from a right one."""
    intake = serve({})

    outcome = run(small_plan(3000, habits=Habits.all()), targets(intake), has_baseline=False, patience=SOON)

    assert any(line.startswith("conflict: malformed, yet") for line in outcome.surprises)
    assert any(line.startswith("wrong_code: malformed, yet") for line in outcome.surprises)


def test_a_platform_that_is_not_up_is_said_in_one_sentence():
    nowhere = Targets("http://127.0.0.1:9", "http://127.0.0.1:9", "http://127.0.0.1:9", {SITE.client_id: "s"})

    with pytest.raises(CannotRun, match="does not answer"):
        run(small_plan(4), nowhere)
