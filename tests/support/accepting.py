"""The intake without its database: what becomes of submissions, by the rules of the sessions service, in memory.

The decisions are those of the service itself, so that facts carry what the log would carry; only the tables are not there.
What waits for something is tried again whenever the test says.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from uuid import UUID

from services.sessions import commands
from services.sessions.commands import Context, Writes
from services.sessions.contract import Rejected, Submission
from services.sessions.decide import Pending, decide
from services.sessions.decide.services import Service
from services.sessions.entities import Entities
from services.sessions.places import Caller, Located, Places
from shared.areas import Area, AreaBook
from shared.events import facts, registry
from shared.events.base import Event
from shared.events.facts import Logged
from tests.support.world import Told


@dataclass
class Intake:
    """`shards` are the events of each shard of each stream, in the order of the log."""

    top: UUID
    shard_count: int
    known: Entities = field(default_factory=Entities)
    shards: dict[tuple[str, int], list[Logged]] = field(default_factory=lambda: defaultdict(list))
    pending: list[tuple[Located, str]] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)
    _services: dict[str, Service] = field(default_factory=dict)
    _areas: list[Event] = field(default_factory=list)
    _book: AreaBook = field(default_factory=AreaBook)

    def learn(self, told: Told) -> None:
        """The registry tells something."""
        self.shards["registry", 0].append(_of_registry(told))
        if isinstance(told.data, registry.ServiceDeclared):
            self._services[told.data.service] = Service(told.data.unit, told.data.may_return)
        if isinstance(told.data, registry.AreaDeclared | registry.AreaSucceeded):
            self._areas.append(told.data)
            self._book = book_of(self._areas)

    def take(self, sent: Submission, now: dt.datetime, marks: list[str]) -> None:
        """An app sends something."""
        places = self._places(sent.source)
        try:
            self._decide(places.locate(sent, marks), places, now)
        except Rejected as rejected:
            self.refused[rejected.code] += 1

    def resolve(self, now: dt.datetime) -> None:
        """What waits is tried again, once each."""
        waiting, self.pending = self.pending, []
        for item, source in waiting:
            try:
                self._decide(item, self._places(source), now)
            except Rejected as rejected:
                self.refused[rejected.code] += 1

    def _places(self, source: str) -> Places:
        return Places(self._book, Caller(source.removeprefix("/apps/"), frozenset({self.top})))

    def _decide(self, item: Located, places: Places, now: dt.datetime) -> None:
        sent = item.submission
        decision = decide(item, self.known, places, self._services)
        if isinstance(decision, Pending):
            self.pending.append((item, sent.source))
            return
        writes = Writes()
        caller = Caller(sent.source.removeprefix("/apps/"), frozenset({self.top}))
        commands.note(
            item, decision, self.known, writes, Context(1, caller, places, self.shard_count, now, self._services)
        )
        for entry in writes.entries:
            self.shards["sessions", entry.shard].extend(facts.decode_batch(b"[" + entry.body + b"]"))


def _of_registry(told: Told) -> Logged:
    return Logged(
        specversion="1.0", id=UUID(int=told.subject.int ^ hash_of(told)), source="/registry", type=told.data.ce_type(),
        subject=told.subject, time=told.time or told.at, recordedtime=told.time or told.at, partitionkey="reference",
        data=facts.encode_data(told.data),
    )  # fmt: skip


def hash_of(told: Told) -> int:
    """Tells the events of one subject apart."""
    return int(told.at.timestamp() * 1000) ^ len(facts.encode_data(told.data))


def book_of(told: list[Event]) -> AreaBook:
    """The book of areas that these facts make."""
    areas: dict[UUID, Area] = {}
    placed: dict[UUID, dict[dt.date, UUID]] = defaultdict(dict)
    book = AreaBook()
    for fact in told:
        if isinstance(fact, registry.AreaDeclared):
            areas[fact.area_id] = Area(
                fact.area_id, fact.code, fact.name, fact.level, fact.local_label, fact.valid_from, fact.valid_to
            )
            if fact.parent:
                placed[fact.area_id][fact.valid_from] = fact.parent
        elif isinstance(fact, registry.AreaSucceeded):
            _succeed(fact, areas, placed, book)
    for area in sorted(areas.values(), key=lambda area: (area.valid_from, area.area_id)):
        book.add(area)
    for area_id, since in placed.items():
        for day in sorted(since):
            book.place(area_id, since[day], day)
    return book


def _succeed(
    fact: registry.AreaSucceeded, areas: dict[UUID, Area], placed: dict[UUID, dict[dt.date, UUID]], book: AreaBook
) -> None:
    staying = {successor.area_id for successor in fact.to}
    for ended in [area for area in fact.from_ if area not in staying]:
        areas[ended] = replace(areas[ended], valid_to=fact.on - dt.timedelta(days=1))
        heirs = [(successor.is_main, successor.area_id) for successor in fact.to]
        book._successors[ended] = sorted(heirs, key=lambda heir: (not heir[0], heir[1]))
    for successor in fact.to:
        for group in successor.groups:
            placed[group][fact.on] = successor.area_id
