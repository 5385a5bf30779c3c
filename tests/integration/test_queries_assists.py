"""Figures of assists by every dimension, from events applied to a real PostgreSQL, against what the contract's words give.

One week of a ward of two groups under a district and a province, with two volunteers, a session, a market, and a book.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa

from services.reporting import queries_assists as figures
from services.reporting.queries_grouping import Asked, NotTold
from shared import database
from shared.events import facts, registry, sessions
from shared.events.base import Event
from shared.events.facts import AssistState, Logged, TallyFact, TallyLineState, TallyState
from shared.segments import Segment, pack
from tests.integration.told_assists import EPOCH, NOON, Reporting, assist, history
from tests.support.postgres import TestPostgres

PROVINCE, DISTRICT, WARD, GROUP, OTHER_GROUP, OTHER_WARD = (uuid.UUID(int=number) for number in range(20, 26))
AREAS = [
    (PROVINCE, "31", "province", None), (DISTRICT, "309", "district", PROVINCE), (WARD, "11692", "ward", DISTRICT),
    (GROUP, "tdp-01", "residential_group", WARD), (OTHER_GROUP, "tdp-02", "residential_group", WARD),
    (OTHER_WARD, "11689", "ward", DISTRICT),
]  # fmt: skip
SERVICES = [
    ("vneid_activation", ["transform", "technology"], "resident", True),
    ("digital_skills", ["initiative", "technology"], "resident", False),
    ("stall_qr_setup", ["transform"], "stall", True),
    ("stall_first_payment", ["transform"], "stall", True),
]
SESSION, VENUE, MARKET, TEAM = (uuid.UUID(int=number) for number in range(30, 34))
AN, BINH = uuid.UUID(int=40), uuid.UUID(int=41)
A, B = "k1." + "a" * 43, "k1." + "b" * 43
MARCH = {"first_day": dt.date(2023, 3, 1), "last_day": dt.date(2023, 3, 31)}


def on(day: int, **told: Any) -> AssistState:
    area = told.pop("area", GROUP)
    happened_at = NOON.replace(day=day)
    return assist(day=dt.date(2023, 3, day), area=area, ward=WARD, happened_at=happened_at, **told)


ASSISTS = [
    on(8, resident_token=A, session=SESSION, volunteers=[AN, BINH], helper_age_band="16_30", age_band="60_plus"),
    on(8, resident_token=A, service="digital_skills", session=SESSION, volunteers=[AN]),
    on(8, outcome="failed", reason="no_smartphone", channel="phone", venue=VENUE),
    on(9, outcome="to_return", reason="declined", resident_token=B, helper_age_band="16_30", age_band="31_59"),
    on(9, outcome="referred", reason="other"),
    on(14, resident_token=B, area=OTHER_GROUP, resident_area=OTHER_WARD, age_band="60_plus"),
    on(15, resident_token=A, area=OTHER_GROUP),  # a second time: not credited
    on(15, service="digital_skills", quantity=4, marks=["clock_suspect"], helper_age_band="16_30", age_band="0_5"),
    on(20, service="stall_qr_setup", stall="A-1", venue=MARKET),
    on(20, service="stall_first_payment", stall="A-1", venue=MARKET),
    on(21, service="stall_first_payment", stall="A-2", venue=MARKET, marks=["apportioned", "unverified:session"]),
    on(22, service="stall_first_payment", venue=MARKET),  # of an old app, without the stall's code
]  # fmt: skip
LINES = [("vneid_activation", "completed", 10), ("vneid_activation", "failed", 2), ("stall_qr_setup", "completed", 3)]


def told(kind: type[Event], fact: Any) -> Logged:
    source = "/registry" if kind.STREAM == "registry" else "/apps/app"
    return Logged(
        specversion="1.0", id=uuid.uuid4(), source=source, type=kind.ce_type(), subject=uuid.uuid4(), time=NOON,
        recordedtime=NOON, partitionkey="k", data=facts.encode_data(fact),
    )  # fmt: skip


def reference() -> Iterator[Logged]:
    since = dt.date(2020, 1, 1)
    for area, code, level, parent in AREAS:
        fact = registry.AreaDeclared(area_id=area, code=code, name=code, level=level, parent=parent, valid_from=since)  # type: ignore[arg-type]
        yield told(registry.AreaDeclared, fact)
    for service, pillars, unit, once in SERVICES:
        names: Any = {"service": service, "name_vi": service, "name_en": service}
        counts: Any = {"pillars": pillars, "unit": unit, "once": once}
        yield told(registry.ServiceDeclared, registry.ServiceDeclared(**names, **counts))


def book(session: uuid.UUID | None, lines: list[tuple[str, str, int]]) -> Logged:
    # The stalls of the book are of people from elsewhere.
    homes = {"stall_qr_setup": OTHER_WARD}
    written = [TallyLineState(service=s, outcome=o, count=n, resident_area=homes.get(s)) for s, o, n in lines]
    state = TallyState(
        day=dt.date(2023, 3, 8), area=GROUP, ward=WARD, covers="unlisted", version=1, lines=written, session=session
    )
    return told(sessions.TallyRecorded, TallyFact(content=state))


def migrate(url: str) -> None:
    database.migrate("reporting", url)


@pytest.fixture(scope="module")
def engine(postgres: TestPostgres) -> Iterator[sa.Engine]:
    url = postgres.fresh_database(migrate)
    made = database.engine(url)
    reporting = Reporting(made)
    events = list(reference())
    reporting.applier.apply(Segment("registry", EPOCH, 0, 1, len(events), pack([facts.encode(e) for e in events])))
    for number, state in enumerate(ASSISTS, start=500):
        client = "app" if number % 2 else "other"
        reporting.tell(*history(uuid.UUID(int=number), msgspec.structs.replace(state, client=client), client=client))
    reporting.tell(book(None, LINES), book(SESSION, [("digital_skills", "completed", 5)]))
    with database.transaction(made) as connection:
        know_session_and_market(connection)
    yield made
    made.dispose()
    postgres.drop(url)


def know_session_and_market(connection: database.Connection) -> None:
    connection.execute(
        """CREATE TABLE IF NOT EXISTS session (session_id uuid PRIMARY KEY, day date, ward_id uuid, area_id uuid,
             kind text, opened_at timestamptz, venue_id uuid, team_id uuid, services text[], partners text[],
             present uuid[], attendees int, households_visited int, left_waiting int)"""
    )
    connection.execute(
        """INSERT INTO session (session_id, day, ward_id, area_id, kind, opened_at, venue_id, team_id, services,
             partners, present, attendees, households_visited, left_waiting)
           VALUES (%s, '2023-03-08', %s, %s, 'support', '2023-03-08 08:00+07', %s, %s, '{}', '{}', '{}', 0, 0, 0)""",
        [SESSION, WARD, GROUP, VENUE, TEAM],
    )
    connection.execute(
        "CREATE TABLE IF NOT EXISTS venue (venue uuid PRIMARY KEY, name text, kind text, area_id uuid, stalls int)"
    )
    connection.execute(
        "INSERT INTO venue (venue, name, kind, area_id, stalls) VALUES (%s, 'Chợ', 'market', %s, 40)", [MARKET, GROUP]
    )


@pytest.fixture
def connection(engine: sa.Engine) -> Iterator[database.Connection]:
    with database.transaction(engine) as made:
        yield made


def ask(figure: Any, connection: database.Connection, *group_by: str, **asked: Any) -> Any:
    """Without groups the one row; else the rows by what they are grouped by, an area by its code."""
    rows = list(figure(connection, Asked(**(MARCH | asked), group_by=group_by)))
    if not group_by:
        (row,) = rows
        return row

    def key(row: dict[str, Any]) -> Any:
        values = tuple(row[name]["code"] if name == "area" else row[name] for name in group_by)
        return values[0] if len(values) == 1 else values

    keyed = {key(row): {name: value for name, value in row.items() if name not in group_by} for row in rows}
    assert len(keyed) == len(rows)
    return keyed


def measure(found: dict[Any, dict[str, Any]], *names: str) -> dict[Any, Any]:
    return {key: row[names[0]] if len(names) == 1 else tuple(row[n] for n in names) for key, row in found.items()}


def test_assists_are_single_and_paper_and_the_rate_is_of_all(connection: database.Connection) -> None:
    # Singles: eleven of one and one of four; three not completed. Paper: 10 + 2 + 3 + 5, two not completed.
    assert ask(figures.assists, connection) == {
        "single": 15, "paper": 20, "assists": 35, "completed": 30, "success_rate": 85.7
    }  # fmt: skip
    nothing = ask(figures.assists, connection, last_day=dt.date(2023, 3, 1))
    assert nothing == {"single": 0, "paper": 0, "assists": 0, "completed": 0, "success_rate": None}


@pytest.mark.parametrize(
    ("group", "expected"),
    [
        ("day", {8: (3, 20), 9: (2, 0), 14: (1, 0), 15: (5, 0), 20: (2, 0), 21: (1, 0), 22: (1, 0)}),
        ("week", {6: (5, 20), 13: (6, 0), 20: (4, 0)}),
        ("month", {1: (15, 20)}),
        ("service", {"digital_skills": (5, 5), "stall_first_payment": (3, 0), "stall_qr_setup": (1, 3), "vneid_activation": (6, 12)}),
        ("pillar", {"initiative": (5, 5), "technology": (11, 17), "transform": (10, 15)}),
        ("outcome", {"completed": (12, 18), "failed": (1, 2), "referred": (1, 0), "to_return": (1, 0)}),
        ("age_band", {"60_plus": (2, 0), "31_59": (1, 0), "0_5": (4, 0), "unknown": (8, 20)}),
        ("channel", {"at_venue": (14, 0), "phone": (1, 0), None: (0, 20)}),
        ("source", {"single": (15, 0), "paper": (0, 20)}),
        ("venue", {VENUE: (3, 5), MARKET: (4, 0), None: (8, 15)}),
        ("team", {TEAM: (2, 5), None: (13, 15)}),
    ],
)  # fmt: skip
def test_assists_by_each_dimension(connection: database.Connection, group: str, expected: dict[Any, Any]) -> None:
    found = measure(ask(figures.assists, connection, group), "single", "paper")

    if group in ("day", "week", "month"):
        found = {key.day: value for key, value in found.items()}
    assert found == expected


def test_a_report_month_goes_from_the_15th_to_the_14th(connection: database.Connection) -> None:
    found = measure(ask(figures.assists, connection, "report_month"), "assists")

    assert found == {dt.date(2023, 2, 15): 26, dt.date(2023, 3, 15): 9}


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"area_id": GROUP}, 33),
        ({"area_id": OTHER_GROUP}, 2),
        ({"area_id": PROVINCE}, 35),
        ({"area_id": OTHER_WARD}, 0),
        ({"filters": {"service": ["digital_skills"]}}, 10),
        ({"filters": {"outcome": ["failed", "referred"]}}, 4),
        ({"filters": {"age_band": ["60_plus"]}}, 2),
        ({"filters": {"channel": ["phone"]}}, 1),
        ({"filters": {"channel": ["at_venue"], "venue": [VENUE]}}, 2),
        ({"filters": {"team": [str(TEAM)]}}, 7),
        ({"filters": {"source": ["paper"]}}, 20),
        ({"filters": {"pillar": ["transform", "technology"]}}, 35),
        ({"filters": {"pillar": ["initiative"]}}, 10),
        ({"first_day": dt.date(2023, 3, 9), "last_day": dt.date(2023, 3, 14)}, 3),
    ],
)
def test_assists_of_a_part(connection: database.Connection, asked: dict[str, Any], expected: int) -> None:
    assert ask(figures.assists, connection, **asked)["assists"] == expected


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        (None, {"tdp-01": 33, "tdp-02": 2}),
        ("ward", {"11692": 35}),
        ("province", {"31": 35}),
    ],
)
def test_assists_by_area_roll_up_to_a_level(connection: database.Connection, level: str | None, expected: Any) -> None:
    assert measure(ask(figures.assists, connection, "area", level=level), "assists") == expected


def test_groups_come_in_their_order(connection: database.Connection) -> None:
    rows = list(figures.assists(connection, Asked(**MARCH, group_by=("service", "day"))))  # type: ignore[arg-type]

    keys = [(row["service"], row["day"]) for row in rows]
    assert keys == sorted(keys)
    assert list(rows[0])[:2] == ["service", "day"]


def test_rows_are_fetched_as_they_are_taken(connection: database.Connection) -> None:
    def cursors() -> int:
        return connection.execute("SELECT count(*) FROM pg_cursors WHERE name LIKE 'figures_%'").fetchall()[0][0]

    rows = figures.assists(connection, Asked(**MARCH, group_by=("day",)))  # type: ignore[arg-type]
    assert cursors() == 0

    next(rows)
    assert cursors() == 1

    list(rows)
    assert cursors() == 0


def test_a_dimension_that_a_figure_has_not_is_refused_and_never_ignored(connection: database.Connection) -> None:
    for figure, wrong in ((figures.assists, "reason"), (figures.credited, "channel"), (figures.quality, "service")):
        with pytest.raises(NotTold):
            figure(connection, Asked(**MARCH, group_by=(wrong,)))  # type: ignore[arg-type]
        with pytest.raises(NotTold):
            figure(connection, Asked(**MARCH, filters={wrong: ["x"]}))  # type: ignore[arg-type]


def test_by_pillar_counts_an_assist_in_each_of_its_services_pillars(connection: database.Connection) -> None:
    found = measure(ask(figures.by_pillar, connection, "pillar"), "assists")

    assert found == {"initiative": 10, "technology": 28, "transform": 25}
    narrowed = ask(figures.by_pillar, connection, "pillar", filters={"pillar": ["technology"]})
    assert measure(narrowed, "assists") == {"technology": 28}


def test_credited_residents_are_of_services_that_count_once_and_of_their_own_area(
    connection: database.Connection,
) -> None:
    # vneid: A and B with a token; the stalls' residents gave none. Paper completed: 10 + 3.
    assert ask(figures.credited, connection) == {"keyed": 2, "unkeyed": 4, "paper": 13, "credited": 19}
    by_area = measure(ask(figures.credited, connection, "area", level="ward"), "keyed", "unkeyed", "paper")
    assert by_area == {"11692": (1, 4, 10), "11689": (1, 0, 3)}
    assert measure(ask(figures.credited, connection, "age_band"), "credited") == {"60_plus": 2, "unknown": 17}
    assert (
        measure(ask(figures.credited, connection, "service", "day"), "credited")[
            ("vneid_activation", dt.date(2023, 3, 14))
        ]
        == 1
    )
    assert ask(figures.credited, connection, area_id=OTHER_WARD)["credited"] == 4
    assert ask(figures.credited, connection, filters={"service": ["digital_skills"]})["credited"] == 0


def test_distinct_residents_are_exact_in_each_row_beside_the_assists_without_a_token(
    connection: database.Connection,
) -> None:
    assert ask(figures.distinct_residents, connection) == {"distinct": 2, "without_token": 10}
    # B has two assists and A one in the second week of the report month's first half; A counts in both groups.
    assert ask(figures.distinct_residents, connection, "area") == {
        "tdp-01": {"distinct": 2, "without_token": 10},
        "tdp-02": {"distinct": 2, "without_token": 0},
    }
    day = dt.date(2023, 3, 9)  # to return: any outcome is a resident who came
    assert ask(figures.distinct_residents, connection, first_day=day, last_day=day) == {
        "distinct": 1,
        "without_token": 1,
    }
    assert measure(ask(figures.distinct_residents, connection, "venue"), "distinct", "without_token") == {
        VENUE: (1, 1), MARKET: (0, 4), None: (2, 5),
    }  # fmt: skip


def test_stalls_with_a_code_and_with_a_payment(connection: database.Connection) -> None:
    assert ask(figures.stalls, connection) == {
        "qr_keyed": 1, "qr_unkeyed": 0, "qr_paper": 3, "qr": 4,
        "paid_keyed": 2, "paid_unkeyed": 1, "paid_paper": 0, "paid": 3,
        "activity": 75.0, "paid_without_qr": 1,
    }  # fmt: skip
    assert measure(ask(figures.stalls, connection, "area"), "qr", "paid", "paid_without_qr") == {
        "tdp-01": (1, 3, 1),
        "11689": (3, 0, 0),
    }
    early = ask(figures.stalls, connection, last_day=dt.date(2023, 3, 20))
    assert (early["paid"], early["paid_without_qr"]) == (1, 0)


def test_stalls_by_venue_stand_beside_how_many_there_are(connection: database.Connection) -> None:
    found = ask(figures.stalls, connection, "venue")

    names = ("qr", "paid_keyed", "paid_unkeyed", "paid_without_qr", "stalls", "qr_share", "paid_share")
    assert measure(found, *names) == {
        MARKET: (1, 2, 1, 1, 40, 2.5, 7.5), None: (3, 0, 0, 0, None, None, None),
    }  # fmt: skip


def test_young_people_who_help_the_old_and_children(connection: database.Connection) -> None:
    assert ask(figures.young_help, connection) == {"assists": 5}
    assert measure(ask(figures.young_help, connection, "age_band"), "assists") == {"60_plus": 1, "0_5": 4}


def test_reasons_of_what_failed_or_is_to_return(connection: database.Connection) -> None:
    found = ask(figures.reasons, connection, "reason")

    # What was referred has a reason too, and is not among them.
    assert measure(found, "assists") == {"no_smartphone": 1, "declined": 1}
    assert ask(figures.reasons, connection, "reason", filters={"outcome": ["failed"]}) == {
        "no_smartphone": {"assists": 1}
    }


def test_assists_by_volunteer_are_told_whole_of_each(connection: database.Connection) -> None:
    assert measure(ask(figures.by_volunteer, connection, "volunteer"), "assists", "completed") == {
        AN: (2, 2),
        BINH: (1, 1),
    }
    of_one = ask(figures.by_volunteer, connection, "volunteer", filters={"volunteer": [BINH]})
    assert measure(of_one, "assists") == {BINH: 1}


def test_quality_of_the_figures(connection: database.Connection) -> None:
    assert ask(figures.quality, connection) == {
        "single": 15, "without_token": 10, "unverified": 1, "clock_suspect": 4, "apportioned": 1, "paper": 20,
        "without_token_share": 66.7, "unverified_share": 6.7, "clock_suspect_share": 26.7, "apportioned_share": 6.7,
        "from_paper_share": 57.1,
    }  # fmt: skip
    by_client = ask(figures.quality, connection, "client")
    assert measure(by_client, "single", "without_token", "paper") == {
        "app": (9, 6, 0), "other": (6, 4, 0), None: (0, 0, 20),
    }  # fmt: skip
    assert by_client[None]["without_token_share"] is None
