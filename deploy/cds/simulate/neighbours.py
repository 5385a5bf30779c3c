"""Neighbours: volunteers who helped residents of their own ward at a session of another ward, and name it.

Such an assist counts in its own ward. If the session is voided with its assists, it stays.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from deploy.cds.simulate.event import LOCAL, Event
from deploy.cds.simulate.world import Plan

SHARE = 0.08


def with_neighbours(plan: Plan, events: list[Event]) -> Iterator[Event]:
    sessions: dict[date, list[Event]] = defaultdict(list)
    for event in events:
        if event.name == "session.opened":
            sessions[event.at.astimezone(LOCAL).date()].append(event)
    rng = plan.generator("neighbours")
    for event in events:
        if event.name == "assist.recorded" and not event.data.keys() & {"session", "venue"} and rng.random() < SHARE:
            others = [one for one in sessions[event.at.astimezone(LOCAL).date()] if one.source != event.source]
            if others:
                event = replace(event, data={**event.data, "session": rng.choice(others).subject})
        yield event
