"""Which days are due, and up to which moment, on the edges of 22:00 and of clocks that go wrong."""

from __future__ import annotations

import datetime as dt

import pytest

from services.reporting.closing.days import due, is_late, last_due, limit_of

ZONE = dt.timezone(dt.timedelta(hours=7))
DAY = dt.date(2026, 3, 15)


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=ZONE)


def test_a_day_is_closed_at_ten_in_the_evening_local_time() -> None:
    assert limit_of(DAY) == dt.datetime(2026, 3, 15, 15, 0, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("now", "day"),
    [
        ("2026-03-15T21:59:59.999999", DAY - dt.timedelta(days=1)),
        ("2026-03-15T22:00:00", DAY),
        ("2026-03-16T00:30:00", DAY),
        ("2026-03-16T21:59:59", DAY),
    ],
)
def test_the_last_day_due_changes_at_the_closing_moment_and_not_at_midnight(now: str, day: dt.date) -> None:
    assert last_due(at(now)) == day


@pytest.mark.parametrize(
    ("last_closed", "first_recorded", "now", "expected"),
    [
        (None, None, "2026-03-15T22:30:00", []),
        (None, "2026-03-15T09:00:00", "2026-03-15T21:00:00", []),
        (None, "2026-03-15T09:00:00", "2026-03-15T22:00:00", [15]),
        (None, "2026-03-15T22:00:00", "2026-03-16T22:00:00", [16]),
        (15, "2026-03-10T09:00:00", "2026-03-15T23:00:00", []),
        (15, "2026-03-10T09:00:00", "2026-03-18T22:00:00", [16, 17, 18]),
        (18, "2026-03-10T09:00:00", "2026-03-16T23:00:00", []),
    ],
    ids=["nothing yet", "before", "first", "first came after closing", "done", "machine was off", "clock set back"],
)
def test_days_are_due_in_order_without_a_gap_and_never_twice(
    last_closed: int | None, first_recorded: str | None, now: str, expected: list[int]
) -> None:
    closed = DAY.replace(day=last_closed) if last_closed else None

    found = due(closed, at(first_recorded) if first_recorded else None, at(now))

    assert [day.day for day in found] == expected


def test_a_statement_is_late_from_a_quarter_past_ten_on() -> None:
    assert not is_late(DAY, at("2026-03-15T22:14:59"))
    assert is_late(DAY, at("2026-03-15T22:15:00"))
