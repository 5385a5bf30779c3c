"""Corrections, and all else that honest apps say besides what happened: voids, and what comes of odd phones.

A correction carries the whole new record; it may move the assist to another day, area or service, and an
assist may be corrected several times, now and then twice in the same millisecond, so that the identifier
decides. Each is later than its record by its own time; in which order they arrive is for `delivery` to say.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from random import Random
from typing import Any

from deploy.cds.simulate import content
from deploy.cds.simulate.event import LOCAL, Event, later, stamp, uuid7
from deploy.cds.simulate.oddities import orphans, with_stale_codes, with_wrong_clocks
from deploy.cds.simulate.traffic import honest
from deploy.cds.simulate.voids import voids
from deploy.cds.simulate.world import Plan, Site

CORRECTED = 0.09


def everything(plan: Plan) -> list[Event]:
    """All that the apps of a plan say, in no order that matters: what happened, and what its habits make of it."""
    events = honest(plan)
    events += changes(plan, events)
    if plan.habits.clocks:
        events = with_wrong_clocks(plan, events)
    if plan.habits.orphans:
        events += list(orphans(plan, events))
    return with_stale_codes(plan, events) if plan.habits.stale_codes else events


def changes(plan: Plan, events: list[Event]) -> list[Event]:
    """The corrections and voids of these events that the habits of the plan ask for."""
    made: list[Event] = []
    for site in plan.sites:
        records = [e for e in events if e.source == site.source and e.name == "assist.recorded"]
        if plan.habits.corrections:
            made += corrections(plan, site, records)
    if plan.habits.voids:
        made += voids(plan, events)
    return made


def corrections(plan: Plan, site: Site, records: list[Event]) -> Iterator[Event]:
    rng = plan.generator("corrections", site.client_id)
    days = plan.days_of(site)
    for record in records:
        if rng.random() < CORRECTED:
            at = record.at
            for _ in range(rng.choice((1, 1, 1, 2, 3))):
                at = at if at > record.at and rng.random() < 0.15 else later(rng, at, plan.until)
                yield Event(uuid7(rng, at), site.source, "assist.corrected", record.subject, at,
                            corrected(rng, site, record, days), rng.random() < 0.2)  # fmt: skip


def corrected(rng: Random, site: Site, record: Event, days: list[date]) -> dict[str, Any]:
    data = {**record.data, "happened_at": stamp(record.at), "reason_code": "typo"}
    change = rng.choice((wrong_outcome, wrong_service, wrong_area, wrong_day, wrong_person))
    return tidy(data | change(rng, site, record, days))


def tidy(data: dict[str, Any]) -> dict[str, Any]:
    """Without what belonged to the service or the outcome that the record said before."""
    stale = set()
    if data["service"] not in content.STALL_SERVICES:
        stale.add("stall")
    if data["service"] not in content.RECORD_SERVICES:
        stale.add("quantity")
    if data["service"] != "online_public_service":
        stale.add("service_level")
    if data["outcome"] not in ("failed", "to_return"):
        stale.add("reason")
    if data["outcome"] != "referred":
        stale.add("referred_to")
    return {name: value for name, value in data.items() if name not in stale}


def wrong_outcome(rng: Random, site: Site, record: Event, days: list[date]) -> dict[str, Any]:
    outcome = content.outcome_of(rng, record.data["service"])
    demanded = {"failed": {"reason": "other"}, "to_return": {"reason": "sim_not_owner"},
                "referred": {"referred_to": "police_ward"}}  # fmt: skip
    return {"outcome": outcome, "reason_code": "wrong_outcome", **demanded.get(outcome, {})}


def wrong_service(rng: Random, site: Site, record: Event, days: list[date]) -> dict[str, Any]:
    service = rng.choice(("vneid_activation", "digital_skills", "online_safety", "app_installation"))
    return {"service": service, "reason_code": "wrong_service"}


def wrong_area(rng: Random, site: Site, record: Event, days: list[date]) -> dict[str, Any]:
    area = content.area_name(rng, site, rng.choice((*site.groups, "")) or None)
    return {"area": area, "reason_code": "wrong_area"}


def wrong_day(rng: Random, site: Site, record: Event, days: list[date]) -> dict[str, Any]:
    """Keyed in on the wrong day: it happened at the same hour of one of the nearest other working days."""
    local = record.at.astimezone(LOCAL)
    near = sorted(days, key=lambda day: abs((day - local.date()).days))[:4]
    happened = datetime.combine(rng.choice([day for day in near if day <= local.date()]), local.timetz())
    return {"happened_at": stamp(happened), "reason_code": "other"}


def wrong_person(rng: Random, site: Site, record: Event, days: list[date]) -> dict[str, Any]:
    return {"age_band": content.draw(rng, content.AGES["else"]), "reason_code": "wrong_person"}
