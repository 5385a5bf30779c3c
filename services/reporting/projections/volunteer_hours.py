"""Projection: the hours of each volunteer by session and local day.

Guarantee: the rows of a person are a function of the sessions, the attendance and the merges that are known
(`hours.py`), under the id that holds after all merges; they are computed anew whenever one of these changes. Two shards
that touch one person at once wait for each other, and the second sees what both have written.
Formula F9 of the contract; F8 counts those with more than nothing.
Step 8 of the event path (docs/architecture.md).
"""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from typing import Any, Self
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from services.reporting.projections.hours import Attended, Hours, hours_of
from services.reporting.projections.ledger import tell
from shared.consumer import Work
from shared.database import Connection

Key = tuple[UUID, UUID, dt.date]
Cell = tuple[UUID, UUID, int, bool, bool, bool, bool]
CELL = {"ward_id": "uuid", "area_id": "uuid", "seconds": "bigint", "is_assumed": "boolean", "is_forgotten": "boolean",
        "is_overlapping": "boolean", "is_long_day": "boolean"}  # fmt: skip
KEY = {"volunteer": "uuid", "session_id": "uuid", "day": "date"}


def define_tables(metadata: sa.MetaData) -> None:
    sa.Table(
        "volunteer_hours",
        metadata,
        sa.Column("volunteer", pg.UUID, primary_key=True, comment="the id that holds after all merges"),
        sa.Column("session_id", pg.UUID, primary_key=True),
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("ward_id", pg.UUID, nullable=False, comment="of the session"),
        sa.Column("area_id", pg.UUID, nullable=False, comment="of the session"),
        sa.Column("seconds", sa.BigInteger, nullable=False),
        sa.Column("is_assumed", sa.Boolean, nullable=False, comment="nobody noted the coming"),
        sa.Column("is_forgotten", sa.Boolean, nullable=False, comment="nobody noted the leaving"),
        sa.Column("is_overlapping", sa.Boolean, nullable=False, comment="another session claims a part of it too"),
        sa.Column("is_long_day", sa.Boolean, nullable=False, comment="over 16 hours on this day in all"),
        # Hours of a span of days, under any area.
        sa.Index("volunteer_hours_day", "day"),
    )
    sa.Table(
        "volunteer_book",
        metadata,
        # Nothing to read: whoever computes the hours of a person holds the rows of all ids of that person.
        sa.Column("volunteer", pg.UUID, primary_key=True),
    )


class VolunteerHours:
    """Volunteers, and sessions with whoever was there, whose hours have to be computed anew."""

    step = 2

    def __init__(self) -> None:
        self.touched: set[UUID] = set()
        self.sessions: set[UUID] = set()
        self.work: Work | None = None

    @classmethod
    def of(cls, work: Work) -> Self:
        found = work.gather(cls)
        found.work = work
        return found

    def flush(self, connection: Connection) -> None:
        touched = self.touched | _attending(connection, self.sessions)
        if not touched:
            return
        persons = _hold(connection, touched)
        before, after = _known(connection, persons), _computed(connection, persons)
        gone = [key for key in before if key not in after]
        new = {key: cell for key, cell in after.items() if before.get(key) != cell}
        if gone:
            _execute(connection, f"DELETE FROM volunteer_hours AS t USING unnest({_casts(KEY)}) AS g({', '.join(KEY)}) "
                     f"WHERE {' AND '.join(f't.{name} = g.{name}' for name in KEY)}", gone)  # fmt: skip
        if new:
            _execute(connection, STORE, [(*key, *cell) for key, cell in new.items()])
        if self.work is not None:
            for (day, area), delta in _difference(before, after).items():
                tell(self.work, day, area, "F9", "", delta)


def _casts(columns: dict[str, str]) -> str:
    return ", ".join(f"%s::{kind}[]" for kind in columns.values())


STORE = f"""
INSERT INTO volunteer_hours ({", ".join(KEY | CELL)}) SELECT * FROM unnest({_casts(KEY | CELL)})
ON CONFLICT ({", ".join(KEY)}) DO UPDATE SET {", ".join(f"{name} = excluded.{name}" for name in CELL)}
"""


def _execute(connection: Connection, sql: str, rows: Iterable[tuple[Any, ...]]) -> None:
    connection.execute(sql, [list(column) for column in zip(*rows, strict=True)])


