"""`cds simulate`: the command line of the simulator, its progress, its summary and its exit status.

0: sent (and, with --verify, every figure is equal); 1: a figure or a fate differs; 2: it could not run.
With --json the summary and the verdict are one JSON object on standard output, and nothing else is.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from deploy.cds import tables
from deploy.cds.postgres import EmbeddedPostgres
from deploy.cds.push import CannotSend
from deploy.cds.simulate.habits import Habits
from deploy.cds.simulate.inside import Inside
from deploy.cds.simulate.run import Outcome, run, write_expect_file
from deploy.cds.simulate.targets import Targets, read_clients_file
from deploy.cds.simulate.verify import Verdict, verify, verify_file
from deploy.cds.simulate.world import Plan
from shared import process


def simulate(
    clients: Annotated[Path, typer.Option(help="The clients file: addresses, ward apps and their secrets.")],
    first: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="First local day.")],
    last: Annotated[datetime, typer.Option("--to", formats=["%Y-%m-%d"], help="Last local day.")],
    events: Annotated[int, typer.Option(min=1, help="Honest events; what the habits add comes on top.")] = 1000,
    seed: Annotated[str, typer.Option(help="The same seed makes the same events.")] = "1",
    rate: Annotated[float | None, typer.Option(min=0.1, help="At most so many events a second.")] = None,
    bursts: Annotated[bool, typer.Option("--bursts", help="Phones are offline for hours or days.")] = False,
    duplicates: Annotated[bool, typer.Option("--duplicates", help="Events and whole requests twice.")] = False,
    shuffle: Annotated[bool, typer.Option("--shuffle", help="Out of order, over several phones.")] = False,
    late: Annotated[bool, typer.Option("--late", help="Some events days late.")] = False,
    corrections: Annotated[bool, typer.Option("--corrections", help="Records corrected, some often.")] = False,
    voids: Annotated[bool, typer.Option("--voids", help="Records taken back.")] = False,
    malformed: Annotated[bool, typer.Option("--malformed", help="Broken input among the good.")] = False,
    clocks: Annotated[bool, typer.Option("--clocks", help="Phones with a wrong clock.")] = False,
    orphans: Annotated[bool, typer.Option("--orphans", help="About things that never come.")] = False,
    stale_codes: Annotated[bool, typer.Option("--stale-codes", help="Codes of wards that have ended.")] = False,
    all_bad_habits: Annotated[bool, typer.Option("--all-bad-habits", help="All of the above.")] = False,
    expect_out: Annotated[Path | None, typer.Option(help="Write baseline and expected figures here.")] = None,
    expect_in: Annotated[Path | None, typer.Option(help="Send nothing; verify what this file expects.")] = None,
    ledger_out: Annotated[Path | None, typer.Option(help="Write every attempt here, a line of JSON each.")] = None,
    is_verified: Annotated[bool, typer.Option("--verify", help="Compare with the reporting service.")] = False,
    deadline: Annotated[float, typer.Option(help="Seconds that the figures may take to settle.")] = 120.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Make the traffic of ward apps through the public API, and check the figures that come of it."""
    console = Console(stderr=as_json)
    chosen = Habits(bursts, duplicates, shuffle, late, corrections, voids, malformed, clocks, orphans, stale_codes)
    habits = Habits.all() if all_bad_habits else chosen
    try:
        targets, plan = make_plan(clients, first.date(), last.date(), events, seed, habits)
        if expect_in:
            verdict = verify_file(expect_in, plan, targets, deadline_seconds=deadline)
            raise typer.Exit(report(console, as_json, None, verdict))
        outcome = with_progress(console, plan, targets, rate, inside_of(targets) if is_verified else None)
        if expect_out:
            write_expect_file(outcome, expect_out)
        if ledger_out:
            outcome.ledger.write(ledger_out)
        found = verify(outcome, targets, deadline_seconds=deadline) if is_verified else None
    except (CannotSend, ValueError) as problem:
        Console(stderr=True).print(str(problem), style="red", markup=False)
        raise typer.Exit(2) from problem
    raise typer.Exit(report(console, as_json, outcome, found))


