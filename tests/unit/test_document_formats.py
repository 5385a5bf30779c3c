"""Numbers, shares, hours, dates and spans as documents write them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.reporting.documents import formats
from services.reporting.documents.axis import FEWEST, MOST, axis
from services.reporting.documents.periods import Period


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (formats.number(1030), "1.030"), (formats.number(1497360), "1.497.360"), (formats.number(7), "7"), (formats.number(-1500), "-1.500"),
        (formats.counted(0), "00"), (formats.counted(3), "03"), (formats.counted(9), "09"), (formats.counted(10), "10"), (formats.counted(1030), "1.030"),
        (formats.signed(1), "+1"), (formats.signed(0), "0"), (formats.signed(-12), "-12"),
        (formats.share(53, 61), "86,9%"), (formats.share(310, 400), "77,5%"), (formats.share(280, 280), "100,0%"), (formats.share(1, 0), "–"), (formats.share(0, 0), "–"),
        (formats.share(1, 2000), "0,1%"), (formats.share(3, 2000), "0,2%"), (formats.share(13_000, 1), "1.300.000,0%"),
        (formats.hours(142_200), "39,5"), (formats.hours(0), "0,0"), (formats.hours(180), "0,1"), (formats.hours(3_600_000), "1.000,0"),
        (formats.one_decimal(Decimal("2.25")), "2,3"),
        (formats.day(dt.date(2026, 3, 15)), "15/3/2026"), (formats.day(dt.date(2026, 2, 5)), "05/02/2026"), (formats.day(dt.date(2026, 1, 31)), "31/01/2026"), (formats.day(dt.date(2026, 12, 9)), "09/12/2026"),
        (formats.day_month(dt.date(2026, 3, 1)), "01/3"), (formats.day_in_words(dt.date(2026, 3, 15)), "ngày 15 tháng 3 năm 2026"), (formats.day_in_words(dt.date(2026, 2, 8)), "ngày 08 tháng 02 năm 2026"),
        (formats.moment(dt.datetime(2026, 3, 15, 15, 5, tzinfo=dt.UTC)), "22 giờ 05 ngày 15/3/2026"), (formats.moment(dt.datetime(2026, 3, 15, 17, 0, tzinfo=dt.UTC)), "00 giờ 00 ngày 16/3/2026"),
        (formats.enumerated([]), ""), (formats.enumerated(["a"]), "a"), (formats.enumerated(["a", "b"]), "a và b"), (formats.enumerated(["a", "b", "c"]), "a, b và c"),
    ],
)  # fmt: skip
def test_it_is_written_as_official_texts_write_it(written: str, expected: str) -> None:
    assert written == expected


@pytest.mark.parametrize(
    ("period", "first", "last", "name"),
    [
        (Period.of_day(dt.date(2026, 3, 15)), "2026-03-15", "2026-03-15", "ngày 15/3/2026"),
        (Period.of_week(dt.date(2026, 3, 9)), "2026-03-09", "2026-03-15", "tuần 11 năm 2026"),
        (Period.of_week(dt.date(2026, 3, 15)), "2026-03-09", "2026-03-15", "tuần 11 năm 2026"),
        (Period.of_week(dt.date(2027, 1, 1)), "2026-12-28", "2027-01-03", "tuần 53 năm 2026"),
        (Period.of_month(2028, 2), "2028-02-01", "2028-02-29", "tháng 02 năm 2028"),
        (Period.of_report_month(2026, 3), "2026-02-15", "2026-03-14", "kỳ báo cáo tháng 3 năm 2026"),
        (Period.of_report_month(2026, 1), "2025-12-15", "2026-01-14", "kỳ báo cáo tháng 01 năm 2026"),
    ],
)
def test_a_period_has_both_its_days_and_its_name(period: Period, first: str, last: str, name: str) -> None:
    assert (str(period.first_day), str(period.last_day), period.name) == (first, last, name)


@given(day=st.dates(dt.date(2020, 1, 1), dt.date(2035, 12, 31)))
def test_a_week_runs_from_monday_to_sunday_and_has_its_day(day: dt.date) -> None:
    week = Period.of_week(day)

    assert (week.first_day.weekday(), (week.last_day - week.first_day).days) == (0, 6)
    assert week.first_day <= day <= week.last_day


def test_a_period_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot end on 2026-03-14"):
        Period.of_campaign("chiến dịch", dt.date(2026, 3, 15), dt.date(2026, 3, 14))


@given(values=st.lists(st.integers(-(10**6), 10**9), max_size=20))
def test_an_axis_holds_every_value_with_a_few_round_steps(values: list[int]) -> None:
    low, high, step = axis(values)

    assert all(low <= value <= high for value in values)
    assert low % step == high % step == 0
    assert FEWEST <= (high - low) // step <= MOST
    assert str(step).rstrip("0") in {"1", "2", "5"}
    assert low >= 0 or min(values) < 0


@pytest.mark.parametrize(("values", "expected"), [([617, 917], (600, 950, 50)), ([], (0, 3, 1)), ([5, 5], (5, 8, 1))])
def test_an_axis_takes_the_smallest_step_that_fits(values: list[int], expected: Any) -> None:
    assert tuple(axis(values)) == expected
