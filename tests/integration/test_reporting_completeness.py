"""Completeness from what was told: who has to report, what counts as a report, and what came in time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from services.reporting.projections.on_time import keep_on_time
from services.reporting.queries_completeness import completeness, missing, units
from shared import database
from shared.events import sessions
from shared.events.facts import AssistFact, AssistState, TallyFact, TallyState
from tests.support.postgres import TestPostgres
from tests.support.reporting import NEIGHBOURS, Row, Told, identify


def march(day: int) -> dt.date:
    return dt.date(2026, 3, day)


def prepare(url: str) -> None:
    """A province with two wards; a group of the first ends with 9 March, and another begins."""
    database.migrate("reporting", url)
    engine = database.engine(url)
    told = Told(engine)
    told.do(NEIGHBOURS)
    told.area("p", None, "province")
    for ward in ("w1", "w2"):
        told.area(ward, "p", "ward")
    told.area("g1", "w1")
    told.area("g2", "w1", valid_to=march(9))
    told.area("g3", "w1", valid_from=march(10))
    told.area("h1", "w2")
    engine.dispose()


@pytest.fixture
def told(postgres: TestPostgres) -> Iterator[Told]:
    url = postgres.fresh_database(prepare)
    engine = database.engine(url)
    yield Told(engine)
    engine.dispose()
    postgres.drop(url)


def expected(told: Told, day: int, area: str | None = None, campaign: str | None = None) -> list[str]:
    with database.transaction(told.engine) as connection:
        found = units(
            connection, march(day), identify(area) if area else None, identify(campaign) if campaign else None
        )
    return [row["code"] for row in found]


def rows(told: Told, first: int, last: int, area: str | None = None, **more: Any) -> list[Row]:
    with database.transaction(told.engine) as connection:
        return completeness(connection, march(first), march(last), identify(area) if area else None, **more)


def counts(told: Told, day: int, area: str | None = None) -> tuple[int, int, int]:
    """Expected, reported, in time; all 0 on a day on which nobody has to report."""
    found = rows(told, day, day, area, group_by=())
    assert len(found) == 1
    return found[0]["expected"], found[0]["actual"], found[0]["on_time"]


def silent(told: Told, day: int, area: str | None = None) -> list[str]:
    with database.transaction(told.engine) as connection:
        return [row["code"] for row in missing(connection, march(day), identify(area) if area else None)]


def close(told: Told, day: int) -> None:
    with database.transaction(told.engine) as connection:
        keep_on_time(connection, march(day))


# -- F30 -----------------------------------------------------------------------------------------------------------------


def test_groups_that_exist_on_the_day_report(told: Told) -> None:
    told.campaign("c", ["w1"])

    assert [expected(told, day) for day in (9, 10)] == [["g1", "g2"], ["g1", "g3"]]
    assert expected(told, 9, "w1") == ["g1", "g2"]
    assert expected(told, 9, "g2") == ["g2"]
    assert expected(told, 9, "w2") == []


def test_a_unit_of_several_campaigns_reports_once_and_levels_stand_side_by_side(told: Told) -> None:
    told.campaign("c", ["w1", "g1", "p"])
    told.campaign("d", ["g1", "w2"])
    told.campaign("e", ["p"], reporting_level="ward")

    assert expected(told, 9) == ["w1", "g1", "g2", "w2", "h1"]
    assert expected(told, 9, campaign="d") == ["g1", "h1"]
    assert expected(told, 9, campaign="e") == ["w1", "w2"]


def test_only_days_that_count_do(told: Told) -> None:
    told.campaign("c", ["g1"], starts_on=march(3), ends_on=march(20))
    told.campaign("silent", ["h1"], daily_report=False)
    told.close("closed", ["w2"], march(6))
    told.days_off(2026, march(8))

    assert [day for day in range(1, 32) if "g1" in expected(told, day)] == [3, 4, 5, 6, 7, *range(9, 21)]
    assert [day for day in range(1, 32) if "h1" in expected(told, day)] == [1, 2, 3, 4, 5]
    told.days_off(2026)
    assert expected(told, 8) == ["g1"]


def test_what_an_area_became_reports_in_its_place(told: Told) -> None:
    """The ward merges into another: its groups report there, the other's own group does not."""
    told.campaign("c", ["w1"])
    told.campaign("d", ["w1"], reporting_level="ward")
    told.succession(march(15), ["w1"], {"w2": ["g1", "g3"]})

    assert expected(told, 14) == ["w1", "g1", "g3"]
    assert expected(told, 15) == ["w2", "g1", "g3"]
    assert expected(told, 15, "w2") == ["w2", "g1", "g3"]


