"""Compares the reporting service with the expected figures, cell by cell.

The figures are read until they are equal twice running and no event of the run is pending any more, or
until the deadline; the last reading is then the verdict. A reading that never succeeded is no verdict: it
is `CannotRun`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import httpx

from deploy.cds.simulate.app import CannotRun, Token, browser
from deploy.cds.simulate.expected import Cell, Count, Figures, difference
from deploy.cds.simulate.figures import Reading
from deploy.cds.simulate.ledger import Ledger
from deploy.cds.simulate.run import Outcome
from deploy.cds.simulate.targets import Targets
from deploy.cds.simulate.world import Plan

ZERO = Count(0, 0)


@dataclass(frozen=True, slots=True)
class Verdict:
    """`differences` as (cell, expected, found); `pending` events still wait for what they refer to."""

    cells: int
    single: int
    paper: int
    differences: list[tuple[Cell, Count, Count]]
    pending: int
    surprises: list[str]
    seconds: float

    @property
    def is_equal(self) -> bool:
        return not self.differences and not self.pending and not self.surprises


def verify(outcome: Outcome, targets: Targets, *, deadline_seconds: float = 120.0) -> Verdict:
    waiting = Pending(outcome.ledger, targets)
    return compare(outcome.plan, targets, outcome.baseline, outcome.expected, waiting.count,
                   outcome.surprises, deadline_seconds)  # fmt: skip


def verify_file(path: Path, plan: Plan, targets: Targets, *, deadline_seconds: float = 120.0) -> Verdict:
    """As `verify`, from what an earlier run wrote; `plan` gives the sites, the file gives the days."""
    said = json.loads(path.read_text(encoding="utf-8"))
    plan = replace(plan, first=date.fromisoformat(said["first"]), last=date.fromisoformat(said["last"]))
    baseline, expected = figures_of(said["baseline"]), figures_of(said["expected"])
    return compare(plan, targets, baseline, expected, lambda: 0, said["summary"]["surprises"], deadline_seconds)


def figures_of(rows: list[list[Any]]) -> Figures:
    return {Cell(date.fromisoformat(row[0]), *row[1:6]): Count(*row[6:]) for row in rows}


def compare(
    plan: Plan,
    targets: Targets,
    baseline: Figures,
    expected: Figures,
    pending: Callable[[], int],
    surprises: list[str],
    deadline_seconds: float,
) -> Verdict:
    begin, equal_readings = monotonic(), 0
    with browser() as http:
        reading = Reading(targets, http)
        while True:
            found, left, problem = look(reading, plan, baseline, pending)
            equal_readings = equal_readings + 1 if found == expected and left == 0 else 0
            if equal_readings >= 2 or monotonic() - begin > deadline_seconds:
                break
            sleep(0.5 if equal_readings else 1.0)
    if found is None:
        raise CannotRun(f"The figures could not be read at {targets.reporting}: {problem}")
    single, paper = (sum(column) for column in zip(*expected.values(), strict=True)) if expected else (0, 0)
    differences = differing(expected, found)
    return Verdict(len(expected), single, paper, differences, left, surprises, monotonic() - begin)


def look(
    reading: Reading, plan: Plan, baseline: Figures, pending: Callable[[], int]
) -> tuple[Figures | None, int, httpx.HTTPError | None]:
    """One reading: what the run has added so far, and how many events are pending; or why it failed."""
    try:
        return difference(reading.of_plan(plan), baseline), pending(), None
    except httpx.HTTPError as problem:
        return None, 0, problem


def differing(expected: Figures, found: Figures) -> list[tuple[Cell, Count, Count]]:
    cells = sorted(expected.keys() | found.keys())
    pairs = ((cell, expected.get(cell, ZERO), found.get(cell, ZERO)) for cell in cells)
    return [(cell, wanted, got) for cell, wanted, got in pairs if wanted != got]


class Pending:
    """The events that were answered `pending_reference`, asked for again until they are not."""

    def __init__(self, ledger: Ledger, targets: Targets) -> None:
        self.targets = targets
        self.waiting = {
            fate.item.event.id: fate.item.event.source.removeprefix("/apps/")
            for fate in ledger.fates.values()
            if fate.item.event and "pending_reference" in fate.answers
        }
        self.tokens = {name: Token(targets.registry, name, targets.secrets[name]) for name in self.waiting.values()}

    def count(self) -> int:
        with browser() as http:
            for event_id, client in list(self.waiting.items()):
                headers = {"Authorization": f"Bearer {self.tokens[client].get(http)}"}
                answer = http.get(f"{self.targets.sessions}/v1/events/{event_id}", headers=headers)
                answer.raise_for_status()
                if answer.json()["status"] != "pending_reference":
                    del self.waiting[event_id]
        return len(self.waiting)
