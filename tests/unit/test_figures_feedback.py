"""Feedback's figures, by hand: where one stands, when it is due, the open, the overdue, the median, the share in time."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest

from services.reporting.figures_feedback import (
    WORKING_DAYS,
    FeedbackFigures,
    Item,
    default_due,
    end_of,
    figures,
    is_overdue,
    median_days,
)
from services.reporting.projections.standing import Standing, standing
from shared.clock import LOCAL_ZONE
from shared.events import sessions
from shared.events.facts import FeedbackStep


def march(day: int, hour: int = 8) -> dt.datetime:
    return dt.datetime(2026, 3, day, hour, tzinfo=LOCAL_ZONE)


def on(day: int) -> dt.date:
    return dt.date(2026, 3, day)


def step(kind: Any, at: dt.datetime, **more: Any) -> FeedbackStep:
    return FeedbackStep(step=kind, at=at, id=uuid.uuid4(), **more)


WAY = [
    step("forwarded", march(3), office="telecom", due_on=on(10)),
    step("answered", march(5), office="power"),
    step("resolved", march(6), result="done"),
    step("reopened", march(8), due_on=on(20)),
    step("resolved", march(9), result="withdrawn"),
]


# -- where it stands -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        (0, Standing(due_on=on(7))),
        (1, Standing(status="forwarded", office="telecom", due_on=on(10))),
        (2, Standing(status="answered", office="power", due_on=on(10), due_at_answer=on(10),
                     first_answered_at=march(5))),
        (3, Standing(status="resolved", office="power", due_on=on(10), due_at_answer=on(10),
                     first_answered_at=march(5), resolved_at=march(6), result="done")),
        (4, Standing(status="reopened", office="power", due_on=on(20), due_at_answer=on(10),
                     first_answered_at=march(5))),
        (5, Standing(status="resolved", office="power", due_on=on(20), due_at_answer=on(10),
                     first_answered_at=march(5), resolved_at=march(9), result="withdrawn")),
    ],
)  # fmt: skip
def test_a_feedback_stands_where_its_last_step_leads(steps: int, expected: Standing) -> None:
    assert standing(on(7), WAY[:steps]) == expected
    if steps < len(WAY):
        assert standing(on(7), WAY, WAY[steps].at) == expected


def test_resolved_without_an_answer_is_answered_then() -> None:
    found = standing(on(7), [step("resolved", march(4), result="guided", due_on=None)])

    assert (found.first_answered_at, found.due_at_answer) == (march(4), on(7))


def test_a_step_on_the_last_moment_of_a_day_is_of_the_day() -> None:
    late = dt.datetime(2026, 3, 5, 16, 59, 59, 999999, tzinfo=dt.UTC)  # 23:59:59,999999 here
    steps = [step("answered", late), step("resolved", late + dt.timedelta(microseconds=1), result="done")]

    assert standing(None, steps, end_of(on(5))).status == "answered"
    assert standing(None, steps, end_of(on(4))).status == "raised"
    assert standing(None, steps, end_of(on(6))).status == "resolved"


# -- when it is due ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raised", "theme", "off_days", "due"),
    [
        (on(2), "identity", [], on(9)),  # a Monday; the weekend of 7 and 8 March is no working time
        (on(6), "identity", [], on(13)),  # a Friday
        (on(7), "identity", [], on(13)),  # a Saturday
        (on(2), "identity", [on(4)], on(10)),
        (on(2), "identity", [on(7)], on(9)),  # off already
        (on(2), "identity", [on(9)], on(10)),
        (on(2), "infrastructure", [], on(16)),
        (on(2), "policy", [], on(23)),
        (on(2), "nobody_knows", [], on(16)),
    ],
)
def test_a_feedback_is_due_after_the_working_days_of_its_theme(
    raised: dt.date, theme: str, off_days: list[dt.date], due: dt.date
) -> None:
    assert default_due(raised, theme, off_days) == due


def test_every_theme_has_its_working_days() -> None:
    assert set(WORKING_DAYS) == set(sessions.Theme.__args__)  # type: ignore[attr-defined]


def item(day: int, theme: str = "identity", due: int | None = None, steps: list[FeedbackStep] | None = None) -> Item:
    at = standing(on(due) if due else None, steps or [])
    return Item(day=on(day), theme=theme, raised_at=march(day), standing=at)


@pytest.mark.parametrize(
    ("given", "today", "overdue"),
    [
        (item(2, due=5), 5, False),
        (item(2, due=5), 6, True),
        (item(2), 9, False),
        (item(2), 10, True),
        (item(2, due=5, steps=[step("answered", march(3))]), 6, True),  # answered is not resolved
        (item(2, due=5, steps=[step("resolved", march(9), result="done")]), 20, False),
        (item(2, due=5, steps=[step("forwarded", march(3), due_on=on(8))]), 8, False),
    ],
)
def test_overdue_is_what_is_open_after_its_day(given: Item, today: int, overdue: bool) -> None:
    assert is_overdue(given, on(today), []) is overdue


# -- the figures ---------------------------------------------------------------------------------------------------------

ITEMS = [
    item(2, due=5, steps=[step("answered", march(4))]),  # 2 days, in time; open, overdue from the 6th
    item(
        2, due=5, steps=[step("answered", march(5, 20)), step("resolved", march(6), result="done")]
    ),  # 3,5 days, in time
    item(3, due=5, steps=[step("resolved", march(9), result="explained")]),  # 6 days, late
    item(3, due=5, steps=[step("resolved", march(4), result="withdrawn")]),  # left out
    item(3, due=5, steps=[step("resolved", march(4), result="duplicate")]),  # left out
    item(4, due=5),  # open, overdue, not answered
    item(4, due=25),  # open
    item(1, due=2),  # open and overdue, raised before
]


def test_the_figures_of_some_days() -> None:
    found = figures(ITEMS, on(2), on(4), on(10), [])

    assert found == FeedbackFigures(
        raised=7, open=4, overdue=3, median_days=3.5, answered=3, answered_in_time=2, overdue_unanswered=1,
        in_time_rate=50.0,
    )  # fmt: skip


def test_what_was_reopened_after_a_withdrawal_is_measured() -> None:
    steps = [step("resolved", march(3), result="withdrawn"), step("reopened", march(4), due_on=on(30))]

    found = figures([item(2, due=5, steps=steps)], on(2), on(2), on(10), [])

    assert (found.open, found.answered, found.in_time_rate) == (1, 1, 100.0)


def test_an_answer_on_the_day_it_is_due_is_in_time_and_on_the_next_is_not() -> None:
    for answered, rate in ((march(5, 23), 100.0), (march(6, 0), 0.0)):
        found = figures([item(2, due=5, steps=[step("answered", answered)])], on(2), on(2), on(6), [])
        assert found.in_time_rate == rate


def test_an_answer_is_measured_by_the_day_that_nobody_named() -> None:
    late = item(2, steps=[step("answered", march(10))])

    assert figures([late], on(2), on(2), on(10), []).in_time_rate == 0.0
    assert figures([late], on(2), on(2), on(10), [on(4)]).in_time_rate == 100.0


def test_a_later_due_day_does_not_mend_a_late_answer() -> None:
    steps = [step("answered", march(7)), step("reopened", march(8), due_on=on(30))]

    assert figures([item(2, due=5, steps=steps)], on(2), on(2), on(9), []).in_time_rate == 0.0


def test_of_nothing_there_is_no_median_and_no_share() -> None:
    found = figures([], on(1), on(31), on(31), [])

    assert (found.raised, found.open, found.median_days, found.in_time_rate) == (0, 0, None, None)


@pytest.mark.parametrize(
    ("hours", "days"),
    [
        ([24], 1.0),
        ([24, 72], 2.0),
        ([72, 24, 240], 3.0),
        ([1.2], 0.1),  # 0,05 days, half up
        ([1.1999], 0.0),
        ([6], 0.3),  # 0,25
        ([0, 3.6 * 2], 0.2),  # 0,15; to even would be 0,2 too
        ([0, 2.4 * 5], 0.3),  # 0,25; to even would be 0,2
    ],
)
def test_the_median_is_rounded_half_up_to_one_decimal(hours: list[float], days: float) -> None:
    assert median_days([dt.timedelta(hours=one) for one in hours]) == days
