"""`/v1/clients`: ward apps, viewers and IT, their secrets shown once."""

import re
from typing import Any

from services.registry.api.doors import Blueprint, reading, secured, writing
from services.registry.commands import clients as commands
from services.registry.queries import clients as queries
from services.registry.schemas import clients as schemas
from shared.auth import requires
from shared.problems import Problem

routes = Blueprint("clients", __name__, url_prefix="/v1", description="Ứng dụng của xã, phường và khóa truy cập")


@routes.route("/clients", methods=["GET"])
@requires("registry:write")
@routes.doc(**secured("registry:write"), operationId="list_clients", summary="Clients, without their secrets")
@routes.response(200, schemas.Clients)
def list_clients() -> dict[str, Any]:
    with reading() as session:
        return {"items": queries.clients(session)}


@routes.route("/clients", methods=["POST"])
@requires("registry:write")
@routes.doc(
    **secured("registry:write"),
    operationId="enable_client",
    summary="Enable a client; its secret is shown once",
)
@routes.arguments(schemas.NewClient)
@routes.response(201, schemas.ClientWithSecret)
def enable_client(body: dict[str, Any]) -> dict[str, Any]:
    with writing(body.pop("reason")) as session:
        client, secret = commands.enable_client(session, commands.NewClient(**body))
    shown = schemas.Client().fields
    return {name: getattr(client, name) for name in shown} | {"client_secret": secret}


@routes.route("/clients/<string(maxlength=63):client_id>", methods=["DELETE"])
@requires("registry:write")
@routes.doc(**secured("registry:write"), operationId="revoke_client", summary="Revoke a client")
@routes.response(200, schemas.Client)
def revoke_client(client_id: str) -> Any:
    if not re.fullmatch(commands.CLIENT_ID, client_id):
        raise Problem("not_found", "Không có ứng dụng này.")
    with writing() as session:
        return commands.revoke_client(session, client_id)
