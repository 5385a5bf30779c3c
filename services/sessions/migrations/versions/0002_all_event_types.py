"""What the whole contract needs: voids that take assists along, a ward's changes, refused events, the sandbox."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _entities()
    _pending()
    op.alter_column("free_text", "area_id", nullable=True, comment="null while the event waits for what it is about")
    op.create_index("free_text_subject", "free_text", ["subject"])
    op.add_column("volunteer", sa.Column("is_erased", sa.Boolean(), server_default=sa.false(), nullable=False))
    _refused()


def _entities() -> None:
    takes_along = "a void session takes its assists back with it, also those that arrive later"
    for column in (
        sa.Column("takes_along", sa.Boolean(), server_default=sa.false(), nullable=False, comment=takes_along),
        sa.Column("ward_id", pg.UUID(), nullable=True),
        sa.Column("session_id", pg.UUID(), nullable=True, comment="the session that an assist names"),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True),
    ):
        op.add_column("entity", column)
    op.execute(
        """UPDATE entity SET changed_at = now(),
             ward_id = (convert_from(content, 'UTF8')::jsonb ->> 'ward')::uuid,
             session_id = CASE kind WHEN 'assist' THEN (convert_from(content, 'UTF8')::jsonb ->> 'session')::uuid END"""
    )
    op.alter_column("entity", "ward_id", nullable=False)
    op.alter_column("entity", "changed_at", nullable=False)
    op.create_index("entity_changed", "entity", ["ward_id", "changed_at"])
    op.create_index("entity_session", "entity", ["session_id"], postgresql_where=sa.text("session_id IS NOT NULL"))


def _pending() -> None:
    op.alter_column("pending", "waits_for", comment="`subject`, `step`, or `service:<code>`")
    tried = "when it was last seen to be too early"
    op.add_column("pending", sa.Column("tried_at", sa.DateTime(timezone=True), nullable=True, comment=tried))
    op.execute("UPDATE pending SET tried_at = accepted_at")
    op.alter_column("pending", "tried_at", nullable=False)
    where = "where it happened, or the sender's only area; null: not known yet"
    op.add_column("pending", sa.Column("ward_id", pg.UUID(), nullable=True, comment=where))
    op.add_column("pending", sa.Column("is_sandbox", sa.Boolean(), server_default=sa.false(), nullable=False))


def _refused() -> None:
    binary = sa.LargeBinary()
    op.create_table(
        "refused",
        sa.Column("refused_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "ward_id",
            pg.UUID(),
            nullable=True,
            comment="where it happened, or the sender's only area; null: not known",
        ),
        sa.Column("event_id", pg.UUID(), nullable=True, comment="null: it could not be read"),
        sa.Column("type", sa.Text(), nullable=True, comment="null: not one of the catalogue"),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=True, comment="the first wrong field, never a value"),
        sa.Column("first_digest", binary, nullable=True, comment="of a conflict: the content that was accepted"),
        sa.Column("digest", binary, nullable=True, comment="of a conflict: the content that was refused"),
        sa.PrimaryKeyConstraint("refused_id"),
    )
    op.create_index("refused_client", "refused", ["client_id", "refused_id"])
