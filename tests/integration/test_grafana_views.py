"""The schema `grafana` answers as the reporting service does: views and functions beside the queries of the service."""

from __future__ import annotations

import datetime as dt
import importlib
import uuid
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, get_args

import pytest

from services.reporting import queries_assists, queries_completeness, queries_feedback, queries_field_work
from services.reporting.progress_parts import Asked
from services.reporting.projections.on_time import keep_on_time
from services.reporting.queries_grouping import Asked as AskedAssists
from services.reporting.queries_progress import progress
from shared import clock, database
from shared.clock import LOCAL_ZONE
from shared.events import people, plans, sessions
from shared.events.facts import (
    AssistFact,
    AssistState,
    AttendanceFact,
    AttendanceState,
    FeedbackFact,
    FeedbackState,
    FeedbackStep,
    IncidentFact,
    IncidentState,
    ProposalFact,
    ProposalState,
    SessionFact,
    SessionState,
)
from shared.events.facts import TallyLineState as Line
from tests.support.postgres import TestPostgres
from tests.support.reporting import Told, identify

FIRST, LAST = dt.date(2026, 3, 1), dt.date(2026, 3, 31)
TODAY = clock.today()
LABELS = importlib.import_module("services.reporting.migrations.versions.0009_grafana_figures").LABELS


def march(day: int) -> dt.date:
    return dt.date(2026, 3, day)


def at(day: int, hour: int = 8) -> dt.datetime:
    return dt.datetime(2026, 3, day, hour, tzinfo=LOCAL_ZONE)


def prepare(url: str) -> None:
    """Two wards; what happened in them in March 2026."""
    database.migrate("reporting", url)
    engine = database.engine(url)
    told = Told(engine)
    told.area("p", None, "province")
    for ward in ("w1", "w2"):
        told.area(ward, "p", "ward")
    for group, ward in (("g1", "w1"), ("g2", "w1"), ("h1", "w2"), ("h2", "w2")):
        told.area(group, ward)
    told.service("s")
    told.service("m", once=False)
    told.service("stall_qr_setup", unit="stall")
    _assists(told)
    _field_work(told)
    _voices(told)
    _plans(told)
    engine.dispose()


def _assists(told: Told) -> None:
    helper = [identify("anna"), identify("binh")]
    for number in range(12):
        state = AssistState(
            day=march(2 + number % 5), area=identify(["g1", "g2", "h1"][number % 3]),
            ward=identify("w2" if number % 3 == 2 else "w1"), resident_area=identify(["g1", "h1"][number % 2]),
            service=["s", "m"][number % 4 == 3], outcome=["completed", "failed"][number % 5 == 4],
            resident_token=f"k1.{number % 7}" if number % 3 else None, age_band=["60_plus", "16_30"][number % 2],
            volunteers=helper[: number % 3], client="app", happened_at=at(2 + number % 5),
            marks=["clock_suspect"] if number == 5 else [],
        )  # fmt: skip
        told.tell(sessions.AssistRecorded, AssistFact(content=state))
    told.assist(march(4), "g1", "w1", service="stall_qr_setup", stall="A1")
    told.assist(march(5), "g1", "w1", service="stall_qr_setup", stall="A1")
    lines = [Line(service="s", outcome="completed", count=9), Line(service="m", outcome="completed", count=4)]
    told.tally(march(6), "g2", "w1", lines=lines)


def _field_work(told: Told) -> None:
    for name, kind in (("anna", "union_member"), ("binh", "police"), ("chi", "student")):
        told.registry(people.VolunteerRegistered(volunteer=identify(name), kind=kind, area=identify("g1")))  # type: ignore[arg-type]
    told.registry(people.VolunteerMerged(volunteer=identify("chi"), into=identify("binh"), on=march(1)))
    for number, (area, kind) in enumerate((("g1", "support"), ("h1", "training"), ("g1", "awareness"))):
        held = uuid.uuid4()
        state = SessionState(
            day=march(3 + number), area=identify(area), ward=identify("w2" if area == "h1" else "w1"), kind=kind,
            opened_at=at(3 + number), closed_at=at(3 + number, 11), attendees=10 + number, households_visited=number,
            left_waiting=2,
        )  # fmt: skip
        told.tell(sessions.SessionOpened, SessionFact(content=state), held)
        for name in ("anna", "chi")[: number + 1]:
            there = AttendanceState(
                day=state.day, area=state.area, ward=state.ward, session=held, volunteer=identify(name),
                at=at(3 + number, 9),
            )  # fmt: skip
            told.tell(sessions.CheckedIn, AttendanceFact(content=there), held)


