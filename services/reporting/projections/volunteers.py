"""Projection: volunteers without their names, where they belong over time, and which records are one person.

Guarantee: `volunteer_alias` names, for each record that was merged, the one that holds after all merges (`root`),
whatever they are told in; merges may come before the volunteers themselves and before what they did. A volunteer's
events come in their order: what is told of a day overrules what was told before of that day and later ones.
No figure by volunteer is read from the placements of a merged record: the registry tells those of the kept one anew.
Step 8 of the event path (docs/architecture.md).
"""

import datetime as dt
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from services.reporting.projections.volunteer_hours import VolunteerHours
from shared.consumer import Work
from shared.database import Connection
from shared.events import people
from shared.events.facts import Logged


def define_tables(metadata: sa.MetaData) -> None:
    sa.Table(
        "volunteer",
        metadata,
        sa.Column("volunteer", pg.UUID, primary_key=True),
        sa.Column("kind", sa.Text, comment="null until the volunteer is registered"),
        sa.Column("area_id", pg.UUID, comment="as registered; of later days: volunteer_place"),
        sa.Column("unit", sa.Text),
        sa.Column("birth_year", sa.SmallInteger),
        sa.Column("joined_on", sa.Date),
        sa.Column("status", sa.Text, nullable=False, server_default="active", comment="active, retired, erased"),
        sa.Column("status_on", sa.Date, comment="the first day of it; null: since joining"),
    )
    sa.Table(
        "volunteer_place",
        metadata,
        sa.Column("volunteer", pg.UUID, primary_key=True),
        sa.Column("since", sa.Date, primary_key=True),
        sa.Column("area_id", pg.UUID, nullable=False),
    )
    sa.Table(
        "volunteer_alias",
        metadata,
        sa.Column("volunteer", pg.UUID, primary_key=True),
        sa.Column("merged_into", pg.UUID, nullable=False),
        sa.Column("root", pg.UUID, nullable=False, comment="the record that holds after all merges"),
        # Who is one person.
        sa.Index("volunteer_alias_root", "root"),
    )


def register(work: Work, _event: Logged, fact: people.VolunteerRegistered) -> None:
    _put(work, fact.volunteer, kind=fact.kind, area_id=fact.area, unit=fact.unit, birth_year=fact.birth_year,
         joined_on=fact.joined_on)  # fmt: skip


def correct(work: Work, _event: Logged, fact: people.VolunteerCorrected) -> None:
    _put(work, fact.volunteer, kind=fact.kind, unit=fact.unit, birth_year=fact.birth_year, joined_on=fact.joined_on)


def retire(work: Work, _event: Logged, fact: people.VolunteerRetired) -> None:
    _put(work, fact.volunteer, status="retired", status_on=fact.on)


def take_back(work: Work, _event: Logged, fact: people.VolunteerReturned) -> None:
    _put(work, fact.volunteer, status="active", status_on=fact.on)


def erase(work: Work, _event: Logged, fact: people.VolunteerErased) -> None:
    """The person's data is gone from the registry; what it told without a name stays, for the figures."""
    _put(work, fact.volunteer, status="erased", status_on=fact.on)


def _put(work: Work, volunteer: UUID, **values: Any) -> None:
    names = list(values)
    work.connection.execute(
        f"""INSERT INTO volunteer (volunteer, {", ".join(names)}) VALUES (%s{", %s" * len(names)})
            ON CONFLICT (volunteer) DO UPDATE SET {", ".join(f"{name} = excluded.{name}" for name in names)}""",
        [volunteer, *values.values()],
    )


def move(work: Work, _event: Logged, fact: people.VolunteerMoved) -> None:
    place(work.connection, "volunteer", fact.volunteer, fact.on, fact.area)


def place(connection: Connection, what: str, placed: UUID, since: dt.date, area_id: UUID) -> None:
    """A volunteer, a team or a venue is in an area from a day on; what was told of later days is overruled."""
    connection.execute(f"DELETE FROM {what}_place WHERE {what} = %s AND since >= %s", [placed, since])
    connection.execute(
        f"INSERT INTO {what}_place ({what}, since, area_id) VALUES (%s, %s, %s)", [placed, since, area_id]
    )


class Merges:
    """Merges that have been told. Written while no other transaction reads who is one person."""

    step = 1

    def __init__(self) -> None:
        self.told: dict[UUID, UUID] = {}
        self.hours: VolunteerHours | None = None

    def flush(self, connection: Connection) -> None:
        connection.execute("LOCK TABLE volunteer_alias IN EXCLUSIVE MODE")
        rows = connection.execute("SELECT volunteer, merged_into, root FROM volunteer_alias").fetchall()
        before = {row[0]: (row[1], row[2]) for row in rows}
        edges = {volunteer: into for volunteer, (into, _) in before.items()} | self.told
        after = {volunteer: (into, root_of(volunteer, edges)) for volunteer, into in edges.items()}
        for volunteer in sorted(edges):
            if before.get(volunteer) != after[volunteer]:
                _store(connection, volunteer, *after[volunteer])
                self._touch(before.get(volunteer, ()), (volunteer, *after[volunteer]))

    def _touch(self, *ids: tuple[UUID, ...]) -> None:
        if self.hours is not None:
            self.hours.touched.update(*ids)


def root_of(volunteer: UUID, edges: Mapping[UUID, UUID]) -> UUID:
    """The record at the end of a chain of merges; of records merged in a circle the lowest id."""
    seen = [volunteer]
    while (into := edges.get(seen[-1])) is not None:
        if into in seen:
            return min(seen[seen.index(into) :])
        seen.append(into)
    return seen[-1]


def _store(connection: Connection, volunteer: UUID, into: UUID, root: UUID) -> None:
    connection.execute(
        """INSERT INTO volunteer_alias (volunteer, merged_into, root) VALUES (%s, %s, %s)
           ON CONFLICT (volunteer) DO UPDATE SET merged_into = excluded.merged_into, root = excluded.root""",
        [volunteer, into, root],
    )


def merge(work: Work, _event: Logged, fact: people.VolunteerMerged) -> None:
    """What names the one means the other, whenever it happened."""
    merges = work.gather(Merges)
    merges.told[fact.volunteer] = fact.into
    merges.hours = VolunteerHours.of(work)
