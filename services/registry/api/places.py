"""`/v1/venues`, `/v1/services`, `/v1/offices`: where and with what residents are helped."""

from typing import Any

from services.registry.api.doors import Blueprint, any_token, reading, secured, tagged, writing
from services.registry.commands import places as commands
from services.registry.queries import places as queries
from services.registry.queries.pages import Page
from services.registry.schemas import places as schemas
from services.registry.schemas.base import page_of
from shared import clock
from shared.auth import requires

routes = Blueprint("places", __name__, url_prefix="/v1", description="Địa điểm, nội dung hỗ trợ, cơ quan")


@routes.route("/venues", methods=["GET"])
@any_token
@routes.doc(**secured(), operationId="list_venues", summary="Venues, of an area and what is below it")
@routes.arguments(schemas.PlaceQuery, location="query")
@routes.response(200, page_of(schemas.Venue))
def list_venues(query: dict[str, Any]) -> Page:
    with reading() as session:
        return queries.venues(
            session, query["area"], query["on"] or clock.today(), after=query["after"], limit=query["limit"]
        )


@routes.route("/venues", methods=["POST"])
@requires("registry:write")
@routes.doc(**secured("registry:write"), operationId="declare_venue", summary="Declare a venue")
@routes.arguments(schemas.NewVenue)
@routes.response(201, schemas.Venue)
def declare_venue(body: dict[str, Any]) -> Any:
    reason = body.pop("reason")
    with writing(reason) as session:
        venue = commands.declare_venue(session, commands.NewVenue(**body))
        shown = queries.venue(session, venue.venue_id, clock.today())
    return tagged(shown, venue.version)


@routes.route("/services", methods=["GET"])
@any_token
@routes.doc(**secured(), operationId="list_services", summary="The service catalogue")
@routes.response(200, schemas.Services)
def list_services() -> dict[str, Any]:
    with reading() as session:
        return {"items": queries.services(session)}


@routes.route("/offices", methods=["GET"])
@any_token
@routes.doc(**secured(), operationId="list_offices", summary="Offices that residents can be referred to")
@routes.response(200, schemas.Offices)
def list_offices() -> dict[str, Any]:
    with reading() as session:
        return {"items": queries.offices(session)}