def test_a_group_that_succeeds_another_reports(told: Told) -> None:
    told.campaign("c", ["g1"])
    told.succession(march(15), ["g1"], {"g3": [], "h1": []})

    assert [expected(told, day) for day in (14, 15)] == [["g1"], ["g3", "h1"]]


def test_a_group_that_went_to_another_ward_is_not_followed_while_its_own_ward_exists(told: Told) -> None:
    told.campaign("c", ["w1"])
    told.succession(march(10), ["g2"], {"h1": []})

    assert expected(told, 10) == ["g1", "g3"]


def test_of_a_ward_that_was_split_its_main_successor_reports_and_where_its_groups_are(told: Told) -> None:
    for ward in ("w3", "w4"):
        told.area(ward, "p", "ward", valid_from=march(15))
    told.campaign("c", ["w1"], reporting_level="ward")
    told.succession(march(15), ["w1"], {"w3": [], "w4": [], "w2": ["g1"]}, main="w3")

    assert [expected(told, day) for day in (14, 15)] == [["w1"], ["w2", "w3"]]


# -- F31 -----------------------------------------------------------------------------------------------------------------

REPORTS: dict[str, Callable[[Told], Any]] = {
    "a zero report": lambda told: told.tally(march(9), "g1", "w1"),
    "a session": lambda told: told.session(march(9), "g1", "w1"),
    "an assist": lambda told: told.assist(march(9), "g1", "w1", outcome="failed"),
}


@pytest.mark.parametrize("report", REPORTS.values(), ids=REPORTS)
def test_each_of_these_is_a_report_of_its_area_and_of_those_above(told: Told, report: Callable[[Told], Any]) -> None:
    told.campaign("c", ["p"])
    told.campaign("d", ["p"], reporting_level="ward")
    assert silent(told, 9) == ["w1", "g1", "g2", "w2", "h1"]

    report(told)

    assert silent(told, 9) == ["g2", "w2", "h1"]
    assert silent(told, 9, "w1") == ["g2"]
    assert silent(told, 10) == ["w1", "g1", "g3", "w2", "h1"]


def test_a_report_of_the_whole_ward_is_none_of_its_groups(told: Told) -> None:
    told.campaign("c", ["w1"])
    told.campaign("d", ["w1"], reporting_level="ward")

    told.tally(march(9), "w1", "w1")

    assert silent(told, 9) == ["g1", "g2"]


def test_what_is_taken_back_was_no_report(told: Told) -> None:
    told.campaign("c", ["w1"])
    tally = TallyState(day=march(9), area=identify("g1"), ward=identify("w1"), covers="all", version=1)
    told.tell(sessions.TallyRecorded, TallyFact(content=tally), identify("t"))
    assist = AssistState(day=march(9), area=identify("g2"), ward=identify("w1"), resident_area=identify("h1"),
                         service="s", outcome="completed")  # fmt: skip
    told.tell(sessions.AssistRecorded, AssistFact(content=assist), identify("a"))
    assert silent(told, 9) == []

    told.tell(sessions.TallyVoided, TallyFact(before=tally), identify("t"))
    told.tell(sessions.AssistVoided, AssistFact(before=assist), identify("a"))

    assert silent(told, 9) == ["g1", "g2"]


