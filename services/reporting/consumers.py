"""What each event changes in reporting. Queues, labels and documents derive from this table.

Step 7 of the event path (docs/architecture.md).
"""

from collections.abc import Mapping, Sequence

from services.reporting.projections import (
    assists_by_day,
    catalogue,
    credit,
    evidence,
    feedback,
    ledger,
    paper,
    places,
    plans,
    teams,
    venues,
    voices,
    volunteers,
)
from services.reporting.projections import sessions as held
from shared.consumer import Consumer, Handler
from shared.events import people, registry, sessions
from shared.events import plans as planned
from shared.events.base import Event
from shared.events.catalogue import of_stream

FIGURES: dict[type[Event], list[Handler]] = {
    sessions.AssistRecorded: [assists_by_day.count_assist, credit.credit_visit],
    sessions.AssistCorrected: [assists_by_day.count_assist, credit.credit_visit],
    sessions.AssistVoided: [assists_by_day.count_assist, credit.credit_visit],
    sessions.TallyRecorded: [paper.keep_tally],
    sessions.TallyVoided: [paper.keep_tally],
    sessions.SessionOpened: [held.keep_session],
    sessions.SessionClosed: [held.keep_session],
    sessions.SessionVoided: [held.keep_session],
    sessions.CheckedIn: [held.keep_attendance],
    sessions.CheckedOut: [held.keep_attendance],
    sessions.FeedbackRaised: [feedback.keep_feedback],
    sessions.FeedbackForwarded: [feedback.keep_feedback],
    sessions.FeedbackAnswered: [feedback.keep_feedback],
    sessions.FeedbackResolved: [feedback.keep_feedback],
    sessions.FeedbackReopened: [feedback.keep_feedback],
    sessions.IncidentReported: [voices.keep_incident],
    sessions.IncidentVoided: [voices.keep_incident],
    sessions.ProposalSubmitted: [voices.keep_proposal],
    sessions.ProposalAnswered: [voices.keep_proposal],
    registry.AreaDeclared: [places.declare_area, ledger.borders],
    registry.AreaSucceeded: [places.succeed_area, ledger.borders],
    registry.ServiceDeclared: [catalogue.name_service, ledger.everything],
    registry.VenueDeclared: [venues.declare_venue],
    registry.VenueMoved: [venues.move_venue],
    registry.VenueClosed: [venues.close_venue],
    registry.OfficeDeclared: [venues.declare_office],
    registry.OfficeClosed: [venues.close_office],
    people.VolunteerRegistered: [volunteers.register],
    people.VolunteerCorrected: [volunteers.correct],
    people.VolunteerMoved: [volunteers.move],
    people.VolunteerRetired: [volunteers.retire],
    people.VolunteerReturned: [volunteers.take_back],
    people.VolunteerErased: [volunteers.erase],
    people.VolunteerMerged: [volunteers.merge, ledger.everything],
    people.TeamFormed: [teams.form],
    people.TeamMoved: [teams.move],
    people.TeamDissolved: [teams.dissolve],
    people.VolunteerJoinedTeam: [teams.join],
    people.VolunteerLeftTeam: [teams.leave],
    planned.CampaignLaunched: [plans.keep_campaign],
    planned.CampaignChanged: [plans.keep_campaign],
    planned.CampaignClosed: [plans.keep_campaign],
    planned.TargetSet: [plans.keep_target],
    planned.OfficialCountRecorded: [plans.keep_official_count],
    planned.CalendarSet: [plans.keep_days_off],
}


def _with_evidence(figures: Mapping[type[Event], Sequence[Handler]]) -> dict[type[Event], list[Handler]]:
    """What is reported from the field is evidence too, every type of it."""
    reported = of_stream(sessions.AssistRecorded.STREAM).values()
    kept = {event: [*figures.get(event, ()), evidence.keep] for event in reported}
    return {event: list(handlers) for event, handlers in figures.items()} | kept


CONSUMER = Consumer("reporting", _with_evidence(FIGURES))
