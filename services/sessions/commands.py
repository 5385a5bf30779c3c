"""The write side of the intake: a batch of submissions against what is stored, in one transaction.

Guarantee: an event is appended once per (source, id); a correction or void first locks its subject, reads the current
state, and only then writes, so it never precedes in the log what it corrects; what waits for its subject is stored as
pending. Nothing here commits.
Step 3 of the event path (docs/architecture.md).
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

import msgspec

from services.sessions import entities
from services.sessions.contract import Rejected, Submission
from services.sessions.decide import Decision, Pending, decide
from services.sessions.entities import Entity
from services.sessions.places import Caller, Located, Places
from shared import event_log
from shared.database import Connection
from shared.event_log import Entry, Known, Raced, digest_of
from shared.events import facts
from shared.events.facts import Logged
from shared.events.sessions import AssistCorrected, AssistVoided, SessionClosed, TallyRecorded

LOCKING = (AssistCorrected, AssistVoided, SessionClosed, TallyRecorded)


@dataclass(frozen=True)
class Accepted:
    """The fate of a submission that is kept: `accepted`, `duplicate` or `pending_reference`."""

    status: str
    recorded_at: dt.datetime
    marks: tuple[str, ...] = ()
    receipt_code: str | None = None


Fate = Accepted | Rejected


@dataclass
class Context:
    """What a batch is decided with."""

    source_id: int
    caller: Caller
    places: Places
    shards: int
    now: dt.datetime
    services: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Writes:
    """What a batch will write, gathered while it is decided."""

    entries: list[Entry] = field(default_factory=list)
    pending: list[tuple[Submission, Pending]] = field(default_factory=list)
    texts: list[tuple[Submission, UUID]] = field(default_factory=list)
    touched: dict[UUID, Entity] = field(default_factory=dict)
    new: set[UUID] = field(default_factory=set)


def accept(connection: Connection, batch: Sequence[Located], context: Context) -> list[Fate]:
    """Decide and store a batch, in the order sent.

    Raises:
        Raced: when another transaction stored some of it meanwhile; roll back and call again.
    """
    _lock(connection, batch)
    # States first: what is committed between the two reads is then a duplicate, never someone else's subject.
    state = entities.load(connection, subjects(item.submission for item in batch))
    state.volunteers = entities.known_volunteers(connection, [item.submission for item in batch])
    known = event_log.known(connection, context.source_id, [item.submission.id for item in batch])
    writes = Writes()
    fates = [_take(item, known, state, writes, context) for item in batch]
    write(connection, writes, context)
    return fates


def _lock(connection: Connection, batch: Sequence[Located]) -> None:
    """Lock what is corrected, voided, closed or counted anew, in sorted order, before anything is read or written."""
    subjects = {item.submission.subject for item in batch if isinstance(item.submission.data, LOCKING)}
    if not subjects:
        return
    entities.lock(connection, subjects)
    row = connection.execute("SELECT pg_current_xact_id_if_assigned()").fetchone()
    # With a transaction id from before the read, this event could be ordered before the one that it corrects.
    assert row is not None
    assert row[0] is None, "a write came before the locks"


def subjects(batch: Iterable[Submission]) -> set[UUID]:
    """What these are about, and the sessions that they name."""
    found = set()
    for sent in batch:
        found.add(sent.subject)
        session = getattr(sent.data, "session", None)
        if session is not None:
            found.add(session)
    return found


def _take(item: Located, known: dict[UUID, Known], state: entities.Entities, writes: Writes, context: Context) -> Fate:
    submission = item.submission
    before = known.get(submission.id)
    if before is not None:
        return _again(submission, before)
    try:
        decision = decide(item, state, context.places, context.services)
    except Rejected as rejected:
        return rejected
    shard = note(item, decision, state, writes, context)
    known[submission.id] = Known(submission.digest, shard, context.now, None)
    status = "pending_reference" if isinstance(decision, Pending) else "accepted"
    return Accepted(status, context.now, _marks(decision), receipt_code(submission))


def _again(submission: Submission, before: Known) -> Fate:
    if before.digest == submission.digest:
        return Accepted("duplicate", before.recorded_at, receipt_code=receipt_code(submission))
    local = before.recorded_at.astimezone(entities.LOCAL_ZONE)
    return Rejected(
        "id_conflict",
        f"Mã sự kiện này đã được nhận ngày {local.day}/{local.month}/{local.year} lúc {local:%H:%M} với nội dung khác. "
        "Bản đã nhận được giữ nguyên; để sửa, vui lòng gửi sự kiện assist.corrected.",
    )


def _marks(decision: Decision | Pending) -> tuple[str, ...]:
    if isinstance(decision, Pending) or decision.entity is None:
        return ()
    content = getattr(decision.fact, "content", None)
    return tuple(content.marks) if content is not None else ()


def receipt_code(submission: Submission) -> str | None:
    """What a resident gets to ask about a feedback later: eight letters and digits that tell nothing."""
    if submission.text is None:
        return None
    code = digest_of(submission.subject.bytes + b"receipt").hex().upper()[:8]
    return f"{code[:4]}-{code[4:]}"


def note(
    item: Located, decision: Decision | Pending, state: entities.Entities, writes: Writes, context: Context
) -> int:
    """Remember what is to be written, and let the rest of the batch see it; the shard of the event."""
    submission = item.submission
    if isinstance(decision, Pending):
        writes.pending.append((submission, decision))
        return 0
    previous = state.get(submission.subject)
    ward_key = str(item.ward.area_id) if item.ward else decision.ward_key
    shard = previous.shard if previous else event_log.shard_of(ward_key, context.shards)
    if decision.entity is not None:
        entity = decision.entity.on_shard(shard)
        state.put(entity)
        writes.touched[entity.subject] = entity
        if previous is None:
            writes.new.add(entity.subject)
    if submission.text is not None and item.state is not None:
        writes.texts.append((submission, item.state.area))
    writes.entries.append(entry_of(submission, decision.fact, shard, ward_key, context))
    return shard


def entry_of(submission: Submission, fact: msgspec.Struct, shard: int, ward_key: str, context: Context) -> Entry:
    """The log's entry of an event: final bytes, never encoded again."""
    logged = Logged(
        specversion="1.0",
        id=submission.id,
        source=submission.source,
        type=submission.type,
        subject=submission.subject,
        time=submission.time,
        recordedtime=context.now,
        partitionkey=ward_key,
        traceparent=submission.traceparent,
        data=facts.encode_data(fact),
    )
    return Entry(context.source_id, submission.id, shard, submission.digest, context.now, facts.encode(logged))