# -- F32, F33 ------------------------------------------------------------------------------------------------------------


def test_what_comes_after_the_closing_is_not_in_time(told: Told) -> None:
    told.campaign("c", ["w1"])
    told.tally(march(9), "g1", "w1")
    assert counts(told, 9) == (2, 1, 1)

    close(told, 9)
    told.tally(march(9), "g2", "w1")
    told.tally(march(10), "g3", "w1")

    assert counts(told, 9) == (2, 2, 1)
    assert counts(told, 10) == (2, 1, 1)  # not closed yet
    close(told, 9)
    assert counts(told, 9) == (2, 2, 1)
    assert [(row["rate"], row["on_time_rate"]) for row in rows(told, 9, 9)] == [(100.0, 50.0)]


def test_a_day_without_a_report_can_be_closed(told: Told) -> None:
    told.campaign("c", ["w1"])
    close(told, 9)

    told.tally(march(9), "g1", "w1")

    assert counts(told, 9) == (2, 1, 0)


def test_what_was_in_time_and_is_taken_back_is_silent_now(told: Told) -> None:
    told.campaign("c", ["w1"])
    tally = TallyState(day=march(9), area=identify("g1"), ward=identify("w1"), covers="all", version=1)
    told.tell(sessions.TallyRecorded, TallyFact(content=tally), identify("t"))
    close(told, 9)
    told.tell(sessions.TallyVoided, TallyFact(before=tally), identify("t"))

    assert counts(told, 9) == (2, 0, 1)


def test_rates_by_day_and_ward(told: Told) -> None:
    told.campaign("c", ["p"])
    told.days_off(2026, march(11))
    told.tally(march(9), "g1", "w1")
    told.tally(march(9), "h1", "w2")
    told.tally(march(10), "g1", "w1")
    told.tally(march(11), "g1", "w1")  # on a day off nobody has to

    by_day = rows(told, 9, 12)
    by_ward = rows(told, 9, 12, group_by=("area",), level="ward")
    both = rows(told, 9, 10, group_by=("area", "day"), level="ward")

    def line(row: Row) -> tuple[Any, ...]:
        keys = [row[name]["code"] if name == "area" else row[name].day for name in ("day", "area") if name in row]
        return (*keys, row["expected"], row["actual"], row["rate"])

    assert [line(row) for row in by_day] == [(9, 3, 2, 66.7), (10, 3, 1, 33.3), (12, 3, 0, 0.0)]
    assert sorted(line(row) for row in by_ward) == [("w1", 6, 2, 33.3), ("w2", 3, 1, 33.3)]
    assert sorted(line(row) for row in both) == [
        (9, "w1", 2, 1, 50.0), (9, "w2", 1, 1, 100.0), (10, "w1", 2, 1, 50.0), (10, "w2", 1, 0, 0.0),
    ]  # fmt: skip
    assert sorted(line(row) for row in rows(told, 9, 9, "w1", group_by=("area",))) == [
        ("g1", 1, 1, 100.0), ("g2", 1, 0, 0.0),
    ]  # fmt: skip


def test_where_nobody_has_to_report_there_is_no_rate(told: Told) -> None:
    assert rows(told, 9, 9) == []
    assert rows(told, 9, 9, group_by=()) == [
        {"expected": 0, "actual": 0, "on_time": 0, "rate": None, "on_time_rate": None}
    ]


def test_a_unit_is_told_with_its_ward_of_the_day(told: Told) -> None:
    told.campaign("c", ["w1"])
    told.succession(march(15), ["w1"], {"w2": ["g1", "g3"]})

    with database.transaction(told.engine) as connection:
        found = [units(connection, march(day))[0] for day in (14, 15)]

    assert [(row["code"], row["ward"]["code"], row["ward"]["name"]) for row in found] == [
        ("g1", "w1", "W1"),
        ("g1", "w2", "W2"),
    ]
    assert found[0]["ward"]["area_id"] == identify("w1")
