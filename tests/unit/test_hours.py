"""The rule of volunteer hours: the contract's examples, what it leaves open, and a count second by second."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.reporting.projections.hours import Attended, Hours, hours_of
from services.reporting.projections.volunteers import root_of
from tests.support.plain_hours import count, there

ZONE = dt.timezone(dt.timedelta(hours=7))
DAY = dt.date(2023, 3, 8)
ONE, TWO, THREE = (uuid.UUID(int=number) for number in (1, 2, 3))


def at(text: str, day: dt.date = DAY) -> dt.datetime:
    """A moment of that day in local time, told in UTC as the log tells it."""
    return dt.datetime.combine(day, dt.time.fromisoformat(text), ZONE).astimezone(dt.UTC)


def moments(text: str) -> list[tuple[dt.datetime, bool]]:
    """`+18:00 -19:00`: came, left."""
    return [(at(part[1:]), part[0] == "+") for part in text.split()]


def session(
    noted: str = "", *, opened: str = "18:00", closed: str | None = "20:00", planned: str | None = None,
    present: bool = False, id: uuid.UUID = ONE,
) -> Attended:  # fmt: skip
    end, plan = (at(text) if text else None for text in (closed, planned))
    return Attended(id, at(opened), end, plan, present, moments(noted))


def told(row: Hours) -> str:
    flags = ("assumed", "forgotten", "overlapping", "long_day")
    return " ".join([str(row.seconds // 60), *(flag for flag in flags if getattr(row, f"is_{flag}"))])


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        # the contract
        (session("+18:10 -19:10"), "60"),
        (session("+18:10"), "110 forgotten"),
        (session("", present=True), "120 assumed"),
        (session("+18:10", present=True), "110 forgotten"),
        (session("+18:10", closed=None, planned="19:00"), "50 forgotten"),
        (session("+18:10", closed="19:30", planned="19:00"), "80 forgotten"),
        (session("+18:10", closed=None), "0 forgotten"),
        (session("+17:00 -21:00"), "120"),
        (session("", present=False), None),
        # several comings and leavings
        (session("+18:10 -18:30 +19:00 -19:30"), "50"),
        (session("+18:10 +18:20 -18:30"), "20"),
        (session("+18:10 -18:30 -18:50"), "20"),
        (session("+18:10 -18:30 +19:00"), "80 forgotten"),
        (session("-18:30 +18:10"), "20"),
        (session("+18:10 -18:30 +18:30 -19:00"), "50"),
        (session("+18:30 -18:30"), None),
        # a leaving without a coming
        (session("-18:30"), "30 assumed"),
        (session("-18:30", present=True), "30 assumed"),
        (session("-18:30 -19:00"), "30 assumed"),
        (session("-18:30 +19:00 -19:10"), "40 assumed"),
        (session("-18:30", closed=None), "30 assumed"),
        # outside the session
        (session("+17:00"), "120 forgotten"),
        (session("+20:00"), None),
        (session("+20:10 -20:30"), None),
        (session("+20:10 -20:30", present=True), "120 assumed"),
        (session("+17:00 -17:30", present=True), "120 assumed"),
        (session("+17:00 -17:30 +19:00 -19:30", present=True), "30"),
        (session("-20:30"), "120 assumed"),
        (session("-17:30"), None),
        (session("+18:10 -20:30"), "110"),
        (session("+18:10 -19:00", closed="17:00"), None),
        (session("", closed="17:00", present=True), None),
        # never closed
        (session("+18:10 -19:10", closed=None), "60"),
        (session("+18:10 -19:10", closed=None, planned="18:30"), "60"),
        (session("+18:40", closed=None, planned="18:30"), "0 forgotten"),
        (session("", closed=None, present=True), "0 assumed forgotten"),
    ],
)
def test_one_session(given: Attended, expected: str | None) -> None:
    rows = hours_of([given])

    assert [told(row) for row in rows] == ([expected] if expected else [])
    assert all(row.day == DAY and row.session_id == ONE for row in rows)


def by_session(rows: Iterable[Hours]) -> dict[int, str]:
    return {row.session_id.int: told(row) for row in rows}


def test_an_overlap_goes_to_the_session_that_began_first() -> None:
    first = session("+19:00 -20:00", opened="18:00", id=TWO)
    second = session("+18:30 -20:30", opened="18:15", closed="21:00", id=ONE)

    assert by_session(hours_of([second, first])) == {2: "60 overlapping", 1: "60 overlapping"}
    assert by_session(hours_of([second])) == {1: "120"}


def test_of_two_that_begin_together_the_lower_id_gets_the_overlap() -> None:
    rows = hours_of([session("+18:00 -19:00", id=TWO), session("+18:30 -19:30", id=ONE)])

    assert by_session(rows) == {1: "60 overlapping", 2: "30 overlapping"}


def test_a_session_that_gets_nothing_is_flagged_and_worth_nothing() -> None:
    rows = hours_of([session("+18:00 -20:00"), session("+18:30 -19:00", opened="18:15", id=TWO)])

    assert by_session(rows) == {1: "120 overlapping", 2: "0 overlapping"}


def test_sessions_that_touch_do_not_overlap() -> None:
    rows = hours_of([session("+18:00 -19:00"), session("+19:00 -20:00", opened="18:15", id=TWO)])

    assert by_session(rows) == {1: "60", 2: "60"}


def test_one_session_inside_two_others_splits_no_second_twice() -> None:
    rows = hours_of([
        session("+18:30 -18:45 +19:15 -19:30", opened="18:00", id=THREE),
        session("+18:00 -20:00", opened="18:01", id=TWO),
    ])  # fmt: skip

    # The second session counts from its own opening.
    assert by_session(rows) == {3: "30 overlapping", 2: "89 overlapping"}


def test_hours_are_cut_at_local_midnight() -> None:
    over = Attended(ONE, at("22:00"), at("01:30", DAY + dt.timedelta(days=1)), None, True)

    rows = hours_of([over])

    assert [(row.day, told(row)) for row in rows] == [(DAY, "120 assumed"), (DAY + dt.timedelta(days=1), "90 assumed")]


def test_an_overlap_is_flagged_on_its_own_day_only() -> None:
    next_day = DAY + dt.timedelta(days=1)
    long = Attended(ONE, at("22:00"), at("02:00", next_day), None, True)
    late = Attended(TWO, at("01:00", next_day), at("03:00", next_day), None, True)

    rows = {(row.day, row.session_id.int): told(row) for row in hours_of([long, late])}

    assert rows == {
        (DAY, 1): "120 assumed",
        (next_day, 1): "120 assumed overlapping",
        (next_day, 2): "60 assumed overlapping",
    }


@pytest.mark.parametrize(("closed", "is_long"), [("16:00:00", False), ("16:00:01", True)])
def test_more_than_sixteen_hours_on_a_day_are_flagged_on_all_of_it(closed: str, is_long: bool) -> None:
    rows = hours_of([
        session("+00:00 -10:00", opened="00:00", closed="10:00"),
        session(f"+10:00 -{closed}", opened="10:00", closed="23:00", id=TWO),
        Attended(THREE, at("10:00", DAY + dt.timedelta(days=1)), at("11:00", DAY + dt.timedelta(days=1)), None, True),
    ])  # fmt: skip

    assert [row.is_long_day for row in rows] == [is_long, is_long, False]


def test_fractions_of_a_second_are_dropped_so_that_parts_add_up() -> None:
    begun = Attended(ONE, at("18:00:00.900"), at("18:00:10.100"), None, True)

    assert [row.seconds for row in hours_of([begun])] == [10]


# -- second by second --------------------------------------------------------------------------------------------------

BASE = dt.datetime(2023, 3, 8, 23, 59, 40, tzinfo=ZONE)  # twenty seconds before a local midnight
SECONDS = st.integers(0, 40)


@st.composite
def attended(draw: st.DrawFn, number: int) -> Attended:
    def moment() -> dt.datetime:
        return BASE + dt.timedelta(seconds=draw(SECONDS), milliseconds=draw(st.sampled_from([0, 700])))

    closed, planned = (moment() if draw(st.booleans()) else None for _ in range(2))
    noted = [(moment(), draw(st.booleans())) for _ in range(draw(st.integers(0, 4)))]
    return Attended(uuid.UUID(int=number), moment(), closed, planned, draw(st.booleans()), noted)


SESSIONS = st.integers(0, 4).flatmap(lambda count: st.tuples(*(attended(number) for number in range(count))))


@settings(max_examples=600, deadline=None)
@given(SESSIONS)
def test_hours_are_those_of_a_count_second_by_second(sessions: tuple[Attended, ...]) -> None:
    rows = hours_of(sessions)

    counted, shared = count(sessions)
    assert {(row.session_id, row.day): row.seconds for row in rows if row.seconds} == counted
    assert {(row.session_id, row.day) for row in rows if row.is_overlapping} == shared
    assert sum(row.seconds for row in rows) == sum(counted.values())
    assert {row.session_id for row in rows if row.is_assumed} == {s.session_id for s in sessions if there(s)[1]}
    assert {row.session_id for row in rows if row.is_forgotten} == {s.session_id for s in sessions if there(s)[2]}
    assert [(row.day, row.session_id) for row in rows] == sorted({(row.day, row.session_id) for row in rows})


@settings(deadline=None)
@given(SESSIONS, st.randoms())
def test_the_order_in_which_things_are_told_changes_nothing(sessions: tuple[Attended, ...], chance: Random) -> None:
    def shuffled(items: Sequence[Any]) -> list[Any]:
        return chance.sample(items, len(items))

    other = [replace(session, moments=shuffled(session.moments)) for session in shuffled(sessions)]

    assert hours_of(other) == hours_of(sessions)


# -- one person --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("edges", "root"),
    [({}, 1), ({1: 2}, 2), ({1: 2, 2: 3}, 3), ({1: 2, 2: 1}, 1), ({1: 3, 3: 2, 2: 3}, 2), ({1: 1}, 1), ({2: 1}, 1)],
)
def test_the_record_that_holds_is_at_the_end_of_the_merges(edges: dict[int, int], root: int) -> None:
    ids = {uuid.UUID(int=volunteer): uuid.UUID(int=into) for volunteer, into in edges.items()}

    assert root_of(ONE, ids).int == root
