"""Each segment has its effect once and in order; what cannot be applied is put aside alone, in the order of its subject.

The consumer here is a real one with handlers of the test: they write what they see into a table, and fail where told.
"""

from __future__ import annotations

import datetime as dt
import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from shared import database, quarantine
from shared.consumer import Applier, Consumer, Outcome, Work
from shared.events import facts, registry
from shared.events.facts import Logged
from shared.feed import EpochChanged
from shared.segments import BadSegment, Segment, pack
from tests.support.postgres import TestPostgres

EPOCH = uuid.UUID(int=1)
SUBJECTS = [uuid.UUID(int=n) for n in range(100, 110)]
FAILING: set[str] = set()


def see(work: Work, event: Logged, fact: registry.OfficeDeclared) -> None:
    """Write the event's name into the table; fail for those that the test names."""
    work.connection.execute("INSERT INTO seen (subject, name) VALUES (%s, %s)", [event.subject, fact.name])
    if fact.name in FAILING:
        raise ValueError(f"cannot apply {fact.name}")
    if fact.name == "deadly":
        os.kill(os.getpid(), signal.SIGKILL)


CONSUMER = Consumer("reporting", {registry.OfficeDeclared: [see]})


def _fill(url: str) -> None:
    database.migrate("reporting", url)
    with database.connect(url) as connection:
        connection.execute("CREATE TABLE seen (n serial, subject uuid, name text)")


@pytest.fixture
def url(postgres: TestPostgres) -> Iterator[str]:
    FAILING.clear()
    made = postgres.fresh_database(_fill)
    yield made
    postgres.drop(made)


@pytest.fixture
def engine(url: str) -> Iterator[sa.Engine]:
    made = database.engine(url)
    yield made
    made.dispose()


def logged(name: str, subject: int = 0, ce_type: str = registry.OfficeDeclared.ce_type()) -> Logged:
    now = dt.datetime.now(dt.UTC)
    fact = registry.OfficeDeclared(office="one_stop", name=name)
    return Logged(
        specversion="1.0", id=uuid.uuid4(), source="/registry", type=ce_type, subject=SUBJECTS[subject], time=now,
        recordedtime=now, partitionkey="reference", data=facts.encode_data(fact),
    )  # fmt: skip


def segment(number: int, *events: Logged, epoch: uuid.UUID = EPOCH) -> Segment:
    return Segment("registry", epoch, 0, number, len(events), pack([facts.encode(event) for event in events]))


def seen(engine: sa.Engine) -> list[str]:
    with database.transaction(engine) as connection:
        return [row[0] for row in connection.execute("SELECT name FROM seen ORDER BY n")]


def held(engine: sa.Engine) -> list[tuple[Any, ...]]:
    with database.transaction(engine) as connection:
        return [(item.reason, item.event.subject) for item in quarantine.waiting(connection)]


def test_a_redelivered_segment_changes_nothing_and_a_gap_is_not_jumped(engine: sa.Engine) -> None:
    applier = Applier(CONSUMER, engine)
    first, second, third = segment(1, logged("a")), segment(2, logged("b")), segment(3, logged("c"))

    outcomes = [applier.apply(one) for one in (first, first, third, second, second, third, first)]

    assert outcomes == [
        Outcome.APPLIED, Outcome.DUPLICATE, Outcome.GAP, Outcome.APPLIED, Outcome.DUPLICATE, Outcome.APPLIED,
        Outcome.DUPLICATE,
    ]  # fmt: skip
    assert seen(engine) == ["a", "b", "c"]


def test_of_two_appliers_one_applies_and_the_other_is_told_it_was_too_late(engine: sa.Engine) -> None:
    paused, other = Applier(CONSUMER, engine), Applier(CONSUMER, engine)
    event = segment(1, logged("a"))
    position = paused.position("registry", 0, EPOCH)
    assert other.apply(event) is Outcome.APPLIED

    # The paused one wakes with what it had read before: its update of the position finds nothing.
    paused.position = lambda *_: position  # type: ignore[method-assign]

    assert paused.apply(event) is Outcome.DUPLICATE
    assert seen(engine) == ["a"]


