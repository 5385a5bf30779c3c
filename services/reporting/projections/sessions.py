"""Projection: sessions as they stand, and who came to them and left.

Guarantee: `session` has one row for each session that is not void, as its opening and the closing that holds describe
it. `attendance` is a set: what is told twice is there once, and what comes before its session waits for it there.
Formulas F7 (opened, not void, by day of opening), F10 (attendees of awareness and training) and F11 (households
visited, people left waiting) are sums over `session`.
Step 8 of the event path (docs/architecture.md).
"""

from collections import Counter
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from services.reporting.projections.ledger import tell
from services.reporting.projections.volunteer_hours import VolunteerHours
from shared.consumer import Work
from shared.database import Connection
from shared.events.facts import AttendanceFact, Logged, SessionFact, SessionState
from shared.events.sessions import CheckedIn

REACHING = ("awareness", "training")  # the kinds of session whose attendees are reach (F10)
COLUMNS = ("day", "ward_id", "area_id", "kind", "opened_at", "closed_at", "planned_end", "venue_id", "team_id",
           "services", "partners", "theme", "present", "attendees", "households_visited", "left_waiting")  # fmt: skip
FIELDS = {"ward_id": "ward", "area_id": "area", "venue_id": "venue", "team_id": "team"}


def define_tables(metadata: sa.MetaData) -> None:
    sa.Table(
        "session",
        metadata,
        sa.Column("session_id", pg.UUID, primary_key=True),
        sa.Column("day", sa.Date, nullable=False, comment="local day of the opening"),
        sa.Column("ward_id", pg.UUID, nullable=False),
        sa.Column("area_id", pg.UUID, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True)),
        sa.Column("planned_end", sa.DateTime(timezone=True)),
        sa.Column("venue_id", pg.UUID),
        sa.Column("team_id", pg.UUID),
        sa.Column("services", pg.ARRAY(sa.Text), nullable=False),
        sa.Column("partners", pg.ARRAY(sa.Text), nullable=False),
        sa.Column("theme", sa.Text),
        sa.Column("present", pg.ARRAY(pg.UUID), nullable=False, comment="volunteers whom the leader saw"),
        sa.Column("attendees", sa.Integer, nullable=False),
        sa.Column("households_visited", sa.Integer, nullable=False),
        sa.Column("left_waiting", sa.Integer, nullable=False),
        # Sessions of a span of days, under any area.
        sa.Index("session_day", "day"),
        # Sessions in which the leader saw a volunteer whose hours are computed anew.
        sa.Index("session_present", "present", postgresql_using="gin"),
    )
    sa.Table(
        "attendance",
        metadata,
        sa.Column("session_id", pg.UUID, primary_key=True),
        sa.Column("volunteer", pg.UUID, primary_key=True, comment="as told, perhaps merged into another since"),
        sa.Column("at", sa.DateTime(timezone=True), primary_key=True),
        sa.Column("is_in", sa.Boolean, primary_key=True, comment="came; else left"),
        # What a volunteer's hours are computed from.
        sa.Index("attendance_volunteer", "volunteer"),
    )


class FieldWork:
    """Changes of both tables in one transaction. Events of a session come in their order, so its last state holds."""

    step = 0

    def __init__(self) -> None:
        self.sessions: dict[UUID, SessionState | None] = {}
        self.attendance: set[tuple[UUID, UUID, Any, bool]] = set()

    def flush(self, connection: Connection) -> None:
        gone = sorted(session_id for session_id, state in self.sessions.items() if state is None)
        kept = [_row(session_id, state) for session_id, state in sorted(self.sessions.items()) if state is not None]
        if gone:
            connection.execute("DELETE FROM session WHERE session_id = ANY(%s)", [gone])
        with connection.cursor() as cursor:
            cursor.executemany(KEEP_SESSION, kept)
            cursor.executemany(KEEP_ATTENDANCE, sorted(self.attendance))


KEEP_SESSION = f"""
INSERT INTO session (session_id, {", ".join(COLUMNS)}) VALUES (%s{", %s" * len(COLUMNS)})
ON CONFLICT (session_id) DO UPDATE SET {", ".join(f"{name} = excluded.{name}" for name in COLUMNS)}
"""

KEEP_ATTENDANCE = """
INSERT INTO attendance (session_id, volunteer, at, is_in) VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING
"""


def _row(session_id: UUID, state: SessionState) -> list[Any]:
    return [session_id, *(getattr(state, FIELDS.get(name, name)) for name in COLUMNS)]


def keep_session(work: Work, event: Logged, fact: SessionFact) -> None:
    """A session counts from its opening until it is voided; a closing tells more of the same one."""
    if not fact.applies:
        return
    work.gather(FieldWork).sessions[event.subject] = fact.after
    hours = VolunteerHours.of(work)
    hours.sessions.add(event.subject)
    for state in (fact.before, fact.after):
        hours.touched.update(state.present if state else ())
    _tell_sessions(work, fact)


def _tell_sessions(work: Work, fact: SessionFact) -> None:
    """What the change does to F7, F10 and F11, by day and area."""
    changes: Counter[tuple[Any, ...]] = Counter()
    for state, sign in ((fact.before, -1), (fact.after, +1)):
        if state is not None:
            for figure, amount in _figures(state).items():
                changes[(state.day, state.area, *figure)] += sign * amount
    for (day, area, figure, part), delta in changes.items():
        if delta:
            tell(work, day, area, figure, part, delta)


def _figures(state: SessionState) -> dict[tuple[str, str], int]:
    """By figure and part: F11 is two numbers, households and people."""
    return {
        ("F7", ""): 1,
        ("F10", ""): state.attendees if state.kind in REACHING else 0,
        ("F11", "households_visited"): state.households_visited,
        ("F11", "left_waiting"): state.left_waiting,
    }


def keep_attendance(work: Work, event: Logged, fact: AttendanceFact) -> None:
    """A volunteer came or left; what is told of a session that is void does not apply."""
    if not fact.applies:
        return
    state = fact.content
    is_in = event.type == CheckedIn.ce_type()
    work.gather(FieldWork).attendance.add((state.session, state.volunteer, state.at, is_in))
    VolunteerHours.of(work).touched.add(state.volunteer)
