"""Projection: venues with their areas over time, and offices.

Guarantee: a thing's events come in their order, and the last one holds. Where a venue is on a day is told by the newest
row of `venue_place` up to that day, else by its first declaration.
Step 8 of the event path (docs/architecture.md).
"""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from services.reporting.projections.volunteers import place
from shared.clock import local_day
from shared.consumer import Work
from shared.events import registry
from shared.events.facts import Logged


def define_tables(metadata: sa.MetaData) -> None:
    sa.Table(
        "venue",
        metadata,
        sa.Column("venue", pg.UUID, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("area_id", pg.UUID, nullable=False, comment="as first declared; of later days: venue_place"),
        sa.Column("serves", pg.ARRAY(pg.UUID), nullable=False, server_default="{}", comment="residential groups"),
        sa.Column("stalls", sa.Integer, comment="of a market, where it is known"),
        sa.Column("closed_on", sa.Date, comment="the first day on which it is not used"),
    )
    sa.Table(
        "venue_place",
        metadata,
        sa.Column("venue", pg.UUID, primary_key=True),
        sa.Column("since", sa.Date, primary_key=True),
        sa.Column("area_id", pg.UUID, nullable=False),
    )
    sa.Table(
        "office",
        metadata,
        sa.Column("office", sa.Text, primary_key=True, comment="code"),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("area_id", pg.UUID),
        sa.Column("closed_on", sa.Date, comment="the first day on which nothing is referred to it"),
    )


def declare_venue(work: Work, _event: Logged, fact: registry.VenueDeclared) -> None:
    """A venue is known, or used again. Where it is now is told by its moves, not by its being declared again."""
    work.connection.execute(
        """INSERT INTO venue (venue, name, kind, area_id, serves, stalls) VALUES (%s, %s, %s, %s, %s::uuid[], %s)
           ON CONFLICT (venue) DO UPDATE SET name = excluded.name, kind = excluded.kind, serves = excluded.serves,
             stalls = excluded.stalls, closed_on = NULL""",
        [fact.venue, fact.name, fact.kind, fact.area, fact.serves, fact.stalls],
    )


def move_venue(work: Work, _event: Logged, fact: registry.VenueMoved) -> None:
    place(work.connection, "venue", fact.venue, fact.on, fact.area)


def close_venue(work: Work, event: Logged, fact: registry.VenueClosed) -> None:
    """The event's time is the beginning of the first day on which the venue is not used."""
    work.connection.execute(
        """INSERT INTO venue (venue, name, kind, area_id, closed_on) VALUES (%s, %s, %s, %s, %s)
           ON CONFLICT (venue) DO UPDATE SET closed_on = excluded.closed_on""",
        [fact.venue, fact.name, fact.kind, fact.area, local_day(event.time)],
    )


def declare_office(work: Work, _event: Logged, fact: registry.OfficeDeclared) -> None:
    """An office is known, or referred to again."""
    work.connection.execute(
        """INSERT INTO office (office, name, area_id) VALUES (%s, %s, %s)
           ON CONFLICT (office) DO UPDATE SET name = excluded.name, area_id = excluded.area_id, closed_on = NULL""",
        [fact.office, fact.name, fact.area],
    )


def close_office(work: Work, _event: Logged, fact: registry.OfficeClosed) -> None:
    work.connection.execute("UPDATE office SET closed_on = %s WHERE office = %s", [fact.on, fact.office])
