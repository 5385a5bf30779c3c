"""Reporting is compared with its sources over real HTTP: what is the same is so, each kind of difference is named with
both numbers and its segment, and what is under way is none.
"""

from __future__ import annotations

import datetime as dt
import json
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from typing import Any
from uuid import UUID

import httpx
import pytest
from typer.testing import CliRunner

from deploy.cds import wiring
from deploy.cds.main import app
from deploy.cds.simulate import Plan, read_clients_file
from deploy.cds.simulate import run as simulate
from deploy.cds.simulate.habits import Habits
from deploy.sample import story
from services.reporting import copies
from services.reporting.closing.run import alone
from services.reporting.reconcile import clockwork, compare
from services.reporting.reconcile.compare import Compared, Difference, Reconciler, windows
from services.reporting.reconcile.sources import Counts, Key, Sources
from services.reporting.replay import feeds_of
from shared import database, metrics, segments
from shared.consumer import Applier
from shared.feed import FeedClient, FeedError
from tests.support.embedded import embedded
from tests.support.events import about, assist, correction, event, feedback, session, tally, void
from tests.support.postgres import TestPostgres
from tests.support.stack import ANH_DUNG, INTERNAL_SECRET, Stack, environment_of

DAY, NEXT = dt.date(2023, 3, 8), dt.date(2023, 3, 9)
VOLUNTEER = str(uuid.uuid4())
LATER = "2023-03-08T20:30:00+07:00"


FEEDS: dict[str, FeedClient] = {}
SOURCES: list[Sources] = []
SHARDS = {"registry": 1, "sessions": 4}


def cut(stack: Stack) -> None:
    """What the relays do."""
    for stream, shards in SHARDS.items():
        source = stack.engine(stream)
        with database.transaction(source) as connection:
            while segments.cut(connection, range(shards)):
                pass
        source.dispose()


def move(stack: Stack) -> bool:
    """What the relays and the consumer do."""
    cut(stack)
    target = stack.engine("reporting")
    for stream, shards in SHARDS.items():
        source = stack.engine(stream)
        with database.transaction(source) as connection:
            epoch, _ = segments.open_stream(connection, stream, shards)
            found = [segments.read(connection, stream, epoch, shard, 0, 1000) for shard in range(shards)]
        applier = Applier(wiring.CONSUMERS["reporting"], target)
        for segment in (one for shard in found for one in shard):
            applier.apply(segment)
        source.dispose()
    target.dispose()
    return False


def everything() -> list[dict[str, Any]]:
    """A ward's evening with something of each kind, some of it corrected, taken back, or gone on with."""
    wrong, gone, held, raised = assist(quantity=7, service="vaccination_entry"), assist(), session(), feedback()
    asked = event(
        "proposal.submitted", {"area": "tdp-03", "addressed_to": "youth_union", "theme": "policy", "text": "-"}
    )
    unheld, scam = session(), event("incident.reported", {"area": "tdp-03", "kind": "online_scam", "via": "zalo"})
    there = {"area": "tdp-03", "volunteer": VOLUNTEER}
    return [
        *(assist(age_band="60_plus") for _ in range(3)), assist(outcome="failed", reason="no_smartphone"),
        assist(attributes={"time": "2023-03-09T09:00:00+07:00"}),
        wrong, correction(wrong["subject"], LATER), gone, void(gone["subject"], LATER),
        assist(quantity=5, service="vaccination_entry"),
        tally(("digital_skills", "completed", 10), ("digital_skills", "failed", 3)), tally(),
        held, about(held["subject"], "attendance.checked_in", **there),
        about(held["subject"], "attendance.checked_out", LATER, **there),
        about(held["subject"], "session.closed", LATER, area="tdp-03", attendees=12, households_visited=4),
        unheld, about(unheld["subject"], "attendance.checked_in", **there),
        about(unheld["subject"], "session.voided", LATER, reason_code="test", void_assists=False),
        raised, about(raised["subject"], "feedback.answered", LATER, office="police_ward", text="-"), feedback(),
        scam, asked, about(asked["subject"], "proposal.answered", LATER, result="accepted"),
    ]  # fmt: skip


