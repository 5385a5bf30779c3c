"""What two records of one person say over time, as one: placements, and stays in teams.

Guarantee: the kept record's placements hold from its first on, the other's before it. In a team the person is at most
once on any day; where both records have it there, the higher position holds.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registry.commands.placements import placements_of
from services.registry.commands.teams_members import joined, left
from services.registry.journal import Told
from services.registry.model import POSITIONS, Placement, Team, TeamMember
from shared.events.people import VolunteerMoved


def take_over_placements(session: Session, kept: UUID, other: UUID) -> list[Told]:
    """Add the other's earlier placements; if there are any, the whole timeline is told, in its order."""
    own = placements_of(session, kept)
    earlier = [row for row in placements_of(session, other) if not own or row.placed_on < own[0].placed_on]
    for row in earlier:
        added = Placement(subject="volunteer", subject_id=kept, placed_on=row.placed_on, area_id=row.area_id)
        session.add(added)
    whole = [*earlier, *own] if earlier else []
    return [Told(kept, VolunteerMoved(volunteer=kept, area=row.area_id, on=row.placed_on)) for row in whole]


@dataclass(frozen=True, slots=True)
class Stay:
    """In a position from a day on; `left_on` is the first day without."""

    joined_on: dt.date
    left_on: dt.date | None
    position: str

    def holds(self, day: dt.date) -> bool:
        return self.joined_on <= day and (self.left_on is None or day < self.left_on)


def combined(stays: Iterable[Stay]) -> list[Stay]:
    """The stays of one person in one team, without overlap, in their order."""
    known = list(stays)
    days = sorted({one.joined_on for one in known} | {one.left_on for one in known if one.left_on})
    made: list[Stay] = []
    for begins, ends in zip(days, [*days[1:], None], strict=False):
        held = [one.position for one in known if one.holds(begins)]
        if not held:
            continue
        position = min(held, key=POSITIONS.index)
        if made and made[-1].left_on == begins and made[-1].position == position:
            begins = made.pop().joined_on
        made.append(Stay(begins, ends, position))
    return made


def take_over_stays(session: Session, kept: UUID, other: UUID) -> list[Told]:
    """Give the kept record the other's stays in teams: what there is to tell of the kept one."""
    theirs = session.scalars(sa.select(TeamMember).where(TeamMember.volunteer_id == other)).all()
    return [told for team in sorted({row.team_id for row in theirs}) for told in _take_over(session, team, kept, other)]


def _take_over(session: Session, team_id: UUID, kept: UUID, other: UUID) -> list[Told]:
    query = sa.select(TeamMember).where(TeamMember.team_id == team_id, TeamMember.volunteer_id.in_([kept, other]))
    rows = session.scalars(query).all()
    before = {_stay(row) for row in rows if row.volunteer_id == kept}
    after = combined(map(_stay, rows))
    for row in rows:
        if row.volunteer_id == other or _stay(row) not in after:
            session.delete(row)
    session.flush()  # what is replaced goes before what replaces it
    for stay in after:
        if stay not in before:
            session.add(_row(team_id, kept, stay))
    session.get_one(Team, team_id).version += 1
    return _told(team_id, kept, after) if before != set(after) else []


def _told(team_id: UUID, volunteer_id: UUID, stays: list[Stay]) -> list[Told]:
    told = []
    for stay, following in zip(stays, [*stays[1:], None], strict=False):
        told.append(joined(team_id, volunteer_id, stay.joined_on, stay.position))
        if stay.left_on and not (following and following.joined_on == stay.left_on):
            told.append(left(team_id, volunteer_id, stay.left_on))
    return told


def _stay(row: TeamMember) -> Stay:
    return Stay(row.joined_on, row.left_on, row.position)


def _row(team_id: UUID, volunteer_id: UUID, stay: Stay) -> TeamMember:
    return TeamMember(
        team_id=team_id,
        volunteer_id=volunteer_id,
        joined_on=stay.joined_on,
        left_on=stay.left_on,
        position=stay.position,
    )
