"""Each resident and each stall is credited once, whatever the order in which assists, corrections and voids arrive.

Events are applied by the consumer of reporting on a real PostgreSQL; what must come out is computed from the assists that
hold in the end.
"""

from __future__ import annotations

import threading
import uuid
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.reporting.projections.assists_by_day import count_assist
from services.reporting.projections.credit import credit_visit
from services.reporting.projections.paper import keep_tally
from shared import database
from shared.consumer import Work
from shared.events import facts, sessions
from shared.events.facts import AssistFact, AssistState, Logged, TallyFact, TallyLineState, TallyState
from tests.integration.told_assists import (
    GROUP,
    HOME,
    KINDS,
    OTHER_GROUP,
    OTHER_TOKEN,
    SESSION,
    TOKEN,
    VENUE,
    WARD,
    Reporting,
    assist,
    at,
    history,
    logged,
    recomputed,
)
from tests.support.postgres import TestPostgres
from tests.support.stack import wait_for

FIRST, SECOND, THIRD = (uuid.UUID(int=number) for number in (101, 102, 103))


def migrate(url: str) -> None:
    database.migrate("reporting", url)


@pytest.fixture
def engine(postgres: TestPostgres) -> Iterator[sa.Engine]:
    url = postgres.fresh_database(migrate)
    made = database.engine(url, options=database.JOB_OPTIONS)
    yield made
    made.dispose()
    postgres.drop(url)


@pytest.fixture
def reporting(engine: sa.Engine) -> Reporting:
    return Reporting(engine)


def credited(reporting: Reporting) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    """(credited, unkeyed) by resident area and kind."""
    rows = reporting.query("SELECT area_id, kind, sum(credited), sum(unkeyed) FROM credited_by_day GROUP BY 1, 2")
    return {(area, kind): (int(once), int(each)) for area, kind, once, each in rows}


def test_a_resident_is_credited_once_at_the_first_completed_assist_though_it_arrives_last(reporting: Reporting) -> None:
    reporting.tell(*history(THIRD, assist(resident_token=TOKEN, happened_at=at(3), area=OTHER_GROUP)))
    assert credited(reporting) == {(OTHER_GROUP, "resident"): (1, 0)}

    reporting.tell(*history(FIRST, assist(resident_token=TOKEN, happened_at=at(1), outcome="failed")), shard=1)
    reporting.tell(*history(SECOND, assist(resident_token=TOKEN, happened_at=at(2), resident_area=HOME)), shard=2)

    assert credited(reporting) == {(HOME, "resident"): (1, 0)}
    assert reporting.query("SELECT assist_id FROM credit") == [(SECOND,)]
    assert reporting.query("SELECT assist_id FROM visit WHERE is_credited") == [(SECOND,)]


def test_of_two_at_the_same_moment_the_lower_id_is_credited(reporting: Reporting) -> None:
    for shard, subject in enumerate((SECOND, FIRST, THIRD)):
        reporting.tell(*history(subject, assist(resident_token=TOKEN)), shard=shard)

    assert reporting.query("SELECT assist_id FROM credit") == [(FIRST,)]


def test_each_service_and_each_resident_is_credited_apart_and_those_without_a_token_one_each(
    reporting: Reporting,
) -> None:
    told = [
        assist(resident_token=TOKEN), assist(resident_token=TOKEN, service="digital_skills"),
        assist(resident_token=OTHER_TOKEN), assist(), assist(), assist(outcome="failed"), assist(quantity=7),
    ]  # fmt: skip
    for number, state in enumerate(told, start=200):
        reporting.tell(*history(uuid.UUID(int=number), state))

    assert credited(reporting) == {(GROUP, "resident"): (3, 3)}


def test_a_correction_that_takes_the_token_away_gives_the_credit_to_the_next(reporting: Reporting) -> None:
    mine, without = assist(resident_token=TOKEN, happened_at=at(1)), assist(happened_at=at(1))
    reporting.tell(*history(SECOND, assist(resident_token=TOKEN, happened_at=at(2), area=OTHER_GROUP)))
    reporting.tell(*history(FIRST, mine, without))

    # Nobody knows any more who that was: one without a token, and the other is the first of the token.
    assert credited(reporting) == {(GROUP, "resident"): (0, 1), (OTHER_GROUP, "resident"): (1, 0)}
    assert reporting.query("SELECT assist_id FROM visit") == [(SECOND,)]


