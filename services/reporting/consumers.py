"""What each event changes in reporting. Queues, labels and documents derive from this table.

Step 7 of the event path (docs/architecture.md).
"""

from services.reporting.projections import assists_by_day, catalogue, field_work, paper, places
from shared.consumer import Consumer
from shared.events import registry, sessions

CONSUMER = Consumer(
    "reporting",
    {
        sessions.AssistRecorded: [assists_by_day.count_assist],
        sessions.AssistCorrected: [assists_by_day.count_assist],
        sessions.AssistVoided: [assists_by_day.count_assist],
        sessions.TallyRecorded: [paper.keep_tally],
        sessions.TallyVoided: [paper.keep_tally],
        sessions.SessionOpened: [field_work.count_session],
        sessions.SessionClosed: [field_work.count_session],
        sessions.SessionVoided: [field_work.count_session],
        sessions.FeedbackRaised: [field_work.count_feedback],
        registry.AreaDeclared: [places.declare_area],
        registry.AreaSucceeded: [places.succeed_area],
        registry.ServiceDeclared: [catalogue.name_service],
    },
)
