"""What the page reads of sessions: those of a ward, how many assists name each, and where they are held.

Guarantee: everything is asked for by ward; whether the person may see an area of it is for the caller to check. What
the sandbox took is not shown, and a list has an end.
"""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from services.sessions.entities import SANDBOX
from services.sessions.page import queries
from services.sessions.page.queries import COLUMNS, Entry, read_entries
from shared.database import Connection

OPEN_SHOWN, ENDED_SHOWN = 50, 20
IS_OPEN = "NOT is_void AND convert_from(content, 'UTF8')::jsonb ->> 'closed_at' IS NULL"


def open_sessions(connection: Connection, ward: UUID) -> list[Entry]:
    """The sessions that nobody has closed or taken back, the newest day first."""
    return _sessions(connection, ward, IS_OPEN, "day DESC, changed_at DESC", OPEN_SHOWN)


def ended_sessions(connection: Connection, ward: UUID) -> list[Entry]:
    """What was closed or taken back last."""
    return _sessions(connection, ward, f"NOT ({IS_OPEN})", "day DESC, changed_at DESC", ENDED_SHOWN)


def _sessions(connection: Connection, ward: UUID, condition: str, order: str, most: int) -> list[Entry]:
    return read_entries(
        connection.execute(
            f"""SELECT {COLUMNS} FROM entity WHERE ward_id = %s AND kind = 'session' AND shard <> %s AND {condition}
                 ORDER BY {order}, subject LIMIT %s""",
            [ward, SANDBOX, most],
        )
    )


@dataclass(frozen=True, slots=True)
class Recorded:
    """The assists of a session that hold: all, and the successful ones."""

    assists: int = 0
    completed: int = 0


def recorded(connection: Connection, sessions: Collection[Entry]) -> dict[UUID, Recorded]:
    """How many assists of its own ward name each of these sessions."""
    rows = connection.execute(
        """SELECT s.subject, count(*),
                  count(*) FILTER (WHERE convert_from(a.content, 'UTF8')::jsonb ->> 'outcome' = 'completed')
             FROM entity AS s JOIN entity AS a ON a.session_id = s.subject AND a.ward_id = s.ward_id
            WHERE s.subject = ANY(%s) AND a.kind = 'assist' AND NOT a.is_void AND a.shard <> %s GROUP BY 1""",
        [[one.subject for one in sessions], SANDBOX],
    )
    found = {subject: Recorded(assists, completed) for subject, assists, completed in rows}
    return {one.subject: found.get(one.subject, Recorded()) for one in sessions}


def paper_counts(connection: Connection, session: Entry) -> list[Entry]:
    """The paper counts of its own ward and day that name a session."""
    found = queries.tallies(connection, session.state.ward, session.state.day)
    return [one for one in found if one.state.session == session.subject]


def venue_names(connection: Connection, sessions: Collection[Entry]) -> dict[UUID, str]:
    """The names of the places where these sessions are held, as far as they are known."""
    wanted = sorted({one.state.venue for one in sessions if one.state.venue is not None})
    rows = connection.execute(
        "SELECT venue_id, name FROM venue WHERE venue_id = ANY(%s) AND name IS NOT NULL", [wanted]
    )
    return dict(rows.fetchall())
