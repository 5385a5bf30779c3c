"""Sessions: opened, closed, voided, and the volunteers who come and go.

Guarantee: of closings the greatest (time, id) holds; a void is final; what comes before the opening waits for it.
"""

from dataclasses import replace
from typing import cast

import msgspec

from services.sessions.contract import Rejected
from services.sessions.decide.outcome import Case, Decision, Pending, refuse_second, unverified
from services.sessions.entities import Entity
from shared.events import facts
from shared.problems import FieldError

CLOSING = ("closed_at", "present", "attendees", "households_visited", "left_waiting")


def open_session(case: Case) -> Decision:
    refuse_second(case.entity, "session.closed, session.voided")
    state = cast(facts.SessionState, case.item.state)
    return Decision(facts.SessionFact(content=state), Entity(case.sent.subject, "session", state))


def close_session(case: Case) -> Decision | Pending:
    if case.entity is None:
        return Pending("subject")
    entity = case.current()
    before = cast(facts.SessionState, entity.state)
    state = _closed(before, unverified(case.item.state, case.known))
    applies = not entity.is_void and (entity.version is None or case.version > entity.version)
    fact = facts.SessionFact(content=state, before=None if entity.is_void else before, applies=applies)
    return Decision(fact, replace(entity, state=state, version=case.version) if applies else None)


def _closed(opening: facts.SessionState, closing: facts.SessionState) -> facts.SessionState:
    """The session as its opening began it and this closing ends it; where it is, the opening says."""
    said = {name: getattr(closing, name) for name in CLOSING}
    return msgspec.structs.replace(opening, marks=sorted({*opening.marks, *closing.marks}), **said)


def void_session(case: Case) -> Decision | Pending:
    """The session is taken back; `commands.py` takes its assists back with it where the event says so."""
    if case.entity is None:
        return Pending("subject")
    entity = case.current()
    before = None if entity.is_void else cast(facts.SessionState, entity.state)
    fact = facts.SessionFact(before=before, applies=not entity.is_void, reason_code=case.data.reason_code)
    takes_along = entity.takes_along or case.data.void_assists
    return Decision(fact, replace(entity, is_void=True, takes_along=takes_along), case.ward_key())


def attend(case: Case) -> Decision | Pending:
    if case.entity is None:
        return Pending("subject")
    entity = case.current()
    if case.data.volunteer in case.known.erased:
        message = "Thông tin của tình nguyện viên này đã được xóa; điểm danh không còn ghi cho người này."
        raise Rejected("gone", message, (FieldError("data.volunteer", "gone", message),))
    return Decision(
        facts.AttendanceFact(content=unverified(case.item.state, case.known), applies=not entity.is_void), None
    )
