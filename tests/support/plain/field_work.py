"""Sessions and reach: F7, F10, F11; what residents said and what happened to them: F50 to F53; teams: F60."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from statistics import median
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from tests.support.plain.borders import Borders, carried, is_valid
from tests.support.plain.cells import Cell, half_up, share
from tests.support.plain.known import Known

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
# The working days in which a theme is to be answered when nobody named a day (decision 12).
WORKING_DAYS = {
    "identity": 5, "public_service": 5, "payment": 5, "online_safety": 5, "infrastructure": 10, "staff_attitude": 10,
    "policy": 15, "other": 10,
}  # fmt: skip
LEFT_OUT = ("duplicate", "withdrawn")


def f7(known: Known) -> list[Cell]:
    return [
        {
            "session": session, "day": state.day, "area": state.area, "kind": state.kind, "venue": state.venue,
            "team": state.team, "attendees": state.attendees, "households_visited": state.households_visited,
            "left_waiting": state.left_waiting, "n": 1,
        }
        for session, state in known.sessions.items()
    ]  # fmt: skip


def f10(known: Known) -> list[Cell]:
    return [cell | {"n": cell["attendees"]} for cell in f7(known) if cell["kind"] in ("awareness", "training")]


def f11(known: Known, what: str) -> list[Cell]:
    """`households_visited` or `left_waiting`."""
    return [cell | {"n": cell[what]} for cell in f7(known)]


def feedback(known: Known, day: dt.date) -> list[Cell]:
    """A cell for each feedback raised up to a day, with where it had come to at the end of the day."""
    told = [(subject, state) for subject, state in known.feedback.items() if state.day <= day]
    return [_one(known, subject, state, day) for subject, state in told]


def _one(known: Known, subject: UUID, state: Any, day: dt.date) -> Cell:
    steps = [step for step in state.steps if step.at.astimezone(ZONE).date() <= day]
    offices = [step.office for step in steps if step.office]
    answers = [step for step in steps if step.step in ("answered", "resolved")]
    is_resolved = bool(steps) and steps[-1].step == "resolved"
    return {
        "feedback": subject, "day": state.day, "area": state.area, "kind": state.kind, "theme": state.theme,
        "office": offices[-1] if offices else None, "is_open": not is_resolved, "raised_at": state.raised_at,
        "due_on": _due(known, state, steps), "answered_at": answers[0].at if answers else None,
        "due_at_answer": _due(known, state, steps[: steps.index(answers[0]) + 1]) if answers else None,
        "result": steps[-1].result if is_resolved else None, "n": 1,
    }  # fmt: skip


def _due(known: Known, state: Any, steps: list[Any]) -> dt.date:
    """The day that was named last; without any the theme's working days after the day on which it was raised."""
    named = [due for due in (state.due_on, *(step.due_on for step in steps)) if due]
    if named:
        return dt.date.fromisoformat(str(named[-1]))
    day, left = state.day, WORKING_DAYS[state.theme]
    while left:
        day += dt.timedelta(days=1)
        left -= day.isoweekday() <= 5 and not known.is_day_off(day)
    return dt.date.fromisoformat(str(day))


def f50(cells: list[Cell], first: dt.date, last: dt.date, today: dt.date) -> dict[str, int]:
    """Raised on the days; open at the end of today and, of those, overdue: whenever they were raised."""
    opened = [cell for cell in cells if cell["is_open"]]
    return {
        "raised": sum(first <= cell["day"] <= last for cell in cells),
        "open": len(opened),
        "overdue": sum(cell["due_on"] < today for cell in opened),
    }


def f51(cells: list[Cell]) -> float | None:
    """The median of the days from raising to the first answer or the solution."""
    counted = [cell for cell in cells if cell["answered_at"] and cell["result"] not in LEFT_OUT]
    spans = [_microseconds(cell["answered_at"] - cell["raised_at"]) for cell in counted]
    return half_up(Fraction(median(spans)) / _microseconds(dt.timedelta(days=1))) if spans else None


