"""Compares the platform with what a run must have made of it: every figure, and how every reported thing stands.

Read until all is equal twice running and nothing waits that should not, or until the deadline; the last reading is the
verdict. A reading that never succeeded is no verdict: it is `CannotRun`. Sessions, feedback and attendance are compared
when the run could look inside the deployment; the verdict says how many of each were compared.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import httpx
import psycopg

from deploy.cds.simulate.app import CannotRun, browser
from deploy.cds.simulate.expected import Cell, Count, Figures, difference
from deploy.cds.simulate.figures import Reading
from deploy.cds.simulate.run import Outcome
from deploy.cds.simulate.targets import Targets
from deploy.cds.simulate.things import Things
from deploy.cds.simulate.world import Plan

ZERO = Count(0, 0)
Look = tuple[list[str], Counter[str]]


@dataclass(frozen=True, slots=True)
class Verdict:
    """`differences` as (cell, expected, found); `others` are sentences on all that is not a tally of assists."""

    cells: int
    single: int
    paper: int
    differences: list[tuple[Cell, Count, Count]]
    surprises: list[str]
    seconds: float
    others: list[str] = field(default_factory=list)
    compared: dict[str, int] = field(default_factory=dict)

    @property
    def is_equal(self) -> bool:
        return not self.differences and not self.others and not self.surprises


def verify(outcome: Outcome, targets: Targets, *, deadline_seconds: float = 120.0) -> Verdict:
    with closing_things(outcome, targets) as things:
        return compare(outcome.plan, targets, outcome.baseline, outcome.expected, things.look,
                       outcome.surprises, deadline_seconds)  # fmt: skip


@contextmanager
def closing_things(outcome: Outcome, targets: Targets) -> Iterator[Things]:
    things = Things(outcome, targets)
    try:
        yield things
    finally:
        things.close()


def verify_file(path: Path, plan: Plan, targets: Targets, *, deadline_seconds: float = 120.0) -> Verdict:
    """The tallies, from what an earlier run wrote; `plan` gives the sites, the file gives the days."""
    said = json.loads(path.read_text(encoding="utf-8"))
    plan = replace(plan, first=date.fromisoformat(said["first"]), last=date.fromisoformat(said["last"]))
    baseline, expected = figures_of(said["baseline"]), figures_of(said["expected"])
    surprises = said["summary"]["surprises"]
    return compare(plan, targets, baseline, expected, lambda: ([], Counter()), surprises, deadline_seconds)


def figures_of(rows: list[list[Any]]) -> Figures:
    return {Cell(date.fromisoformat(row[0]), *row[1:6]): Count(*row[6:]) for row in rows}


def compare(
    plan: Plan,
    targets: Targets,
    baseline: Figures,
    expected: Figures,
    look_at_others: Callable[[], Look],
    surprises: list[str],
    deadline_seconds: float,
) -> Verdict:
    begin, equal_readings = monotonic(), 0
    found, others, compared, problem = None, list[str](), Counter[str](), ""
    with browser() as http:
        reading = Reading(targets, http)
        while True:
            try:
                found = difference(reading.of_plan(plan), baseline)
                # What else is compared costs more to read: once the tallies are equal, and for the verdict.
                is_late = monotonic() - begin > deadline_seconds
                others, compared = look_at_others() if found == expected or is_late else (["not looked at"], compared)
            except (httpx.HTTPError, psycopg.Error) as error:
                problem, is_late = str(error), monotonic() - begin > deadline_seconds
                equal_readings = -1
            equal_readings = equal_readings + 1 if found == expected and not others else 0
            if equal_readings >= 2 or is_late:
                break
            sleep(0.5 if equal_readings else 1.0)
    if found is None:
        raise CannotRun(f"The figures could not be read at {targets.reporting}: {problem}")
    single, paper = (sum(column) for column in zip(*expected.values(), strict=True)) if expected else (0, 0)
    seconds = monotonic() - begin
    return Verdict(len(expected), single, paper, differing(expected, found), surprises, seconds, others, dict(compared))


def differing(expected: Figures, found: Figures) -> list[tuple[Cell, Count, Count]]:
    cells = sorted(expected.keys() | found.keys())
    pairs = ((cell, expected.get(cell, ZERO), found.get(cell, ZERO)) for cell in cells)
    return [(cell, wanted, got) for cell, wanted, got in pairs if wanted != got]
