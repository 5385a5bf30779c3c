"""What is sent: the simulator's honest traffic of the sample's six wards, as requests whose bytes are ready.

Each stage has days of its own, so that the expected figures of one do not depend on another.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from deploy.cds.simulate.app import BATCH, STRUCTURED, dump
from deploy.cds.simulate.event import Event
from deploy.cds.simulate.expected import Figures, figures
from deploy.cds.simulate.traffic import honest
from deploy.cds.simulate.world import Plan, Site
from tests.bench.load import Request

# These depend on no other event, so that several clients may send them for one ward at once.
ALONE = ("assist.recorded", "feedback.raised")
# These go on with something, which may not be sent yet: a bench asks for `accepted`, so they stay out.
GOING_ON = ("feedback.forwarded", "feedback.answered", "feedback.resolved", "feedback.reopened", "proposal.answered")


@dataclass(frozen=True)
class Share:
    """What one client sends for a ward: the events, and their requests in the same order."""

    source: str
    events: list[Event]
    requests: list[Request]


class Traffic:
    """The events of one stage: what each ward has not sent yet, in the order of time, and what was accepted."""

    def __init__(self, sites: Sequence[Site], month: date, events: int) -> None:
        self.plan = Plan(tuple(sites), month, month.replace(day=28), events, f"bench-{month}")
        self.waiting: dict[str, list[Event]] = defaultdict(list)
        self.sent: list[Event] = []
        for event in honest(self.plan):
            if event.name not in GOING_ON:
                self.waiting[event.source].append(event)

    def split(self) -> "Traffic":
        """Put apart what stands alone; the rest (openings, closings, paper) is returned, to be sent before."""
        rest = Traffic(self.plan.sites, self.plan.first, 0)
        for source, events in self.waiting.items():
            rest.waiting[source] = [event for event in events if event.name not in ALONE]
            self.waiting[source] = [event for event in events if event.name in ALONE]
        rest.sent = self.sent
        return rest

    def take(self, source: str, count: int) -> list[Event]:
        taken, self.waiting[source] = self.waiting[source][:count], self.waiting[source][count:]
        return taken

    def note(self, share: Share, requests: int) -> None:
        """So many of the requests were accepted; the events of the others wait again."""
        count = sum(request.events for request in share.requests[:requests])
        self.sent += share.events[:count]
        self.waiting[share.source] = share.events[count:] + self.waiting[share.source]

    def expected(self) -> Figures:
        """The figures that must come of what was accepted."""
        return figures(self.sent, {site.source: site.ward for site in self.plan.sites})


def batches(events: Sequence[Event], size: int, token: str) -> list[Request]:
    """The events as batch requests of one size; the last may be smaller."""
    parts = [events[begin : begin + size] for begin in range(0, len(events), size)]
    return [_request(dump([e.envelope() for e in part]), BATCH, token, len(part), is_batch=True) for part in parts]


def singles(events: Sequence[Event], token: str) -> list[Request]:
    """Each event as a request of its own, in structured mode."""
    return [_request(dump(event.envelope()), STRUCTURED, token, 1, is_batch=False) for event in events]


def _request(body: bytes, content_type: str, token: str, events: int, *, is_batch: bool) -> Request:
    head = (
        f"POST /v1/events HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: {content_type}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return Request(head.encode() + body, events, is_batch)