def _microseconds(span: dt.timedelta) -> Fraction:
    return Fraction(span // dt.timedelta(microseconds=1))


def f52(cells: list[Cell], today: dt.date) -> tuple[int, int, int, float | None]:
    """Answered in time, answered, overdue without an answer; and the share."""
    counted = [cell for cell in cells if cell["result"] not in LEFT_OUT]
    answered = [cell for cell in counted if cell["answered_at"]]
    in_time = [c for c in answered if c["answered_at"].astimezone(ZONE).date() <= c["due_at_answer"]]
    late = [c for c in counted if not c["answered_at"] and c["is_open"] and c["due_on"] < today]
    whole = len(answered) + len(late)
    return len(in_time), len(answered), len(late), share(len(in_time), whole)


def incidents(known: Known) -> list[Cell]:
    return [
        {"day": state.day, "area": state.area, "kind": state.kind, "via": state.via, "n": 1}
        for state in known.incidents.values()
    ]


def proposals(known: Known, today: dt.date) -> list[Cell]:
    """`state` counts a proposal as submitted and, where it was answered up to today, as answered and by its answer."""
    return [
        {"day": state.day, "area": state.area, "state": ["submitted", *_came_to(state, today)], "n": 1}
        for state in known.proposals.values()
    ]


def _came_to(state: Any, today: dt.date) -> list[str]:
    if state.result is None or state.answered_at.astimezone(ZONE).date() > today:
        return []
    return ["answered", state.result]


def f60(known: Known, day: dt.date, top: UUID | None = None) -> dict[str, Any]:
    """Teams on a day under an area, groups with a team of all groups, members per 100 residents."""
    borders = Borders(known)
    teams = {team: place for team in known.teams if (place := _place(known, team, day)) is not None}
    teams = {team: place for team, place in teams.items() if borders.is_under(place, day, top)}
    groups = [
        area
        for area, fact in known.areas.items()
        if fact.level == "residential_group" and is_valid(known, area, day) and borders.is_under(area, day, top)
    ]
    members = {known.person(one) for team in teams for one in _members(known, team, day)}
    residents = _residents(known, day, top)
    with_team = len(set(groups) & set(teams.values()))
    return {
        "teams": len(teams), "groups": len(groups), "groups_with_team": with_team, "members": len(members),
        "residents": residents, "per_100": half_up(Fraction(len(members) * 100, residents)) if residents else None,
    }  # fmt: skip


def _residents(known: Known, day: dt.date, top: UUID | None) -> int | None:
    """Of the wards under an area, each its own number or that of its groups; of a group its own. None: not known."""
    valid = [area for area in known.areas if is_valid(known, area, day)]
    above = {area: Borders(known).above(area, day) for area in valid}
    if top is not None and known.areas[top].level == "residential_group":
        return int(known.areas[top].residents) if known.areas[top].residents is not None else None
    numbers: list[int | None] = []
    for ward in [area for area in valid if known.areas[area].level == "ward" and (top is None or top in above[area])]:
        groups = [
            known.areas[a].residents for a in valid if known.areas[a].level == "residential_group" and ward in above[a]
        ]
        own = known.areas[ward].residents
        numbers += [own] if own is not None else groups or [None]
    return None if None in numbers else sum(number or 0 for number in numbers)


def _place(known: Known, team: UUID, day: dt.date) -> UUID | None:
    """Where a team works on a day, or the main successor of that; None before it was formed and after it was dissolved."""
    since = [start for start in known.team_places[team] if start <= day]
    if not since or (team in known.dissolved and known.dissolved[team] <= day):
        return None
    return carried(known, known.team_places[team][max(since)], day)[0]


def _members(known: Known, team: UUID, day: dt.date) -> set[UUID]:
    # A record that was merged does not count: the registry tells its stays again, of the record that is kept.
    told = [(on, 0, v) for v, of, on in known.left if of == team] + [
        (on, 1, v) for v, of, on in known.joined if of == team
    ]
    found: set[UUID] = set()
    for _, is_in, volunteer in sorted(entry for entry in told if entry[0] <= day):
        found = found | {volunteer} if is_in else found - {volunteer}
    return {volunteer for volunteer in found if volunteer not in known.merged_into}
