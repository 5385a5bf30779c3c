"""What a phone needs to work offline: services, codes, and for each ward its groups, venues and volunteers on a day.

Guarantee: the same content gives the same bytes, so it can be told by its hash; of volunteers ids only.
"""

import datetime as dt
from typing import Any
from uuid import UUID

from services.sessions.reach import Reach
from shared.areas import Area, AreaBook
from shared.database import Connection
from shared.events.answer_names import ALL_CODES

# Where something is on a day: as its last move up to that day says, or where it began.
PLACED = """coalesce((SELECT p.area_id FROM placement AS p WHERE p.placed = {key} AND p.valid_from <= %(on)s
                       ORDER BY p.valid_from DESC LIMIT 1), {table}.area_id)"""
VENUES = f"""
SELECT venue_id, name, kind, {PLACED.format(key="venue_id", table="venue")} FROM venue
 WHERE closed_on IS NULL OR closed_on > %(on)s ORDER BY name, venue_id
"""
VOLUNTEERS = f"""
SELECT volunteer_id, {PLACED.format(key="volunteer_id", table="volunteer")} FROM volunteer
 WHERE NOT is_erased AND merged_into IS NULL AND (retired_on IS NULL OR retired_on > %(on)s) ORDER BY volunteer_id
"""
SERVICES = """
SELECT service, name_vi, name_en, pillars, unit, once, due_days, may_return FROM service ORDER BY service
"""


def catalogue(connection: Connection, reach: Reach, on: dt.date) -> dict[str, Any]:
    """The catalogue of a reader on a day, as it is sent."""
    wards = reach.wards_on(on)
    venues = _by_ward(connection.execute(VENUES, {"on": on}).fetchall(), reach.book, on, wards)
    volunteers = _by_ward(connection.execute(VOLUNTEERS, {"on": on}).fetchall(), reach.book, on, wards)
    return {
        "on": on.isoformat(),
        "services": [_service(row) for row in connection.execute(SERVICES)],
        "codes": {
            group: [{"code": code, "vi": name.vi, "en": name.en} for code, name in names.items()]
            for group, names in ALL_CODES.items()
        },
        "wards": [
            _area(ward)
            | {
                "groups": [_area(group) for group in reach.book.groups(ward.area_id, on) if _sees(reach, group, on)],
                "venues": [_venue(row) for row in venues[ward.area_id]],
                "volunteers": [str(row[0]) for row in volunteers[ward.area_id]],
            }
            for ward in wards
        ],
    }


def service_names(connection: Connection) -> dict[str, str]:
    """The services with their names, by code."""
    return dict(connection.execute("SELECT service, coalesce(name_vi, service) FROM service ORDER BY service"))


def venues_of(connection: Connection, book: AreaBook, ward: Area, on: dt.date) -> list[dict[str, Any]]:
    """The venues of a ward on a day, by name; their area may have passed to another since they were placed."""
    rows = connection.execute(VENUES, {"on": on}).fetchall()
    return [_venue(row) for row in _by_ward(rows, book, on, [ward])[ward.area_id]]


def _sees(reach: Reach, group: Area, on: dt.date) -> bool:
    return reach.covers(group.area_id, on)


def _by_ward(rows: list[Any], book: AreaBook, on: dt.date, wards: list[Area]) -> dict[UUID, list[Any]]:
    """Rows by the ward that their last column, an area, lies in on a day; those of other wards are left out."""
    found: dict[UUID, list[Any]] = {ward.area_id: [] for ward in wards}
    ward_of: dict[UUID | None, UUID | None] = {None: None}
    for row in rows:
        if row[-1] not in ward_of:
            ward = book.ward(book.heir(row[-1], on), on)
            ward_of[row[-1]] = ward.area_id if ward else None
        found.get(ward_of[row[-1]], []).append(row)  # type: ignore[arg-type]
    return found


def _service(row: Any) -> dict[str, Any]:
    code, vi, en, pillars, unit, once, due_days, may_return = row
    names = {"service": code, "name_vi": vi or code, "name_en": en or code, "pillars": pillars, "unit": unit}
    return names | {"once": once, "due_days": due_days, "may_return": may_return}


def _area(area: Area) -> dict[str, Any]:
    label = {"local_label": area.local_label} if area.level == "residential_group" else {}
    return {"area_id": str(area.area_id), "code": area.code, "name": area.name} | label


def _venue(row: Any) -> dict[str, Any]:
    venue_id, name, kind, area = row
    return {"venue": str(venue_id), "name": name, "kind": kind, "area_id": str(area)}
