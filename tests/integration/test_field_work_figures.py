"""Figures of field work over a small district: by every group and filter, in the borders of the day, each sum whole."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from services.reporting import queries_field_work as field_work
from services.reporting import queries_teams
from shared import database
from shared.events import people, registry, sessions
from shared.events.facts import AttendanceFact, AttendanceState, Logged, SessionFact, SessionState
from tests.support.postgres import TestPostgres
from tests.support.told import MIDNIGHT, Teller, stated, told

REFORM = dt.date(2025, 7, 1)
PROVINCE, DISTRICT, OLD, OTHER, NEW, GROUP, FAR = (uuid.UUID(int=0xA0 + number) for number in range(7))
AN, BINH, CHI, DUNG = (uuid.UUID(int=0xF0 + number) for number in range(4))
TEAM, SECOND, VENUE, MARKET = (uuid.UUID(int=0xE0 + number) for number in range(4))
MARCH = dt.date(2023, 3, 1), dt.date(2023, 3, 31)
ALWAYS = dt.date(2020, 1, 1), dt.date(2030, 1, 1)


def migrate(url: str) -> None:
    database.migrate("reporting", url)


def area(id: uuid.UUID, code: str, level: registry.Level, parent: uuid.UUID | None, **more: Any) -> Logged:
    since = more.pop("valid_from", dt.date(2004, 1, 1))
    event = registry.AreaDeclared(
        area_id=id, code=code, name=code, level=level, parent=parent, valid_from=since, **more
    )
    return stated(id, event)


def areas() -> list[Logged]:
    to = [registry.Successor(area_id=NEW, is_main=True, groups=[GROUP])]
    return [
        area(PROVINCE, "31", "province", None),
        area(DISTRICT, "309", "district", PROVINCE),
        area(OLD, "11692", "ward", DISTRICT, residents=4000),
        area(OTHER, "11689", "ward", DISTRICT),
        area(NEW, "11692", "ward", PROVINCE, valid_from=REFORM, residents=9000),
        area(GROUP, "tdp-03", "residential_group", OLD, residents=500),
        area(FAR, "tdp-01", "residential_group", OTHER, residents=300),
        stated(OLD, registry.AreaSucceeded(on=REFORM, kind="merge", from_=[OLD], to=to)),
    ]


def joined(who: uuid.UUID, team: uuid.UUID, on: dt.date, **more: Any) -> Logged:
    return stated(who, people.VolunteerJoinedTeam(volunteer=who, team=team, on=on, **more))


def crew() -> list[Logged]:
    day = dt.date(2023, 1, 1)
    kinds = ((AN, "youth"), (BINH, "union_cadre"), (CHI, "youth"))
    return [
        *(stated(who, people.VolunteerRegistered(volunteer=who, kind=kind, area=OLD)) for who, kind in kinds),  # type: ignore[arg-type]
        stated(DUNG, people.VolunteerMerged(volunteer=DUNG, into=CHI, on=day)),
        stated(TEAM, people.TeamFormed(team=TEAM, area=GROUP, on=day)),
        stated(SECOND, people.TeamFormed(team=SECOND, area=OTHER, on=dt.date(2023, 3, 10))),
        stated(SECOND, people.TeamMoved(team=SECOND, area=FAR, on=dt.date(2024, 1, 1))),
        *(joined(who, TEAM, day) for who in (AN, BINH)),
        joined(BINH, SECOND, dt.date(2023, 3, 10), position="leader"),
        joined(CHI, SECOND, dt.date(2023, 3, 10)),
        joined(DUNG, SECOND, dt.date(2023, 3, 10)),
        stated(AN, people.VolunteerLeftTeam(volunteer=AN, team=TEAM, on=dt.date(2024, 6, 1))),
        stated(TEAM, people.TeamDissolved(team=TEAM, area=GROUP, on=dt.date(2026, 1, 1))),
    ]


def held(number: int, day: dt.date, place: tuple[uuid.UUID, uuid.UUID], begins: int, ends: float, *present: uuid.UUID,
         **more: Any) -> Logged:  # fmt: skip
    """A session of a day from one hour to another."""
    start = dt.datetime.combine(day, dt.time.min, MIDNIGHT.tzinfo)
    state = SessionState(
        day=day, ward=place[0], area=place[1], kind=more.pop("kind", "support"), present=[*present],
        opened_at=start + dt.timedelta(hours=begins), closed_at=start + dt.timedelta(hours=ends), **more,
    )  # fmt: skip
    return told(sessions.SessionOpened, uuid.UUID(int=number), SessionFact(content=state))


def evenings() -> list[Logged]:
    group, ward, other, new = (OLD, GROUP), (OLD, OLD), (OTHER, FAR), (NEW, GROUP)
    eighth, twelfth = dt.date(2023, 3, 8), dt.date(2023, 3, 15)
    at = dt.datetime.combine(eighth, dt.time(19), MIDNIGHT.tzinfo)
    noted = AttendanceState(day=eighth, area=GROUP, ward=OLD, session=uuid.UUID(int=1), volunteer=CHI, at=at)
    return [
        held(1, eighth, group, 18, 20, AN, BINH, venue=VENUE, team=TEAM, attendees=7, households_visited=3),
        told(sessions.CheckedIn, uuid.UUID(int=1), AttendanceFact(content=noted)),
        held(2, eighth, other, 19, 21.05, AN, kind="awareness", attendees=40, left_waiting=2, venue=MARKET),
        held(3, twelfth, ward, 8, 9, DUNG, kind="training", attendees=12),
        held(4, dt.date(2025, 6, 30), group, 23, 25, AN),
        held(5, dt.date(2025, 7, 2), new, 8, 9, kind="launch", attendees=100, households_visited=1),
    ]


@pytest.fixture(scope="module")
def teller(postgres: TestPostgres) -> Iterator[Teller]:
    url = postgres.fresh_database(migrate)
    engine: sa.Engine = database.engine(url)
    made = Teller(engine)
    made.tell("sessions", evenings())
    made.tell("registry", [*areas(), *crew()])
    with database.transaction(engine) as connection:
        for who, day, place in (
            (AN, "2023-03-08", GROUP),
            (DUNG, "2023-03-20", FAR),
            (uuid.UUID(int=9), "2023-03-20", FAR),
        ):
            connection.execute(
                "INSERT INTO assists_by_helpers VALUES (%s, %s, %s, %s, 'digital_skills', 'completed', 2)",
                [str(who), day, place, place],
            )
    yield made
    engine.dispose()
    postgres.drop(url)


def ask(teller: Teller, figure: Any, *asked: Any, **more: Any) -> list[dict[str, Any]]:
    with database.transaction(teller.engine) as connection:
        found: list[dict[str, Any]] = figure(connection, *asked, **more)
    return found


def by(rows: list[dict[str, Any]], group: str, *measures: str) -> dict[Any, Any]:
    """The measures by a group; an area by its code, a thing by the number of its id."""

    def key(value: Any) -> Any:
        if isinstance(value, dict):
            return f"{value['level']} {value['code']} {value['area_id'].int - 0xA0}"
        return value.int if isinstance(value, uuid.UUID) else str(value)

    found = {key(row[group]): tuple(row[name] for name in measures) for row in rows}
    assert len(found) == len(rows)
    return {one: values[0] if len(values) == 1 else values for one, values in found.items()}


# -- sessions, reach, households (F7, F10, F11) ------------------------------------------------------------------------

SESSION_MEASURES = ("sessions", "reach", "households_visited", "left_waiting")


def test_without_groups_one_row_tells_all_sessions(teller: Teller) -> None:
    assert ask(teller, field_work.sessions, *ALWAYS) == [
        {"sessions": 5, "reach": 52, "households_visited": 4, "left_waiting": 2}
    ]
    assert ask(teller, field_work.sessions, dt.date(2021, 1, 1), dt.date(2021, 1, 2)) == [
        {"sessions": 0, "reach": 0, "households_visited": 0, "left_waiting": 0}
    ]


@pytest.mark.parametrize(
    ("group", "expected"),
    [
        ("day", {"2023-03-08": 2, "2023-03-15": 1}),
        ("week", {"2023-03-06": 2, "2023-03-13": 1}),
        ("month", {"2023-03-01": 3}),
        ("report_month", {"2023-02-15": 2, "2023-03-15": 1}),
        ("kind", {"support": 1, "awareness": 1, "training": 1}),
        ("venue", {VENUE.int: 1, MARKET.int: 1, "None": 1}),
        ("team", {TEAM.int: 1, "None": 2}),
        ("area", {"residential_group tdp-03 5": 1, "residential_group tdp-01 6": 1, "ward 11692 2": 1}),
    ],
)
def test_sessions_by_a_group_add_up(teller: Teller, group: str, expected: dict[str, int]) -> None:
    rows = ask(teller, field_work.sessions, *MARCH, None, [group])

    assert by(rows, group, "sessions") == expected
    (total,) = ask(teller, field_work.sessions, *MARCH)
    assert {name: sum(row[name] for row in rows) for name in SESSION_MEASURES} == total


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        ("ward", {"ward 11692 2": 3, "ward 11689 3": 1, "ward 11692 4": 1}),
        ("district", {"district 309 1": 4, "residential_group tdp-03 5": 1}),
        ("province", {"province 31 0": 5}),
    ],
)
def test_sessions_roll_up_in_the_borders_of_their_day(teller: Teller, level: str, expected: dict[str, int]) -> None:
    assert by(ask(teller, field_work.sessions, *ALWAYS, group_by=["area"], level=level), "area", "sessions") == expected


@pytest.mark.parametrize(
    ("under", "expected"), [(OLD, 3), (NEW, 1), (GROUP, 3), (DISTRICT, 4), (PROVINCE, 5), (FAR, 1)]
)
def test_sessions_under_an_area(teller: Teller, under: uuid.UUID, expected: int) -> None:
    assert ask(teller, field_work.sessions, *ALWAYS, under)[0]["sessions"] == expected
    grouped = ask(teller, field_work.sessions, *ALWAYS, under, ["day", "area", "kind"], {}, "ward")
    assert sum(row["sessions"] for row in grouped) == expected


def test_groups_come_in_the_order_asked_for_and_filters_narrow(teller: Teller) -> None:
    rows = ask(teller, field_work.sessions, *MARCH, None, ["kind", "day"], {"kind": ["awareness", "training"]})

    assert [(row["kind"], str(row["day"]), row["reach"]) for row in rows] == [
        ("awareness", "2023-03-08", 40), ("training", "2023-03-15", 12),
    ]  # fmt: skip
    assert ask(teller, field_work.sessions, *MARCH, filters={"venue": [VENUE]})[0]["households_visited"] == 3
    assert ask(teller, field_work.sessions, *MARCH, filters={"team": [SECOND]})[0]["sessions"] == 0


@pytest.mark.parametrize("asked", [{"group_by": ["colour"]}, {"filters": {"day": ["x"]}}, {"filters": {"area": ["x"]}},
                                   {"filters": {"true) --": ["x"]}}])  # fmt: skip
@pytest.mark.parametrize("figure", [field_work.sessions, field_work.hours, field_work.active_volunteers])
def test_a_group_or_filter_that_a_figure_has_not_is_refused(teller: Teller, figure: Any, asked: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="no such group or filter"):
        ask(teller, figure, *MARCH, **asked)


# -- hours (F9) --------------------------------------------------------------------------------------------------------


def test_hours_are_shown_with_what_is_flagged(teller: Teller) -> None:
    # An 18-20, then the rest of 19-21:03; Binh 18-20; Chi checked in at 19 and never out; Dung, who is Chi, 8-9.
    assert ask(teller, field_work.hours, *MARCH) == [
        {
            "seconds": 7200 + 3780 + 7200 + 3600 + 3600, "hours": Decimal("7.1"), "assumed_seconds": 21780,
            "forgotten_seconds": 3600, "forgotten": 1, "overlapping": 2, "long_days": 0,
        }
    ]  # fmt: skip


def test_without_hours_there_is_a_zero(teller: Teller) -> None:
    (row,) = ask(teller, field_work.hours, dt.date(2021, 1, 1), dt.date(2021, 1, 2))

    assert (row["seconds"], row["hours"], row["long_days"]) == (0, Decimal("0.0"), 0)


@pytest.mark.parametrize(
    ("group", "expected"),
    [
        ("day", {"2023-03-08": 21780, "2023-03-15": 3600}),
        ("volunteer", {AN.int: 10980, BINH.int: 7200, CHI.int: 7200}),
        ("volunteer_kind", {"youth": 18180, "union_cadre": 7200}),
        ("session", {1: 18000, 2: 3780, 3: 3600}),
        ("kind", {"support": 18000, "awareness": 3780, "training": 3600}),
        ("venue", {VENUE.int: 18000, MARKET.int: 3780, "None": 3600}),
        ("team", {TEAM.int: 18000, "None": 7380}),
    ],
)
def test_hours_by_a_group_add_up(teller: Teller, group: str, expected: dict[Any, int]) -> None:
    rows = ask(teller, field_work.hours, *MARCH, None, [group])

    assert by(rows, group, "seconds") == expected
    assert sum(row["seconds"] for row in rows) == 25380


def test_hours_after_midnight_count_on_the_next_day_in_its_borders(teller: Teller) -> None:
    rows = ask(teller, field_work.hours, dt.date(2025, 6, 1), dt.date(2025, 7, 31), None, ["area", "day"], {}, "ward")

    assert [(row["area"]["area_id"], str(row["day"]), row["hours"]) for row in rows] == [
        (OLD, "2025-06-30", 1), (NEW, "2025-07-01", 1),
    ]  # fmt: skip
    assert ask(teller, field_work.hours, *ALWAYS, NEW)[0]["seconds"] == 3600


def test_hours_of_a_volunteer_are_those_of_all_records_of_the_person(teller: Teller) -> None:
    assert ask(teller, field_work.hours, *MARCH, filters={"volunteer": [CHI]})[0]["seconds"] == 7200
    assert ask(teller, field_work.hours, *MARCH, filters={"volunteer": [DUNG]})[0]["seconds"] == 0


@pytest.mark.parametrize(("seconds", "shown"), [(0, "0.0"), (179, "0.0"), (180, "0.1"), (540, "0.2"), (36000, "10.0")])
def test_hours_are_rounded_half_up(seconds: int, shown: str) -> None:
    assert str(field_work.hours_shown(seconds)) == shown


# -- active volunteers (F8) --------------------------------------------------------------------------------------------


def test_active_are_those_with_hours_or_named_in_an_assist_each_once(teller: Teller) -> None:
    assert ask(teller, field_work.active_volunteers, *MARCH) == [{"volunteers": 4}]
    assert ask(teller, field_work.active_volunteers, dt.date(2023, 3, 20), MARCH[1]) == [{"volunteers": 2}]
    assert ask(teller, field_work.active_volunteers, dt.date(2021, 1, 1), dt.date(2021, 1, 2)) == [{"volunteers": 0}]


@pytest.mark.parametrize(
    ("group", "level", "expected"),
    [
        ("month", None, {"2023-03-01": 4}),
        ("day", None, {"2023-03-08": 3, "2023-03-15": 1, "2023-03-20": 2}),
        ("volunteer_kind", None, {"youth": 2, "union_cadre": 1, "unknown": 1}),
        ("area", "ward", {"ward 11692 2": 3, "ward 11689 3": 3}),
    ],
)
def test_active_volunteers_by_a_group_do_not_add_up(
    teller: Teller, group: str, level: str | None, expected: dict[str, int]
) -> None:
    rows = ask(teller, field_work.active_volunteers, *MARCH, None, [group], {}, level)

    assert by(rows, group, "volunteers") == expected


def test_active_volunteers_under_an_area(teller: Teller) -> None:
    assert ask(teller, field_work.active_volunteers, *MARCH, OTHER) == [{"volunteers": 3}]
    assert ask(teller, field_work.active_volunteers, *MARCH, OLD, [], {"volunteer_kind": ["youth"]}) == [
        {"volunteers": 2}
    ]


# -- teams (F60) -------------------------------------------------------------------------------------------------------

TEAM_MEASURES = ("teams", "groups_with_team", "groups", "members", "residents", "members_per_100")


def of_day(teller: Teller, day: str, **more: Any) -> list[dict[str, Any]]:
    on = dt.date.fromisoformat(day)
    return ask(teller, queries_teams.teams, on, on, **more)


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2022-12-31", (0, 0, 2, 0, 4300, 0.0)),
        ("2023-01-01", (1, 1, 2, 2, 4300, 0.0)),
        # The second is of a ward; Binh is in both, and the merged record counts for nobody.
        ("2023-03-10", (2, 1, 2, 3, 4300, 0.1)),
        ("2024-01-01", (2, 2, 2, 3, 4300, 0.1)),
        ("2024-06-01", (2, 2, 2, 2, 4300, 0.0)),
        ("2025-07-01", (2, 2, 2, 2, 9300, 0.0)),
        ("2025-12-31", (2, 2, 2, 2, 9300, 0.0)),
        ("2026-01-01", (1, 1, 2, 2, 9300, 0.0)),
    ],
)
def test_teams_of_a_day(teller: Teller, day: str, expected: tuple[Any, ...]) -> None:
    (row,) = of_day(teller, day)

    assert tuple(row[name] for name in TEAM_MEASURES) == expected


def test_teams_by_ward(teller: Teller) -> None:
    rows = of_day(teller, "2023-03-10", group_by=["area"], level="ward")

    assert by(rows, "area", *TEAM_MEASURES) == {
        "ward 11692 2": (1, 1, 1, 2, 4000, 0.1),
        "ward 11689 3": (1, 0, 1, 2, 300, 0.7),
    }
    assert [row["groups_share"] for row in rows] == [0.0, 100.0]


def test_teams_by_group_tell_each_groups_own_residents(teller: Teller) -> None:
    rows = of_day(teller, "2024-01-01", group_by=["area"], level="residential_group")

    assert by(rows, "area", "teams", "members", "residents")["residential_group tdp-01 6"] == (1, 2, 300)
    assert by(rows, "area", "teams", "members", "residents")["residential_group tdp-03 5"] == (1, 2, 500)


def test_teams_under_an_area(teller: Teller) -> None:
    (row,) = of_day(teller, "2024-01-01", area_id=OTHER)
    assert tuple(row[name] for name in TEAM_MEASURES) == (1, 1, 1, 2, 300, 0.7)
    (row,) = of_day(teller, "2024-01-01", area_id=GROUP)
    assert tuple(row[name] for name in TEAM_MEASURES) == (1, 1, 1, 2, 500, 0.4)
    (row,) = of_day(teller, "2024-01-01", area_id=NEW)
    assert (row["teams"], row["groups"], row["groups_share"], row["members_per_100"]) == (0, 0, None, None)


def test_residents_are_unknown_where_nobody_tells_them(teller: Teller) -> None:
    with database.transaction(teller.engine) as connection:
        connection.execute("UPDATE area SET residents = NULL WHERE area_id = %s", [FAR])
        (row,) = queries_teams.teams(connection, *MARCH)
        connection.rollback()

    assert (row["residents"], row["members_per_100"]) == (None, None)


# -- what dashboards read ----------------------------------------------------------------------------------------------


def test_the_view_of_sessions_by_day_keeps_its_columns_and_counts_by_place_and_kind(teller: Teller) -> None:
    columns = teller.ask(
        """SELECT attname::text, format_type(atttypid, NULL), col_description(attrelid, attnum) IS NOT NULL
             FROM pg_attribute WHERE attrelid = 'grafana.sessions_by_day'::regclass AND attnum > 0 ORDER BY attnum"""
    )
    found = teller.ask("SELECT day::text, ward_code, residential_group, kind_vi, sessions FROM grafana.sessions_by_day")

    text = ("province", "district", "ward_code", "ward", "group_code", "residential_group", "kind", "kind_vi")
    assert {name: kind for name, kind, _ in columns} == {
        "day": "date", "ward_id": "uuid", "sessions": "bigint", **dict.fromkeys(text, "text"),
    }  # fmt: skip
    assert all(row[2] for row in columns)
    assert ("2023-03-08", "11692", "tdp-03", "hỗ trợ", 1) in found
    assert ("2023-03-15", "11692", None, "tập huấn", 1) in found
    assert sum(row[4] for row in found) == 5


def test_two_sessions_of_one_kind_and_place_are_one_row_of_the_view(teller: Teller) -> None:
    with database.transaction(teller.engine) as connection:
        connection.execute("UPDATE session SET kind = 'support', day = '2023-03-08', area_id = %s", [GROUP])
        found = connection.execute("SELECT day::text, kind, sessions FROM grafana.sessions_by_day").fetchall()
        connection.rollback()

    assert found == [("2023-03-08", "support", 5)]
