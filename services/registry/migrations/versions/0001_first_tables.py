"""The first tables: areas and their successions, venues, services, offices, volunteers, clients, keys, event log, segments."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


class Xid8(sa.types.UserDefinedType[str]):
    cache_ok = True

    def get_col_spec(self, **_: object) -> str:
        return "xid8"


def upgrade() -> None:
    op.create_table(
        "area",
        sa.Column("area_id", pg.UUID(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("local_label", sa.Text(), nullable=True),
        sa.Column("parent_id", pg.UUID(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True, comment="the last day; null while it is not known to end"),
        sa.Column("households", sa.Integer(), nullable=True),
        sa.Column("residents", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "level IN ('province', 'district', 'ward', 'residential_group')", name="area_of_no_known_level"
        ),
        sa.CheckConstraint("level IN ('province', 'ward') OR parent_id IS NOT NULL", name="area_without_a_parent"),
        sa.CheckConstraint("households >= 0 AND residents >= 0", name="area_with_negative_people"),
        sa.CheckConstraint("valid_to >= valid_from", name="area_ended_before_it_began"),
        sa.ForeignKeyConstraint(
            ["parent_id"],
            ["area.area_id"],
        ),
        sa.PrimaryKeyConstraint("area_id"),
    )
    op.create_index(
        "area_code_once",
        "area",
        ["code", "level", "valid_from"],
        unique=True,
        postgresql_where=sa.text("level <> 'residential_group'"),
    )
    op.create_index(
        "area_group_once",
        "area",
        ["parent_id", "code", "valid_from"],
        unique=True,
        postgresql_where=sa.text("level = 'residential_group'"),
    )
    op.create_index("area_page", "area", ["code", "valid_from", "area_id"], unique=False)
    op.create_index("area_parent", "area", ["parent_id"], unique=False)
    op.create_table(
        "client",
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("secret_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("areas", pg.ARRAY(pg.UUID()), nullable=False),
        sa.Column("scopes", pg.ARRAY(sa.Text()), nullable=False),
        sa.Column("enabled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("client_id"),
    )
    op.create_table(
        "event_key",
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("event_id", pg.UUID(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("shard", sa.SmallInteger(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("segment", sa.BigInteger(), nullable=True, comment="null: accepted, waits for what it refers to"),
        sa.PrimaryKeyConstraint("source_id", "event_id"),
    )
    op.create_table(
        "event_log",
        sa.Column("log_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("xid", Xid8(), server_default=sa.text("pg_current_xact_id()"), nullable=False),
        sa.Column("shard", sa.SmallInteger(), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("event_id", pg.UUID(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("log_id"),
        sa.UniqueConstraint("source_id", "event_id", name="event_log_once"),
    )
    op.create_index("event_log_order", "event_log", ["shard", "xid", "log_id"], unique=False)
    op.create_table(
        "segment",
        sa.Column("shard", sa.SmallInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("events", sa.Integer(), nullable=False),
        sa.Column("first_recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cut_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column(
            "published_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="a hint: confirmed by the broker",
        ),
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
        "service",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name_vi", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("pillars", pg.ARRAY(sa.Text()), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("once", sa.Boolean(), nullable=False),
        sa.Column("due_days", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("code"),
    )
    op.create_table(
        "signing_key",
        sa.Column("kid", sa.Text(), nullable=False),
        sa.Column("private_jwk", pg.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "retired_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="signs no more; verifies until it is removed",
        ),
        sa.PrimaryKeyConstraint("kid"),
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
        sa.Column("epoch", pg.UUID(), nullable=False, comment="changes when the database is restored from a backup"),
        sa.Column("shards", sa.SmallInteger(), nullable=False, comment="constant within an epoch"),
        sa.PrimaryKeyConstraint("stream"),
    )
    op.create_table(
        "area_succession",
        sa.Column("from_id", pg.UUID(), nullable=False),
        sa.Column("to_id", pg.UUID(), nullable=False),
        sa.Column("succeeds_on", sa.Date(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("is_main", sa.Boolean(), nullable=False),
        sa.CheckConstraint("kind IN ('merge', 'split', 'rename', 'move')", name="succession_of_no_known_kind"),
        sa.CheckConstraint("from_id <> to_id", name="area_succeeded_by_itself"),
        sa.ForeignKeyConstraint(
            ["from_id"],
            ["area.area_id"],
        ),
        sa.ForeignKeyConstraint(
            ["to_id"],
            ["area.area_id"],
        ),
        sa.PrimaryKeyConstraint("from_id", "to_id"),
    )
    op.create_index(
        "area_succession_main",
        "area_succession",
        ["from_id"],
        unique=True,
        postgresql_where=sa.text("is_main"),
    )
    op.create_index("area_succession_to", "area_succession", ["to_id"], unique=False)
    op.create_table(
        "group_placement",
        sa.Column("group_id", pg.UUID(), nullable=False),
        sa.Column("placed_on", sa.Date(), nullable=False),
        sa.Column("ward_id", pg.UUID(), nullable=False),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["area.area_id"],
        ),
        sa.ForeignKeyConstraint(
            ["ward_id"],
            ["area.area_id"],
        ),
        sa.PrimaryKeyConstraint("group_id", "placed_on"),
    )
    op.create_index("group_placement_ward", "group_placement", ["ward_id"], unique=False)
    op.create_table(
        "office",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("area_id", pg.UUID(), nullable=True),
        sa.ForeignKeyConstraint(
            ["area_id"],
            ["area.area_id"],
        ),
        sa.PrimaryKeyConstraint("code"),
    )
    op.create_table(
        "venue",
        sa.Column("venue_id", pg.UUID(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("area_id", pg.UUID(), nullable=False),
        sa.Column("serves", pg.ARRAY(pg.UUID()), nullable=False),
        sa.Column("stalls", sa.Integer(), nullable=True),
        sa.Column("closed_on", sa.Date(), nullable=True, comment="the first day without it"),
        sa.ForeignKeyConstraint(
            ["area_id"],
            ["area.area_id"],
        ),
        sa.PrimaryKeyConstraint("venue_id"),
    )
    op.create_index("venue_area", "venue", ["area_id"], unique=False)
    op.create_table(
        "volunteer",
        sa.Column("volunteer_id", pg.UUID(), nullable=False),
        sa.Column("full_name", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=True, comment="E.164"),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=True),
        sa.Column("area_id", pg.UUID(), nullable=False),
        sa.Column("birth_year", sa.Integer(), nullable=True),
        sa.Column("joined_on", sa.Date(), nullable=True),
        sa.Column("retired_on", sa.Date(), nullable=True, comment="the first day without service; null: active"),
        sa.CheckConstraint("phone ~ '^\\+[1-9][0-9]{6,14}$'", name="phone_not_in_e164"),
        sa.ForeignKeyConstraint(
            ["area_id"],
            ["area.area_id"],
        ),
        sa.PrimaryKeyConstraint("volunteer_id"),
    )
    op.create_index("volunteer_area", "volunteer", ["area_id"], unique=False)
    # Bodies of segments are compressed already.
    op.execute("ALTER TABLE segment ALTER COLUMN body SET STORAGE EXTERNAL")


def downgrade() -> None:
    raise NotImplementedError("restore the backup that was made before the upgrade")