@pytest.fixture(scope="module")
def stack(postgres: TestPostgres) -> Iterator[Stack]:
    with Stack(postgres, "memory://") as made:
        made.serve("registry", "sessions")
        trying = made.sandbox("11692", on="2023-03-08")
        sent = everything()
        for client_id, events in ((None, sent), (ANH_DUNG, [assist(ANH_DUNG)]), (trying, [assist(trying)])):
            answer = made.post(events, client_id) if client_id else made.post(events)
            assert answer.json()["counts"]["accepted"] == len(events), answer.text
        move(made)
        yield made


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compare, "PAUSE_SECONDS", 0.0)
    monkeypatch.setattr(compare, "CATCH_UP_SECONDS", 0.3)


@pytest.fixture(scope="module", autouse=True)
def connections(stack: Stack) -> Iterator[None]:
    """One set of them for all tests; closed at the end."""
    FEEDS.update(feeds_of(stack.settings))
    SOURCES.append(Sources(stack.settings))
    yield
    for feed in FEEDS.values():
        feed.close()
    for sources in SOURCES:
        sources.close()
    FEEDS.clear()
    SOURCES.clear()


def run(
    stack: Stack, sources: Sources | None = None, wait: Callable[[float], object] | None = None, only: Any = None
) -> Compared:
    live = copies.engine(stack.settings.database_url("reporting"), copies.LIVE)
    try:
        reconciler = Reconciler(live, FEEDS, sources or SOURCES[0], wait or (lambda _: move(stack)))
        return reconciler.run(DAY, NEXT, only)
    finally:
        live.dispose()


@contextmanager
def spoilt(stack: Stack, table: str, sql: str) -> Iterator[None]:
    """A table of reporting as it should not be; mended afterwards."""
    stack.do("reporting", f"CREATE TABLE saved AS TABLE {table}")
    try:
        assert stack.do("reporting", sql) == 1
        yield
    finally:
        stack.do("reporting", f"DELETE FROM {table}")
        stack.do("reporting", f"INSERT INTO {table} TABLE saved")
        stack.do("reporting", "DROP TABLE saved")


def ward_of(stack: Stack, name: str = "Hải Thành") -> UUID:
    found: UUID = stack.ask("reporting", "SELECT area_id FROM area WHERE name LIKE %s AND level = 'ward'", f"%{name}")[
        0
    ][0]
    return found


# -- what stands, and what is the same -----------------------------------------------------------------------------------


def test_the_source_counts_what_stands_of_every_kind_and_nothing_void_or_of_the_sandbox(stack: Stack) -> None:
    (ward,) = stack.ask("sessions", "SELECT DISTINCT ward_id FROM entity WHERE kind = 'tally'")[0]

    assert SOURCES[0].counts(ward, DAY, NEXT) == {
        Key(DAY, "assists", "vneid_activation", "completed"): 4,
        Key(DAY, "assists", "vneid_activation", "failed"): 1,
        Key(DAY, "assists", "vaccination_entry", "completed"): 5,
        Key(NEXT, "assists", "vneid_activation", "completed"): 1,
        Key(DAY, "books", "", ""): 2,
        Key(DAY, "lines", "digital_skills", "completed"): 10,
        Key(DAY, "lines", "digital_skills", "failed"): 3,
        Key(DAY, "sessions", "support", ""): 1,
        Key(DAY, "attendees", "", ""): 12,
        Key(DAY, "households_visited", "", ""): 4,
        Key(DAY, "attendance", "", ""): 1,
        Key(DAY, "feedback", "identity", "answered"): 1,
        Key(DAY, "feedback", "identity", "raised"): 1,
        Key(DAY, "incidents", "online_scam", ""): 1,
        Key(DAY, "proposals", "policy", "accepted"): 1,
    }


def test_reporting_is_the_same_as_its_sources(stack: Stack) -> None:
    made = run(stack)

    assert (made.differences, made.moving, made.quarantined) == ([], 0, 0)
    assert made.wards == 2
    assert made.numbers == 15 + 1 + 9  # of the two wards, and of the registry


# -- differences -----------------------------------------------------------------------------------------------------------

