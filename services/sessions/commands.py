"""The write side of the intake: a batch of submissions against what is stored, in one transaction.

Guarantee: an event is appended once per (source, id); a correction or void first locks its subject, reads the current
state, and only then writes, so it never precedes in the log what it corrects; what waits for its subject is stored as
pending. Nothing here commits.
Step 3 of the event path (docs/architecture.md).
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID, uuid4

import msgspec

from services.sessions import entities, known_residents
from services.sessions.contract import Rejected, Submission
from services.sessions.decide import Decision, Pending, decide
from services.sessions.decide.assists import went_along
from services.sessions.decide.services import Services
from services.sessions.entities import Entity
from services.sessions.places import Caller, Located, Places
from shared import event_log
from shared.database import Connection
from shared.event_log import Entry, Known, Raced, digest_of
from shared.events import facts
from shared.events.base import TYPE_PREFIX
from shared.events.facts import Logged
from shared.events.sessions import AssistVoided, Attendance, CheckedIn, FeedbackRaised, SessionVoided

BEGINNING = frozenset(
    {"assist.recorded", "session.opened", "feedback.raised", "incident.reported", "proposal.submitted"}
)


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
    services: Services = field(default_factory=dict)
    is_sandbox: bool = False


@dataclass
class Writes:
    """What a batch will write, gathered while it is decided."""

    entries: list[Entry] = field(default_factory=list)
    pending: list[tuple[Located, Pending]] = field(default_factory=list)
    texts: list[tuple[Submission, UUID | None]] = field(default_factory=list)
    attendance: list[Submission] = field(default_factory=list)
    residents: set[str] = field(default_factory=set)
    touched: dict[UUID, Entity] = field(default_factory=dict)
    new: set[UUID] = field(default_factory=set)


def accept(connection: Connection, batch: Sequence[Located], context: Context) -> list[Fate]:
    """Decide and store a batch, in the order sent.

    Raises:
        Raced: when another transaction stored some of it meanwhile; roll back and call again.
    """
    # States first: what is committed between the two reads is then a duplicate, never someone else's subject.
    state = lock_and_load(connection, [item.submission for item in batch])
    known = event_log.known(connection, context.source_id, [item.submission.id for item in batch])
    writes = Writes()
    fates = [_take(item, known, state, writes, context) for item in batch]
    write(connection, writes, context)
    return fates


def lock_and_load(connection: Connection, batch: Sequence[Submission], *, whole: bool = False) -> entities.Entities:
    """What a batch is about, read after its locks.

    What goes on with something known is locked alone; the session that an assist names is locked together with others
    that name it, so that it is not voided meanwhile. `whole`: all subjects are locked alone.
    """
    changed = {sent.subject for sent in batch if whole or type(sent.data).NAME not in BEGINNING}
    named = {session for sent in batch if (session := getattr(sent.data, "session", None)) is not None}
    if changed or named:
        entities.lock(connection, changed, named)
        _nothing_written(connection)
    wanted = subjects(batch)
    if voided := {sent.subject for sent in batch if isinstance(sent.data, SessionVoided)}:
        along = entities.assists_naming(connection, voided)
        entities.lock(connection, along)
        wanted |= along
    state = entities.load(connection, wanted)
    entities.learn_volunteers(connection, batch, state)
    return state


def _nothing_written(connection: Connection) -> None:
    """With a transaction id from before the read, an event could be ordered before the one that it corrects."""
    row = connection.execute("SELECT pg_current_xact_id_if_assigned()").fetchone()
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
        _check_same_side(state.get(submission.subject), context)
        decision = decide(item, state, context.places, context.services)
    except Rejected as rejected:
        return rejected
    shard = note(item, decision, state, writes, context)
    known[submission.id] = Known(submission.digest, shard, context.now, None)
    status = "pending_reference" if isinstance(decision, Pending) else "accepted"
    return Accepted(status, context.now, _marks(decision), receipt_code(submission))


def _check_same_side(entity: Entity | None, context: Context) -> None:
    """The sandbox and what counts do not touch each other."""
    if entity is not None and (entity.shard == entities.SANDBOX) != context.is_sandbox:
        raise Rejected("subject_exists", "Mã subject này đã được dùng. Vui lòng dùng mã subject mới.")


def _again(submission: Submission, before: Known) -> Fate:
    if submission.is_content_of(before.digest):
        return Accepted("duplicate", before.recorded_at, receipt_code=receipt_code(submission))
    local = before.recorded_at.astimezone(entities.LOCAL_ZONE)
    return Rejected(
        "id_conflict",
        f"Mã sự kiện này đã được nhận ngày {local.day}/{local.month}/{local.year} lúc {local:%H:%M} với nội dung khác. "
        "Bản đã nhận được giữ nguyên; để sửa, vui lòng gửi sự kiện assist.corrected.",
        digests=(before.digest, submission.digest),
    )


def _marks(decision: Decision | Pending) -> tuple[str, ...]:
    if isinstance(decision, Pending) or decision.entity is None:
        return ()
    content = getattr(decision.fact, "content", None)
    return tuple(content.marks) if content is not None else ()


def receipt_code(submission: Submission) -> str | None:
    """What a resident gets to ask about a feedback later: eight letters and digits that tell nothing."""
    if not isinstance(submission.data, FeedbackRaised):
        return None
    code = digest_of(submission.subject.bytes + b"receipt").hex().upper()[:8]
    return f"{code[:4]}-{code[4:]}"


def note(
    item: Located, decision: Decision | Pending, state: entities.Entities, writes: Writes, context: Context
) -> int:
    """Remember what is to be written, and let the rest of the batch see it; the shard of the event."""
    submission = item.submission
    if not context.is_sandbox and (token := getattr(submission.data, "resident_token", None)):
        writes.residents.add(token)
    if isinstance(decision, Pending):
        writes.pending.append((item, decision))
        if submission.text is not None:
            writes.texts.append((submission, None))
        return entities.SANDBOX if context.is_sandbox else 0
    previous = state.get(submission.subject)
    ward_key = str(item.ward.area_id) if item.ward else decision.ward_key
    if previous is not None:
        shard = previous.shard
    else:
        shard = entities.SANDBOX if context.is_sandbox else event_log.shard_of(ward_key, context.shards)
    changed = decision.entity
    if isinstance(submission.data, Attendance):
        writes.attendance.append(submission)
        changed = previous  # the session is as it was, and its readers see that something happened
    if changed is not None:
        entity = changed.on_shard(shard).changed_by(submission.time)
        state.put(entity)
        writes.touched[entity.subject] = entity
        if previous is None:
            writes.new.add(entity.subject)
    if submission.text is not None:
        writes.texts.append((submission, _area_of(item, previous)))
    writes.entries.append(entry_of(submission, decision.fact, shard, ward_key, context))
    if isinstance(submission.data, SessionVoided) and decision.entity is not None and decision.entity.takes_along:
        _void_along(submission, state, writes, context)
    return shard


def _area_of(item: Located, about: Entity | None) -> UUID | None:
    if item.state is not None:
        return item.state.area
    return about.state.area if about else None


def _void_along(voiding: Submission, state: entities.Entities, writes: Writes, context: Context) -> None:
    """Take back the assists of a voided session in its ward, each by an event of its own after that of the session."""
    ward = state.known[voiding.subject].state.ward
    for entity in state.assists_of(voiding.subject, ward):
        data = AssistVoided(reason_code=voiding.data.reason_code)  # type: ignore[attr-defined]
        sent = replace(
            voiding,
            id=uuid4(),  # no sender can have taken it
            type=f"{TYPE_PREFIX}assist.voided.v1",
            subject=entity.subject,
            data=data,
            digest=digest_of(voiding.digest + entity.subject.bytes),
        )
        ward_key = context.places.ward_key(entity.state.area, entity.state.day)
        decision = went_along(entity, voiding.id, data.reason_code, ward_key)
        assert decision.entity is not None
        after = decision.entity.changed_by(voiding.time)
        state.put(after)
        writes.touched[entity.subject] = after
        writes.entries.append(entry_of(sent, decision.fact, entity.shard, ward_key, context))


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
    if entities.save(connection, writes.touched, writes.new, context.now) != len(writes.touched):
        raise Raced
    # In key order, as the log is: two senders of the same events wait for each other instead of deadlocking.
    for item, decision in sorted(writes.pending, key=lambda kept: kept[0].submission.id):
        _keep_pending(connection, item, decision, context)
    for sent in writes.attendance:
        _keep_attendance(connection, sent)
    for submission, area in writes.texts:
        # What had to wait has no area until it takes effect.
        connection.execute(
            """INSERT INTO free_text (source_id, event_id, subject, area_id, text, received_at)
               VALUES (%s, %s, %s, %s, %s, %s)""",
            [context.source_id, submission.id, submission.subject, area, submission.text, context.now],
        )
    known_residents.remember(connection, writes.residents)


def _keep_attendance(connection: Connection, sent: Submission) -> None:
    """The first coming and the last leaving; which of them arrives first makes no difference."""
    came, left = (sent.time, None) if isinstance(sent.data, CheckedIn) else (None, sent.time)
    connection.execute(
        """INSERT INTO attendance AS a (session_id, volunteer_id, came_at, left_at) VALUES (%s, %s, %s, %s)
           ON CONFLICT (session_id, volunteer_id) DO UPDATE SET
             came_at = least(a.came_at, excluded.came_at), left_at = greatest(a.left_at, excluded.left_at)""",
        [sent.subject, sent.data.volunteer, came, left],  # type: ignore[attr-defined]
    )


def _keep_pending(connection: Connection, item: Located, decision: Pending, context: Context) -> None:
    submission = item.submission
    shard = entities.SANDBOX if context.is_sandbox else 0
    kept = connection.execute(
        """INSERT INTO event_key (source_id, event_id, digest, shard, recorded_at) VALUES (%s, %s, %s, %s, %s)
           ON CONFLICT DO NOTHING""",
        [context.source_id, submission.id, submission.digest, shard, context.now],
    )
    if kept.rowcount != 1:
        raise Raced
    connection.execute(
        """INSERT INTO pending (source_id, event_id, subject, waits_for, client_id, accepted_at, ward_id,
                                is_sandbox, submission) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)""",
        [context.source_id, submission.id, submission.subject, decision.waits_for, context.caller.client_id,
         context.now, item.ward.area_id if item.ward else context.places.home_ward(), context.is_sandbox,
         msgspec.json.encode(replace(submission, text=None, older=()))],
    )  # fmt: skip
