"""Two shards touch one person at the same moment: whoever comes second waits, and then sees what both have written."""

from __future__ import annotations

import datetime as dt
import threading
import uuid
from collections.abc import Callable, Iterator
from random import Random

import pytest
import sqlalchemy as sa

from services.reporting.projections.sessions import keep_attendance, keep_session
from services.reporting.projections.volunteers import merge
from shared import database
from shared.consumer import Work
from shared.events import people, sessions
from shared.events.facts import AttendanceFact, AttendanceState, SessionFact, SessionState
from tests.support.postgres import TestPostgres
from tests.support.told import MIDNIGHT, Teller, stated, told

AN, BINH, CHI = (uuid.UUID(int=0xF0 + number) for number in range(3))
WARD = uuid.UUID(int=0xA0)
Change = Callable[[Work], None]


def migrate(url: str) -> None:
    database.migrate("reporting", url)


@pytest.fixture
def teller(postgres: TestPostgres) -> Iterator[Teller]:
    url = postgres.fresh_database(migrate)
    engine: sa.Engine = database.engine(url, options=database.JOB_OPTIONS)
    yield Teller(engine)
    engine.dispose()
    postgres.drop(url)


def opened(number: int, begins: int, ends: int, *present: uuid.UUID) -> SessionState:
    """A session from one hour to another."""
    return SessionState(
        day=MIDNIGHT.date(), area=WARD, ward=WARD, kind="support", opened_at=MIDNIGHT + dt.timedelta(hours=begins),
        closed_at=MIDNIGHT + dt.timedelta(hours=ends), present=[*present],
    )  # fmt: skip


def session(number: int, begins: int, ends: int, *present: uuid.UUID) -> Change:
    def change(work: Work) -> None:
        fact = SessionFact(content=opened(number, begins, ends, *present))
        keep_session(work, told(sessions.SessionOpened, uuid.UUID(int=number), fact), fact)

    return change


def check_in(number: int, hour: int, who: uuid.UUID) -> Change:
    def change(work: Work) -> None:
        at = MIDNIGHT + dt.timedelta(hours=hour)
        state = AttendanceState(
            day=at.date(), area=WARD, ward=WARD, session=uuid.UUID(int=number), volunteer=who, at=at
        )
        fact = AttendanceFact(content=state)
        keep_attendance(work, told(sessions.CheckedIn, state.session, fact), fact)

    return change


def merged(other: uuid.UUID, into: uuid.UUID) -> Change:
    def change(work: Work) -> None:
        fact = people.VolunteerMerged(volunteer=other, into=into, on=dt.date(2023, 4, 1))
        merge(work, stated(other, fact), fact)

    return change


def apply(engine: sa.Engine, *changes: Change, meanwhile: Callable[[], None] | None = None) -> None:
    """One transaction; what is to happen meanwhile happens before it is committed."""
    with database.transaction(engine) as connection:
        work = Work(connection)
        for change in changes:
            change(work)
        work.flush()
        if meanwhile:
            meanwhile()


def hours(teller: Teller) -> list[tuple[int, int, int]]:
    rows = teller.ask("SELECT volunteer, session_id, seconds FROM volunteer_hours ORDER BY 1, 2")
    return [(row[0].int, row[1].int, row[2] // 3600) for row in rows]


OVERLAPPING = [(0xF0, 1, 2), (0xF0, 2, 1)]
OF_BOTH = [(0xF1, 1, 2), (0xF1, 2, 1)]


@pytest.mark.parametrize(
    ("before", "first", "second", "expected"),
    [
        ([], session(1, 8, 10, AN), session(2, 9, 11, AN), OVERLAPPING),
        ([], session(2, 9, 11, AN), session(1, 8, 10, AN), OVERLAPPING),
        ([session(1, 8, 10)], session(2, 9, 11, AN), check_in(1, 8, AN), OVERLAPPING),
        ([session(1, 8, 10, AN)], session(2, 9, 11, BINH), merged(AN, BINH), OF_BOTH),
        ([session(1, 8, 10, AN)], merged(AN, BINH), session(2, 9, 11, BINH), OF_BOTH),
        ([session(1, 8, 10, BINH)], merged(AN, BINH), session(2, 9, 11, AN), OF_BOTH),
        ([session(1, 8, 10, BINH)], session(2, 9, 11, AN), merged(AN, BINH), OF_BOTH),
        ([merged(AN, BINH)], session(1, 8, 10, AN), session(2, 9, 11, BINH), OF_BOTH),
        ([merged(AN, BINH)], session(1, 8, 10, BINH), session(2, 9, 11, AN), OF_BOTH),
        ([merged(AN, BINH), merged(CHI, BINH)], session(1, 8, 10, AN), session(2, 9, 11, CHI), OF_BOTH),
    ],
)
def test_hours_are_whole_though_both_are_applied_at_once(
    teller: Teller, before: list[Change], first: Change, second: Change, expected: list[tuple[int, int, int]]
) -> None:
    for change in before:
        apply(teller.engine, change)
    other = threading.Thread(target=apply, args=(teller.engine, second))

    def meanwhile() -> None:
        other.start()
        other.join(timeout=0.3)
        assert other.is_alive(), "it did not wait"

    apply(teller.engine, first, meanwhile=meanwhile)
    other.join(timeout=10)

    assert hours(teller) == expected


def test_whoever_touches_other_people_does_not_wait(teller: Teller) -> None:
    other = threading.Thread(target=apply, args=(teller.engine, session(2, 9, 11, BINH)))

    def meanwhile() -> None:
        other.start()
        other.join(timeout=5)
        assert not other.is_alive()

    apply(teller.engine, session(1, 8, 10, AN), meanwhile=meanwhile)

    assert hours(teller) == [(0xF0, 1, 2), (0xF1, 2, 2)]


def test_many_at_once_never_wait_in_a_circle_and_end_as_one_after_the_other(teller: Teller) -> None:
    crowd = [uuid.UUID(int=0xF0 + number) for number in range(8)]
    failed: list[BaseException] = []

    def changes(shard: int) -> list[list[Change]]:
        chance = Random(shard)
        return [
            [session(shard * 1000 + turn, begins := chance.randint(0, 20), begins + 2, *chance.sample(crowd, 5)),
             check_in(shard * 1000 + turn, begins + 1, chance.choice(crowd))]
            for turn in range(25)
        ]  # fmt: skip

    merges = [[merged(crowd[number], crowd[number + 1])] for number in (2, 0, 1)]

    def run(transactions: list[list[Change]]) -> None:
        try:
            for one in transactions:
                apply(teller.engine, *one)
        except BaseException as error:
            failed.append(error)

    told_at_once = [changes(1), changes(2), changes(3), merges]
    threads = [threading.Thread(target=run, args=(one,)) for one in told_at_once]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    at_once = teller.rows("session", "attendance", "volunteer_alias", "volunteer_hours", "volunteer_book")
    teller.forget()
    for transactions in told_at_once:
        run(transactions)

    assert failed == []
    assert len(at_once["session"]) == 75
    assert teller.rows(*at_once) == at_once