SPOILT = {
    "assists": (
        "assists_by_day",
        "UPDATE assists_by_day SET assists = assists + 2 WHERE day = '2023-03-09'",
        (Key(NEXT, "assists", "vneid_activation", "completed"), 1, 3),
    ),
    "lost assists": (
        "assists_by_day",
        "DELETE FROM assists_by_day WHERE service = 'vaccination_entry'",
        (Key(DAY, "assists", "vaccination_entry", "completed"), 5, 0),
    ),
    "a book": (
        "tally",
        "DELETE FROM tally WHERE strpos(convert_from(state, 'UTF8'), 'digital') = 0",
        (Key(DAY, "books", "", ""), 2, 1),
    ),
    "a line": (
        "tally",
        """UPDATE tally SET state = convert_to(replace(convert_from(state, 'UTF8'), '"count":10', '"count":11'), 'UTF8')
            WHERE strpos(convert_from(state, 'UTF8'), '"count":10') > 0""",
        (Key(DAY, "lines", "digital_skills", "completed"), 10, 11),
    ),
    "attendees": ("session", "UPDATE session SET attendees = 13", (Key(DAY, "attendees", "", ""), 12, 13)),
    "households": (
        "session", "UPDATE session SET households_visited = 0", (Key(DAY, "households_visited", "", ""), 4, 0),
    ),
    "people left waiting": (
        "session", "UPDATE session SET left_waiting = 1", (Key(DAY, "left_waiting", "", ""), 0, 1),
    ),
    "attendance": (
        "attendance",
        "UPDATE attendance SET volunteer = gen_random_uuid() WHERE is_in AND session_id IN (SELECT session_id FROM session)",
        (Key(DAY, "attendance", "", ""), 1, 2),
    ),
    "an incident": ("incident", "DELETE FROM incident", (Key(DAY, "incidents", "online_scam", ""), 1, 0)),
}  # fmt: skip


@pytest.mark.parametrize("name", SPOILT)
def test_a_number_that_is_not_the_same_is_named_with_its_segment(stack: Stack, name: str) -> None:
    table, sql, (key, source, reporting) = SPOILT[name]
    with spoilt(stack, table, sql):
        (found,) = run(stack).differences

    assert (found.key, found.source, found.reporting) == (key, source, reporting)
    assert found.ward_name.endswith("Hải Thành")
    assert found.newest is not None
    family = (
        "attendance" if key.what == "attendance" else {"b": "tally", "l": "tally", "a": "assist"}.get(key.what[0], "")
    )
    newest = stack.ask(
        "reporting",
        """SELECT shard, segment, recorded_at FROM evidence WHERE day = %s AND ward_id = %s
            ORDER BY type LIKE %s DESC, recorded_at DESC, segment DESC LIMIT 1""",
        key.day, found.ward, f"{family}.%",
    )  # fmt: skip
    assert (found.newest.shard, found.newest.segment) == newest[0][:2]


@pytest.mark.parametrize(
    ("table", "sql", "pairs"),
    [
        ("session", "DELETE FROM session",
         {("sessions", "support"): (1, 0), ("attendees", ""): (12, 0), ("households_visited", ""): (4, 0),
          ("attendance", ""): (1, 0)}),
        ("feedback", "UPDATE feedback SET status = 'resolved' WHERE status = 'answered'",
         {("feedback", "identity"): (1, 0), ("feedback", "identity", "resolved"): (0, 1)}),
        ("proposal", "UPDATE proposal SET result = NULL",
         {("proposals", "policy"): (0, 1), ("proposals", "policy", "accepted"): (1, 0)}),
    ],
)  # fmt: skip
def test_what_is_another_kind_of_thing_differs_on_both_sides(
    stack: Stack, table: str, sql: str, pairs: dict[tuple[str, ...], tuple[int, int]]
) -> None:
    with spoilt(stack, table, sql):
        found = {one.key: (one.source, one.reporting) for one in run(stack).differences}

    assert len(found) == len(pairs)
    assert sorted(found.values()) == sorted(pairs.values())
    assert {key.what for key in found if key} == {name[0] for name in pairs}


