"""The intake under many senders at once: each event once, no 5xx, and a state that no order of arrival can change."""

from __future__ import annotations

import datetime as dt
import json
import random
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import msgspec
import pytest

from shared.events import facts
from shared.events.facts import AssistFact, AssistState, Logged, TallyState, decode_batch, decode_fact
from tests.support.by_hand import cut, resolve_all
from tests.support.events import assist, correction, feedback, tally, void
from tests.support.postgres import TestPostgres
from tests.support.stack import ANH_DUNG, Stack, wait_for

Event = dict[str, Any]
THREADS = 20


@pytest.fixture(scope="module")
def stack(postgres: TestPostgres) -> Iterator[Stack]:
    with Stack(postgres, "memory://") as made:
        made.serve("registry", "sessions")
        made.token()
        made.token(ANH_DUNG)
        yield made


class Door:
    """Speaks to an intake from many threads, each with a connection of its own."""

    def __init__(self, stack: Stack) -> None:
        self.url = stack.url("sessions")
        self.token = stack.token()
        self._own = threading.local()
        self._opened: list[httpx.Client] = []

    def post(self, events: Event | list[Event]) -> httpx.Response:
        kind = "cloudevents-batch" if isinstance(events, list) else "cloudevents"
        return self.client.post(
            "/v1/events", content=json.dumps(events), headers={"Content-Type": f"application/{kind}+json"}
        )

    @property
    def client(self) -> httpx.Client:
        if not hasattr(self._own, "client"):
            headers = {"Authorization": f"Bearer {self.token}"}
            self._own.client = httpx.Client(base_url=self.url, headers=headers, timeout=30, trust_env=False)
            self._opened.append(self._own.client)
        return self._own.client

    def all_at_once(self, jobs: list[Event | list[Event]]) -> list[httpx.Response]:
        """Each job by a thread of its own; all begin together."""
        begin = threading.Barrier(len(jobs))

        def run(job: Event | list[Event]) -> httpx.Response:
            assert self.client
            begin.wait(10)
            return self.post(job)

        with ThreadPoolExecutor(len(jobs)) as pool:
            answers = list(pool.map(run, jobs))
        self.close()  # its threads have ended, and the server keeps at most a hundred connections
        return answers

    def close(self) -> None:
        while self._opened:
            self._opened.pop().close()


@pytest.fixture
def door(stack: Stack) -> Iterator[Door]:
    made = Door(stack)
    yield made
    made.close()


def rows(stack: Stack, *ids: str) -> dict[str, int]:
    """In how many rows each event is kept."""
    found = stack.ask(
        "sessions",
        """SELECT event_id::text, count(*) FROM (SELECT event_id FROM event_log UNION ALL
             SELECT event_id FROM event_key) AS e WHERE event_id = ANY(%s::uuid[]) GROUP BY 1""",
        list(ids),
    )
    return dict(found)


def log_of(stack: Stack) -> list[Logged]:
    """Cut everything; the whole log in its order, shard by shard."""
    return [logged for segment in cut(stack) for logged in decode_batch(segment.inflate())]


def statuses(answers: list[httpx.Response]) -> list[str]:
    """The fate of every event; no answer may be an error."""
    found: list[str] = []
    for answer in answers:
        assert answer.status_code < 300, answer.text
        body = answer.json()
        found += [result["status"] for result in body["results"]] if "results" in body else [body["status"]]
    return found


# -- the same thing at once --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [assist, feedback, lambda: tally(("digital_skills", "completed", 3))])
def test_the_same_event_from_twenty_threads_is_one_row_and_twenty_good_answers(
    stack: Stack, door: Door, make: Callable[[], Event]
) -> None:
    for _ in range(5):
        sent = make()

        answers = door.all_at_once([sent] * THREADS)

        assert sorted(statuses(answers)) == ["accepted"] + ["duplicate"] * (THREADS - 1)
        assert len({answer.json()["recordedtime"] for answer in answers}) == 1
        assert rows(stack, sent["id"]) == {sent["id"]: 1}
        assert [str(logged.id) for logged in log_of(stack)].count(sent["id"]) == 1


