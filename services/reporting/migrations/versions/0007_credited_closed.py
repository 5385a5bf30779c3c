"""Cumulative figures: what each closing has added to the credited residents of an area."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "credited_closed",
        sa.Column("area_id", sa.UUID(), nullable=False, comment="of the resident or the stall"),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("closing_day", sa.Date(), nullable=False, comment="the closing that has told it"),
        sa.Column("change", sa.BigInteger(), nullable=False, comment="F4, or F6 of a stall's service"),
        sa.PrimaryKeyConstraint("area_id", "service", "day", "closing_day"),
    )
    op.create_index("credited_closed_day", "credited_closed", ["day"], unique=False)


def downgrade() -> None:
    op.drop_index("credited_closed_day", table_name="credited_closed")
    op.drop_table("credited_closed")
