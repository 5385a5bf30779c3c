"""What reconciling found, one row a closed day."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "reconciliation",
        sa.Column(
            "day", sa.Date(), nullable=False, comment="the closed day after which it was made, the last compared"
        ),
        sa.Column("first_day", sa.Date(), nullable=False, comment="the first day compared"),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("wards", sa.Integer(), nullable=False),
        sa.Column("numbers", sa.Integer(), nullable=False, comment="that were compared"),
        sa.Column("moving", sa.Integer(), nullable=False, comment="numbers that never held still"),
        sa.Column("differences", sa.Integer(), nullable=False),
        sa.Column("first_difference", sa.Text(), nullable=True, comment="in words; null: there is none"),
        sa.PrimaryKeyConstraint("day"),
    )


def downgrade() -> None:
    op.drop_table("reconciliation")
