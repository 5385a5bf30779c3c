"""Projection: the catalogue of services: their names, and what they count.

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
        sa.Column("due_days", sa.Integer),
        sa.Column(
            "may_return", sa.Boolean, nullable=False, server_default=sa.true(), comment="`to_return` is possible"
        ),
    )


def name_service(work: Work, _event: Logged, fact: ServiceDeclared) -> None:
    work.connection.execute(
        """INSERT INTO service (service, name_vi, name_en, pillars, unit, once, due_days, may_return)
           VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
           ON CONFLICT (service) DO UPDATE SET name_vi = excluded.name_vi, name_en = excluded.name_en,
             pillars = excluded.pillars, unit = excluded.unit, once = excluded.once, due_days = excluded.due_days,
             may_return = excluded.may_return""",
        [fact.service, fact.name_vi, fact.name_en, fact.pillars, fact.unit, fact.once, fact.due_days,
         fact.may_return],
    )  # fmt: skip
