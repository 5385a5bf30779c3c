"""Projection: incidents online that residents met with, and what volunteers proposed, one row each.

Guarantee: a row is what the newest fact of its subject says, without any text; a void incident has no row.
Formula F53.
Step 8 of the event path (docs/architecture.md).
"""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from shared.consumer import Work
from shared.events.facts import IncidentFact, Logged, ProposalFact


def define_tables(metadata: sa.MetaData) -> None:
    sa.Table(
        "incident",
        metadata,
        sa.Column("incident_id", pg.UUID, primary_key=True),
        *_place(),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("via", sa.Text, nullable=False),
        sa.Column("age_band", sa.Text, nullable=False),
        sa.Column("loss", sa.Text, nullable=False),
        sa.Column("told_police", sa.Boolean, comment="null: not known"),
        # Those of some days.
        sa.Index("incident_day", "day"),
    )
    sa.Table(
        "proposal",
        metadata,
        sa.Column("proposal_id", pg.UUID, primary_key=True),
        *_place(),
        sa.Column("addressed_to", sa.Text, nullable=False),
        sa.Column("theme", sa.Text, nullable=False),
        sa.Column("volunteer", pg.UUID),
        sa.Column("result", sa.Text, comment="of the newest answer; null while there is none"),
        sa.Column("answered_at", sa.DateTime(timezone=True)),
        # Those of some days.
        sa.Index("proposal_day", "day"),
    )


def _place() -> list[sa.Column[object]]:
    return [
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("ward_id", pg.UUID, nullable=False),
        sa.Column("area_id", pg.UUID, nullable=False),
    ]


def keep_incident(work: Work, event: Logged, fact: IncidentFact) -> None:
    """An incident counts until it is taken back."""
    if not fact.applies:
        return
    state = fact.after
    if state is None:
        work.connection.execute("DELETE FROM incident WHERE incident_id = %s", [event.subject])
        return
    work.connection.execute(
        """INSERT INTO incident (incident_id, day, ward_id, area_id, kind, via, age_band, loss, told_police)
           VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)
           ON CONFLICT (incident_id) DO UPDATE SET day = excluded.day, ward_id = excluded.ward_id,
             area_id = excluded.area_id, kind = excluded.kind, via = excluded.via, age_band = excluded.age_band,
             loss = excluded.loss, told_police = excluded.told_police""",
        [event.subject, state.day, state.ward, state.area, state.kind, state.via, state.age_band, state.loss,
         state.told_police],
    )  # fmt: skip


def keep_proposal(work: Work, event: Logged, fact: ProposalFact) -> None:
    """A proposal with the answer that holds; an older answer does not apply."""
    if not fact.applies:
        return
    state = fact.content
    work.connection.execute(
        """INSERT INTO proposal (proposal_id, day, ward_id, area_id, addressed_to, theme, volunteer, result,
                                 answered_at)
           VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)
           ON CONFLICT (proposal_id) DO UPDATE SET day = excluded.day, ward_id = excluded.ward_id,
             area_id = excluded.area_id, addressed_to = excluded.addressed_to, theme = excluded.theme,
             volunteer = excluded.volunteer, result = excluded.result, answered_at = excluded.answered_at""",
        [event.subject, state.day, state.ward, state.area, state.addressed_to, state.theme, state.volunteer,
         state.result, state.answered_at],
    )  # fmt: skip
