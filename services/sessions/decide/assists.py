"""Assists and paper counts: recorded, corrected, counted anew, voided.

Guarantee: of corrections the greatest (time, id) holds, of tallies the highest version; a void is final. An assist
whose content names a session that was voided with its assists counts nowhere, whichever of the two came first.
"""

from dataclasses import replace
from typing import cast
from uuid import UUID

from services.sessions.decide.outcome import Case, Decision, Pending, refuse_second, unverified
from services.sessions.entities import Entities, Entity
from shared.events import facts


def record_assist(case: Case) -> Decision:
    refuse_second(case.entity, "assist.corrected, assist.voided")
    state: facts.AssistState = unverified(case.item.state, case.known)
    is_void = _went_with_its_session(state, case.known)
    fact = facts.AssistFact(content=state, applies=not is_void)
    return Decision(fact, Entity(case.sent.subject, "assist", state, is_void=is_void))


def correct_assist(case: Case) -> Decision | Pending:
    if case.entity is None:
        return Pending("subject")
    entity = case.current()
    before = cast(facts.AssistState, entity.state)
    state: facts.AssistState = unverified(case.item.state, case.known)
    applies = not entity.is_final and (entity.version is None or case.version > entity.version)
    is_void = _went_with_its_session(state, case.known)
    fact = facts.AssistFact(
        content=None if applies and is_void else state,
        before=None if entity.is_void else before,
        applies=applies,
        reason_code=case.data.reason_code,
    )
    after = replace(entity, state=state, version=case.version, is_void=is_void)
    return Decision(fact, after if applies else None)


def _went_with_its_session(state: facts.AssistState, known: Entities) -> bool:
    """Whether an assist names a session of its ward that was voided together with its assists."""
    session = known.get(state.session) if state.session is not None else None
    return session is not None and session.is_void and session.takes_along and session.state.ward == state.ward


def void_assist(case: Case) -> Decision | Pending:
    if case.entity is None:
        return Pending("subject")
    return voided(case.current(), case.data.reason_code, case.ward_key())


def voided(entity: Entity, reason_code: str, ward_key: str) -> Decision:
    """An assist is taken back; taking it back again does not apply."""
    before = None if entity.is_void else cast(facts.AssistState, entity.state)
    fact = facts.AssistFact(before=before, applies=not entity.is_final, reason_code=reason_code)
    return Decision(fact, replace(entity, is_void=True, is_final=True), ward_key)


def went_along(entity: Entity, session_voided: UUID, reason_code: str, ward_key: str) -> Decision:
    """An assist is taken back with its session, until a correction says that it was not held there."""
    before = cast(facts.AssistState, entity.state)
    fact = facts.AssistFact(before=before, reason_code=reason_code, caused_by=session_voided)
    return Decision(fact, replace(entity, is_void=True), ward_key)


def record_tally(case: Case) -> Decision:
    state: facts.TallyState = unverified(case.item.state, case.known)
    if case.entity is None:
        return Decision(facts.TallyFact(content=state), Entity(case.sent.subject, "tally", state, version=case.version))
    entity = case.current()
    before = cast(facts.TallyState, entity.state)
    is_newer = (state.version, *case.version) > (before.version, *(entity.version or case.version))
    applies = is_newer and not entity.is_void
    fact = facts.TallyFact(content=state, before=None if entity.is_void else before, applies=applies)
    return Decision(fact, replace(entity, state=state, version=case.version) if applies else None)


def void_tally(case: Case) -> Decision | Pending:
    if case.entity is None:
        return Pending("subject")
    entity = case.current()
    before = None if entity.is_void else cast(facts.TallyState, entity.state)
    fact = facts.TallyFact(before=before, applies=not entity.is_void, reason_code=case.data.reason_code)
    return Decision(fact, replace(entity, is_void=True), case.ward_key())
