"""`/v1/teams`: Community Digital Technology Teams, and who is in them over time.

Guarantee: a token without `registry:write` sees its own areas' teams, and their members without names.
"""

from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from services.registry.api.doors import (
    IF_MATCH,
    Blueprint,
    any_token,
    expected_version,
    reading,
    secured,
    tagged,
    writing,
)
from services.registry.api.people_shown import known, only_in, without_names
from services.registry.commands import teams as commands
from services.registry.commands import teams_members as members
from services.registry.commands.refusals import row_or_404, same_version
from services.registry.model import Team
from services.registry.queries import teams as queries
from services.registry.queries.pages import Page
from services.registry.schemas import teams as schemas
from services.registry.schemas.areas import DayQuery
from services.registry.schemas.base import page_of
from services.registry.schemas.people import Move, On
from shared import clock
from shared.auth import requires
from shared.problems import Problem

routes = Blueprint("teams", __name__, url_prefix="/v1", description="Tổ công nghệ số cộng đồng")

WRITE = secured("registry:write")
CHANGE = WRITE | {"parameters": [IF_MATCH]}
ONE = "/teams/<uuid:team_id>"


@routes.route("/teams", methods=["GET"])
@any_token
@routes.doc(**secured(), operationId="list_teams", summary="The teams that there are on a day (default: today)")
@routes.arguments(schemas.TeamQuery, location="query")
@routes.response(200, page_of(schemas.Team))
def list_teams(query: dict[str, Any]) -> Page:
    day = query["on"] or clock.today()
    with reading() as session:
        return queries.teams(
            session, day, area_id=query["area"], only_in=only_in(), after=query["after"], limit=query["limit"]
        )


@routes.route("/teams", methods=["POST"])
@requires("registry:write")
@routes.doc(**WRITE, operationId="form_team", summary="Form a team, with its first members")
@routes.arguments(schemas.NewTeam)
@routes.response(201, schemas.TeamInTime)
def form_team(body: dict[str, Any]) -> Any:
    first = [commands.Member(**one) for one in body.pop("members")]
    with writing(body.pop("reason")) as session:
        team = commands.form_team(session, commands.NewTeam(**body, members=first))
        return _shown(session, team, 201)


@routes.route(ONE, methods=["GET"])
@any_token
@routes.doc(**secured(), operationId="get_team", summary="One team, with its members on a day (default: today)")
@routes.arguments(DayQuery, location="query")
@routes.response(200, schemas.TeamInTime)
def get_team(query: dict[str, Any], team_id: UUID) -> Any:
    with reading() as session:
        found = queries.team(session, team_id, query["on"] or clock.today(), only_in())
    if found is None:
        raise Problem("not_found", f"Không có tổ {team_id}.")
    return tagged(_named(found), found["version"])


@routes.route(ONE, methods=["PATCH"])
@requires("registry:write")
@routes.doc(**CHANGE, operationId="rename_team", summary="Correct the name of a team")
@routes.arguments(schemas.TeamChange)
@routes.response(200, schemas.TeamInTime)
def rename_team(body: dict[str, Any], team_id: UUID) -> Any:
    with writing(body["reason"]) as session:
        team = _seen(session, team_id)
        commands.rename_team(session, team, body["name"])
        return _shown(session, team)


@routes.route(f"{ONE}/moves", methods=["POST"])
@requires("registry:write")
@routes.doc(**CHANGE, operationId="move_team", summary="To another ward or residential group, from a day on")
@routes.arguments(Move)
@routes.response(200, schemas.TeamInTime)
def move_team(body: dict[str, Any], team_id: UUID) -> Any:
    with writing(body["reason"]) as session:
        team = _seen(session, team_id)
        commands.move_team(session, team, body["area_id"], body["on"])
        return _shown(session, team)


@routes.route(f"{ONE}/dissolution", methods=["POST"])
@requires("registry:write")
@routes.doc(**CHANGE, operationId="dissolve_team", summary="The team ends, and everyone's stay in it")
@routes.arguments(On)
@routes.response(200, schemas.TeamInTime)
def dissolve_team(body: dict[str, Any], team_id: UUID) -> Any:
    with writing(body["reason"]) as session:
        team = _seen(session, team_id)
        commands.dissolve_team(session, team, body["on"])
        return _shown(session, team)


@routes.route(f"{ONE}/members", methods=["POST"])
@requires("registry:write")
@routes.doc(**CHANGE, operationId="join_team", summary="A volunteer is in the team, in a position, from a day on")
@routes.arguments(schemas.Joining)
@routes.response(200, schemas.TeamInTime)
def join_team(body: dict[str, Any], team_id: UUID) -> Any:
    with writing(body["reason"]) as session:
        team, volunteer = _seen(session, team_id), known(session, body["volunteer_id"])
        members.join_team(session, team, volunteer, body["on"], body["position"])
        return _shown(session, team)


@routes.route(f"{ONE}/members/<uuid:volunteer_id>/leave", methods=["POST"])
@requires("registry:write")
@routes.doc(**CHANGE, operationId="leave_team", summary="A volunteer is not in the team from a day on")
@routes.arguments(On)
@routes.response(200, schemas.TeamInTime)
def leave_team(body: dict[str, Any], team_id: UUID, volunteer_id: UUID) -> Any:
    with writing(body["reason"]) as session:
        team, volunteer = _seen(session, team_id), known(session, volunteer_id)
        members.leave_team(session, team, volunteer, body["on"])
        return _shown(session, team)


def _seen(session: Session, team_id: UUID) -> Team:
    team = row_or_404(session, Team, team_id, "tổ")
    same_version(team, expected_version())
    return team


def _shown(session: Session, team: Team, status: int = 200) -> Any:
    session.flush()
    found = queries.team(session, team.team_id, clock.today())
    assert found is not None
    return tagged(_named(found), team.version, status)


def _named(found: dict[str, Any]) -> dict[str, Any]:
    return found | {"members": [without_names(one._mapping) for one in found["members"]]}
