"""Honest traffic: what happened in each ward on each day, as the events of an app without bad habits.

Exactly `plan.events` events: sessions opened and closed at venues in the morning and in the evening, the volunteers
who come and go, the assists in them, a few at the door or online, feedback on its way, incidents, proposals, and on
some days paper counts or a zero report. Deterministic: the same plan gives the same events, in the same order.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from random import Random

from deploy.cds.simulate import civic, content, paper
from deploy.cds.simulate.event import LOCAL, Event, stamp, uuid7
from deploy.cds.simulate.neighbours import with_neighbours
from deploy.cds.simulate.shares import shares
from deploy.cds.simulate.world import Plan, Site, Venue

HOURS: dict[str, tuple[tuple[str, str], ...]] = {
    "cultural_house": (("19:00", "21:50"), ("18:30", "21:15"), ("07:00", "10:45")),
    "one_stop": (("07:30", "11:30"), ("13:30", "17:00")),
    "market": (("05:45", "09:00"), ("16:00", "18:15")),
    "school": (("07:30", "10:30"), ("14:00", "16:30")),
}
PER_SESSION = 26


def honest(plan: Plan) -> list[Event]:
    events: list[Event] = []
    for (site, day), share in shares(plan).items():
        events += Day(plan, site, day).events(share)
    return sorted(with_neighbours(plan, events), key=lambda event: (event.at, event.id))


class Day:
    """One ward on one day."""

    def __init__(self, plan: Plan, site: Site, day: date) -> None:
        self.plan, self.site, self.day = plan, site, day
        self.rng: Random = plan.generator("day", site.client_id, day)
        end = datetime.combine(day, time(23, 59), LOCAL)
        self.until = min(plan.until.astimezone(LOCAL), end) if plan.until else end

    def is_over(self, at: datetime) -> bool:
        """Whether a moment is after the end of the plan."""
        return self.plan.until is not None and at > self.plan.until

    def events(self, share: int) -> list[Event]:
        if share == 1 and self.rng.random() < 0.7:
            return [paper.zero_report(self)]
        sessions = self.sessions(share)
        said: list[Event] = []
        for number, (venue, begin, end) in enumerate(sessions):
            size = (share - share // 8 - len(said)) // (len(sessions) - number)
            said += self.session(venue, begin, end, size)
        for raised in [event for event in said if event.name == "feedback.raised"]:
            said += civic.steps(self, raised, (share - len(said)) // 2)
        said += paper.tallies(self, said, share - len(said))
        while len(said) < share:
            served = sum(event.name == "assist.recorded" for event in said)
            said += self.alone(share - len(said)) if served > 4 else [self.visit_alone(*self.somewhere())]
        return said

    def sessions(self, share: int) -> list[tuple[Venue, datetime, datetime]]:
        wanted = 0 if share < 5 else min(4, 1 + share // PER_SESSION)
        slots = [slot for venue in self.site.venues for slot in self.slots(venue)]
        self.rng.shuffle(slots)
        found: dict[str, tuple[Venue, datetime, datetime]] = {}
        for venue, begin, end in slots:
            found.setdefault(venue.id, (venue, begin, end))
        return list(found.values())[:wanted]

    def slots(self, venue: Venue) -> Iterator[tuple[Venue, datetime, datetime]]:
        is_office_day = self.day.weekday() < 5
        for begin, end in HOURS.get(venue.kind, HOURS["cultural_house"]):
            opens, closes = (datetime.combine(self.day, time.fromisoformat(at), LOCAL) for at in (begin, end))
            if venue.kind == "one_stop" and not is_office_day:
                continue
            if opens + timedelta(minutes=30) <= self.until:
                yield venue, opens, closes

    def session(self, venue: Venue, begin: datetime, end: datetime, size: int) -> Iterator[Event]:
        """`size` events: opened, who comes and goes, assists, some feedback, and closed unless it still goes on."""
        subject, area = self.new_id(begin), self.area(venue)
        planned = stamp(end)
        yield self.event("session.opened", subject, begin,
                         content.opening(self.rng, area, venue, self.day.year, planned))  # fmt: skip
        is_over = end <= self.until
        people = list(self.attendance(subject, area, begin, min(end, self.until), max(0, size - 6) // 3))
        yield from people
        assists = size - len(people) - (2 if is_over else 1)
        for at in self.moments(begin, min(end, self.until), assists):
            yield self.visit(venue, subject, at)
        if is_over and size > 1:
            yield self.event("session.closed", subject, end,
                             content.closing(self.rng, self.site, area, assists))  # fmt: skip

    def attendance(self, session: str, area: str, begin: datetime, end: datetime, room: int) -> Iterator[Event]:
        """Some volunteers check in, most of them out again; one or another taps twice."""
        people = self.rng.sample(
            self.site.volunteers, min(self.rng.randint(0, 4), room // 3, len(self.site.volunteers))
        )
        for volunteer in people:
            data = {"area": area, "volunteer": volunteer}
            came, left = self.moments(begin, end, 2)
            for name, at in (("checked_in", came), ("checked_out", left))[: self.rng.choice((1, 2, 2, 2))]:
                yield self.event(f"attendance.{name}", session, at, data)
            if self.rng.random() < 0.15:
                at = came + timedelta(seconds=2)
                yield self.event("attendance.checked_in", session, at, data)

    def visit(self, venue: Venue, session: str, at: datetime) -> Event:
        area = self.area(venue)
        if self.rng.random() < 0.03:
            return self.event("feedback.raised", self.new_id(at), at, content.feedback(self.rng, area, session))
        data = content.assist(self.rng, self.site, venue.kind, self.day.year, venue, area)
        return self.event("assist.recorded", self.new_id(at), at, data | {"session": session})

    def alone(self, room: int) -> list[Event]:
        """Something without a session: a visit, or feedback, an incident, a proposal."""
        kind, at, area = self.somewhere()
        chance = self.rng.random()
        if chance < 0.08:
            data = content.feedback(self.rng, area, None)
            raised = self.event("feedback.raised", self.new_id(at), at, data)
            return [raised, *civic.steps(self, raised, room - 1)]
        if chance < 0.2:
            return [civic.incident(self, at, area)]
        if chance < 0.28:
            return civic.proposal(self, at, area, room)
        return [self.visit_alone(kind, at, area)]

    def somewhere(self) -> tuple[str, datetime, str]:
        """At the door in the daytime, or online at any hour; when, and in which area."""
        morning = datetime.combine(self.day, time(7, 30), LOCAL)
        kind = "online" if self.rng.random() < 0.3 or morning >= self.until else "door"
        begin = datetime.combine(self.day, time.min, LOCAL) if morning >= self.until else morning
        (at,) = self.moments(begin, self.until, 1)
        return kind, at, content.area_name(self.rng, self.site, self.group())

    def visit_alone(self, kind: str, at: datetime, area: str) -> Event:
        data = content.assist(self.rng, self.site, kind, self.day.year, None, area)
        if self.site.venues and kind == "online" and self.rng.random() < 0.3:
            data["venue"] = self.rng.choice(self.site.venues).id
        return self.event("assist.recorded", self.new_id(at), at, data)

    def moments(self, begin: datetime, end: datetime, count: int) -> list[datetime]:
        milliseconds = max(int((end - begin).total_seconds() * 1000) - 1, 1)
        drawn = (self.rng.randrange(1, milliseconds + 1) for _ in range(max(count, 0)))
        return [begin + timedelta(milliseconds=one) for one in sorted(drawn)]

    def area(self, venue: Venue) -> str:
        return content.area_name(self.rng, self.site, venue.group or self.group())

    def group(self) -> str | None:
        return self.rng.choice(self.site.groups) if self.site.groups and self.rng.random() < 0.85 else None

    def new_id(self, at: datetime) -> str:
        return uuid7(self.rng, at)

    def event(self, name: str, subject: str, at: datetime, data: dict) -> Event:
        in_utc = self.rng.random() < 0.2
        return Event(uuid7(self.rng, at), self.site.source, name, subject, at, data, in_utc)
