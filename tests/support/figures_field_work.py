"""F7 to F11 and F60: what is asked of reporting, and what plain Python says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from services.reporting import queries_field_work, queries_teams
from tests.support.figures import (
    ALWAYS,
    LEVELS,
    PERIODS,
    Case,
    Group,
    Measures,
    Question,
    apportioned,
    by_group,
    same,
    sums,
    told,
)
from tests.support.plain import field_work, hours
from tests.support.plain.cells import Cell
from tests.support.world import FIRST, ONE

SESSIONS: list[Group] = [
    (),
    *((period,) for period in PERIODS),
    ("area",),
    ("day", "area"),
    ("kind",),
    ("venue",),
    ("team",),
]


def asked(case: Case, query: Callable[..., Any], question: Question) -> list[Any]:
    filters = {name: [value] for name, value in question.only.items()}
    found = query(
        case.connection, question.first, question.last, question.top, question.by, filters, question.level,
        case.borders_asked(question),
    )  # fmt: skip
    return list(found)


def f7_f10_f11(case: Case) -> Iterator[str]:
    cells = field_work.f7(case.known)
    for question in case.questions(SESSIONS, cells, ("kind", "venue", "team")):
        rows = asked(case, queries_field_work.sessions, question)
        plain: dict[Any, int] = {**apportioned(case.chosen(cells, question), question.by)}
        for name, of_name in (
            ("sessions", cells),
            ("reach", field_work.f10(case.known)),
            ("households_visited", field_work.f11(case.known, "households_visited")),
            ("left_waiting", field_work.f11(case.known, "left_waiting")),
        ):
            plain |= sums(case.chosen(of_name, question), question.by, {name: lambda cell: True})
        names = ("sessions", "reach", "households_visited", "left_waiting")
        yield from same(question, plain, told(rows, question.by, names))


def _kind_of(case: Case, volunteer: Any) -> str:
    fact = case.known.volunteers.get(volunteer)
    return fact.kind if fact else "unknown"


def _with_kind(case: Case, cells: list[Cell]) -> list[Cell]:
    return [cell | {"volunteer_kind": _kind_of(case, cell["volunteer"])} for cell in cells]


def f9(case: Case) -> Iterator[str]:
    cells = _with_kind(case, case.once(hours.book))
    measures: Measures = {
        "seconds": lambda cell: True,
        "assumed_seconds": lambda cell: "assumed" in cell["flags"],
        "forgotten_seconds": lambda cell: "forgotten" in cell["flags"],
    }
    counted: Measures = {
        "forgotten": lambda cell: "forgotten" in cell["flags"],
        "overlapping": lambda cell: "overlap" in cell["flags"],
    }
    groups: list[Group] = [*SESSIONS, ("volunteer",), ("session",), ("volunteer_kind",), ("volunteer", "day")]
    for question in case.questions(groups, cells, ("kind", "venue", "team", "volunteer_kind")):
        rows = asked(case, queries_field_work.hours, question)
        chosen = case.chosen(cells, question)
        plain = sums(chosen, question.by, measures) | sums([cell | {"n": 1} for cell in chosen], question.by, counted)
        plain |= apportioned(chosen, question.by)
        yield from same(question, plain, told(rows, question.by, [*measures, *counted]))


def long_days(case: Case) -> Iterator[str]:
    rows = queries_field_work.hours(case.connection, *ALWAYS, group_by=("volunteer", "day"))
    found = {(row["volunteer"], row["day"]) for row in rows if row["long_days"]}
    yield from same("", dict.fromkeys(hours.long_days(case.once(hours.book)), True), dict.fromkeys(found, True))


def f8(case: Case) -> Iterator[str]:
    cells = _with_kind(case, hours.f8(case.known, case.once(hours.book)))
    groups: list[Group] = [(), *((period,) for period in PERIODS), ("area",), ("day", "area"), ("volunteer_kind",)]
    for question in case.questions(groups, cells, ("volunteer_kind",)):
        rows = asked(case, queries_field_work.active_volunteers, question)
        chosen = case.chosen(cells, question)
        grouped = by_group(chosen, question.by)
        plain = apportioned(chosen, question.by) | {
            (*key, "volunteers"): len({cell["volunteer"] for cell in found}) for key, found in grouped.items()
        }
        yield from same(question, plain, told(rows, question.by, ["volunteers"]))


def f60(case: Case) -> Iterator[str]:
    names = ("teams", "groups", "groups_with_team", "members", "residents")
    for day in (FIRST - ONE, FIRST + ONE * 3, FIRST + ONE * 6):
        for top in (None, *case.history.world.tops, *case.history.world.wards):
            (row,) = queries_teams.teams(case.connection, day, day, top)
            plain = field_work.f60(case.known, day, top)
            yield from same((day, top), {name: plain[name] for name in names}, {name: row[name] for name in names})
            yield from same((day, top), {"per 100": plain["per_100"]}, {"per 100": row["members_per_100"]})
        for level in LEVELS[1:3]:
            yield from _by_level(case, day, level)


def _by_level(case: Case, day: Any, level: str) -> Iterator[str]:
    for row in queries_teams.teams(case.connection, day, day, group_by=("area",), level=level):
        if row["area"]["level"] == level:
            plain = field_work.f60(case.known, day, row["area"]["area_id"])
            names = ("teams", "groups", "members")
            yield from same((day, row["area"]), {n: plain[n] for n in names}, {n: row[n] for n in names})


BINDINGS: dict[str, Callable[[Case], Iterator[str]]] = {
    "F7, F10, F11": f7_f10_f11,
    "F8": f8,
    "F9": f9,
    "F9, long days": long_days,
    "F60": f60,
}
