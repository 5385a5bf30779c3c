"""Closings of random histories: statements by the cut, amendments that add up to the figure now, never twice.

Figures are judged by the plain recomputation of `tests/support/plain` over the events before the cut.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random
from typing import Any
from uuid import UUID

import pytest

from services.reporting import copies, rebuild, stream
from services.reporting.closing import amendments, days, figures
from services.reporting.closing.recompute import recompute
from services.reporting.closing.run import Closer
from services.reporting.consumers import CONSUMER
from shared import database
from shared.consumer import Applier
from shared.database import Connection, transaction
from shared.events import facts
from shared.segments import Segment, pack
from tests.support.fed import EPOCH, as_clients, feeds_of
from tests.support.histories import History, history, interleaved
from tests.support.plain import assists, credit, field_work, hours
from tests.support.plain.borders import Borders
from tests.support.plain.cells import Cell
from tests.support.plain.known import Known, cut, know
from tests.support.postgres import TestPostgres
from tests.support.world import FIRST, LAST, local

HISTORIES = int(os.environ.get("CDS_CLOSING_HISTORIES", "2"))
SEED = int(os.environ.get("CDS_CLOSING_SEED", "100"))
SEEDS = range(SEED, SEED + HISTORIES)
LATER = local(LAST + dt.timedelta(days=5), 12)
WHOLE = figures.WHOLE
Lines = dict[tuple[str, str], int]


def migrate(url: str) -> None:
    database.migrate("reporting", url)


@pytest.fixture
def url(postgres: TestPostgres) -> Iterator[str]:
    made = postgres.fresh_database(migrate)
    yield made
    postgres.drop(made)


@contextmanager
def live(url: str, copy: str = copies.LIVE) -> Iterator[Connection]:
    engine = copies.engine(url, copy)
    try:
        with transaction(engine) as connection:
            yield connection
    finally:
        engine.dispose()


def consume(url: str, segments: list[Segment]) -> None:
    """The live consumer takes these segments."""
    engine = copies.engine(url, copies.LIVE)
    applier = Applier(CONSUMER, engine)
    for segment in segments:
        applier.apply(segment)
    engine.dispose()


def closed(url: str, made: History, seed: int, moments: list[dt.datetime]) -> list[dt.date]:
    """Consume a history, and let the closer look at these moments."""
    chance = Random(seed)
    segments = made.segments(chance)[0]
    consume(url, interleaved(segments, chance))
    feeds, found = as_clients(feeds_of(segments)), []
    for moment in moments:
        found += Closer(url, feeds, lambda moment=moment: moment).run_due()  # type: ignore[misc]
    return found


def first_recorded(made: History) -> dt.datetime:
    return min(e.recordedtime for (name, _), events in made.shards.items() if name == "sessions" for e in events)


def statements(connection: Connection) -> dict[tuple[dt.date, UUID], tuple[int, str, str]]:
    rows = connection.execute("SELECT day, unit_id, number, contents, current FROM statement")
    return {(row[0], row[1]): (row[2], row[3], row[4]) for row in rows}


def lines_of(text: str, *, whole: bool = False) -> Lines:
    said = json.loads(text)
    return {key: count for key, count in amendments.flat(said["figures"] if whole else said).items() if count}


# -- the plain figures of a day and a unit -----------------------------------------------------------------------------


def plain_lines(known: Known, day: dt.date, unit: UUID) -> Lines:
    """What a statement of the unit must say of the day."""
    borders = Borders(known)

    def here(cells: list[Cell], place: str = "area") -> list[Cell]:
        found = [cell for cell in cells if cell["day"] == day]
        return [c for c in found if unit == WHOLE or borders.at(c[place], day, "ward") == unit]

    made: Lines = {}
    book = hours.book(known)

    def add(figure: str, service: str, count: Any) -> None:
        made[figure, service] = made.get((figure, service), 0) + int(count)

    for cell in here(assists.both(known)):
        add("F1", cell["service"], cell["n"])
        if cell["outcome"] == "completed":
            add("F2", cell["service"], cell["n"])
    for cell in here(credit.f4(known), "resident_area"):
        add("F4", cell["service"], cell["n"])
    for cell in here(credit.f6(known), "resident_area"):
        add("F6", cell["service"], cell["n"])
    for cell in here(assists.f13(known)):
        add("F13", cell["reason"], cell["n"])
    for cell in here(field_work.f7(known)):
        add("F7", "", cell["n"])
    made["F8", ""] = len({cell["volunteer"] for cell in here(hours.f8(known, book))})
    for cell in here(book):
        add("F9", "", cell["n"])
    for cell in here(field_work.f10(known)):
        add("F10", "", cell["n"])
    for what in ("households_visited", "left_waiting"):
        for cell in here(field_work.f11(known, what)):
            add("F11", what, cell["n"])
    for cell in here(field_work.feedback(known, day)):
        add("F50", cell["theme"], 1)
    for cell in here(field_work.incidents(known)):
        add("F53", cell["kind"], 1)
    add("F53", "proposals", len(here(field_work.proposals(known, day))))
    return {key: count for key, count in made.items() if count}


# -- tests -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", SEEDS)
def test_statements_say_what_the_events_before_the_cut_say(url: str, seed: int) -> None:
    made = history(seed)

    days_closed = closed(url, made, seed, [LATER])

    first = min(
        event.recordedtime for (name, _), events in made.shards.items() if name == "sessions" for event in events
    )
    expected = list(days.due(None, first, LATER))
    assert days_closed == expected
    with live(url) as connection:
        said = statements(connection)
    for day in [day for day in days_closed if day <= LAST]:
        known = know(cut(made.shards, days.limit_of(day)))
        units = {unit for of_day, unit in said if of_day == day}
        assert WHOLE in units
        for unit in units:
            assert lines_of(said[day, unit][1], whole=True) == plain_lines(known, day, unit), (seed, day, unit)


@pytest.mark.parametrize("seed", SEEDS)
def test_closed_and_all_amendments_is_the_figure_now(url: str, seed: int) -> None:
    made = history(seed)
    closed(url, made, seed, [LATER])

    with live(url) as connection:
        said = statements(connection)
        amended = connection.execute("SELECT day, unit_id, number, lines FROM amendment ORDER BY 1, 2, 3").fetchall()
        now = figures.of_days(connection, sorted({day for day, _ in said}))
    total: dict[tuple[dt.date, UUID], Lines] = {key: lines_of(one[1], whole=True) for key, one in said.items()}
    for day, unit, number, text in amended:
        for line in json.loads(text):
            assert total[day, unit].get((line["figure"], line["service"]), 0) == line["before"], (
                day,
                unit,
                number,
                line,
            )
            total[day, unit][line["figure"], line["service"]] = line["after"]
    for (day, unit), (_, _, current) in said.items():
        found = {key: count for key, count in total[day, unit].items() if count}
        assert found == lines_of(current)
        assert found == {k: n for k, n in amendments.flat(now.get((unit, day)) or figures.nothing()).items() if n}


@pytest.mark.parametrize("seed", SEEDS)
def test_the_reasons_of_an_amendment_add_up_to_its_difference(url: str, seed: int) -> None:
    """Of what adds up; without the registry as a reason where it told nothing any more."""
    made = history(seed)
    closed(url, made, seed, [LATER])
    told = max(
        event.recordedtime for (name, _), events in made.shards.items() if name == "registry" for event in events
    )

    with live(url) as connection:
        rows = connection.execute(
            "SELECT a.day, c.day, a.lines FROM amendment AS a JOIN closing AS c ON c.day = a.closing_day"
        )
        for day, closing_day, text in rows.fetchall():
            for line in json.loads(text):
                if line["figure"] in amendments.ADDITIVE:
                    why = {name: line[name] for name in line.keys() - {"figure", "service", "before", "after"}}
                    assert sum(why.values()) == line["after"] - line["before"], (seed, day, line)
                    is_quiet = told < days.limit_of(closing_day - dt.timedelta(days=1))
                    assert amendments.REGISTRY not in why or not is_quiet, (seed, day, line)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_closing_made_late_is_the_same_closing(postgres: TestPostgres, seed: int) -> None:
    made, found = history(seed), []
    evenings = [days.limit_of(day) + dt.timedelta(minutes=1) for day in days.due(None, first_recorded(made), LATER)]
    for moments in ([LATER], evenings):
        url = postgres.fresh_database(migrate)
        closed(url, made, seed, moments)
        with live(url) as connection:
            amended = connection.execute(
                "SELECT day, unit_id, number, lines FROM amendment ORDER BY 1, 2, 3"
            ).fetchall()
            found.append((statements(connection), amended))
        postgres.drop(url)
    (late, late_amended), (timely, timely_amended) = found
    assert late_amended == timely_amended
    for key, (number, contents, current) in timely.items():
        again = json.loads(late[key][1])
        assert (number, current) == (late[key][0], late[key][2])
        assert json.loads(contents) == again | {"made_late": False}
        assert again["made_late"]


@pytest.mark.parametrize("seed", SEEDS[:3])
def test_every_statement_comes_out_the_same_when_it_is_added_up_again(url: str, seed: int) -> None:
    made = history(seed)
    days_closed = closed(url, made, seed, [LATER])
    feeds = as_clients(feeds_of(made.segments(Random(seed))[0]))

    for day in days_closed[:8]:
        assert recompute(url, feeds, day)[1] == []

    with live(url) as connection:
        connection.execute("UPDATE statement SET contents = replace(contents, '\"number\":1,', '\"number\":7,')")
    different = recompute(url, feeds, days_closed[0])[1]
    assert different
    assert {one.figure for one in different} == {"contents"}


def test_two_closers_at_once_make_one_statement_each(url: str) -> None:
    made = history(SEED)
    segments = made.segments(Random(1))[0]
    consume(url, interleaved(segments, Random(1)))
    results: list[list[dt.date]] = []
    barrier = threading.Barrier(3)

    def close() -> None:
        barrier.wait()
        results.append(Closer(url, as_clients(feeds_of(segments)), lambda: LATER).run_due())

    threads = [threading.Thread(target=close) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    found = [day for result in results for day in result]
    assert len(found) == len(set(found)) > 0
    with live(url) as connection:
        row = connection.execute("SELECT count(*), count(DISTINCT (day, unit_id)) FROM statement").fetchone()
    assert row is not None
    assert row[0] == row[1] > 0


def test_a_closer_that_dies_on_the_way_leaves_nothing_by_halves(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    made = history(SEED)
    segments = made.segments(Random(1))[0]
    consume(url, interleaved(segments, Random(1)))
    feeds, alive = as_clients(feeds_of(segments)), stream.tell
    calls: list[int] = []

    def dying(connection: Connection, told: Any) -> None:
        alive(connection, told)
        calls.append(1)
        if len(calls) == 3:
            raise MemoryError("killed")

    monkeypatch.setattr(stream, "tell", dying)
    with pytest.raises(MemoryError):
        Closer(url, feeds, lambda: LATER).run_due()
    with live(url) as connection:
        closings = connection.execute("SELECT count(*) FROM closing").fetchone()
        told = connection.execute("SELECT count(DISTINCT day) FROM statement").fetchone()
    assert closings == told == (2,)

    Closer(url, feeds, lambda: LATER).run_due()

    found = list(days.due(None, first_recorded(made), LATER))
    with live(url) as connection:
        assert [row[0] for row in connection.execute("SELECT day FROM closing ORDER BY day")] == found
        events = connection.execute("SELECT sum(events) FROM segment").fetchone()
        rows = connection.execute(
            "SELECT (SELECT count(*) FROM statement) + (SELECT count(*) FROM amendment)"
        ).fetchone()
    assert events == rows
    for day in found[:4]:
        assert recompute(url, feeds, day)[1] == []


def test_nothing_is_closed_while_something_may_still_come_and_then_it_says_who_was_away(url: str) -> None:
    made = history(SEED)
    segments = made.segments(Random(1))[0]
    consume(url, interleaved(segments, Random(1)))
    feeds = feeds_of(segments)
    feeds["sessions"].complete_to = local(FIRST, 12)
    now = [local(FIRST, 22, 1)]
    closer = Closer(url, as_clients(feeds), lambda: now[0])

    assert [day for day in closer.run_due() if day >= FIRST] == []
    now[0] = local(FIRST, 22, 15, 59)
    assert FIRST not in closer.run_due()
    feeds["sessions"].is_away = True
    now[0] = local(FIRST, 22, 17)
    for _ in range(3):  # each day waits on its own
        closer.run_due()
        now[0] += dt.timedelta(minutes=16)
    with live(url) as connection:
        row = connection.execute("SELECT not_reached, is_late FROM closing WHERE day = %s", [FIRST]).fetchone()
    assert row is not None
    assert row[0] == ["sessions"]
    assert row[1]


def test_a_copy_of_another_release_is_made_anew_and_changes_nothing(url: str) -> None:
    made = history(SEED + 1)
    segments = made.segments(Random(1))[0]
    consume(url, interleaved(segments, Random(1)))
    feeds = as_clients(feeds_of(segments))
    middle = local(FIRST + dt.timedelta(days=5), 22, 1)
    Closer(url, feeds, lambda: middle).run_due()
    with live(url) as connection:
        connection.execute("COMMENT ON SCHEMA closed IS 'cds of another release'")
        before = statements(connection)

    Closer(url, feeds, lambda: LATER).run_due()

    with live(url) as connection:
        after = statements(connection)
        amended = connection.execute("SELECT count(*) FROM amendment WHERE lines = '[]'").fetchone()
    assert {key: one[:2] for key, one in before.items()}.items() <= {key: one[:2] for key, one in after.items()}.items()
    assert amended == (0,)
    for day in sorted({day for day, _ in after})[:6]:
        assert recompute(url, feeds, day)[1] == []


# -- rebuilding --------------------------------------------------------------------------------------------------------


def test_a_rebuild_ends_with_the_same_rows_and_mends_what_was_spoilt(url: str) -> None:
    made = history(SEED + 2)
    segments = made.segments(Random(1))[0]
    consume(url, interleaved(segments, Random(1)))
    feeds = as_clients(feeds_of(segments))
    before = table_rows(url)

    assert rebuild.rebuild(url, feeds).changed == {}
    with live(url) as connection:
        connection.execute("UPDATE assists_by_day SET assists = assists + 1")
        connection.execute("DELETE FROM session")
    spoilt = rebuild.rebuild(url, feeds)

    assert set(spoilt.changed) == {"assists_by_day", "session"}
    assert spoilt.events == made.events
    assert table_rows(url) == before


def test_a_rebuild_under_traffic_loses_nothing_and_shows_no_half(url: str) -> None:
    """The consumer goes on; a reader who looks all the time sees counts that never fall."""
    made = history(SEED + 3)
    segments = made.segments(Random(1))[0]
    order = interleaved(segments, Random(1))
    half = len(order) // 2
    consume(url, order[:half])
    feeds = feeds_of(segments)
    ending, seen = threading.Event(), []

    def traffic() -> None:
        engine = copies.engine(url, copies.LIVE)
        applier = Applier(CONSUMER, engine)
        for segment in order[half:]:
            applier.apply(segment)
        engine.dispose()

    def look() -> None:
        while not ending.is_set():
            with live(url) as connection:
                row = connection.execute("SELECT count(*), sum(segment)::int FROM position").fetchone()
                count = connection.execute("SELECT count(*) FROM evidence").fetchone()
                seen.append((row, count))

    threads = [threading.Thread(target=traffic), threading.Thread(target=look)]
    for thread in threads:
        thread.start()
    rebuild.rebuild(url, as_clients(feeds))
    threads[0].join()
    ending.set()
    threads[1].join()

    counts = [count[0] for _, count in seen if count]
    assert counts == sorted(counts)
    assert counts[0] > 0
    assert rebuild.rebuild(url, as_clients(feeds)).changed == {}


def table_rows(url: str) -> dict[str, list[str]]:
    with live(url) as connection:
        return {
            table: sorted(row[0] for row in connection.execute(f'SELECT t::text FROM "{table}" AS t'))
            for table in copies.tables()
            if table not in ("position", "area_version")
        }


# -- the edges of 22:00 ------------------------------------------------------------------------------------------------


def test_an_event_of_the_last_tenth_of_a_second_is_in_and_what_stands_behind_a_later_one_is_not(url: str) -> None:
    """Positions decide: after the first event of 22:00 nothing is in, also when a clock was set back."""
    made = history(SEED + 4)
    recorded = [event for (name, _), events in made.shards.items() if name == "sessions" for event in events
                if event.type.endswith("assist.recorded.v1")]  # fmt: skip
    day = FIRST
    times = [local(day, 21, 59, 59.9), local(day, 22), local(day, 21, 59, 59.95)]
    events = [
        facts.Logged(
            specversion="1.0", id=UUID(int=n + 1), source="/apps/edge", type=recorded[0].type, subject=UUID(int=n + 1),
            time=local(day, 21), recordedtime=time, partitionkey="x",
            data=facts.encode_data(at_day(recorded[0], day)),
        )
        for n, time in enumerate(times)
    ]  # fmt: skip
    registry = {key: parts for key, parts in made.segments(Random(1))[0].items() if key[0] == "registry"}
    body = pack([facts.encode(event) for event in events])
    segments = registry | {("sessions", 0): [Segment("sessions", EPOCH, 0, 1, 3, body)]}
    consume(url, interleaved(segments, Random(1)))
    feeds = as_clients(feeds_of(segments))

    Closer(url, feeds, lambda: local(day, 22, 1)).run_due()
    Closer(url, feeds, lambda: local(day + dt.timedelta(days=1), 22, 1)).run_due()

    with live(url) as connection:
        said = statements(connection)[day, WHOLE]
        amended = connection.execute("SELECT lines FROM amendment WHERE unit_id = %s", [WHOLE]).fetchall()
        cuts = json.loads(connection.execute("SELECT cut FROM closing WHERE day = %s", [day]).fetchone()[0])  # type: ignore[index]
    service = json.loads(bytes(events[0].data))["content"]["service"]
    assert [(row["segment"], row["events"]) for row in cuts if row["stream"] == "sessions"] == [(0, 1)]
    one = lines_of(said[1], whole=True)["F1", service]
    (line,) = [line for line in json.loads(amended[0][0]) if line["figure"] == "F1"]
    assert line == {"figure": "F1", "service": service, "before": one, "after": 3 * one, "late": 2 * one, "corrected": 0,
                    "voided": 0}  # fmt: skip


def at_day(event: facts.Logged, day: dt.date) -> facts.AssistFact:
    fact = facts.decode_fact(event)
    assert isinstance(fact, facts.AssistFact)
    assert fact.content is not None
    kept = {name: getattr(fact.content, name) for name in fact.content.__struct_fields__}
    return facts.AssistFact(content=facts.AssistState(**(kept | {"day": day, "resident_token": None})))


def test_engines_are_not_left_behind(url: str) -> None:
    closed(url, history(SEED), SEED, [LATER])

    with live(url) as connection:
        row = connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        ).fetchone()
    assert row == (0,)


# -- cumulative figures ------------------------------------------------------------------------------------------------

OF_WARDS = """
SELECT c.closing_day, c.day, x.ancestor_id, c.service, sum(c.change)::bigint
  FROM credited_closed AS c JOIN service AS s USING (service)
  LEFT JOIN area_ancestor AS x ON x.area_id = c.area_id AND x.level = 'ward' AND c.day BETWEEN x.valid_from AND x.valid_to
 WHERE s.once AND s.unit <> 'stall' GROUP BY 1, 2, 3, 4
