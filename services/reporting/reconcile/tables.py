"""The table of reconciliations: no projection, it exists once."""

import sqlalchemy as sa


def define_tables(metadata: sa.MetaData) -> None:
    sa.Table(
        "reconciliation",
        metadata,
        sa.Column(
            "day", sa.Date, primary_key=True, comment="the closed day after which it was made, the last compared"
        ),
        sa.Column("first_day", sa.Date, nullable=False, comment="the first day compared"),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("wards", sa.Integer, nullable=False),
        sa.Column("numbers", sa.Integer, nullable=False, comment="that were compared"),
        sa.Column("moving", sa.Integer, nullable=False, comment="numbers that never held still"),
        sa.Column("differences", sa.Integer, nullable=False),
        sa.Column("first_difference", sa.Text, comment="in words; null: there is none"),
    )
