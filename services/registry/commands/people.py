"""Volunteers: registering and correcting them, one or a thousand at a time.

Guarantee: names and phones stay in their table: no event, no log line, no error repeats them. What changes
nothing tells nothing. Of many, each is accepted or refused by itself, and what is refused leaves no trace.
"""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registry.commands.people_fields import FIELDS, canonical, check_together
from services.registry.commands.people_rules import changeable
from services.registry.commands.placements_bulk import Place, Ways, areas_by_id, place_new
from services.registry.commands.refusals import refuse
from services.registry.journal import Told, tell
from services.registry.model import Area, Volunteer
from shared import clock
from shared.events.people import VolunteerCorrected, VolunteerRegistered
from shared.problems import Problem

Made = TypeVar("Made")
WARD_OR_GROUP = ("ward", "residential_group")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewVolunteer:
    """A person as registered; `area_id` is a ward or a residential group, `phone` in any usual notation."""

    full_name: str
    kind: str
    area_id: UUID
    phone: str | None = None
    unit: str | None = None
    birth_year: int | None = None
    skills: Sequence[str] = field(default_factory=list)
    languages: Sequence[str] = field(default_factory=list)
    joined_on: dt.date | None = None
    consent_on: dt.date | None = None
    consent_text: str | None = None
    volunteer_id: UUID | None = None


def register_volunteer(session: Session, new: NewVolunteer) -> Volunteer:
    return or_raise(register_volunteers(session, [new])[0])


def register_volunteers(session: Session, new: Sequence[NewVolunteer]) -> list[Volunteer | Problem]:
    """For each, the volunteer or why it is refused."""
    areas = areas_by_id(session, (one.area_id for one in new))
    taken = _known(session, [one.volunteer_id for one in new if one.volunteer_id])
    made = [attempt(lambda one=one: _made(one, areas, taken)) for one in new]  # type: ignore[misc]
    registered = [(one, person) for one, person in zip(new, made, strict=True) if isinstance(person, Volunteer)]
    session.add_all(person for _, person in registered)
    places = [Place(person.volunteer_id, one.area_id, _since(areas[one.area_id], one)) for one, person in registered]
    place_new(session, "volunteer", places, Ways(session, areas))
    tell(session, [Told(person.volunteer_id, _registered(person, one.area_id)) for one, person in registered])
    return made


def _made(new: NewVolunteer, areas: Mapping[UUID, Area], taken: set[UUID]) -> Volunteer:
    values = canonical({name: getattr(new, name) for name in FIELDS})
    check_together(values)
    ward_or_group(areas.get(new.area_id), new.area_id)
    volunteer_id = new.volunteer_id or uuid4()
    if volunteer_id in taken:
        raise Problem("already_exists", f"Đã có tình nguyện viên {volunteer_id}.")
    taken.add(volunteer_id)
    # With every default given, nothing has to be read back: thousands are inserted twice as fast.
    return Volunteer(volunteer_id=volunteer_id, version=1, **values)


def ward_or_group(area: Area | None, area_id: UUID) -> Area:
    """The area, if people and teams can be in it."""
    if area is None:
        raise refuse("area_id", "unknown_area", f"Không tìm thấy đơn vị {area_id}. Vui lòng tra lại ở /v1/areas.")
    if area.level not in WARD_OR_GROUP:
        raise refuse("area_id", "not_a_ward", f"Cần một xã, phường hoặc tổ dân phố, không phải {area.name}.")
    return area


def _known(session: Session, ids: Sequence[UUID]) -> set[UUID]:
    return (
        set(session.scalars(sa.select(Volunteer.volunteer_id).where(Volunteer.volunteer_id.in_(ids)))) if ids else set()
    )


def _since(area: Area, new: NewVolunteer) -> dt.date:
    """The first day in the area: that of joining, as long as the area was there."""
    day = new.joined_on or clock.today()
    return max(area.valid_from, min(day, area.valid_to or day))


def correct_volunteer(session: Session, volunteer: Volunteer, changes: Mapping[str, Any]) -> bool:
    """Whether anything changed; `changes` names only the fields to set, and None empties one."""
    return or_raise(correct_volunteers(session, [(volunteer, changes)])[0])


def correct_volunteers(session: Session, wanted: Sequence[tuple[Volunteer, Mapping[str, Any]]]) -> list[bool | Problem]:
    """For each, whether anything changed, or why it is refused."""
    done = [attempt(lambda who=who, changes=changes: apply(who, changes)) for who, changes in wanted]  # type: ignore[misc]
    changed = [who for (who, _), result in zip(wanted, done, strict=True) if result is True]
    tell(session, [Told(who.volunteer_id, corrected(who)) for who in changed])
    return done


def apply(volunteer: Volunteer, changes: Mapping[str, Any]) -> bool:
    """Set what differs, without telling; whether anything does."""
    changeable(volunteer)
    values = canonical(changes)
    different = {name: value for name, value in values.items() if getattr(volunteer, name) != value}
    if different:
        check_together({name: getattr(volunteer, name) for name in (*FIELDS, "retired_on")} | different)
    for name, value in different.items():
        setattr(volunteer, name, value)
    return bool(different)


def attempt(do: Callable[[], Made]) -> Made | Problem:
    """What a command gives, or why it refuses."""
    try:
        return do()
    except Problem as problem:
        return problem


def or_raise(result: Made | Problem) -> Made:
    if isinstance(result, Problem):
        raise result
    return result


def _registered(volunteer: Volunteer, area_id: UUID) -> VolunteerRegistered:
    return VolunteerRegistered(area=area_id, **_told(volunteer))


def corrected(volunteer: Volunteer) -> VolunteerCorrected:
    """The whole record, as readers know it."""
    return VolunteerCorrected(**_told(volunteer))


def _told(volunteer: Volunteer) -> dict[str, Any]:
    told = {name: getattr(volunteer, name) for name in ("kind", "unit", "birth_year", "joined_on")}
    return told | {"volunteer": volunteer.volunteer_id}