def test_the_segment_is_that_of_the_service_and_the_day(stack: Stack) -> None:
    """A later event of another service does not draw the blame."""
    with spoilt(stack, "assists_by_day", "DELETE FROM assists_by_day WHERE service = 'vaccination_entry'"):
        (before,) = run(stack).differences
        assert stack.post(assist(service="digital_skills")).status_code == 201
        move(stack)
        (after,) = [one for one in run(stack).differences if one.key and one.key.part == "vaccination_entry"]
        stack.do("reporting", "INSERT INTO saved SELECT * FROM assists_by_day WHERE service = 'digital_skills'")

    assert before.newest == after.newest


@pytest.mark.parametrize(
    ("table", "what"),
    [("venue", "venues"), ("volunteer", "volunteers"), ("office", "offices"), ("area", "areas"),
     ("service", "services"), ("campaign", "campaigns"), ("target", "targets")],
)  # fmt: skip
def test_what_the_registry_has_and_reporting_lacks_is_named(stack: Stack, table: str, what: str) -> None:
    with spoilt(stack, table, f"DELETE FROM {table} WHERE ctid = (SELECT max(ctid) FROM {table})"):
        found = [one for one in run(stack).differences if one.ward is None]

    number = stack.ask("registry", f"SELECT count(*) FROM {table}")[0][0]
    assert found == [Difference(what, number, number - 1)]
    assert number > 1


def test_what_the_registry_does_not_have_is_named(stack: Stack) -> None:
    with spoilt(stack, "team", "INSERT INTO team (team, area_id) VALUES (gen_random_uuid(), gen_random_uuid())"):
        assert run(stack).differences == [Difference("teams", 0, 1)]


def test_a_ward_that_only_reporting_knows_is_compared(stack: Stack) -> None:
    invented = uuid.uuid4()
    add = f"""INSERT INTO assists_by_day (day, ward_id, area_id, service, outcome, age_band, resident_area_id, assists)
              SELECT day, '{invented}', area_id, service, outcome, age_band, resident_area_id, 9
                FROM assists_by_day WHERE day = '2023-03-09'"""
    with spoilt(stack, "assists_by_day", add):
        (found,) = run(stack).differences

    assert (found.ward, found.source, found.reporting, found.newest) == (invented, 0, 9, None)


def test_only_the_wards_that_are_asked_for_are_compared(stack: Stack) -> None:
    with spoilt(stack, "incident", "DELETE FROM incident"):
        assert run(stack, only=[ward_of(stack, "Anh Dũng")]).differences == []
        assert len(run(stack, only=[ward_of(stack)]).differences) == 1


# -- what is under way -----------------------------------------------------------------------------------------------------


class Busy(Sources):
    """Somebody reports something after each of the first `times` answers; `moves` says that it has its effect."""

    def __init__(self, stack: Stack, times: int) -> None:
        super().__init__(stack.settings)
        self._stack, self._times = stack, times
        SOURCES.append(self)  # closed with the others

    def counts(self, ward: UUID, first: dt.date, last: dt.date) -> Counts:
        found = super().counts(ward, first, last)
        if self._times:
            self._times -= 1
            assert self._stack.post(assist(service="health_declaration")).status_code == 201
            move(self._stack)
        return found


def test_what_is_accepted_and_not_yet_cut_is_no_difference(stack: Stack) -> None:
    assert stack.post(assist()).status_code == 201

    assert run(stack).differences == []


def test_what_comes_in_between_the_two_readings_is_no_difference(stack: Stack) -> None:
    made = run(stack, Busy(stack, 1), only=[ward_of(stack)])

    assert (made.differences, made.moving) == ([], 0)


def test_a_number_that_never_holds_still_is_not_compared_and_told(stack: Stack) -> None:
    made = run(stack, Busy(stack, 99), only=[ward_of(stack)])

    assert (made.differences, made.moving) == ([], 1)


def test_a_difference_is_found_beside_what_is_under_way(stack: Stack) -> None:
    with spoilt(stack, "incident", "DELETE FROM incident"):
        made = run(stack, Busy(stack, 3), only=[ward_of(stack)])

    assert [one.what for one in made.differences] == ["incidents"]
    move(stack)


