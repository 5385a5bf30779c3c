"""Projection: Community Digital Technology Teams, where they work and who is in them over time.

Guarantee: who is in a team on a day is told by the newest row of `team_member` up to that day (position null: left),
as long as the team is there. Events of a volunteer, and those of a team, come in their order; what is told of a day
overrules what was told before of that day and later ones. Rows of a merged record do not count: the registry tells the
stays of the kept one anew.
Formula F60 of the contract is read from these tables.
Step 8 of the event path (docs/architecture.md).
"""

import datetime as dt
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from services.reporting.projections.volunteers import place
from shared.consumer import Work
from shared.events import people
from shared.events.facts import Logged


def define_tables(metadata: sa.MetaData) -> None:
    sa.Table(
        "team",
        metadata,
        sa.Column("team", pg.UUID, primary_key=True),
        sa.Column("name", sa.Text),
        sa.Column("area_id", pg.UUID, nullable=False, comment="as formed; of later days: team_place"),
        sa.Column("formed_on", sa.Date, comment="null until it is told"),
        sa.Column("dissolved_on", sa.Date, comment="the first day without it"),
    )
    sa.Table(
        "team_place",
        metadata,
        sa.Column("team", pg.UUID, primary_key=True),
        sa.Column("since", sa.Date, primary_key=True),
        sa.Column("area_id", pg.UUID, nullable=False),
    )
    sa.Table(
        "team_member",
        metadata,
        sa.Column("team", pg.UUID, primary_key=True),
        sa.Column("volunteer", pg.UUID, primary_key=True),
        sa.Column("since", sa.Date, primary_key=True),
        sa.Column("position", sa.Text, comment="null: not in the team from this day on"),
    )


def form(work: Work, _event: Logged, fact: people.TeamFormed) -> None:
    """Told again, it names the team anew and leaves where it is now and its end."""
    work.connection.execute(
        """INSERT INTO team (team, name, area_id, formed_on) VALUES (%s, %s, %s, %s)
           ON CONFLICT (team) DO UPDATE SET name = excluded.name, area_id = excluded.area_id,
             formed_on = excluded.formed_on""",
        [fact.team, fact.name, fact.area, fact.on],
    )


def move(work: Work, _event: Logged, fact: people.TeamMoved) -> None:
    place(work.connection, "team", fact.team, fact.on, fact.area)


def dissolve(work: Work, _event: Logged, fact: people.TeamDissolved) -> None:
    """The team and every stay in it end; another day corrects the first."""
    work.connection.execute(
        """INSERT INTO team (team, area_id, dissolved_on) VALUES (%s, %s, %s)
           ON CONFLICT (team) DO UPDATE SET dissolved_on = excluded.dissolved_on""",
        [fact.team, fact.area, fact.on],
    )


def join(work: Work, _event: Logged, fact: people.VolunteerJoinedTeam) -> None:
    _stand(work, fact.team, fact.volunteer, fact.on, fact.position)


def leave(work: Work, _event: Logged, fact: people.VolunteerLeftTeam) -> None:
    _stand(work, fact.team, fact.volunteer, fact.on, None)


def _stand(work: Work, team: UUID, volunteer: UUID, since: dt.date, position: str | None) -> None:
    work.connection.execute(
        "DELETE FROM team_member WHERE team = %s AND volunteer = %s AND since >= %s", [team, volunteer, since]
    )
    work.connection.execute(
        "INSERT INTO team_member (team, volunteer, since, position) VALUES (%s, %s, %s, %s)",
        [team, volunteer, since, position],
    )
