"""The places that the simulated apps know, and the plan of a simulation.

A `Site` is a ward as its app knows it: its groups, venues and volunteers. A `Plan` says which sites work on
which days, how much, from which seed and with which habits; the same plan always makes the same traffic.
Its `busy` days are left alone, and only on its `fresh` days may a paper count state the whole of an area.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from random import Random

from deploy.cds.simulate.habits import HONEST, Habits

WardDay = tuple[str, date]


@dataclass(frozen=True, slots=True)
class Venue:
    id: str
    kind: str = "cultural_house"
    group: str | None = None
    stalls: int = 0
    stall_prefix: str = "CHO"

    def stall(self, rng: Random) -> str:
        number = rng.randint(1, max(self.stalls, 1))
        return f"{self.stall_prefix}/A{number:02d}"


@dataclass(frozen=True, slots=True)
class Site:
    """`ward` is the official code on the days from `valid_from` to the day before `valid_to`.

    `heirs` says what an area that the app writes (`tdp-03`) means from `valid_to` on (`11692/tdp-05`).
    """

    client_id: str
    ward: str
    name: str
    groups: tuple[str, ...]
    venues: tuple[Venue, ...]
    volunteers: tuple[str, ...]
    valid_from: date = date(2020, 1, 1)
    valid_to: date = date(9999, 1, 1)
    heirs: tuple[tuple[str, str], ...] = ()

    @property
    def source(self) -> str:
        return f"/apps/{self.client_id}"

    def is_valid(self, day: date) -> bool:
        return self.valid_from <= day < self.valid_to


@dataclass(frozen=True, slots=True)
class Plan:
    """`events` honest events (what habits add comes on top), none later than `until`."""

    sites: tuple[Site, ...]
    first: date
    last: date
    events: int
    seed: str
    habits: Habits = HONEST
    until: datetime | None = None
    busy: frozenset[WardDay] = frozenset()
    fresh: frozenset[WardDay] | None = None
    phones: int = 2

    def days_of(self, site: Site) -> list[date]:
        count = (self.last - self.first).days + 1
        days = (self.first + timedelta(days=n) for n in range(count))
        return [day for day in days if site.is_valid(day) and (site.ward, day) not in self.busy]

    def may_state_the_whole(self, site: Site, day: date) -> bool:
        return self.fresh is None or (site.ward, day) in self.fresh

    def generator(self, *names: object) -> Random:
        """A generator of chance of its own for each purpose, so that one habit does not disturb another."""
        return Random(f"{fingerprint(self)}|{'|'.join(map(str, names))}")


@lru_cache(maxsize=8)
def fingerprint(plan: Plan) -> str:
    """All of a plan but its habits: two plans that differ never make one event id with two contents."""
    said = (plan.sites, plan.first, plan.last, plan.events, plan.seed, plan.until, plan.phones,
            sorted(plan.busy), plan.fresh if plan.fresh is None else sorted(plan.fresh))  # fmt: skip
    return sha256(repr(said).encode()).hexdigest()
