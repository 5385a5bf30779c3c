"""The parts of progress: which areas have a target on a day, what was done there before, and what has been since.

Guarantee: the version of a target that holds is the newest with numbers of the day or earlier; it is a part unless
another target of the campaign and service is below it.
Formulas F20, F21 and F24 of the contract.
Step 9 of the event path (docs/architecture.md).
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from services.reporting.borders import THEN, Borders
from services.reporting.credited import Part, credited
from services.reporting.figures_progress import Base, Sums, base_of
from services.reporting.queries_feedback import days_off, fetch
from shared.areas import LEVELS
from shared.database import Connection
from shared.plan import Plan, expected

Key = tuple[UUID, str, UUID]  # campaign, service, area
Row = dict[str, Any]

# The version of each target that holds on a day (F20), in the campaigns that run or in one.
TARGETS = """
SELECT DISTINCT ON (t.campaign_id, t.service, t.area_id) t.*
  FROM target AS t JOIN campaign AS c USING (campaign_id)
 WHERE t.campaign_id = ANY(%(campaigns)s) AND t.service = ANY(c.services) AND t.as_of <= %(day)s
   AND (%(service)s::text IS NULL OR t.service = %(service)s)
   AND (%(area)s::uuid IS NULL OR EXISTS (
        SELECT FROM (SELECT t.area_id, %(day)s::date AS day) AS c {carry} {under}))
 ORDER BY t.campaign_id, t.service, t.area_id, t.version DESC
"""
CAMPAIGNS = """
SELECT * FROM campaign
 WHERE CASE WHEN %(campaign)s::uuid IS NOT NULL THEN campaign_id = %(campaign)s
            ELSE %(day)s BETWEEN starts_on AND least(ends_on, closed_on - 1) END
"""
OFFICIAL = """
SELECT DISTINCT ON (area_id, service) area_id, service, as_of, done FROM official_count
 WHERE area_id = ANY(%(areas)s) AND as_of <= %(day)s ORDER BY area_id, service, as_of DESC
"""
ABOVE = """
SELECT area_id, ancestor_id FROM area_ancestor
 WHERE area_id = ANY(%(areas)s) AND %(day)s BETWEEN valid_from AND valid_to
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Progress on a day, of the area and what is below it then, or of everything.

    Without a campaign: of all that run on the day. `full_day` is the last full day of the pace (F26); the day itself
    unless given. `levels` are those of the areas told; all unless given. A part counts as its target was set, in the
    borders of each day; in today's borders it is shown in what its area is today, and whatever is above that.
    """

    day: dt.date
    area_id: UUID | None = None
    campaign_id: UUID | None = None
    service: str | None = None
    full_day: dt.date | None = None
    levels: Sequence[str] = LEVELS
    borders: Borders = THEN

    @property
    def tree_day(self) -> dt.date:
        """The day whose tree is shown: that of today's borders, or the day asked for."""
        return self.borders.today or self.day

    @property
    def last_full(self) -> dt.date:
        return self.full_day or self.day


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What is known of the day: campaigns by id, targets that hold, the parts' sums, and what is above each part."""

    campaigns: Mapping[UUID, Row]
    targets: Mapping[Key, Row]
    parts: Mapping[Key, Sums]
    above: Mapping[UUID, set[UUID]]


def find(connection: Connection, asked: Asked) -> Found:
    """The parts of a day, each an area with a target and none below it; and the area asked for where it has none."""
    campaigns = {row["campaign_id"]: row for row in _fetch(connection, CAMPAIGNS, asked)}
    held = TARGETS.format(carry=asked.borders.carry(), under=asked.borders.under())
    targets = {_key(row): row for row in _fetch(connection, held, asked, campaigns=list(campaigns))}
    above = _above(connection, {key[2] for key in targets}, asked.day)
    whole = {(*key[:2], top) for key in targets for top in above[key[2]] if top != key[2]} & targets.keys()
    parts: dict[Key, Row | None] = {key: row for key, row in targets.items() if key not in whole}
    parts |= dict.fromkeys(_without_target(connection, campaigns, parts, asked))
    sums = _sums(connection, campaigns, parts, asked)
    shown = _shown(connection, {key[2] for key in parts}, asked) if asked.borders.is_now else above
    return Found(campaigns=campaigns, targets=targets, parts=sums, above=shown)