def _voices(told: Told) -> None:
    ways: list[list[FeedbackStep]] = [
        [],
        [_step("forwarded", 3, office="police_ward")],
        [_step("forwarded", 3, office="police_ward", due_on=march(30)), _step("answered", 5)],
        [_step("answered", 4), _step("resolved", 6, result="done")],
        [_step("resolved", 6, result="withdrawn")],
        [_step("resolved", 4, result="done"), _step("reopened", 6, due_on=TODAY)],
    ]
    for number, theme in enumerate(get_args(sessions.Theme)):
        state = FeedbackState(
            day=march(2), area=identify("h1" if number % 2 else "g1"), ward=identify("w2" if number % 2 else "w1"),
            kind=get_args(sessions.FeedbackKind)[number % 7], theme=theme, raised_at=at(2),
            due_on=march(20) if number % 4 == 1 else None, steps=ways[number % len(ways)],
        )  # fmt: skip
        told.tell(sessions.FeedbackRaised, FeedbackFact(content=state))
    fresh = FeedbackState(
        day=TODAY, area=identify("g1"), ward=identify("w1"), kind="need", theme="policy",
        raised_at=dt.datetime.combine(TODAY, dt.time(0), LOCAL_ZONE),
    )  # fmt: skip
    told.tell(sessions.FeedbackRaised, FeedbackFact(content=fresh))
    here: dict[str, Any] = {"area": identify("g1"), "ward": identify("w1")}
    for kind in ("online_scam", "online_scam", "malware"):
        scam = IncidentState(day=march(2), kind=kind, via="sms", **here)
        told.tell(sessions.IncidentReported, IncidentFact(content=scam))
    for result in (None, "accepted", "accepted"):
        asked = ProposalState(day=march(3), addressed_to="office", theme="policy", result=result,
                              answered_at=at(4) if result else None, **here)  # fmt: skip
        told.tell(sessions.ProposalSubmitted, ProposalFact(content=asked))


def _step(step: Any, day: int, **more: Any) -> FeedbackStep:
    return FeedbackStep(step=step, at=at(day), id=uuid.uuid4(), **more)


def _plans(told: Told) -> None:
    told.days_off(2026, march(8), march(15), march(22), march(29))
    told.campaign("c", ["p"])
    told.campaign("curved", ["w1"], services=["s"])
    told.campaign("wards", ["w2"], reporting_level="ward", services=["s", "stall_qr_setup"])
    told.target("c", "w1", goal=900)
    told.target("c", "g1", goal=401, already_done=250)
    told.target("c", "g1", goal=407, already_done=250, version=2, as_of=march(4))
    told.target("c", "g2", goal=3, already_done=0)
    told.target("c", "w2", goal=77, already_done=5)
    told.target("wards", "w2", service="stall_qr_setup", goal=9, already_done=1)
    curve = [plans.CurvePoint(date=march(10), cumulative=290), plans.CurvePoint(date=march(20), cumulative=333)]
    told.target("curved", "g1", curve=curve)
    told.target("curved", "g2", curve=curve, already_done=20, as_of=march(12))
    told.official("g1", march(3), 260)
    told.official("w2", dt.date(2026, 2, 1), 40)


@pytest.fixture(scope="module")
def told(postgres: TestPostgres) -> Iterator[Told]:
    url = postgres.fresh_database(prepare)
    engine = database.engine(url)
    yield Told(engine)
    engine.dispose()
    postgres.drop(url)


def ask(told: Told, sql: str, *values: Any) -> dict[Any, Any]:
    """By the columns before the last, the last."""
    return {row[:-1] if len(row) > 2 else row[0]: row[-1] for row in told.ask(sql, *values)}


# -- documents -----------------------------------------------------------------------------------------------------------


def test_every_view_column_and_function_says_what_it_is(told: Told) -> None:
    views = told.ask(
        """SELECT c.relname, a.attname, obj_description(c.oid), col_description(c.oid, a.attnum)
             FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0
            WHERE c.relnamespace = 'grafana'::regnamespace"""
    )
    functions = told.ask(
        "SELECT proname, obj_description(oid) FROM pg_proc WHERE pronamespace = 'grafana'::regnamespace"
    )

    assert len({row[0] for row in views}) >= 18
    assert {name for name, _ in functions} == {"chosen_day", "day_vi", "completeness", "progress", "teams"}
    assert [row[:2] for row in views if not row[2] or not row[3]] == []
    assert [name for name, said in functions if not said] == []


