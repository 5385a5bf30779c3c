"""`/v1/venues`: where residents are served."""

import datetime as dt
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
from services.registry.commands import venues as commands
from services.registry.commands.refusals import row_or_404, same_version
from services.registry.model import Venue
from services.registry.queries import venues as queries
from services.registry.queries.pages import Page
from services.registry.schemas import venues as schemas
from services.registry.schemas.areas import DayQuery
from services.registry.schemas.base import page_of
from services.registry.schemas.endings import Closure, Reopening
from shared import clock
from shared.auth import requires
from shared.problems import Problem

routes = Blueprint("venues", __name__, url_prefix="/v1", description="Địa điểm hỗ trợ")

WRITE = secured("registry:write")
CHANGE = WRITE | {"parameters": [IF_MATCH]}


@routes.route("/venues", methods=["GET"])
@any_token
@routes.doc(
    **secured(),
    operationId="list_venues",
    summary="Venues: of an area and what is below it on a day, of a kind, open on a day, by name however it is typed",
)
@routes.arguments(schemas.VenueQuery, location="query")
@routes.response(200, page_of(schemas.Venue))
def list_venues(query: dict[str, Any]) -> Page:
    wanted = queries.VenueFilter(
        on=query["on"] or clock.today(),
        area=query["area"],
        kind=query["kind"],
        open_on=query["open_on"],
        q=query["q"],
    )
    with reading() as session:
        return queries.venues(session, wanted, after=query["after"], limit=query["limit"])


@routes.route("/venues", methods=["POST"])
@requires("registry:write")
@routes.doc(**WRITE, operationId="declare_venue", summary="Declare a venue")
@routes.arguments(schemas.NewVenue)
@routes.response(201, schemas.VenueInTime)
def declare_venue(body: dict[str, Any]) -> Any:
    with writing(body.pop("reason")) as session:
        venue = commands.declare_venue(session, commands.NewVenue(**body))
        return _shown(session, venue, 201)


@routes.route("/venues/<uuid:venue_id>", methods=["GET"])
@any_token
@routes.doc(**secured(), operationId="get_venue", summary="One venue, with where it is from which day on")
@routes.arguments(DayQuery, location="query")
@routes.response(200, schemas.VenueInTime)
def get_venue(query: dict[str, Any], venue_id: UUID) -> Any:
    with reading() as session:
        venue = queries.venue(session, venue_id, query["on"] or clock.today())
    if venue is None:
        raise Problem("not_found", f"Không có địa điểm {venue_id}.")
    return tagged(venue, venue["version"])


@routes.route("/venues/<uuid:venue_id>", methods=["PATCH"])
@requires("registry:write")
@routes.doc(**CHANGE, operationId="change_venue", summary="Change what is given of a venue; it moves by its moves")
@routes.arguments(schemas.VenueChange)
@routes.response(200, schemas.VenueInTime)
def change_venue(body: dict[str, Any], venue_id: UUID) -> Any:
    with writing(body.pop("reason")) as session:
        venue = _seen(session, venue_id)
        commands.change_venue(session, venue, body)
        return _shown(session, venue)


@routes.route("/venues/<uuid:venue_id>/moves", methods=["POST"])
@requires("registry:write")
@routes.doc(**CHANGE, operationId="move_venue", summary="From a day on, the venue belongs to another area")
@routes.arguments(schemas.VenueMove)
@routes.response(200, schemas.VenueInTime)
def move_venue(body: dict[str, Any], venue_id: UUID) -> Any:
    with writing(body["reason"]) as session:
        venue = _seen(session, venue_id)
        commands.move_venue(session, venue, body["area_id"], body["on"])
        return _shown(session, venue, on=max(body["on"], clock.today()))


@routes.route("/venues/<uuid:venue_id>/closure", methods=["POST"])
@requires("registry:write")
@routes.doc(**CHANGE, operationId="close_venue", summary="From a day on, the venue is not used")
@routes.arguments(Closure)
@routes.response(200, schemas.VenueInTime)
def close_venue(body: dict[str, Any], venue_id: UUID) -> Any:
    with writing(body["reason"]) as session:
        venue = _seen(session, venue_id)
        commands.close_venue(session, venue, body["on"])
        return _shown(session, venue)


@routes.route("/venues/<uuid:venue_id>/reopening", methods=["POST"])
@requires("registry:write")
@routes.doc(**CHANGE, operationId="reopen_venue", summary="The venue is used again")
@routes.arguments(Reopening)
@routes.response(200, schemas.VenueInTime)
def reopen_venue(body: dict[str, Any], venue_id: UUID) -> Any:
    with writing(body["reason"]) as session:
        venue = _seen(session, venue_id)
        commands.reopen_venue(session, venue)
        return _shown(session, venue)


def _seen(session: Session, venue_id: UUID) -> Venue:
    venue = row_or_404(session, Venue, venue_id, "địa điểm")
    same_version(venue, expected_version())
    return venue


def _shown(session: Session, venue: Venue, status: int = 200, on: dt.date | None = None) -> Any:
    session.flush()
    return tagged(queries.venue(session, venue.venue_id, on or clock.today()), venue.version, status)
