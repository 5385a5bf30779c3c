"""Who is in a team, in which position, over time.

Guarantee: on any day a person is in a team at most once, and a team has at most one leader: a new one makes the
former a member from that day on. Nobody is in a team after its end or the own one. Joining where one is and leaving
where one is not changes nothing; what is known of later days is never overwritten, but refused.
"""

import datetime as dt
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registry.commands.people_rules import serving
from services.registry.commands.refusals import refuse
from services.registry.journal import Told, tell
from services.registry.model import POSITIONS, Team, TeamMember, Volunteer
from services.registry.queries.teams import covers, ends_after
from shared.events.people import VolunteerJoinedTeam, VolunteerLeftTeam
from shared.problems import Problem


def join_team(session: Session, team: Team, volunteer: Volunteer, on: dt.date, position: str) -> bool:
    """From `on`, the volunteer is in the team in this position; whether that is new."""
    told = enter(session, team, volunteer, on, position)
    if told:
        team.version += 1
        tell(session, told)
    return bool(told)


def enter(
    session: Session, team: Team, volunteer: Volunteer, on: dt.date, position: str, field: str = "on"
) -> list[Told]:
    """`join_team` without telling: what there is to tell."""
    if position not in POSITIONS:
        raise refuse("position", "invalid", f"Giá trị được nhận: {', '.join(POSITIONS)}.")
    serving(volunteer, on, field)
    _there(team, on, field)
    stay = _stay_on(session, team.team_id, volunteer.volunteer_id, on)
    if stay and stay.position == position:
        return []
    _nothing_later(session, team.team_id, volunteer, on)
    former = _make_way(session, team, on) if position == "leader" else []
    ends = stay.left_on if stay else _last_day_of(team, volunteer)
    _change(session, stay, (team.team_id, volunteer.volunteer_id), on, position, ends)
    volunteer.version += 1
    return [*former, *_changed(team.team_id, volunteer.volunteer_id, on, position, ends)]


def _last_day_of(team: Team, volunteer: Volunteer) -> dt.date | None:
    """The first day on which the team or the volunteer serves no more, if that is known."""
    return min((day for day in (team.dissolved_on, volunteer.retired_on) if day), default=None)


def _there(team: Team, on: dt.date, field: str) -> None:
    if on < team.formed_on:
        raise refuse(field, "before_forming", f"Tổ được thành lập ngày {team.formed_on}, sau ngày {on}.")
    if team.dissolved_on and on >= team.dissolved_on:
        raise refuse(field, "dissolved", f"Tổ đã giải thể từ ngày {team.dissolved_on}.")


def _change(
    session: Session, stay: TeamMember | None, who: tuple[UUID, UUID], on: dt.date, position: str, ends: dt.date | None
) -> None:
    """One stay ends where the next, in another position, begins."""
    if stay and stay.joined_on == on:
        stay.position = position
        return
    if stay:
        stay.left_on = on
        session.flush()  # the one ends before the other begins: nobody has two open stays
    team_id, volunteer_id = who
    if ended := session.get(TeamMember, (team_id, volunteer_id, on)):  # it ended on the day on which it began
        ended.position, ended.left_on = position, ends
        return
    session.add(TeamMember(team_id=team_id, volunteer_id=volunteer_id, joined_on=on, position=position, left_on=ends))


def _changed(team_id: UUID, volunteer_id: UUID, on: dt.date, position: str, ends: dt.date | None) -> list[Told]:
    """What there is to tell of a stay that begins on a day and perhaps has its end already."""
    end = [left(team_id, volunteer_id, ends)] if ends else []
    return [joined(team_id, volunteer_id, on, position), *end]


