"""Closings: statements, amendments, the service's own stream; the events behind a figure.

What stands in the projections was made by an earlier release and lacks what is new: all of it is emptied with its
positions, and the consumer builds it anew from the feeds. Until it has caught up, `/readyz` is red.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

import shared.event_log

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


REBUILT = (
    "position", "area", "area_parent", "area_succession", "area_version", "area_ancestor", "service", "assists_by_day",
    "paper_by_day", "tally",
)  # fmt: skip


def upgrade() -> None:
    op.create_table(
        "amendment",
        sa.Column("unit_id", sa.UUID(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("closing_day", sa.Date(), nullable=False, comment="the closing in which it was made"),
        sa.Column("lines", sa.Text(), nullable=False, comment="canonical JSON"),
        sa.PrimaryKeyConstraint("unit_id", "day", "number"),
    )
    op.create_index("amendment_closing", "amendment", ["closing_day"], unique=False)
    op.create_table(
        "closing",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_late", sa.Boolean(), nullable=False, comment="made more than 15 minutes after 22:00"),
        sa.Column("cut", sa.Text(), nullable=False, comment="canonical JSON: by stream and shard, segment and events"),
        sa.Column(
            "not_reached", postgresql.ARRAY(sa.Text()), nullable=False, comment="streams that could not be asked"
        ),
        sa.PrimaryKeyConstraint("day"),
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
        "evidence",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("event_id", sa.UUID(), nullable=False),
        sa.Column("side", sa.SmallInteger(), nullable=False, comment="0: taken away, 1: put in its place"),
        sa.Column("type", sa.Text(), nullable=False, comment="name without prefix and version"),
        sa.Column("subject", sa.UUID(), nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("shard", sa.SmallInteger(), nullable=False),
        sa.Column("segment", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("ward_id", sa.UUID(), nullable=False),
        sa.Column("area_id", sa.UUID(), nullable=False),
        sa.Column("resident_area_id", sa.UUID(), nullable=True),
        sa.Column("services", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("outcomes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False, comment="assists that it counts; 0 for what counts none"),
        sa.PrimaryKeyConstraint("source", "event_id", "side"),
    )
    op.create_index("evidence_day", "evidence", ["day", "ward_id"], unique=False)
    op.create_table(
        "ledger",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("area_id", sa.UUID(), nullable=False),
        sa.Column("figure", sa.Text(), nullable=False, comment="F1, F2, F4 …; of F4 the area is the residents'"),
        sa.Column("service", sa.Text(), nullable=False, comment="empty where a figure has none"),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("change", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("day", "area_id", "figure", "service", "reason"),
    )
    op.create_table(
        "missing_told",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("unit_id", sa.UUID(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("day", "unit_id"),
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
    op.create_index(
        "segment_unpublished",
        "segment",
        ["shard", "number"],
        unique=False,
        postgresql_where=sa.text("published_at IS NULL"),
    )
    op.create_table(
        "source",
        sa.Column("source_id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("source_id"),
        sa.UniqueConstraint("name"),
    )
    op.create_table(
        "statement",
        sa.Column("unit_id", sa.UUID(), nullable=False, comment="a ward; the nil UUID is the whole"),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("contents", sa.Text(), nullable=False, comment="canonical JSON, of which sha256 is the hash"),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("current", sa.Text(), nullable=False, comment="the figures with all amendments, canonical JSON"),
        sa.PrimaryKeyConstraint("unit_id", "day"),
        sa.UniqueConstraint("unit_id", "number", name="statement_number"),
    )
    op.create_index("statement_day", "statement", ["day"], unique=False)
    op.create_table(
        "stream_state",
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("epoch", sa.UUID(), nullable=False, comment="changes when the database is restored from a backup"),
        sa.Column("shards", sa.SmallInteger(), nullable=False, comment="constant within an epoch"),
        sa.PrimaryKeyConstraint("stream"),
    )
    op.create_index("credited_in_area", "credited_by_day", ["area_id", "service", "day"])
    op.create_index("paper_of_residents", "paper_by_day", ["resident_area_id", "service", "day"])
    op.execute(f"TRUNCATE {', '.join(REBUILT)}")


def downgrade() -> None:
    op.drop_index("paper_of_residents", "paper_by_day")
    op.drop_index("credited_in_area", "credited_by_day")
    op.drop_table("stream_state")
    op.drop_index("statement_day", table_name="statement")
    op.drop_table("statement")
    op.drop_table("source")
    op.drop_index("segment_unpublished", table_name="segment", postgresql_where=sa.text("published_at IS NULL"))
    op.drop_table("segment")
    op.drop_table("missing_told")
    op.drop_table("ledger")
    op.drop_index("evidence_day", table_name="evidence")
    op.drop_table("evidence")
    op.drop_index("event_log_order", table_name="event_log")
    op.drop_table("event_log")
    op.drop_table("event_key")
    op.drop_table("closing")
    op.drop_index("amendment_closing", table_name="amendment")
    op.drop_table("amendment")
