"""Projection: sessions and feedback by day and area, as they are opened and raised.

Formula F7 (sessions by day of opening) and the raised part of F50.
Step 8 of the event path (docs/architecture.md).
"""

from collections import Counter

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from shared.consumer import Work
from shared.database import Connection
from shared.events.facts import FeedbackFact, Logged, SessionFact


def define_tables(metadata: sa.MetaData) -> None:
    for name, first, second in (("sessions_by_day", "kind", "sessions"), ("feedback_by_day", "theme", "raised")):
        sa.Table(
            name,
            metadata,
            sa.Column("day", sa.Date, primary_key=True),
            sa.Column("ward_id", pg.UUID, primary_key=True),
            sa.Column("area_id", pg.UUID, primary_key=True),
            sa.Column(first, sa.Text, primary_key=True),
            sa.Column(second, sa.BigInteger, nullable=False),
        )


class FieldWork:
    """Changes of both tables in one transaction."""

    step = 0

    def __init__(self) -> None:
        self.sessions: Counter[tuple[object, ...]] = Counter()
        self.feedback: Counter[tuple[object, ...]] = Counter()

    def flush(self, connection: Connection) -> None:
        _add(connection, "sessions_by_day", "kind", "sessions", self.sessions)
        _add(connection, "feedback_by_day", "theme", "raised", self.feedback)


def _add(connection: Connection, table: str, kind: str, count: str, changes: Counter[tuple[object, ...]]) -> None:
    rows = sorted(((*key, change) for key, change in changes.items() if change), key=lambda row: tuple(map(str, row)))
    if not rows:
        return
    connection.execute(
        f"""INSERT INTO {table} AS t (day, ward_id, area_id, {kind}, {count})
            SELECT * FROM unnest(%s::date[], %s::uuid[], %s::uuid[], %s::text[], %s::bigint[])
            ON CONFLICT (day, ward_id, area_id, {kind}) DO UPDATE SET {count} = t.{count} + excluded.{count}""",
        [list(column) for column in zip(*rows, strict=True)],
    )


def count_session(work: Work, _event: Logged, fact: SessionFact) -> None:
    """A session counts from its opening until it is voided; a closing tells more of the same one."""
    for state, sign in ((fact.before, -1), (fact.after, +1)):
        if state is not None:
            work.gather(FieldWork).sessions[(state.day, state.ward, state.area, state.kind)] += sign


def count_feedback(work: Work, _event: Logged, fact: FeedbackFact) -> None:
    state = fact.content
    work.gather(FieldWork).feedback[(state.day, state.ward, state.area, state.theme)] += 1
