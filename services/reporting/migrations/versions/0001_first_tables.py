"""The tables of the reporting service."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "area",
        sa.Column("area_id", sa.UUID(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("local_label", sa.Text(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True, comment="the last day; null while it exists"),
        sa.Column("residents", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("area_id"),
    )
    op.create_table(
        "area_ancestor",
        sa.Column("area_id", sa.UUID(), nullable=False),
        sa.Column("ancestor_id", sa.UUID(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False, comment="of the ancestor"),
        sa.PrimaryKeyConstraint("area_id", "ancestor_id", "valid_from"),
    )
    op.create_index("area_ancestor_below", "area_ancestor", ["ancestor_id", "area_id"], unique=False)
    op.create_table(
        "area_parent",
        sa.Column("area_id", sa.UUID(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("parent_id", sa.UUID(), nullable=False),
        sa.PrimaryKeyConstraint("area_id", "valid_from"),
    )
    op.create_table(
        "area_succession",
        sa.Column("from_id", sa.UUID(), nullable=False),
        sa.Column("to_id", sa.UUID(), nullable=False),
        sa.Column("succeeds_on", sa.Date(), nullable=False),
        sa.Column("is_main", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("from_id", "to_id"),
    )
    op.create_table(
        "area_version",
        sa.Column("only", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("only"),
    )
    op.create_table(
        "assists_by_day",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("ward_id", sa.UUID(), nullable=False),
        sa.Column("area_id", sa.UUID(), nullable=False),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("age_band", sa.Text(), nullable=False),
        sa.Column("resident_area_id", sa.UUID(), nullable=False),
        sa.Column("assists", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("day", "ward_id", "area_id", "service", "outcome", "age_band", "resident_area_id"),
    )
    op.create_table(
        "assists_by_session",
        sa.Column("session_id", sa.UUID(), nullable=False),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("age_band", sa.Text(), nullable=False),
        sa.Column("resident_area_id", sa.UUID(), nullable=False),
        sa.Column("assists", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("session_id", "service", "outcome", "age_band", "resident_area_id"),
    )
    op.create_table(
        "feedback_by_day",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("ward_id", sa.UUID(), nullable=False),
        sa.Column("area_id", sa.UUID(), nullable=False),
        sa.Column("theme", sa.Text(), nullable=False),
        sa.Column("raised", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("day", "ward_id", "area_id", "theme"),
    )
    op.create_table(
        "paper_by_day",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("ward_id", sa.UUID(), nullable=False),
        sa.Column("area_id", sa.UUID(), nullable=False),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("age_band", sa.Text(), nullable=False),
        sa.Column("resident_area_id", sa.UUID(), nullable=False),
        sa.Column("assists", sa.BigInteger(), nullable=False),
        sa.Column("is_exceeded", sa.Boolean(), nullable=False, comment="more single assists than the book says"),
        sa.PrimaryKeyConstraint("day", "ward_id", "area_id", "service", "outcome", "age_band", "resident_area_id"),
    )
    op.create_table(
        "position",
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("shard", sa.SmallInteger(), nullable=False),
        sa.Column("epoch", sa.UUID(), nullable=False),
        sa.Column("segment", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column(
            "attempts", sa.SmallInteger(), server_default="0", nullable=False, comment="to apply the next segment"
        ),
        sa.Column(
            "applied_events", sa.Integer(), server_default="0", nullable=False, comment="of the next, one by one"
        ),
        sa.Column(
            "trying_event",
            sa.Integer(),
            nullable=True,
            comment="the event of the next segment that is being applied alone",
        ),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_recorded_at", sa.DateTime(timezone=True), nullable=True, comment="of the newest event applied"),
        sa.PrimaryKeyConstraint("stream", "shard"),
    )
    op.create_table(
        "quarantine",
        sa.Column("quarantine_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("shard", sa.SmallInteger(), nullable=False),
        sa.Column("segment", sa.BigInteger(), nullable=False),
        sa.Column("event_id", sa.UUID(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("subject", sa.UUID(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("put_aside_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True, comment="applied, or dropped by a person"),
        sa.Column("release_note", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("quarantine_id"),
    )
    op.create_index(
        "quarantine_open", "quarantine", ["subject"], unique=False, postgresql_where=sa.text("released_at IS NULL")
    )
    op.create_table(
        "service",
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("name_vi", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("pillars", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("once", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("service"),
    )
    op.create_table(
        "sessions_by_day",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("ward_id", sa.UUID(), nullable=False),
        sa.Column("area_id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("sessions", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("day", "ward_id", "area_id", "kind"),
    )
    op.create_table(
        "tally",
        sa.Column("tally_id", sa.UUID(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("ward_id", sa.UUID(), nullable=False),
        sa.Column("area_id", sa.UUID(), nullable=False),
        sa.Column("session_id", sa.UUID(), nullable=True),
        sa.Column("covers", sa.Text(), nullable=False),
        sa.Column("state", sa.LargeBinary(), nullable=False, comment="TallyState as JSON"),
        sa.PrimaryKeyConstraint("tally_id"),
    )
    op.create_index("tally_scope", "tally", ["ward_id", "day"], unique=False)
    op.create_index(
        "tally_session", "tally", ["session_id"], unique=False, postgresql_where=sa.text("session_id IS NOT NULL")
    )
    op.create_table(
        "unreadable_message",
        sa.Column("message_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("queue", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("headers", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False, comment="at most 65536 bytes"),
        sa.Column("received_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("message_id"),
    )


def downgrade() -> None:
    op.drop_table("unreadable_message")
    op.drop_index("tally_session", table_name="tally", postgresql_where=sa.text("session_id IS NOT NULL"))
    op.drop_index("tally_scope", table_name="tally")
    op.drop_table("tally")
    op.drop_table("sessions_by_day")
    op.drop_table("service")
    op.drop_index("quarantine_open", table_name="quarantine", postgresql_where=sa.text("released_at IS NULL"))
    op.drop_table("quarantine")
    op.drop_table("position")
    op.drop_table("paper_by_day")
    op.drop_table("feedback_by_day")
    op.drop_table("assists_by_session")
    op.drop_table("assists_by_day")
    op.drop_table("area_version")
    op.drop_table("area_succession")
    op.drop_table("area_parent")
    op.drop_index("area_ancestor_below", table_name="area_ancestor")
    op.drop_table("area_ancestor")
    op.drop_table("area")
