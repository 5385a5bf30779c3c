"""Thousands of events, right and wrong, against the real intake: no 5xx, no hang, nothing lost, nothing invented.

CDS_FUZZ_INPUTS and CDS_FUZZ_SEED give other numbers; `make fuzz` sends 200,000.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from services.sessions.contract import TYPES
from shared.events.facts import decode_fact
from tests.fuzz.run import Run
from tests.support.postgres import TestPostgres
from tests.support.stack import Stack

INPUTS = int(os.environ.get("CDS_FUZZ_INPUTS", "5000"))
SEED = int(os.environ.get("CDS_FUZZ_SEED", "20230308"))


@pytest.fixture(scope="module")
def stack(postgres: TestPostgres) -> Iterator[Stack]:
    with Stack(postgres, "memory://") as made:
        made.serve("registry", "sessions")
        yield made


@pytest.mark.timeout(120 + INPUTS // 20)
def test_no_input_makes_the_intake_fail_hang_lose_or_invent_an_event(stack: Stack) -> None:
    run = Run(stack, SEED)

    run.send(INPUTS)

    run.compare()
    print(run.figures())
    for outcome in ("accepted", "pending_reference", "duplicate", "conflict: id_conflict", "rejected: invalid_data"):
        assert run.counts[outcome] > INPUTS // 500, run.figures()
    logged = run.logged()
    assert {event.type for event in logged} == set(TYPES), "every type is met"
    assert all(decode_fact(event) for event in logged), "every event can be read by a consumer"
