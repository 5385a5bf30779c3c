"""Figures of the Community Digital Technology Teams (F60): how many, which groups have one, members by residents.

Guarantee: as of the last day, in the borders of that day, or in today's, with the groups and residents of today. Teams
and groups add up over areas; members are distinct persons in each row, and do not where somebody is in two teams.
Residents are those of the wards in a row (of one group, its own); a ward that does not tell its own has those of its
groups, and where any is unknown the sum is unknown.
Step 9 of the event path (docs/architecture.md).
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from services.reporting.borders import THEN, Borders
from services.reporting.queries import share
from shared.areas import APPORTIONED, AreaBook
from shared.database import Connection

Row = dict[str, Any]

# Areas on the day under the one asked for, each with the area of the level asked for above it, and its ward.
AREAS = """
SELECT a.area_id, a.level, a.residents, coalesce(l.ancestor_id, a.area_id) AS under, w.ancestor_id AS ward
  FROM area AS a
  JOIN area_ancestor AS f ON f.area_id = a.area_id AND f.ancestor_id = coalesce(%(area)s::uuid, a.area_id)
   AND %(day)s::date BETWEEN f.valid_from AND f.valid_to
  LEFT JOIN area_ancestor AS l ON l.area_id = a.area_id AND l.level = %(level)s
   AND %(day)s::date BETWEEN l.valid_from AND l.valid_to
  LEFT JOIN area_ancestor AS w ON w.area_id = a.area_id AND w.level = 'ward'
   AND %(day)s::date BETWEEN w.valid_from AND w.valid_to
 WHERE a.valid_from <= %(day)s::date AND (a.valid_to IS NULL OR a.valid_to >= %(day)s::date)
"""
# Teams of the day with where they work, and who is in them, after merges; rows of a merged record do not count.
TEAMS = """
SELECT t.team, coalesce(p.area_id, t.area_id) AS area_id,
       ARRAY(SELECT m.volunteer
               FROM (SELECT DISTINCT ON (volunteer) volunteer, position FROM team_member
                      WHERE team = t.team AND since <= %(day)s ORDER BY volunteer, since DESC) AS m
              WHERE m.position IS NOT NULL
                AND NOT EXISTS (SELECT FROM volunteer_alias AS a WHERE a.volunteer = m.volunteer)) AS members
  FROM team AS t
  LEFT JOIN LATERAL (SELECT area_id FROM team_place WHERE team = t.team AND since <= %(day)s
                      ORDER BY since DESC LIMIT 1) AS p ON true
 WHERE t.formed_on <= %(day)s AND (t.dissolved_on IS NULL OR t.dissolved_on > %(day)s)
"""


@dataclass
class _Sum:
    teams: int = 0
    members: set[UUID] = field(default_factory=set)
    groups: set[UUID] = field(default_factory=set)
    groups_with_team: set[UUID] = field(default_factory=set)
    is_apportioned: bool = False
    residents: int | None = 0

    def row(self) -> Row:
        return {
            "teams": self.teams,
            "groups": len(self.groups),
            "groups_with_team": len(self.groups_with_team),
            "groups_share": share(len(self.groups_with_team), len(self.groups)),
            "members": len(self.members),
            "residents": self.residents,
            "members_per_100": share(len(self.members), self.residents or 0),
            "is_apportioned": self.is_apportioned,
        }


def teams(
    connection: Connection,
    first_day: dt.date,
    last_day: dt.date,
    area_id: UUID | None = None,
    group_by: Sequence[str] = (),
    filters: Mapping[str, Sequence[Any]] | None = None,
    level: str | None = None,
    borders: Borders = THEN,
) -> list[Row]:
    """F60 as of `last_day`: `teams`, `groups_with_team` of `groups` (residential groups), `members` per 100
    `residents`. Grouped by `area` (rolled up to `level`) or not at all; shares in percent, one decimal, half up.
    In today's borders a row has `is_apportioned`.

    Raises:
        ValueError: for another group, or a filter: there is none.
    """
    if filters or {*group_by} - {"area"}:
        raise ValueError(f"no such group or filter: {', '.join(sorted({*group_by, *(filters or {})} - {'area'}))}")
    day = borders.today or last_day
    values = {"area": area_id, "level": level}
    areas = connection.execute(AREAS, values | {"day": day}).fetchall()
    found, book = connection.execute(TEAMS, {"day": last_day}).fetchall(), AreaBook.load(connection)
    by_area = "area" in group_by
    under: dict[UUID, UUID | None] = {row[0]: row[3] if by_area else None for row in areas}
    sums: dict[UUID | None, _Sum] = defaultdict(_Sum) if by_area else defaultdict(_Sum, {None: _Sum()})
    _add_areas(sums, areas, under)
    for _, told, members in found:
        place = book.heir(told, day)  # a team whose area has ended works in what that became
        if place in under:
            _add_team(sums[under[place]], place, members, APPORTIONED in book.carried(told, day).marks)
    rows = _named(connection, sums)
    shown = [row for row in rows if not by_area or row["groups"] or row["teams"] or row["residents"]]
    if not borders.is_now:
        for row in shown:
            del row["is_apportioned"]
    return shown


def _add_areas(sums: dict[UUID | None, _Sum], areas: Sequence[Any], under: Mapping[UUID, UUID | None]) -> None:
    of_groups: dict[UUID, list[int | None]] = defaultdict(list)
    for area_id, level, residents, _, ward in areas:
        if level == "residential_group":
            sums[under[area_id]].groups.add(area_id)
            of_groups[ward].append(residents)
    wards = {row[0] for row in areas if row[1] == "ward"}
    for area_id, level, residents, _, ward in areas:
        if level == "ward":
            own = residents if residents is not None else _total(of_groups[area_id])
            _add_residents(sums[under[area_id]], own)
        elif level == "residential_group" and (ward not in wards or under[area_id] not in (None, under.get(ward))):
            _add_residents(sums[under[area_id]], residents)


def _total(known: Iterable[int | None]) -> int | None:
    numbers = list(known)
    return sum(one for one in numbers if one is not None) if numbers and None not in numbers else None


def _add_residents(to: _Sum, residents: int | None) -> None:
    to.residents = None if to.residents is None or residents is None else to.residents + residents


def _add_team(to: _Sum, place: UUID, members: Iterable[UUID], is_apportioned: bool) -> None:
    to.is_apportioned |= is_apportioned
    to.teams += 1
    to.members.update(members)
    if place in to.groups:
        to.groups_with_team.add(place)


def _named(connection: Connection, sums: Mapping[UUID | None, _Sum]) -> Iterator[Row]:
    """The rows, each with its area, by code."""
    if None in sums:
        yield sums[None].row()
    rows = connection.execute(
        "SELECT area_id, code, name, level FROM area WHERE area_id = ANY(%s) ORDER BY level, code, area_id",
        [[area for area in sums if area is not None]],
    )
    for area_id, code, name, level in rows:
        yield {"area": {"area_id": area_id, "code": code, "name": name, "level": level}} | sums[area_id].row()
