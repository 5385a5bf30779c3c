"""The current state of reported things: assists, sessions, tallies, feedback, incidents, proposals.

Guarantee: one row a subject, read after its lock where the writer depends on it; a new subject is inserted once,
whoever comes second is told so.
Step 3 of the event path (docs/architecture.md).
"""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import cast
from uuid import UUID

import msgspec

from services.sessions.contract import Submission
from services.sessions.places import State
from shared.clock import LOCAL_ZONE
from shared.database import Connection
from shared.events import facts
from shared.events.base import Event

__all__ = [
    "LOCAL_ZONE",
    "SANDBOX",
    "Entities",
    "Entity",
    "assists_naming",
    "learn_volunteers",
    "load",
    "lock",
    "save",
]

STATES: dict[str, type[msgspec.Struct]] = {
    "assist": facts.AssistState,
    "tally": facts.TallyState,
    "session": facts.SessionState,
    "feedback": facts.FeedbackState,
    "incident": facts.IncidentState,
    "proposal": facts.ProposalState,
}
SANDBOX = -1  # the shard of what a sandbox client sends: no relay cuts it, so it counts nowhere


@dataclass(frozen=True, slots=True)
class Entity:
    """One reported thing as it stands. `version` is (time, id) of the event whose content holds; None: the record."""

    subject: UUID
    kind: str
    state: State
    shard: int = 0
    version: tuple[dt.datetime, UUID] | None = None
    is_void: bool = False
    is_final: bool = False  # taken back for good; an assist can be void only as long as it names a void session
    takes_along: bool = False  # a void session takes its assists back with it, also those that arrive later
    last_event_at: dt.datetime | None = None  # the time of the newest event that changed it

    @property
    def session(self) -> UUID | None:
        """The session that an assist names."""
        return self.state.session if isinstance(self.state, facts.AssistState) else None

    def on_shard(self, shard: int) -> "Entity":
        return replace(self, shard=shard)

    def changed_by(self, time: dt.datetime) -> "Entity":
        """As it is after an event of this time; an older event that arrives late does not turn the time back."""
        return replace(self, last_event_at=max(time, self.last_event_at or time))


@dataclass
class Entities:
    """What a batch needs to know of what is stored, and of itself."""

    known: dict[UUID, Entity] = field(default_factory=dict)
    volunteers: frozenset[UUID] = frozenset()
    erased: frozenset[UUID] = frozenset()

    def get(self, subject: UUID) -> Entity | None:
        return self.known.get(subject)

    def put(self, entity: Entity) -> None:
        self.known[entity.subject] = entity

    def assists_of(self, session: UUID, ward: UUID) -> list[Entity]:
        """The assists of a ward that name a session and are not void, in the order of their subjects."""
        named = [entity for entity in self.known.values() if entity.session == session and not entity.is_void]
        found = [entity for entity in named if entity.state.ward == ward]
        return sorted(found, key=lambda entity: entity.subject)


def lock(connection: Connection, subjects: Collection[UUID], shared: Collection[UUID] = ()) -> None:
    """Take the subjects' advisory locks, in sorted order, until the transaction ends. It writes nothing.

    Who only depends on a subject shares its lock with others like it.
    """
    wanted = {_key(subject): False for subject in shared} | {_key(subject): True for subject in subjects}
    if not wanted:
        return
    keys = sorted(wanted)
    connection.execute(
        """SELECT CASE WHEN alone THEN pg_advisory_xact_lock(key) ELSE pg_advisory_xact_lock_shared(key) END
             FROM unnest(%s::bigint[], %s::bool[]) AS g(key, alone)""",
        [keys, [wanted[key] for key in keys]],
    )


def _key(subject: UUID) -> int:
    return int.from_bytes(subject.bytes[8:], "big", signed=True)


