"""Projection: the names of services, for headings and views.

Step 8 of the event path (docs/architecture.md).
"""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from shared.consumer import Work
from shared.events.facts import Logged
from shared.events.registry import ServiceDeclared


def define_tables(metadata: sa.MetaData) -> None:
    sa.Table(
        "service",
        metadata,
        sa.Column("service", sa.Text, primary_key=True),
        sa.Column("name_vi", sa.Text, nullable=False),
        sa.Column("name_en", sa.Text, nullable=False),
        sa.Column("pillars", pg.ARRAY(sa.Text), nullable=False),
        sa.Column("unit", sa.Text, nullable=False),
        sa.Column("once", sa.Boolean, nullable=False),
    )


def name_service(work: Work, _event: Logged, fact: ServiceDeclared) -> None:
    work.connection.execute(
        """INSERT INTO service (service, name_vi, name_en, pillars, unit, once) VALUES (%s, %s, %s, %s, %s, %s)
           ON CONFLICT (service) DO UPDATE SET name_vi = excluded.name_vi, name_en = excluded.name_en,
             pillars = excluded.pillars, unit = excluded.unit, once = excluded.once""",
        [fact.service, fact.name_vi, fact.name_en, fact.pillars, fact.unit, fact.once],
    )
