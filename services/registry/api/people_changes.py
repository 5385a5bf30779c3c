"""`/v1/volunteers/…`: what happens to a volunteer: moving, retiring, returning, merging, erasing.

Guarantee: see `doors`: each change says which version it changes. Repeating one changes nothing and tells nothing.
"""

from typing import Any
from uuid import UUID

from services.registry.api.doors import Blueprint, reading, writing
from services.registry.api.people_shown import CHANGE, ONE, WRITE, known, seen, shown
from services.registry.commands import people_moves as moves
from services.registry.commands.people_erasure import erase_volunteer
from services.registry.commands.people_merge import merge_volunteers
from services.registry.commands.people_pairs import note_two_persons
from services.registry.queries import duplicates
from services.registry.schemas import people as schemas
from services.registry.schemas import people_shown as given
from shared import clock
from shared.auth import requires

routes = Blueprint("people_changes", __name__, url_prefix="/v1", description="Thay đổi của tình nguyện viên")


@routes.route(f"{ONE}/moves", methods=["POST"])
@requires("registry:write")
@routes.doc(**CHANGE, operationId="move_volunteer", summary="To another ward or residential group, from a day on")
@routes.arguments(schemas.Move)
@routes.response(200, given.VolunteerInTime)
def move(body: dict[str, Any], volunteer_id: UUID) -> Any:
    with writing(body["reason"]) as session:
        volunteer = seen(session, volunteer_id)
        moves.move_volunteer(session, volunteer, body["area_id"], body["on"])
        return shown(session, volunteer)


@routes.route(f"{ONE}/retirement", methods=["POST"])
@requires("registry:write")
@routes.doc(**CHANGE, operationId="retire_volunteer", summary="Serves no more from a day on, and leaves every team")
@routes.arguments(schemas.On)
@routes.response(200, given.VolunteerInTime)
def retire(body: dict[str, Any], volunteer_id: UUID) -> Any:
    with writing(body["reason"]) as session:
        volunteer = seen(session, volunteer_id)
        moves.retire_volunteer(session, volunteer, body["on"])
        return shown(session, volunteer)


@routes.route(f"{ONE}/return", methods=["POST"])
@requires("registry:write")
@routes.doc(**CHANGE, operationId="return_volunteer", summary="Serves again from a day on")
@routes.arguments(schemas.On)
@routes.response(200, given.VolunteerInTime)
def come_back(body: dict[str, Any], volunteer_id: UUID) -> Any:
    with writing(body["reason"]) as session:
        volunteer = seen(session, volunteer_id)
        moves.return_volunteer(session, volunteer, body["on"])
        return shown(session, volunteer)


@routes.route(f"{ONE}/merge", methods=["POST"])
@requires("registry:write")
@routes.doc(**CHANGE, operationId="merge_volunteer", summary="Another record turns out to be this person")
@routes.arguments(schemas.Merge)
@routes.response(200, given.MergedVolunteer)
def merge(body: dict[str, Any], volunteer_id: UUID) -> Any:
    with writing(body["reason"]) as session:
        volunteer = seen(session, volunteer_id)
        conflicts = merge_volunteers(session, volunteer, known(session, body["from_"]), body["choices"])
        return shown(session, volunteer, conflicts=conflicts)


@routes.route(f"{ONE}/erasure", methods=["POST"])
@requires("registry:write")
@routes.doc(**CHANGE, operationId="erase_volunteer", summary="Forget name, phone and their history; the id stays")
@routes.arguments(schemas.Reason)
@routes.response(200, given.VolunteerInTime)
def erase(body: dict[str, Any], volunteer_id: UUID) -> Any:
    with writing(body["reason"]) as session:
        volunteer = seen(session, volunteer_id)
        erase_volunteer(session, volunteer, clock.today())
        return shown(session, volunteer)


@routes.route("/volunteers/duplicates", methods=["GET"])
@requires("registry:write")
@routes.doc(**WRITE, operationId="list_duplicates", summary="Pairs of records that are probably one person")
@routes.arguments(schemas.DuplicatesQuery, location="query")
@routes.response(200, given.PairPage)
def list_duplicates(query: dict[str, Any]) -> Any:
    one, _, other = (query["after"] or "").partition("/")
    after = (UUID(one), UUID(other)) if one else None
    with reading() as session:
        return duplicates.probable_duplicates(
            session, clock.today(), ward=query["ward"], after=after, limit=query["limit"]
        )


@routes.route(f"{ONE}/two-persons", methods=["POST"])
@requires("registry:write")
@routes.doc(**WRITE, operationId="note_two_persons", summary="Another record is not this person: list them no more")
@routes.arguments(schemas.TwoPersons)
@routes.response(201, given.TwoPersonsNoted)
@routes.alt_response(200, schema=given.TwoPersonsNoted, description="it was noted before")
def two_persons(body: dict[str, Any], volunteer_id: UUID) -> Any:
    with writing(body["reason"]) as session:
        one, other = known(session, volunteer_id), known(session, body["other"])
        is_new = note_two_persons(session, one, other)
    first, second = sorted((volunteer_id, body["other"]))
    return {"one_id": first, "other_id": second}, 201 if is_new else 200
