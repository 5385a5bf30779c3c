"""What an event does to the thing it is about: the state machines, as one pure function per event type.

Guarantee: the order of arrival does not matter. Of corrections the greatest (time, id) holds, of tallies the highest
version; a void is final. What loses is logged and does not apply. What is about something unknown waits.
Step 3 of the event path (docs/architecture.md).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, cast
from uuid import UUID

import msgspec

from services.sessions.contract import Rejected, Submission
from services.sessions.entities import Entities, Entity
from services.sessions.places import Located, Places
from shared.events import facts
from shared.events.sessions import (
    AssistCorrected,
    AssistFields,
    AssistRecorded,
    AssistVoided,
    FeedbackRaised,
    SessionClosed,
    SessionOpened,
    TallyRecorded,
)
from shared.problems import FieldError

# Services that are filed in full or in part; a code that joins them may be sent with its level from then on.
PUBLIC_SERVICES = frozenset({"online_public_service"})


@dataclass(frozen=True, slots=True)
class Decision:
    """The fact to log, and the entity as it stands afterwards (None: unchanged)."""

    fact: msgspec.Struct
    entity: Entity | None
    ward_key: str = ""


@dataclass(frozen=True, slots=True)
class Pending:
    """The event is kept until what it refers to is known: `subject`, or `service:<code>`."""

    waits_for: str


def decide(item: Located, known: Entities, places: Places, services: Mapping[str, str]) -> Decision | Pending:
    """What becomes of a submission.

    Raises:
        Rejected: when it cannot be, however long one waits.
    """
    submission = item.submission
    entity = known.get(submission.subject)
    if entity is not None and entity.kind != submission.data.SUBJECT:
        raise Rejected(
            "wrong_subject", f"Mã subject này là của một {entity.kind}, không phải {submission.data.SUBJECT}."
        )
    if isinstance(submission.data, AssistFields) and submission.data.service not in services:
        return Pending(f"service:{submission.data.service}")
    if isinstance(submission.data, AssistFields):
        _check_unit(submission.data, services[submission.data.service])
    decider: Callable[[Located, Entity | None, Entities, Places], Decision | Pending] = _DECIDERS[type(submission.data)]
    return decider(item, entity, known, places)


def _check_unit(data: AssistFields, unit: str) -> None:
    """What depends on the service: a stall where stalls are counted, a quantity where records are, a level of public
    services."""
    if unit == "stall" and data.stall is None:
        raise _wrong("stall", "required", f"Bắt buộc với nội dung hỗ trợ {data.service}: mã hộ kinh doanh (required).")

    if unit != "record" and data.quantity != 1:
        raise _wrong("quantity", "invalid", f"Chỉ dùng khi nhập liệu; với {data.service} mỗi lượt là một sự kiện.")
    if data.service_level is not None and data.service not in PUBLIC_SERVICES:
        raise _wrong(
            "service_level", "invalid", f"Chỉ dùng với dịch vụ công trực tuyến, không dùng với {data.service}."
        )


def _wrong(field: str, code: str, message: str) -> Rejected:
    return Rejected("invalid_data", f"data.{field}: {message}", (FieldError(f"data.{field}", code, message),))


def _version(submission: Submission) -> tuple[Any, UUID]:
    return (submission.time, submission.id)


def _verified(state: facts.AssistState, known: Entities) -> facts.AssistState:
    """The state with a mark for each reference that is not known yet."""
    marks = set(state.marks)
    if state.session is not None and known.get(state.session) is None:
        marks.add("unverified:session")
    if any(volunteer not in known.volunteers for volunteer in state.volunteers):
        marks.add("unverified:volunteer")
    return msgspec.structs.replace(state, marks=sorted(marks))


def _record_assist(item: Located, entity: Entity | None, known: Entities, _places: Places) -> Decision:
    _refuse_second(entity, "assist.corrected, assist.voided")
    state = _verified(cast(facts.AssistState, item.state), known)
    return Decision(facts.AssistFact(content=state), Entity(item.submission.subject, "assist", state))


def _refuse_second(entity: Entity | None, possible: str) -> None:
    if entity is not None:
        then = f" Có thể gửi: {possible}." if possible else " Vui lòng dùng mã subject mới cho nội dung mới."
        raise Rejected("subject_exists", f"Mã subject này đã được ghi bởi một sự kiện khác.{then}")


def _correct_assist(item: Located, entity: Entity | None, known: Entities, places: Places) -> Decision | Pending:
    if entity is None:
        return Pending("subject")
    before = cast(facts.AssistState, entity.state)
    places.check_allowed(before.area, before.day)
    state = _verified(cast(facts.AssistState, item.state), known)
    version = _version(item.submission)
    data = cast(AssistCorrected, item.submission.data)
    applies = not entity.is_void and (entity.version is None or version > entity.version)
    fact = facts.AssistFact(
        content=state, before=None if entity.is_void else before, applies=applies, reason_code=data.reason_code
    )
    return Decision(fact, replace(entity, state=state, version=version) if applies else None)


def _void_assist(item: Located, entity: Entity | None, _known: Entities, places: Places) -> Decision | Pending:
    if entity is None:
        return Pending("subject")
    before = cast(facts.AssistState, entity.state)
    places.check_allowed(before.area, before.day)
    data = cast(AssistVoided, item.submission.data)
    fact = facts.AssistFact(
        before=None if entity.is_void else before, applies=not entity.is_void, reason_code=data.reason_code
    )
    return Decision(fact, replace(entity, is_void=True), ward_key=places.ward_key(before.area, before.day))


def _record_tally(item: Located, entity: Entity | None, _known: Entities, places: Places) -> Decision:
    state = cast(facts.TallyState, item.state)
    version = _version(item.submission)
    if entity is None:
        return Decision(
            facts.TallyFact(content=state), Entity(item.submission.subject, "tally", state, version=version)
        )
    before = cast(facts.TallyState, entity.state)
    places.check_allowed(before.area, before.day)
    applies = (state.version, *version) > (before.version, *(entity.version or version))
    fact = facts.TallyFact(content=state, before=before, applies=applies)
    return Decision(fact, replace(entity, state=state, version=version) if applies else None)


def _open_session(item: Located, entity: Entity | None, _known: Entities, _places: Places) -> Decision:
    _refuse_second(entity, "session.closed")
    state = cast(facts.SessionState, item.state)
    return Decision(facts.SessionFact(content=state), Entity(item.submission.subject, "session", state))


def _close_session(item: Located, entity: Entity | None, _known: Entities, places: Places) -> Decision | Pending:
    if entity is None:
        return Pending("subject")
    before = cast(facts.SessionState, entity.state)
    places.check_allowed(before.area, before.day)
    closing = cast(facts.SessionState, item.state)
    version = _version(item.submission)
    applies = entity.version is None or version > entity.version
    fact = facts.SessionFact(content=closing, before=before, applies=applies)
    return Decision(fact, replace(entity, version=version) if applies else None)


def _raise_feedback(item: Located, entity: Entity | None, _known: Entities, _places: Places) -> Decision:
    _refuse_second(entity, "")
    state = cast(facts.FeedbackState, item.state)
    return Decision(facts.FeedbackFact(content=state), Entity(item.submission.subject, "feedback", state))


_DECIDERS: dict[type, Callable[[Located, Entity | None, Entities, Places], Decision | Pending]] = {
    AssistRecorded: _record_assist,
    AssistCorrected: _correct_assist,
    AssistVoided: _void_assist,
    TallyRecorded: _record_tally,
    SessionOpened: _open_session,
    SessionClosed: _close_session,
    FeedbackRaised: _raise_feedback,
}
