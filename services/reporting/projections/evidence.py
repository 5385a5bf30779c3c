"""Projection: which events stand behind a figure, without anything that a person wrote or is.

Guarantee: one row for what an event took away and one for what it put in its place, each with the day and the area
that it counts on and the segment that it came in; so "why this number" is a question of a day and an area.
Step 8 of the event path (docs/architecture.md).
"""

import datetime as dt
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from services.reporting.projections import ledger
from shared.consumer import Work
from shared.database import Connection
from shared.events.facts import AssistState, AttendanceState, Logged, SessionState, TallyState

ONE_DAY = dt.timedelta(days=1)
BEFORE, AFTER = 0, 1
COLUMNS = (
    "source, event_id, side, type, subject, happened_at, recorded_at, shard, segment, day, ward_id, area_id,"
    " resident_area_id, services, outcomes, quantity"
)


def define_tables(metadata: sa.MetaData) -> None:
    sa.Table(
        "evidence",
        metadata,
        sa.Column("source", sa.Text, primary_key=True),
        sa.Column("event_id", pg.UUID, primary_key=True),
        sa.Column("side", sa.SmallInteger, primary_key=True, comment="0: taken away, 1: put in its place"),
        sa.Column("type", sa.Text, nullable=False, comment="name without prefix and version"),
        sa.Column("subject", pg.UUID, nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("shard", sa.SmallInteger, nullable=False),
        sa.Column("segment", sa.BigInteger, nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("ward_id", pg.UUID, nullable=False),
        sa.Column("area_id", pg.UUID, nullable=False),
        sa.Column("resident_area_id", pg.UUID),
        sa.Column("services", pg.ARRAY(sa.Text), nullable=False),
        sa.Column("outcomes", pg.ARRAY(sa.Text), nullable=False),
        sa.Column("quantity", sa.Integer, nullable=False, comment="assists that it counts; 0 for what counts none"),
        # The events behind a figure of a day and a ward.
        sa.Index("evidence_day", "day", "ward_id"),
    )


class Evidence:
    """Rows of one transaction."""

    step = 0

    def __init__(self) -> None:
        self.rows: list[tuple[Any, ...]] = []

    def flush(self, connection: Connection) -> None:
        with connection.cursor().copy(f"COPY evidence ({COLUMNS}) FROM STDIN") as copy:
            for row in self.rows:
                copy.write_row(row)


def keep(work: Work, event: Logged, fact: Any) -> None:
    """Note what an event changed; one that does not apply changed nothing, and stands in no figure."""
    if not fact.applies or work.place is None:
        return
    after = getattr(fact, "after", fact.content)
    rows = work.gather(Evidence).rows
    for side, state in ((BEFORE, getattr(fact, "before", None)), (AFTER, after)):
        if state is not None:
            rows.append(_row(work, event, side, state))
            ledger.touch(work, state.day, state.area)
            if isinstance(state, SessionState | AttendanceState):  # hours may end on the next day
                ledger.touch(work, state.day + ONE_DAY, state.area)


def _row(work: Work, event: Logged, side: int, state: Any) -> tuple[Any, ...]:
    assert work.place is not None
    services, outcomes, resident_area, quantity = _counted(state)
    return (
        event.source, event.id, side, short_name(event.type), event.subject, event.time, event.recordedtime,
        work.place.shard, work.place.segment, state.day, state.ward, state.area, resident_area, services, outcomes,
        quantity,
    )  # fmt: skip


def _counted(state: Any) -> tuple[list[str], list[str], UUID | None, int]:
    """Services, outcomes, resident area and number of assists that a state stands for."""
    if isinstance(state, AssistState):
        return [state.service], [state.outcome], state.resident_area, state.quantity
    if isinstance(state, TallyState):
        services, outcomes = {line.service for line in state.lines}, {line.outcome for line in state.lines}
        return sorted(services), sorted(outcomes), None, sum(line.count for line in state.lines)
    return [], [], None, 0


def short_name(ce_type: str) -> str:
    """`assist.recorded` of `vn.congdongso.assist.recorded.v1`."""
    return ce_type.removeprefix("vn.congdongso.").rsplit(".", 1)[0]
