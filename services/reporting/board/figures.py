"""What the board shows, put together from the queries of the figures; it counts nothing itself.

Guarantee: all of it is one snapshot, when the caller's transaction is REPEATABLE READ; the days are local ones of the
moment given. Figures F2, F4, F7 to F9, F20 to F27, F33, F40 and F50 of the contract; no personal data.
Step 9 of the event path (docs/architecture.md).
"""

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Any
from uuid import UUID

from services.reporting import progress_parts, queries, queries_field_work
from services.reporting import queries_feedback as voices
from services.reporting.board.closings import closing_state
from services.reporting.figures_progress import last_full_day
from services.reporting.queries_assists import assists, credited
from services.reporting.queries_completeness import completeness, units
from services.reporting.queries_grouping import Asked
from services.reporting.queries_progress import progress
from shared import clock
from shared.areas import Area
from shared.database import Connection

Row = dict[str, Any]
ONE_DAY = dt.timedelta(days=1)
DAYS = 30
MISSING_FROM = 20  # o'clock: before it, silence says nothing (F33)


@dataclass(frozen=True)
class View:
    """Of which area (None: all) and at which moment; `unit` is the level of the rows of progress."""

    now: dt.datetime
    area: Area | None
    unit: str

    @property
    def day(self) -> dt.date:
        return clock.local_day(self.now)

    @property
    def area_id(self) -> UUID | None:
        return self.area.area_id if self.area else None

    @property
    def tells_missing(self) -> bool:
        return self.now.astimezone(clock.LOCAL_ZONE).hour >= MISSING_FROM


def board(connection: Connection, view: View) -> Row:
    """Everything that the board shows."""
    return {
        "now": view.now,
        "day": view.day,
        "area": told(view.area),
        "unit": view.unit,
        "today": today(connection, view),
        "progress": plans(connection, view),
        "days": last_days(connection, view),
        "services": services(connection, view),
        "reports": reports(connection, view),
        "feedback": feedback(connection, view),
        "closing": closing_state(connection, view.day, view.area_id),
        "freshness": queries.freshness(connection),
    }


def told(area: Area | None) -> Row | None:
    """An area as answers tell it."""
    if area is None:
        return None
    return {"area_id": area.area_id, "code": area.code, "name": area.name, "level": area.level}


def today(connection: Connection, view: View) -> list[Row]:
    """F2, F4, F7, F8 and F9 of today and of the whole of yesterday."""
    yesterday = view.day - ONE_DAY
    asked = Asked(yesterday, view.day, view.area_id, group_by=("day",))
    field_work = (connection, yesterday, view.day, view.area_id, ("day",))
    sources: tuple[tuple[str, str, Iterable[Row]], ...] = (
        ("F2", "completed", assists(connection, asked)),
        ("F4", "credited", credited(connection, asked)),
        ("F7", "sessions", queries_field_work.sessions(*field_work)),
        ("F8", "volunteers", queries_field_work.active_volunteers(*field_work)),
        ("F9", "hours", queries_field_work.hours(*field_work)),
    )
    found = []
    for figure, name, rows in sources:
        by_day = {row["day"]: row[name] for row in rows}
        now, before = (by_day.get(day, 0) for day in (view.day, yesterday))
        if figure == "F9":
            now, before = float(now), float(before)
        found.append({"figure": figure, "name": name, "today": now, "yesterday": before})
    return found


def plans(connection: Connection, view: View) -> list[Row]:
    """F20 to F27 of each campaign and service that has a target: the whole, and its units, most left first."""
    levels = [view.unit, *([view.area.level] if view.area else [])]
    rows = progress(
        connection,
        progress_parts.Asked(
            day=view.day, area_id=view.area_id, full_day=last_full_day(view.day, view.now), levels=levels
        ),
    )
    names = service_names(connection)
    found = []
    for (_, service), grouped in groupby(rows, key=lambda row: (row["campaign"]["campaign_id"], row["service"])):
        parts = list(grouped)
        whole = next((row for row in parts if _is_of(row, view.area_id)), None)
        if whole is None or whole["goal"] is None:
            continue
        units_of = [row for row in parts if row is not whole and row["area"] and row["area"]["level"] == view.unit]
        units_of.sort(key=lambda row: (-(row["left"] or 0), row["area"]["code"]))
        found.append(
            {"campaign": whole["campaign"], "service": names(service), "whole": _flat(whole)}
            | {"units": [_flat(row) for row in units_of]}
        )
    return found