def _attending(connection: Connection, sessions: Collection[UUID]) -> set[UUID]:
    if not sessions:
        return set()
    rows = connection.execute("SELECT volunteer FROM attendance WHERE session_id = ANY(%s)", [list(sessions)])
    return {row[0] for row in rows}


def _hold(connection: Connection, touched: Collection[UUID]) -> dict[UUID, UUID]:
    """Hold these volunteers until the end of the transaction: for each id of each person, the one that holds.

    While the merges are read here none is written (`volunteers.py`), so who is one person does not change between this
    and the commit; then the ids are taken in their order, so that nobody waits in a circle.
    """
    connection.execute("LOCK TABLE volunteer_alias IN ROW SHARE MODE")
    rows = connection.execute(
        """WITH touched AS (SELECT unnest(%(ids)s::uuid[]) AS volunteer),
                root AS (SELECT DISTINCT coalesce(a.root, volunteer) AS root
                           FROM touched LEFT JOIN volunteer_alias AS a USING (volunteer))
           SELECT root, root FROM root
           UNION SELECT a.volunteer, a.root FROM volunteer_alias AS a JOIN root USING (root)""",
        {"ids": list(touched)},
    )
    persons: dict[UUID, UUID] = {row[0]: row[1] for row in rows}
    # A row that is there is locked and not written: the condition never holds.
    connection.execute(
        """INSERT INTO volunteer_book (volunteer) SELECT unnest(%s::uuid[])
           ON CONFLICT (volunteer) DO UPDATE SET volunteer = excluded.volunteer WHERE false""",
        [sorted(persons)],
    )
    return persons


def _known(connection: Connection, persons: Collection[UUID]) -> dict[Key, Cell]:
    rows = connection.execute(
        f"SELECT {', '.join(KEY | CELL)} FROM volunteer_hours WHERE volunteer = ANY(%s)", [list(persons)]
    )
    return {row[:3]: row[3:] for row in rows}


def _computed(connection: Connection, persons: dict[UUID, UUID]) -> dict[Key, Cell]:
    """The rows of these persons, from all that is known of them."""
    places: dict[UUID, tuple[UUID, UUID]] = {}
    attended: dict[UUID, list[Attended]] = defaultdict(list)
    moments = _moments(connection, persons)
    rows = connection.execute(
        """SELECT session_id, opened_at, closed_at, planned_end, present, ward_id, area_id FROM session
            WHERE present && %s::uuid[] OR session_id = ANY(%s::uuid[])""",
        [list(persons), list({session for _, session in moments})],
    )
    came = defaultdict(set)
    for person, session in moments:
        came[session].add(person)
    for session, opened, closed, planned, present, ward, area in rows:
        places[session] = ward, area
        seen = {persons[one] for one in present if one in persons}
        for person in seen | came[session]:
            noted = moments.get((person, session), ())
            attended[person].append(Attended(session, opened, closed, planned, person in seen, noted))
    return {
        (person, row.session_id, row.day): (*places[row.session_id], *_cell(row))
        for person, sessions in attended.items()
        for row in hours_of(sessions)
    }


def _moments(connection: Connection, persons: dict[UUID, UUID]) -> dict[tuple[UUID, UUID], list[tuple[Any, bool]]]:
    """By (person, session), when the person came and left."""
    found: dict[tuple[UUID, UUID], list[tuple[Any, bool]]] = defaultdict(list)
    rows = connection.execute(
        "SELECT volunteer, session_id, at, is_in FROM attendance WHERE volunteer = ANY(%s)", [list(persons)]
    )
    for volunteer, session, at, is_in in rows:
        found[persons[volunteer], session].append((at, is_in))
    return found


def _cell(row: Hours) -> tuple[int, bool, bool, bool, bool]:
    return row.seconds, row.is_assumed, row.is_forgotten, row.is_overlapping, row.is_long_day


def _difference(before: dict[Key, Cell], after: dict[Key, Cell]) -> dict[tuple[dt.date, UUID], int]:
    """The seconds that a day and an area gained or lost."""
    found: Counter[tuple[dt.date, UUID]] = Counter()
    for cells, sign in ((before, -1), (after, +1)):
        for (_, _, day), (_, area, seconds, *_) in cells.items():
            found[day, area] += sign * seconds
    return {key: found[key] for key in sorted(found) if found[key]}