def test_one_event_that_fails_is_put_aside_and_the_rest_goes_on(engine: sa.Engine) -> None:
    FAILING.add("bad")
    applier = Applier(CONSUMER, engine)

    outcome = applier.apply(segment(1, logged("a", 0), logged("bad", 1), logged("c", 2)))

    assert outcome is Outcome.APPLIED
    assert seen(engine) == ["a", "c"]
    assert held(engine) == [("failed", SUBJECTS[1])]


def test_later_events_of_a_subject_wait_behind_the_one_that_failed_and_are_applied_in_order(engine: sa.Engine) -> None:
    FAILING.add("bad")
    applier = Applier(CONSUMER, engine)
    applier.apply(segment(1, logged("bad", 1)))
    applier.apply(segment(2, logged("later", 1), logged("other", 2)))
    assert seen(engine) == ["other"]
    assert [reason for reason, _ in held(engine)] == ["failed", "behind"]

    FAILING.clear()
    applied, waiting = applier.retry()

    assert (applied, waiting) == (2, 0)
    assert seen(engine) == ["other", "bad", "later"]


def test_a_type_of_a_newer_release_is_kept_and_applied_after_the_upgrade(
    engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    newer = registry.OfficeDeclared.ce_type()
    monkeypatch.delitem(facts._DECODERS, newer)
    applier = Applier(CONSUMER, engine)
    applier.apply(segment(1, logged("new")))
    assert held(engine) == [("unknown_type", SUBJECTS[0])]

    monkeypatch.undo()
    applier.retry(reason="unknown_type")

    assert seen(engine) == ["new"]
    assert held(engine) == []


def test_another_epoch_is_refused(engine: sa.Engine) -> None:
    applier = Applier(CONSUMER, engine)
    applier.apply(segment(1, logged("a")))

    with pytest.raises(EpochChanged):
        applier.apply(segment(2, logged("b"), epoch=uuid.UUID(int=2)))

    assert seen(engine) == ["a"]


@pytest.mark.parametrize("body", [b"", b"no gzip", pack([b"{}"]), pack([b"[["]), pack([])[:-4]])
def test_bytes_that_are_no_segment_change_nothing(engine: sa.Engine, body: bytes) -> None:
    applier = Applier(CONSUMER, engine)

    with pytest.raises((BadSegment, ValueError)):
        applier.apply(Segment("registry", EPOCH, 0, 1, 1, body))

    assert applier.position("registry", 0, EPOCH).segment == 0


def test_an_event_that_kills_the_process_again_and_again_is_put_aside(url: str, engine: sa.Engine) -> None:
    body = pack([facts.encode(logged(name, n)) for n, name in enumerate(["a", "deadly", "c"])])
    program = (
        "import sys, uuid; from tests.integration.test_consumer import CONSUMER, EPOCH; from shared import database;"
        "from shared.consumer import Applier; from shared.segments import Segment;"
        f"print(Applier(CONSUMER, database.engine({url!r})).apply("
        f"Segment('registry', EPOCH, 0, 1, 3, bytes.fromhex({body.hex()!r}))))"
    )

    statuses: list[int] = []
    while not statuses or statuses[-1] == -signal.SIGKILL:
        assert len(statuses) < 10, "it dies for ever"
        project = Path(__file__).resolve().parents[2]
        statuses.append(subprocess.run([sys.executable, "-c", program], cwd=project, timeout=60).returncode)

    assert statuses[-1] == 0
    assert len(statuses) >= 4, "a single crash is chance, and no reason to put an event aside"
    assert seen(engine) == ["a", "c"]
    assert held(engine) == [("crash", SUBJECTS[1])]
