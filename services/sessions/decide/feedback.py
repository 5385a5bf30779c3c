"""Feedback on its way: raised, forwarded, answered, resolved, reopened.

Guarantee: the steps stand in the order of their times, whatever order they arrive in. A step for which an earlier one
is still missing waits for it; one that could never be is answered with what is possible.
"""

from dataclasses import replace
from typing import cast

import msgspec

from services.sessions.contract import Rejected
from services.sessions.decide.outcome import Case, Decision, Pending, refuse_second, unverified, wrong
from services.sessions.entities import Entity
from shared.clock import LOCAL_ZONE
from shared.events import facts, sessions

# What can follow what; anything else waits for the step between.
FOLLOWS: dict[str, frozenset[str]] = {
    "raised": frozenset({"forwarded", "answered", "resolved"}),
    "forwarded": frozenset({"forwarded", "answered", "resolved"}),
    "answered": frozenset({"forwarded", "answered", "resolved", "reopened"}),
    "resolved": frozenset({"reopened"}),
    "reopened": frozenset({"forwarded", "answered", "resolved"}),
}
NAMES: dict[type, str] = {
    sessions.FeedbackForwarded: "forwarded",
    sessions.FeedbackAnswered: "answered",
    sessions.FeedbackResolved: "resolved",
    sessions.FeedbackReopened: "reopened",
}
MOST_STEPS = 100


def raise_feedback(case: Case) -> Decision:
    refuse_second(case.entity, ", ".join(f"feedback.{step}" for step in sorted(FOLLOWS["raised"])))
    state: facts.FeedbackState = unverified(case.item.state, case.known)
    return Decision(facts.FeedbackFact(content=state), Entity(case.sent.subject, "feedback", state))


def go_on(case: Case) -> Decision | Pending:
    """The feedback with one step more, at its place in time."""
    if case.entity is None:
        return Pending("subject")
    entity = case.current()
    before = cast(facts.FeedbackState, entity.state)
    _check(case, before)
    step = _step(case)
    taken, too_early = _walk([*before.steps, *before.too_early, step])
    if step in too_early:
        return Pending("step")
    state = msgspec.structs.replace(before, steps=taken, too_early=too_early)
    fact = facts.FeedbackFact(content=state, before=before)
    return Decision(fact, replace(entity, state=state), case.ward_key())


def _walk(steps: list[facts.FeedbackStep]) -> tuple[list[facts.FeedbackStep], list[facts.FeedbackStep]]:
    """The steps that follow each other in the order of their times, and those that do not follow.

    It depends on the steps alone, not on their order of arrival.
    """
    taken: list[facts.FeedbackStep] = []
    too_early: list[facts.FeedbackStep] = []
    last = "raised"
    for step in sorted(steps, key=lambda one: (one.at, one.id)):
        if step.step in FOLLOWS[last]:
            taken.append(step)
            last = step.step
        else:
            too_early.append(step)
    return taken, too_early


def _check(case: Case, before: facts.FeedbackState) -> None:
    """What could never be, however long one waits."""
    possible = ", ".join(f"feedback.{step}" for step in sorted(FOLLOWS[before.status]))
    if case.sent.time < before.raised_at:
        raised = before.raised_at.astimezone(LOCAL_ZONE)
        when = f"{raised:%H:%M} ngày {raised.day}/{raised.month}/{raised.year}"
        message = f"Ý kiến này được tiếp nhận lúc {when}, sau thời điểm của bước này. Vui lòng kiểm tra đồng hồ của máy"
        raise Rejected("impossible_step", f"{message}; có thể gửi: {possible}.")
    if len(before.steps) + len(before.too_early) >= MOST_STEPS:
        raise Rejected("impossible_step", f"Ý kiến này đã có {MOST_STEPS} bước. Vui lòng ghi ý kiến mới.")
    if getattr(case.data, "duplicate_of", None) == case.sent.subject:
        wrong("duplicate_of", "invalid", "Một ý kiến không trùng với chính nó. Vui lòng gửi mã của ý kiến kia.")


def _step(case: Case) -> facts.FeedbackStep:
    data = case.data
    return facts.FeedbackStep(
        step=NAMES[type(data)],  # type: ignore[arg-type]
        at=case.sent.time,
        id=case.sent.id,
        office=getattr(data, "to_office", None) or getattr(data, "office", None),
        due_on=getattr(data, "due_on", None),
        result=getattr(data, "result", None),
        duplicate_of=getattr(data, "duplicate_of", None),
        reason_code=getattr(data, "reason_code", None),
    )
