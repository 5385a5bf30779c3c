"""Projection: counts from paper books, so that paper and single assists add up without counting twice.

Guarantee: `paper_by_day` of a (day, ward) is a function of the current tallies and single assists there (`books.py`);
it is computed anew whenever one of them changes. For a tally the highest version holds. What a book of a session adds
stands under the session.
Step 8 of the event path (docs/architecture.md).
"""

import datetime as dt
from collections import Counter
from typing import Any
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from services.reporting.projections.books import Cell, Tally, count_paper
from services.reporting.projections.cells import NOBODY
from services.reporting.projections.ledger import tell
from services.reporting.projections.visits import STALL_SERVICES
from shared.consumer import Work
from shared.database import Connection
from shared.events.facts import Logged, TallyFact, TallyState

Scope = tuple[dt.date, UUID]
Kind = tuple[UUID, str, str, UUID]  # area, service, outcome, resident area


def define_tables(metadata: sa.MetaData) -> None:
    sa.Table(
        "tally",
        metadata,
        sa.Column("tally_id", pg.UUID, primary_key=True),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("ward_id", pg.UUID, nullable=False),
        sa.Column("area_id", pg.UUID, nullable=False),
        sa.Column("session_id", pg.UUID),
        sa.Column("covers", sa.Text, nullable=False),
        sa.Column("state", sa.LargeBinary, nullable=False, comment="TallyState as JSON"),
        # The tallies of a scope that is computed anew.
        sa.Index("tally_scope", "ward_id", "day"),
        # Does this session have a paper count of everything?
        sa.Index("tally_session", "session_id", postgresql_where=sa.text("session_id IS NOT NULL")),
    )
    sa.Table(
        "paper_by_day",
        metadata,
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("ward_id", pg.UUID, primary_key=True),
        sa.Column("area_id", pg.UUID, primary_key=True),
        sa.Column("service", sa.Text, primary_key=True),
        sa.Column("outcome", sa.Text, primary_key=True),
        sa.Column("age_band", sa.Text, primary_key=True),
        sa.Column("resident_area_id", pg.UUID, primary_key=True),
        sa.Column("session_id", pg.UUID, primary_key=True, comment="of a session's book; zero of a day's"),
        sa.Column("assists", sa.BigInteger, nullable=False),
        sa.Column("is_exceeded", sa.Boolean, nullable=False, comment="more single assists than the book says"),
        # What books say of the residents of an area, for progress to a target.
        sa.Index("paper_of_residents", "resident_area_id", "service", "day"),
    )


class PaperScopes:
    """(day, ward) pairs whose paper counts have to be computed anew."""

    step = 1

    def __init__(self) -> None:
        self.work: Work | None = None
        self.scopes: set[Scope] = set()
        self.sessions: set[UUID] = set()
        self.changed: set[Scope] = set()

    def touch(self, day: dt.date, ward: UUID, session: UUID | None) -> None:
        """Single assists have changed here; only a book that covers all of them cares."""
        self.scopes.add((day, ward))
        if session is not None:
            self.sessions.add(session)

    def flush(self, connection: Connection) -> None:
        self._lock(connection)
        for day, ward in sorted(self.changed | self._caring(connection), key=str):
            self._tell(day, _compute(connection, day, ward))

    def _tell(self, day: dt.date, changes: Counter[Kind]) -> None:
        """Of one day, how the figures have changed by the counts of paper."""
        for (area, service, outcome, resident_area), change in changes.items():
            tell(self.work, day, area, "F1", service, change)
            if outcome == "completed":
                tell(self.work, day, area, "F2", service, change)
                tell(self.work, day, resident_area, "F4", service, change)
                if service in STALL_SERVICES:
                    tell(self.work, day, resident_area, "F6", service, change)

    def _lock(self, connection: Connection) -> None:
        """Two shards may touch one scope or one session at once, one with a book and one with single assists: whoever
        comes second waits here, and then sees what the first has written."""
        scopes = {f"{day}/{ward}" for day, ward in self.scopes | self.changed}
        keys = sorted(scopes | {f"session/{session}" for session in self.sessions})
        connection.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(key, 0)) FROM unnest(%s::text[]) AS g(key)", [keys]
        )

    def _caring(self, connection: Connection) -> set[Scope]:
        """The scopes touched in which a book covers all."""
        if not self.scopes:
            return set()
        days, wards = zip(*self.scopes, strict=True)
        rows = connection.execute(
            """SELECT t.day, t.ward_id FROM tally AS t
                 JOIN unnest(%s::date[], %s::uuid[]) AS g(day, ward_id) USING (day, ward_id) WHERE covers = 'all'
               UNION SELECT day, ward_id FROM tally WHERE covers = 'all' AND session_id = ANY(%s)""",
            [list(days), list(wards), list(self.sessions)],
        )
        return {(row[0], row[1]) for row in rows}


