"""Hours from events: any order of arrival ends in the same rows, and these are those of a plain count.

Sessions of several wards (shards), attendance that comes before its session, voids, and merges of volunteers before
or after what they did, applied in segments by the consumer's own machinery on a real PostgreSQL.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.reporting.projections.hours import Attended
from services.reporting.projections.volunteers import root_of
from shared import database
from shared.clock import local_day
from shared.events import people, sessions
from shared.events.facts import AttendanceFact, AttendanceState, Logged, SessionFact, SessionState
from tests.support.plain_hours import count, there
from tests.support.postgres import TestPostgres
from tests.support.told import MIDNIGHT, Teller, stated, told

BASE = MIDNIGHT + dt.timedelta(hours=23, minutes=59, seconds=40)  # twenty seconds before a local midnight
WARDS = [uuid.UUID(int=0xA0 + number) for number in range(3)]
PEOPLE = [uuid.UUID(int=0xF0 + number) for number in range(4)]
TABLES = ("session", "attendance", "volunteer", "volunteer_alias", "volunteer_hours", "volunteer_book")

Key = tuple[Any, ...]


def migrate(url: str) -> None:
    database.migrate("reporting", url)


@pytest.fixture(scope="module")
def teller(postgres: TestPostgres) -> Iterator[Teller]:
    url = postgres.fresh_database(migrate)
    engine: sa.Engine = database.engine(url, options=database.JOB_OPTIONS)
    yield Teller(engine)
    engine.dispose()
    postgres.drop(url)


@dataclass
class History:
    """What happened: the events of each subject in their order, and how things stand at the end."""

    events: dict[str, list[Logged]] = field(default_factory=lambda: defaultdict(list))
    standing: dict[uuid.UUID, SessionState] = field(default_factory=dict)
    moments: list[tuple[uuid.UUID, uuid.UUID, dt.datetime, bool]] = field(default_factory=list)
    merged: dict[uuid.UUID, uuid.UUID] = field(default_factory=dict)

    def expected(self) -> tuple[dict[Key, int], set[Key], set[Key], set[Key]]:
        """Plainly: seconds, and what is overlapping, assumed, forgotten, by (person, session, day or not)."""
        seconds: dict[Key, int] = {}
        overlapping, assumed, forgotten = set[Key](), set[Key](), set[Key]()
        for person in {root_of(one, self.merged) for one in PEOPLE}:
            ids = {one for one in PEOPLE if root_of(one, self.merged) == person}
            given = [self._attended(session, state, ids) for session, state in self.standing.items()]
            counted, shared = count(given)
            seconds |= {(person, *key): value for key, value in counted.items()}
            overlapping |= {(person, *key) for key in shared}
            assumed |= {(person, one.session_id) for one in given if there(one)[1]}
            forgotten |= {(person, one.session_id) for one in given if there(one)[2]}
        return seconds, overlapping, assumed, forgotten

    def _attended(self, session: uuid.UUID, state: SessionState, ids: set[uuid.UUID]) -> Attended:
        noted = [(at, is_in) for of, who, at, is_in in self.moments if of == session and who in ids]
        return Attended(
            session, state.opened_at, state.closed_at, state.planned_end, bool(ids & {*state.present}), noted
        )


@st.composite
def histories(draw: st.DrawFn) -> History:
    def moment() -> dt.datetime:
        return BASE + dt.timedelta(seconds=draw(st.integers(0, 40)), milliseconds=draw(st.sampled_from([0, 700])))

    def crowd() -> list[uuid.UUID]:
        return draw(st.lists(st.sampled_from(PEOPLE), unique=True, max_size=3))

    made = History()
    for number in range(draw(st.integers(1, 4))):
        session, ward = uuid.UUID(int=0xC0 + number), draw(st.sampled_from(WARDS))
        key = f"{WARDS.index(ward)} session {number}"
        opened = moment()
        planned = moment() if draw(st.booleans()) else None
        state = SessionState(
            day=local_day(opened), area=ward, ward=ward, kind="support", opened_at=opened, planned_end=planned
        )
        made.events[key].append(told(sessions.SessionOpened, session, SessionFact(content=state)))
        for _ in range(draw(st.integers(0, 2))):
            closed = msgspec.structs.replace(state, closed_at=moment(), present=crowd())
            applies = draw(st.booleans())
            fact = SessionFact(content=closed, before=state, applies=applies)
            made.events[key].append(told(sessions.SessionClosed, session, fact))
            state = closed if applies else state
        for place in range(draw(st.integers(0, 4))):
            who, at, is_in, applies = draw(st.sampled_from(PEOPLE)), moment(), draw(st.booleans()), draw(st.booleans())
            content = AttendanceState(day=local_day(at), area=ward, ward=ward, session=session, volunteer=who, at=at)
            event = sessions.CheckedIn if is_in else sessions.CheckedOut
            noted = told(event, session, AttendanceFact(content=content, applies=applies))
            made.events[f"{key} attendance {place}"].append(noted)  # in any order
            if applies:
                made.moments.append((session, who, at, is_in))
        if draw(st.integers(0, 3)) == 0:
            made.events[key].append(told(sessions.SessionVoided, session, SessionFact(before=state)))
        else:
            made.standing[session] = state
    for other in draw(st.lists(st.sampled_from(PEOPLE), unique=True, max_size=3)):
        into = draw(st.sampled_from([one for one in PEOPLE if one != other]))
        made.merged[other] = into
        made.events[f"registry merge {other}"].append(
            stated(other, people.VolunteerMerged(volunteer=other, into=into, on=dt.date(2023, 4, 1)))
        )
    for who in PEOPLE:
        registered = people.VolunteerRegistered(volunteer=who, kind="youth", area=WARDS[0])
        made.events[f"registry person {who}"].append(stated(who, registered))
    return made


def apply(teller: Teller, history: History, chance: Random) -> dict[str, list[str]]:
    """In some order of the subjects, in segments of some length; the rows at the end."""
    teller.forget()
    waiting = {key: list(events) for key, events in history.events.items()}
    while waiting:
        shard = chance.choice(sorted({key.split()[0] for key in waiting}))
        segment = []
        for _ in range(chance.randint(1, 4)):
            keys = sorted(key for key in waiting if key.split()[0] == shard)
            if keys:
                key = chance.choice(keys)
                segment.append(waiting[key].pop(0))
                if not waiting[key]:
                    del waiting[key]
        if shard == "registry":
            teller.tell("registry", segment)
        else:
            teller.tell("sessions", segment, int(shard))
    return teller.rows(*TABLES)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=histories(), seed=st.integers(0, 10_000))
def test_any_order_ends_in_the_rows_of_a_plain_count(teller: Teller, history: History, seed: int) -> None:
    rows = apply(teller, history, Random(seed))
    found = teller.ask(
        """SELECT volunteer, session_id, day, seconds, is_overlapping, is_assumed, is_forgotten, ward_id, area_id
             FROM volunteer_hours"""
    )

    seconds, overlapping, assumed, forgotten = history.expected()
    assert {row[:3]: row[3] for row in found if row[3]} == seconds
    assert {row[:3] for row in found if row[4]} == overlapping
    assert {row[:2] for row in found if row[5]} == assumed
    assert {row[:2] for row in found if row[6]} == forgotten
    assert all(row[7] == row[8] == history.standing[row[1]].ward for row in found)
    assert apply(teller, history, Random(seed + 1)) == rows


def opened(session: uuid.UUID, begins: str, ends: str, *present: uuid.UUID, ward: uuid.UUID = WARDS[0]) -> SessionFact:
    at, until = (dt.datetime.combine(MIDNIGHT, dt.time.fromisoformat(text), MIDNIGHT.tzinfo) for text in (begins, ends))
    state = SessionState(day=at.date(), area=ward, ward=ward, kind="support", opened_at=at, closed_at=until,
                         present=[*present])  # fmt: skip
    return SessionFact(content=state)


ONE, TWO = uuid.UUID(int=1), uuid.UUID(int=2)


def hours(teller: Teller) -> list[tuple[int, int, int]]:
    rows = teller.ask("SELECT volunteer, session_id, seconds FROM volunteer_hours ORDER BY 1, 2")
    return [(row[0].int, row[1].int, row[2] // 60) for row in rows]


def test_a_voided_session_gives_its_time_back_to_the_one_that_it_overlapped(teller: Teller) -> None:
    teller.forget()
    first, second = opened(ONE, "18:00", "20:00", PEOPLE[0]), opened(TWO, "19:00", "21:00", PEOPLE[0])
    teller.tell("sessions", [told(sessions.SessionOpened, ONE, first), told(sessions.SessionOpened, TWO, second)])
    assert hours(teller) == [(0xF0, 1, 120), (0xF0, 2, 60)]

    teller.tell("sessions", [told(sessions.SessionVoided, ONE, SessionFact(before=first.content))])

    assert hours(teller) == [(0xF0, 2, 120)]
    assert teller.ask("SELECT is_overlapping FROM volunteer_hours") == [(False,)]


def test_a_void_that_does_not_apply_and_attendance_of_a_void_session_change_nothing(teller: Teller) -> None:
    teller.forget()
    fact = opened(ONE, "18:00", "20:00", PEOPLE[0])
    teller.tell("sessions", [told(sessions.SessionOpened, ONE, fact)])
    before = teller.rows(*TABLES)
    noted = AttendanceState(day=MIDNIGHT.date(), area=WARDS[0], ward=WARDS[0], session=ONE, volunteer=PEOPLE[0],
                            at=MIDNIGHT.replace(hour=19))  # fmt: skip

    teller.tell("sessions", [
        told(sessions.SessionVoided, ONE, SessionFact(before=fact.content, applies=False)),
        told(sessions.CheckedOut, ONE, AttendanceFact(content=noted, applies=False)),
    ])  # fmt: skip

    assert teller.rows(*TABLES) == before


def test_whoever_is_not_seen_any_more_after_a_second_closing_loses_the_hours(teller: Teller) -> None:
    teller.forget()
    first, second = opened(ONE, "18:00", "20:00", PEOPLE[0]), opened(ONE, "18:00", "19:00", PEOPLE[1])
    teller.tell("sessions", [told(sessions.SessionOpened, ONE, first)])

    fact = SessionFact(content=second.content, before=first.content)
    teller.tell("sessions", [told(sessions.SessionClosed, ONE, fact)])

    assert hours(teller) == [(0xF1, 1, 60)]