@pytest.mark.parametrize(
    ("kind", "codes"),
    [
        ("volunteer_kind", get_args(people.VolunteerKind)),
        ("feedback_kind", get_args(sessions.FeedbackKind)),
        ("incident_kind", get_args(sessions.IncidentKind)),
        ("proposal_result", get_args(sessions.ProposalResult)),
        ("feedback_status", ("raised", "forwarded", "answered", "resolved", "reopened")),
    ],
)
def test_every_code_has_a_label(told: Told, kind: str, codes: tuple[str, ...]) -> None:
    found = told.ask("SELECT code, label_vi FROM grafana.labels WHERE kind = %s ORDER BY position", kind)

    assert tuple(found) == LABELS[kind]
    assert tuple(code for code, _ in found) == codes


def test_the_earlier_labels_stay(told: Told) -> None:
    assert ask(told, "SELECT kind, count(*) FROM grafana.labels WHERE kind <> ALL(%s) GROUP BY 1", list(LABELS)) == {
        "outcome": 4, "age_band": 7, "theme": 8, "session_kind": 5,
    }  # fmt: skip


def test_what_reads_with_the_rights_of_its_owner_fixes_where_its_tables_are(told: Told) -> None:
    rows = told.ask("SELECT proname, proconfig FROM pg_proc WHERE pronamespace = 'grafana'::regnamespace AND prosecdef")

    assert dict(rows) == {name: ["search_path=public, pg_temp"] for name in ("completeness", "progress", "teams")}


def test_nothing_of_a_person_is_shown(told: Told) -> None:
    columns = told.ask("SELECT column_name FROM information_schema.columns WHERE table_schema = 'grafana'")

    assert not {"key", "token", "resident_token", "volunteer", "birth_year"} & {row[0] for row in columns}
    known = {str(identify(name)) for name in ("anna", "binh", "chi")}
    assert not known & {row[0] for row in told.ask("SELECT person FROM grafana.volunteers_by_day")}


# -- figures -------------------------------------------------------------------------------------------------------------


def test_residents_credited_once_are_those_of_the_service(told: Told) -> None:
    asked = AskedAssists(FIRST, LAST, group_by=("day", "area", "service", "age_band"), level="ward")
    with database.transaction(told.engine) as connection:
        rows = list(queries_assists.credited(connection, asked))
        (stalls,) = queries_assists.stalls(connection, AskedAssists(FIRST, LAST))
    found = told.ask(
        """SELECT day, ward_id, service, age_band, sum(keyed), sum(without_key), sum(paper), sum(credited)
             FROM grafana.credited_by_day WHERE unit <> 'stall' GROUP BY 1, 2, 3, 4"""
    )

    expected = [
        (row["day"], row["area"]["area_id"], row["service"], row["age_band"], row["keyed"], row["unkeyed"],
         row["paper"], row["credited"])
        for row in rows if row["service"] != "stall_qr_setup"
    ]  # fmt: skip
    assert sorted(found, key=str) == sorted(expected, key=str)
    assert sum(row[7] for row in found) > 12
    assert {row[2] for row in found} == {"s"}
    assert told.ask("SELECT keyed, credited FROM grafana.credited_by_day WHERE unit = 'stall'") == [(1, 1)]
    assert stalls["qr"] == 1


def test_hours_are_those_of_the_service(told: Told) -> None:
    with database.transaction(told.engine) as connection:
        rows = list(
            queries_field_work.hours(connection, FIRST, LAST, None, ("day", "area", "volunteer_kind"), level="ward")
        )
    found = told.ask(
        """SELECT day, ward_id, volunteer_kind, sum(seconds), coalesce(sum(seconds) FILTER (WHERE is_forgotten), 0),
                  volunteer_kind_vi FROM grafana.hours_by_day GROUP BY 1, 2, 3, 6"""
    )

    expected = [(row["day"], row["area"]["area_id"], row["volunteer_kind"], row["seconds"], row["forgotten_seconds"])
                for row in rows]  # fmt: skip
    assert sorted((row[:5] for row in found), key=str) == sorted(expected, key=str)
    assert {row[5] for row in found} == {"đoàn viên", "công an"}
    assert sum(row[3] for row in found) == 5 * 2 * 3600


