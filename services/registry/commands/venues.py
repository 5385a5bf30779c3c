"""Venues: where residents are served, from which day on, until which.

Guarantee: a change that changes nothing appends nothing; any other is told. `venue.declared` is told again, with what
the venue is now, when something of it changes or it is used again; of one that is closed, `venue.closed` follows.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from services.registry.commands.placements import area_on, place, placements_of
from services.registry.commands.refusals import area_or_refuse, areas_or_refuse, refuse
from services.registry.journal import Told, tell
from services.registry.model import Area, Venue
from shared import clock
from shared.clock import LOCAL_ZONE
from shared.events.registry import VenueClosed, VenueDeclared, VenueMoved
from shared.problems import Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class NewVenue:
    """A venue as it is declared; `serves` are the residential groups that come to it."""

    name: str
    kind: str
    area_id: UUID
    serves: list[UUID] = field(default_factory=list)
    stalls: int | None = None
    latitude: float | None = None
    longitude: float | None = None
    opening_hours: list[dict[str, Any]] = field(default_factory=list)
    placed_on: dt.date | None = None
    venue_id: UUID | None = None


def declare_venue(session: Session, new: NewVenue) -> Venue:
    area = area_or_refuse(session, new.area_id, "area_id")
    areas_or_refuse(session, new.serves, "serves")
    venue_id = new.venue_id or uuid4()
    if session.get(Venue, venue_id):
        raise Problem("already_exists", f"Đã có địa điểm {venue_id}.")
    if new.placed_on:
        _check_day(area, new.placed_on, "placed_on")
    venue = Venue(
        venue_id=venue_id,
        name=new.name,
        kind=new.kind,
        serves=new.serves,
        stalls=new.stalls,
        latitude=new.latitude,
        longitude=new.longitude,
        opening_hours=new.opening_hours,
    )
    _check_position(venue)
    session.add(venue)
    since = new.placed_on or max(area.valid_from, min(clock.today(), area.valid_to or clock.today()))
    place(session, "venue", venue_id, new.area_id, since)
    tell(session, [_declared(venue, new.area_id)])
    return venue


def change_venue(session: Session, venue: Venue, content: Mapping[str, Any]) -> bool:
    """Change what is given of a venue; whether anything changed. Where it is changes by `move_venue`."""
    areas_or_refuse(session, list(content.get("serves", ())), "serves")
    changed = {name: value for name, value in content.items() if getattr(venue, name) != value}
    for name, value in changed.items():
        setattr(venue, name, value)
    _check_position(venue)
    if changed:
        closed = [_closed(session, venue, venue.closed_on)] if venue.closed_on else []
        tell(session, [_declared(venue, _area_now(session, venue)), *closed])
    return bool(changed)


def move_venue(session: Session, venue: Venue, area_id: UUID, on: dt.date) -> bool:
    """From `on` the venue belongs to an area; whether that is another one than it was in on that day."""
    _check_day(area_or_refuse(session, area_id, "area_id"), on, "on")
    if venue.closed_on and venue.closed_on <= on:
        raise refuse("on", "closed", f"{venue.name} đã ngừng sử dụng từ {venue.closed_on}. Vui lòng mở lại trước.")
    if area_on(session, venue.venue_id, on) == area_id:
        return False
    place(session, "venue", venue.venue_id, area_id, on)
    venue.version += 1  # where it is stands in another table
    tell(session, [Told(venue.venue_id, VenueMoved(venue=venue.venue_id, area=area_id, on=on))])
    return True


def close_venue(session: Session, venue: Venue, on: dt.date) -> bool:
    """The venue is not used from `on`; another day corrects the one before, the same day changes nothing."""
    if venue.closed_on == on:
        return False
    first = placements_of(session, venue.venue_id)[0]
    if on < first.placed_on:
        raise refuse("on", "before_start", f"{venue.name} được dùng từ {first.placed_on}. Vui lòng chọn ngày sau đó.")
    venue.closed_on = on
    tell(session, [_closed(session, venue, on)])
    return True


def _closed(session: Session, venue: Venue, on: dt.date) -> Told:
    area_id = area_on(session, venue.venue_id, on) or placements_of(session, venue.venue_id)[0].area_id
    event = VenueClosed(venue=venue.venue_id, name=venue.name, kind=venue.kind, area=area_id)  # type: ignore[arg-type]
    return Told(venue.venue_id, event, dt.datetime.combine(on, dt.time.min, LOCAL_ZONE))


def reopen_venue(session: Session, venue: Venue) -> bool:
    """The venue is used again; whether it was closed."""
    if venue.closed_on is None:
        return False
    venue.closed_on = None
    tell(session, [_declared(venue, _area_now(session, venue))])
    return True


def _area_now(session: Session, venue: Venue) -> UUID:
    return area_on(session, venue.venue_id, clock.today()) or placements_of(session, venue.venue_id)[0].area_id


def _check_day(area: Area, on: dt.date, name: str) -> None:
    if area.valid_from > on or (area.valid_to and area.valid_to < on):
        raise refuse(name, "not_valid", f"{area.name} chưa hoặc không còn hiệu lực ngày {on}.")


def _check_position(venue: Venue) -> None:
    if (venue.latitude is None) != (venue.longitude is None):
        missing = "latitude" if venue.latitude is None else "longitude"
        raise refuse(missing, "half_a_position", "Cần cả vĩ độ (latitude) và kinh độ (longitude), hoặc bỏ cả hai.")


def _declared(venue: Venue, area_id: UUID) -> Told:
    event = VenueDeclared(
        venue=venue.venue_id,
        name=venue.name,
        kind=venue.kind,  # type: ignore[arg-type]
        area=area_id,
        serves=venue.serves,
        stalls=venue.stalls,
    )
    return Told(venue.venue_id, event)
