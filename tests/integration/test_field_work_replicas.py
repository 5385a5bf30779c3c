"""What reporting keeps of volunteers, teams, venues and offices, event by event; and what changes of figures it tells."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa

from services.reporting.projections import sessions as sessions_held
from services.reporting.projections import volunteer_hours
from shared import database
from shared.events import people, registry, sessions
from shared.events.base import Event
from shared.events.facts import AttendanceFact, AttendanceState, SessionFact, SessionState
from tests.support.postgres import TestPostgres
from tests.support.told import MIDNIGHT, Teller, stated, told

AN, BINH, CHI = (uuid.UUID(int=0xF0 + number) for number in range(3))
HERE, THERE, FAR = (uuid.UUID(int=0xA0 + number) for number in range(3))
TEAM, VENUE, SESSION = uuid.UUID(int=0xE0), uuid.UUID(int=0xE1), uuid.UUID(int=0xC0)


def day(month: int, number: int = 1) -> dt.date:
    return dt.date(2023, month, number)


def migrate(url: str) -> None:
    database.migrate("reporting", url)


@pytest.fixture(scope="module")
def made(postgres: TestPostgres) -> Iterator[Teller]:
    url = postgres.fresh_database(migrate)
    engine: sa.Engine = database.engine(url)
    yield Teller(engine)
    engine.dispose()
    postgres.drop(url)


@pytest.fixture
def teller(made: Teller) -> Teller:
    made.forget()
    return made


def tell(teller: Teller, *events: Event) -> None:
    """Each in a segment of its own, all of one subject."""
    for event in events:
        teller.tell("registry", [stated(AN, event)])


# -- volunteers --------------------------------------------------------------------------------------------------------


def test_a_volunteer_is_as_last_told(teller: Teller) -> None:
    tell(
        teller,
        people.VolunteerRegistered(volunteer=AN, kind="youth", area=HERE, unit="Chi đoàn 3", birth_year=2001),
        people.VolunteerCorrected(volunteer=AN, kind="student", birth_year=2002, joined_on=day(1)),
    )

    assert teller.ask("SELECT * FROM volunteer") == [
        (AN, "student", HERE, None, 2002, day(1), "active", None)
    ]  # fmt: skip


def test_a_volunteer_retires_returns_and_is_erased(teller: Teller) -> None:
    registered = people.VolunteerRegistered(volunteer=AN, kind="youth", area=HERE)
    for event, expected in (
        (people.VolunteerRetired(volunteer=AN, on=day(2)), ("retired", day(2))),
        (people.VolunteerReturned(volunteer=AN, on=day(3)), ("active", day(3))),
        (people.VolunteerErased(volunteer=AN, on=day(4)), ("erased", day(4))),
    ):
        tell(teller, registered, event)
        assert teller.ask("SELECT status, status_on FROM volunteer") == [expected]
    assert teller.ask("SELECT kind, area_id FROM volunteer") == [("youth", HERE)]


def test_a_move_overrules_what_was_told_of_that_day_and_later_ones(teller: Teller) -> None:
    for month, area in ((2, HERE), (4, THERE), (6, FAR), (4, FAR)):
        tell(teller, people.VolunteerMoved(volunteer=AN, area=area, on=day(month)))
    tell(teller, people.VolunteerMoved(volunteer=BINH, area=HERE, on=day(1)))

    assert teller.ask("SELECT since, area_id FROM volunteer_place WHERE volunteer = %s ORDER BY 1", [AN]) == [
        (day(2), HERE), (day(4), FAR),
    ]  # fmt: skip


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2), (2, 0, 1)])
def test_merges_are_followed_to_their_end_in_whatever_order_they_are_told(
    teller: Teller, order: tuple[int, ...]
) -> None:
    dung = uuid.UUID(int=0xF3)
    pairs = [(AN, BINH), (BINH, CHI), (CHI, dung)]
    for place in order:
        other, into = pairs[place]
        tell(teller, people.VolunteerMerged(volunteer=other, into=into, on=day(1)))

    assert teller.ask("SELECT volunteer, merged_into, root FROM volunteer_alias ORDER BY 1") == [
        (AN, BINH, dung), (BINH, CHI, dung), (CHI, dung, dung),
    ]  # fmt: skip
    assert teller.ask("SELECT count(*) FROM volunteer_book") == [(4,)]


# -- teams -------------------------------------------------------------------------------------------------------------


def test_a_team_is_named_anew_moves_and_ends(teller: Teller) -> None:
    tell(
        teller,
        people.TeamFormed(team=TEAM, area=HERE, on=day(1), name="Tổ 1"),
        people.TeamMoved(team=TEAM, area=THERE, on=day(3)),
        people.TeamDissolved(team=TEAM, area=THERE, on=day(9)),
        people.TeamFormed(team=TEAM, area=HERE, on=day(1), name="Tổ số 1"),
        people.TeamDissolved(team=TEAM, area=THERE, on=day(10)),
    )

    assert teller.ask("SELECT * FROM team") == [(TEAM, "Tổ số 1", HERE, day(1), day(10))]
    assert teller.ask("SELECT * FROM team_place") == [(TEAM, day(3), THERE)]


def test_stays_in_a_team_follow_what_was_told_last_of_each_day(teller: Teller) -> None:
    def joins(month: int, position: Any = "member") -> people.VolunteerJoinedTeam:
        return people.VolunteerJoinedTeam(volunteer=AN, team=TEAM, on=day(month), position=position)

    tell(teller, joins(1), people.VolunteerLeftTeam(volunteer=AN, team=TEAM, on=day(3)))
    # Two records turn out to be one person: the whole timeline is told anew.
    tell(teller, joins(1), joins(2, "leader"))

    assert teller.ask("SELECT since, position FROM team_member ORDER BY 1") == [(day(1), "member"), (day(2), "leader")]


# -- venues and offices ------------------------------------------------------------------------------------------------


def test_a_venue_is_declared_moved_closed_and_used_again(teller: Teller) -> None:
    venue: dict[str, Any] = {"venue": VENUE, "name": "Chợ Hải Thành", "kind": "market", "area": HERE}
    tell(teller, registry.VenueDeclared(**venue, stalls=30, serves=[FAR]))
    tell(teller, registry.VenueMoved(venue=VENUE, area=THERE, on=day(2)))
    closing = stated(VENUE, registry.VenueClosed(**venue), dt.datetime(2023, 4, 30, 17, tzinfo=dt.UTC))
    teller.tell("registry", [closing])

    assert teller.ask("SELECT * FROM venue") == [(VENUE, "Chợ Hải Thành", "market", HERE, [FAR], 30, day(5))]
    assert teller.ask("SELECT * FROM venue_place") == [(VENUE, day(2), THERE)]
    tell(teller, registry.VenueDeclared(**venue | {"name": "Chợ mới", "area": THERE}, stalls=31))
    assert teller.ask("SELECT * FROM venue") == [(VENUE, "Chợ mới", "market", HERE, [], 31, None)]


def test_an_office_is_declared_closed_and_used_again(teller: Teller) -> None:
    office = registry.OfficeDeclared(office="ward_police", name="Công an phường", area=HERE)
    tell(teller, office, registry.OfficeClosed(office="ward_police", on=day(7)))
    assert teller.ask("SELECT * FROM office") == [("ward_police", "Công an phường", HERE, day(7))]

    tell(teller, office)

    assert teller.ask("SELECT closed_on FROM office") == [(None,)]


# -- sessions, and what changes of figures -----------------------------------------------------------------------------

STATE = SessionState(
    day=day(3, 8), area=FAR, ward=HERE, kind="awareness", opened_at=MIDNIGHT.replace(hour=18), venue=VENUE, team=TEAM,
    services=["digital_skills"], partners=["police", "women"], planned_end=MIDNIGHT.replace(hour=20), theme="VNeID",
)  # fmt: skip
CLOSED = msgspec.structs.replace(
    STATE, closed_at=MIDNIGHT.replace(hour=19), present=[AN, BINH], attendees=40, households_visited=3, left_waiting=2
)


def test_a_session_is_kept_whole_until_it_is_voided(teller: Teller) -> None:
    teller.tell("sessions", [told(sessions.SessionOpened, SESSION, SessionFact(content=STATE))])
    opened = teller.ask("SELECT * FROM session")
    teller.tell("sessions", [told(sessions.SessionClosed, SESSION, SessionFact(content=CLOSED, before=STATE))])
    (closed,) = teller.ask("SELECT * FROM session")
    teller.tell("sessions", [told(sessions.SessionVoided, SESSION, SessionFact(before=CLOSED))])

    common = (SESSION, day(3, 8), HERE, FAR, "awareness", STATE.opened_at)
    thing = (STATE.planned_end, VENUE, TEAM, ["digital_skills"], ["police", "women"], "VNeID")
    assert opened == [(*common, None, *thing, [], 0, 0, 0)]
    assert closed == (*common, CLOSED.closed_at, *thing, [AN, BINH], 40, 3, 2)
    assert teller.ask("SELECT * FROM session") == teller.ask("SELECT * FROM volunteer_hours") == []


def test_what_is_told_of_changes_adds_up_to_the_figures(teller: Teller, monkeypatch: pytest.MonkeyPatch) -> None:
    changes: Counter[tuple[Any, ...]] = Counter()

    def keep(_work: Any, on: dt.date, area: uuid.UUID, figure: str, part: str, delta: int) -> None:
        assert delta
        changes[on, area, figure, part] += delta

    for module in (volunteer_hours, sessions_held):
        monkeypatch.setattr(module, "tell", keep)
    other = uuid.UUID(int=0xC1)
    late = msgspec.structs.replace(CLOSED, kind="support", area=HERE, opened_at=MIDNIGHT.replace(hour=18, minute=30),
                                   closed_at=MIDNIGHT.replace(hour=20))  # fmt: skip
    noted = AttendanceState(day=day(3, 8), area=FAR, ward=HERE, session=SESSION, volunteer=CHI,
                            at=MIDNIGHT.replace(hour=18, minute=15))  # fmt: skip
    facts: list[tuple[type[Event], uuid.UUID, msgspec.Struct]] = [
        (sessions.CheckedIn, SESSION, AttendanceFact(content=noted)),
        (sessions.SessionOpened, SESSION, SessionFact(content=STATE)),
        (sessions.SessionOpened, other, SessionFact(content=late)),
        (sessions.SessionClosed, SESSION, SessionFact(content=CLOSED, before=STATE)),
    ]
    for event, subject, fact in facts:
        teller.tell("sessions", [told(event, subject, fact)])

    told_of = {key[1:]: value for key, value in changes.items() if value}
    assert {key[0] for key in changes} == {day(3, 8)}
    assert told_of == {
        (FAR, "F7", ""): 1, (HERE, "F7", ""): 1, (FAR, "F10", ""): 40,
        (FAR, "F11", "households_visited"): 3, (HERE, "F11", "households_visited"): 3,
        (FAR, "F11", "left_waiting"): 2, (HERE, "F11", "left_waiting"): 2,
        (FAR, "F9", ""): 2 * 3600 + 45 * 60, (HERE, "F9", ""): 2 * 3600,
    }  # fmt: skip
    tell(teller, people.VolunteerMerged(volunteer=CHI, into=AN, on=day(4)))
    # The one person checked in at a quarter past: 45 minutes beside the hour of the other.
    assert changes[day(3, 8), FAR, "F9", ""] == 3600 + 45 * 60
    teller.tell("sessions", [
        told(sessions.SessionVoided, SESSION, SessionFact(before=CLOSED)),
        told(sessions.SessionVoided, other, SessionFact(before=late)),
    ])  # fmt: skip
    assert not any(changes.values())