def test_volunteers_are_counted_as_persons(told: Told) -> None:
    with database.transaction(told.engine) as connection:
        (whole,) = queries_field_work.active_volunteers(connection, FIRST, LAST)
        by_ward = list(queries_field_work.active_volunteers(connection, FIRST, LAST, None, ("area",), level="ward"))
        by_kind = list(queries_field_work.active_volunteers(connection, FIRST, LAST, None, ("volunteer_kind",)))

    counted = "SELECT {} count(DISTINCT person) FROM grafana.volunteers_by_day {}"
    assert told.ask(counted.format("", "")) == [(whole["volunteers"],)] == [(2,)]
    assert ask(told, counted.format("ward_id,", "GROUP BY 1")) == {
        r["area"]["area_id"]: r["volunteers"] for r in by_ward
    }
    assert ask(told, counted.format("volunteer_kind,", "GROUP BY 1")) == {
        row["volunteer_kind"]: row["volunteers"] for row in by_kind
    }


def test_feedback_is_open_overdue_and_answered_as_the_service_says(told: Told) -> None:
    with database.transaction(told.engine) as connection:
        rows = list(queries_feedback.feedback(connection, FIRST, TODAY, TODAY, group_by=("theme", "kind")))
        overdue = list(queries_feedback.overdue(connection, TODAY))
        (whole,) = queries_feedback.feedback(connection, FIRST, TODAY, TODAY)
    found = told.ask(
        """SELECT theme, kind, count(*), count(*) FILTER (WHERE is_open), count(*) FILTER (WHERE is_overdue)
             FROM grafana.feedback GROUP BY 1, 2"""
    )
    median = told.ask(
        """SELECT round(percentile_cont(0.5) WITHIN GROUP (ORDER BY days_to_answer)::numeric, 1) FROM grafana.feedback
            WHERE NOT is_left_out"""
    )

    assert sorted(found) == sorted((r["theme"], r["kind"], r["raised"], r["open"], r["overdue"]) for r in rows)
    assert 0 < whole["overdue"] < whole["open"] < whole["raised"]
    due = told.ask("SELECT theme, office, due_on FROM grafana.feedback WHERE is_overdue")
    assert sorted(due, key=str) == sorted(((r["theme"], r["office"], r["due_on"]) for r in overdue), key=str)
    assert median == [(Decimal(str(whole["median_days"])),)]


def test_voices_reach_and_quality_add_up_to_those_of_the_service(told: Told) -> None:
    with database.transaction(told.engine) as connection:
        incidents = list(queries_feedback.incidents(connection, FIRST, LAST))
        proposals = queries_feedback.proposals(connection, FIRST, LAST, TODAY)
        reach = list(queries_field_work.sessions(connection, FIRST, LAST, None, ("day", "kind")))
        quality = list(queries_assists.quality(connection, AskedAssists(FIRST, LAST, group_by=("client",))))

    assert ask(told, "SELECT kind, sum(incidents) FROM grafana.incidents_by_day GROUP BY 1") == {
        row["kind"]: row["incidents"] for row in incidents
    }
    assert ask(told, "SELECT result_vi, sum(proposals) FROM grafana.proposals_by_day GROUP BY 1") == {
        "chưa trả lời": proposals["submitted"] - proposals["answered"], "tiếp thu": proposals["accepted"],
    }  # fmt: skip
    assert sorted(told.ask("SELECT day, kind, reach, households_visited, left_waiting FROM grafana.reach_by_day")) == [
        (row["day"], row["kind"], row["reach"], row["households_visited"], row["left_waiting"]) for row in reach
    ]
    (app,) = [row for row in quality if row["client"] == "app"]
    assert told.ask(
        """SELECT sum(single), sum(without_token), sum(unverified), sum(clock_suspect), sum(apportioned)
             FROM grafana.quality_by_day WHERE client = 'app'"""
    ) == [tuple(app[name] for name in ("single", "without_token", "unverified", "clock_suspect", "apportioned"))]
    assert app["clock_suspect"] == 1


