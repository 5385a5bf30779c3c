"""Where and when volunteers serve: moving to another ward or group, retiring, returning.

Guarantee: repeating any of these changes nothing and tells nothing. Who retires leaves every team on that day.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy.orm import Session

from services.registry.commands.people import attempt, or_raise, ward_or_group
from services.registry.commands.people_rules import changeable, not_before_joining
from services.registry.commands.placements_bulk import Place, Ways, areas_by_id, place_many, whereabouts
from services.registry.commands.refusals import refuse
from services.registry.commands.teams_members import end_stays
from services.registry.journal import Told, tell
from services.registry.model import Area, Volunteer
from shared import clock
from shared.events.people import VolunteerMoved, VolunteerRetired, VolunteerReturned
from shared.problems import Problem


def move_volunteer(session: Session, volunteer: Volunteer, area_id: UUID, on: dt.date) -> bool:
    """The volunteer is in an area from a day on; what was known of later days is forgotten. Whether that is new."""
    return or_raise(move_volunteers(session, [(volunteer, area_id)], on)[0])


def move_volunteers(session: Session, wanted: Sequence[tuple[Volunteer, UUID]], on: dt.date) -> list[bool | Problem]:
    """For each (no volunteer twice), whether it moved, or why it is refused."""
    areas = areas_by_id(session, (area_id for _, area_id in wanted))
    ways = Ways(session, areas)
    now = whereabouts(session, (who.volunteer_id for who, _ in wanted), on)

    def is_elsewhere(who: Volunteer, area_id: UUID) -> bool:
        changeable(who)
        not_before_joining(who, on)
        known_on(areas, area_id, on)
        return now.get(who.volunteer_id) != ways.area_on(area_id, on)

    done = [attempt(lambda who=who, area=area: is_elsewhere(who, area)) for who, area in wanted]  # type: ignore[misc]
    moved = [pair for pair, result in zip(wanted, done, strict=True) if result is True]
    place_many(session, "volunteer", [Place(who.volunteer_id, area_id, on) for who, area_id in moved], ways)
    for who, _ in moved:
        who.version += 1  # where it is belongs to what is shown of it
    tell(session, [Told(who.volunteer_id, _moved(who, ways.area_on(area_id, on), on)) for who, area_id in moved])
    return done


def known_on(areas: Mapping[UUID, Area], area_id: UUID, on: dt.date) -> Area:
    """The ward or group with this id, if it had begun by that day."""
    area = ward_or_group(areas.get(area_id), area_id)
    if on < area.valid_from:
        message = f"{area.name} có từ {area.valid_from}, sau ngày {on}. Vui lòng chọn ngày từ đó trở đi."
        raise refuse("on", "not_yet_valid", message)
    return area


def _moved(volunteer: Volunteer, area_id: UUID, on: dt.date) -> VolunteerMoved:
    return VolunteerMoved(volunteer=volunteer.volunteer_id, area=area_id, on=on)


def retire_volunteer(session: Session, volunteer: Volunteer, on: dt.date) -> bool:
    """The volunteer does not serve from `on`; another day corrects the first, but opens no stay again. Whether new."""
    changeable(volunteer)
    if volunteer.retired_on == on:
        return False
    not_before_joining(volunteer, on)
    volunteer.retired_on = on
    retired = Told(volunteer.volunteer_id, VolunteerRetired(volunteer=volunteer.volunteer_id, on=on))
    tell(session, [*end_stays(session, volunteer.volunteer_id, on), retired])
    return True


def return_volunteer(session: Session, volunteer: Volunteer, on: dt.date) -> bool:
    """The volunteer serves again; whether that is new."""
    changeable(volunteer)
    if volunteer.retired_on is None:
        return False
    if on < volunteer.retired_on:
        message = f"Ngày trở lại {on} trước ngày thôi tham gia {volunteer.retired_on}."
        raise refuse("on", "before_retirement", message)
    if on > clock.today():
        raise refuse("on", "in_the_future", f"Ngày trở lại {on} còn ở tương lai. Vui lòng ghi khi đã trở lại.")
    volunteer.retired_on = None
    event = VolunteerReturned(volunteer=volunteer.volunteer_id, on=on)
    tell(session, [Told(volunteer.volunteer_id, event)])
    return True
