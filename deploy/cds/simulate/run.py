"""Runs a plan: reads the baseline, sends every lane from its own thread, and computes what must come of it.

`run` returns an `Outcome` even when services fail on the way; what was never answered is asked for by its
identifier at the end, so the expected figures rest on events whose fate is known. `CannotRun` says in one
sentence why nothing could be sent at all.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import monotonic
from typing import Any

import httpx

from deploy.cds.simulate.app import CannotRun, Pace, Patience, Phone, Token, browser
from deploy.cds.simulate.atlas import Atlas
from deploy.cds.simulate.delivery import Parcel, lanes
from deploy.cds.simulate.expected import Cell, Count, Figures, difference, figures_of
from deploy.cds.simulate.figures import Reading, busy_days, fresh_days
from deploy.cds.simulate.inside import Counts, Inside, counts_of
from deploy.cds.simulate.ledger import Ledger
from deploy.cds.simulate.standing import Standing, stand
from deploy.cds.simulate.targets import Targets
from deploy.cds.simulate.world import Plan

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """`expected` is what the run adds to `baseline`; `seconds` go from first request to last answer.

    `standing` is how everything that it told must stand; `inside` and its counts are there if it could look there.
    """

    plan: Plan
    baseline: Figures
    expected: Figures
    ledger: Ledger
    seconds: float
    standing: Standing
    inside: Inside | None = None
    counts_before: Counts = field(default_factory=Counter)
    counts: Counts = field(default_factory=Counter)

    @property
    def surprises(self) -> list[str]:
        return self.ledger.surprises()

    def summary(self) -> dict[str, Any]:
        items = sum(len(attempt.keys) for attempt in self.ledger.attempts)
        return {
            "events": sum(not fate.item.is_malformed for fate in self.ledger.fates.values()),
            "sent": items,
            "requests": len(self.ledger.attempts),
            "failed_requests": sum(attempt.outcome != "ok" for attempt in self.ledger.attempts),
            "seconds": round(self.seconds, 2),
            "events_per_second": round(items / self.seconds, 1) if self.seconds else 0.0,
            "fates": self.ledger.by_kind(),
            "expected_single": sum(count.single for count in self.expected.values()),
            "expected_paper": sum(count.paper for count in self.expected.values()),
            "surprises": self.surprises[:20],
        }


def run(
    plan: Plan,
    targets: Targets,
    *,
    has_baseline: bool = True,
    rate: float | None = None,
    patience: Patience | None = None,
    on_progress: Progress = lambda sent, total: None,
    inside: Inside | None = None,
) -> Outcome:
    """`has_baseline=False` is for a platform known to hold nothing for these days (a first loading)."""
    baseline: Figures = {}
    if has_baseline:
        with browser() as http:
            baseline = read_baseline(plan, targets, http)
        plan = replace(plan, busy=busy_days(baseline), fresh=fresh_days(plan, baseline))
    counts_before = inside.counts(plan) if inside and has_baseline else Counter()
    work = make_lanes(plan)
    ledger, begin = Ledger(), monotonic()
    phones = send(work, targets, ledger, Pace(rate), patience or Patience(), on_progress)
    seconds = monotonic() - begin
    settle_unknown(ledger, phones)
    for phone in phones.values():
        phone.http.close()
    atlas = Atlas.of_sites(plan.sites)
    now, before = (stand(events, atlas) for events in (ledger.held(), ledger.held_before()))
    ledger.excused = stand(ledger.honest(), atlas).refused
    expected = difference(figures_of(now, atlas), figures_of(before, atlas))
    counts = counts_of(now, atlas)
    counts.subtract(counts_of(before, atlas))
    return Outcome(plan, baseline, expected, ledger, seconds, now, inside, counts_before, counts)


def make_lanes(plan: Plan) -> dict[tuple[str, int], list[Parcel]]:
    try:
        return {(site.client_id, phone): parcels for (site, phone), parcels in lanes(plan).items()}
    except ValueError as problem:
        raise CannotRun(str(problem)) from problem


def read_baseline(plan: Plan, targets: Targets, http: httpx.Client) -> Figures:
    try:
        return Reading(targets, http).of_plan(plan)
    except httpx.HTTPError as problem:
        raise CannotRun(f"The reporting service at {targets.reporting} does not answer ({problem}): "
                        "is it up? `cds up` starts it.") from problem  # fmt: skip


def send(
    work: dict[tuple[str, int], list[Parcel]],
    targets: Targets,
    ledger: Ledger,
    pace: Pace,
    patience: Patience,
    on_progress: Progress,
) -> dict[str, Phone]:
    """One thread for each phone; the phones by `source`, for questions afterwards."""
    for parcel in (parcel for parcels in work.values() for parcel in parcels):
        for item in parcel.items:
            ledger.plan(item)
    total = sum(len(parcel.items) for parcels in work.values() for parcel in parcels)
    tokens = {name: Token(targets.registry, name, targets.secrets[name]) for name, _ in work}
    phones = {lane: Phone(targets, tokens[lane[0]], ledger, pace, patience) for lane in work}
    sent = [0]

    def lane_of(lane: tuple[str, int]) -> None:
        for parcel in work[lane]:
            if phones[lane].stop.is_set():
                return
            phones[lane].deliver(parcel)
            sent[0] += len(parcel.items)
            on_progress(sent[0], total)

    with ThreadPoolExecutor(max(1, len(work)), thread_name_prefix="phone") as pool:
        try:
            for done in as_completed([pool.submit(lane_of, lane) for lane in work]):
                done.result()
        except BaseException:
            for phone in phones.values():
                phone.stop.set()
            raise
    by_source = {f"/apps/{name}": phone for (name, _), phone in phones.items()}
    for phone in phones.values():
        if phone is not by_source[f"/apps/{phone.token.auth[0]}"]:
            phone.http.close()
    return by_source


def settle_unknown(ledger: Ledger, phones: dict[str, Phone]) -> None:
    """Asks for the fate of every event that has no answer; where none can be had, it stays unknown."""
    for fate in list(ledger.fates.values()):
        event = fate.item.event
        if event and not fate.answers and fate.has_unknown:
            try:
                status = phones[event.source].ask(event.id)
            except httpx.HTTPError:
                continue
            if status:
                ledger.answer(fate.item, "accepted" if status == "duplicate" else status)


def expect_file(outcome: Outcome) -> dict[str, Any]:
    """Everything that a later `verify` needs, as JSON."""
    return {
        "first": outcome.plan.first.isoformat(),
        "last": outcome.plan.last.isoformat(),
        "baseline": [row(cell, count) for cell, count in sorted(outcome.baseline.items())],
        "expected": [row(cell, count) for cell, count in sorted(outcome.expected.items())],
        "summary": outcome.summary(),
    }


def row(cell: Cell, count: Count) -> list[Any]:
    return [cell.day.isoformat(), *cell[1:], *count]


def write_expect_file(outcome: Outcome, path: Path) -> None:
    path.write_text(json.dumps(expect_file(outcome), ensure_ascii=False), encoding="utf-8")
