"""Feedback, incidents and proposals from what was told: as they stand, as they stood, and where."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from services.reporting.queries_feedback import feedback, incidents, overdue, proposals
from shared import database
from shared.clock import LOCAL_ZONE
from shared.events import sessions
from shared.events.base import Event
from shared.events.facts import (
    FeedbackFact,
    FeedbackState,
    FeedbackStep,
    IncidentFact,
    IncidentState,
    ProposalFact,
    ProposalState,
)
from tests.support.postgres import TestPostgres
from tests.support.reporting import Row, Told, identify

EVENTS: dict[str, type[Event]] = {
    "forwarded": sessions.FeedbackForwarded,
    "answered": sessions.FeedbackAnswered,
    "resolved": sessions.FeedbackResolved,
    "reopened": sessions.FeedbackReopened,
}


def march(day: int) -> dt.date:
    return dt.date(2026, 3, day)


def at(day: int, hour: int = 8) -> dt.datetime:
    return dt.datetime(2026, 3, day, hour, tzinfo=LOCAL_ZONE)


def prepare(url: str) -> None:
    database.migrate("reporting", url)
    engine = database.engine(url)
    told = Told(engine)
    told.area("p", None, "province")
    for ward in ("w1", "w2"):
        told.area(ward, "p", "ward")
    for group, ward in (("g1", "w1"), ("g2", "w1"), ("h1", "w2")):
        told.area(group, ward)
    engine.dispose()


@pytest.fixture
def told(postgres: TestPostgres) -> Iterator[Told]:
    url = postgres.fresh_database(prepare)
    engine = database.engine(url)
    yield Told(engine)
    engine.dispose()
    postgres.drop(url)


def place(area: str) -> dict[str, Any]:
    return {"area": identify(area), "ward": identify("w2" if area.startswith("h") else "w1")}


def raise_one(told: Told, day: int, area: str = "g1", steps: tuple[Row, ...] = (), **more: Any) -> uuid.UUID:
    """A feedback with its steps, each told by an event of its own."""
    subject = uuid.uuid4()
    usual: Row = {"kind": "question", "theme": "identity", "raised_at": at(day)} | more
    state = FeedbackState(day=march(day), **place(area), **usual)
    told.tell(sessions.FeedbackRaised, FeedbackFact(content=state), subject)
    taken: list[FeedbackStep] = []
    for number, step in enumerate(steps):
        taken.append(FeedbackStep(id=uuid.UUID(int=number), **step))
        after = FeedbackState(day=march(day), **place(area), **usual, steps=list(taken))
        told.tell(EVENTS[step["step"]], FeedbackFact(content=after, before=state), subject)
    return subject


def step(kind: str, day: int, **more: Any) -> Row:
    return {"step": kind, "at": at(day)} | more


def ask(told: Told, first: int, last: int, day: int, area: str | None = None, **more: Any) -> list[Row]:
    with database.transaction(told.engine) as connection:
        return feedback(connection, march(first), march(last), march(day), identify(area) if area else None, **more)


def counts(rows: list[Row]) -> tuple[int, int, int]:
    (row,) = rows
    return row["raised"], row["open"], row["overdue"]


WAY = (
    step("forwarded", 3, office="telecom", due_on=march(10)),
    step("answered", 5, office="power"),
    step("resolved", 8, result="done"),
    step("reopened", 12, reason_code="not_done", due_on=march(14)),
)


def test_the_row_says_how_it_stands(told: Told) -> None:
    subject = raise_one(told, 2, "g1", WAY, due_on=march(9), age_band="60_plus")

    assert told.ask(
        """SELECT feedback_id, day, kind, theme, raised_at, due_on, status, office, first_answered_at, resolved_at,
                  result, age_band, first_due_on FROM feedback"""
    ) == [(subject, march(2), "question", "identity", at(2), march(14), "reopened", "power", at(5), None, None,
           "60_plus", march(9))]  # fmt: skip


def test_a_step_that_does_not_apply_changes_nothing(told: Told) -> None:
    subject = raise_one(told, 2, "g1", WAY[:1])
    state = FeedbackState(day=march(3), **place("h1"), kind="need", theme="other", raised_at=at(3))

    told.tell(sessions.FeedbackAnswered, FeedbackFact(content=state, applies=False), subject)

    assert told.ask("SELECT day, kind, status FROM feedback") == [(march(2), "question", "forwarded")]


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (1, (0, 0, 0)),  # not raised yet
        (2, (1, 1, 0)),
        (7, (1, 1, 0)),
        (8, (1, 0, 0)),
        (11, (1, 0, 0)),
        (12, (1, 1, 0)),
        (14, (1, 1, 0)),
        (15, (1, 1, 1)),
    ],
)
def test_a_past_day_is_told_as_it_was(told: Told, day: int, expected: tuple[int, int, int]) -> None:
    raise_one(told, 2, "g1", WAY, due_on=march(9))

    assert counts(ask(told, 2, 2, day)) == expected


def test_open_and_overdue_are_of_all_that_was_raised_before(told: Told) -> None:
    raise_one(told, 2, due_on=march(4))
    raise_one(told, 5, due_on=march(20))
    raise_one(told, 5, steps=(step("resolved", 6, result="done"),))
    raise_one(told, 3, steps=(step("resolved", 9, result="done"),))
    raise_one(told, 7)

    assert counts(ask(told, 5, 5, 8)) == (2, 4, 1)
    assert counts(ask(told, 5, 5, 9)) == (2, 3, 1)
    assert counts(ask(told, 1, 6, 6)) == (4, 3, 1)  # what is raised on the 7th is not known yet


def test_median_and_share_in_time(told: Told) -> None:
    for answered in (4, 6, 14):
        raise_one(told, 2, due_on=march(6), steps=(step("answered", answered),))
    raise_one(told, 2, due_on=march(6), steps=(step("resolved", 3, result="withdrawn"),))
    raise_one(told, 3, due_on=march(6))
    raise_one(told, 1, due_on=march(6), steps=(step("answered", 2),))  # of another day

    (row,) = ask(told, 2, 3, 15)
    names = ("median_days", "answered", "answered_in_time", "overdue_unanswered", "in_time_rate")

    assert [row[name] for name in names] == [4.0, 3, 2, 1, 50.0]
    (row,) = ask(told, 2, 3, 6)
    assert [row[name] for name in names] == [3.0, 2, 2, 0, 100.0]


def test_a_calendar_told_late_moves_what_nobody_named(told: Told) -> None:
    raise_one(told, 2)  # a Monday: five working days end on the 9th

    assert [counts(ask(told, 2, 2, day))[2] for day in (9, 10)] == [0, 1]
    told.days_off(2026, march(9), march(10))
    assert [counts(ask(told, 2, 2, day))[2] for day in (10, 11, 12)] == [0, 0, 1]


def test_groups_and_levels(told: Told) -> None:
    raise_one(told, 2, "g1", (step("forwarded", 3, office="telecom"),), theme="infrastructure")
    raise_one(told, 2, "g2", kind="need")
    raise_one(told, 2, "h1")
    closed = (step("resolved", 2, result="done"), step("reopened", 10))
    raise_one(told, 1, "w1", closed, theme="policy")  # neither raised then nor open

    def by(name: str, **more: Any) -> dict[Any, int]:
        rows = ask(told, 2, 2, 5, group_by=[name], **more)
        keys = [row[name]["code"] if name == "area" else row[name] for row in rows]
        assert len(set(keys)) == len(rows)
        return dict(zip(keys, (row["raised"] for row in rows), strict=True))

    assert by("theme") == {"identity": 2, "infrastructure": 1}
    assert by("kind") == {"need": 1, "question": 2}
    assert by("office") == {None: 2, "telecom": 1}
    assert by("area") == {"g1": 1, "g2": 1, "h1": 1}
    assert by("area", level="ward") == {"w1": 2, "w2": 1}
    assert by("theme", area="w1") == {"identity": 1, "infrastructure": 1}
    assert counts(ask(told, 2, 2, 5, "w2")) == (1, 1, 0)
    assert counts(ask(told, 2, 2, 5, "w1")) == (2, 2, 0)


def test_a_feedback_stays_in_the_ward_of_the_day_on_which_it_was_raised(told: Told) -> None:
    raise_one(told, 2, "g1")
    raise_one(told, 10, "g1")
    told.succession(march(5), ["w1"], {"w1": [], "w2": ["g1"]})

    assert counts(ask(told, 1, 31, 31, "w1")) == (1, 1, 1)
    assert counts(ask(told, 1, 31, 31, "w2")) == (1, 1, 1)


def test_the_overdue_are_listed_the_longest_first(told: Told) -> None:
    late = raise_one(told, 2, "g1", (step("forwarded", 3, office="telecom"),), due_on=march(6))
    later = raise_one(told, 1, "h1", due_on=march(4))
    unnamed = raise_one(told, 2, "g2")
    raise_one(told, 2, "g2", due_on=march(15))

    with database.transaction(told.engine) as connection:
        rows = overdue(connection, march(12))
        of_ward = overdue(connection, march(12), identify("w1"))

    assert [(row["feedback_id"], row["due_on"], row["days"]) for row in rows] == [
        (later, march(4), 8),
        (late, march(6), 6),
        (unnamed, march(9), 3),
    ]
    assert (rows[1]["area"]["code"], rows[1]["theme"], rows[1]["office"]) == ("g1", "identity", "telecom")
    assert [row["feedback_id"] for row in of_ward] == [late, unnamed]


# -- F53 -----------------------------------------------------------------------------------------------------------------


def report(told: Told, day: int, kind: str, area: str = "g1") -> tuple[uuid.UUID, IncidentState]:
    subject, state = uuid.uuid4(), IncidentState(day=march(day), **place(area), kind=kind, via="zalo")
    told.tell(sessions.IncidentReported, IncidentFact(content=state), subject)
    return subject, state


def test_incidents_by_kind_until_they_are_taken_back(told: Told) -> None:
    for day, kind, area in (
        (2, "online_scam", "g1"),
        (3, "online_scam", "h1"),
        (4, "malware", "g1"),
        (9, "malware", "g1"),
    ):
        report(told, day, kind, area)
    subject, state = report(told, 3, "data_leak")
    kept, other = report(told, 3, "malware")
    told.tell(sessions.IncidentVoided, IncidentFact(before=state), subject)
    told.tell(sessions.IncidentVoided, IncidentFact(before=other, applies=False), kept)

    with database.transaction(told.engine) as connection:
        found = incidents(connection, march(2), march(4))
        of_ward = incidents(connection, march(2), march(4), identify("w2"))

    assert found == [{"kind": "malware", "incidents": 2}, {"kind": "online_scam", "incidents": 2}]
    assert of_ward == [{"kind": "online_scam", "incidents": 1}]


def test_proposals_with_the_answers_of_a_day(told: Told) -> None:
    def propose(day: int, area: str, *answers: tuple[int, str]) -> None:
        subject = uuid.uuid4()
        usual: Row = {"day": march(day), **place(area), "addressed_to": "youth_union", "theme": "policy"}
        before = ProposalState(**usual)
        told.tell(sessions.ProposalSubmitted, ProposalFact(content=before), subject)
        for answered, result in answers:
            after = ProposalState(**usual, result=result, answered_at=at(answered))
            told.tell(sessions.ProposalAnswered, ProposalFact(content=after, before=before), subject)
        told.tell(sessions.ProposalAnswered, ProposalFact(content=before, before=before, applies=False), subject)

    propose(2, "g1")
    propose(2, "g1", (3, "declined"), (5, "accepted"))
    propose(3, "h1", (4, "partly"))
    propose(4, "g1", (9, "noted"))
    propose(5, "g1", (6, "declined"))

    def told_on(last: int, day: int, area: str | None = None) -> list[int]:
        with database.transaction(told.engine) as connection:
            row = proposals(connection, march(2), march(last), march(day), identify(area) if area else None)
        return [row[name] for name in ("submitted", "answered", "accepted", "partly", "declined", "noted")]

    assert told_on(4, 31) == [4, 3, 1, 1, 0, 1]
    assert told_on(4, 8) == [4, 2, 1, 1, 0, 0]
    assert told_on(5, 31, "w1") == [4, 3, 1, 0, 1, 1]
