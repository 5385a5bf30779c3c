"""Every handler of every consumer, on its golden logged sample: taken twice, a segment changes what it changes once.

The samples of a stream are applied as one segment, and each sample alone; then the same segment again, and again after
the position was set back, which only the replicas keyed by the thing itself must withstand.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from deploy.cds.wiring import CONSUMERS
from shared import database
from shared.consumer import Applier, Outcome
from shared.events.base import Event
from shared.events.catalogue import EVENTS, of_stream
from shared.segments import Segment, pack
from tests.support.postgres import TestPostgres

LOGGED = Path(__file__).resolve().parents[1] / "golden" / "logged"
EPOCH = uuid.UUID("0190f5c2-7b1c-7d3e-9a4b-0000000000ff")
HANDLED = [(name, event) for name, consumer in CONSUMERS.items() for event in EVENTS if event in consumer.handlers]
STREAMS = [(name, stream) for name, consumer in CONSUMERS.items() for stream in consumer.streams]
COUNTED = {"assists_by_day", "assists_in_detail", "assists_by_helpers", "assists_quality"}
# What each handled type must change, beside the position.
CHANGES = {
    ("sessions", "area.declared"): {"area", "area_parent", "area_version"},
    ("sessions", "area.succeeded"): {"area_succession", "area_parent", "area_version"},
    ("sessions", "client.enabled"): {"client"},
    ("sessions", "client.revoked"): {"client"},
    ("sessions", "service.declared"): {"service"},
    ("sessions", "volunteer.registered"): {"volunteer"},
    ("sessions", "volunteer.erased"): {"volunteer"},
    ("sessions", "volunteer.moved"): {"placement"},
    ("sessions", "volunteer.retired"): set(),  # alone, there is nobody who retires, returns, or is merged
    ("sessions", "volunteer.returned"): set(),
    ("sessions", "volunteer.merged"): set(),
    ("sessions", "venue.declared"): {"venue"},
    ("sessions", "venue.moved"): {"placement"},
    ("sessions", "venue.closed"): set(),  # alone, there is no venue to close
    ("reporting", "area.declared"): {"area", "area_parent", "area_version", "area_ancestor"},
    ("reporting", "area.succeeded"): {"area_succession", "area_parent", "area_version"},
    ("reporting", "service.declared"): {"service"},
    ("reporting", "assist.recorded"): COUNTED | {"evidence"} | {"visit"},  # to return: nobody is credited yet
    ("reporting", "assist.corrected"): COUNTED | {"evidence"} | {"visit"},
    ("reporting", "assist.voided"): COUNTED | {"evidence"},  # alone, there is no visit to take back
    ("reporting", "venue.declared"): {"venue"},
    ("reporting", "venue.moved"): {"venue_place"},
    ("reporting", "venue.closed"): {"venue"},
    ("reporting", "office.declared"): {"office"},
    ("reporting", "office.closed"): set(),  # alone, there is no office to close
    ("reporting", "volunteer.registered"): {"volunteer"},
    ("reporting", "volunteer.corrected"): {"volunteer"},
    ("reporting", "volunteer.moved"): {"volunteer_place"},
    ("reporting", "volunteer.retired"): {"volunteer"},
    ("reporting", "volunteer.returned"): {"volunteer"},
    ("reporting", "volunteer.erased"): {"volunteer"},
    ("reporting", "volunteer.merged"): {"volunteer_alias", "volunteer_book"},
    ("reporting", "team.formed"): {"team"},
    ("reporting", "team.moved"): {"team_place"},
    ("reporting", "team.dissolved"): {"team"},
    ("reporting", "volunteer.joined_team"): {"team_member"},
    ("reporting", "volunteer.left_team"): {"team_member"},
    ("reporting", "tally.recorded"): {"evidence", "tally", "paper_by_day"},
    ("reporting", "tally.voided"): {"evidence"},  # alone, there is no tally to take back
    ("reporting", "session.opened"): {"evidence", "session"},
    ("reporting", "session.closed"): {"evidence", "session", "volunteer_hours", "volunteer_book"},
    ("reporting", "session.voided"): {"evidence", "volunteer_book"},  # alone, there is no session to take back
    ("reporting", "attendance.checked_in"): {"evidence", "attendance", "volunteer_book"},
    ("reporting", "attendance.checked_out"): {"evidence", "attendance", "volunteer_book"},
    ("reporting", "feedback.raised"): {"evidence", "feedback"},
    ("reporting", "feedback.forwarded"): {"evidence", "feedback"},
    ("reporting", "feedback.answered"): {"evidence", "feedback"},
    ("reporting", "feedback.resolved"): {"evidence", "feedback"},
    ("reporting", "feedback.reopened"): {"evidence", "feedback"},
    ("reporting", "incident.reported"): {"evidence", "incident"},
    ("reporting", "incident.voided"): {"evidence"},  # alone, there is no incident to take back
    ("reporting", "proposal.submitted"): {"evidence", "proposal"},
    ("reporting", "proposal.answered"): {"evidence", "proposal"},
    ("reporting", "campaign.launched"): {"campaign"},
    ("reporting", "campaign.changed"): {"campaign"},
    ("reporting", "campaign.closed"): {"campaign"},
    ("reporting", "target.set"): {"target"},
    ("reporting", "official_count.recorded"): {"official_count"},
    ("reporting", "calendar.set"): {"day_off"},
}
Rows = dict[str, list[str]]


def fill_sessions(url: str) -> None:
    database.migrate("sessions", url)


def fill_reporting(url: str) -> None:
    database.migrate("reporting", url)


@pytest.fixture
def engine(postgres: TestPostgres, name: str) -> Iterator[sa.Engine]:
    url = postgres.fresh_database({"sessions": fill_sessions, "reporting": fill_reporting}[name])
    made = database.engine(url, options=database.JOB_OPTIONS)
    yield made
    made.dispose()
    postgres.drop(url)


def segment_of(stream: str, *events: type[Event], number: int = 1) -> Segment:
    bodies = [(LOGGED / f"{event.ce_type()}.json").read_bytes() for event in events]
    return Segment(stream, EPOCH, 0, number, len(bodies), pack(bodies))


def rows(engine: sa.Engine) -> Rows:
    """Every row of every table but Alembic's; the physical place of a row (ctid) is not its content."""
    with database.transaction(engine) as connection:
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        names = sorted(row[0] for row in tables if row[0] != "alembic_version")
        return {n: sorted(r[0] for r in connection.execute(f"SELECT to_jsonb(t)::text FROM {n} t")) for n in names}


