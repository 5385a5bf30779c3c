"""What ward apps send in a random history: the makers of each event type, all from one random generator."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any
from uuid import UUID

from shared.areas import AreaBook
from shared.clock import local_day
from shared.events import sessions
from shared.events.base import Event
from tests.support.world import FIRST, LAST, ONE, SERVICES, World, local

BUSY_DAY = FIRST + ONE * 3
TOKENS = [f"k1.{letter * 43}" for letter in "ABCDE"]
STALLS = ["CHO/A1", "CHO/A2", "CHO/A3"]
AGES: tuple[Any, ...] = ("0_5", "14_15", "16_30", "60_plus", "unknown")
OUTCOMES: tuple[Any, ...] = ("completed", "completed", "completed", "to_return", "referred", "failed")
OFFICES = ("police_ward", "one_stop")
THEMES: tuple[Any, ...] = ("identity", "payment", "infrastructure")
WEIGHTS = {
    "assist": 40, "correction": 14, "assist_void": 5, "opening": 9, "closing": 8, "session_void": 2, "check_in": 9,
    "check_out": 6, "tally": 12, "tally_void": 1, "feedback": 6, "step": 14, "incident": 3, "incident_void": 1,
    "proposal": 3, "answer": 2,
}  # fmt: skip
# What goes on with something named before.
ABOUT = {
    "correction": "assist", "assist_void": "assist", "closing": "session", "session_void": "session",
    "check_in": "session", "check_out": "session", "tally_void": "tally", "step": "feedback",
    "incident_void": "incident", "answer": "proposal",
}  # fmt: skip


@dataclass(frozen=True)
class Sent:
    """An app sent an event, which arrived at a moment."""

    at: dt.datetime
    id: UUID
    client: str
    subject: UUID
    time: dt.datetime
    data: Event
    marks: tuple[str, ...] = ()


@dataclass
class Apps:
    """The apps of some wards, and what they have named so far."""

    chance: Random
    world: World
    book: AreaBook
    subjects: dict[str, list[UUID]] = field(default_factory=dict)
    areas: dict[UUID, str] = field(default_factory=dict)
    times: dict[UUID, dt.datetime] = field(default_factory=dict)  # of the first event about each
    last_book: tuple[str, dt.date] | None = None
    day: dt.date = FIRST  # of the event that is made
    about: UUID | None = None  # what the event that is made goes on with

    def reports(self, size: int) -> list[Sent]:
        names = self.chance.choices(list(WEIGHTS), list(WEIGHTS.values()), k=size)
        return [self._sent(name) for name in names]

    def _sent(self, name: str) -> Sent:
        self.about = self._known(ABOUT[name]) if name in ABOUT else None
        time = self._time_after(self.times[self.about]) if self.about in self.times else self._time()
        self.day = local_day(time)
        maker: Callable[[dt.datetime], tuple[UUID, Event]] = getattr(self, f"_{name}")
        subject, data = maker(time)
        self.times.setdefault(subject, time)
        client = f"app-{subject.int % 3}" if self.chance.random() < 0.9 else "app-0"
        marks = ("clock_suspect",) if self.chance.random() < 0.05 else ()
        return Sent(self._arrival(time), self.world.new_id(), client, subject, time, data, marks)

    # -- times ---------------------------------------------------------------------------------------------------------

    def _day(self) -> dt.date:
        if self.chance.random() < 0.35:
            return BUSY_DAY  # books and singles of one ward and day meet
        return FIRST + ONE * self.chance.randrange((LAST - FIRST).days)

    def _time(self) -> dt.datetime:
        """In the evening mostly; now and then just before or after the closing, or over midnight."""
        if self.chance.random() < 0.1:
            return local(self._day(), 21, 59, 59) + dt.timedelta(milliseconds=self.chance.choice([0, 900, 1000, 1100]))
        return local(self._day(), self.chance.choice([9, 17, 18, 19, 20, 23]), self.chance.choice([0, 15, 30, 59]))

    def _time_after(self, begun: dt.datetime) -> dt.datetime:
        """Within the evening mostly, a day or two later at times; before it by a wrong clock."""
        hours = self.chance.choice([0, 0.5, 1, 1, 2, 3, 5, 24, 50, -1])
        return begun + dt.timedelta(hours=hours, minutes=self.chance.choice([0, 0, 1, 10]))

    def _arrival(self, time: dt.datetime) -> dt.datetime:
        """At once, in a while, days later, or before its time by a wrong clock."""
        kind = self.chance.choices(["soon", "later", "late", "early"], [70, 15, 10, 5])[0]
        minutes = {"soon": self.chance.random() / 10, "later": 90.0, "late": 2880.0, "early": -30.0}[kind]
        return time + dt.timedelta(minutes=minutes * self.chance.random() if kind != "soon" else minutes)

    # -- what is named -------------------------------------------------------------------------------------------------

    def _new(self, kind: str) -> UUID:
        made = self.world.new_id()
        self.subjects.setdefault(kind, []).append(made)
        return made

    def _known(self, kind: str) -> UUID:
        """Something named before, mostly of late."""
        known = self.subjects.get(kind) or [self._new(kind)]
        return self.chance.choice(known[-6:] if self.chance.random() < 0.8 else known)

    def _going_on(self) -> UUID:
        assert self.about is not None
        return self.about

    def _maybe(self, share: float, value: Any) -> Any:
        return value if self.chance.random() < share else None

    def _area(self, share_of_tops: float = 0.04, day: dt.date | None = None) -> str:
        """A reference that means something on the day; now and then one of another day, whose area may be dead by then."""
        if self.chance.random() < share_of_tops:
            return "309"
        on = day or self.day
        found = self._references(on if self.chance.random() < 0.93 else self._day())
        return self.chance.choice(found[-3:] if on == BUSY_DAY else found)

    def _references(self, day: dt.date) -> list[str]:
        wards = [area for area in self.book.areas.values() if area.level == "ward" and area.is_valid_on(day)]
        groups = [f"{ward.code}/{group.code}" for ward in wards for group in self.book.groups(ward.area_id, day)]
        return [*(ward.code for ward in wards[:-1]), *groups, *(ward.code for ward in wards[-1:])]

    def _volunteers(self, most: int) -> list[UUID]:
        return self.chance.sample(self.world.volunteers, self.chance.randrange(most + 1))

    def _of_session(self) -> UUID | None:
        return self._maybe(0.4, self._known("session"))

    # -- assists -------------------------------------------------------------------------------------------------------

    def _assist(self, _: dt.datetime) -> tuple[UUID, Event]:
        return self._new("assist"), sessions.AssistRecorded(**self._record())

    def _correction(self, time: dt.datetime) -> tuple[UUID, Event]:
        happened = time if self.chance.random() < 0.6 else self._time()
        self.day = local_day(happened)
        return self._going_on(), sessions.AssistCorrected(**self._record(), happened_at=happened, reason_code="typo")

    def _record(self) -> dict[str, Any]:
        service, outcome = (
            self.chance.choice(["vneid_activation", "vneid_activation", *SERVICES]),
            self.chance.choice(OUTCOMES),
        )
        unit, session = SERVICES[service][0], self._of_session()
        return {
            "area": self._area(), "service": service, "outcome": outcome,
            "resident_area": self._maybe(0.3, self._area()),
            "resident_token": self._maybe(0.7 if unit == "resident" else 0.1, self.chance.choice(TOKENS)),
            "age_band": self.chance.choice(AGES),
            "channel": self.chance.choice(["at_venue", "at_venue", "phone"]),
            "session": session,
            "venue": None if session else self._maybe(0.5, self.chance.choice(self.world.venues)),
            "volunteers": self._volunteers(3),
            "helper_age_band": self.chance.choice(["16_30", "31_59", "unknown"]),
            "reason": self.chance.choice(["sim_not_owner", "declined"]) if outcome in ("failed", "to_return") else None,
            "referred_to": "police_ward" if outcome == "referred" else None,
            "stall": self.chance.choice(STALLS) if unit == "stall" else None,
            "quantity": self.chance.randrange(1, 30) if unit == "record" else 1,
        }  # fmt: skip

    def _assist_void(self, _: dt.datetime) -> tuple[UUID, Event]:
        return self._going_on(), sessions.AssistVoided(reason_code="duplicate")

    # -- sessions ------------------------------------------------------------------------------------------------------

    def _opening(self, time: dt.datetime) -> tuple[UUID, Event]:
        subject = self._new("session")
        self.areas[subject] = self._area()
        hours = self.chance.choice([1, 2, 5])
        return subject, sessions.SessionOpened(
            area=self.areas[subject],
            kind=self.chance.choice(["support", "support", "awareness", "training", "launch"]),
            venue=self._maybe(0.7, self.chance.choice(self.world.venues)),
            team=self._maybe(0.5, self.chance.choice(self.world.teams)),
            planned_end=self._maybe(0.6, time + dt.timedelta(hours=hours)),
        )

    def _closing(self, _: dt.datetime) -> tuple[UUID, Event]:
        subject = self._going_on()
        return subject, sessions.SessionClosed(
            area=self.areas.get(subject) or self._area(),
            present=self._volunteers(4),
            attendees=self.chance.randrange(50),
            households_visited=self.chance.randrange(9),
            left_waiting=self.chance.randrange(9),
        )

    def _session_void(self, _: dt.datetime) -> tuple[UUID, Event]:
        return self._going_on(), sessions.SessionVoided(reason_code="test", void_assists=self.chance.random() < 0.6)

    def _attending(self) -> tuple[UUID, dict[str, Any]]:
        subject = self._going_on()
        return subject, {
            "area": self.areas.get(subject) or self._area(),
            "volunteer": self.chance.choice(self.world.volunteers),
        }

    def _check_in(self, _: dt.datetime) -> tuple[UUID, Event]:
        subject, data = self._attending()
        return subject, sessions.CheckedIn(**data)

    def _check_out(self, _: dt.datetime) -> tuple[UUID, Event]:
        subject, data = self._attending()
        return subject, sessions.CheckedOut(**data)

    # -- books ---------------------------------------------------------------------------------------------------------

    def _tally(self, _: dt.datetime) -> tuple[UUID, Event]:
        is_new = self.chance.random() < 0.6
        if self.last_book is None or self.chance.random() < 0.6:  # else two books of one place and day meet
            day = self._day()
            self.last_book = (self._area(0.0, day), day)
        area, day = self.last_book
        subject = self._new("tally") if is_new else self._known("tally")
        return subject, sessions.TallyRecorded(
            area=area,
            day=day,
            version=1 if is_new else self.chance.randrange(1, 4),
            covers=self.chance.choice(["unlisted", "all", "all"]),
            session=self._of_session(),
            lines=[self._line() for _ in range(self.chance.randrange(4))],
        )

    def _line(self) -> sessions.TallyLine:
        count = self.chance.randrange(1, 12)
        if self.chance.random() < 0.4:  # of one cell often, so that the order of books matters
            return sessions.TallyLine(service="vneid_activation", outcome="completed", count=count)
        return sessions.TallyLine(
            service=self.chance.choice(
                ["vneid_activation", "vneid_activation", "digital_skills", "sampling_entry", "stall_qr_setup"]
            ),
            outcome=self.chance.choice(OUTCOMES),
            count=count,
            age_band=self._maybe(0.4, self.chance.choice(AGES)),
            resident_area=self._maybe(0.3, self._area(0.0)),
        )

    def _tally_void(self, _: dt.datetime) -> tuple[UUID, Event]:
        return self._going_on(), sessions.TallyVoided(reason_code="test")

    # -- what residents said -------------------------------------------------------------------------------------------

    def _feedback(self, time: dt.datetime) -> tuple[UUID, Event]:
        due_on = self._maybe(0.7, time.date() + ONE * self.chance.randrange(4))
        return self._new("feedback"), sessions.FeedbackRaised(
            area=self._area(), kind="question", theme=self.chance.choice(THEMES), text="-", due_on=due_on
        )

    def _step(self, time: dt.datetime) -> tuple[UUID, Event]:
        subject, office = self._going_on(), self.chance.choice(OFFICES)
        due_on = self._maybe(0.3, time.date() + ONE * self.chance.randrange(3))
        result: Any = self.chance.choice(["done", "explained", "withdrawn", "duplicate"])
        other = self.world.new_id() if result == "duplicate" else None
        makers: list[Callable[[], Event]] = [
            lambda: sessions.FeedbackForwarded(to_office=office, due_on=due_on),
            lambda: sessions.FeedbackAnswered(office=office, text="-"),
            lambda: sessions.FeedbackResolved(result=result, duplicate_of=other),
            lambda: sessions.FeedbackReopened(reason_code="not_done", due_on=due_on),
        ]
        return subject, self.chance.choice(makers)()

    def _incident(self, _: dt.datetime) -> tuple[UUID, Event]:
        kind: Any = self.chance.choice(["online_scam", "malware"])
        return self._new("incident"), sessions.IncidentReported(area=self._area(), kind=kind, via="zalo")

    def _incident_void(self, _: dt.datetime) -> tuple[UUID, Event]:
        return self._going_on(), sessions.IncidentVoided(reason_code="test")

    def _proposal(self, _: dt.datetime) -> tuple[UUID, Event]:
        one = self._maybe(0.5, self.chance.choice(self.world.volunteers))
        return self._new("proposal"), sessions.ProposalSubmitted(
            area=self._area(), addressed_to="youth_union", theme="policy", text="-", volunteer=one
        )

    def _answer(self, _: dt.datetime) -> tuple[UUID, Event]:
        result: Any = self.chance.choice(["accepted", "partly", "declined"])
        return self._going_on(), sessions.ProposalAnswered(result=result)
