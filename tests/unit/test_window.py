"""The window of unconfirmed segments: what a confirm covers, and what it does not."""

from __future__ import annotations

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.publisher import WINDOW, Window
from shared.segments import Segment

EPOCH = uuid.UUID(int=1)


def window_of(count: int) -> Window:
    """Segments 1 to `count` of shard 0, in flight."""
    window = Window()
    for number in range(1, count + 1):
        window.add(Segment("sessions", EPOCH, 0, number, 1, b""), str(number))
    return window


def flying(window: Window) -> list[int]:
    return [one.segment[1] for one in window.flying.values()]


def test_tags_count_from_one_as_the_broker_counts_them() -> None:
    assert list(window_of(3).flying) == [1, 2, 3]


def test_a_single_confirm_covers_only_its_own_segment() -> None:
    window = window_of(3)

    assert window.confirm(2, multiple=False) == [(0, 2)]
    assert flying(window) == [1, 3]


def test_a_multiple_confirm_covers_all_up_to_its_tag_in_order() -> None:
    window = window_of(4)

    assert window.confirm(3, multiple=True) == [(0, 1), (0, 2), (0, 3)]
    assert flying(window) == [4]


def test_a_multiple_confirm_leaves_out_what_was_confirmed_before() -> None:
    window = window_of(4)
    window.confirm(2, multiple=False)

    assert window.confirm(3, multiple=True) == [(0, 1), (0, 3)]


@pytest.mark.parametrize("multiple", [False, True])
def test_a_second_confirm_of_the_same_tag_covers_nothing(multiple: bool) -> None:
    window = window_of(2)
    window.confirm(2, multiple=multiple)
    left = flying(window)

    assert window.confirm(2, multiple=False) == []
    assert flying(window) == left


@pytest.mark.parametrize("tag", [0, 3, 99])
def test_a_tag_that_was_never_sent_covers_nothing(tag: int) -> None:
    window = window_of(2)

    assert window.confirm(tag, multiple=False) == []
    assert flying(window) == [1, 2]


def test_an_empty_window_takes_any_confirm_without_harm() -> None:
    assert Window().confirm(1, multiple=True) == []


def test_tags_go_on_after_confirms() -> None:
    window = window_of(2)
    window.confirm(2, multiple=True)

    window.add(Segment("sessions", EPOCH, 3, 9, 1, b""), "9")

    assert window.confirm(3, multiple=False) == [(3, 9)]


def test_room_is_what_is_left_of_the_window() -> None:
    window = window_of(WINDOW)
    assert window.room == 0

    window.confirm(5, multiple=True)

    assert window.room == 5


def test_the_oldest_in_flight_tells_how_long_the_broker_is_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    at = [100.0]
    monkeypatch.setattr("shared.publisher.time.monotonic", lambda: at[0])
    window = window_of(1)
    at[0] = 103.0
    window.add(Segment("sessions", EPOCH, 0, 2, 1, b""), "2")
    at[0] = 107.0

    assert window.oldest_seconds == 7.0
    window.confirm(1, multiple=False)
    assert window.oldest_seconds == 4.0
    window.confirm(2, multiple=False)
    assert window.oldest_seconds == 0.0


@given(count=st.integers(0, 40), confirms=st.lists(st.tuples(st.integers(0, 45), st.booleans()), max_size=60))
def test_whatever_the_broker_says_each_segment_is_confirmed_at_most_once_and_none_is_lost(
    count: int, confirms: list[tuple[int, bool]]
) -> None:
    window = window_of(count)

    told = [segment for tag, multiple in confirms for segment in window.confirm(tag, multiple=multiple)]

    assert len(told) == len(set(told))
    assert sorted([number for _, number in told] + flying(window)) == list(range(1, count + 1))
    said = {n for tag, multiple in confirms for n in (range(1, tag + 1) if multiple else [tag])}
    assert {number for _, number in told} == said & set(range(1, count + 1))
