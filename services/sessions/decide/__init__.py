"""What an event does to the thing it is about: the state machines, as one pure function per event type.

Guarantee: the order of arrival does not matter. Of corrections the greatest (time, id) holds, of tallies the highest
version; a void is final. What loses is logged and does not apply. What is about something unknown waits.
Step 3 of the event path (docs/architecture.md).
"""

from collections.abc import Callable

from services.sessions.contract import Rejected
from services.sessions.decide import assists, feedback, reports
from services.sessions.decide import sessions as machine
from services.sessions.decide.outcome import Case, Decision, Pending
from services.sessions.decide.services import Services, check_assist, check_tally
from services.sessions.entities import Entities
from services.sessions.places import Located, Places
from shared.events import sessions

__all__ = ["Decision", "Pending", "decide"]


def decide(item: Located, known: Entities, places: Places, services: Services) -> Decision | Pending:
    """What becomes of a submission.

    Raises:
        Rejected: when it cannot be, however long one waits.
    """
    data, entity = item.submission.data, known.get(item.submission.subject)
    if entity is not None and entity.kind != data.SUBJECT:
        raise Rejected("wrong_subject", f"Mã subject này là của một {entity.kind}, không phải {data.SUBJECT}.")
    if isinstance(data, sessions.AssistFields) and (pending := check_assist(data, services)):
        return pending
    if isinstance(data, sessions.TallyRecorded):
        check_tally(data, services)
    return _DECIDERS[type(data)](Case(item, entity, known, places))


_DECIDERS: dict[type, Callable[[Case], Decision | Pending]] = {
    sessions.AssistRecorded: assists.record_assist,
    sessions.AssistCorrected: assists.correct_assist,
    sessions.AssistVoided: assists.void_assist,
    sessions.TallyRecorded: assists.record_tally,
    sessions.TallyVoided: assists.void_tally,
    sessions.SessionOpened: machine.open_session,
    sessions.SessionClosed: machine.close_session,
    sessions.SessionVoided: machine.void_session,
    sessions.CheckedIn: machine.attend,
    sessions.CheckedOut: machine.attend,
    sessions.FeedbackRaised: feedback.raise_feedback,
    sessions.FeedbackForwarded: feedback.go_on,
    sessions.FeedbackAnswered: feedback.go_on,
    sessions.FeedbackResolved: feedback.go_on,
    sessions.FeedbackReopened: feedback.go_on,
    sessions.IncidentReported: reports.report_incident,
    sessions.IncidentVoided: reports.void_incident,
    sessions.ProposalSubmitted: reports.submit_proposal,
    sessions.ProposalAnswered: reports.answer_proposal,
}
