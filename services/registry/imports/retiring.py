"""Retiring many volunteers at once: what `people_moves.retire_volunteer` does, with a few statements for all of them.

Guarantee: the same state and the same events as one by one. Who is or was in a team, of which there are few, is retired
by that command itself, because stays have to end with it.
"""

import datetime as dt
from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registry.commands.people_moves import retire_volunteer
from services.registry.commands.people_rules import changeable, not_before_joining
from services.registry.journal import Told, tell
from services.registry.model import TeamMember, Volunteer
from shared.events.people import VolunteerRetired


def retire_many(session: Session, wanted: Sequence[tuple[Volunteer, dt.date]]) -> set[UUID]:
    """Those (nobody twice) of whom the day is new.

    Raises:
        Problem: the day of one is before that of joining, or the record was merged or erased.
    """
    new = [(person, on) for person, on in wanted if person.retired_on != on]
    teams = _in_teams(session, [person.volunteer_id for person, _ in new])
    told = []
    for person, on in new:
        if person.volunteer_id in teams:
            retire_volunteer(session, person, on)
            continue
        not_before_joining(changeable(person), on)
        person.retired_on = on
        told.append(Told(person.volunteer_id, VolunteerRetired(volunteer=person.volunteer_id, on=on)))
    if told:
        tell(session, told)
    return {person.volunteer_id for person, _ in new}


def _in_teams(session: Session, ids: Sequence[UUID]) -> set[UUID]:
    if not ids:
        return set()
    ever = TeamMember.volunteer_id == sa.any_(sa.literal(list(ids), sa.ARRAY(sa.UUID)))
    return set(session.scalars(sa.select(TeamMember.volunteer_id).where(ever).distinct()))
