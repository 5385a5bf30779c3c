"""What happened in the sample: March 2023, the Youth Month of digital transformation, and the last 30 days.

Told as plans for the simulator, which is how it reaches the platform: through the public API, as everything
does. March 2023 is in the six wards of then; the last days are in today's two wards and end at `now`, never
later, and today is never empty.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from deploy.cds.simulate.event import LOCAL
from deploy.cds.simulate.habits import Habits
from deploy.cds.simulate.targets import client_entry
from deploy.cds.simulate.world import Plan, Site, Venue
from deploy.sample import place

SOME_CHANGES = Habits(corrections=True, voids=True)


def sites() -> tuple[Site, ...]:
    """The wards of the sample as their apps know them."""
    return tuple(site(client) for client in place.SAMPLE.clients)


def site(client: place.Client) -> Site:
    sample = place.SAMPLE
    groups = [g.code for g in sample.groups if (g.ward, g.valid_from) == (client.ward, client.valid_from)]
    people = [
        str(one.volunteer)
        for one in sample.volunteers
        if one.ward == client.ward and (one.joined_on >= place.REFORM_ON) == (client.valid_to is None)
    ]
    return Site(client.client_id, client.ward, client.name, tuple(groups), tuple(venues(client)),
                tuple(people), client.valid_from, client.valid_to or date(9999, 1, 1),
                tuple(heirs(client)))  # fmt: skip


def heirs(client: place.Client) -> list[tuple[str, str]]:
    """What an app of a ward that has ended still writes, and what it means since: its groups, and its code if that
    is not another ward's by now."""
    if client.valid_to is None:
        return []
    sample = place.SAMPLE
    ended = [group for group in sample.groups if (group.ward, group.valid_to) == (client.ward, client.valid_to)]
    into = {old: one.new for one in sample.group_successions for old in one.old}
    names = {group.area_id: f"{group.ward}/{group.code}" for group in sample.groups}
    found = [(group.code, names[into[group.area_id]]) for group in ended if into.get(group.area_id) in names]
    if not any(ward.code == client.ward and ward.valid_to is None for ward in sample.wards):
        found.append((client.ward, place.MAIN_SUCCESSOR[client.ward]))
    return found


def venues(client: place.Client) -> list[Venue]:
    return [
        Venue(str(one.venue), one.kind, one.group, one.stalls, one.stall_prefix or "CHO")
        for one in place.SAMPLE.venues
        if (one.area, one.valid_from) == (client.ward, client.valid_from)
    ]


def march_2023() -> Plan:
    wards = tuple(one for one in sites() if one.valid_to == place.REFORM_ON)
    return Plan(wards, date(2023, 3, 1), date(2023, 3, 31), 2500, "thang-thanh-nien-2023", SOME_CHANGES,
                until=datetime(2023, 4, 30, 12, 0, tzinfo=LOCAL))  # fmt: skip


def last_days(now: datetime | None = None, days: int = 30, events: int = 1500) -> Plan:
    """The days up to `now` in today's wards."""
    now = (now or datetime.now(UTC)).astimezone(LOCAL)
    wards = tuple(one for one in sites() if one.valid_to > now.date())
    return Plan(wards, now.date() - timedelta(days=days), now.date(), events, "hom-nay", SOME_CHANGES, until=now)


def plans(now: datetime | None = None) -> tuple[Plan, ...]:
    return march_2023(), last_days(now)


def clients_file(
    secrets: dict[str, str], urls: dict[str, str], viewer: tuple[str, str] | None = None
) -> dict[str, Any]:
    """The simulator's clients file for the sample; `urls` names registry, sessions and reporting."""
    entries = [client_entry(one, secrets[one.client_id]) for one in sites() if one.client_id in secrets]
    who = {"client_id": viewer[0], "client_secret": viewer[1]} if viewer else None
    return {**urls, "clients": entries} | ({"viewer": who} if who else {})
