"""The parts of a report from the figures of its days: sections I, III and IV.

Guarantee: what a statement says is taken from the figures given, which are the statement's when the day is closed; what
no statement says (places, what is open, who reported, what was answered) is read as it stood at the end of the period.
"""

import datetime as dt
from decimal import Decimal
from typing import Any
from uuid import UUID

from services.reporting import queries_completeness, queries_feedback
from services.reporting.closing.figures import Figures
from services.reporting.documents.formats import counted, in_sentence
from services.reporting.documents.parts import (
    Completeness,
    Credited,
    Feedback,
    FieldWork,
    Incidents,
    Place,
    Proposals,
    Reason,
    Results,
    ServiceResult,
    Stalls,
)
from services.reporting.documents.periods import Period
from services.reporting.queries_feedback import Places, fetch
from services.reporting.queries_field_work import active_volunteers, sessions
from services.reporting.reports import words
from services.reporting.reports.units import Unit
from shared import clock
from shared.database import Connection
from shared.events import names

OUTCOMES = ("completed", "to_return", "referred", "failed")
NAMED_MISSING = 12
MISSING_FROM = dt.time(20)


def results(figures: Figures, catalogue: dict[str, str]) -> Results:
    """F1 to F3 by service, those with most assists first."""
    rows, paper = [], 0
    for service, outcomes in figures["assists"].items():
        counts = {outcome: sum(cell.values()) for outcome, cell in outcomes.items()}
        paper += sum(cell["paper"] for cell in outcomes.values())
        if any(counts.values()):
            rows.append((service, counts))
    rows.sort(key=lambda row: (-sum(row[1].values()), row[0]))
    return Results(
        [
            ServiceResult(
                words.named(service, catalogue),
                short=words.SHORT.get(service, ""),
                **{outcome: counts.get(outcome, 0) for outcome in OUTCOMES},
            )
            for service, counts in rows
        ],
        paper,
    )


def credited(figures: Figures) -> Credited | None:
    """F4, if there is any."""
    cells = list(figures["credited"].values())
    keyed, unkeyed, paper = (sum(cell[name] for cell in cells) for name in ("credited", "unkeyed", "paper"))
    return Credited(keyed + unkeyed + paper, unkeyed, paper) if cells else None


def reasons(figures: Figures) -> list[Reason]:
    """F13, the most frequent first."""
    found = sorted(figures["reasons"].items(), key=lambda item: (-item[1], item[0]))
    return [Reason(_name(names.REASONS, code), count) for code, count in found if count]


def field_work(connection: Connection, unit: Unit, period: Period, figures: Figures) -> FieldWork:
    """F7 to F11. The volunteers of several days are distinct persons, and no sum."""
    volunteers = figures["volunteers"]
    if period.kind != "day":
        (row,) = active_volunteers(connection, period.first_day, period.last_day, unit.area_id)
        volunteers = row["volunteers"]
    return FieldWork(
        sessions=sum(figures["sessions"].values()),
        places=_places(connection, unit, period),
        volunteers=volunteers,
        seconds=figures["seconds"],
        reach=figures["reach"],
        households_visited=figures["households_visited"],
        left_waiting=figures["left_waiting"],
    )


def _places(connection: Connection, unit: Unit, period: Period) -> list[Place]:
    """Where sessions were held: a single venue of its kind by its name, several by their number; by kind."""
    held = sessions(connection, period.first_day, period.last_day, unit.area_id, group_by=("venue",))
    rows = fetch(
        connection,
        "SELECT venue, name, kind FROM venue WHERE venue = ANY(%(venues)s) ORDER BY name, venue",
        {"venues": [row["venue"] for row in held if row["venue"]]},
    )
    made = []
    for kind, word in words.VENUES.items():
        of_kind = [row["name"] for row in rows if row["kind"] == kind]
        if len(of_kind) == 1:
            made.append(Place(of_kind[0]))
        elif of_kind:
            made.append(Place(word, len(of_kind)))
    return made


