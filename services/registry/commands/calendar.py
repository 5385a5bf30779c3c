"""The days off of a year: on them nobody has to report, and a plan expects nothing more.

Guarantee: an upsert of the whole year; the same days again append nothing.
"""

import datetime as dt
from collections.abc import Collection

from sqlalchemy.orm import Session

from services.registry.commands.refusals import seen_or_refuse
from services.registry.journal import Told, subject_of, tell
from services.registry.model import CalendarYear
from shared.events.plans import CalendarSet
from shared.problems import FieldError, Problem

FIRST_YEAR, LAST_YEAR = 2000, 2199


def set_calendar(
    session: Session, year: int, off_days: Collection[dt.date], expected: int | None = None
) -> tuple[CalendarYear, bool]:
    """The year with these days off, and whether that is new.

    Raises:
        Problem: for a day of another year, a day that is listed twice, or a version that was not seen.
    """
    _check(year, list(off_days))
    days = sorted(off_days)
    known = session.get(CalendarYear, year)
    if known is None:
        known = CalendarYear(year=year, off_days=days)
        session.add(known)
    elif known.off_days == days:
        return known, False
    else:
        seen_or_refuse(known, expected)
        known.off_days = days
    tell(session, [Told(subject_of("calendar", str(year)), CalendarSet(year=year, off_days=days))])
    return known, True


def _check(year: int, days: list[dt.date]) -> None:
    errors = [
        FieldError(f"off_days[{at}]", "other_year", f"{day} không thuộc năm {year}.")
        for at, day in enumerate(days)
        if day.year != year
    ]
    seen: set[dt.date] = set()
    for at, day in enumerate(days):
        if day in seen:
            errors.append(FieldError(f"off_days[{at}]", "repeated", f"{day} bị lặp lại. Mỗi ngày chỉ nêu một lần."))
        seen.add(day)
    if errors:
        raise Problem("invalid", errors=errors)
