"""The tables of the sessions service."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

import shared.event_log

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
        "client",
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("areas", postgresql.ARRAY(sa.UUID()), nullable=False),
        sa.Column("is_revoked", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("client_id"),
    )
    op.create_table(
        "entity",
        sa.Column("subject", sa.UUID(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("shard", sa.SmallInteger(), nullable=False, comment="of the ward it was first reported in, for ever"),
        sa.Column(
            "version_time",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="of the correction that holds; null: the record",
        ),
        sa.Column("version_id", sa.UUID(), nullable=True),
        sa.Column("is_void", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False, comment="the state as JSON, see shared/events/facts.py"),
        sa.PrimaryKeyConstraint("subject"),
    )
    op.create_table(
        "event_key",
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.UUID(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("shard", sa.SmallInteger(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("segment", sa.BigInteger(), nullable=True, comment="null: accepted, waits for what it refers to"),
        sa.PrimaryKeyConstraint("source_id", "event_id"),
    )
    op.create_table(
        "event_log",
        sa.Column("log_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("xid", shared.event_log.Xid8(), server_default=sa.text("pg_current_xact_id()"), nullable=False),
        sa.Column("shard", sa.SmallInteger(), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.UUID(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("log_id"),
        sa.UniqueConstraint("source_id", "event_id", name="event_log_once"),
    )
    op.create_index("event_log_order", "event_log", ["shard", "xid", "log_id"], unique=False)
    op.create_table(
        "free_text",
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.UUID(), nullable=False),
        sa.Column("subject", sa.UUID(), nullable=False),
        sa.Column("area_id", sa.UUID(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("source_id", "event_id"),
    )
    op.create_table(
        "pending",
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.UUID(), nullable=False),
        sa.Column("subject", sa.UUID(), nullable=False),
        sa.Column("waits_for", sa.Text(), nullable=False, comment="`subject`, or `service:<code>`"),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "submission", sa.LargeBinary(), nullable=False, comment="the event as sent, without write-only fields"
        ),
        sa.Column(
            "refused", sa.Text(), nullable=True, comment="why it cannot take effect, though what it refers to has come"
        ),
        sa.PrimaryKeyConstraint("source_id", "event_id"),
    )
    op.create_index("pending_subject", "pending", ["subject"], unique=False)
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
        "segment",
        sa.Column("shard", sa.SmallInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("events", sa.Integer(), nullable=False),
        sa.Column("first_recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cut_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True, comment="a hint: confirmed by the broker"),
        sa.Column("body", sa.LargeBinary(), nullable=False, comment="gzip of a CloudEvents JSON batch"),
        sa.PrimaryKeyConstraint("shard", "number"),
    )
    # Compressed already: keep PostgreSQL from trying again.
    op.execute("ALTER TABLE segment ALTER COLUMN body SET STORAGE EXTERNAL")
    op.create_index(
        "segment_unpublished",
        "segment",
        ["shard", "number"],
        unique=False,
        postgresql_where=sa.text("published_at IS NULL"),
    )
    op.create_table(
        "service",
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("service"),
    )
    op.create_table(
        "source",
        sa.Column("source_id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("source_id"),
        sa.UniqueConstraint("name"),
    )
    op.create_table(
        "stream_state",
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("epoch", sa.UUID(), nullable=False, comment="changes when the database is restored from a backup"),
        sa.Column("shards", sa.SmallInteger(), nullable=False, comment="constant within an epoch"),
        sa.PrimaryKeyConstraint("stream"),
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
    op.create_table(
        "venue",
        sa.Column("venue_id", sa.UUID(), nullable=False),
        sa.Column("area_id", sa.UUID(), nullable=False),
        sa.PrimaryKeyConstraint("venue_id"),
    )
    op.create_table(
        "volunteer", sa.Column("volunteer_id", sa.UUID(), nullable=False), sa.PrimaryKeyConstraint("volunteer_id")
    )


def downgrade() -> None:
    op.drop_table("volunteer")
    op.drop_table("venue")
    op.drop_table("unreadable_message")
    op.drop_table("stream_state")
    op.drop_table("source")
    op.drop_table("service")
    op.drop_index("segment_unpublished", table_name="segment", postgresql_where=sa.text("published_at IS NULL"))
    op.drop_table("segment")
    op.drop_index("quarantine_open", table_name="quarantine", postgresql_where=sa.text("released_at IS NULL"))
    op.drop_table("quarantine")
    op.drop_table("position")
    op.drop_index("pending_subject", table_name="pending")
    op.drop_table("pending")
    op.drop_table("free_text")
    op.drop_index("event_log_order", table_name="event_log")
    op.drop_table("event_log")
    op.drop_table("event_key")
    op.drop_table("entity")
    op.drop_table("client")
    op.drop_table("area_version")
    op.drop_table("area_succession")
    op.drop_table("area_parent")
    op.drop_table("area")
