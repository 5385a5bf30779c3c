"""Which figures of some days hold for a report: those of their statements, or while a day is open, those of now.

Guarantee: a daily report of a closed day says what its statement says (F40), whenever it is made; its amendments are
told where they were issued. A report of several days says closed figures with all amendments issued since. One open day
makes the whole report provisional: it has no statement then.
"""

import datetime as dt
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from services.reporting.closing import figures
from services.reporting.closing.days import limit_of
from services.reporting.closing.figures import Figures
from services.reporting.documents.parts import Amendment, Statement
from services.reporting.documents.periods import Period
from services.reporting.reports.units import Unit
from shared.database import Connection

ONE_DAY = dt.timedelta(days=1)
REASONS = ("late", "corrected", "voided")
KEYS = {"figure", "service", "before", "after", *REASONS}
Line = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Issued:
    """An amendment of an earlier day, as its closing has issued it."""

    day: dt.date
    number: int
    lines: Sequence[Line]

    def of(self, services: Iterable[str]) -> Amendment | None:
        """What it changes in assists and residents of these services; None for nothing."""
        chosen = set(services)
        assists = [line for line in self.lines if line["figure"] == "F1" and line["service"] in chosen]
        residents = [line for line in self.lines if line["figure"] == "F4" and line["service"] in chosen]
        if not assists and not residents:
            return None
        late, corrected, voided = (sum(line[reason] for line in assists) for reason in REASONS)
        whole = sum(line["after"] - line["before"] for line in assists)
        return Amendment(
            self.number,
            self.day,
            late=late,
            corrected=corrected,
            voided=-voided,
            others=whole - late - corrected - voided,
            residents=sum(line["after"] - line["before"] for line in residents),
        )

    @property
    def services(self) -> set[str]:
        return {line["service"] for line in self.lines if line["figure"] in ("F1", "F4")}


@dataclass(frozen=True, slots=True)
class Told:
    """The figures of a unit over a period. `known_to` is the last closing that counts, `closed_before` the last one
    before the period, where there is one."""

    figures: Figures
    statements: Sequence[Statement]
    issued: Sequence[Issued]
    is_closed: bool
    cut_at: dt.datetime
    known_to: dt.date
    closed_before: dt.date | None


def told(connection: Connection, unit: Unit, period: Period, now: dt.datetime) -> Told:
    """The figures of a unit over a period, closed or as they are now."""
    rows = connection.execute(
        """SELECT s.day, s.number, s.sha256, s.contents, s.current, c.is_late
             FROM statement AS s JOIN closing AS c USING (day)
            WHERE s.unit_id = %s AND s.day BETWEEN %s AND %s ORDER BY s.day""",
        [unit.unit_id, period.first_day, period.last_day],
    ).fetchall()
    is_day = period.kind == "day"
    made = {row[0]: json.loads(row[3])["figures"] if is_day else json.loads(row[4]) for row in rows}
    days = [period.first_day + dt.timedelta(days=n) for n in range((period.last_day - period.first_day).days + 1)]
    is_closed = len(made) == len(days)
    statements = [Statement(unit.code, row[0], row[1], row[2], row[5]) for row in rows] if is_closed else []
    live = figures.of_days(connection, [day for day in days if day not in made])
    every = [made[day] if day in made else live.get((unit.unit_id, day)) or figures.nothing() for day in days]
    known_to = period.last_day if is_day else dt.date.max
    issued = _issued(connection, unit, period, known_to)
    return Told(
        figures=added_up(every),
        statements=statements,
        issued=issued,
        is_closed=is_closed,
        cut_at=limit_of(_last_closing(connection, unit, period)) if is_closed else now,
        known_to=known_to,
        closed_before=_closed_before(connection, period.first_day),
    )


def added_up(days: Sequence[Figures]) -> Figures:
    """The sum of the figures of several days; `volunteers` is no sum of persons, and is asked for elsewhere."""
    whole: Any = {}
    for one in days:
        whole = _add(whole, one)
    return dict(whole)


def _add(one: Any, other: Any) -> Any:
    if isinstance(other, dict):
        held = one or {}
        return held | {key: _add(held.get(key), value) for key, value in other.items()}
    return (one or 0) + other


def _issued(connection: Connection, unit: Unit, period: Period, known_to: dt.date) -> list[Issued]:
    """The amendments of days before the period that were issued in it; of a longer period, or since."""
    rows = connection.execute(
        """SELECT day, number, lines FROM amendment
            WHERE unit_id = %s AND day < %s AND closing_day BETWEEN %s AND %s ORDER BY day, number""",
        [unit.unit_id, period.first_day, period.first_day, known_to],
    )
    return [Issued(row[0], row[1], json.loads(row[2])) for row in rows]


def _last_closing(connection: Connection, unit: Unit, period: Period) -> dt.date:
    """The last closing that has told anything of the period."""
    if period.kind == "day":
        return period.last_day
    row = connection.execute(
        "SELECT max(closing_day) FROM amendment WHERE unit_id = %s AND day BETWEEN %s AND %s",
        [unit.unit_id, period.first_day, period.last_day],
    ).fetchone()
    return max(period.last_day, row[0] if row and row[0] else period.last_day)


def _closed_before(connection: Connection, first_day: dt.date) -> dt.date | None:
    row = connection.execute("SELECT max(day) FROM closing WHERE day < %s", [first_day]).fetchone()
    return row[0] if row else None
