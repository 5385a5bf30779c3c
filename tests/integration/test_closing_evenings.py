"""Closings of a ward that was offline for a week, and of a machine whose clock is set back: one statement a day."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from services.reporting.closing.recompute import recompute
from services.reporting.replay import feeds_of
from tests.support.evenings import APP, Evenings, assist
from tests.support.postgres import TestPostgres
from tests.support.stack import Stack

GROUP = "tdp-01"


@pytest.fixture
def stack(postgres: TestPostgres) -> Iterator[Stack]:
    with Stack(postgres, "memory://") as made:
        made.serve("registry", "sessions", "reporting")
        made.token(APP)
        yield made


def statements(stack: Stack) -> list[Any]:
    return stack.ask("reporting", "SELECT unit_id, day, number, contents, sha256 FROM statement ORDER BY day, unit_id")


def amended(stack: Stack, figure: str = "F1") -> dict[tuple[Any, int], dict[str, int]]:
    """By day and number of the amendment of a ward, what changed of a figure."""
    rows = stack.ask(
        "reporting",
        """SELECT a.day, a.number, a.lines FROM amendment AS a JOIN area ON area.area_id = a.unit_id
            WHERE area.code = '11692' ORDER BY 1, 2""",
    )
    lines = {(day, number): json.loads(text) for day, number, text in rows}
    return {
        key: {name: value for name, value in line.items() if name in ("before", "after", "late")}
        for key, found in lines.items()
        for line in found
        if line["figure"] == figure
    }


def added_up_again(stack: Stack, evenings: Evenings, days: range) -> int:
    """How many statements of these days were added up again from the events; each came out the same."""
    feeds = feeds_of(stack.settings)
    url = stack.settings.database_url("reporting")
    found = [recompute(url, feeds, evenings.day(number)) for number in days]
    for feed in feeds.values():
        feed.close()
    assert [differing for _, differing in found if differing] == []
    return sum(count for count, _ in found)


def test_a_ward_offline_for_a_week_leaves_every_statement_as_it_was_and_amends_each_day_once(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    evenings = Evenings(stack, monkeypatch)
    evenings.send(evenings.at(1, 19), assist(evenings.at(1, 18), GROUP))
    for number in range(1, 8):
        assert evenings.close(number) == [evenings.day(number)]
    said = statements(stack)

    evenings.send(
        evenings.at(8, 9), *(assist(evenings.at(number, 18), GROUP) for number in range(1, 8) for _ in range(number))
    )
    assert evenings.close(8) == [evenings.day(8)]

    assert statements(stack)[: len(said)] == said
    assert len({(unit, day) for unit, day, *_ in statements(stack)}) == len(statements(stack))
    assert amended(stack) == {
        (evenings.day(number), 1): {"before": int(number == 1), "after": number + (number == 1), "late": number}
        for number in range(1, 8)
    }
    assert added_up_again(stack, evenings, range(1, 9)) == len(statements(stack))


def test_a_clock_set_back_an_hour_at_five_past_ten_closes_nothing_twice_and_amends_what_comes_in_the_hour_again(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of two closers one is five minutes behind all the time."""
    evenings = Evenings(stack, monkeypatch)
    evenings.send(evenings.at(1, 19), assist(evenings.at(1, 18), GROUP))
    evenings.consume()
    assert evenings.look(evenings.at(1, 21, 56)) == []
    assert evenings.close(1) == [evenings.day(1)]
    said = statements(stack)

    evenings.send(evenings.at(1, 21, 10), assist(evenings.at(1, 18), GROUP))
    evenings.consume()
    looks = [(21, 5), (21, 0), (22, 0), (21, 55), (22, 10), (22, 5)]
    assert [evenings.look(evenings.at(1, *moment)) for moment in looks] == [[]] * len(looks)
    assert evenings.close(2) == [evenings.day(2)]

    assert len(said) > 1
    assert statements(stack)[: len(said)] == said
    assert amended(stack) == {(evenings.day(1), 1): {"before": 1, "after": 2, "late": 1}}
    assert added_up_again(stack, evenings, range(1, 3)) == len(statements(stack))
