"""Assists in every dimension, their quality, who helped, and who is credited once; the session of a paper count.

The new tables begin empty: the history comes from the feed.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

NOBODY = "00000000-0000-0000-0000-000000000000"
Columns = dict[str, sa.types.TypeEngine[Any]]
DAY: Columns = {"day": sa.Date(), "ward_id": sa.UUID(), "area_id": sa.UUID()}
KINDS: Columns = {"service": sa.Text(), "outcome": sa.Text(), "age_band": sa.Text(), "resident_area_id": sa.UUID()}
DETAILS: Columns = {
    "channel": sa.Text(),
    "session_id": sa.UUID(),
    "venue_id": sa.UUID(),
    "reason": sa.Text(),
    "young_help": sa.Boolean(),
}
PAPER_KEY = [*DAY, *KINDS]


def upgrade() -> None:
    _counts("assists_in_detail", DAY | KINDS | DETAILS, "assists")
    op.create_index(
        "assists_of_session", "assists_in_detail", ["session_id"],
        postgresql_where=sa.text(f"session_id <> '{NOBODY}'"),
    )  # fmt: skip
    _counts(
        "assists_by_helpers",
        {"helpers": sa.Text()} | DAY | {"service": sa.Text(), "outcome": sa.Text()},
        "assists",
    )
    _counts(
        "assists_quality",
        DAY | {"client": sa.Text()},
        "assists", "without_token", "unverified", "clock_suspect", "apportioned",
    )  # fmt: skip
    _credit()
    op.add_column("service", sa.Column("due_days", sa.Integer(), nullable=True))
    op.add_column(
        "service",
        sa.Column(
            "may_return", sa.Boolean(), server_default=sa.text("true"), nullable=False,
            comment="`to_return` is possible",
        ),
    )  # fmt: skip
    op.add_column(
        "paper_by_day",
        sa.Column(
            "session_id", sa.UUID(), server_default=NOBODY, nullable=False,
            comment="of a session's book; zero of a day's",
        ),
    )  # fmt: skip
    op.alter_column("paper_by_day", "session_id", server_default=None)
    _key_of_paper([*PAPER_KEY, "session_id"])
    op.drop_table("assists_by_session")


def _credit() -> None:
    op.create_table(
        "visit",
        sa.Column("key", sa.Text(), nullable=False, comment="the resident's token, or `stall ` and the stall's code"),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("assist_id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False, comment="resident or stall"),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("ward_id", sa.UUID(), nullable=False),
        sa.Column("area_id", sa.UUID(), nullable=False),
        sa.Column("resident_area_id", sa.UUID(), nullable=False),
        sa.Column("age_band", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("session_id", sa.UUID(), nullable=False, comment="zero without a session"),
        sa.Column("venue_id", sa.UUID(), nullable=False, comment="zero without a venue of its own"),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("is_credited", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("key", "service", "assist_id"),
    )
    op.create_index("visit_day", "visit", ["kind", "day"])
    op.create_table(
        "credit",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("assist_id", sa.UUID(), nullable=False, comment="the visit that is credited"),
        sa.PrimaryKeyConstraint("key", "service"),
    )
    _counts(
        "credited_by_day",
        {"day": sa.Date(), "area_id": sa.UUID(), "service": sa.Text(), "age_band": sa.Text(), "kind": sa.Text()},
        "credited", "unkeyed",
    )  # fmt: skip


def _counts(table: str, key: Columns, *counts: str) -> None:
    op.create_table(
        table,
        *(sa.Column(name, kind, nullable=False) for name, kind in key.items()),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in counts),
        sa.PrimaryKeyConstraint(*key),
    )


def _key_of_paper(key: list[str]) -> None:
    op.drop_constraint("paper_by_day_pkey", "paper_by_day")
    op.create_primary_key("paper_by_day_pkey", "paper_by_day", key)


def downgrade() -> None:
    _counts("assists_by_session", {"session_id": sa.UUID()} | KINDS, "assists")
    # A day's cell of before has what its sessions' books add.
    op.execute(
        f"""CREATE TEMPORARY TABLE merged ON COMMIT DROP AS
            SELECT {", ".join(PAPER_KEY)}, sum(assists)::bigint AS assists, bool_or(is_exceeded) AS is_exceeded
              FROM paper_by_day GROUP BY {", ".join(PAPER_KEY)}"""
    )
    op.execute("DELETE FROM paper_by_day")
    op.drop_constraint("paper_by_day_pkey", "paper_by_day")
    op.drop_column("paper_by_day", "session_id")
    op.execute(
        f"""INSERT INTO paper_by_day ({", ".join(PAPER_KEY)}, assists, is_exceeded)
            SELECT {", ".join(PAPER_KEY)}, assists, is_exceeded FROM merged"""
    )
    op.create_primary_key("paper_by_day_pkey", "paper_by_day", PAPER_KEY)
    op.drop_column("service", "may_return")
    op.drop_column("service", "due_days")
    for table in ("credited_by_day", "credit", "visit", "assists_quality", "assists_by_helpers", "assists_in_detail"):
        op.drop_table(table)
