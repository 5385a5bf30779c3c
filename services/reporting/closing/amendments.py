"""Amendments: what has changed on days that are closed, with the difference and why.

Guarantee: one a unit and day for each closing, and only where a figure of the contract has changed; closed figure plus
all amendments is the figure that the copy says now. The reasons add up to the difference where a figure is additive.
Formula F41 of the contract.
"""

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from services.reporting.closing import figures
from services.reporting.closing.figures import WHOLE, Figures
from services.reporting.closing.statements import canonical
from services.reporting.projections import ledger
from shared.database import Connection

DAYS_AT_ONCE = 31
EVERYTHING_AFTER = (ledger.BORDERS, ledger.EVERYTHING)
# Of these every change is told with its reason; what is left was changed by the registry: borders, or the catalogue.
ADDITIVE = frozenset({"F1", "F2", "F4", "F6", "F7", "F9", "F10", "F11"})
REGISTRY = "registry"
Line = tuple[str, str]  # figure of the contract; service, reason, theme or kind
Reasons = dict[tuple[UUID, dt.date, str, str], dict[str, int]]


@dataclass(frozen=True, slots=True)
class Amendment:
    """What has changed for a unit on a closed day."""

    unit_id: UUID
    day: dt.date
    number: int
    lines: list[dict[str, Any]]
    current: Figures = field(repr=False)


def make(connection: Connection, before: dt.date) -> list[Amendment]:
    """The amendments of closed days before this one, from the copy and the ledger of this connection."""
    made: list[Amendment] = []
    days = changed_days(connection, before)
    for start in range(0, len(days), DAYS_AT_ONCE):
        made += _of_days(connection, days[start : start + DAYS_AT_ONCE])
    return made


def changed_days(connection: Connection, before: dt.date) -> list[dt.date]:
    """The closed days that something in the ledger may have changed."""
    rows = connection.execute(
        """SELECT day FROM closing WHERE day < %(before)s AND (
              day IN (SELECT day FROM ledger)
              OR day >= (SELECT min(day) FROM ledger WHERE figure = ANY(%(after)s))) ORDER BY day""",
        {"before": before, "after": list(EVERYTHING_AFTER)},
    )
    return [row[0] for row in rows]


def _of_days(connection: Connection, days: Sequence[dt.date]) -> Iterator[Amendment]:
    now, reasons = figures.of_days(connection, days), reasons_of(connection, days)
    rows = connection.execute(
        """SELECT s.unit_id, s.day, s.current,
                  (SELECT count(*) FROM amendment AS a WHERE a.unit_id = s.unit_id AND a.day = s.day)
             FROM statement AS s WHERE s.day = ANY(%s) ORDER BY s.day, s.unit_id""",
        [list(days)],
    ).fetchall()
    for unit_id, day, current, amended in rows:
        said = now.get((unit_id, day)) or figures.nothing()
        lines = list(difference(json.loads(current), said, unit_id, day, reasons))
        if lines:
            yield Amendment(unit_id, day, amended + 1, lines, said)


def difference(old: Figures, new: Figures, unit_id: UUID, day: dt.date, reasons: Reasons) -> Iterator[dict[str, Any]]:
    """A line for each figure that is another now."""
    before, after = flat(old), flat(new)
    for figure, service in sorted(before.keys() | after.keys()):
        was, is_now = before.get((figure, service), 0), after.get((figure, service), 0)
        if was != is_now:
            why = dict(reasons.get((unit_id, day, figure, service), {}))
            if figure in ADDITIVE and (rest := is_now - was - sum(why.values())):
                why[REGISTRY] = rest
            yield {"figure": figure, "service": service, "before": was, "after": is_now} | told(why)


def told(why: Mapping[str, int]) -> dict[str, Any]:
    """The three reasons of the contract, and others where there are some."""
    main = {reason: why.get(reason, 0) for reason in ("late", "corrected", "voided")}
    return main | {reason: change for reason, change in sorted(why.items()) if reason not in main and change}


def flat(said: Figures) -> dict[Line, int]:
    """The figures of the contract that a day's figures come to, by service (or reason, theme, kind)."""
    made: dict[Line, int] = {}
    for service, outcomes in said["assists"].items():
        made["F1", service] = sum(_sum(cell) for cell in outcomes.values())
        made["F2", service] = _sum(outcomes.get("completed", {}))
    for figure, name in (("F4", "credited"), ("F6", "stalls")):
        made |= {(figure, service): _sum(cell) for service, cell in said[name].items()}
    made["F7", ""] = _sum(said["sessions"])
    for figure, name in (("F13", "reasons"), ("F50", "feedback"), ("F53", "incidents")):
        made |= {(figure, key): count for key, count in said[name].items()}
    made["F53", "proposals"] = said["proposals"]
    for figure, name in (("F8", "volunteers"), ("F9", "seconds"), ("F10", "reach")):
        made[figure, ""] = said[name]
    for name in ("households_visited", "left_waiting"):
        made["F11", name] = said[name]
    return made


def _sum(cell: Mapping[str, int]) -> int:
    return sum(cell.values())


def reasons_of(connection: Connection, days: Sequence[dt.date]) -> Reasons:
    """What the ledger says of these days, by unit and line."""
    rows = connection.execute(
        """SELECT l.day, w.ancestor_id, l.figure, l.service, l.reason, sum(l.change)::bigint
             FROM ledger AS l
             LEFT JOIN area_ancestor AS w
                    ON w.area_id = l.area_id AND w.level = 'ward' AND l.day BETWEEN w.valid_from AND w.valid_to
            WHERE l.day = ANY(%s) GROUP BY 1, 2, 3, 4, 5""",
        [list(days)],
    )
    found: Reasons = defaultdict(lambda: defaultdict(int))
    for day, ward, figure, service, reason, change in rows:
        for unit in {ward, WHOLE} - {None}:
            found[(unit, day, figure, service)][reason] += change
    return found


def keep(connection: Connection, closing_day: dt.date, made: Iterable[Amendment]) -> None:
    """Store amendments, let the statements' current figures follow, and empty the ledger."""
    for one in made:
        connection.execute(
            "INSERT INTO amendment (unit_id, day, number, closing_day, lines) VALUES (%s, %s, %s, %s, %s)",
            [one.unit_id, one.day, one.number, closing_day, canonical(one.lines)],
        )
        connection.execute(
            "UPDATE statement SET current = %s WHERE unit_id = %s AND day = %s",
            [canonical(one.current), one.unit_id, one.day],
        )
    connection.execute("DELETE FROM ledger")
