"""What is expected by a day: computed by hand, and properties that hold for every plan."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.plan import ONE_DAY, Plan, counting_days, expected

START, END, BEFORE = dt.date(2026, 3, 1), dt.date(2026, 3, 31), dt.date(2026, 2, 28)
WEEKEND = [dt.date(2026, 3, 7), dt.date(2026, 3, 8)]


def march(day: int) -> dt.date:
    return dt.date(2026, 3, day)


def plan(**change: Any) -> Plan:
    usual: dict[str, Any] = {"starts_on": START, "ends_on": END, "as_of": BEFORE, "already_done": 250, "goal": 400}
    return Plan(**(usual | change))


@pytest.mark.parametrize(
    ("day", "off_days", "people"),
    [
        (BEFORE, [], 250),  # before the start
        (march(1), [], 255),  # 250 + ceil(150 * 1/31) = 250 + ceil(4,84)
        (march(15), [], 323),  # 250 + ceil(150 * 15/31) = 250 + ceil(72,58): group 1 of the sample report
        (march(31), [], 400),
        (dt.date(2026, 4, 1), [], 400),  # after the end
        (march(6), WEEKEND, 282),  # 250 + ceil(150 * 6/29) = 250 + ceil(31,03)
        (march(7), WEEKEND, 282),  # a day off adds nothing
        (march(9), WEEKEND, 287),  # 250 + ceil(150 * 7/29) = 250 + ceil(36,21)
        (march(31), WEEKEND, 400),
    ],
)
def test_an_even_plan_is_as_computed_by_hand(day: dt.date, off_days: list[dt.date], people: int) -> None:
    assert expected(plan(), day, off_days) == people


def test_the_sample_report_adds_up_with_plausible_numbers() -> None:
    rows = [plan(already_done=250, goal=400), plan(already_done=191, goal=350), plan(already_done=150, goal=280)]

    by_group = [expected(one, march(15)) for one in rows]

    assert by_group == [323, 268, 213]
    assert sum(by_group) == 804


@pytest.mark.parametrize(
    ("day", "people"),
    [
        (BEFORE, 250),
        (march(1), 257),  # from 250 on 28/2 to 320 on 10/3: 7 each day
        (march(10), 320),
        (march(11), 324),  # then 80 in 21 days: 320 + ceil(3,81)
        (march(31), 400),
    ],
)
def test_a_curve_is_straight_between_its_points(day: dt.date, people: int) -> None:
    assert expected(plan(curve=[(march(10), 320)]), day) == people


def test_a_curve_told_later_begins_with_the_day_of_its_numbers() -> None:
    late = plan(as_of=march(10), already_done=300, curve=[(march(20), 350), (march(31), 400)])

    assert [expected(late, march(day)) for day in (9, 10, 11, 20)] == [300, 300, 305, 350]


def test_a_campaign_of_days_off_is_expected_after_its_end() -> None:
    short = plan(starts_on=march(7), ends_on=march(8))

    assert [expected(short, march(day), WEEKEND) for day in (6, 7, 8, 9)] == [250, 250, 250, 400]


days = st.dates(dt.date(2026, 1, 1), dt.date(2026, 6, 30))


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    starts_on, ends_on = sorted((draw(days), draw(days)))
    done = draw(st.integers(0, 10_000))
    goal = done + draw(st.integers(0, 200_000_000))
    inside = st.dates(starts_on, ends_on)
    as_of = draw(st.dates(dt.date(2025, 12, 1), ends_on))
    on = sorted(day for day in draw(st.sets(inside, max_size=5)) if day > as_of)
    heights = sorted(draw(st.lists(st.integers(done, goal), min_size=len(on), max_size=len(on))))
    return plan(
        starts_on=starts_on, ends_on=ends_on, as_of=as_of, already_done=done, goal=goal,
        curve=list(zip(on, heights, strict=True)),
    )  # fmt: skip


@given(plans(), days, st.sets(days, max_size=60))
def test_it_is_between_what_was_done_and_the_goal_and_never_falls(
    one: Plan, day: dt.date, off_days: set[dt.date]
) -> None:
    today, tomorrow = expected(one, day, off_days), expected(one, day + ONE_DAY, off_days)

    assert one.already_done <= today <= tomorrow <= one.goal


@given(plans(), days, st.sets(days, max_size=60))
def test_before_the_start_nothing_and_after_the_end_all(one: Plan, day: dt.date, off_days: set[dt.date]) -> None:
    assert expected(one, one.starts_on - ONE_DAY, off_days) == one.already_done
    assert expected(one, one.ends_on + ONE_DAY, off_days) == one.goal


@given(plans(), st.integers(1, 180), st.sets(days, max_size=60))
def test_an_even_plan_adds_nothing_on_a_day_off(one: Plan, after: int, off_days: set[dt.date]) -> None:
    even = dataclasses.replace(one, curve=())
    day = min(even.starts_on + after * ONE_DAY, even.ends_on)
    off = off_days | {day, even.starts_on}

    assert expected(even, day, off) == expected(even, max(day - ONE_DAY, even.starts_on), off)


@given(plans())
def test_each_point_of_a_curve_is_met(one: Plan) -> None:
    for day, people in one.curve:
        assert expected(one, day) == people


@given(plans())
def test_without_days_off_a_straight_curve_from_before_the_start_is_an_even_plan(one: Plan) -> None:
    even = dataclasses.replace(one, curve=(), as_of=one.starts_on - ONE_DAY)
    straight = dataclasses.replace(even, curve=[(one.ends_on, one.goal)])

    for number in range((one.ends_on - one.starts_on).days + 1):
        day = one.starts_on + number * ONE_DAY
        assert expected(straight, day) == expected(even, day)


@given(days, days, st.sets(days, max_size=60))
def test_counting_days_are_counted_one_by_one(first: dt.date, last: dt.date, off_days: set[dt.date]) -> None:
    one_by_one = sum(first + number * ONE_DAY not in off_days for number in range(max(0, (last - first).days + 1)))

    assert counting_days(first, last, off_days) == one_by_one
