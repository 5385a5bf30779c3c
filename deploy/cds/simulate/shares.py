"""How many events each ward and day of a plan gets: some days busy, some quiet, the total exact."""

from __future__ import annotations

from datetime import date, datetime

from deploy.cds.simulate.event import LOCAL
from deploy.cds.simulate.world import Plan, Site


def shares(plan: Plan) -> dict[tuple[Site, date], int]:
    pairs = [(site, day) for site in plan.sites for day in plan.days_of(site)]
    if not pairs:
        raise ValueError("No ward has a day to work on: choose other days, or wards that exist on these days.")
    weights = [weight(plan, site, day) for site, day in pairs]
    total = sum(weights)
    exact = [plan.events * one / total for one in weights]
    given = [int(one) for one in exact]
    order = sorted(range(len(pairs)), key=lambda n: (given[n] - exact[n], n))
    for n in order[: plan.events - sum(given)]:
        given[n] += 1
    return dict(zip(pairs, given, strict=True))


def weight(plan: Plan, site: Site, day: date) -> float:
    rng = plan.generator("weight", site.client_id, day)
    if plan.until and day == plan.until.astimezone(LOCAL).date():
        return 1.2 * elapsed(plan.until.astimezone(LOCAL))
    base = rng.choices((0.06, 1.0, 2.0), weights=(35, 45, 20))[0]
    return base * (1.5 if day.weekday() >= 5 else 1.0)


def elapsed(now: datetime) -> float:
    """The share of a working day that is over at `now`; a little of it even at night."""
    hours = now.hour + now.minute / 60
    return 0.1 if hours < 6.3 else min(1.0, 0.35 + (hours - 6.3) / 24)
