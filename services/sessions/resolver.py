"""Pending events: when what they refer to has arrived, they take effect.

Guarantee: the resolver, never the entity's own transaction, appends the resolving event, so it comes after its entity
in the log; each pending event takes effect once, or is closed with the reason why it cannot.
Two resolvers at once do no harm: each locks the subject and looks again.
Step 3 of the event path (docs/architecture.md).
"""

import datetime as dt
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec
import sqlalchemy as sa

from services.sessions import entities
from services.sessions.commands import Context, entry_of
from services.sessions.contract import TYPES, Rejected, Submission
from services.sessions.decide import Pending, decide
from services.sessions.directory import Directory
from services.sessions.places import Caller, Places
from shared import clock, event_log, logs, metrics, segments
from shared.database import AWAY, Connection, transaction
from shared.event_log import Raced

PAUSE_SECONDS = 0.5
AT_ONCE = 200
log = logs.get("resolver")

READY = """
SELECT p.source_id, p.event_id, p.client_id, s.name, p.submission, c.areas
  FROM pending AS p JOIN source AS s USING (source_id) LEFT JOIN client AS c ON c.client_id = p.client_id
 WHERE p.refused IS NULL AND (
       (p.waits_for = 'subject' AND EXISTS (SELECT FROM entity AS e WHERE e.subject = p.subject))
    OR (p.waits_for <> 'subject' AND EXISTS (SELECT FROM service AS v WHERE 'service:' || v.service = p.waits_for)))
 ORDER BY p.accepted_at, p.event_id LIMIT %s
"""


@dataclass(frozen=True, slots=True)
class _Waiting:
    source_id: int
    caller: Caller
    submission: Submission


def run(engine: sa.Engine, directory: Directory, should_stop: Callable[[], bool]) -> None:
    """Resolve until asked to stop."""
    while not should_stop():
        try:
            settled = resolve(engine, directory)
        except AWAY as error:
            log.warning("waiting", error=repr(error)[:300])
            settled = 0
        if not settled:
            time.sleep(PAUSE_SECONDS)


def resolve(engine: sa.Engine, directory: Directory) -> int:
    """Settle what can be settled now; how many pending events."""
    with transaction(engine) as connection:
        ready = [_waiting(row) for row in connection.execute(READY, [AT_ONCE])]
        count = connection.execute("SELECT count(*) FROM pending WHERE refused IS NULL").fetchone()
    metrics.pending_events.set(count[0] if count else 0)
    for waiting in ready:
        _settle_one(engine, directory, waiting)
    return len(ready)


def _waiting(row: Any) -> _Waiting:
    source_id, _event_id, client_id, _source, stored, areas = row
    return _Waiting(source_id, Caller(client_id, frozenset(areas or ())), _submission(stored))


class _Stored(msgspec.Struct):
    id: UUID
    source: str
    type: str
    subject: UUID
    time: dt.datetime
    data: msgspec.Raw
    digest: bytes
    traceparent: str | None = None


def _submission(stored: bytes) -> Submission:
    kept = msgspec.json.decode(stored, type=_Stored)
    data = msgspec.json.decode(kept.data, type=TYPES[kept.type])
    return Submission(
        kept.id, kept.source, kept.type, kept.subject, kept.time, data, kept.digest, traceparent=kept.traceparent
    )


def _settle_one(engine: sa.Engine, directory: Directory, waiting: _Waiting) -> None:
    """One event in one transaction: lock, read, decide, append, forget that it was pending."""
    try:
        with transaction(engine) as connection:
            _settle(connection, directory, waiting)
    except Raced:
        log.info("settled elsewhere", event_id=str(waiting.submission.id))


def _settle(connection: Connection, directory: Directory, waiting: _Waiting) -> None:
    submission = waiting.submission
    entities.lock(connection, [submission.subject])
    if not _still_pending(connection, waiting):
        return
    places = Places(directory.areas(), waiting.caller)
    context = Context(waiting.source_id, waiting.caller, places, 0, clock.now(), directory.services())
    known = entities.load(connection, [submission.subject])
    try:
        located = places.locate(submission, [])
        decision = decide(located, known, places, context.services)
    except Rejected as rejected:
        _close(connection, waiting, rejected.code)
        return
    if isinstance(decision, Pending):
        return
    _, context.shards = segments.open_stream(connection, "sessions", 1)
    previous = known.get(submission.subject)
    ward_key = str(located.ward.area_id) if located.ward else decision.ward_key
    shard = previous.shard if previous else event_log.shard_of(ward_key, context.shards)
    event_log.append(connection, [entry_of(submission, decision.fact, shard, ward_key, context)], resolving=True)
    if decision.entity is not None:
        entity = decision.entity.on_shard(shard)
        entities.save(connection, {entity.subject: entity}, [] if previous else [entity.subject])
    _close(connection, waiting, None)


def _still_pending(connection: Connection, waiting: _Waiting) -> bool:
    row = connection.execute(
        "SELECT 1 FROM pending WHERE source_id = %s AND event_id = %s AND refused IS NULL", _key(waiting)
    ).fetchone()
    return row is not None


def _close(connection: Connection, waiting: _Waiting, refused: str | None) -> None:
    if refused is None:
        connection.execute("DELETE FROM pending WHERE source_id = %s AND event_id = %s", _key(waiting))
        return
    log.warning("pending event cannot take effect", event_id=str(waiting.submission.id), reason=refused)
    connection.execute(
        "UPDATE pending SET refused = %s WHERE source_id = %s AND event_id = %s", [refused, *_key(waiting)]
    )


def _key(waiting: _Waiting) -> list[object]:
    return [waiting.source_id, waiting.submission.id]
