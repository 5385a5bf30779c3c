"""Remarks for the daily report; the paper counts of a ward and a day are found by an index."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "remark",
        sa.Column("ward_id", pg.UUID(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("section", sa.Text(), nullable=False, comment="of the daily report"),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False, comment="who wrote it last"),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("section IN ('difficulties', 'tasks')", name="remark_of_no_known_section"),
        sa.PrimaryKeyConstraint("ward_id", "day", "section"),
    )
    op.create_index(
        "entity_tally", "entity", ["ward_id", "day"], postgresql_where=sa.text("kind = 'tally' AND NOT is_void")
    )
