"""Reported things as they stand, in one shape: sessions, assists, tallies, feedback, incidents, proposals.

Guarantee: nothing of an area that the reader does not cover, nothing of the sandbox beside what counts, and no free
text: a state has none.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, cast
from uuid import UUID

import msgspec

from services.sessions.entities import SANDBOX, STATES
from services.sessions.places import State
from services.sessions.queries.pages import Page, cursor
from services.sessions.reach import Reach, wards_of
from shared.database import Connection
from shared.events import facts

Areas = frozenset[UUID]
COLUMNS = "subject, kind, content, is_void, version_time, version_id, last_event_at, changed_at"


@dataclass(frozen=True, slots=True)
class Subject:
    """One reported thing. `version` is the event whose content holds; None: that of its beginning."""

    subject: UUID
    kind: str
    state: State
    is_void: bool
    version: dict[str, Any] | None
    last_event_at: dt.datetime | None
    changed_at: dt.datetime

    @property
    def marks(self) -> list[str]:
        return self.state.marks

    @property
    def status(self) -> str:
        return "voided" if self.is_void else _status(self)


def _status(found: Subject) -> str:
    state = found.state
    if isinstance(state, facts.FeedbackState):
        return state.status
    if isinstance(state, facts.SessionState):
        return "closed" if state.closed_at else "opened"
    if isinstance(state, facts.ProposalState):
        return "answered" if state.result else "submitted"
    if isinstance(state, facts.IncidentState):
        return "reported"
    return "corrected" if isinstance(state, facts.AssistState) and found.version else "recorded"


@dataclass(frozen=True, slots=True)
class View:
    """Who reads: how far, and on which side."""

    reach: Reach
    is_sandbox: bool

    def shows(self, found: Subject) -> bool:
        return self.reach.covers(found.state.area, found.state.day)

    def values(self) -> dict[str, Any]:
        return {"wards": self.reach.wards, "is_sandbox": self.is_sandbox, "sandbox": SANDBOX}


SIDE = "(shard = %(sandbox)s) = %(is_sandbox)s"
MINE = f"ward_id = ANY(%(wards)s) AND {SIDE}"


def read(row: Iterable[Any]) -> Subject:
    """A thing from its row in the order of `COLUMNS`."""
    subject, kind, content, is_void, version_time, version_id, last_event_at, changed_at = row
    state = cast(State, msgspec.json.decode(content, type=STATES[kind]))
    version = {"time": version_time, "event_id": version_id} if version_time else None
    return Subject(subject, kind, state, is_void, version, last_event_at, changed_at)


def one(connection: Connection, view: View, subject: UUID, kind: str | None = None) -> Subject | None:
    """The thing of this id (and kind), where the reader may see it."""
    row = connection.execute(
        f"SELECT {COLUMNS} FROM entity WHERE subject = %(subject)s AND {MINE}", {"subject": subject} | view.values()
    ).fetchone()
    found = read(row) if row else None
    return found if found and view.shows(found) and kind in (None, found.kind) else None


def for_reader(view: View, assist: Subject) -> Subject:
    """An assist without its resident token where the reader is not of its very ward."""
    if view.reach.is_of_ward(assist.state.area, assist.state.day):
        return assist
    return replace(assist, state=msgspec.structs.replace(assist.state, resident_token=None))


def assists_of(connection: Connection, view: View, session: UUID, after: UUID | None, limit: int) -> Page:
    """The assists that name a session, also the void ones, by id."""
    rows = connection.execute(
        f"""SELECT {COLUMNS} FROM entity WHERE session_id = %(session)s AND {MINE}
             AND (%(after)s::uuid IS NULL OR subject > %(after)s) ORDER BY subject LIMIT %(limit)s""",
        {"session": session, "after": after, "limit": limit + 1} | view.values(),
    ).fetchall()
    return shown(view, [read(row) for row in rows], limit, lambda last: cursor(last.subject))


def shown(view: View, found: list[Subject], limit: int, key: Any, within: Areas | None = None) -> Page:
    """A page of those that the reader may see, inside an area if one was asked for."""
    kept = found[:limit]
    items = [item for item in kept if view.shows(item) and is_within(view, item, within)]
    return Page(items, key(kept[-1]) if len(found) > limit else None)


def is_within(view: View, item: Subject, areas: Areas | None) -> bool:
    lineage = view.reach.book.lineage(item.state.area, item.state.day)
    return areas is None or any(above.area_id in areas for above in lineage)


def wards_within(view: View, areas: Areas | None) -> list[UUID]:
    """The reader's wards in which something inside these areas may stand."""
    if areas is None:
        return view.reach.wards
    return sorted(wards_of(view.reach.book, areas) & set(view.reach.wards))
