"""Where something is over time, as it follows from what was stated and from the successions."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.registry.commands.timelines import Timeline, at, carried, stated, walk

A, B, C, D = (UUID(int=number) for number in range(1, 5))


def day(number: int) -> dt.date:
    return dt.date(2020, 1, 1) + dt.timedelta(days=number)


MAINS = {A: (day(10), B), B: (day(20), C)}


def test_what_is_put_somewhere_follows_the_main_successors() -> None:
    assert walk({day(1): A}, MAINS.get) == {day(1): A, day(10): B, day(20): C}
    assert walk({day(15): A}, MAINS.get) == {day(15): B, day(20): C}
    assert walk({day(30): A}, MAINS.get) == {day(30): C}
    assert carried(MAINS.get, A, day(1), day(19)) == B


def test_a_statement_holds_until_the_next_one() -> None:
    assert walk({day(1): A, day(12): D}, MAINS.get) == {day(1): A, day(10): B, day(12): D}
    assert walk({day(1): A, day(10): D}, MAINS.get) == {day(1): A, day(10): D}


def test_what_follows_by_itself_was_not_stated() -> None:
    assert stated({day(1): A, day(10): B, day(15): D, day(20): D}, MAINS.get) == {day(1): A, day(15): D}


def test_successors_in_a_circle_come_to_an_end() -> None:
    circle = {A: (day(10), B), B: (day(10), A)}

    assert walk({day(1): A}, circle.get) == {day(1): A, day(10): B}


def test_nothing_is_anywhere_before_it_is_first_somewhere() -> None:
    assert at({day(5): A}, day(4)) is None
    assert at({day(5): A, day(9): B}, day(8)) == A


@given(
    statements=st.dictionaries(st.integers(0, 40).map(day), st.sampled_from([A, B, C, D]), min_size=1),
    asked=st.integers(0, 50).map(day),
)
def test_a_timeline_is_the_same_after_its_statements_are_found_again(statements: Timeline, asked: dt.date) -> None:
    timeline = walk(statements, MAINS.get)

    again = walk(stated(timeline, MAINS.get), MAINS.get)

    assert at(again, asked) == at(timeline, asked)
