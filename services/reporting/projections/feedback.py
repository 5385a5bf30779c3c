"""Projection: what residents raised and what became of it, one row a feedback.

Guarantee: a row is what the newest fact of its feedback says, without any text; the steps stay with it, so that where
it stood at the end of a past day can be told. A due day that nobody named is not filled in: it follows from the
calendar when it is read.
Formulas F50 to F52.
Step 8 of the event path (docs/architecture.md).
"""

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from services.reporting.projections.standing import standing
from shared.consumer import Work
from shared.events.facts import FeedbackFact, Logged

COLUMNS = (
    "feedback_id",
    "day",
    "ward_id",
    "area_id",
    "kind",
    "theme",
    "raised_at",
    "due_on",
    "status",
    "office",
    "first_answered_at",
    "resolved_at",
    "result",
    "age_band",
    "first_due_on",
    "steps",
)


def define_tables(metadata: sa.MetaData) -> None:
    sa.Table(
        "feedback",
        metadata,
        sa.Column("feedback_id", pg.UUID, primary_key=True),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("ward_id", pg.UUID, nullable=False),
        sa.Column("area_id", pg.UUID, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("theme", sa.Text, nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_on", sa.Date, comment="the day named last; null: nobody named one"),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("office", sa.Text, comment="where it is now"),
        sa.Column("first_answered_at", sa.DateTime(timezone=True), comment="or resolved, where that came first"),
        sa.Column("resolved_at", sa.DateTime(timezone=True), comment="null while it is open"),
        sa.Column("result", sa.Text, comment="of a resolved one"),
        sa.Column("age_band", sa.Text),
        sa.Column("first_due_on", sa.Date, comment="the day named when it was raised"),
        sa.Column("steps", sa.LargeBinary, nullable=False, comment="list of FeedbackStep as JSON, by time"),
        # Those raised on some days.
        sa.Index("feedback_day", "day"),
        # Those that are open.
        sa.Index("feedback_open", "ward_id", postgresql_where=sa.text("resolved_at IS NULL")),
    )


def keep_feedback(work: Work, event: Logged, fact: FeedbackFact) -> None:
    """A fact tells the whole feedback as it stands."""
    if not fact.applies:
        return
    state = fact.content
    now = standing(state.due_on, state.steps)
    values = (
        event.subject, state.day, state.ward, state.area, state.kind, state.theme, state.raised_at, now.due_on,
        now.status, now.office, now.first_answered_at, now.resolved_at, now.result, state.age_band, state.due_on,
        msgspec.json.encode(state.steps),
    )  # fmt: skip
    work.connection.execute(
        f"""INSERT INTO feedback ({", ".join(COLUMNS)}) VALUES ({", ".join(["%s"] * len(COLUMNS))})
            ON CONFLICT (feedback_id) DO UPDATE SET {", ".join(f"{name} = excluded.{name}" for name in COLUMNS[1:])}""",
        values,
    )
