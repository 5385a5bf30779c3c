"""Progress by hand: the sample report's numbers, bases, sums, shares over 100 %, and days reached and projected."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from services.reporting.figures_progress import (
    Base,
    Sums,
    added_up,
    base_of,
    day_reached,
    figures,
    last_full_day,
    projected,
    status,
    tenth,
)

BEFORE, START = dt.date(2026, 2, 28), dt.date(2026, 3, 1)


def march(day: int) -> dt.date:
    return dt.date(2026, 3, day)


def part(goal: int, base: int, since: int, expected: int, **more: Any) -> Sums:
    usual: dict[str, Any] = {"eligible": goal + 20, "excluded": 20, "week": 70}
    return Sums(base=Base(BEFORE, base), since=since, goal=goal, expected=expected, **(usual | more))


GROUPS = [part(400, 250, 60, 323), part(350, 191, 136, 268), part(280, 150, 130, 213)]


# -- the sample report -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sums", "done", "left", "share", "gap", "state"),
    [
        (GROUPS[0], 310, 90, 77.5, -13, "behind"),
        (GROUPS[1], 327, 23, 93.4, 59, "on_track"),
        (GROUPS[2], 280, 0, 100.0, 67, "on_track"),
        (added_up(GROUPS), 917, 113, 89.0, 113, "on_track"),
    ],
)
def test_the_rows_of_the_sample_report(sums: Sums, done: int, left: int, share: float, gap: int, state: str) -> None:
    found = figures(sums, march(15), 16)

    assert (found.done, found.left, found.share, found.gap, found.status) == (done, left, share, gap, state)
    assert not found.is_over


def test_a_sum_adds_up_everything_but_what_follows_from_sums() -> None:
    first = part(100, 10, 5, 50, week=7, denominators=((BEFORE, "b"),))
    second = part(30, 1, 2, 9, week=3, denominators=((march(2), "a"), (BEFORE, "b")))
    bare = Sums(base=Base(march(3), 4), since=6, week=1)

    found = added_up([first, second, bare])

    assert found == Sums(
        base=Base(march(3), 15), since=13, week=11, goal=130, eligible=170, excluded=40, expected=59,
        denominators=((BEFORE, "b"), (march(2), "a")),
    )  # fmt: skip
    assert added_up([bare]) == bare


# -- F21, the base -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "official", "base"),
    [
        (None, None, Base(BEFORE, 0)),
        (Base(BEFORE, 250), None, Base(BEFORE, 250)),
        (None, Base(march(2), 270), Base(march(2), 270)),
        (Base(BEFORE, 250), Base(march(10), 300), Base(march(10), 300)),
        (Base(march(10), 300), Base(BEFORE, 250), Base(march(10), 300)),
        (Base(BEFORE, 250), Base(BEFORE, 240), Base(BEFORE, 240)),  # of one day: the official count
        (Base(BEFORE, 250), Base(march(15), 320), Base(march(15), 320)),  # of the day itself
        (Base(BEFORE, 250), Base(march(16), 330), Base(BEFORE, 250)),  # of a later day
        (Base(march(16), 250), None, Base(BEFORE, 0)),
    ],
)
def test_the_base_is_the_latest_count_up_to_the_day(target: Base | None, official: Base | None, base: Base) -> None:
    assert base_of(START, march(15), target, official) == base


# -- F22, F23, F25 -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("done", "share", "coverage", "left", "is_over"),
    [
        (401, 100.3, 95.5, 0, True),
        (400, 100.0, 95.2, 0, False),
        (421, 105.3, 100.2, 0, True),
        (0, 0.0, 0.0, 400, False),
    ],
)
def test_a_share_over_the_whole_is_told_and_flagged(
    done: int, share: float, coverage: float, left: int, is_over: bool
) -> None:
    sources = ((BEFORE, "Công an phường"),)

    found = figures(part(400, 0, done, 400, denominators=sources), march(15), 16)

    assert (found.share, found.coverage, found.left, found.is_over) == (share, coverage, left, is_over)
    assert found.denominators == sources


def test_a_goal_of_nobody_has_no_share_and_is_reached() -> None:
    found = figures(part(0, 0, 0, 0, eligible=0, excluded=0), march(15), 16, BEFORE)

    assert (found.share, found.coverage, found.left, found.is_reached, found.projected_on) == (
        None, None, 0, True, BEFORE,
    )  # fmt: skip


def test_without_a_target_what_is_done_is_told_and_nothing_else() -> None:
    found = figures(Sums(base=Base(BEFORE, 0), since=9, week=7), march(15), 16)

    assert (found.done, found.pace) == (9, 1.0)
    assert (found.goal, found.left, found.share, found.expected, found.gap, found.status) == (None,) * 6
    assert (found.required, found.projected_on, found.is_reached, found.is_over) == (None, None, False, False)


@pytest.mark.parametrize(
    ("done", "expected", "state"),
    [(100, 100, "on_track"), (99, 100, "behind"), (90, 100, "behind"), (89, 100, "at_risk"), (0, 0, "on_track"),
     (9, 10, "behind"), (0, 1, "at_risk")],
)  # fmt: skip
def test_the_status_changes_at_the_plan_and_at_nine_tenths_of_it(done: int, expected: int, state: str) -> None:
    assert status(done, expected) == state


# -- F26, F27 ----------------------------------------------------------------------------------------------------------


def test_the_pace_is_of_seven_days_and_what_is_needed_of_the_days_left() -> None:
    found = figures(part(400, 250, 60, 323, week=38), march(15), 16)

    assert (found.pace, found.required) == (5.4, 5.6)  # 38/7 = 5,43; 90/16 = 5,625
    assert figures(part(400, 250, 60, 323), march(31), 0).required is None
    assert found.projected_on == march(15) + dt.timedelta(days=17)  # 90 × 7 / 38 = 16,6


@pytest.mark.parametrize(
    ("left", "week", "day"),
    [
        (90, 70, march(24)),
        (91, 70, march(25)),
        (1, 7000, march(16)),
        (90, 0, None),
        (None, 7, None),
        (10**9, 1, None),  # beyond any calendar
    ],
)
def test_the_projected_day_is_rounded_up(left: int | None, week: int, day: dt.date | None) -> None:
    assert projected(march(15), left, week) == day


@pytest.mark.parametrize(
    ("goal", "by_day", "day"),
    [
        (10, {}, BEFORE),
        (9, {march(1): 5}, BEFORE),
        (11, {march(4): 1, march(2): 1}, march(2)),
        (12, {march(4): 1, march(2): 1}, march(4)),
        (13, {march(4): 1, march(2): 1}, None),
    ],
)
def test_the_day_reached_is_the_first_by_which_nobody_was_left(
    goal: int, by_day: dict[dt.date, int], day: dt.date | None
) -> None:
    assert day_reached(goal, Base(BEFORE, 10), by_day) == day


@pytest.mark.parametrize(
    ("now", "day"),
    [
        ("2026-03-15T14:59:59.999999+00:00", 14),
        ("2026-03-15T15:00:00+00:00", 15),  # 22:00 here
        ("2026-03-15T17:00:00+00:00", 15),  # midnight here
        ("2026-03-31T15:00:00+00:00", 15),
        ("2026-03-10T01:00:00+00:00", 9),
    ],
)
def test_today_is_a_full_day_from_22_on(now: str, day: int) -> None:
    assert last_full_day(march(15), dt.datetime.fromisoformat(now)) == march(day)


@pytest.mark.parametrize(
    ("parts", "value"),
    [((1, 4), 0.3), ((1, 20), 0.1), ((7, 7), 1.0), ((0, 7), 0.0), ((13, 20), 0.7), ((9, 20), 0.5)],
)
def test_a_tenth_is_rounded_half_up(parts: tuple[int, int], value: float) -> None:
    assert tenth(*parts) == value