# -- of a day ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("day", [*range(1, 32, 1)])
def test_progress_of_a_day_is_that_of_the_service(told: Told, day: int) -> None:
    with database.transaction(told.engine) as connection:
        rows = [row for row in progress(connection, Asked(day=march(day))) if row["area"] and not row["of_parts"]]
    found = told.ask(
        """SELECT campaign, service, code, goal, eligible, excluded, done, base_on, expected,
                  round(week::numeric / 7, 1)::float, as_of, source FROM grafana.progress(%s)""",
        march(day),
    )

    expected = [
        (row["campaign"]["name"], row["service"], row["area"]["code"], row["goal"], row["eligible"], row["excluded"],
         row["done"], row["base_on"], row["expected"], row["pace"], *row["denominators"][0])
        for row in rows
    ]  # fmt: skip
    assert sorted(found) == sorted(expected)
    assert len(found) >= 5


def test_progress_adds_up_to_the_whole_and_says_whose_ward(told: Told) -> None:
    with database.transaction(told.engine) as connection:
        (whole,) = [
            row
            for row in progress(connection, Asked(day=march(7)))
            if not row["area"] and row["campaign"]["name"] == "c"
        ]
    sums = told.ask(
        "SELECT sum(goal), sum(done), sum(expected) FROM grafana.progress(%s) WHERE campaign = 'c'", march(7)
    )

    assert sums == [(whole["goal"], whole["done"], whole["expected"])]
    assert ask(told, "SELECT code, ward_code FROM grafana.progress(%s) WHERE campaign = 'c'", march(7)) == {
        "g1": "w1", "g2": "w1", "w2": "w2",
    }  # fmt: skip


def test_a_day_without_a_campaign_has_no_progress(told: Told) -> None:
    assert told.ask("SELECT * FROM grafana.progress('2027-01-01')") == []


def test_completeness_is_that_of_the_service(told: Told) -> None:
    with database.transaction(told.engine) as connection:
        keep_on_time(connection, march(5))
        connection.execute("DELETE FROM report_on_time WHERE area_id = %s", [identify("g1")])
        rows = [
            (march(day), unit) for day in range(1, 10) for unit in queries_completeness.units(connection, march(day))
        ]
        (whole,) = queries_completeness.completeness(connection, FIRST, LAST, group_by=())
    found = told.ask(
        """SELECT day, area_id, ward_code, is_reported, is_on_time, is_closed
             FROM grafana.completeness(%s, %s) WHERE day < %s""",
        FIRST, LAST, march(10),
    )  # fmt: skip
    sums = told.ask(
        """SELECT count(*), count(*) FILTER (WHERE is_reported), count(*) FILTER (WHERE is_on_time)
             FROM grafana.completeness(%s, %s)""",
        FIRST, LAST,
    )  # fmt: skip

    expected = [(day, row["area_id"], row["ward"]["code"], row["is_reported"], row["is_on_time"], row["is_closed"])
                for day, row in rows]  # fmt: skip
    assert sorted(found, key=str) == sorted(expected, key=str)
    assert sums == [(whole["expected"], whole["actual"], whole["on_time"])]
    assert whole["actual"] > whole["on_time"] > 0


# -- closings ------------------------------------------------------------------------------------------------------------


def test_closings_statements_and_reconciliations_are_shown(told: Told) -> None:
    nobody = uuid.UUID(int=0)
    for day in (4, 5):
        told.do("INSERT INTO closing VALUES (%s, now(), %s, '[]', '{registry}')", march(day), day == 5)
        for number, unit in enumerate((nobody, identify("w1"))):
            told.do("INSERT INTO statement VALUES (%s, %s, %s, '{}', %s, '{}')", unit, march(day), day, f"h{number}")
    told.do("INSERT INTO amendment VALUES (%s, %s, 1, %s, '[]')", identify("w1"), march(4), march(5))
    told.do("INSERT INTO reconciliation VALUES (%s, %s, now(), 3, 40, 0, 1, 'x')", march(5), march(1))

    assert told.ask(
        """SELECT day, is_late, streams_not_reached, statements, amendments_issued, amendments_of_it
             FROM grafana.closings ORDER BY day"""
    ) == [(march(4), False, 1, 2, 0, 1), (march(5), True, 1, 2, 1, 0)]
    shown = set(told.ask("SELECT unit, unit_code, number, sha256, amendments FROM grafana.statements"))
    assert shown == {
        ("W1", "w1", 4, "h1", 1), ("Toàn địa bàn", None, 4, "h0", 0),
        ("W1", "w1", 5, "h1", 0), ("Toàn địa bàn", None, 5, "h0", 0),
    }  # fmt: skip
    assert told.ask("SELECT day, wards, differences, first_difference FROM grafana.reconciliations") == [
        (march(5), 3, 1, "x")
    ]
