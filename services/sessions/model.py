"""The tables of the sessions service.

Guarantee: equal to the migrations (a test compares). Of every reported thing there is one row of state, `entity`, from
which corrections take what they replace; free text is in a table of its own and in no event.
"""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from shared import areas, consumer, event_log, segments

METADATA = sa.MetaData()
event_log.define_tables(METADATA)
segments.define_tables(METADATA)
consumer.define_tables(METADATA)
areas.define_tables(METADATA)

sa.Table(
    "entity",
    METADATA,
    sa.Column("subject", pg.UUID, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("shard", sa.SmallInteger, nullable=False, comment="of the ward it was first reported in, for ever"),
    sa.Column("version_time", sa.DateTime(timezone=True), comment="of the correction that holds; null: the record"),
    sa.Column("version_id", pg.UUID),
    sa.Column("is_void", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("content", sa.LargeBinary, nullable=False, comment="the state as JSON, see shared/events/facts.py"),
)
sa.Table(
    "pending",
    METADATA,
    sa.Column("source_id", sa.Integer, primary_key=True),
    sa.Column("event_id", pg.UUID, primary_key=True),
    sa.Column("subject", pg.UUID, nullable=False),
    sa.Column("waits_for", sa.Text, nullable=False, comment="`subject`, or `service:<code>`"),
    sa.Column("client_id", sa.Text, nullable=False),
    sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("submission", sa.LargeBinary, nullable=False, comment="the event as sent, without write-only fields"),
    sa.Column("refused", sa.Text, comment="why it cannot take effect, though what it refers to has come"),
    # The resolver joins the pending with what has arrived since.
    sa.Index("pending_subject", "subject"),
)
sa.Table(
    "free_text",
    METADATA,
    sa.Column("source_id", sa.Integer, primary_key=True),
    sa.Column("event_id", pg.UUID, primary_key=True),
    sa.Column("subject", pg.UUID, nullable=False),
    sa.Column("area_id", pg.UUID, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
)

# Replicas of what the registry says; they can be built again from its feed.
sa.Table(
    "client",
    METADATA,
    sa.Column("client_id", sa.Text, primary_key=True),
    sa.Column("areas", pg.ARRAY(pg.UUID), nullable=False),
    sa.Column("is_revoked", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("revoked_at", sa.DateTime(timezone=True)),
)
sa.Table(
    "service", METADATA, sa.Column("service", sa.Text, primary_key=True), sa.Column("unit", sa.Text, nullable=False)
)
sa.Table("volunteer", METADATA, sa.Column("volunteer_id", pg.UUID, primary_key=True))
sa.Table(
    "venue", METADATA, sa.Column("venue_id", pg.UUID, primary_key=True), sa.Column("area_id", pg.UUID, nullable=False)
)