def assists_naming(connection: Connection, sessions: Collection[UUID]) -> set[UUID]:
    """The subjects of the assists that name these sessions and are not void."""
    rows = connection.execute("SELECT subject FROM entity WHERE session_id = ANY(%s) AND NOT is_void", [list(sessions)])
    return {row[0] for row in rows}


def load(connection: Connection, subjects: Collection[UUID]) -> Entities:
    rows = connection.execute(
        """SELECT subject, kind, content, shard, version_time, version_id, is_void, is_final, takes_along, last_event_at
             FROM entity WHERE subject = ANY(%s)""",
        [list(subjects)],
    )
    found = Entities()
    for subject, kind, content, shard, time, version_id, *rest in rows:
        state = cast(State, msgspec.json.decode(content, type=STATES[kind]))
        version = (time, version_id) if time is not None else None
        found.put(Entity(subject, kind, state, shard, version, *rest))
    return found


def learn_volunteers(connection: Connection, batch: Iterable[Submission], into: Entities) -> None:
    """Those of the volunteers named in a batch that the registry has told of, and those it has erased."""
    named = {volunteer for sent in batch for volunteer in _volunteers(sent.data)}
    if named:
        rows = connection.execute(
            "SELECT volunteer_id, is_erased FROM volunteer WHERE volunteer_id = ANY(%s)", [list(named)]
        ).fetchall()
        into.volunteers = frozenset(row[0] for row in rows)
        into.erased = frozenset(row[0] for row in rows if row[1])


def _volunteers(data: Event) -> list[UUID]:
    one = getattr(data, "volunteer", None)
    return [*getattr(data, "volunteers", ()), *getattr(data, "present", ()), *([one] if one else [])]


def save(connection: Connection, touched: Mapping[UUID, Entity], new: Collection[UUID], changed_at: dt.datetime) -> int:
    """Write states; how many rows were written. Fewer than asked: another transaction was faster with a new one."""
    written = 0
    for is_new in (True, False):
        chosen = [touched[subject] for subject in sorted(touched) if (subject in new) is is_new]
        if chosen:
            columns = [*_columns(chosen), [changed_at] * len(chosen)]
            written += connection.execute(_INSERT if is_new else _UPDATE, columns).rowcount
    return written


_NAMES = """subject, kind, shard, version_time, version_id, is_void, is_final, takes_along, content, ward_id,
    session_id, day, last_event_at, changed_at"""
_GIVEN = f"""unnest(%s::uuid[], %s::text[], %s::smallint[], %s::timestamptz[], %s::uuid[], %s::bool[], %s::bool[],
    %s::bool[], %s::bytea[], %s::uuid[], %s::uuid[], %s::date[], %s::timestamptz[], %s::timestamptz[]) AS g({_NAMES})"""
_INSERT = f"INSERT INTO entity ({_NAMES}) SELECT * FROM {_GIVEN} ON CONFLICT DO NOTHING"
_UPDATE = f"""UPDATE entity SET version_time = g.version_time, version_id = g.version_id, is_void = g.is_void,
    is_final = g.is_final, takes_along = g.takes_along, content = g.content, ward_id = g.ward_id,
    session_id = g.session_id,
    day = g.day, last_event_at = g.last_event_at, changed_at = g.changed_at, changed_xid = pg_current_xact_id()
    FROM {_GIVEN} WHERE entity.subject = g.subject"""


def _columns(entities: list[Entity]) -> list[list[object]]:
    return [
        [e.subject for e in entities],
        [e.kind for e in entities],
        [e.shard for e in entities],
        [e.version[0] if e.version else None for e in entities],
        [e.version[1] if e.version else None for e in entities],
        [e.is_void for e in entities],
        [e.is_final for e in entities],
        [e.takes_along for e in entities],
        [msgspec.json.encode(e.state) for e in entities],
        [e.state.ward for e in entities],
        [e.session for e in entities],
        [e.state.day for e in entities],
        [e.last_event_at for e in entities],
    ]
