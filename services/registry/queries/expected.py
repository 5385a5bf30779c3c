"""What a campaign's plan expects by a day (figure F24), by area and service.

Guarantee: what is expected of an area is the sum over those below it that have a target on that day; only an area
without any such counts by its own. So nobody is counted twice, whatever levels the targets are set on.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registry.model import Area, Campaign, Target
from services.registry.queries.catalogue import off_days
from services.registry.queries.targets import TargetFilter, targets
from services.registry.queries.tree import above_on
from shared.plan import Plan, expected

Key = tuple[UUID, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """The target of an area that holds on a day, and what is expected; `of_parts` when that is a sum of others."""

    area_id: UUID
    code: str
    name: str
    level: str
    service: str
    version: int
    as_of: dt.date
    eligible: int
    already_done: int
    goal: int
    expected: int
    of_parts: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """All areas together: the sum over those without a target below them."""

    service: str
    already_done: int
    goal: int
    expected: int


def plan_of(campaign: Campaign, target: Target) -> Plan:
    curve = [(dt.date.fromisoformat(point["date"]), int(point["cumulative"])) for point in target.curve]
    return Plan(
        starts_on=campaign.starts_on,
        ends_on=campaign.ends_on,
        as_of=target.as_of,
        already_done=target.already_done,
        goal=target.goal,
        curve=curve,
    )


def expectations(
    session: Session, campaign: Campaign, on: dt.date, *, area: UUID | None = None, service: str | None = None
) -> tuple[list[Expectation], list[Total]]:
    """A row for each area and service with a target on that day, by key, and the totals by service."""
    wanted = TargetFilter(campaign=campaign.campaign_id, on=on, area=area, service=service, as_of=on)
    held = [target for target in targets(session, wanted).items if target.service in campaign.services]
    days = off_days(session, campaign.starts_on, campaign.ends_on)
    areas = _areas(session, {target.area_id for target in held})
    own = {
        (one.area_id, one.service): _alone(areas[one.area_id], one, expected(plan_of(campaign, one), on, days))
        for one in held
    }
    return added_up(own, above_on(session, areas, on))


def added_up(
    own: Mapping[Key, Expectation], above: Mapping[UUID, Collection[UUID]]
) -> tuple[list[Expectation], list[Total]]:
    """Each row with the sum of its parts where it has some, and the totals."""
    parts: dict[Key, int] = defaultdict(int)
    whole = {(top, service) for area_id, service in own for top in above.get(area_id, ())} & own.keys()
    for (area_id, service), row in own.items():
        if (area_id, service) not in whole:
            for top in above.get(area_id, ()):
                parts[top, service] += row.expected
    rows = [replace(row, expected=parts[key], of_parts=True) if key in whole else row for key, row in own.items()]
    rows.sort(key=lambda row: (row.area_id, row.service))  # as pages compare it, whatever the database's locale
    return rows, _totals(row for key, row in own.items() if key not in whole)


def _totals(rows: Iterable[Expectation]) -> list[Total]:
    by_service: dict[str, list[Expectation]] = defaultdict(list)
    for row in rows:
        by_service[row.service].append(row)
    return [
        Total(
            service=service,
            already_done=sum(row.already_done for row in found),
            goal=sum(row.goal for row in found),
            expected=sum(row.expected for row in found),
        )
        for service, found in sorted(by_service.items())
    ]


def _areas(session: Session, area_ids: Collection[UUID]) -> dict[UUID, Area]:
    found = session.scalars(sa.select(Area).where(Area.area_id.in_(area_ids)))
    return {area.area_id: area for area in found}


def _alone(area: Area, target: Target, people: int) -> Expectation:
    return Expectation(
        area_id=area.area_id,
        code=area.code,
        name=area.name,
        level=area.level,
        service=target.service,
        version=target.version,
        as_of=target.as_of,
        eligible=target.eligible,
        already_done=target.already_done,
        goal=target.goal,
        expected=people,
    )
