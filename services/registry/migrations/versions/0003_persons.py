"""Clients that are persons: a password hash in the place of a secret."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.alter_column("client", "secret_sha256", nullable=True, comment="of an app; null: a person")
    password = "of a person, argon2id; null: an app"
    op.add_column("client", sa.Column("password_hash", sa.Text(), nullable=True, comment=password))
    op.create_check_constraint(
        "client_without_or_with_two_secrets", "client", "(secret_sha256 IS NULL) <> (password_hash IS NULL)"
    )
