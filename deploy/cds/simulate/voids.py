"""Voids: sessions with or without their assists, assists, tallies and incidents that are taken back for good.

Of each kind that is said more than a few times one at least is taken back, so that a short run has every type too.
Some are taken back twice, a session now and then first without and then with its assists. Each is later than what it
takes back by its own time; in which order they arrive is for `delivery` to say.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from deploy.cds.simulate.event import Event, later, uuid7
from deploy.cds.simulate.world import Plan

SHARES = {"assist.recorded": 0.05, "session.opened": 0.08, "tally.recorded": 0.1, "incident.reported": 0.2}
REASONS = ("duplicate", "test", "not_happened", "wrong_person", "other")
TWICE = 0.15
FEW = 5


def voids(plan: Plan, events: list[Event]) -> Iterator[Event]:
    rng, seen = plan.generator("voids"), set[str]()
    for event in events:
        if event.subject in seen or rng.random() >= SHARES.get(event.name, 0):
            continue
        seen.add(event.subject)
        first = void(rng, plan, event)
        yield first
        if rng.random() < TWICE:
            yield void(rng, plan, event, with_assists=True)
    for name in SHARES:
        subjects = {event.subject: event for event in events if event.name == name}
        if len(subjects) > FEW and seen.isdisjoint(subjects):
            yield void(rng, plan, rng.choice(list(subjects.values())))


def void(rng: Random, plan: Plan, event: Event, *, with_assists: bool | None = None) -> Event:
    at = later(rng, event.at, plan.until)
    data: dict[str, object] = {"reason_code": rng.choice(REASONS)}
    if event.name == "session.opened":
        data["void_assists"] = rng.random() < 0.5 if with_assists is None else with_assists
    name = f"{event.name.split('.', maxsplit=1)[0]}.voided"
    return Event(uuid7(rng, at), event.source, name, event.subject, at, data)
