"""Odd but honest events: from phones with a wrong clock, about things that never come, and with last year's codes.

A wrong clock shifts an event by hours or days, also before what it is about. Of a feedback only the last step is
shifted, before its raising, where the platform cannot use it: the others could follow each other no more. Orphans wait
for ever. With stale codes the app of a ward that has ended goes on sending, with its old codes, for the ward that took
over.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from random import Random

from deploy.cds.simulate.event import LOCAL, Event, uuid7
from deploy.cds.simulate.standing import BEGINNING, UNKNOWN_SERVICE, by_time
from deploy.cds.simulate.world import Plan, Site

SHIFTED, ORPHANED, STALE = 0.04, 0.015, 0.06
# What can be without what it is about, by what is left out.
PARTS = ("assist", "feedback", "incident", "proposal")


def with_wrong_clocks(plan: Plan, events: list[Event]) -> list[Event]:
    rng = plan.generator("clocks")
    days = {site.source: set(plan.days_of(site)) for site in plan.sites}
    made, last = [], last_steps(events)
    for event in events:
        shifted = None
        if rng.random() < SHIFTED:
            raised = last.get(event.id)
            shifted = replace(event, at=raised.at - timedelta(hours=1)) if raised else shift(rng, plan, event)
        if shifted and "area" in event.data and shifted.at.astimezone(LOCAL).date() not in days[event.source]:
            shifted = None
        made.append(shifted or event)
    return made


def last_steps(events: list[Event]) -> dict[str, Event]:
    """The raising of each feedback, by the id of its last step."""
    raised = {event.subject: event for event in events if event.name == "feedback.raised"}
    last = {event.subject: event for event in sorted(events, key=by_time) if event.subject in raised}
    return {event.id: raised[subject] for subject, event in last.items() if event is not raised[subject]}


def shift(rng: Random, plan: Plan, event: Event) -> Event | None:
    """The event as of another time; what goes on with something only backwards, so that it may lie before it."""
    minutes = rng.choice((-3, -90, -600, -3000, 20, 700, 2880))
    if event.name not in BEGINNING:
        minutes = -abs(minutes)
    at = event.at + timedelta(minutes=minutes)
    is_possible = at.year >= 2020 and (plan.until is None or at <= plan.until)
    is_fixed = event.name == "tally.recorded" or event.name.startswith("feedback.")
    return replace(event, at=at) if is_possible and not is_fixed else None


def orphans(plan: Plan, events: list[Event]) -> Iterator[Event]:
    """Events as if what they are about had been lost; assists with a service of no catalogue; steps that never fit."""
    rng = plan.generator("orphans")
    for event in events:
        if rng.random() >= ORPHANED:
            continue
        lost = replace(event, id=uuid7(rng, event.at), subject=uuid7(rng, event.at))
        if event.name not in BEGINNING:
            yield lost
        elif event.name == "assist.recorded":
            yield replace(lost, data={**unclassified(event), "service": UNKNOWN_SERVICE})
        elif event.name == "feedback.raised":
            at = event.at + timedelta(milliseconds=1)
            early = {"reason_code": "not_done"}
            yield Event(lost.id, event.source, "feedback.reopened", event.subject, at, early)


def unclassified(event: Event) -> dict:
    """The data without what only some services may have."""
    return {name: value for name, value in event.data.items() if name not in ("stall", "quantity", "service_level")}


def with_stale_codes(plan: Plan, events: list[Event]) -> list[Event]:
    """Some things of today's wards, told from beginning to end by the app of a ward that has ended."""
    ended = [site for site in plan.sites if site.heirs]
    rng = plan.generator("stale codes")
    threads: dict[str, list[Event]] = defaultdict(list)
    for event in events:
        if event.name.split(".", maxsplit=1)[0] in PARTS:
            threads[event.subject].append(event)
    changed: dict[str, Event] = {}
    for thread in threads.values():
        if rng.random() < STALE and (possible := [told for old in ended if (told := restated(plan, old, thread))]):
            changed |= {event.id: event for event in rng.choice(possible)}
    return [changed.get(event.id, event) for event in events]


def restated(plan: Plan, old: Site, thread: list[Event]) -> list[Event]:
    """The thread in the words of an old app; nothing when it has no word for one of the areas."""
    wards = {site.source: site.ward for site in plan.sites}
    words = {meaning: word for word, meaning in old.heirs}
    told = []
    for event in thread:
        data = dict(event.data)
        if "area" in data:
            area, ward = str(data["area"]), wards[event.source]
            whole = area if area.isdigit() or "/" in area else f"{ward}/{area}"
            if whole not in words or event.at.astimezone(LOCAL).date() < old.valid_to:
                return []
            data["area"] = words[whole]
        data.pop("resident_area", None)
        told.append(replace(event, source=old.source, data=data))
    return told