@pytest.mark.parametrize("make", [lambda: correction(str(uuid.uuid4())), lambda: assist(service="not_known_yet")])
def test_the_same_waiting_event_from_twenty_threads_is_kept_once(
    stack: Stack, door: Door, make: Callable[[], Event]
) -> None:
    sent = make()

    answers = door.all_at_once([sent] * THREADS)

    assert sorted(statuses(answers)) == ["duplicate"] * (THREADS - 1) + ["pending_reference"]
    assert rows(stack, sent["id"]) == {sent["id"]: 1}
    assert stack.ask("sessions", "SELECT count(*) FROM pending WHERE event_id = %s", sent["id"]) == [(1,)]


def test_the_same_event_while_the_log_is_being_cut_is_one_row(stack: Stack, door: Door) -> None:
    sent = [assist() for _ in range(20)]
    ended = threading.Event()

    def keep_cutting() -> None:
        while not ended.is_set():
            log_of(stack)

    cutter = threading.Thread(target=keep_cutting)
    cutter.start()
    try:
        answers = door.all_at_once([sent[at:] + sent[:at] for at in range(THREADS // 2)])
    finally:
        ended.set()
        cutter.join()

    found = statuses(answers)
    assert (found.count("accepted"), found.count("duplicate")) == (20, 20 * 9)
    ids = [one["id"] for one in sent]
    assert rows(stack, *ids) == dict.fromkeys(ids, 1)
    logged = [str(one.id) for one in log_of(stack)]
    assert [logged.count(event_id) for event_id in ids] == [1] * 20


def test_one_id_with_twenty_contents_is_accepted_once_and_conflicts_otherwise(stack: Stack, door: Door) -> None:
    sent = assist(service="vaccination_entry")
    contents = [sent | {"data": sent["data"] | {"quantity": number + 1}} for number in range(THREADS)]

    answers = door.all_at_once(list(contents))

    assert sorted(answer.status_code for answer in answers) == [201] + [409] * (THREADS - 1)
    winner = next(at for at, answer in enumerate(answers) if answer.status_code == 201)
    (kept,) = [logged for logged in log_of(stack) if str(logged.id) == sent["id"]]
    fact = decode_fact(kept)
    assert isinstance(fact, AssistFact)
    assert fact.content is not None
    assert fact.content.quantity == winner + 1


def test_one_subject_recorded_by_twenty_events_exists_once(stack: Stack, door: Door) -> None:
    subject = str(uuid.uuid4())
    sent = [assist(attributes={"subject": subject}) for _ in range(THREADS)]

    answers = door.all_at_once(list(sent))

    assert sorted(answer.status_code for answer in answers) == [201] + [422] * (THREADS - 1)
    assert {answer.json().get("reason") for answer in answers} == {None, "subject_exists"}
    assert sum(rows(stack, *[one["id"] for one in sent]).values()) == 1
    assert stack.ask("sessions", "SELECT count(*) FROM entity WHERE subject = %s", subject) == [(1,)]


@pytest.mark.parametrize("service", ["digital_skills", "not_declared_yet"])
def test_the_same_batch_in_opposite_orders_keeps_each_event_once(stack: Stack, door: Door, service: str) -> None:
    for _ in range(3):
        sent = [assist(service=service) for _ in range(100)]
        begun = time.monotonic()

        answers = door.all_at_once([sent, sent[::-1], sent, sent[::-1]])

        found = statuses(answers)
        first = "accepted" if service == "digital_skills" else "pending_reference"
        assert (found.count(first), found.count("duplicate")) == (100, 300)
        ids = [one["id"] for one in sent]
        assert rows(stack, *ids) == dict.fromkeys(ids, 1)
        assert time.monotonic() - begun < 20


def test_shuffled_batches_that_overlap_keep_each_event_once(stack: Stack, door: Door) -> None:
    chance = random.Random(7)
    sent = [chance.choice((assist, feedback))() for _ in range(120)]
    sent += [correction(one["subject"]) for one in sent if ".assist." in one["type"]][:40]
    jobs: list[Event | list[Event]] = [chance.sample(sent, 100) for _ in range(10)]
    jobs += [list(sent), sent[::-1]]

    statuses(door.all_at_once(jobs))

    ids = [one["id"] for one in sent]
    assert rows(stack, *ids) == dict.fromkeys(ids, 1)


# -- an order-independent state ----------------------------------------------------------------------------------------


def moment(minutes: int) -> str:
    return (dt.datetime(2023, 3, 9, tzinfo=dt.UTC) + dt.timedelta(minutes=minutes)).isoformat()


class Storm:
    """Records, corrections and some voids of a few subjects, in any order."""

    def __init__(self, seed: int, subjects: int = 6, corrections: int = 12) -> None:
        chance = random.Random(seed)
        self.records = [assist() for _ in range(subjects)]
        self.corrections = {
            record["subject"]: [
                # A few have the same time: then the greatest id holds.
                correction(
                    record["subject"], moment(chance.randrange(6)), service="vaccination_entry", quantity=number + 2
                )
                for number in range(corrections)
            ]
            for record in self.records
        }
        self.voids = [void(record["subject"], moment(chance.randrange(9))) for record in self.records[::2]]
        self.events = [*self.records, *(one for made in self.corrections.values() for one in made), *self.voids]
        chance.shuffle(self.events)

    def winner(self, subject: str) -> Event:
        """The greatest (time, id) of a subject's corrections."""
        return max(self.corrections[subject], key=lambda sent: (sent["time"], uuid.UUID(sent["id"])))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_storm_of_records_corrections_and_voids_ends_in_the_state_that_no_order_changes(
    stack: Stack, door: Door, seed: int
) -> None:
    storm = Storm(seed)
    ended = threading.Event()

    def keep_resolving(cuts: bool) -> None:
        while not ended.is_set():
            resolve_all(stack)
            if cuts:  # one at a time, as the relay's leader is
                log_of(stack)
            time.sleep(0.01)

    # Two resolvers at once, as a rolling deployment has for a moment.
    others = [threading.Thread(target=keep_resolving, args=(cuts,)) for cuts in (True, False)]
    for other in others:
        other.start()
    jobs: list[Event | list[Event]] = [storm.events[at::THREADS] for at in range(THREADS)]
    try:
        found = statuses(door.all_at_once(jobs))
    finally:
        ended.set()
        for other in others:
            other.join()
    resolve_all(stack)

    assert set(found) <= {"accepted", "pending_reference"}
    assert_settled(stack, storm)


def test_a_storm_one_by_one_in_the_worst_order_ends_in_the_same_state(stack: Stack, door: Door) -> None:
    storm = Storm(9, subjects=3, corrections=4)

    newest_first = [*storm.voids, *(one for made in storm.corrections.values() for one in made), *storm.records]
    assert {door.post(sent).status_code for sent in newest_first} == {201, 202}
    resolve_all(stack)

    assert_settled(stack, storm)


def assert_settled(stack: Stack, storm: Storm) -> None:
    ids = [sent["id"] for sent in storm.events]
    log = log_of(stack)
    assert rows(stack, *ids) == dict.fromkeys(ids, 1)
    assert stack.ask("sessions", "SELECT count(*) FROM pending WHERE event_id = ANY(%s::uuid[])", ids) == [(0,)]
    voided = {sent["subject"] for sent in storm.voids}
    for record in storm.records:
        subject = record["subject"]
        ((content, is_void, version_id),) = stack.ask(
            "sessions", "SELECT content, is_void, version_id::text FROM entity WHERE subject = %s", subject
        )
        assert is_void is (subject in voided)
        state = msgspec.json.decode(content, type=AssistState)
        if not is_void:
            assert version_id == storm.winner(subject)["id"]
            assert state.quantity == storm.winner(subject)["data"]["quantity"]
        of_subject = [logged for logged in log if str(logged.subject) == subject]
        assert str(of_subject[0].id) == record["id"], "a correction stands before its record"
        assert len(of_subject) == len({logged.id for logged in of_subject})
        assert_additive(of_subject, None if is_void else state)


def assert_additive(log: list[Logged], expected: AssistState | None) -> None:
    """Each event replaces just what the one before it left, so that sums need no memory."""
    current: AssistState | None = None
    for logged in log:
        fact = decode_fact(logged)
        assert isinstance(fact, AssistFact)
        if fact.applies:
            assert fact.before == current
            current = fact.after
    assert current == expected


def test_versions_of_a_tally_in_any_order_end_in_the_highest(stack: Stack, door: Door) -> None:
    subject = str(uuid.uuid4())
    sent = [tally(("digital_skills", "completed", n), version=n) | {"subject": subject} for n in range(1, THREADS + 1)]
    random.Random(3).shuffle(sent)

    assert statuses(door.all_at_once(list(sent))) == ["accepted"] * THREADS

    ((content,),) = stack.ask("sessions", "SELECT content FROM entity WHERE subject = %s", subject)
    assert msgspec.json.decode(content, type=TallyState).version == THREADS
    current = None
    for logged in (one for one in log_of(stack) if str(one.subject) == subject):
        fact = decode_fact(logged)
        assert isinstance(fact, facts.TallyFact)
        if fact.applies:
            assert fact.before == current
            current = fact.content
    assert current is not None
    assert current.version == THREADS


# -- a database that stops ---------------------------------------------------------------------------------------------


def test_a_database_that_stops_midway_means_503_until_it_is_back_and_nothing_is_lost() -> None:
    with TestPostgres() as server, Stack(server, "memory://") as stack:
        assert server.server is not None, "this test kills its database: it needs one of its own"
        # A killed server leaves what it wrote to the kernel; only a power cut needs the flush.
        server.server.execute("ALTER SYSTEM SET fsync = off")
        server.server.execute("SELECT pg_reload_conf()")
        stack.serve("registry", "sessions")
        door = Door(stack)
        assert door.post(assist()).status_code == 201
        answers: list[tuple[Event, httpx.Response]] = []
        ended = threading.Event()

        def keep_sending() -> None:
            while not ended.is_set():
                sent = assist()
                answers.append((sent, door.post(sent)))

        senders = [threading.Thread(target=keep_sending) for _ in range(4)]
        for sender in senders:
            sender.start()
        wait_for(lambda: len(answers) > 20, what="some are sent")
        server.server.kill()
        wait_for(lambda: sum(answer.status_code == 503 for _, answer in list(answers)) > 8, what="the outage is told")
        server.server.start()
        since = len(answers)
        wait_for(lambda: any(answer.status_code == 201 for _, answer in answers[since:]), 30, "it accepts again")
        ended.set()
        for sender in senders:
            sender.join()

        refused = [(sent, answer) for sent, answer in answers if answer.status_code != 201]
        for _, answer in refused:
            assert (answer.status_code, answer.json()["code"]) == (503, "unavailable"), answer.text
            assert answer.headers["Content-Type"] == "application/problem+json"
            assert int(answer.headers["Retry-After"]) > 0
        kept = [sent["id"] for sent, answer in answers if answer.status_code == 201]
        assert rows(stack, *kept) == dict.fromkeys(kept, 1)
        assert refused
        again = [door.post(sent) for sent, _ in refused[:30]]
        assert {answer.status_code for answer in again} <= {200, 201}
        ids = [sent["id"] for sent, _ in refused[:30]]
        assert rows(stack, *ids) == dict.fromkeys(ids, 1)
        door.close()
