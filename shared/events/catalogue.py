"""The catalogue: every event type, listed once, and how a type name is resolved.

Guarantee: what is not listed here is not accepted and not published; a test demands a golden sample of each.
Step 1 of the event path (docs/architecture.md).
"""

from shared.events import people, plans, registry, reporting, sessions
from shared.events.base import TYPE_PATTERN, Event

EVENTS: tuple[type[Event], ...] = (
    sessions.SessionOpened,
    sessions.SessionClosed,
    sessions.SessionVoided,
    sessions.CheckedIn,
    sessions.CheckedOut,
    sessions.AssistRecorded,
    sessions.AssistCorrected,
    sessions.AssistVoided,
    sessions.TallyRecorded,
    sessions.TallyVoided,
    sessions.FeedbackRaised,
    sessions.FeedbackForwarded,
    sessions.FeedbackAnswered,
    sessions.FeedbackResolved,
    sessions.FeedbackReopened,
    sessions.IncidentReported,
    sessions.IncidentVoided,
    sessions.ProposalSubmitted,
    sessions.ProposalAnswered,
    registry.AreaDeclared,
    registry.AreaSucceeded,
    registry.VenueDeclared,
    registry.VenueMoved,
    registry.VenueClosed,
    registry.OfficeDeclared,
    registry.OfficeClosed,
    plans.CalendarSet,
    registry.ServiceDeclared,
    people.VolunteerRegistered,
    people.VolunteerCorrected,
    people.VolunteerMoved,
    people.VolunteerJoinedTeam,
    people.VolunteerLeftTeam,
    people.VolunteerRetired,
    people.VolunteerReturned,
    people.VolunteerMerged,
    people.VolunteerErased,
    people.TeamFormed,
    people.TeamMoved,
    people.TeamDissolved,
    plans.CampaignLaunched,
    plans.CampaignChanged,
    plans.CampaignClosed,
    plans.TargetSet,
    plans.OfficialCountRecorded,
    registry.ClientEnabled,
    registry.ClientRevoked,
    reporting.DayClosed,
    reporting.DayAmended,
    reporting.ReportMissing,
)

BY_TYPE: dict[str, type[Event]] = {event.ce_type(): event for event in EVENTS}
STREAMS: tuple[str, ...] = ("registry", "reporting", "sessions")


def of_stream(stream: str) -> dict[str, type[Event]]:
    """The event types of one stream, by CloudEvents type."""
    return {name: event for name, event in BY_TYPE.items() if stream == event.STREAM}


def why_unknown(ce_type: str, stream: str | None = None) -> str:
    """`unknown_type` or, where the name (of that stream) is known but not this version, `unknown_version`."""
    match = TYPE_PATTERN.fullmatch(ce_type)
    known = {event.NAME for event in EVENTS if stream in (None, event.STREAM)}
    return "unknown_version" if match and match.group(1) in known else "unknown_type"