def _is_of(row: Row, area_id: UUID | None) -> bool:
    return (row["area"]["area_id"] if row["area"] else None) == area_id


def _flat(row: Row) -> Row:
    left_out = ("campaign", "service", "denominators")
    flat = {name: value for name, value in row.items() if name not in left_out}
    return flat | {"denominators": [{"as_of": day, "source": source} for day, source in row["denominators"]]}


def last_days(connection: Connection, view: View) -> list[Row]:
    """F4 of each of the last thirty days, today among them, and how many of it have no token or are from paper."""
    first = view.day - (DAYS - 1) * ONE_DAY
    rows = credited(connection, Asked(first, view.day, view.area_id, group_by=("day",)))
    by_day = {row["day"]: (row["credited"], row["unkeyed"], row["paper"]) for row in rows}
    names = ("credited", "without_token", "from_paper")
    days = (first + number * ONE_DAY for number in range(DAYS))
    return [{"day": day} | dict(zip(names, by_day.get(day, (0, 0, 0)), strict=True)) for day in days]


def services(connection: Connection, view: View) -> list[Row]:
    """F2 by service: today and in the last thirty days, the most first."""
    first = view.day - (DAYS - 1) * ONE_DAY
    rows = assists(connection, Asked(first, view.day, view.area_id, group_by=("service",)))
    todays = assists(connection, Asked(view.day, view.day, view.area_id, group_by=("service",)))
    of_today = {row["service"]: row["completed"] for row in todays}
    names = service_names(connection)
    found: list[Row] = [
        {"service": names(row["service"]), "today": of_today.get(row["service"], 0), "last_days": row["completed"]}
        for row in rows
        if row["completed"]
    ]
    return sorted(found, key=lambda row: (-row["last_days"], row["service"]["service"]))


def service_names(connection: Connection) -> Callable[[str], Row]:
    """A service with its names; one that has none yet is told by its code."""
    rows = connection.execute("SELECT service, name_vi, name_en, unit FROM service").fetchall()
    named = {row[0]: row[1:] for row in rows}

    def name(service: str) -> Row:
        vi, en, unit = named.get(service, (service, service, "resident"))
        return {"service": service, "name_vi": vi, "name_en": en, "unit": unit}

    return name


def reports(connection: Connection, view: View) -> Row:
    """F30 to F33: who has to report today and has; from 20:00 who has not (None before), and yesterday's rates."""
    found = units(connection, view.day, view.area_id)
    silent = [row for row in found if not row["is_reported"]]
    yesterday = view.day - ONE_DAY
    (before,) = completeness(connection, yesterday, yesterday, view.area_id, group_by=())
    wanted = ("area_id", "code", "name", "level", "ward")
    return {
        "expected": len(found),
        "actual": len(found) - len(silent),
        "rate": queries.share(len(found) - len(silent), len(found)),
        "missing": [{name: row[name] for name in wanted} for row in silent] if view.tells_missing else None,
        "yesterday": before,
    }


def feedback(connection: Connection, view: View) -> Row:
    """F50 and F51: raised today and in thirty days, open and overdue now; what is overdue, the longest first."""
    first = view.day - (DAYS - 1) * ONE_DAY
    (recent,) = voices.feedback(connection, first, view.day, view.day, view.area_id)
    (todays,) = voices.feedback(connection, view.day, view.day, view.day, view.area_id)
    late = voices.overdue(connection, view.day, view.area_id)
    wanted = ("area", "theme", "kind", "due_on", "days")
    return {
        "raised_today": todays["raised"],
        "raised": recent["raised"],
        "open": recent["open"],
        "overdue": recent["overdue"],
        "median_days": recent["median_days"],
        "overdue_list": [{name: row[name] for name in wanted} for row in late],
    }
