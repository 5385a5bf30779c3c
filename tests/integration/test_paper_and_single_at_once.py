"""A book and the single assists that it is compared with, applied by two consumers at the same moment.

A ward's events are of one shard, but a correction stays on the shard of its assist: two shards can meet in one ward.
"""

from __future__ import annotations

import datetime as dt
import threading
import uuid
from collections.abc import Iterator

import msgspec
import pytest
import sqlalchemy as sa

from services.reporting.projections.assists_by_day import count_assist
from services.reporting.projections.paper import keep_tally
from shared import database
from shared.consumer import Work
from shared.events.facts import AssistFact, AssistState, Logged, TallyFact, TallyLineState, TallyState
from tests.support.postgres import TestPostgres

DAY = dt.date(2023, 3, 8)
NOW = dt.datetime(2023, 3, 8, tzinfo=dt.UTC)
WARD, GROUP, SESSION = uuid.UUID(int=1), uuid.UUID(int=2), uuid.UUID(int=3)


def migrate(url: str) -> None:
    database.migrate("reporting", url)


@pytest.fixture
def engine(postgres: TestPostgres) -> Iterator[sa.Engine]:
    url = postgres.fresh_database(migrate)
    made = database.engine(url)
    yield made
    made.dispose()
    postgres.drop(url)


def an_event() -> Logged:
    return Logged(
        specversion="1.0", id=uuid.uuid4(), source="/apps/app", type="t", subject=uuid.uuid4(), time=NOW,
        recordedtime=NOW, partitionkey="k", data=msgspec.Raw(b"{}"),
    )  # fmt: skip


def singles(work: Work, session: uuid.UUID | None) -> None:
    state = AssistState(
        day=DAY,
        area=GROUP,
        ward=WARD,
        resident_area=GROUP,
        service="s",
        outcome="completed",
        quantity=3,
        session=session,
    )
    count_assist(work, an_event(), AssistFact(content=state))


def book(work: Work, session: uuid.UUID | None) -> None:
    line = TallyLineState(service="s", outcome="completed", count=5)
    state = TallyState(day=DAY, area=GROUP, ward=WARD, covers="all", version=1, lines=[line], session=session)
    keep_tally(work, an_event(), TallyFact(content=state))


@pytest.mark.parametrize("session", [None, SESSION], ids=["of a day", "of a session"])
@pytest.mark.parametrize("order", [(singles, book), (book, singles)], ids=["single first", "book first"])
def test_a_book_adds_only_what_is_missing_though_both_are_applied_at_once(
    engine: sa.Engine, order: tuple[object, object], session: uuid.UUID | None
) -> None:
    first, second = order

    def apply_second() -> None:
        with database.transaction(engine) as connection:
            work = Work(connection)
            second(work, session)  # type: ignore[operator]
            work.flush()

    other = threading.Thread(target=apply_second)
    with database.transaction(engine) as connection:
        work = Work(connection)
        first(work, session)  # type: ignore[operator]
        work.flush()
        other.start()
        other.join(timeout=0.3)
    other.join(timeout=10)

    with database.transaction(engine) as connection:
        single = connection.execute("SELECT sum(assists) FROM assists_by_day").fetchone()
        paper = connection.execute("SELECT sum(assists) FROM paper_by_day").fetchone()
    assert (single, paper) == ((3,), (2,))
