"""`/v1/volunteers`: the people who help: finding, registering and correcting them.

Guarantee: a token without `registry:write` sees its own areas' volunteers, without names and phones, and cannot
search by them. No name and no phone is in an address: they are searched for in a body.
"""

from typing import Any
from uuid import UUID

from services.registry.api.doors import Blueprint, any_token, reading, secured, tagged, writing
from services.registry.api.people_shown import CHANGE, ONE, WRITE, only_in, seen, shown, without_names
from services.registry.commands import people as commands
from services.registry.queries import duplicates
from services.registry.queries import people as queries
from services.registry.schemas import people as schemas
from services.registry.schemas import people_shown as given
from services.registry.schemas.areas import DayQuery
from shared import clock
from shared.auth import requires
from shared.problems import Problem

routes = Blueprint("people", __name__, url_prefix="/v1", description="Cán bộ, đoàn viên, thanh niên tình nguyện")


@routes.route("/volunteers", methods=["GET"])
@any_token
@routes.doc(**secured(), operationId="list_volunteers", summary="Volunteers; names only with registry:write")
@routes.arguments(schemas.VolunteerQuery, location="query")
@routes.response(200, given.VolunteerPage)
def list_volunteers(query: dict[str, Any]) -> dict[str, Any]:
    return _page(query)


@routes.route("/volunteers/search", methods=["POST"])
@any_token
@routes.doc(**secured(), operationId="search_volunteers", summary="Volunteers by name, phone and the rest")
@routes.arguments(schemas.VolunteerSearch)
@routes.response(200, given.VolunteerPage)
def search_volunteers(body: dict[str, Any]) -> dict[str, Any]:
    if only_in() is not None and (body["q"] is not None or body["phone"] is not None):
        raise Problem("forbidden", "Tìm theo họ tên hoặc số điện thoại cần quyền registry:write.")
    return _page(body)


def _page(asked: dict[str, Any]) -> dict[str, Any]:
    after, limit = asked.pop("after"), asked.pop("limit")
    wanted = queries.VolunteerFilter(**asked | {"on": asked["on"] or clock.today()}, only_in=only_in())
    with reading() as session:
        page = queries.volunteers(session, wanted, after=after, limit=limit)
    return {"items": [without_names(row._mapping) for row in page.items], "next": page.next}


@routes.route("/volunteers", methods=["POST"])
@requires("registry:write")
@routes.doc(**WRITE, operationId="register_volunteer", summary="Register a volunteer; who it may be already")
@routes.arguments(schemas.NewVolunteer)
@routes.response(201, given.RegisteredVolunteer)
def register_volunteer(body: dict[str, Any]) -> Any:
    with writing(body.pop("reason")) as session:
        volunteer = commands.register_volunteer(session, commands.NewVolunteer(**body))
        registered = queries.volunteer(session, volunteer.volunteer_id, clock.today())
        registered["probable_duplicates"] = duplicates.duplicates_of(session, volunteer.volunteer_id, clock.today())
    return tagged(registered, volunteer.version)


@routes.route(ONE, methods=["GET"])
@any_token
@routes.doc(
    **secured(), operationId="get_volunteer", summary="One volunteer: areas and teams over time, what was merged"
)
@routes.arguments(DayQuery, location="query")
@routes.response(200, given.VolunteerInTime)
def get_volunteer(query: dict[str, Any], volunteer_id: UUID) -> Any:
    with reading() as session:
        found = queries.volunteer(session, volunteer_id, query["on"] or clock.today(), only_in())
    if found is None:
        raise Problem("not_found", f"Không có tình nguyện viên {volunteer_id}.")
    return tagged(without_names(found), found["version"])


@routes.route(ONE, methods=["PATCH"])
@requires("registry:write")
@routes.doc(**CHANGE, operationId="correct_volunteer", summary="Correct what a record says; absent fields stay")
@routes.arguments(schemas.VolunteerChange)
@routes.response(200, given.VolunteerInTime)
def correct_volunteer(body: dict[str, Any], volunteer_id: UUID) -> Any:
    with writing(body.pop("reason")) as session:
        volunteer = seen(session, volunteer_id)
        commands.correct_volunteer(session, volunteer, body)
        return shown(session, volunteer)
