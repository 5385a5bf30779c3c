"""`/v1/areas` and `/v1/successions`: areas on a day, their past and their future."""

from typing import Any
from uuid import UUID

from services.registry.api.doors import Blueprint, any_token, reading, secured, writing
from services.registry.commands import areas as commands
from services.registry.queries import areas as queries
from services.registry.queries.pages import Page
from services.registry.schemas import areas as schemas
from services.registry.schemas.base import page_of
from shared import clock
from shared.auth import requires
from shared.events.registry import Successor
from shared.problems import Problem

routes = Blueprint("areas", __name__, url_prefix="/v1", description="Đơn vị hành chính theo thời gian")


@routes.route("/areas", methods=["GET"])
@any_token
@routes.doc(**secured(), operationId="list_areas", summary="Areas on a day (default: today), by code")
@routes.arguments(schemas.AreaQuery, location="query")
@routes.response(200, page_of(schemas.Area))
def list_areas(query: dict[str, Any]) -> Page:
    wanted = queries.AreaFilter(
        on=query["on"] or clock.today(), code=query["code"], level=query["level"], parent=query["parent"]
    )
    with reading() as session:
        return queries.areas(session, wanted, after=query["after"], limit=query["limit"])


@routes.route("/areas", methods=["POST"])
@requires("registry:write")
@routes.doc(**secured("registry:write"), operationId="declare_group", summary="Declare a residential group of a ward")
@routes.arguments(schemas.NewGroup)
@routes.response(201, schemas.Area)
def declare_group(body: dict[str, Any]) -> Any:
    with writing(body.pop("reason")) as session:
        return commands.declare_group(session, commands.NewGroup(**body))


@routes.route("/areas/<uuid:area_id>", methods=["GET"])
@any_token
@routes.doc(**secured(), operationId="get_area", summary="One area, with its predecessors and successors")
@routes.arguments(schemas.DayQuery, location="query")
@routes.response(200, schemas.AreaInTime)
def get_area(query: dict[str, Any], area_id: UUID) -> Any:
    with reading() as session:
        area = queries.area(session, area_id, query["on"] or clock.today())
    if area is None:
        raise Problem("not_found", f"Không có đơn vị {area_id}.")
    return area


@routes.route("/successions", methods=["POST"])
@requires("registry:write")
@routes.doc(
    **secured("registry:write"),
    operationId="declare_succession",
    summary="Declare a merge, split, rename or move",
)
@routes.arguments(schemas.NewSuccession)
@routes.response(201, schemas.Succession(many=True))
def declare_succession(body: dict[str, Any]) -> Any:
    to = [Successor(**successor) for successor in body["to"]]
    with writing(body.pop("reason")) as session:
        return commands.succeed(session, on=body["on"], kind=body["kind"], from_ids=body["from_"], to=to)
