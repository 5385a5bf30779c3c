"""Erasing what is personal of a volunteer, with every record that was merged into it.

Guarantee: name, phone, skills, languages and their whole history are gone from every table; the row, its id, its
kind, unit, birth year and days stay, since the figures count them and the events already told them.
It does not reach the reasons that people wrote into the audit, nor backups.
"""

import datetime as dt
from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registry.commands.people_rules import changeable
from services.registry.commands.teams_members import end_stays
from services.registry.journal import Told, tell
from services.registry.model import Change, ChangePersonal, Volunteer
from shared.events.people import VolunteerErased


def erase_volunteer(session: Session, volunteer: Volunteer, on: dt.date) -> bool:
    """Whether there was anything to erase."""
    if volunteer.erased_on:
        return False
    changeable(volunteer)
    merged = session.scalars(sa.select(Volunteer).where(Volunteer.merged_into == volunteer.volunteer_id)).all()
    stays = end_stays(session, volunteer.volunteer_id, on)
    records = [volunteer, *(one for one in merged if not one.erased_on)]
    for record in records:
        _empty(record, on)
    erased = [Told(one.volunteer_id, VolunteerErased(volunteer=one.volunteer_id, on=on)) for one in records]
    tell(session, [*stays, *erased])
    forget_history(session, [one.volunteer_id for one in records])
    return True


def _empty(volunteer: Volunteer, on: dt.date) -> None:
    volunteer.full_name = volunteer.phone = None
    volunteer.folded_name = ""
    volunteer.skills, volunteer.languages = [], []
    volunteer.erased_on = on


def forget_history(session: Session, volunteer_ids: Sequence[UUID]) -> None:
    """Remove the personal half of every change of these volunteers, this transaction's too."""
    session.flush()
    theirs = sa.select(Change.change_id).where(
        Change.kind == "volunteer", Change.subject.in_([str(one) for one in volunteer_ids])
    )
    session.execute(sa.delete(ChangePersonal).where(ChangePersonal.change_id.in_(theirs)))