def make_plan(clients: Path, first: date, last: date, events: int, seed: str, habits: Habits) -> tuple[Targets, Plan]:
    targets, sites = read_clients_file(clients)
    valid = tuple(site for site in sites if site.valid_from <= last and site.valid_to > first)
    if last < first or not valid:
        raise ValueError(f"No ward of the clients file exists between {first} and {last}.")
    if habits.stale_codes:
        valid += tuple(site for site in sites if site.heirs and site.valid_to <= first)
    return targets, Plan(valid, first, last, events, seed, habits, until=datetime.now(UTC).replace(microsecond=0))


def inside_of(targets: Targets) -> Inside | None:
    """The databases of this machine's deployment, when it is the one that the clients file addresses."""
    settings = process.begin()
    named = [settings.database_urls.get(service, "") for service in ("sessions", "reporting")]
    if any(getattr(targets, service) != settings.url_of(service) for service in ("sessions", "reporting")):
        return None
    if not all(named) and (settings.home / "pg").exists():
        embedded = EmbeddedPostgres(settings.home / "pg")
        named = [embedded.url(service) for service in ("sessions", "reporting")]
    return Inside(*named) if all(named) else None


def with_progress(console: Console, plan: Plan, targets: Targets, rate: float | None, inside: Inside | None) -> Outcome:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("sending", total=None)

        def show(sent: int, total: int) -> None:
            bar.update(task, completed=sent, total=total)

        return run(plan, targets, rate=rate, on_progress=show, inside=inside)


def report(console: Console, as_json: bool, outcome: Outcome | None, verdict: Verdict | None) -> int:
    """Prints what happened; returns the exit status."""
    said: dict[str, Any] = outcome.summary() if outcome else {}
    if as_json:
        verdict_said = verdict_as_json(verdict) if verdict else None
        sys.stdout.write(json.dumps(said | {"verdict": verdict_said}, ensure_ascii=False) + "\n")
    else:
        if outcome:
            print_summary(console, said)
        if verdict:
            print_verdict(console, verdict)
    is_good = verdict.is_equal if verdict else not said.get("surprises")
    return 0 if is_good else 1


def verdict_as_json(verdict: Verdict) -> dict[str, Any]:
    rows = [[*map(str, cell), *wanted, *found] for cell, wanted, found in verdict.differences[:20]]
    return asdict(replace(verdict, differences=[])) | {
        "is_equal": verdict.is_equal, "differences": rows, "different_cells": len(verdict.differences),
    }  # fmt: skip


def print_summary(console: Console, said: dict[str, Any]) -> None:
    statuses = ("accepted", "pending_reference", "duplicate", "rejected", "conflict", "unknown", "unsent")
    table = tables.whole("type", *statuses, title="Events by type and fate", counts=len(statuses))
    table.columns[0].no_wrap = True  # the headings of the counts give way
    for kind, fates in said["fates"].items():
        table.add_row(kind, *(str(fates.get(status, "")) for status in statuses))
    console.print(table)
    console.print(
        f"{said['sent']} events sent in {said['requests']} requests, {said['seconds']} s: "
        f"{said['events_per_second']} events/s; {said['failed_requests']} attempts went again."
    )
    console.print(f"Expected: {said['expected_single']} recorded one by one, {said['expected_paper']} from paper.")
    for line in said["surprises"]:
        console.print(line, style="red", markup=False)


def print_verdict(console: Console, verdict: Verdict) -> None:
    if verdict.differences:
        headings = ("day", "ward", "group", "service", "outcome", "age", "expected", "found")
        table = tables.whole(*headings, title=f"{len(verdict.differences)} of {verdict.cells} figures differ")
        for cell, wanted, found in verdict.differences[:20]:
            both = (f"{one.single} + {one.paper}" for one in (wanted, found))
            table.add_row(*(str(part) for part in cell), *both)
        console.print(table)
    for line in (*verdict.others[:20], *verdict.surprises[:20]):
        console.print(line, style="red", markup=False)
    if verdict.is_equal:
        said = f"{verdict.cells} figures, {verdict.single} recorded one by one, {verdict.paper} from paper"
        console.print(f"Every figure is equal: {said} (settled in {verdict.seconds:.1f} s).", style="green")
        console.print("Equal too: " + ", ".join(f"{count} {what}" for what, count in verdict.compared.items()) + ".")
        if "sessions" not in verdict.compared:
            console.print("Not compared: sessions, feedback and attendance (the databases are not on this machine).")
    else:
        console.print("The figures are NOT as expected.", style="red")
