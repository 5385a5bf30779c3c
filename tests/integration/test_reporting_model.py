"""Random histories, applied segment by segment to a real PostgreSQL, against the figures in plain Python.

A history is cut into segments of random sizes and applied in a random order of its shards; then every figure is asked for
by every grouping and compared with `tests/support/plain`. CDS_MODEL_HISTORIES sets how many histories, CDS_MODEL_SEED the
first one. A failing history is made smaller before it is shown.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from random import Random

import pytest
import sqlalchemy as sa

from services.reporting.consumers import CONSUMER
from shared import database, quarantine
from shared.consumer import Applier, Outcome
from shared.database import Connection
from tests.support import figures_assists, figures_field_work, figures_plans
from tests.support.figures import Case
from tests.support.histories import FIRST_SEED, HISTORIES, History, Segments, history, interleaved, smaller, told
from tests.support.plain.known import Shards, cut, know
from tests.support.postgres import TestPostgres
from tests.support.world import FIRST, LAST, ONE, local

BINDINGS = figures_assists.BINDINGS | figures_field_work.BINDINGS | figures_plans.BINDINGS


def migrate(url: str) -> None:
    database.migrate("reporting", url)


@contextmanager
def a_database(postgres: TestPostgres) -> Iterator[sa.Engine]:
    url = postgres.fresh_database(migrate)
    engine = database.engine(url)
    try:
        yield engine
    finally:
        engine.dispose()
        postgres.drop(url)


def apply(engine: sa.Engine, segments: Segments, chance: Random) -> None:
    """Apply segments in a random order of their shards, some of them twice."""
    applier = Applier(CONSUMER, engine)
    for segment in interleaved(segments, chance):
        assert applier.apply(segment) == Outcome.APPLIED
        if chance.random() < 0.1:
            assert applier.apply(segment) == Outcome.DUPLICATE
    with database.transaction(engine) as connection:
        assert quarantine.open_count(connection) == 0


def differences(postgres: TestPostgres, of: History, figures: Collection[str] = ()) -> list[str]:
    """What is not as in the plain recomputation: some figures over what a closing at 22:00 has in its cut, then all."""
    chance = Random(of.seed)
    moment = local(FIRST + ONE * chance.randrange((LAST - FIRST).days), 22)
    in_cut, rest = of.segments(chance, moment)
    some = figures or chance.sample(sorted(BINDINGS), 5)
    with a_database(postgres) as engine:
        apply(engine, in_cut, chance)
        found = _compared(engine, of, cut(of.shards, moment), some)
        apply(engine, rest, chance)
        return found + _compared(engine, of, of.shards, figures or BINDINGS)


def _compared(engine: sa.Engine, of: History, shards: Shards, figures: Iterable[str]) -> list[str]:
    with database.transaction(engine) as connection:
        case = Case(of, know(shards), connection)
        return [f"{name}: {line}" for name in figures for line in BINDINGS[name](case)]


@pytest.mark.parametrize("seed", range(FIRST_SEED, FIRST_SEED + HISTORIES))
def test_every_figure_is_that_of_a_plain_recomputation(postgres: TestPostgres, seed: int) -> None:
    made = history(seed)

    found = differences(postgres, made)

    assert not found, explained(postgres, made, found)


def test_two_orders_of_the_shards_leave_the_same_rows(postgres: TestPostgres) -> None:
    for seed in range(3):
        made = history(seed)
        with a_database(postgres) as one, a_database(postgres) as other:
            for engine, order in ((one, 1), (other, 2)):
                apply(engine, made.segments(Random(order))[0], Random(order))
            with database.transaction(one) as first, database.transaction(other) as second:
                assert rows(first) == rows(second)


def rows(connection: Connection) -> dict[str, list[str]]:
    """Every row of every table, as text; positions and evidence tell the segments and are left out."""
    tables = connection.execute(
        """SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema()
            AND table_type = 'BASE TABLE' AND table_name NOT IN ('position', 'alembic_version', 'area_version', 'evidence')
            ORDER BY table_name"""
    ).fetchall()
    return {
        name: sorted(row[0] for row in connection.execute(f'SELECT t::text FROM "{name}" AS t')) for (name,) in tables
    }


def explained(postgres: TestPostgres, made: History, found: list[str]) -> str:
    """The differences, and the least history that still has the first of them."""
    figure = found[0].split(":")[0]
    least = smaller(made, lambda less: bool(differences(postgres, less, [figure])))
    sent = [line for (stream, _), events in least.shards.items() if stream == "sessions" for line in told(events)]
    return "\n".join([f"seed {made.seed}: {len(found)} differences", *found[:20], "of the least history:", *sent])