"""


@pytest.mark.parametrize("seed", SEEDS)
def test_what_closings_add_to_the_cumulative_figures_is_closed_and_then_amended(url: str, seed: int) -> None:
    """Row by row: of its own day what the statement says, and with all later ones what the figure is now."""
    closed(url, history(seed), seed, [LATER])

    with live(url, copies.CLOSED) as connection:
        said = statements(connection)
        told: dict[tuple[dt.date, dt.date, UUID, str], int] = {}
        for closing_day, day, ward, service, change in connection.execute(OF_WARDS):
            for unit in {ward, WHOLE} - {None}:
                told[closing_day, day, unit, service] = told.get((closing_day, day, unit, service), 0) + change
        of_stalls = {row[0] for row in connection.execute("SELECT service FROM service WHERE unit = 'stall'")}
    first = min(day for day, _ in said)
    assert told
    for (day, unit), (_, contents, current) in said.items():
        own, whole = ({}, {})  # type: tuple[dict[str, int], dict[str, int]]
        for (closing_day, of_day, of_unit, service), change in told.items():
            if (of_day, of_unit) == (day, unit):
                whole[service] = whole.get(service, 0) + change
                if closing_day == day:
                    own[service] = change
        assert credited_in(json.loads(current), of_stalls) == {s: n for s, n in whole.items() if n}, (seed, day, unit)
        if not borders_moved(url, day):
            assert credited_in(json.loads(contents)["figures"], of_stalls) == {s: n for s, n in own.items() if n}
    assert all(closing_day >= max(day, first - dt.timedelta(days=1)) for closing_day, day, _, _ in told)


def credited_in(said: figures.Figures, without: set[str]) -> dict[str, int]:
    lines = {s: sum(cell.values()) for s, cell in said["credited"].items() if s not in without}
    return {service: people for service, people in lines.items() if people}


def borders_moved(url: str, day: dt.date) -> bool:
    """Whether an amendment of the day tells of borders: then what lay in a ward is another today."""
    with live(url) as connection:
        rows = connection.execute("SELECT lines FROM amendment WHERE day = %s", [day])
        return any("borders" in line or "catalogue" in line for row in rows for line in json.loads(row[0]))
