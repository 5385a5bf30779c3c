"""Pending events: when what they refer to has arrived, they take effect.

Guarantee: the resolver, never the entity's own transaction, appends the resolving event, so it comes after its entity
in the log; each pending event takes effect once, or is closed with the reason why it cannot.
Two resolvers at once do no harm: each locks the subject and looks again.
Step 3 of the event path (docs/architecture.md).
"""

import datetime as dt
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec
import sqlalchemy as sa

from services.sessions import entities, refusals
from services.sessions.commands import Context, Writes, lock_and_load, note, write
from services.sessions.contract import TYPES, Rejected, Submission, clock_marks
from services.sessions.decide import Pending, decide
from services.sessions.directory import Directory
from services.sessions.places import Caller, Places
from shared import clock, logs, metrics, segments
from shared.database import AWAY, Connection, transaction
from shared.event_log import Raced

PAUSE_SECONDS = 0.5
FORGET_EVERY_SECONDS = 60
SANDBOX_DAYS = 7
AT_ONCE = 200
log = logs.get("resolver")

READY = """
SELECT p.source_id, p.event_id, p.client_id, p.accepted_at, p.submission, p.is_sandbox, c.areas
  FROM pending AS p JOIN client AS c USING (client_id)
 WHERE p.refused IS NULL AND (
       (p.waits_for = 'subject' AND EXISTS (SELECT FROM entity AS e WHERE e.subject = p.subject))
    -- Changed since it was tried, or tried in a cluster that this database was restored from.
    OR (p.waits_for = 'step' AND EXISTS (
           SELECT FROM entity AS e WHERE e.subject = p.subject
              AND (e.changed_xid >= p.tried_xid OR p.tried_xid >= pg_snapshot_xmax(pg_current_snapshot()))))
    OR EXISTS (SELECT FROM service AS v WHERE 'service:' || v.service = p.waits_for))
 ORDER BY p.accepted_at, p.event_id LIMIT %s
"""

WAITING = """
SELECT split_part(waits_for, ':', 1), count(*), extract(epoch FROM now() - min(accepted_at))::float8
  FROM pending WHERE refused IS NULL GROUP BY 1
"""


@dataclass(frozen=True, slots=True)
class _Waiting:
    source_id: int
    caller: Caller
    accepted_at: dt.datetime
    submission: Submission
    is_sandbox: bool


def run(engine: sa.Engine, directory: Directory, should_stop: Callable[[], bool]) -> None:
    """Resolve until asked to stop."""
    forgot_at = float("-inf")
    while not should_stop():
        try:
            settled = resolve(engine, directory)
            if time.monotonic() - forgot_at > FORGET_EVERY_SECONDS:
                forget(engine)
                forgot_at = time.monotonic()
        except AWAY as error:
            log.warning("waiting", error=repr(error)[:300])
            settled = 0
        if not settled:
            time.sleep(PAUSE_SECONDS)


def resolve(engine: sa.Engine, directory: Directory) -> int:
    """Settle what can be settled now; how many pending events have moved."""
    with transaction(engine) as connection:
        ready = [found for row in connection.execute(READY, [AT_ONCE]).fetchall() if (found := _read(connection, row))]
        _measure(connection)
    return _settle_all(engine, directory, ready) if ready else 0


def _measure(connection: Connection) -> None:
    """How many wait, and since when the oldest: by what they wait for, which is one of three words."""
    found = {kind: (count, age) for kind, count, age in connection.execute(WAITING)}
    metrics.pending_events.set(sum(count for count, _ in found.values()))
    for kind in ("subject", "step", "service"):
        metrics.pending_oldest_seconds.labels(kind).set(found.get(kind, (0, 0.0))[1])


def forget(engine: sa.Engine) -> None:
    """Drop refused events over their bounds, and what the sandbox took a week ago."""
    now = clock.now()
    with transaction(engine) as connection:
        refusals.forget(connection, now)
        _empty_sandbox(connection, now - dt.timedelta(days=SANDBOX_DAYS))


def _empty_sandbox(connection: Connection, before: dt.datetime) -> None:
    for statement in (
        """DELETE FROM free_text AS f USING pending AS p WHERE p.source_id = f.source_id AND p.event_id = f.event_id
             AND p.is_sandbox AND p.accepted_at < %(before)s""",
        """DELETE FROM free_text AS f USING entity AS e WHERE e.subject = f.subject AND e.shard = %(sandbox)s
             AND e.changed_at < %(before)s""",
        """DELETE FROM attendance AS a USING entity AS e WHERE e.subject = a.session_id AND e.shard = %(sandbox)s
             AND e.changed_at < %(before)s""",
        "DELETE FROM pending WHERE is_sandbox AND accepted_at < %(before)s",
        "DELETE FROM event_log WHERE shard = %(sandbox)s AND recorded_at < %(before)s",
        "DELETE FROM event_key WHERE shard = %(sandbox)s AND recorded_at < %(before)s",
        "DELETE FROM entity WHERE shard = %(sandbox)s AND changed_at < %(before)s",
    ):
        connection.execute(statement, {"before": before, "sandbox": entities.SANDBOX})