def test_a_log_that_is_not_cut_cannot_be_compared(stack: Stack) -> None:
    assert stack.post(assist()).status_code == 201

    with pytest.raises(FeedError, match="log is not cut"):
        run(stack, wait=lambda _: None)
    cut(stack)
    with pytest.raises(FeedError, match="does not reach its heads"):
        run(stack, wait=lambda _: None)
    move(stack)
    assert run(stack, wait=lambda _: None).differences == []


def test_a_source_that_is_away_cannot_be_compared(stack: Stack) -> None:
    stack.stop_serving("sessions")
    try:
        with pytest.raises(FeedError, match="counts of sessions"):
            run(stack)
    finally:
        stack.serve("sessions")


def test_days_are_asked_for_in_pieces_without_gap_or_overlap() -> None:
    first = dt.date(2023, 1, 1)

    pieces = list(windows(first, first + dt.timedelta(days=184)))

    assert [(end - start).days + 1 for start, end in pieces] == [92, 92, 1]
    assert all(after[0] - before[1] == dt.timedelta(days=1) for before, after in pairwise(pieces))
    assert list(windows(first, first)) == [(first, first)]


# -- the route -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"ward": "x", "from": "2023-03-01", "to": "2023-03-01"}, "ward"),
        ({"from": "2023-03-01", "to": "2023-03-01"}, "ward"),
        ({"ward": str(uuid.uuid4()), "from": "hôm nay", "to": "2023-03-01"}, "from"),
        ({"ward": str(uuid.uuid4()), "from": "2023-03-01"}, "to"),
        ({"ward": str(uuid.uuid4()), "from": "2023-03-02", "to": "2023-03-01"}, "to"),
        ({"ward": str(uuid.uuid4()), "from": "2023-01-01", "to": "2023-04-03"}, "to"),
    ],
)
def test_the_source_says_what_it_cannot_answer(stack: Stack, query: dict[str, str], field: str) -> None:
    answer = httpx.get(
        f"{stack.url('sessions')}/internal/v1/counts", params=query, trust_env=False,
        headers={"Authorization": f"Bearer {INTERNAL_SECRET}"},
    )  # fmt: skip

    assert answer.status_code in (400, 422)
    assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_the_source_answers_for_ninety_two_days_at_once(stack: Stack) -> None:
    first = dt.date(2023, 1, 1)

    assert SOURCES[0].counts(ward_of(stack), first, first + dt.timedelta(days=91))


# -- every night -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def closing(stack: Stack) -> Iterator[dt.datetime]:
    """The 9 of March is closed."""
    at = dt.datetime(2023, 3, 9, 15, 1, tzinfo=dt.UTC)
    stack.do("reporting", "INSERT INTO closing VALUES (%s, %s, false, '[]', '{}')", NEXT, at)
    yield at
    stack.do("reporting", "DELETE FROM closing")
    stack.do("reporting", "DELETE FROM reconciliation")


def shown() -> tuple[float, float]:
    return metrics.reconcile_differences._value.get(), metrics.reconcile_age._value.get()


class Night:
    """The reconciler's clock at some moments."""

    def __init__(self, stack: Stack) -> None:
        self.url = stack.settings.database_url("reporting")
        self.live = copies.engine(self.url, copies.LIVE)
        self.reconciler = Reconciler(self.live, FEEDS, SOURCES[0], lambda _: move(stack))

    def looks(self, now: dt.datetime) -> Compared | None:
        made = clockwork.run_due(self.url, self.live, self.reconciler, lambda: now)
        clockwork.show(self.live, now)
        return made


def test_nothing_is_compared_before_a_day_is_closed(stack: Stack) -> None:
    assert Night(stack).looks(dt.datetime(2023, 3, 9, 16, tzinfo=dt.UTC)) is None
    assert shown() == (0, 0)


