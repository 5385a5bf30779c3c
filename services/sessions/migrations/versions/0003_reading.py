"""What the read API needs: the order of changes, attendance, and more of what the registry says."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

from shared.event_log import Xid8

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _entities()
    op.create_table(
        "attendance",
        sa.Column("session_id", pg.UUID(), nullable=False),
        sa.Column("volunteer_id", pg.UUID(), nullable=False),
        sa.Column(
            "came_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="first check-in; null: only a check-out is known",
        ),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True, comment="last check-out"),
        sa.PrimaryKeyConstraint("session_id", "volunteer_id"),
    )
    op.add_column("refused", sa.Column("is_sandbox", sa.Boolean(), server_default=sa.false(), nullable=False))
    _replicas()
    # The replicas above are filled by taking the registry's stream again from its beginning.
    op.execute(
        """UPDATE position SET segment = 0, attempts = 0, applied_events = 0, trying_event = NULL
            WHERE stream = 'registry'"""
    )


def _entities() -> None:
    op.add_column(
        "entity", sa.Column("day", sa.Date(), nullable=True, comment="of the state: the local day on which it counts")
    )
    op.add_column(
        "entity",
        sa.Column(
            "last_event_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="the time of the newest event that changed it",
        ),
    )
    op.add_column(
        "entity",
        sa.Column(
            "changed_xid",
            Xid8(),
            server_default=sa.text("pg_current_xact_id()"),
            nullable=False,
            comment="the transaction that changed it last: a reader who stops at the oldest open one skips nothing",
        ),
    )
    op.execute(
        """UPDATE entity AS e SET day = (j ->> 'day')::date, last_event_at = greatest(version_time,
             (j ->> 'happened_at')::timestamptz, (j ->> 'opened_at')::timestamptz, (j ->> 'closed_at')::timestamptz,
             (j ->> 'raised_at')::timestamptz, (j -> 'steps' -> -1 ->> 'at')::timestamptz,
             (j ->> 'answered_at')::timestamptz)
           FROM (SELECT subject, convert_from(content, 'UTF8')::jsonb AS j FROM entity) AS c
           WHERE c.subject = e.subject"""
    )
    op.alter_column("entity", "day", nullable=False)
    op.drop_index("entity_changed", "entity")
    op.create_index("entity_changed", "entity", ["ward_id", "changed_xid", "subject"])
    op.create_index(
        "entity_listed",
        "entity",
        ["ward_id", "kind", "day"],
        postgresql_where=sa.text("kind IN ('session', 'feedback')"),
    )


def _replicas() -> None:
    for column in (
        sa.Column("name_vi", sa.Text(), nullable=True),
        sa.Column("name_en", sa.Text(), nullable=True),
        sa.Column("pillars", pg.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column(
            "once", sa.Boolean(), server_default=sa.false(), nullable=False, comment="a resident counts once, ever"
        ),
        sa.Column("due_days", sa.Integer(), nullable=True),
        sa.Column(
            "may_return", sa.Boolean(), server_default=sa.true(), nullable=False, comment="`to_return` is possible"
        ),
    ):
        op.add_column("service", column)
    began = "where it began; later places are in `placement`"
    op.add_column("volunteer", sa.Column("area_id", pg.UUID(), nullable=True, comment=began))
    op.add_column("volunteer", sa.Column("retired_on", sa.Date(), nullable=True))
    op.add_column(
        "volunteer",
        sa.Column(
            "merged_into", pg.UUID(), nullable=True, comment="another record of the same person, which is used instead"
        ),
    )
    op.alter_column("venue", "area_id", comment=began)
    op.add_column("venue", sa.Column("name", sa.Text(), nullable=True))
    op.add_column("venue", sa.Column("kind", sa.Text(), nullable=True))
    op.add_column("venue", sa.Column("closed_on", sa.Date(), nullable=True, comment="not used from this day on"))
    op.create_table(
        "placement",
        sa.Column("placed", pg.UUID(), nullable=False, comment="a venue or a volunteer that moved"),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("area_id", pg.UUID(), nullable=False),
        sa.PrimaryKeyConstraint("placed", "valid_from"),
    )
