"""The current state of reported things: assists, sessions, tallies, feedback.

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

__all__ = ["LOCAL_ZONE", "Entities", "Entity", "known_volunteers", "load", "lock", "save"]

STATES: dict[str, type[msgspec.Struct]] = {
    "assist": facts.AssistState,
    "tally": facts.TallyState,
    "session": facts.SessionState,
    "feedback": facts.FeedbackState,
}


@dataclass(frozen=True, slots=True)
class Entity:
    """One reported thing as it stands. `version` is (time, id) of the event whose content holds; None: the record."""

    subject: UUID
    kind: str
    state: State
    shard: int = 0
    version: tuple[dt.datetime, UUID] | None = None
    is_void: bool = False

    def on_shard(self, shard: int) -> "Entity":
        return replace(self, shard=shard)


@dataclass
class Entities:
    """What a batch needs to know of what is stored, and of itself."""

    known: dict[UUID, Entity] = field(default_factory=dict)
    volunteers: frozenset[UUID] = frozenset()

    def get(self, subject: UUID) -> Entity | None:
        return self.known.get(subject)

    def put(self, entity: Entity) -> None:
        self.known[entity.subject] = entity


def lock(connection: Connection, subjects: Collection[UUID]) -> None:
    """Take the subjects' advisory locks, in sorted order, until the transaction ends. It writes nothing."""
    keys = sorted(int.from_bytes(subject.bytes[8:], "big", signed=True) for subject in subjects)
    connection.execute("SELECT pg_advisory_xact_lock(key) FROM unnest(%s::bigint[]) AS g(key)", [keys])


def load(connection: Connection, subjects: Collection[UUID]) -> Entities:
    rows = connection.execute(
        """SELECT subject, kind, content, shard, version_time, version_id, is_void FROM entity
            WHERE subject = ANY(%s)""",
        [list(subjects)],
    )
    found = Entities()
    for subject, kind, content, shard, time, version_id, is_void in rows:
        state = cast(State, msgspec.json.decode(content, type=STATES[kind]))
        version = (time, version_id) if time is not None else None
        found.put(Entity(subject, kind, state, shard, version, is_void))
    return found


def known_volunteers(connection: Connection, batch: Iterable[Submission]) -> frozenset[UUID]:
    """Those of the volunteers named in a batch that the registry has told of."""
    named = {volunteer for sent in batch for volunteer in getattr(sent.data, "volunteers", ())}
    if not named:
        return frozenset()
    rows = connection.execute("SELECT volunteer_id FROM volunteer WHERE volunteer_id = ANY(%s)", [list(named)])
    return frozenset(row[0] for row in rows)


def save(connection: Connection, touched: Mapping[UUID, Entity], new: Collection[UUID]) -> int:
    """Write states; how many rows were written. Fewer than asked: another transaction was faster with a new one."""
    written = 0
    for is_new in (True, False):
        chosen = [touched[subject] for subject in sorted(touched) if (subject in new) is is_new]
        if chosen:
            written += connection.execute(_INSERT if is_new else _UPDATE, _columns(chosen)).rowcount
    return written


_GIVEN = """unnest(%s::uuid[], %s::text[], %s::smallint[], %s::timestamptz[], %s::uuid[], %s::bool[], %s::bytea[])
    AS g(subject, kind, shard, version_time, version_id, is_void, content)"""
_INSERT = f"""INSERT INTO entity (subject, kind, shard, version_time, version_id, is_void, content)
    SELECT * FROM {_GIVEN} ON CONFLICT DO NOTHING"""
_UPDATE = f"""UPDATE entity SET version_time = g.version_time, version_id = g.version_id, is_void = g.is_void,
    content = g.content FROM {_GIVEN} WHERE entity.subject = g.subject"""


def _columns(entities: list[Entity]) -> list[list[object]]:
    return [
        [e.subject for e in entities],
        [e.kind for e in entities],
        [e.shard for e in entities],
        [e.version[0] if e.version else None for e in entities],
        [e.version[1] if e.version else None for e in entities],
        [e.is_void for e in entities],
        [msgspec.json.encode(e.state) for e in entities],
    ]
