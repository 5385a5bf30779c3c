"""F20 to F33 and F50 to F53: what is asked of reporting, and what plain Python says."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from typing import Any

from services.reporting import queries_completeness, queries_feedback, queries_progress
from services.reporting.progress_parts import Asked
from tests.support.figures import ALWAYS, Case, Group, Question, apportioned, by_group, same, sums, told
from tests.support.plain import completeness, credit, field_work
from tests.support.plain.borders import carried
from tests.support.plain.cells import half_up
from tests.support.plain.progress import Progress
from tests.support.world import FIRST, LAST, ONE

DAYS = [FIRST - ONE, FIRST + ONE * 3, FIRST + ONE * 5, LAST + ONE * 4]


def f20_to_f27(case: Case) -> Iterator[str]:
    credited = case.once(credit.f4)
    for campaign in case.known.campaigns.values():
        plan = Progress(case.known, campaign, "vneid_activation", credited)
        for day in DAYS:
            asked = Asked(day=day, campaign_id=campaign.campaign, service="vneid_activation")
            for row in queries_progress.progress(case.connection, asked):
                top = row["area"]["area_id"] if row["area"] else None
                yield from same((day, row["area"]), _plain(plan, top, day), {name: row[name] for name in _NAMES})
            yield from _all_told(case, plan, day)
            yield from _in_todays_borders(case, plan, day)


_NAMES = ("goal", "eligible", "done", "left", "share", "coverage", "expected", "gap", "status", "pace", "required")


def _plain(plan: Progress, top: Any, day: dt.date) -> dict[str, Any]:
    gap, status = plan.gap(top, day)
    share, coverage = plan.shares(top, day)
    required = plan.required(top, day)
    return {
        "goal": plan.goal(top, day), "eligible": plan.eligible(top, day), "done": plan.done(top, day),
        "left": plan.left(top, day), "share": share, "coverage": coverage, "expected": plan.expected(top, day),
        "gap": gap, "status": status, "pace": half_up(plan.pace(top, day)),
        "required": None if required is None else half_up(Fraction(required)),
    }  # fmt: skip


def _all_told(case: Case, plan: Progress, day: dt.date) -> Iterator[str]:
    """Each area that has a target is told, and when it will be done where somebody is left."""
    asked = Asked(day=day, campaign_id=plan.campaign.campaign, service=plan.service)
    rows = {row["area"]["area_id"]: row for row in queries_progress.progress(case.connection, asked) if row["area"]}
    yield from same(
        (day, "areas"),
        dict.fromkeys(plan.leaves(None, day), True),
        {a: True for a in plan.leaves(None, day) if a in rows},
    )
    for area, row in rows.items():
        if row["left"] or plan.leaves(area, day) == [area]:  # of a sum that is reached the contract names no day
            yield from same((day, area), {"projected": plan.projected(area, day)}, {"projected": row["projected_on"]})


def _in_todays_borders(case: Case, plan: Progress, day: dt.date) -> Iterator[str]:
    """Each part in what its area is today, and in whatever is above that."""
    today = LAST + ONE * 20
    question = Question(day, day, today=today)
    borders = case.borders(question)
    asked = Asked(
        day=day, campaign_id=plan.campaign.campaign, service=plan.service, borders=case.borders_asked(question)
    )  # fmt: skip
    plain: dict[Any, Any] = {}
    for part in plan.leaves(None, day):
        numbers = {"goal": plan.goal(part, day), "done": plan.done_in(part, day), "eligible": plan.eligible(part, day)}
        for top in [None, *borders.above(part, day)]:
            plain |= {(top, name): plain.get((top, name), 0) + n for name, n in numbers.items()}
            if carried(case.known, part, today)[1]:
                plain[top, "is_apportioned"] = True
    rows = queries_progress.progress(case.connection, asked)
    found = {(row["area"] and row["area"]["area_id"], name): row[name]
             for row in rows for name in ("goal", "done", "eligible", "is_apportioned") if row[name]}  # fmt: skip
    yield from same((day, "now"), {key: n for key, n in plain.items() if n}, found)


def f30_to_f33(case: Case) -> Iterator[str]:
    for day in [FIRST + ONE * number for number in range(-1, 12)]:
        found = completeness.completeness(case.known, case.known, day)
        rows = queries_completeness.units(case.connection, day)
        yield from same(
            (day, "expected"), dict.fromkeys(found["expected"], True), {row["area_id"]: True for row in rows}
        )
        reported = {row["area_id"]: True for row in rows if row["is_reported"]}
        yield from same((day, "actual"), dict.fromkeys(found["actual"], True), reported)
        missing = {row["area_id"]: True for row in queries_completeness.missing(case.connection, day)}
        yield from same((day, "missing"), dict.fromkeys(found["missing"], True), missing)
    yield from _rates(case)


def _rates(case: Case) -> Iterator[str]:
    first, last = FIRST, FIRST + ONE * 8
    cells = [
        {"day": day, "area": unit, "name": name, "n": 1}
        for day in [first + ONE * number for number in range(9)]
        for name, units in completeness.completeness(case.known, case.known, day).items()
        for unit in units
    ]
    for question in case.questions([(), ("day",), ("area",), ("day", "area")], cells):
        begin, end = max(first, question.first), min(last, question.last)
        rows = queries_completeness.completeness(
            case.connection, begin, end, question.top, group_by=question.by, level=question.level,
            borders=case.borders_asked(question),
        )  # fmt: skip
        names = ("expected", "actual", "on_time")
        measures: Any = {name: lambda cell, name=name: cell["name"] == name for name in names}
        chosen = case.chosen(cells, question)
        plain = sums(chosen, question.by, measures) | apportioned(chosen, question.by)
        yield from same(question, plain, told(rows, question.by, names))


def f50_to_f52(case: Case) -> Iterator[str]:
    groups: list[Group] = [(), ("area",), ("theme",), ("office",), ("kind", "theme")]
    for day in (FIRST + ONE * 2, FIRST + ONE * 5, LAST + ONE * 20):
        cells = field_work.feedback(case.known, day)
        for question in case.questions(groups, cells):
            first, last = question.first, min(question.last, day)
            if first > last:
                continue
            rows = queries_feedback.feedback(
                case.connection, first, last, day, question.top, group_by=question.by, level=question.level,
                borders=case.borders_asked(question),
            )  # fmt: skip
            everything = case.chosen(cells, replace(question, first=ALWAYS[0], last=ALWAYS[1]))
            shown = [cell for cell in everything if first <= cell["day"] <= last or cell["is_open"]]
            plain: dict[Any, Any] = {**apportioned(shown, question.by)}
            for key, found in by_group(everything, question.by).items():
                raised = [cell for cell in found if first <= cell["day"] <= last]
                in_time, answered, late, rate = field_work.f52(raised, day)
                values = field_work.f50(found, first, last, day) | {"median_days": field_work.f51(raised)}
                values |= {
                    "answered_in_time": in_time,
                    "answered": answered,
                    "overdue_unanswered": late,
                    "in_time_rate": rate,
                }
                plain |= {(*key, name): value for name, value in values.items() if value}
            names = (
                "raised",
                "open",
                "overdue",
                "median_days",
                "answered_in_time",
                "answered",
                "overdue_unanswered",
                "in_time_rate",
            )
            yield from same((question, day), plain, told(rows, question.by, names))


def f53(case: Case) -> Iterator[str]:
    for question in case.questions([(), (), ()], field_work.incidents(case.known)):
        borders = case.borders_asked(question)
        rows = queries_feedback.incidents(case.connection, question.first, question.last, question.top, borders=borders)
        chosen = case.chosen(field_work.incidents(case.known), question)
        plain = sums(chosen, ("kind",), {"incidents": lambda cell: True}) | apportioned(chosen, ("kind",))
        yield from same(question, plain, told(rows, ("kind",), ["incidents"]))
        for day in (FIRST + ONE * 4, LAST + ONE * 20):
            row = queries_feedback.proposals(
                case.connection, question.first, question.last, day, question.top, borders=borders
            )
            chosen = case.chosen(field_work.proposals(case.known, day), question)
            plain = sums(chosen, ("state",), {"n": lambda cell: True})
            plain |= {(key[-1], "n"): flag for key, flag in apportioned(chosen, ()).items()}
            yield from same((question, day), plain, {(name, "n"): n for name, n in row.items() if n})


BINDINGS: dict[str, Callable[[Case], Iterator[str]]] = {
    "F20 to F27": f20_to_f27,
    "F30 to F33": f30_to_f33,
    "F50 to F52": f50_to_f52,
    "F53": f53,
}