def test_a_correction_to_another_token_or_service_moves_the_credit(reporting: Reporting) -> None:
    mine = assist(resident_token=TOKEN)
    reporting.tell(*history(FIRST, mine, assist(resident_token=OTHER_TOKEN)))
    reporting.tell(*history(SECOND, mine, assist(resident_token=TOKEN, service="digital_skills")))

    assert reporting.tables()["credit"] == {
        (OTHER_TOKEN, "vneid_activation"): (FIRST,),
        (TOKEN, "digital_skills"): (SECOND,),
    }
    assert credited(reporting) == {(GROUP, "resident"): (2, 0)}


def test_what_is_corrected_and_voided_at_once_or_step_by_step_leaves_no_row(reporting: Reporting) -> None:
    told = [
        assist(resident_token=TOKEN, volunteers=[HOME], marks=["apportioned"]), assist(stall="A-1", quantity=3),
        assist(resident_token=TOKEN, service="stall_qr_setup", stall="A-1"), None,
    ]  # fmt: skip
    reporting.tell(*history(FIRST, *told))
    for event in history(SECOND, *told):
        reporting.tell(event)

    assert reporting.tables() == {kind: {} for kind in KINDS}


def test_a_correction_that_does_not_apply_changes_nothing(reporting: Reporting) -> None:
    mine = assist(resident_token=TOKEN)
    reporting.tell(*history(FIRST, mine))
    before = reporting.tables()

    lost = AssistFact(content=assist(resident_token=OTHER_TOKEN), before=mine, applies=False)
    reporting.tell(logged(sessions.AssistCorrected, FIRST, lost))

    assert reporting.tables() == before


def test_stalls_are_credited_by_their_code_beside_the_residents(reporting: Reporting) -> None:
    qr, paid = "stall_qr_setup", "stall_first_payment"
    told = [
        assist(service=qr, stall="A-1", resident_token=TOKEN), assist(service=qr, stall="A-1", happened_at=at(-1), area=OTHER_GROUP),
        assist(service=paid, stall="A-1"), assist(service=paid, stall="B-2"),
        assist(service=paid), assist(stall="A-1"), assist(),
    ]  # fmt: skip
    for number, state in enumerate(told, start=200):
        reporting.tell(*history(uuid.UUID(int=number), state))

    rows = reporting.query("SELECT service, area_id, credited, unkeyed FROM credited_by_day WHERE kind = 'stall'")
    assert set(rows) == {
        (qr, OTHER_GROUP, 1, 0), (paid, GROUP, 2, 1), ("vneid_activation", GROUP, 1, 0),
    }  # fmt: skip
    # A resident's token is never taken for a stall's code.
    assert reporting.query("SELECT count(*) FROM credit WHERE key LIKE 'stall %'") == [(4,)]
    assert reporting.query("SELECT kind, count(*) FROM visit GROUP BY 1 ORDER BY 1") == [("resident", 1), ("stall", 5)]


# -- for any history ----------------------------------------------------------------------------------------------

TOKENS = st.sampled_from([None, TOKEN, TOKEN, OTHER_TOKEN])
STATES = st.builds(
    assist,
    area=st.sampled_from([GROUP, OTHER_GROUP]),
    resident_area=st.sampled_from([GROUP, HOME]),
    service=st.sampled_from(["vneid_activation", "stall_qr_setup"]),
    outcome=st.sampled_from(["completed", "completed", "failed"]),
    age_band=st.sampled_from(["60_plus", "unknown"]),
    helper_age_band=st.sampled_from(["16_30", "unknown"]),
    resident_token=TOKENS,
    stall=st.sampled_from([None, "A-1"]),
    happened_at=st.sampled_from([at(0), at(0), at(1), at(60)]),
    session=st.sampled_from([None, SESSION]),
    venue=st.sampled_from([None, VENUE]),
    channel=st.sampled_from(["at_venue", "phone"]),
    reason=st.sampled_from([None, "declined"]),
    volunteers=st.sampled_from([[], [HOME], [HOME, HOME, VENUE]]),
    quantity=st.sampled_from([1, 1, 5]),
    marks=st.sampled_from([[], ["apportioned", "unverified:session"], ["clock_suspect", "unverified:volunteer"]]),
)
CHAINS = st.lists(st.tuples(STATES, st.lists(STATES | st.none(), max_size=3)), min_size=1, max_size=8)


