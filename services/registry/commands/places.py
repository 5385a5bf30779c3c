"""Venues: where residents are served."""

import datetime as dt
from dataclasses import dataclass, field
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from services.registry.commands.placements import area_on, place, placements_of
from services.registry.commands.refusals import area_or_refuse, areas_or_refuse
from services.registry.journal import Told, tell
from services.registry.model import Venue
from shared import clock
from shared.clock import LOCAL_ZONE
from shared.events.registry import VenueClosed, VenueDeclared
from shared.problems import Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class NewVenue:
    """A venue as it is declared; `serves` are the residential groups that come to it."""

    name: str
    kind: str
    area_id: UUID
    serves: list[UUID] = field(default_factory=list)
    stalls: int | None = None
    placed_on: dt.date | None = None
    venue_id: UUID | None = None


def declare_venue(session: Session, new: NewVenue) -> Venue:
    area = area_or_refuse(session, new.area_id, "area_id")
    areas_or_refuse(session, new.serves, "serves")
    venue_id = new.venue_id or uuid4()
    if session.get(Venue, venue_id):
        raise Problem("already_exists", f"Đã có địa điểm {venue_id}.")
    venue = Venue(
        venue_id=venue_id,
        name=new.name,
        kind=new.kind,
        serves=new.serves,
        stalls=new.stalls,
    )
    session.add(venue)
    since = new.placed_on or max(area.valid_from, min(clock.today(), area.valid_to or clock.today()))
    place(session, "venue", venue_id, new.area_id, since)
    event = VenueDeclared(
        venue=venue_id,
        name=venue.name,
        kind=venue.kind,  # type: ignore[arg-type]
        area=new.area_id,
        serves=venue.serves,
        stalls=venue.stalls,
    )
    tell(session, [Told(venue_id, event)])
    return venue


def close_venue(session: Session, venue: Venue, on: dt.date) -> None:
    """The venue is not used from `on`; closing it twice changes nothing."""
    if venue.closed_on:
        return
    venue.closed_on = on
    area_id = area_on(session, venue.venue_id, on) or placements_of(session, venue.venue_id)[0].area_id
    event = VenueClosed(venue=venue.venue_id, name=venue.name, kind=venue.kind, area=area_id)  # type: ignore[arg-type]
    tell(session, [Told(venue.venue_id, event, dt.datetime.combine(on, dt.time.min, LOCAL_ZONE))])
