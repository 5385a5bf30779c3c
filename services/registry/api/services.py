"""`/v1/services`: the catalogue of what residents are helped with."""

from typing import Any

from services.registry.api.doors import (
    IF_MATCH,
    IF_MATCH_OF_UPSERT,
    Blueprint,
    any_token,
    expected_version,
    reading,
    secured,
    seen_version,
    tagged,
    writing,
)
from services.registry.commands import catalogue as commands
from services.registry.commands.refusals import row_or_404, same_version
from services.registry.model import Service
from services.registry.queries import catalogue as queries
from services.registry.queries.pages import Page
from services.registry.schemas import catalogue as schemas
from services.registry.schemas.base import keyed_page_of
from shared.auth import requires
from shared.problems import Problem

routes = Blueprint("services", __name__, url_prefix="/v1", description="Danh mục nội dung hỗ trợ")

WRITE = secured("registry:write")
ONE = "/services/<string(maxlength=40):code>"
WHAT = "nội dung hỗ trợ"


@routes.route("/services", methods=["GET"])
@any_token
@routes.doc(**secured(), operationId="list_services", summary="The service catalogue, by code")
@routes.arguments(schemas.ServiceQuery, location="query")
@routes.response(200, keyed_page_of(schemas.Service))
def list_services(query: dict[str, Any]) -> Page:
    with reading() as session:
        return queries.services(session, after=query["after"], limit=query["limit"])


@routes.route("/services", methods=["POST"])
@requires("registry:write")
@routes.doc(**WRITE, operationId="add_service", summary="Add a service of your own to the catalogue")
@routes.arguments(schemas.NewService)
@routes.response(201, schemas.Service)
def add_service(body: dict[str, Any]) -> Any:
    code = body.pop("code")
    with writing(body.pop("reason")) as session:
        service = commands.add_service(session, code, body)
    return tagged(service, service.version)


@routes.route(ONE, methods=["GET"])
@any_token
@routes.doc(**secured(), operationId="get_service", summary="One service")
@routes.response(200, schemas.Service)
def get_service(code: str) -> Any:
    with reading() as session:
        service = row_or_404(session, Service, _code(code), WHAT)
    return tagged(service, service.version)


@routes.route(ONE, methods=["PUT"])
@requires("registry:write")
@routes.doc(
    **WRITE,
    parameters=[IF_MATCH_OF_UPSERT],
    operationId="put_service",
    summary="Declare a service as a whole; the same content again changes nothing",
)
@routes.arguments(schemas.ServiceReplacement)
@routes.response(200, schemas.Service)
def put_service(body: dict[str, Any], code: str) -> Any:
    expected, confirm = seen_version(), body.pop("confirm")
    with writing(body.pop("reason")) as session:
        service = session.get(Service, _code(code))
        if service is None:
            service = commands.add_service(session, code, body)
        else:
            commands.change_service(session, service, body, expected=expected, is_confirmed=confirm)
    return tagged(service, service.version)


@routes.route(ONE, methods=["PATCH"])
@requires("registry:write")
@routes.doc(**WRITE, parameters=[IF_MATCH], operationId="change_service", summary="Change what is given of a service")
@routes.arguments(schemas.ServiceChange)
@routes.response(200, schemas.Service)
def change_service(body: dict[str, Any], code: str) -> Any:
    expected, confirm = expected_version(), body.pop("confirm")
    with writing(body.pop("reason")) as session:
        service = row_or_404(session, Service, _code(code), WHAT)
        same_version(service, expected)
        commands.change_service(session, service, body, expected=expected, is_confirmed=confirm)
    return tagged(service, service.version)


def _code(code: str) -> str:
    """A code that can be one; PostgreSQL refuses what never can (NUL)."""
    if not schemas.is_code(schemas.SERVICE_CODE, code):
        raise Problem("not_found", "Không có nội dung hỗ trợ nào mang mã này.")
    return code
