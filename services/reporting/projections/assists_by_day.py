"""Projection: assists recorded one by one, counted by day, area, service, outcome, age band and resident area.

Guarantee: additive. A correction subtracts what it replaces and adds what it says; a void subtracts. The same counts
by session stand beside them, because a paper count of a session is compared with them.
Formula F1 and F2 (single part) of the contract: the sum of quantities.
Step 8 of the event path (docs/architecture.md).
"""

from collections import Counter

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from services.reporting.projections.paper import PaperScopes
from shared.consumer import Work
from shared.database import Connection
from shared.events.facts import AssistFact, AssistState, Logged


def define_tables(metadata: sa.MetaData) -> None:
    sa.Table(
        "assists_by_day",
        metadata,
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("ward_id", pg.UUID, primary_key=True),
        sa.Column("area_id", pg.UUID, primary_key=True),
        sa.Column("service", sa.Text, primary_key=True),
        sa.Column("outcome", sa.Text, primary_key=True),
        sa.Column("age_band", sa.Text, primary_key=True),
        sa.Column("resident_area_id", pg.UUID, primary_key=True),
        sa.Column("assists", sa.BigInteger, nullable=False),
    )
    sa.Table(
        "assists_by_session",
        metadata,
        sa.Column("session_id", pg.UUID, primary_key=True),
        sa.Column("service", sa.Text, primary_key=True),
        sa.Column("outcome", sa.Text, primary_key=True),
        sa.Column("age_band", sa.Text, primary_key=True),
        sa.Column("resident_area_id", pg.UUID, primary_key=True),
        sa.Column("assists", sa.BigInteger, nullable=False),
    )


class AssistCounts:
    """Changes of both tables in one transaction, added up by key."""

    step = 0

    def __init__(self) -> None:
        self.by_day: Counter[tuple[object, ...]] = Counter()
        self.by_session: Counter[tuple[object, ...]] = Counter()

    def add(self, state: AssistState, sign: int) -> None:
        cell = (state.service, state.outcome, state.age_band, state.resident_area)
        self.by_day[(state.day, state.ward, state.area, *cell)] += sign * state.quantity
        if state.session is not None:
            self.by_session[(state.session, *cell)] += sign * state.quantity

    def flush(self, connection: Connection) -> None:
        _add(connection, "assists_by_day", DAY_KEY, self.by_day)
        _add(connection, "assists_by_session", SESSION_KEY, self.by_session)


CELL = {"service": "text", "outcome": "text", "age_band": "text", "resident_area_id": "uuid"}
DAY_KEY = {"day": "date", "ward_id": "uuid", "area_id": "uuid"} | CELL
SESSION_KEY = {"session_id": "uuid"} | CELL


def _add(connection: Connection, table: str, key: dict[str, str], changes: Counter[tuple[object, ...]]) -> None:
    """Add changes to a table of counts, in key order so that shards do not deadlock; cells at zero go."""
    rows = sorted(((*cell, change) for cell, change in changes.items() if change), key=lambda row: tuple(map(str, row)))
    if not rows:
        return
    names = ", ".join(key)
    arrays = ", ".join(f"%s::{kind}[]" for kind in key.values())
    touched = connection.execute(
        f"""INSERT INTO {table} AS t ({names}, assists) SELECT * FROM unnest({arrays}, %s::bigint[])
            ON CONFLICT ({names}) DO UPDATE SET assists = t.assists + excluded.assists RETURNING assists = 0""",
        [list(column) for column in zip(*rows, strict=True)],
    )
    if any(row[0] for row in touched):
        same = " AND ".join(f"t.{name} = g.{name}" for name in key)
        connection.execute(
            f"DELETE FROM {table} AS t USING unnest({arrays}) AS g({names}) WHERE {same} AND t.assists = 0",
            [list(column) for column in zip(*[row[:-1] for row in rows], strict=True)],
        )


def count_assist(work: Work, _event: Logged, fact: AssistFact) -> None:
    """Subtract what held before, add what holds now; an event that does not apply changes nothing."""
    if not fact.applies:
        return
    counts = work.gather(AssistCounts)
    scopes = work.gather(PaperScopes)
    for state, sign in ((fact.before, -1), (fact.after, +1)):
        if state is not None:
            counts.add(state, sign)
            scopes.touch(state.day, state.ward, state.session)
