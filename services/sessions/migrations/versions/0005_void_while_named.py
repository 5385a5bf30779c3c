"""An assist goes with its voided session as long as its content names it; a step is tried again after a change."""

import sqlalchemy as sa
from alembic import op

from shared.event_log import Xid8

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

MEANING = "taken back for good; an assist can be void only as long as it names a void session"


def upgrade() -> None:
    op.add_column(
        "entity", sa.Column("is_final", sa.Boolean(), server_default=sa.false(), nullable=False, comment=MEANING)
    )
    # What is void now was taken back by an event of its own, or stays void: nothing is brought back.
    op.execute("UPDATE entity SET is_final = true WHERE is_void")
    op.drop_column("pending", "tried_at")
    tried = "the transaction that last saw it to be too early, under the lock of its subject"
    now = sa.text("pg_current_xact_id()")
    op.add_column("pending", sa.Column("tried_xid", Xid8(), server_default=now, nullable=False, comment=tried))