def _make_way(session: Session, team: Team, on: dt.date) -> list[Told]:
    """Whoever leads the team on a day is a member from then on."""
    leads = TeamMember.position == "leader"
    later = session.scalar(sa.select(TeamMember).where(TeamMember.team_id == team.team_id, leads, _begins_after(on)))
    if later:
        message = f"Tổ đã có tổ trưởng từ ngày {later.joined_on}. Vui lòng chọn ngày từ đó trở đi."
        raise refuse("on", "later_leader", message)
    former = session.scalar(sa.select(TeamMember).where(TeamMember.team_id == team.team_id, leads, covers(on)))
    if former is None:
        return []
    ends = former.left_on
    _change(session, former, (team.team_id, former.volunteer_id), on, "member", ends)
    session.get_one(Volunteer, former.volunteer_id).version += 1
    return _changed(team.team_id, former.volunteer_id, on, "member", ends)


def _nothing_later(session: Session, team_id: UUID, volunteer: Volunteer, on: dt.date) -> None:
    later = session.scalar(_stays(team_id, volunteer.volunteer_id).where(_begins_after(on)))
    if later:
        message = f"Tình nguyện viên đã có mặt trong tổ từ ngày {later.joined_on}. Vui lòng chọn ngày từ đó trở đi."
        raise refuse("on", "later_stay", message)


def leave_team(session: Session, team: Team, volunteer: Volunteer, on: dt.date) -> bool:
    """The volunteer is not in the team from `on`; whether that is new."""
    stay = _stay_on(session, team.team_id, volunteer.volunteer_id, on)
    if stay is None:
        _was_there(session, team, volunteer, on)
    _nothing_later(session, team.team_id, volunteer, on)
    if stay is None:
        return False
    stay.left_on = on
    team.version += 1
    volunteer.version += 1
    tell(session, [left(team.team_id, volunteer.volunteer_id, on)])
    return True


def _was_there(session: Session, team: Team, volunteer: Volunteer, on: dt.date) -> None:
    """Refuse the leave of someone who never was there, or not by that day."""
    stays = session.scalars(_stays(team.team_id, volunteer.volunteer_id)).all()
    if not stays:
        raise Problem("not_found", f"Tình nguyện viên {volunteer.volunteer_id} không ở trong tổ {team.team_id}.")
    if on < stays[0].joined_on:
        raise refuse("on", "before_joining", f"Ngày {on} trước ngày vào tổ {stays[0].joined_on}.")


def end_stays(session: Session, volunteer_id: UUID, on: dt.date) -> list[Told]:
    """Every stay of a volunteer ends on a day, and what would begin later never does: what there is to tell."""
    told = []
    query = sa.select(TeamMember).where(TeamMember.volunteer_id == volunteer_id, ends_after(on))
    for stay in session.scalars(query.order_by(TeamMember.team_id, TeamMember.joined_on)).all():
        stay.left_on = max(on, stay.joined_on)
        _team(session, stay).version += 1
        told.append(left(stay.team_id, volunteer_id, stay.left_on))
    return told


def _team(session: Session, stay: TeamMember) -> Team:
    return session.get_one(Team, stay.team_id)


def _begins_after(day: dt.date) -> sa.ColumnElement[bool]:
    """A later stay that is one: what ended as it began does not count."""
    return sa.and_(TeamMember.joined_on > day, ends_after(TeamMember.joined_on))


def _stays(team_id: UUID, volunteer_id: UUID) -> sa.Select[TeamMember]:
    query = sa.select(TeamMember).where(TeamMember.team_id == team_id, TeamMember.volunteer_id == volunteer_id)
    return query.order_by(TeamMember.joined_on)


def _stay_on(session: Session, team_id: UUID, volunteer_id: UUID, day: dt.date) -> TeamMember | None:
    return session.scalar(_stays(team_id, volunteer_id).where(covers(day)))


def joined(team_id: UUID, volunteer_id: UUID, on: dt.date, position: str) -> Told:
    event = VolunteerJoinedTeam(volunteer=volunteer_id, team=team_id, on=on, position=position)  # type: ignore[arg-type]
    return Told(volunteer_id, event)


def left(team_id: UUID, volunteer_id: UUID, on: dt.date) -> Told:
    return Told(volunteer_id, VolunteerLeftTeam(volunteer=volunteer_id, team=team_id, on=on))
