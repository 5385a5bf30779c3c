"""Which resident tokens are known, and with which keys they were made: for a rotation of the key."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

KNOWN = """
INSERT INTO resident_token (token)
SELECT token FROM (
  SELECT convert_from(content, 'UTF8')::jsonb ->> 'resident_token' AS token FROM entity WHERE kind = 'assist' AND shard >= 0
  UNION
  SELECT convert_from(submission, 'UTF8')::jsonb -> 'data' ->> 'resident_token' FROM pending
   WHERE refused IS NULL AND NOT is_sandbox) AS t
 WHERE token IS NOT NULL
"""


def upgrade() -> None:
    op.create_table(
        "resident_token",
        sa.Column(
            "token", sa.Text(), nullable=False, comment="of a resident who was seen; nothing else is kept of them"
        ),
        sa.PrimaryKeyConstraint("token"),
    )
    op.create_table(
        "token_key",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "fingerprint", sa.LargeBinary(), nullable=False, comment="tells one key from another, and nothing of it"
        ),
        sa.PrimaryKeyConstraint("version"),
    )
    op.execute(KNOWN)