def clear(engine: sa.Engine) -> None:
    with database.transaction(engine) as connection:
        connection.execute(f"TRUNCATE position, {', '.join(sorted(KINDS))}")


def interleaved(data: st.DataObject, chains: list[list[Logged]]) -> list[tuple[int, list[Logged]]]:
    """Segments of three shards in some order: each assist stays on its shard, in its order."""
    waiting = [list(chain) for chain in chains]
    shards = [data.draw(st.integers(0, 2)) for _ in chains]
    told: list[tuple[int, list[Logged]]] = []
    while any(waiting):
        index = data.draw(st.sampled_from([i for i, chain in enumerate(waiting) if chain]))
        event = waiting[index].pop(0)
        if told and told[-1][0] == shards[index] and data.draw(st.booleans()):
            told[-1][1].append(event)
        else:
            told.append((shards[index], [event]))
    return told


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(chains=CHAINS, data=st.data())
def test_every_table_is_a_function_of_what_holds_and_not_of_the_way_it_came(
    engine: sa.Engine, chains: list[tuple[AssistState, list[AssistState | None]]], data: st.DataObject
) -> None:
    clear(engine)
    reporting = Reporting(engine)
    histories, current, clients = [], {}, {}
    for number, (recorded, changes) in enumerate(chains, start=300):
        subject, client = uuid.UUID(int=number), f"app-{number % 2}"
        histories.append(history(subject, recorded, *changes, client=client))
        last = [recorded, *changes][-1]
        if last is not None:
            current[subject], clients[subject] = last, client

    for shard, events in interleaved(data, histories):
        reporting.tell(*events, shard=shard)

    assert reporting.tables() == recomputed(current, clients)


# -- two shards at once -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("one", "other"), [(1, 2), (2, 1)], ids=["the earlier one first", "the later one first"])
@pytest.mark.parametrize("known", [False, True], ids=["nobody before", "somebody before"])
def test_of_two_shards_that_meet_in_one_token_the_second_waits_and_one_assist_is_credited(
    engine: sa.Engine, one: int, other: int, known: bool
) -> None:
    reporting = Reporting(engine)
    states = {THIRD: assist(resident_token=TOKEN, happened_at=at(3), area=HOME)} if known else {}
    for subject, state in states.items():
        reporting.tell(*history(subject, state))
    # In wards of their own: what they share is the token, and nothing else for which one would wait for the other.
    places = {1: GROUP, 2: OTHER_GROUP}
    mine = {
        uuid.UUID(int=100 + n): assist(resident_token=TOKEN, happened_at=at(n), area=places[n], ward=places[n])
        for n in (one, other)
    }
    first, second = (history(subject, state) for subject, state in mine.items())

    meet(reporting, first[0], second[0])

    assert reporting.tables() == recomputed(states | mine)


def test_of_a_credit_taken_back_while_another_shard_brings_a_later_visit_the_later_is_credited(
    reporting: Reporting,
) -> None:
    earlier = assist(resident_token=TOKEN, happened_at=at(1))
    later = assist(resident_token=TOKEN, happened_at=at(2), area=OTHER_GROUP, ward=OTHER_GROUP)
    recorded, void = history(FIRST, earlier, None)
    reporting.tell(recorded)

    (brought,) = history(SECOND, later)
    meet(reporting, brought, void)

    assert reporting.tables() == recomputed({SECOND: later})


