"""The borders of today over chains of successions: where an area is carried, and when it is flagged."""

from __future__ import annotations

import datetime as dt

import pytest

from services.reporting.borders import THEN, Heir, of_today
from shared.areas import APPORTIONED, Located
from tests.unit.test_areas import History

FIRST, SECOND = dt.date(2025, 7, 1), dt.date(2027, 1, 1)
NOW = dt.date(2028, 3, 15)


@pytest.fixture
def history() -> History:
    return History()


def test_an_area_is_carried_through_every_succession_and_flagged_if_one_divided_it(history: History) -> None:
    old, other = history.area("11692", "Hải Thành"), history.area("11707", "Hoà Nghĩa")
    middle = history.area("11692", "Dương Kinh", since=FIRST)
    main, part = history.area("1", "Một", since=SECOND), history.area("2", "Hai", since=SECOND)
    history.succeed(old, FIRST, {middle: []})
    history.succeed(middle, SECOND, {part: [], main: []}, main=main)
    history.succeed(other, FIRST, {main: []})

    borders = of_today(history.book(), NOW)

    assert borders.heirs == {old: Heir(main, True), middle: Heir(main, True), other: Heir(main, False)}
    assert (borders.now(old), borders.now(part)) == (main, part)
    assert (borders.is_apportioned(old), borders.is_apportioned(other), borders.is_apportioned(main)) == (
        True, False, False,
    )  # fmt: skip
    assert of_today(history.book(), SECOND - dt.timedelta(days=1)).heirs[old] == Heir(middle, False)


def test_what_has_no_successor_and_what_still_exists_stand_for_themselves(history: History) -> None:
    gone, there = history.area("11692", "Hải Thành", until=FIRST), history.area("11689", "Anh Dũng")
    later = history.area("3", "Ba", since=NOW + dt.timedelta(days=1))

    borders = of_today(history.book(), NOW)

    assert borders.heirs == {}
    assert [borders.now(one) for one in (gone, there, later)] == [gone, there, later]
    assert history.book().carried(gone, NOW) == Located(gone)


def test_an_heir_of_a_divided_area_says_so(history: History) -> None:
    old, one, two = (
        history.area("1", "Cũ"),
        history.area("2", "Mới", since=FIRST),
        history.area("3", "Kia", since=FIRST),
    )
    history.succeed(old, FIRST, {one: [], two: []}, main=two)

    assert history.book().carried(old, NOW) == Located(two, (APPORTIONED,))
    assert history.book().carried(old, FIRST - dt.timedelta(days=1)) == Located(old)


def test_in_the_borders_of_then_nothing_is_joined_and_nothing_is_asked_for() -> None:
    assert (THEN.is_now, THEN.carry(), THEN.values) == (False, "", {})
    assert "c.day BETWEEN" in THEN.of("x")
