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
    sa.Column(
        "is_final",
        sa.Boolean,
        nullable=False,
        server_default=sa.false(),
        comment="taken back for good; an assist can be void only as long as it names a void session",
    ),
    sa.Column(
        "takes_along",
        sa.Boolean,
        nullable=False,
        server_default=sa.false(),
        comment="a void session takes its assists back with it, also those that arrive later",
    ),
    sa.Column("ward_id", pg.UUID, nullable=False),
    sa.Column("session_id", pg.UUID, comment="the session that an assist names"),
    sa.Column("day", sa.Date, nullable=False, comment="of the state: the local day on which it counts"),
    sa.Column("last_event_at", sa.DateTime(timezone=True), comment="the time of the newest event that changed it"),
    sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column(
        "changed_xid",
        event_log.Xid8(),
        nullable=False,
        server_default=sa.text("pg_current_xact_id()"),
        comment="the transaction that changed it last: a reader who stops at the oldest open one skips nothing",
    ),
    sa.Column("content", sa.LargeBinary, nullable=False, comment="the state as JSON, see shared/events/facts.py"),
    # What changed in a ward since a position: the feed for its other phones.
    sa.Index("entity_changed", "ward_id", "changed_xid", "subject"),
    # The sessions and the feedback of a ward, newest first.
    sa.Index("entity_listed", "ward_id", "kind", "day", postgresql_where=sa.text("kind IN ('session', 'feedback')")),
    # The paper counts of a ward and a day that hold.
    sa.Index("entity_tally", "ward_id", "day", postgresql_where=sa.text("kind = 'tally' AND NOT is_void")),
    # The assists of a session.
    sa.Index("entity_session", "session_id", postgresql_where=sa.text("session_id IS NOT NULL")),
)
sa.Table(
    "pending",
    METADATA,
    sa.Column("source_id", sa.Integer, primary_key=True),
    sa.Column("event_id", pg.UUID, primary_key=True),
    sa.Column("subject", pg.UUID, nullable=False),
    sa.Column("waits_for", sa.Text, nullable=False, comment="`subject`, `step`, or `service:<code>`"),
    sa.Column("client_id", sa.Text, nullable=False),
    sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column(
        "tried_xid",
        event_log.Xid8(),
        nullable=False,
        server_default=sa.text("pg_current_xact_id()"),
        comment="the transaction that last saw it to be too early, under the lock of its subject",
    ),
    sa.Column("ward_id", pg.UUID, comment="where it happened, or the sender's only area; null: not known yet"),
    sa.Column("is_sandbox", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("submission", sa.LargeBinary, nullable=False, comment="the event as sent, without write-only fields"),
    sa.Column("refused", sa.Text, comment="why it cannot take effect, though what it refers to has come"),
    # The resolver joins the pending with what has arrived since.
    sa.Index("pending_subject", "subject"),
)
sa.Table(
    "resident_token",
    METADATA,
    sa.Column("token", sa.Text, primary_key=True, comment="of a resident who was seen; nothing else is kept of them"),
)
sa.Table(
    "token_key",
    METADATA,
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("fingerprint", sa.LargeBinary, nullable=False, comment="tells one key from another, and nothing of it"),
)
sa.Table(
    "attendance",
    METADATA,
    sa.Column("session_id", pg.UUID, primary_key=True),
    sa.Column("volunteer_id", pg.UUID, primary_key=True),
    sa.Column("came_at", sa.DateTime(timezone=True), comment="first check-in; null: only a check-out is known"),
    sa.Column("left_at", sa.DateTime(timezone=True), comment="last check-out"),
)
sa.Table(
    "free_text",
    METADATA,
    sa.Column("source_id", sa.Integer, primary_key=True),
    sa.Column("event_id", pg.UUID, primary_key=True),
    sa.Column("subject", pg.UUID, nullable=False),
    sa.Column("area_id", pg.UUID, comment="null while the event waits for what it is about"),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
    # The texts of a feedback.
    sa.Index("free_text_subject", "subject"),
)
sa.Table(
    "refused",
    METADATA,
    sa.Column("refused_id", sa.BigInteger, sa.Identity(), primary_key=True),
    sa.Column("client_id", sa.Text, nullable=False),
    sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("ward_id", pg.UUID, comment="where it happened, or the sender's only area; null: not known"),
    sa.Column("is_sandbox", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("event_id", pg.UUID, comment="null: it could not be read"),
    sa.Column("type", sa.Text, comment="null: not one of the catalogue"),
    sa.Column("code", sa.Text, nullable=False),
    sa.Column("field", sa.Text, comment="the first wrong field, never a value"),
    sa.Column("first_digest", sa.LargeBinary, comment="of a conflict: the content that was accepted"),
    sa.Column("digest", sa.LargeBinary, comment="of a conflict: the content that was refused"),
    # A client's refused events, newest first; what is over the bound goes.
    sa.Index("refused_client", "client_id", "refused_id"),
)

sa.Table(
    "remark",
    METADATA,
    sa.Column("ward_id", pg.UUID, primary_key=True),
    sa.Column("day", sa.Date, primary_key=True),
    sa.Column("section", sa.Text, primary_key=True, comment="of the daily report"),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("client_id", sa.Text, nullable=False, comment="who wrote it last"),
    sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("section IN ('difficulties', 'tasks')", name="remark_of_no_known_section"),
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
    "service",
    METADATA,
    sa.Column("service", sa.Text, primary_key=True),
    sa.Column("unit", sa.Text, nullable=False),
    sa.Column("name_vi", sa.Text),
    sa.Column("name_en", sa.Text),
    sa.Column("pillars", pg.ARRAY(sa.Text), nullable=False, server_default="{}"),
    sa.Column("once", sa.Boolean, nullable=False, server_default=sa.false(), comment="a resident counts once, ever"),
    sa.Column("due_days", sa.Integer),
    sa.Column("may_return", sa.Boolean, nullable=False, server_default=sa.true(), comment="`to_return` is possible"),
)
sa.Table(
    "volunteer",
    METADATA,
    sa.Column("volunteer_id", pg.UUID, primary_key=True),
    sa.Column("is_erased", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("area_id", pg.UUID, comment="where it began; later places are in `placement`"),
    sa.Column("retired_on", sa.Date),
    sa.Column("merged_into", pg.UUID, comment="another record of the same person, which is used instead"),
)
sa.Table(
    "venue",
    METADATA,
    sa.Column("venue_id", pg.UUID, primary_key=True),
    sa.Column("area_id", pg.UUID, nullable=False, comment="where it began; later places are in `placement`"),
    sa.Column("name", sa.Text),
    sa.Column("kind", sa.Text),
    sa.Column("closed_on", sa.Date, comment="not used from this day on"),
)
sa.Table(
    "placement",
    METADATA,
    sa.Column("placed", pg.UUID, primary_key=True, comment="a venue or a volunteer that moved"),
    sa.Column("valid_from", sa.Date, primary_key=True),
    sa.Column("area_id", pg.UUID, nullable=False),
)