def meet(reporting: Reporting, first: Logged, second: Logged) -> None:
    """Apply the second while the first is applied and not committed, until it waits for the first."""

    def apply(connection: database.Connection, event: Logged) -> None:
        work = Work(connection)
        for handler in (count_assist, credit_visit):
            handler(work, event, facts.decode_fact(event))  # type: ignore[arg-type]
        work.flush()

    def apply_second() -> None:
        with database.transaction(reporting.engine) as connection:
            apply(connection, second)

    thread = threading.Thread(target=apply_second)
    with database.transaction(reporting.engine) as connection:
        apply(connection, first)
        thread.start()
        wait_for(lambda: reporting.query("SELECT FROM pg_locks WHERE NOT granted"), what="the second to wait")
    thread.join(timeout=10)


def test_shards_that_race_over_the_same_residents_end_as_one_after_another(engine: sa.Engine) -> None:
    """Many segments of four shards at once, each of which corrects, voids and moves between the same few keys."""
    current: dict[uuid.UUID, AssistState] = {}
    told: dict[int, list[list[Logged]]] = {}
    for shard in range(4):
        told[shard] = []
        area = uuid.UUID(int=50 + shard)
        for number in range(12):
            events: list[Logged] = []
            for n in range(10):
                subject = uuid.UUID(int=10_000 * (shard + 1) + 100 * number + (n * 7) % 10)
                token = f"k1.{(n * (shard + 3) + number) % 6:043}"
                state = assist(resident_token=token, happened_at=at(-number * 4 - shard), area=area, ward=area)
                last = [state, assist(stall=f"A-{n % 3}", happened_at=at(n), area=area, ward=area), None][
                    (n + number) % 3
                ]
                events += history(subject, state, last)
                if last is not None:
                    current[subject] = last
            told[shard].append(events)
    problems: list[BaseException] = []
    start = threading.Barrier(4)

    def run(shard: int) -> None:
        reporting = Reporting(engine)
        start.wait()
        try:
            for events in told[shard]:
                reporting.tell(*events, shard=shard)
        except BaseException as error:
            problems.append(error)

    threads = [threading.Thread(target=run, args=(shard,)) for shard in told]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)

    assert problems == []
    assert Reporting(engine).tables() == recomputed(current)


# -- what a closing is told ---------------------------------------------------------------------------------------


def test_a_copy_that_keeps_account_is_told_each_change_of_a_figure(engine: sa.Engine) -> None:
    day, service, qr = assist().day, "vneid_activation", "stall_qr_setup"
    line = TallyLineState(service=service, outcome="completed", count=10)
    book = TallyState(day=day, area=GROUP, ward=WARD, covers="all", version=1, lines=[line])
    steps: list[tuple[Logged, Any]] = [
        (event, facts.decode_fact(event))
        for chain in (
            history(FIRST, assist(resident_token=TOKEN, happened_at=at(2))),
            history(SECOND, assist(resident_token=TOKEN, happened_at=at(1), area=OTHER_GROUP, resident_area=HOME)),
            history(THIRD, assist(quantity=3), assist(quantity=3, outcome="failed")),
            history(uuid.UUID(int=104), assist(service=qr, stall="A-1")),
        )
        for event in chain
    ]
    told: Counter[tuple[Any, ...]] = Counter()
    with database.transaction(engine) as connection:
        for event, fact in [(steps[0][0], TallyFact(content=book)), *steps]:
            work = Work(connection, reason="late")
            for handler in (keep_tally,) if isinstance(fact, TallyFact) else (count_assist, credit_visit):
                handler(work, event, fact)
            work.flush()
        rows = connection.execute("SELECT day, area_id, figure, service, change FROM ledger").fetchall()
        told.update({tuple(row[:4]): row[4] for row in rows})

    assert {key: change for key, change in told.items() if change} == {
        # The book of ten has one single completed assist in it, and adds nine.
        (day, GROUP, "F1", service): 1 + 3 + 9, (day, GROUP, "F2", service): 1 + 9, (day, GROUP, "F4", service): 9,
        (day, OTHER_GROUP, "F1", service): 1, (day, OTHER_GROUP, "F2", service): 1, (day, HOME, "F4", service): 1,
        (day, GROUP, "F1", qr): 1, (day, GROUP, "F2", qr): 1, (day, GROUP, "F4", qr): 1, (day, GROUP, "F6", qr): 1,
    }  # fmt: skip
