"""Noting that two volunteers who look like one are two.

Guarantee: a pair is noted once, whichever is named first. It is a note of this registry, no fact for its readers: it
stands in the audit, and no event tells it.
"""

from sqlalchemy.orm import Session

from services.registry.commands.people_rules import changeable
from services.registry.commands.refusals import refuse
from services.registry.model import NotDuplicate, Volunteer
from shared import clock


def note_two_persons(session: Session, one: Volunteer, other: Volunteer) -> bool:
    """Whether that is new."""
    if one is other:
        raise refuse("other", "same_volunteer", "Cần hai tình nguyện viên khác nhau.")
    first, second = sorted((changeable(one).volunteer_id, changeable(other).volunteer_id))
    if session.get(NotDuplicate, (first, second)):
        return False
    session.add(NotDuplicate(one_id=first, other_id=second, noted_on=clock.today()))
    session.flush()
    return True
