"""The tables of closings: they are no projections, exist once, and are only ever added to (but for `current`)."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg


def define_tables(metadata: sa.MetaData) -> None:
    sa.Table(
        "closing",
        metadata,
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_late", sa.Boolean, nullable=False, comment="made more than 15 minutes after 22:00"),
        sa.Column("cut", sa.Text, nullable=False, comment="canonical JSON: by stream and shard, segment and events"),
        sa.Column("not_reached", pg.ARRAY(sa.Text), nullable=False, comment="streams that could not be asked"),
    )
    sa.Table(
        "statement",
        metadata,
        sa.Column("unit_id", pg.UUID, primary_key=True, comment="a ward; the nil UUID is the whole"),
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("contents", sa.Text, nullable=False, comment="canonical JSON, of which sha256 is the hash"),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("current", sa.Text, nullable=False, comment="the figures with all amendments, canonical JSON"),
        # The statements of a day.
        sa.Index("statement_day", "day"),
        sa.UniqueConstraint("unit_id", "number", name="statement_number"),
    )
    sa.Table(
        "amendment",
        metadata,
        sa.Column("unit_id", pg.UUID, primary_key=True),
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("closing_day", sa.Date, nullable=False, comment="the closing in which it was made"),
        sa.Column("lines", sa.Text, nullable=False, comment="canonical JSON"),
        # The amendments that a closing made.
        sa.Index("amendment_closing", "closing_day"),
    )
    sa.Table(
        "credited_closed",
        metadata,
        sa.Column("area_id", pg.UUID, primary_key=True, comment="of the resident or the stall"),
        sa.Column("service", sa.Text, primary_key=True),
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("closing_day", sa.Date, primary_key=True, comment="the closing that has told it"),
        sa.Column("change", sa.BigInteger, nullable=False, comment="F4, or F6 of a stall's service"),
        # What a closing changes of a day.
        sa.Index("credited_closed_day", "day"),
    )
    sa.Table(
        "missing_told",
        metadata,
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("unit_id", pg.UUID, primary_key=True),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
    )
