"""`/v1/offices`: to whom residents and feedback are referred."""

from typing import Any

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
from services.registry.commands import offices as commands
from services.registry.commands.refusals import row_or_404, same_version
from services.registry.model import Office
from services.registry.queries import catalogue as queries
from services.registry.queries.pages import Page
from services.registry.schemas import catalogue as schemas
from services.registry.schemas.base import keyed_page_of
from services.registry.schemas.endings import Closure, Reopening
from shared import clock
from shared.auth import requires
from shared.problems import Problem

routes = Blueprint("offices", __name__, url_prefix="/v1", description="Cơ quan tiếp nhận")

WRITE = secured("registry:write")
CHANGE = WRITE | {"parameters": [IF_MATCH]}
ONE = "/offices/<string(maxlength=40):code>"


@routes.route("/offices", methods=["GET"])
@any_token
@routes.doc(**secured(), operationId="list_offices", summary="Offices that residents can be referred to, by code")
@routes.arguments(schemas.OfficeQuery, location="query")
@routes.response(200, keyed_page_of(schemas.Office))
def list_offices(query: dict[str, Any]) -> Page:
    with reading() as session:
        return queries.offices(
            session,
            query["area"],
            query["open_on"],
            on=query["open_on"] or clock.today(),
            after=query["after"],
            limit=query["limit"],
        )


@routes.route("/offices", methods=["POST"])
@requires("registry:write")
@routes.doc(**WRITE, operationId="add_office", summary="Declare an office")
@routes.arguments(schemas.NewOffice)
@routes.response(201, schemas.Office)
def add_office(body: dict[str, Any]) -> Any:
    code = body.pop("code")
    with writing(body.pop("reason")) as session:
        office = commands.add_office(session, code, body)
    return tagged(office, office.version)


@routes.route(ONE, methods=["GET"])
@any_token
@routes.doc(**secured(), operationId="get_office", summary="One office")
@routes.response(200, schemas.Office)
def get_office(code: str) -> Any:
    with reading() as session:
        office = _office(session, code)
    return tagged(office, office.version)


@routes.route(ONE, methods=["PATCH"])
@requires("registry:write")
@routes.doc(**CHANGE, operationId="change_office", summary="Change what is given of an office")
@routes.arguments(schemas.OfficeChange)
@routes.response(200, schemas.Office)
def change_office(body: dict[str, Any], code: str) -> Any:
    with writing(body.pop("reason")) as session:
        office = _seen(session, code)
        commands.put_office(session, code, body)
    return tagged(office, office.version)


@routes.route(f"{ONE}/closure", methods=["POST"])
@requires("registry:write")
@routes.doc(**CHANGE, operationId="close_office", summary="From a day on, nothing is referred to the office")
@routes.arguments(Closure)
@routes.response(200, schemas.Office)
def close_office(body: dict[str, Any], code: str) -> Any:
    with writing(body["reason"]) as session:
        office = _seen(session, code)
        commands.close_office(session, office, body["on"])
    return tagged(office, office.version, 200)


@routes.route(f"{ONE}/reopening", methods=["POST"])
@requires("registry:write")
@routes.doc(**CHANGE, operationId="reopen_office", summary="The office takes referrals again")
@routes.arguments(Reopening)
@routes.response(200, schemas.Office)
def reopen_office(body: dict[str, Any], code: str) -> Any:
    with writing(body["reason"]) as session:
        office = _seen(session, code)
        commands.reopen_office(session, office)
    return tagged(office, office.version, 200)


def _office(session: Session, code: str) -> Office:
    if not schemas.is_code(schemas.OFFICE_CODE, code):
        raise Problem("not_found", "Không có cơ quan nào mang mã này.")
    return row_or_404(session, Office, code, "cơ quan")


def _seen(session: Session, code: str) -> Office:
    office = _office(session, code)
    same_version(office, expected_version())
    return office