def changed(before: Rows, after: Rows) -> set[str]:
    return {table for table in after if before[table] != after[table]}


def held(engine: sa.Engine) -> list[Any]:
    with database.transaction(engine) as connection:
        return connection.execute("SELECT reason, error FROM quarantine").fetchall()


def test_every_handled_type_is_expected_to_change_something() -> None:
    assert set(CHANGES) == {(name, event.NAME) for name, event in HANDLED}


@pytest.mark.parametrize(("name", "event"), HANDLED, ids=lambda part: part if isinstance(part, str) else part.NAME)
def test_a_sample_applied_twice_is_a_duplicate_and_leaves_the_rows_of_the_first_time(
    engine: sa.Engine, name: str, event: type[Event]
) -> None:
    applier, segment = Applier(CONSUMERS[name], engine), segment_of(event.STREAM, event)
    before = rows(engine)

    first = applier.apply(segment)
    once = rows(engine)
    second = applier.apply(segment)

    assert held(engine) == []
    assert (first, second) == (Outcome.APPLIED, Outcome.DUPLICATE)
    assert rows(engine) == once
    assert changed(before, once) == CHANGES[(name, event.NAME)] | {"position"}


@pytest.mark.parametrize(("name", "stream"), STREAMS)
def test_all_samples_of_a_stream_in_one_segment_twice_leave_the_rows_of_the_first_time(
    engine: sa.Engine, name: str, stream: str
) -> None:
    applier, segment = Applier(CONSUMERS[name], engine), segment_of(stream, *of_stream(stream).values())

    first = applier.apply(segment)
    once = rows(engine)
    again = [applier.apply(segment), Applier(CONSUMERS[name], engine).apply(segment)]

    assert held(engine) == []
    assert (first, again) == (Outcome.APPLIED, [Outcome.DUPLICATE, Outcome.DUPLICATE])
    assert rows(engine) == once


@pytest.mark.parametrize("name", CONSUMERS)
def test_a_fact_of_the_registry_told_twice_in_two_segments_changes_no_replica(engine: sa.Engine, name: str) -> None:
    applier, events = Applier(CONSUMERS[name], engine), of_stream("registry").values()
    applier.apply(segment_of("registry", *events))
    once = rows(engine)

    outcome = applier.apply(segment_of("registry", *events, number=2))

    assert outcome is Outcome.APPLIED
    assert held(engine) == []
    # The version counts what was taken in; a client that is enabled and then revoked is revoked again.
    assert changed(once, rows(engine)) <= {"position", "area_version"}


@pytest.mark.parametrize("name", ["reporting"])
def test_an_event_in_two_segments_counts_once_and_is_put_aside(engine: sa.Engine, name: str) -> None:
    """The counter-check: it is the position that keeps a segment from counting twice; an event that the log has twice,
    which cannot be, is found by its evidence."""
    applier = Applier(CONSUMERS[name], engine)
    (recorded,) = (event for event in EVENTS if event.NAME == "assist.recorded")

    for number in (1, 2):
        applier.apply(segment_of("sessions", recorded, number=number))

    with database.transaction(engine) as connection:
        assert connection.execute("SELECT sum(assists) FROM assists_by_day").fetchone() == (2,)
    ((reason, error),) = held(engine)
    assert reason == "failed"
    assert "evidence_pkey" in error


@pytest.mark.parametrize("name", ["reporting"])
def test_recorded_corrected_and_voided_leave_nothing(engine: sa.Engine, name: str) -> None:
    applier = Applier(CONSUMERS[name], engine)
    before = rows(engine)
    told = {event.NAME: event for event in EVENTS}

    for number, kind in enumerate(("assist.recorded", "assist.corrected", "assist.voided"), start=1):
        applier.apply(segment_of("sessions", told[kind], number=number))

    assert held(engine) == []
    assert changed(before, rows(engine)) == {"position", "evidence"}