def _key(row: Row) -> Key:
    return row["campaign_id"], row["service"], row["area_id"]


def _without_target(
    connection: Connection, campaigns: Mapping[UUID, Row], parts: Iterable[Key], asked: Asked
) -> list[Key]:
    """The area asked for, in each campaign that is over it and has no target in it."""
    if asked.area_id is None:
        return []
    over = {row["ancestor_id"] for row in fetch(connection, ABOVE, {"areas": [asked.area_id], "day": asked.tree_day})}
    known = {key[:2] for key in parts}
    return [
        (campaign_id, service, asked.area_id)
        for campaign_id, campaign in campaigns.items()
        for service in campaign["services"]
        if asked.service in (None, service) and over & set(campaign["areas"]) and (campaign_id, service) not in known
    ]


def _sums(
    connection: Connection,
    campaigns: Mapping[UUID, Row],
    parts: Mapping[Key, Row | None],
    asked: Asked,
) -> dict[Key, Sums]:
    """What adds up, for each part."""
    values = {"areas": list({key[2] for key in parts}), "day": asked.day}
    official = {(row["area_id"], row["service"]): Base(row["as_of"], row["done"]) for row in fetch(
        connection, OFFICIAL, values)}  # fmt: skip
    bases = {
        key: base_of(
            campaigns[key[0]]["starts_on"],
            asked.day,
            Base(target["as_of"], target["already_done"]) if target else None,
            official.get((key[2], key[1])),
        )
        for key, target in parts.items()
    }
    counted = credited(
        connection, [Part(k[2], k[1], base.day) for k, base in bases.items()], asked.day, asked.last_full
    )
    off = days_off(connection)
    made = {}
    for (key, base), (since, week) in zip(bases.items(), counted, strict=True):
        sums, target = Sums(base=base, since=since, week=week), parts[key]
        made[key] = _with_target(sums, campaigns[key[0]], target, asked.day, off) if target else sums
    return made


def plan_of(campaign: Row, target: Row) -> Plan:
    """The plan of a target in its campaign."""
    return Plan(
        starts_on=campaign["starts_on"],
        ends_on=campaign["ends_on"],
        as_of=target["as_of"],
        already_done=target["already_done"],
        goal=target["goal"],
        curve=list(zip(target["curve_days"], target["curve_people"], strict=True)),
    )


def _with_target(sums: Sums, campaign: Row, target: Row, day: dt.date, off: frozenset[dt.date]) -> Sums:
    return replace(
        sums,
        goal=target["goal"],
        eligible=target["eligible"],
        excluded=target["excluded"],
        expected=expected(plan_of(campaign, target), day, off),
        denominators=((target["as_of"], target["source"]),),
    )


def _above(connection: Connection, areas: Iterable[UUID], day: dt.date) -> dict[UUID, set[UUID]]:
    """Each area with those above it on a day, itself among them."""
    found = {area: {area} for area in areas}
    for row in fetch(connection, ABOVE, {"areas": list(found), "day": day}):
        found[row["area_id"]].add(row["ancestor_id"])
    return found


def _shown(connection: Connection, areas: Iterable[UUID], asked: Asked) -> dict[UUID, set[UUID]]:
    """Each area with what it is today, and those above that."""
    now = {area: asked.borders.now(area) for area in areas}
    above = _above(connection, now.values(), asked.tree_day)
    return {area: above[heir] for area, heir in now.items()}


def _fetch(connection: Connection, sql: str, asked: Asked, **more: Any) -> list[Row]:
    values = {"day": asked.day, "area": asked.area_id, "campaign": asked.campaign_id, "service": asked.service}
    return fetch(connection, sql, values | more | asked.borders.values)
