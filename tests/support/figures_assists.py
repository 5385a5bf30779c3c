"""F1 to F6, F12 to F14, F70: what is asked of reporting, and what plain Python says."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from services.reporting import families, queries_assists, queries_evidence
from services.reporting.queries_grouping import Asked
from tests.support.figures import PERIODS, Case, Group, Measures, Question, apportioned, by_group, same, sums, told
from tests.support.plain import assists, credit
from tests.support.plain.cells import Cell, share

WIDE: list[Group] = [
    (),
    ("day", "area"),
    ("week", "service"),
    ("month", "age_band"),
    ("report_month", "outcome"),
    ("area",),
]
PLACED: list[Group] = [("venue",), ("team",), ("channel",)]


def asked_of(case: Case, question: Question) -> Asked:
    filters = {name: [value] for name, value in question.only.items()}
    borders = case.borders_asked(question)
    return Asked(question.first, question.last, question.top, question.level, question.by, filters, borders)


def compared(
    case: Case, query: Callable[..., Any], cells: Sequence[Cell], measures: Measures, groups: list[Group],
    filters: Sequence[str] = (),
) -> Iterator[str]:  # fmt: skip
    """A figure that adds up, by every grouping."""
    for question in case.questions(groups, cells, filters):
        rows = list(query(case.connection, asked_of(case, question)))
        chosen = case.chosen(cells, question)
        plain = sums(chosen, question.by, measures) | apportioned(chosen, question.by)
        yield from same(question, plain, told(rows, question.by, measures))


def f1_to_f3(case: Case) -> Iterator[str]:
    cells = case.once(assists.both)
    measures: Measures = {
        "single": lambda cell: cell["source"] == "single",
        "paper": lambda cell: cell["source"] == "paper",
        "assists": lambda cell: True,
        "completed": lambda cell: cell["outcome"] == "completed",
    }
    groups = [*WIDE, *PLACED, ("pillar",), ("source", "service", "outcome", "age_band", "channel", "venue", "team")]
    filters = ("service", "outcome", "age_band", "pillar", "channel", "venue", "team")
    yield from compared(case, queries_assists.assists, cells, measures, groups, filters)
    for question in case.questions([("service",), ("area",), ("venue",)], cells):
        rows = list(queries_assists.assists(case.connection, asked_of(case, question)))
        chosen = case.chosen(cells, question)
        grouped = by_group(chosen, question.by)
        plain = {(*key, "success_rate"): assists.f3(found) for key, found in grouped.items()}
        plain |= apportioned(chosen, question.by)
        yield from same(question, {key: n for key, n in plain.items() if n}, told(rows, question.by, ["success_rate"]))


def f4(case: Case) -> Iterator[str]:
    cells = [cell | {"area": cell["resident_area"]} for cell in case.once(credit.f4)]
    measures: Measures = {
        "keyed": lambda cell: cell["kind"] == "token",
        "unkeyed": lambda cell: cell["kind"] == "without_token",
        "paper": lambda cell: cell["kind"] == "paper",
        "credited": lambda cell: True,
    }
    groups: list[Group] = [*((period,) for period in PERIODS), (), ("day", "area", "service", "age_band"), ("pillar",)]
    yield from compared(case, queries_assists.credited, cells, measures, groups, ("service", "age_band", "pillar"))


def f5(case: Case) -> Iterator[str]:
    cells = case.once(assists.singles)
    groups: list[Group] = [
        (),
        ("month", "area"),
        ("area",),
        ("service",),
        ("venue",),
        ("team",),
        ("outcome", "age_band"),
    ]
    for question in case.questions(groups, cells, ("service", "outcome", "age_band")):
        rows = list(queries_assists.distinct_residents(case.connection, asked_of(case, question)))
        chosen = case.chosen(cells, question)
        plain: dict[Any, int] = {**apportioned(chosen, question.by)}
        for key, found in by_group(chosen, question.by).items():
            distinct, without = credit.f5(found)
            plain |= {(*key, "distinct"): distinct, (*key, "without_token"): without}
        plain = {key: n for key, n in plain.items() if n}
        yield from same(question, plain, told(rows, question.by, ["distinct", "without_token"]))


def f6(case: Case) -> Iterator[str]:
    cells = [cell | {"area": cell["resident_area"]} for cell in case.once(credit.f6)]
    measures: Measures = {"paid_without_qr": lambda cell: cell["without_qr"]}
    for name, service in (("qr", credit.QR), ("paid", credit.PAYMENT)):
        measures = {
            **measures,
            name: lambda cell, service=service: cell["service"] == service,  # type: ignore[misc]
            f"{name}_keyed": lambda cell, service=service: (cell["service"], cell["kind"]) == (service, "keyed"),  # type: ignore[misc]
            f"{name}_paper": lambda cell, service=service: (cell["service"], cell["kind"]) == (service, "paper"),  # type: ignore[misc]
        }
    groups: list[Group] = [(), ("day",), ("area",), ("venue",)]
    yield from compared(case, queries_assists.stalls, cells, measures, groups)
    (everything,) = queries_assists.stalls(case.connection, asked_of(case, next(case.questions([()], cells))))
    yield from same(
        "activity", {"share": share(everything["paid"], everything["qr"])}, {"share": everything["activity"]}
    )


def f12(case: Case) -> Iterator[str]:
    measures: Measures = {"assists": lambda cell: True}
    groups = [*WIDE, *PLACED, ("pillar",)]
    yield from compared(
        case, queries_assists.young_help, case.once(assists.f12), measures, groups, ("service", "venue")
    )


def f13(case: Case) -> Iterator[str]:
    measures: Measures = {"assists": lambda cell: True}
    groups: list[Group] = [
        ("reason",),
        ("day", "reason"),
        ("area", "reason"),
        ("service", "reason"),
        ("venue", "reason"),
    ]
    yield from compared(case, queries_assists.reasons, case.once(assists.f13), measures, groups, ("service", "outcome"))


def f14(case: Case) -> Iterator[str]:
    measures: Measures = {"assists": lambda cell: True}
    groups: list[Group] = [("pillar",), ("area", "pillar"), ("month", "pillar")]
    yield from compared(case, queries_assists.by_pillar, case.once(assists.f14), measures, groups, ("service",))


def by_volunteer(case: Case) -> Iterator[str]:
    cells = case.once(assists.singles)
    measures: Measures = {"assists": lambda cell: True, "completed": lambda cell: cell["outcome"] == "completed"}
    groups: list[Group] = [("volunteer",), ("area", "volunteer"), ("service", "volunteer")]
    yield from compared(case, queries_assists.by_volunteer, cells, measures, groups, ("service", "outcome"))


def f70(case: Case) -> Iterator[str]:
    cells = case.once(assists.f70) + [
        cell | {"quality": ["paper"]} for cell in case.once(assists.both) if cell["source"] == "paper"
    ]
    names = {"single": "all", "paper": "paper"} | {name: name for name in queries_assists.FLAWS}
    measures: Measures = {
        name: lambda cell, quality=quality: quality in cell["quality"]  # type: ignore[misc]
        for name, quality in names.items()
    }
    groups: list[Group] = [(), ("day",), ("area",), ("client",), ("area", "client")]
    yield from compared(case, queries_assists.quality, cells, measures, groups)


def evidence(case: Case) -> Iterator[str]:
    """What the events added and took away is what single assists sum to, and pages tell every change once."""
    cells = case.once(assists.singles)
    types = [f"assist.{step}" for step in ("recorded", "corrected", "voided")]
    for question in [one for one in case.questions([(), (), ()], cells, ("service", "outcome")) if one.only or one.top]:
        filters: dict[str, Any] = {name: [value] for name, value in question.only.items()}
        asked = families.Question(
            first_day=question.first, last_day=question.last, area_id=question.top, filters=filters | {"type": types},
            borders=case.borders_asked(question),
        )  # fmt: skip
        found = queries_evidence.totals(case.connection, asked)
        plain = {"assists": sum(cell["n"] for cell in case.chosen(cells, question))}
        yield from same(question, plain, {"assists": found["assists"]})
        yield from same(question, {"changes": found["changes"]}, {"changes": _paged(case, asked)})


def _paged(case: Case, asked: families.Question) -> int:
    """How many changes pages of three tell."""
    told_before, after = set(), None
    while True:
        rows, following = queries_evidence.page(case.connection, asked, after, 3)
        told_before |= {(row["source"], row["event_id"], row["change"]) for row in rows}
        if following is None:
            return len(told_before)
        after = queries_evidence.read_position(following)


BINDINGS: dict[str, Callable[[Case], Iterator[str]]] = {
    "F1 to F3": f1_to_f3,
    "F4": f4,
    "F5": f5,
    "F6": f6,
    "F12": f12,
    "F13": f13,
    "F14": f14,
    "F1 by volunteer": by_volunteer,
    "F70": f70,
    "evidence": evidence,
}
