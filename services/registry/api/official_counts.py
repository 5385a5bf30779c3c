"""`/v1/official-counts`: what the police or the ministry counts as done, beside our own count."""

from typing import Any

from services.registry.api.doors import Blueprint, any_token, reading, secured, tagged, writing
from services.registry.commands import official_counts as commands
from services.registry.queries import targets as queries
from services.registry.queries.pages import Page
from services.registry.schemas import official_counts as schemas
from services.registry.schemas.base import keyed_page_of
from shared import clock
from shared.auth import requires

routes = Blueprint("official_counts", __name__, url_prefix="/v1", description="Số liệu của cơ quan có thẩm quyền")


@routes.route("/official-counts", methods=["GET"])
@any_token
@routes.doc(
    **secured(), operationId="list_official_counts", summary="Official counts, of an area and what is below it on a day"
)
@routes.arguments(schemas.CountQuery, location="query")
@routes.response(200, keyed_page_of(schemas.Count))
def list_official_counts(query: dict[str, Any]) -> Page:
    wanted = queries.CountFilter(
        on=query["on"] or clock.today(),
        area=query["area"],
        service=query["service"],
        first=query["first"],
        last=query["last"],
    )
    with reading() as session:
        return queries.official_counts(session, wanted, after=query["after"], limit=query["limit"])


@routes.route("/official-counts", methods=["POST"])
@requires("registry:write")
@routes.doc(
    **secured("registry:write"),
    operationId="record_official_count",
    summary="Record a count; another one for the same area, service and day corrects it",
)
@routes.arguments(schemas.NewCount)
@routes.response(201, schemas.Count)
def record_official_count(body: dict[str, Any]) -> Any:
    with writing(body.pop("reason")) as session:
        count, _ = commands.record_official_count(session, commands.NewCount(**body))
    return tagged(count, count.version)
