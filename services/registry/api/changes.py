"""`/v1/changes`: the audit: who changed what, when and why."""

from typing import Any

from services.registry.api.doors import Blueprint, reading, secured
from services.registry.queries import changes as queries
from services.registry.schemas import changes as schemas
from shared.auth import requires

routes = Blueprint("changes", __name__, url_prefix="/v1", description="Nhật ký thay đổi: ai, việc gì, vì sao")


@routes.route("/changes", methods=["GET"])
@requires("registry:write")
@routes.doc(**secured("registry:write"), operationId="list_changes", summary="The history of one thing, or of all")
@routes.arguments(schemas.ChangeQuery, location="query")
@routes.response(200, schemas.Changes)
def list_changes(query: dict[str, Any]) -> dict[str, Any]:
    wanted = queries.ChangeFilter(kind=query["kind"], subject=query["subject"], actor=query["actor"])
    with reading() as session:
        return queries.changes(session, wanted, before=query["before"], limit=query["limit"])
