"""From 20:00 on, who has not reported is told: once each as an event, as a metric, and as a list that grows shorter."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from prometheus_client import REGISTRY

from services.reporting.closing.clockwork import tell_missing
from services.reporting.closing.run import alone
from shared import database
from shared.clock import LOCAL_ZONE
from shared.events import facts
from shared.events.reporting import ReportMissing
from shared.segments import Segment
from tests.support.postgres import TestPostgres
from tests.support.reporting import Told, identify

DAY = dt.date(2026, 3, 9)


def prepare(url: str) -> None:
    """A ward with two groups that report every day in March."""
    database.migrate("reporting", url)
    engine = database.engine(url)
    told = Told(engine)
    told.area("p", None, "province")
    told.area("w1", "p", "ward")
    told.area("g1", "w1")
    told.area("g2", "w1")
    told.campaign("c", ["w1"])
    engine.dispose()


@pytest.fixture
def url(postgres: TestPostgres) -> Iterator[str]:
    made = postgres.fresh_database(prepare)
    yield made
    postgres.drop(made)


@pytest.fixture
def told(url: str) -> Iterator[Told]:
    engine = database.engine(url)
    yield Told(engine)
    engine.dispose()


def at(hour: int, minute: int = 0) -> dt.datetime:
    return dt.datetime.combine(DAY, dt.time(hour, minute), LOCAL_ZONE)


def events(told: Told) -> list[ReportMissing]:
    rows = told.ask("SELECT events, body FROM segment ORDER BY number")
    parts = [Segment("reporting", identify("e"), 0, 1, row[0], row[1]) for row in rows]
    found: list[Any] = [facts.decode_fact(event) for part in parts for event in facts.decode_batch(part.inflate())]
    return found


def gauge() -> float | None:
    return REGISTRY.get_sample_value("cds_reports_missing_units")


def test_who_is_missing_is_told_from_eight_in_the_evening_on_and_once(url: str, told: Told) -> None:
    assert tell_missing(url, told.engine, at(19, 59)) == 0
    assert (events(told), gauge()) == ([], 0)

    assert tell_missing(url, told.engine, at(20)) == 2
    assert gauge() == 2
    assert tell_missing(url, told.engine, at(20, 1)) == 2
    found = events(told)
    assert {one.unit for one in found} == {identify("g1"), identify("g2")}
    assert [(one.day, one.at) for one in found] == [(DAY, at(20))] * 2


def test_who_reports_late_is_missing_no_more(url: str, told: Told) -> None:
    tell_missing(url, told.engine, at(20))
    told.do(
        """INSERT INTO session (session_id, day, ward_id, area_id, kind, opened_at, services, partners, present,
                                attendees, households_visited, left_waiting)
           VALUES (%s, %s, %s, %s, 'support', %s, '{}', '{}', '{}', 0, 0, 0)""",
        identify("s"), DAY, identify("w1"), identify("g1"), at(18),
    )  # fmt: skip

    assert tell_missing(url, told.engine, at(21)) == 1
    assert gauge() == 1
    assert len(events(told)) == 2


def test_another_closer_at_work_tells_and_this_one_only_counts(url: str, told: Told) -> None:
    with alone(url) as is_alone:
        assert is_alone
        assert tell_missing(url, told.engine, at(20)) == 2
    assert events(told) == []
