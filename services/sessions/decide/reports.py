"""Incidents and proposals: reported or submitted, voided or answered.

Guarantee: a void is final; of answers the greatest (time, id) holds; what comes before its beginning waits for it.
"""

from dataclasses import replace
from typing import cast

import msgspec

from services.sessions.decide.outcome import Case, Decision, Pending, refuse_second, unverified
from services.sessions.entities import Entity
from shared.events import facts


def report_incident(case: Case) -> Decision:
    refuse_second(case.entity, "incident.voided")
    state = cast(facts.IncidentState, case.item.state)
    return Decision(facts.IncidentFact(content=state), Entity(case.sent.subject, "incident", state))


def void_incident(case: Case) -> Decision | Pending:
    if case.entity is None:
        return Pending("subject")
    entity = case.current()
    before = None if entity.is_void else cast(facts.IncidentState, entity.state)
    fact = facts.IncidentFact(before=before, applies=not entity.is_void, reason_code=case.data.reason_code)
    return Decision(fact, replace(entity, is_void=True), case.ward_key())


def submit_proposal(case: Case) -> Decision:
    refuse_second(case.entity, "proposal.answered")
    state: facts.ProposalState = unverified(case.item.state, case.known)
    return Decision(facts.ProposalFact(content=state), Entity(case.sent.subject, "proposal", state))


def answer_proposal(case: Case) -> Decision | Pending:
    if case.entity is None:
        return Pending("subject")
    entity = case.current()
    before = cast(facts.ProposalState, entity.state)
    state = msgspec.structs.replace(before, result=case.data.result, answered_at=case.sent.time)
    applies = entity.version is None or case.version > entity.version
    fact = facts.ProposalFact(content=state, before=before, applies=applies)
    after = replace(entity, state=state, version=case.version) if applies else None
    return Decision(fact, after, case.ward_key())