def _read(connection: Connection, row: Any) -> _Waiting | None:
    """The pending event of a row; one that this release cannot read is closed, and holds up nobody."""
    source_id, event_id, client_id, accepted_at, stored, is_sandbox, areas = row
    try:
        caller = Caller(client_id, frozenset(areas))
        return _Waiting(source_id, caller, accepted_at, _submission(stored), is_sandbox)
    except (msgspec.MsgspecError, KeyError):
        _close(connection, {(source_id, event_id): "undecodable"})
        return None


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


def _settle_all(engine: sa.Engine, directory: Directory, ready: Sequence[_Waiting]) -> int:
    """All of them in one transaction; when another process interferes, one by one. How many have moved."""
    try:
        with transaction(engine) as connection:
            return _settle(connection, directory, ready)
    except Raced:
        if len(ready) == 1:
            log.info("settled elsewhere", event_id=str(ready[0].submission.id))
            return 0
    except AWAY:
        raise
    except Exception as error:
        # The top of a loop: an event that cannot be settled stays pending, and is seen; it must not hold up the others.
        if len(ready) == 1:
            log.error("pending event fails", event_id=str(ready[0].submission.id), exc_info=error)
            return 0
    return sum(_settle_all(engine, directory, [waiting]) for waiting in ready)


def _settle(connection: Connection, directory: Directory, ready: Sequence[_Waiting]) -> int:
    """Lock the subjects, read, decide in the order accepted, append, and forget that they were pending."""
    state = lock_and_load(connection, [waiting.submission for waiting in ready], whole=True)
    still = _still_pending(connection, ready)
    _, shards = segments.open_stream(connection, "sessions", 1)
    writes, closed, waits = Writes(), dict[tuple[int, UUID], str | None](), dict[tuple[int, UUID], str]()
    context = None
    for waiting in ready:
        if (waiting.source_id, waiting.submission.id) in still:
            context = _context(waiting, directory, shards)
            _decide_one(waiting, state, writes, closed, waits, context)
    if context is not None:
        write(connection, writes, context, resolving=True)
    _close(connection, closed)
    return len(closed) + _wait_on(connection, waits)


def _context(waiting: _Waiting, directory: Directory, shards: int) -> Context:
    places = Places(directory.areas(), waiting.caller)
    now, services = clock.now(), directory.services()
    return Context(waiting.source_id, waiting.caller, places, shards, now, services, waiting.is_sandbox)


def _decide_one(
    waiting: _Waiting,
    state: entities.Entities,
    writes: Writes,
    closed: dict[tuple[int, UUID], str | None],
    waits: dict[tuple[int, UUID], str],
    context: Context,
) -> None:
    key = (waiting.source_id, waiting.submission.id)
    try:
        located = context.places.locate(waiting.submission, clock_marks(waiting.submission, waiting.accepted_at))
        decision = decide(located, state, context.places, context.services)
    except Rejected as rejected:
        closed[key] = rejected.code
        return
    if isinstance(decision, Pending):
        waits[key] = decision.waits_for
        return
    note(located, decision, state, writes, context)
    closed[key] = None


def _still_pending(connection: Connection, ready: Sequence[_Waiting]) -> set[tuple[int, UUID]]:
    rows = connection.execute(
        """SELECT source_id, event_id FROM pending JOIN unnest(%s::int[], %s::uuid[]) AS g(source_id, event_id)
            USING (source_id, event_id) WHERE refused IS NULL""",
        [[waiting.source_id for waiting in ready], [waiting.submission.id for waiting in ready]],
    )
    return {(row[0], row[1]) for row in rows}


def _wait_on(connection: Connection, waits: dict[tuple[int, UUID], str]) -> int:
    """One of two references has come: from now on these wait for the other. For how many that is news."""
    moved = 0
    for (source_id, event_id), waits_for in waits.items():
        key = [waits_for, source_id, event_id]
        moved += connection.execute(
            "UPDATE pending SET waits_for = %s WHERE source_id = %s AND event_id = %s AND waits_for <> %s",
            [*key, waits_for],
        ).rowcount
        connection.execute(
            "UPDATE pending SET tried_xid = pg_current_xact_id() WHERE source_id = %s AND event_id = %s", key[1:]
        )
    return moved


# A text that came too early learns where it belongs.
FIND_AREA = """
UPDATE free_text AS f SET area_id = (convert_from(e.content, 'UTF8')::jsonb ->> 'area')::uuid
  FROM entity AS e WHERE e.subject = f.subject AND f.source_id = %s AND f.event_id = %s AND f.area_id IS NULL
"""


def _close(connection: Connection, closed: dict[tuple[int, UUID], str | None]) -> None:
    """Forget what took effect; keep what cannot, with the reason."""
    for (source_id, event_id), refused in closed.items():
        if refused is None:
            connection.execute(FIND_AREA, [source_id, event_id])
            connection.execute("DELETE FROM pending WHERE source_id = %s AND event_id = %s", [source_id, event_id])
        else:
            log.warning("pending event cannot take effect", event_id=str(event_id), reason=refused)
            connection.execute(
                "UPDATE pending SET refused = %s WHERE source_id = %s AND event_id = %s",
                [refused, source_id, event_id],
            )
