"""Random histories of what ward apps report and the registry tells, as the log gives them: shards of accepted facts.

A history comes from a seed. It has what befalls a deployment: reforms of wards and groups, late and early arrivals around
22:00, corrections before their record, voids alone and with a session, services that become known later, paper books in
versions, steps of feedback in any order, volunteers who turn out to be one person. Any part of a history's acts makes a
history again, so a failing one can be made smaller (`smaller`).
"""

from __future__ import annotations

import datetime as dt
import os
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random

from services.sessions.contract import Submission
from shared.event_log import digest_of
from shared.events import facts
from shared.events.facts import Logged
from shared.segments import Segment, pack
from tests.support.accepting import Intake, book_of
from tests.support.plain.known import Shards, cut
from tests.support.reporting_apps import Apps, Sent
from tests.support.world import LAST, Told, World, local

HISTORIES = int(os.environ.get("CDS_MODEL_HISTORIES", "30"))
FIRST_SEED = int(os.environ.get("CDS_MODEL_SEED", "0"))
Act = Told | Sent
Segments = dict[tuple[str, int], list[Segment]]
EPOCH = uuid.UUID(int=1)
MOST_IN_A_SEGMENT = 26


@dataclass
class History:
    """What happened, and what the log has of it."""

    seed: int
    world: World
    acts: list[Act]
    shards: dict[tuple[str, int], list[Logged]] = field(default_factory=dict)
    refused: Counter[str] = field(default_factory=Counter)
    pending: int = 0

    @property
    def events(self) -> int:
        return sum(len(events) for events in self.shards.values())

    def with_acts(self, acts: list[Act]) -> History:
        return _logged(History(self.seed, self.world, acts))

    def segments(self, chance: Random, moment: dt.datetime | None = None) -> tuple[Segments, Segments]:
        """The shards cut into segments of random sizes: those in the cut of a closing at a moment, and the others."""
        before = cut(self.shards, moment) if moment else self.shards
        after = {shard: events[len(before[shard]) :] for shard, events in self.shards.items()}
        first = _segments(before, chance, {})
        return first, _segments(after, chance, {shard: len(found) for shard, found in first.items()})


def _segments(shards: Shards, chance: Random, numbers: Mapping[tuple[str, int], int]) -> Segments:
    made: Segments = {}
    for (stream, shard), events in sorted(shards.items()):
        parts = enumerate(_parts(events, chance), numbers.get((stream, shard), 0) + 1)
        made[stream, shard] = [
            Segment(stream, EPOCH, shard, number, len(part), pack([facts.encode(event) for event in part]))
            for number, part in parts
        ]
    return made


def history(seed: int, size: int = 120) -> History:
    """A history of some `size` reports."""
    chance = Random(seed)
    world = World.random(chance)
    sent = Apps(chance, world, book_of([told.data for told in world.told])).reports(size)
    acts: list[Act] = sorted([*world.told, *sent], key=lambda act: act.at)
    return _logged(History(seed, world, acts))


def _logged(history: History) -> History:
    """The shards, by the rules of the intake. What waits is tried again now and then, and in the end."""
    chance = Random(history.seed)
    intake = Intake(history.world.tops[0], chance.choice([1, 3, 4]))
    intake.known.volunteers = frozenset(history.world.volunteers[:-1])
    for act in history.acts:
        if isinstance(act, Told):
            intake.learn(act)
        else:
            now = act.at + dt.timedelta(milliseconds=chance.randrange(1500))
            intake.take(_submission(act), now, list(act.marks))
            if chance.random() < 0.3:
                intake.resolve(now)
    intake.resolve(local(LAST, 23))
    intake.resolve(local(LAST, 23, 30))
    history.refused, history.pending = intake.refused, len(intake.pending)
    history.shards = {key: events for key, events in sorted(intake.shards.items()) if events}
    return history


def _submission(sent: Sent) -> Submission:
    return Submission(
        id=sent.id, source=f"/apps/{sent.client}", type=sent.data.ce_type(), subject=sent.subject, time=sent.time,
        data=sent.data, digest=digest_of(sent.id.bytes),
    )  # fmt: skip


def _parts(events: Sequence[Logged], chance: Random) -> Iterator[Sequence[Logged]]:
    start = 0
    while start < len(events):
        size = chance.randrange(1, MOST_IN_A_SEGMENT)
        yield events[start : start + size]
        start += size


def interleaved(segments: Segments, chance: Random) -> list[Segment]:
    """The segments of all shards in one random order that keeps the order of each shard."""
    waiting = [list(of_shard) for of_shard in segments.values() if of_shard]
    found: list[Segment] = []
    while waiting:
        chosen = chance.choice(waiting)
        found.append(chosen.pop(0))
        waiting = [of_shard for of_shard in waiting if of_shard]
    return found


def smaller(history: History, fails: Callable[[History], bool], tries: int = 120) -> History:
    """A part of a failing history that still fails: ever smaller stretches of what was sent are left out."""
    sent = [act for act in history.acts if isinstance(act, Sent)]
    stretch = len(sent) // 2
    while stretch and tries > 0:
        start = 0
        while start < len(sent) and tries > 0:
            tries -= 1
            fewer = sent[:start] + sent[start + stretch :]
            left = {act.id for act in fewer}
            less = history.with_acts([act for act in history.acts if isinstance(act, Told) or act.id in left])
            if fails(less):
                history, sent = less, fewer
            else:
                start += stretch
        stretch //= 2
    return history


def told(events: Sequence[Logged]) -> list[str]:
    """Events for a failing test's message."""
    return [f"{event.time.isoformat()} {event.type[16:-3]} {bytes(event.data).decode()}" for event in events]
