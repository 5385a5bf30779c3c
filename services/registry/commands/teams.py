"""Community Digital Technology Teams: forming, naming anew, moving, dissolving.

Guarantee: a team is in a ward or a residential group, and stays itself when that is succeeded. Repeating any of
these changes nothing and tells nothing.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registry.commands.people_moves import known_on
from services.registry.commands.placements_bulk import Place, Ways, areas_by_id, place_many, place_new, whereabouts
from services.registry.commands.refusals import refuse
from services.registry.commands.teams_members import enter
from services.registry.journal import Told, tell
from services.registry.model import Team, TeamMember, Volunteer
from services.registry.queries.teams import covers, ends_after
from shared.events.people import TeamDissolved, TeamFormed, TeamMoved
from shared.problems import Problem


@dataclass(frozen=True, slots=True)
class Member:
    volunteer_id: UUID
    position: str = "member"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTeam:
    """A team as it is formed, with its first members."""

    name: str
    area_id: UUID
    on: dt.date
    members: Sequence[Member] = field(default_factory=list)
    team_id: UUID | None = None


def form_team(session: Session, new: NewTeam) -> Team:
    area = known_on(areas_by_id(session, [new.area_id]), new.area_id, new.on)
    team = Team(team_id=new.team_id or uuid4(), name=new.name, formed_on=new.on, version=1)
    if session.get(Team, team.team_id):
        raise Problem("already_exists", f"Đã có tổ {team.team_id}.")
    _members_once(new.members)
    session.add(team)
    ways = Ways(session, [area.area_id])
    place_new(session, "team", [Place(team.team_id, area.area_id, new.on)], ways)
    leader = next((one.volunteer_id for one in new.members if one.position == "leader"), None)
    entered = [told for place, one in enumerate(new.members) for told in _enter(session, team, one, place)]
    formed = _formed(team, ways.area_on(area.area_id, new.on), leader)
    tell(session, [formed, *entered])
    return team


def _members_once(members: Sequence[Member]) -> None:
    if len({one.volunteer_id for one in members}) != len(members):
        raise refuse("members", "repeated", "Có tình nguyện viên bị lặp lại trong danh sách.")
    if sum(one.position == "leader" for one in members) > 1:
        raise refuse("members", "two_leaders", "Một tổ chỉ có một tổ trưởng (leader) tại một thời điểm.")


def _enter(session: Session, team: Team, member: Member, place: int) -> list[Told]:
    name = f"members[{place}].volunteer_id"
    volunteer = session.get(Volunteer, member.volunteer_id)
    if volunteer is None:
        message = f"Không có tình nguyện viên {member.volunteer_id}. Vui lòng tra lại ở /v1/volunteers."
        raise refuse(name, "unknown_volunteer", message)
    return enter(session, team, volunteer, team.formed_on, member.position, name)


def rename_team(session: Session, team: Team, name: str) -> bool:
    """Whether the name is new; it is told as the whole team, as it was formed."""
    _there(team)
    if team.name == name:
        return False
    team.name = name
    leads = (TeamMember.team_id == team.team_id, TeamMember.position == "leader", covers(team.formed_on))
    leader = session.scalar(sa.select(TeamMember.volunteer_id).where(*leads))
    tell(session, [_formed(team, _area(session, team, team.formed_on), leader)])
    return True


def move_team(session: Session, team: Team, area_id: UUID, on: dt.date) -> bool:
    """The team works in an area from a day on; what was known of later days is forgotten. Whether that is new."""
    _there(team)
    known_on(areas_by_id(session, [area_id]), area_id, on)
    _not_before_forming(team, on)
    ways = Ways(session, [area_id])
    target = ways.area_on(area_id, on)
    if _area(session, team, on) == target:
        return False
    place_many(session, "team", [Place(team.team_id, area_id, on)], ways)
    team.version += 1
    tell(session, [Told(team.team_id, TeamMoved(team=team.team_id, area=target, on=on))])
    return True


def dissolve_team(session: Session, team: Team, on: dt.date) -> bool:
    """The team ends, and everyone's stay in it; another day corrects the first. Whether that is new."""
    if team.dissolved_on == on:
        return False
    _not_before_forming(team, on)
    team.dissolved_on = on
    stays = sa.select(TeamMember).where(TeamMember.team_id == team.team_id, ends_after(on))
    for stay in session.scalars(stays).all():
        stay.left_on = max(on, stay.joined_on)
        session.get_one(Volunteer, stay.volunteer_id).version += 1
    area_id = _area(session, team, on)
    tell(session, [Told(team.team_id, TeamDissolved(team=team.team_id, area=area_id, on=on))])
    return True


def _there(team: Team) -> None:
    if team.dissolved_on:
        raise Problem("gone", f"Tổ {team.team_id} đã giải thể từ ngày {team.dissolved_on}.")


def _not_before_forming(team: Team, on: dt.date) -> None:
    if on < team.formed_on:
        raise refuse("on", "before_forming", f"Ngày {on} trước ngày thành lập tổ {team.formed_on}.")


def _area(session: Session, team: Team, day: dt.date) -> UUID:
    return whereabouts(session, [team.team_id], day)[team.team_id]


def _formed(team: Team, area_id: UUID, leader: UUID | None) -> Told:
    event = TeamFormed(team=team.team_id, area=area_id, on=team.formed_on, name=team.name, leader=leader)
    return Told(team.team_id, event)
