"""Volunteers. Names and phones stay in their table: no event, no log line, no error repeats them."""

import datetime as dt
from dataclasses import dataclass
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from services.registry.commands.placements import place
from services.registry.commands.refusals import area_or_refuse, refuse
from services.registry.journal import Told, tell
from services.registry.model import Area, Volunteer
from services.registry.phones import canonical_name, canonical_phone
from shared import clock
from shared.events.people import VolunteerRegistered, VolunteerRetired
from shared.problems import Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class NewVolunteer:
    """A person as registered; `area_id` is a ward or a residential group, `phone` in any usual notation."""

    full_name: str
    kind: str
    area_id: UUID
    phone: str | None = None
    unit: str | None = None
    birth_year: int | None = None
    joined_on: dt.date | None = None
    volunteer_id: UUID | None = None


def register_volunteer(session: Session, new: NewVolunteer) -> Volunteer:
    area = area_or_refuse(session, new.area_id, "area_id")
    if area.level not in ("ward", "residential_group"):
        raise refuse("area_id", "not_a_ward", f"Cần một xã, phường hoặc tổ dân phố, không phải {area.name}.")
    volunteer = Volunteer(
        volunteer_id=new.volunteer_id or uuid4(),
        full_name=canonical_name(new.full_name),
        phone=_phone(new.phone),
        kind=new.kind,
        unit=new.unit,
        birth_year=new.birth_year,
        joined_on=new.joined_on,
    )
    if session.get(Volunteer, volunteer.volunteer_id):
        raise Problem("already_exists", f"Đã có tình nguyện viên {volunteer.volunteer_id}.")
    session.add(volunteer)
    place(session, "volunteer", volunteer.volunteer_id, area.area_id, _since(area, new.joined_on))
    tell(session, [Told(volunteer.volunteer_id, _registered(volunteer, area.area_id))])
    return volunteer


def _phone(text: str | None) -> str | None:
    if text is None:
        return None
    try:
        return canonical_phone(text)
    except ValueError as error:
        raise refuse("phone", "invalid", str(error)) from None


def _since(area: Area, joined_on: dt.date | None) -> dt.date:
    """The first day in the area: that of joining, as long as the area was there."""
    day = joined_on or clock.today()
    return max(area.valid_from, min(day, area.valid_to or day))


def _registered(volunteer: Volunteer, area_id: UUID) -> VolunteerRegistered:
    return VolunteerRegistered(
        volunteer=volunteer.volunteer_id,
        kind=volunteer.kind,  # type: ignore[arg-type]
        area=area_id,
        unit=volunteer.unit,
        birth_year=volunteer.birth_year,
        joined_on=volunteer.joined_on,
    )


def retire_volunteer(session: Session, volunteer: Volunteer, on: dt.date) -> None:
    """The volunteer does not serve from `on`; retiring twice changes nothing."""
    if volunteer.retired_on:
        return
    volunteer.retired_on = on
    tell(session, [Told(volunteer.volunteer_id, VolunteerRetired(volunteer=volunteer.volunteer_id, on=on))])
