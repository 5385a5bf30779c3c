"""`/v1/successions`: what was merged, split, renamed, moved; declaring it, and rehearsing that first."""

from typing import Any

from flask import Response, jsonify

from services.registry.api.doors import Blueprint, any_token, reading, secured, writing
from services.registry.commands import successions as commands
from services.registry.commands.successions_planned import Declaration, Heir
from services.registry.queries import successions as queries
from services.registry.queries.pages import Page
from services.registry.queries.rehearsal import rehearsal
from services.registry.schemas import successions as schemas
from shared.auth import requires

routes = Blueprint("successions", __name__, url_prefix="/v1", description="Sắp xếp đơn vị hành chính")


@routes.route("/successions", methods=["GET"])
@any_token
@routes.doc(**secured(), operationId="list_successions", summary="Successions, oldest first, by predecessor")
@routes.arguments(schemas.SuccessionQuery, location="query")
@routes.response(200, schemas.Successions)
def list_successions(query: dict[str, Any]) -> Page:
    wanted = queries.SuccessionFilter(
        area=query["area"],
        since=query["on"] or query["since"],
        until=query["on"] or query["until"],
        kind=query["kind"],
    )
    with reading() as session:
        return queries.successions(session, wanted, after=query["after"], limit=query["limit"])


@routes.route("/successions", methods=["POST"])
@requires("registry:write")
@routes.doc(
    **secured("registry:write"),
    operationId="declare_succession",
    summary="Declare a merge, split, rename or move; with dry_run=true only tell what it would change",
)
@routes.arguments(schemas.DryRunQuery, location="query")
@routes.arguments(schemas.NewSuccession)
@routes.response(201, schemas.Succession(many=True))
@routes.alt_response(200, schema=schemas.Rehearsal, description="what would change (dry_run=true)")
def declare_succession(query: dict[str, Any], body: dict[str, Any]) -> Any:
    declared = declaration(body)
    if query["dry_run"]:
        return _rehearsed(declared)
    with writing(body["reason"]) as session:
        return rows(commands.succeed(session, declared).declaration)


def _rehearsed(declared: Declaration) -> Response:
    with reading() as session:
        return jsonify(schemas.Rehearsal().dump(rehearsal(session, *commands.rehearse(session, declared))))


def declaration(body: dict[str, Any]) -> Declaration:
    """A loaded `NewSuccession` as the commands take it."""
    to = [Heir(**heir) for heir in body["to"]]
    return Declaration(on=body["on"], kind=body["kind"], from_ids=body["from_"], to=to)


def rows(declared: Declaration) -> list[dict[str, Any]]:
    """Who succeeds whom after a declaration."""
    same = {"succeeds_on": declared.on, "kind": declared.kind}
    ended = [
        {"from_id": old, "to_id": heir, "is_main": is_main, "stays": False} | same
        for (old, heir), is_main in declared.successions.items()
    ]
    staying = [
        {"from_id": one, "to_id": heir, "is_main": False, "stays": True} | same
        for one, heir in sorted(declared.transfers)
    ]
    return ended + staying