def test_after_a_closing_the_last_seven_days_are_compared_once(stack: Stack, closing: dt.datetime) -> None:
    night, later = Night(stack), closing + dt.timedelta(minutes=5)
    with spoilt(stack, "incident", "DELETE FROM incident"):
        made = night.looks(later)

    assert made is not None
    assert (made.first, made.last, len(made.differences)) == (dt.date(2023, 3, 3), NEXT, 1)
    assert shown() == (1, 0)
    assert night.looks(later + dt.timedelta(hours=1)) is None
    assert shown() == (1, 3600)
    (row,) = stack.ask("reporting", "SELECT day, differences, first_difference FROM reconciliation")
    assert row[:2] == (NEXT, 1)
    assert "Hải Thành: 2023-03-08: incidents online_scam: 1 ≠ 0 (segment" in row[2]


def test_a_comparison_that_could_not_be_tried_is_tried_again_and_grows_old(stack: Stack, closing: dt.datetime) -> None:
    night = Night(stack)
    stack.stop_serving("sessions")
    try:
        with pytest.raises(FeedError):
            night.looks(closing)
    finally:
        stack.serve("sessions")
    clockwork.show(night.live, closing + dt.timedelta(hours=40))
    assert shown() == (0, 40 * 3600)

    assert night.looks(closing + dt.timedelta(hours=41)) is not None
    assert shown() == (0, 0)


def test_two_consumers_compare_once(stack: Stack, closing: dt.datetime) -> None:
    night = Night(stack)
    with alone(night.url, clockwork.LOCK) as is_alone:
        assert is_alone
        assert night.looks(closing) is None
    assert night.looks(closing) is not None


# -- the command -----------------------------------------------------------------------------------------------------------


def command(stack: Stack, *arguments: str) -> tuple[int, str]:
    with environment_of(stack):
        done = CliRunner().invoke(app, ["reconcile", "--from", "2023-03-08", "--to", "2023-03-09", *arguments])
    return done.exit_code, done.output


def test_the_command_says_that_all_is_the_same(stack: Stack) -> None:
    status, said = command(stack)

    assert status == 0, said
    assert "2 phường, xã đều khớp · all the same" in said


def test_the_command_names_the_first_difference_and_ends_with_one(stack: Stack) -> None:
    with spoilt(stack, "assists_by_day", "DELETE FROM assists_by_day WHERE day = '2023-03-09'"):
        status, said = command(stack)
        as_json = json.loads(command(stack, "--json")[1].splitlines()[-1])
        elsewhere = command(stack, "--ward", "11689")[0]

    assert (status, elsewhere) == (1, 0)
    assert "Hải Thành: 2023-03-09: assists vneid_activation completed: 1 ≠ 0 (segment" in said
    (one,) = as_json["differences"]
    assert (one["day"], one["part"], one["source"], one["reporting"]) == ("2023-03-09", "vneid_activation", 1, 0)
    assert one["segment"] >= 1


@pytest.mark.parametrize("arguments", [("--ward", "99999"), ("--from", "x"), ("--from", "2023-03-10")])
def test_the_command_refuses_what_makes_no_sense(stack: Stack, arguments: tuple[str, ...]) -> None:
    assert command(stack, *arguments)[0] == 2


def test_the_command_ends_with_two_when_it_could_not_try(stack: Stack) -> None:
    stack.stop_serving("sessions")
    try:
        status, said = command(stack)
    finally:
        stack.serve("sessions")

    assert status == 2
    assert "chưa đối soát được" in said


# -- a running Congdongso --------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_after_simulated_traffic_with_every_bad_habit_all_is_the_same(
    postgres: TestPostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compare, "CATCH_UP_SECONDS", 60.0)
    with embedded(postgres) as running:
        clients = running.folder / ".cds" / "clients.json"
        targets = read_clients_file(clients)[0]
        sites = tuple(site for site in story.sites() if site.client_id.endswith("-2023"))
        simulate(Plan(sites, DAY, NEXT, 1500, "reconcile", Habits.all()), targets, has_baseline=False)
        live = copies.engine(running.settings.database_url("reporting"), copies.LIVE)
        feeds, sources = feeds_of(running.settings), Sources(running.settings)
        try:
            made = Reconciler(live, feeds, sources, time.sleep).run(dt.date(2023, 1, 1), dt.date(2023, 12, 31))
        finally:
            live.dispose()
            sources.close()
            for feed in feeds.values():
                feed.close()

    assert (made.differences, made.moving) == ([], 0)
    assert made.wards >= 6
    assert made.numbers > 100
