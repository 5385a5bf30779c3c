"""`/v1/areas` and `/v1/top`: areas on a day, their past and their future, and what stands at the top here."""

from typing import Any
from uuid import UUID

from flask import current_app

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
from services.registry.commands import areas as commands
from services.registry.commands.refusals import row_or_404, same_version
from services.registry.model import Area
from services.registry.queries import area_history
from services.registry.queries import areas as queries
from services.registry.queries import top as top_queries
from services.registry.queries.pages import Page
from services.registry.schemas import areas as schemas
from services.registry.schemas.base import page_of
from shared import clock
from shared.auth import requires
from shared.problems import Problem

routes = Blueprint("areas", __name__, url_prefix="/v1", description="Đơn vị hành chính theo thời gian")


@routes.route("/areas", methods=["GET"])
@any_token
@routes.doc(
    **secured(),
    operationId="list_areas",
    summary="Areas on a day (default: today; `on=any`: of all times), by code, level, parent and name",
)
@routes.arguments(schemas.AreaQuery, location="query")
@routes.response(200, page_of(schemas.Area))
def list_areas(query: dict[str, Any]) -> Page:
    all_times = query["on"] == schemas.ANY
    wanted = queries.AreaFilter(
        on=clock.today() if all_times or query["on"] is None else query["on"],
        all_times=all_times,
        code=query["code"],
        level=query["level"],
        parent=query["parent"],
        name=query["name"],
    )
    with reading() as session:
        return queries.areas(session, wanted, after=query["after"], limit=query["limit"])


@routes.route("/areas", methods=["POST"])
@requires("registry:write")
@routes.doc(
    **secured("registry:write"),
    operationId="declare_area",
    summary="Declare an area: a residential group of a ward, or a ward, district or province of the next reform",
)
@routes.arguments(schemas.NewArea)
@routes.response(201, schemas.Area)
def declare_area(body: dict[str, Any]) -> Any:
    with writing(body.pop("reason")) as session:
        area = commands.declare_area(session, commands.NewArea(**body))
    return tagged(area, area.version)


@routes.route("/areas/<uuid:area_id>", methods=["GET"])
@any_token
@routes.doc(
    **secured(), operationId="get_area", summary="One area on a day, with its names, parents, predecessors, successors"
)
@routes.arguments(schemas.DayQuery, location="query")
@routes.response(200, schemas.AreaInTime)
def get_area(query: dict[str, Any], area_id: UUID) -> Any:
    with reading() as session:
        area = area_history.area(session, area_id, query["on"] or clock.today())
    if area is None:
        raise Problem("not_found", f"Không có đơn vị {area_id}.")
    return tagged(area, area["version"])


@routes.route("/areas/<uuid:area_id>", methods=["PATCH"])
@requires("registry:write")
@routes.doc(
    **secured("registry:write"),
    operationId="change_area",
    summary="Correct the spelling of a name, a group's label, households, residents, eligible",
    parameters=[IF_MATCH],
)
@routes.arguments(schemas.AreaChange)
@routes.response(200, schemas.AreaInTime)
def change_area(body: dict[str, Any], area_id: UUID) -> Any:
    expected = expected_version()
    with writing(body.pop("reason")) as session:
        area = row_or_404(session, Area, area_id, "đơn vị")
        same_version(area, expected)
        commands.change_area(session, area, body)
        session.flush()
        shown = area_history.area(session, area_id, clock.today())
        return tagged(shown, area.version)


@routes.route("/top", methods=["GET"])
@any_token
@routes.doc(
    **secured(),
    operationId="get_top",
    summary="What stands at the top of this deployment on a day, and which level reports",
)
@routes.arguments(schemas.DayQuery, location="query")
@routes.response(200, schemas.Top)
def get_top(query: dict[str, Any]) -> Any:
    code = current_app.extensions["cds_settings"].top_area
    with reading() as session:
        return top_queries.top(session, code, query["on"] or clock.today())
