"""Taking volunteers who never were out of the registry: those of the sample.

Guarantee: no row and no name of them stays but the audit's public half; readers are told that they retired. Whoever was
merged into one of them is a record of its own again. A real person is erased instead (`people_erasure`).
"""

import datetime as dt
from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registry.commands.people_erasure import forget_history
from services.registry.commands.people_moves import retire_volunteer
from services.registry.model import NotDuplicate, Placement, TeamMember, Volunteer


def remove_as_if_never_there(session: Session, volunteer_ids: Sequence[UUID], on: dt.date) -> None:
    """Those that are not there are left out."""
    people = session.scalars(sa.select(Volunteer).where(Volunteer.volunteer_id.in_(volunteer_ids))).all()
    for one in people:
        if not (one.retired_on or one.merged_into or one.erased_on):
            retire_volunteer(session, one, max(on, one.joined_on or on))
    for merged in session.scalars(sa.select(Volunteer).where(Volunteer.merged_into.in_(volunteer_ids))):
        merged.merged_into = None
    for query in (
        sa.select(TeamMember).where(TeamMember.volunteer_id.in_(volunteer_ids)),
        sa.select(NotDuplicate).where(
            sa.or_(NotDuplicate.one_id.in_(volunteer_ids), NotDuplicate.other_id.in_(volunteer_ids))
        ),
        sa.select(Placement).where(Placement.subject_id.in_(volunteer_ids)),
    ):
        for row in session.scalars(query).all():
            session.delete(row)
    session.flush()
    for one in people:
        session.delete(one)
    forget_history(session, volunteer_ids)
