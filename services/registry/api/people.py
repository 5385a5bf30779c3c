"""`/v1/volunteers`: the people who help.

Guarantee: a token without `registry:write` sees its own areas' volunteers, without names and phones.
"""

from typing import Any

from services.registry.api.doors import Blueprint, any_token, reading, secured, tagged, writing
from services.registry.commands import people as commands
from services.registry.queries import people as queries
from services.registry.schemas import people as schemas
from services.registry.schemas.base import page_of
from shared import clock
from shared.auth import identity, requires

routes = Blueprint("people", __name__, url_prefix="/v1", description="Cán bộ, đoàn viên, thanh niên tình nguyện")

FULL = schemas.Volunteer()


@routes.route("/volunteers", methods=["GET"])
@any_token
@routes.doc(**secured(), operationId="list_volunteers", summary="Volunteers; names only with registry:write")
@routes.arguments(schemas.VolunteerQuery, location="query")
@routes.response(200, page_of(schemas.Volunteer))
def list_volunteers(query: dict[str, Any]) -> dict[str, Any]:
    may_see_all = "registry:write" in identity().scopes
    only_in = None if may_see_all else identity().areas
    with reading() as session:
        day = query["on"] or clock.today()
        page = queries.volunteers(
            session, query["ward"], day, only_in=only_in, after=query["after"], limit=query["limit"]
        )
        hidden = () if may_see_all else ("full_name", "phone")
        shown = [{name: getattr(row, name) for name in FULL.fields if name not in hidden} for row in page.items]
    return {"items": shown, "next": page.next}


@routes.route("/volunteers", methods=["POST"])
@requires("registry:write")
@routes.doc(**secured("registry:write"), operationId="register_volunteer", summary="Register a volunteer")
@routes.arguments(schemas.NewVolunteer)
@routes.response(201, schemas.Volunteer)
def register_volunteer(body: dict[str, Any]) -> Any:
    reason = body.pop("reason")
    with writing(reason) as session:
        volunteer = commands.register_volunteer(session, commands.NewVolunteer(**body))
        shown = queries.volunteer(session, volunteer.volunteer_id, clock.today())
    return tagged(shown, volunteer.version)