def stalls(
    connection: Connection, unit: Unit, period: Period, figures: Figures, until: tuple[int, int]
) -> list[Stalls]:
    """F6 of the unit, if there is a market or a stall; its denominator is the stalls of its markets."""
    equipped, paid = until
    on = {"day": period.last_day, "area": unit.area_id}
    under = """JOIN area_ancestor AS u ON u.area_id = v.area_id AND u.ancestor_id = %(area)s
                AND %(day)s BETWEEN u.valid_from AND u.valid_to"""
    markets = fetch(
        connection,
        f"""SELECT v.name, v.stalls FROM venue AS v {under if unit.area_id else ""}
             WHERE v.kind = 'market' AND v.stalls > 0 AND (v.closed_on IS NULL OR v.closed_on > %(day)s)""",
        on,
    )
    new = sum(figures["stalls"].get("stall_qr_setup", {}).values())
    if not (new or equipped or paid):
        return []
    title = markets[0]["name"] if len(markets) == 1 else words.STALLS
    return [Stalls(title, new, equipped, sum(row["stalls"] for row in markets), paid)]


def feedback(connection: Connection, unit: Unit, period: Period, figures: Figures) -> Feedback:
    """F50; of several days F51 too."""
    days = (period.first_day, period.last_day, period.last_day, unit.area_id)
    (row,) = queries_feedback.feedback(connection, *days)
    themes = queries_feedback.feedback(connection, *days, group_by=("theme",))
    median = row["median_days"] if period.kind != "day" else None
    return Feedback(
        raised=sum(figures["feedback"].values()),
        open=row["open"],
        overdue=row["overdue"],
        overdue_themes=[_name(names.THEMES, one["theme"]) for one in themes if one["overdue"]],
        median_days=None if median is None else Decimal(str(median)),
    )


def incidents(connection: Connection, unit: Unit, period: Period, figures: Figures) -> list[Incidents]:
    """F53 by kind, with those of which the police was told."""
    of = Places(unit.area_id)
    rows = fetch(
        connection,
        f"""SELECT f.kind, count(*) AS told FROM incident AS f {of.joins}
             WHERE f.told_police AND f.day BETWEEN %(first)s AND %(last)s GROUP BY f.kind""",
        {"first": period.first_day, "last": period.last_day} | of.values,
    )
    guided = {row["kind"]: row["told"] for row in rows}
    return [
        Incidents(_name(names.INCIDENT_KINDS, kind), count, min(count, guided.get(kind, 0)))
        for kind, count in sorted(figures["incidents"].items(), key=lambda item: (-item[1], item[0]))
        if count
    ]


def proposals(connection: Connection, unit: Unit, period: Period, figures: Figures) -> Proposals | None:
    if not figures["proposals"]:
        return None
    days = (period.first_day, period.last_day, period.last_day, unit.area_id)
    row = queries_feedback.proposals(connection, *days)
    return Proposals(figures["proposals"], row["answered"], row["accepted"])


def completeness(
    connection: Connection, unit: Unit, period: Period, campaign: UUID | None, now: dt.datetime
) -> Completeness | None:
    """F30 to F33; who is missing is named of one day, from 20:00 on."""
    days = (period.first_day, period.last_day, unit.area_id)
    (row,) = queries_completeness.completeness(connection, *days, group_by=(), campaign_id=campaign)
    of_units = queries_completeness.completeness(connection, *days, group_by=("area",), campaign_id=campaign)
    if not row["expected"]:
        return None
    levels = {one["area"]["level"] for one in of_units}
    return Completeness(
        " và ".join(word for level, word in words.LEVELS.items() if level in levels),
        units=len(of_units),
        expected=row["expected"],
        actual=row["actual"],
        on_time=row["on_time"],
        missing=_missing(connection, unit, period, campaign, now),
    )


def _missing(connection: Connection, unit: Unit, period: Period, campaign: UUID | None, now: dt.datetime) -> list[str]:
    """The units that have not reported; of the whole by ward, when they are many."""
    is_early = now < dt.datetime.combine(period.last_day, MISSING_FROM, clock.LOCAL_ZONE)
    if period.kind != "day" or is_early:
        return []
    rows = queries_completeness.missing(connection, period.last_day, unit.area_id, campaign)
    if unit.is_by_group or len(rows) <= NAMED_MISSING:
        return [_called(unit, row) for row in rows]
    wards: dict[str, int] = {}
    for row in rows:
        ward = row["ward"]["name"] or row["name"]
        wards[ward] = wards.get(ward, 0) + 1
    return [
        f"{in_sentence(ward)} {counted(count)} {words.LEVELS['residential_group']}" for ward, count in wards.items()
    ]


def _called(unit: Unit, row: dict[str, Any]) -> str:
    is_plain = unit.is_by_group or row["level"] == "ward" or not row["ward"]["name"]
    name = words.area(row["name"])
    return name if is_plain else f"{name} {in_sentence(row['ward']['name'])}"


def _name(group: names.Group, code: str) -> str:
    return group[code].vi if code in group else code
