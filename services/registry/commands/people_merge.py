"""Merging two records of one person, so that nothing is lost.

Guarantee: the record that is kept gains what only the other had: empty fields, skills, languages, earlier placements,
stays in teams. Where both say something else, the caller chooses, or the kept one holds and the difference is
reported. The other record keeps its values and its placements, and can still be read under its id.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registry.commands.people import apply, corrected
from services.registry.commands.people_fields import union
from services.registry.commands.people_rules import changeable
from services.registry.commands.people_timelines import take_over_placements, take_over_stays
from services.registry.commands.refusals import refuse
from services.registry.journal import Told, tell
from services.registry.model import Volunteer
from shared import clock
from shared.events.people import VolunteerMerged, VolunteerRetired, VolunteerReturned

SINGLE = ("full_name", "phone", "kind", "unit", "birth_year", "joined_on")  # of these, a person has one


@dataclass(frozen=True, slots=True)
class Conflict:
    """A field of which the two records said different things, and nobody chose."""

    field: str
    kept: Any
    other: Any


def merge_volunteers(session: Session, kept: Volunteer, other: Volunteer, chosen: Mapping[str, Any]) -> list[Conflict]:
    """`other` turns out to be `kept`; `chosen` are the fields that the caller decided. What stayed open."""
    if kept is other:
        raise refuse("from", "same_volunteer", "Cần hai bản ghi khác nhau để gộp.")
    if other.merged_into == kept.volunteer_id:
        return []
    changeable(kept)
    changeable(other)
    open_questions = _conflicts(kept, other, chosen)
    earlier = session.scalars(sa.select(Volunteer).where(Volunteer.merged_into == other.volunteer_id)).all()
    service = _combine_service(kept, other)
    is_changed = apply(kept, _combined(kept, other) | dict(chosen))
    told = [_merged(kept, other, earlier)]
    told += [Told(kept.volunteer_id, corrected(kept))] if is_changed else []
    told += service
    told += take_over_placements(session, kept.volunteer_id, other.volunteer_id)
    told += take_over_stays(session, kept.volunteer_id, other.volunteer_id)
    tell(session, told)
    return open_questions


def _conflicts(kept: Volunteer, other: Volunteer, chosen: Mapping[str, Any]) -> list[Conflict]:
    pairs = ((name, getattr(kept, name), getattr(other, name)) for name in SINGLE if name != "joined_on")
    return [
        Conflict(name, one, another)
        for name, one, another in pairs
        if name not in chosen and one is not None and another is not None and one != another
    ]


def _combined(kept: Volunteer, other: Volunteer) -> dict[str, Any]:
    """What the kept record gains from the other."""
    gained = {name: getattr(other, name) for name in SINGLE if getattr(kept, name) is None}
    gained |= {name: union(getattr(kept, name), getattr(other, name)) for name in ("skills", "languages")}
    if kept.joined_on and other.joined_on:
        gained["joined_on"] = min(kept.joined_on, other.joined_on)
    if kept.consent_on is None:
        gained |= {"consent_on": other.consent_on, "consent_text": other.consent_text}
    return gained


def _merged(kept: Volunteer, other: Volunteer, earlier: Sequence[Volunteer]) -> Told:
    """Mark the other record, and those that were merged into it before, as being this one."""
    for record in (other, *earlier):
        record.merged_into = kept.volunteer_id
    kept.version += 1
    event = VolunteerMerged(volunteer=other.volunteer_id, into=kept.volunteer_id, on=clock.today())
    return Told(other.volunteer_id, event)


def _combine_service(kept: Volunteer, other: Volunteer) -> list[Told]:
    """A person serves as long as one of the records says so."""
    before = kept.retired_on
    if before is None or (other.retired_on and other.retired_on <= before):
        return []
    kept.retired_on = other.retired_on
    event: VolunteerRetired | VolunteerReturned
    if other.retired_on:
        event = VolunteerRetired(volunteer=kept.volunteer_id, on=other.retired_on)
    else:
        event = VolunteerReturned(volunteer=kept.volunteer_id, on=before)
    return [Told(kept.volunteer_id, event)]