def write(connection: Connection, writes: Writes, context: Context, *, resolving: bool = False) -> None:
    """Store what was decided. Raises Raced when another transaction stored some of it meanwhile."""
    event_log.append(connection, writes.entries, resolving=resolving)
    if entities.save(connection, writes.touched, writes.new) != len(writes.touched):
        raise Raced
    # In key order, as the log is: two senders of the same events wait for each other instead of deadlocking.
    for submission, decision in sorted(writes.pending, key=lambda kept: kept[0].id):
        _keep_pending(connection, submission, decision, context)
    for submission, area in writes.texts:
        connection.execute(
            """INSERT INTO free_text (source_id, event_id, subject, area_id, text, received_at)
               VALUES (%s, %s, %s, %s, %s, %s)""",
            [context.source_id, submission.id, submission.subject, area, submission.text, context.now],
        )


def _keep_pending(connection: Connection, submission: Submission, decision: Pending, context: Context) -> None:
    kept = connection.execute(
        """INSERT INTO event_key (source_id, event_id, digest, shard, recorded_at) VALUES (%s, %s, %s, 0, %s)
           ON CONFLICT DO NOTHING""",
        [context.source_id, submission.id, submission.digest, context.now],
    )
    if kept.rowcount != 1:
        raise Raced
    connection.execute(
        """INSERT INTO pending (source_id, event_id, subject, waits_for, client_id, accepted_at, submission)
           VALUES (%s, %s, %s, %s, %s, %s, %s)""",
        [context.source_id, submission.id, submission.subject, decision.waits_for, context.caller.client_id,
         context.now, msgspec.json.encode(replace(submission, text=None))],
    )  # fmt: skip