def keep_tally(work: Work, event: Logged, fact: TallyFact) -> None:
    """Keep the version that holds, or nothing of a void one, and compute its scope anew."""
    if not fact.applies:
        return
    scopes = work.gather(PaperScopes)
    scopes.work = work
    for state in (fact.before, fact.after):
        if state is not None:
            scopes.changed.add((state.day, state.ward))
            if state.session is not None:
                scopes.sessions.add(state.session)
    if fact.after is None:
        work.connection.execute("DELETE FROM tally WHERE tally_id = %s", [event.subject])
    else:
        _store(work.connection, event.subject, fact.after)


def _store(connection: Connection, tally_id: UUID, state: TallyState) -> None:
    connection.execute(
        """INSERT INTO tally (tally_id, day, ward_id, area_id, session_id, covers, state)
           VALUES (%s, %s, %s, %s, %s, %s, %s)
           ON CONFLICT (tally_id) DO UPDATE SET day = excluded.day, ward_id = excluded.ward_id,
             area_id = excluded.area_id, session_id = excluded.session_id, covers = excluded.covers,
             state = excluded.state""",
        [tally_id, state.day, state.ward, state.area, state.session, state.covers, msgspec.json.encode(state)],
    )


def _compute(connection: Connection, day: dt.date, ward: UUID) -> Counter[Kind]:
    """Count the paper of a scope anew, and say what has changed."""
    # Two shards may touch one scope at once: whoever comes second waits, and then sees the counts of both.
    connection.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"{day}/{ward}"])
    tallies = [
        Tally(row[0], msgspec.json.decode(row[1], type=TallyState))
        for row in connection.execute("SELECT tally_id, state FROM tally WHERE day = %s AND ward_id = %s", [day, ward])
    ]
    sessions = [tally.state.session for tally in tallies if tally.state.session is not None]
    cells = count_paper(ward, tallies, _singles(connection, day, ward), _session_singles(connection, sessions))
    changes: Counter[Kind] = Counter()
    for *kind, count in connection.execute(
        """DELETE FROM paper_by_day WHERE day = %s AND ward_id = %s
           RETURNING area_id, service, outcome, resident_area_id, assists""",
        [day, ward],
    ):
        changes[tuple(kind)] -= count
    for cell in cells:
        changes[(cell.area, cell.service, cell.outcome, cell.resident_area)] += cell.count
        _insert(connection, day, ward, cell)
    return changes


def _insert(connection: Connection, day: dt.date, ward: UUID, cell: Cell) -> None:
    connection.execute(
        """INSERT INTO paper_by_day (day, ward_id, area_id, service, outcome, age_band, resident_area_id, session_id,
                                     assists, is_exceeded) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)""",
        [day, ward, cell.area, cell.service, cell.outcome, cell.age_band, cell.resident_area, cell.session or NOBODY,
         cell.count, cell.is_exceeded],
    )  # fmt: skip


def _singles(connection: Connection, day: dt.date, ward: UUID) -> list[Cell]:
    rows = connection.execute(
        """SELECT area_id, service, outcome, age_band, resident_area_id, assists FROM assists_by_day
            WHERE day = %s AND ward_id = %s""",
        [day, ward],
    )
    return [Cell(*row) for row in rows]


def _session_singles(connection: Connection, sessions: list[UUID]) -> dict[UUID, list[Cell]]:
    found: dict[UUID, list[Cell]] = {}
    rows: Any = connection.execute(
        """SELECT session_id, service, outcome, age_band, resident_area_id, sum(assists)::bigint FROM assists_in_detail
            WHERE session_id = ANY(%s) AND session_id <> %s GROUP BY 1, 2, 3, 4, 5""",
        [sessions, NOBODY],
    )
    for session, service, outcome, age_band, resident_area, count in rows:
        found.setdefault(session, []).append(Cell(session, service, outcome, age_band, resident_area, count))
    return found
