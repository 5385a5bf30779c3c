"""From events to requests: in which order, how often, how much later and from which phone they are sent.

Each phone of a ward app is a lane of parcels that it sends one after another; lanes run at the same time,
so a copy that lies in another lane at the same moment is a concurrent duplicate. Nothing here changes what
is said: every honest event is in some parcel at least once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from zlib import crc32

from deploy.cds.simulate.changes import everything
from deploy.cds.simulate.event import Event
from deploy.cds.simulate.malformed import (
    ALONE,
    AMONG_GOOD,
    REPEATING,
    Item,
    honest_item,
    malformed_item,
)
from deploy.cds.simulate.standing import BEGINNING, UNKNOWN_SERVICE
from deploy.cds.simulate.world import Plan, Site

COPIED, MALFORMED, LATE, RESENT, EARLY = 0.08, 0.04, 0.06, 0.03, 0.25
LARGEST = 500


@dataclass(frozen=True, slots=True)
class Parcel:
    """One request: `binary` and `structured` carry one event, `batch` several, `raw` a body as it stands."""

    items: tuple[Item, ...]
    mode: str
    is_gzipped: bool = False


Lanes = dict[tuple[Site, int], list[Parcel]]
Queued = tuple[datetime, int, Item]


def lanes(plan: Plan) -> Lanes:
    events = everything(plan)
    found: Lanes = {}
    for site in plan.sites:
        own = [event for event in events if event.source == site.source]
        if own:
            for phone, queue in enumerate(Phones(plan, site).queues(own)):
                found[site, phone] = list(parcels(plan, site, phone, queue))
    return found


class Phones:
    """The phones of one ward: which of them sends an event, when, and whether once or twice."""

    def __init__(self, plan: Plan, site: Site) -> None:
        self.plan, self.site, self.habits = plan, site, plan.habits
        self.rng = plan.generator("phones", site.client_id)
        self.spans = [timedelta(hours=self.rng.randint(6, 60)) for _ in range(plan.phones)]

    def queues(self, events: list[Event]) -> list[list[Item]]:
        queues: list[list[Queued]] = [[] for _ in range(self.plan.phones)]
        for number, event in enumerate(events):
            phone = self.phone_of(event)
            due = self.due(event, phone)
            item = honest_item(event)
            queues[phone].append((due, number, item))
            if self.habits.duplicates and self.rng.random() < COPIED:
                self.copy(queues, phone, (due, number, item))
        return [[item for _, _, item in sorted(queue, key=lambda one: one[:2])] for queue in queues]

    def phone_of(self, event: Event) -> int:
        """All of a session from one phone; with shuffled habits, from whichever."""
        if self.habits.shuffle and self.rng.random() < 0.3:
            return self.rng.randrange(self.plan.phones)
        return crc32(str(event.data.get("session", event.subject)).encode()) % self.plan.phones

    def due(self, event: Event, phone: int) -> datetime:
        due = event.at
        if self.habits.shuffle and self.rng.random() < 0.25:
            due += timedelta(minutes=self.rng.gauss(0, 240))
        if self.habits.shuffle and event.name not in BEGINNING and self.rng.random() < EARLY:
            due -= timedelta(hours=self.rng.randint(1, 96))  # often before what it is about
        if self.habits.late and self.rng.random() < LATE:
            due += timedelta(days=self.rng.randint(1, 9))
        if self.habits.bursts:
            due = self.back_online(due, phone)
        return due

    def back_online(self, due: datetime, phone: int) -> datetime:
        """Half of the spans of 6 to 60 hours a phone has no network; what it holds goes out at their end."""
        span, start = self.spans[phone], datetime(2020, 1, 1, tzinfo=due.tzinfo)
        number = (due - start) // span
        is_offline = crc32(f"{self.plan.seed}/{self.site.client_id}/{phone}/{number}".encode()) % 2 == 0
        return start + (number + 1) * span if is_offline else due

    def copy(self, queues: list[list[Queued]], phone: int, queued: Queued) -> None:
        """A second time: beside the first, in a later parcel, or from another phone at the same moment."""
        due, number, item = queued
        where = self.rng.choice(("beside", "later", "elsewhere"))
        if where == "later":
            due += timedelta(hours=self.rng.randint(1, 72))
        if where == "elsewhere":
            phone = (phone + 1) % len(queues)
        queues[phone].append((due, number, item))


def parcels(plan: Plan, site: Site, phone: int, queue: list[Item]) -> Iterator[Parcel]:
    rng = plan.generator("parcels", site.client_id, phone)
    begin = 0
    while begin < len(queue):
        size = parcel_size(rng, is_bursting=plan.habits.bursts)
        items, sent = queue[begin : begin + size], queue[max(0, begin - LARGEST) : begin]
        begin += size
        is_gzipped = len(items) > 1 and rng.random() < 0.5
        if plan.habits.malformed:
            yield from broken_parcels(rng, site, items)
            items = spoiled(rng, site, items, sent)
        parcel = Parcel(tuple(items), mode_of(rng, items), is_gzipped)
        yield parcel
        if plan.habits.duplicates and rng.random() < RESENT:
            yield parcel


def parcel_size(rng: Random, *, is_bursting: bool) -> int:
    shape = rng.choices(("one", "few", "many"), weights=(50, 30, 20))[0]
    ranges = {"one": (1, 1), "few": (2, 25), "many": (60, LARGEST if is_bursting else 180)}
    return rng.randint(*ranges[shape])


def mode_of(rng: Random, items: list[Item]) -> str:
    if len(items) > 1 or not isinstance(items[0].value(), dict):
        return "batch"
    if items[0].is_malformed:
        return rng.choice(("structured", "batch"))
    return rng.choice(("binary", "structured", "structured", "batch"))


def spoiled(rng: Random, site: Site, items: list[Item], sent: list[Item]) -> list[Item]:
    """The same items with malformed ones among them; those that repeat, repeat something sent before."""
    mixed: list[Item] = []
    for item in items:
        mixed.append(item)
        if rng.random() < MALFORMED and item.event and item.event.name == "assist.recorded":
            kind = rng.choice(list(AMONG_GOOD))
            mixed.append(malformed_item(rng, site, kind, item.event, rng.getrandbits(48)))
    before = [item.event for item in sent if item.event and is_begun(item.event)]
    if before and rng.random() < 0.3:
        kind, event = rng.choice(list(REPEATING)), rng.choice(before)
        mixed.append(malformed_item(rng, site, kind, event, rng.getrandbits(48)))
    return mixed


def is_begun(event: Event) -> bool:
    """Whether an event has begun an assist, so that another beginning of the same must be refused."""
    return event.name == "assist.recorded" and event.data["service"] != UNKNOWN_SERVICE


def broken_parcels(rng: Random, site: Site, items: list[Item]) -> Iterator[Parcel]:
    event = next((item.event for item in items if item.event), None)
    if event and rng.random() < MALFORMED:
        kind = rng.choice(list(ALONE))
        yield Parcel((malformed_item(rng, site, kind, event, rng.getrandbits(48)),), "raw")
