"""The sample in the registry: what `deploy/sample/place.py` describes, by the registry's own commands.

Guarantee: it can be loaded again and changes only what is missing; removing it revokes its clients, closes
its venues, retires its volunteers and forgets their names. Areas stay: figures name them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from deploy.cds.registry_operations import area_or_error, declare_areas, in_parts, registry
from deploy.cds.sample_plans import close_plans, load_plans
from deploy.sample import place
from services.registry.commands import areas, catalogue, clients, offices, official, people, successions, venues
from services.registry.commands.people_removal import remove_as_if_never_there
from services.registry.commands.successions_planned import Declaration, Heir
from services.registry.model import Area, AreaSuccession, Client, Venue, Volunteer
from services.registry.reference import Selection, country
from services.registry.store import writing
from shared import clock
from shared.settings import Settings


@dataclass(frozen=True, slots=True)
class SampleClient:
    """A ward app of the sample; the secret is there only when it was made just now."""

    client_id: str
    client_secret: str | None
    name: str
    ward: str
    valid_from: date
    valid_to: date | None


def load_sample(settings: Settings, sample: place.Sample = place.SAMPLE) -> list[SampleClient]:
    """Declare the sample; its ward apps, with the secrets of those that are new."""
    selection = country().select(wards={ward.code for ward in sample.wards})
    with registry(settings) as opened:
        declare_areas(opened, selection)
        with writing(opened) as session:
            is_back = _was_removed(session, sample)
            catalogue.declare_services(session)
            offices.declare_offices(session)
            _declare_groups(session, sample)
            _declare_successions(session, sample, selection)
            _declare_venues(session, sample, is_back=is_back)
            _register_volunteers(session, sample)
            load_plans(session, is_back=is_back)
            return [_enable(session, client) for client in sample.clients]


def load_officer(settings: Settings) -> SampleClient:
    """The ward officer of the sample, with the password when it was made just now."""
    with registry(settings) as opened, writing(opened) as session:
        return _enable(session, place.OFFICER, is_person=True)


def _was_removed(session: Session, sample: place.Sample) -> bool:
    """Whether the sample's clients are there and revoked, as its removal leaves them."""
    ids = [client.client_id for client in sample.clients]
    found = session.scalars(sa.select(Client.revoked_at).where(Client.client_id.in_(ids))).all()
    return bool(found) and all(found)


def _declare_groups(session: Session, sample: place.Sample) -> None:
    known = set(session.scalars(sa.select(Area.area_id).where(Area.level == "residential_group")))
    for group in sample.groups:
        if group.area_id not in known:
            ward = area_or_error(session, group.ward, group.valid_from)
            new = areas.NewGroup(
                ward_id=ward.area_id,
                code=group.code,
                name=group.name,
                valid_from=group.valid_from,
                households=group.households,
                residents=group.residents,
                area_id=group.area_id,
            )
            areas.declare_group(session, new)


def _declare_successions(session: Session, sample: place.Sample, selection: Selection) -> None:
    """The official successions of the wards, with the sample's groups; then those of the groups."""
    groups: dict[official.Pair, tuple[UUID, ...]] = {}
    for ward in sample.ward_successions:
        old, new = country().before[ward.old], country().after[ward.new]
        groups[old.area_id, new.area_id] = ward.groups
    for part in in_parts(selection.successions):
        official.declare_successions(session, part, groups)
    known = set(session.scalars(sa.select(AreaSuccession.from_id)))
    for group in sample.group_successions:
        if not known.intersection(group.old):
            heir = Heir(area_id=group.new, is_main=True)
            declared = Declaration(on=group.on, kind=group.kind, from_ids=list(group.old), to=[heir])
            successions.succeed(session, declared)


def _declare_venues(session: Session, sample: place.Sample, *, is_back: bool) -> None:
    """Venues that are missing, and again those that were closed with the sample's removal."""
    known = {venue.venue_id: venue for venue in session.scalars(sa.select(Venue))}
    for venue in sample.venues:
        declared = known.get(venue.venue) or venues.declare_venue(session, _new_venue(session, venue))
        ended_on = venue.valid_to if venue.valid_to and venue.valid_to <= clock.today() else None
        if ended_on and declared.closed_on is None:
            venues.close_venue(session, declared, ended_on)
        elif is_back and not ended_on:
            venues.reopen_venue(session, declared)


def _new_venue(session: Session, venue: place.Venue) -> venues.NewVenue:
    def find(group: str | None) -> UUID:
        return area_or_error(session, f"{venue.area}/{group}" if group else venue.area, venue.valid_from).area_id

    return venues.NewVenue(
        name=venue.name,
        kind=venue.kind,
        area_id=find(venue.group),
        serves=[find(group) for group in venue.serves],
        stalls=venue.stalls or None,
        placed_on=venue.valid_from,
        venue_id=venue.venue,
    )


def _register_volunteers(session: Session, sample: place.Sample) -> None:
    known = set(session.scalars(sa.select(Volunteer.volunteer_id)))
    for one in sample.volunteers:
        if one.volunteer not in known:
            code = f"{one.ward}/{one.group}" if one.group else one.ward
            new = people.NewVolunteer(
                full_name=one.name,
                kind=one.kind,
                area_id=area_or_error(session, code, one.joined_on).area_id,
                phone=one.phone,
                unit=one.unit,
                birth_year=one.birth_year,
                joined_on=one.joined_on,
                volunteer_id=one.volunteer,
            )
            people.register_volunteer(session, new)


def _enable(session: Session, client: place.Client, *, is_person: bool = False) -> SampleClient:
    """Enabled when it is new, or was revoked with the sample's removal."""
    known = session.get(Client, client.client_id)
    secret = None
    if known is None:
        area = area_or_error(session, client.ward, client.valid_from)
        new = clients.NewClient(name=client.name, client_id=client.client_id, areas=[area.area_id], is_person=is_person)
        secret = clients.enable_client(session, new)[1]
    elif known.revoked_at:
        secret = clients.renew_secret(session, known)
    return SampleClient(client.client_id, secret, client.name, client.ward, client.valid_from, client.valid_to)


def remove_sample(settings: Settings, sample: place.Sample = place.SAMPLE) -> None:
    """Take the sample's clients, its officer, venues and volunteers out of use; what they counted stays in the log."""
    today = clock.today()
    with registry(settings) as opened, writing(opened) as session:
        for client in (*sample.clients, place.OFFICER):
            if session.get(Client, client.client_id):
                clients.revoke_client(session, client.client_id)
        for venue_id in (venue.venue for venue in sample.venues):
            if (venue := session.get(Venue, venue_id)) and venue.closed_on is None:
                venues.close_venue(session, venue, today)
        close_plans(session)
        remove_as_if_never_there(session, [one.volunteer for one in sample.volunteers], today)
