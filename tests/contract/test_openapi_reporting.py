"""The reporting service answers as its OpenAPI document says, to generated requests of every operation, right and wrong ones,
over figures of single assists and of paper.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from deploy.cds import wiring
from tests.support.events import DAY, assist, tally
from tests.support.openapi import Examples, Fuzzer, Right
from tests.support.postgres import TestPostgres
from tests.support.stack import VIEWER, Stack

DAYS = [DAY, "2023-03-09", "2025-06-30", "2025-07-01"]
VALUES = {
    "from": DAYS,
    "to": DAYS,
    "on": DAYS,
    "area": ["11692", "11692/tdp-03", "31", "317"],
    "level": ["ward", "province"],
    "group_by": ["day", "area,service", "day,outcome,age_band"],
    "service": ["vneid_activation", "digital_skills,vneid_activation"],
    "outcome": ["completed", "completed,failed"],
    "age_band": ["60_plus", "unknown"],
    "lang": ["vi", "en"],
}
ASKED = {"from": DAY, "to": DAY, "area": "11692", "level": "ward", "group_by": "day,area,service,outcome,age_band"}
EXAMPLES: Examples = {
    "GET /v1/tallies": lambda: Right(query=ASKED),
    "GET /v1/tallies.csv": lambda: Right(query=ASKED | {"lang": "en"}),
}


@pytest.fixture(scope="module")
def stack(postgres: TestPostgres) -> Iterator[Stack]:
    with Stack(postgres, "memory://") as made:
        made.serve("registry", "sessions")
        made.relay("sessions")
        made.consumer("reporting")
        sent = [assist(age_band="60_plus"), assist(service="digital_skills"), tally(("digital_skills", "failed", 3))]
        assert made.post(sent).json()["counts"]["accepted"] == 3
        made.settle()
        yield made


def test_every_operation_answers_as_the_document_says(stack: Stack) -> None:
    app = wiring.create_app("reporting", stack.settings)
    fuzzer = Fuzzer(app, lambda: {"Authorization": f"Bearer {stack.token(VIEWER)}"}, VALUES, EXAMPLES)

    fuzzer.run(without={})

    assert fuzzer.broken == {}
    assert fuzzer.refused == []
    assert set(fuzzer.statuses) == fuzzer.documented
    assert {200, 422} <= set(fuzzer.statuses["GET /v1/tallies"])
