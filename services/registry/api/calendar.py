"""`/v1/calendar`: the days off of each year."""

from typing import Any

from services.registry.api.doors import (
    IF_MATCH_OF_UPSERT,
    Blueprint,
    any_token,
    reading,
    secured,
    seen_version,
    tagged,
    writing,
)
from services.registry.commands import calendar as commands
from services.registry.commands.refusals import row_or_404
from services.registry.model import CalendarYear
from services.registry.queries import catalogue as queries
from services.registry.schemas import calendar as schemas
from services.registry.schemas.base import keyed_page_of
from shared.auth import requires
from shared.problems import Problem

routes = Blueprint("calendar", __name__, url_prefix="/v1", description="Ngày nghỉ trong năm")


@routes.route("/calendar", methods=["GET"])
@any_token
@routes.doc(**secured(), operationId="list_calendar", summary="The years whose days off are known")
@routes.arguments(schemas.CalendarQuery, location="query")
@routes.response(200, keyed_page_of(schemas.CalendarYear))
def list_calendar(query: dict[str, Any]) -> dict[str, Any]:
    with reading() as session:
        items, after = queries.calendar_years(session, after=query["after"], limit=query["limit"])
    return {"items": items, "next": after}


@routes.route("/calendar/<int:year>", methods=["GET"])
@any_token
@routes.doc(**secured(), operationId="get_calendar", summary="The days off of a year")
@routes.response(200, schemas.CalendarYear)
def get_calendar(year: int) -> Any:
    with reading() as session:
        known = row_or_404(session, CalendarYear, _year(year), "lịch năm")
    return tagged(known, known.version)


@routes.route("/calendar/<int:year>", methods=["PUT"])
@requires("registry:write")
@routes.doc(
    **secured("registry:write"),
    parameters=[IF_MATCH_OF_UPSERT],
    operationId="set_calendar",
    summary="All days off of a year; the same days again change nothing",
)
@routes.arguments(schemas.CalendarContent)
@routes.response(200, schemas.CalendarYear)
def set_calendar(body: dict[str, Any], year: int) -> Any:
    expected = seen_version()
    with writing(body["reason"]) as session:
        known, _ = commands.set_calendar(session, _year(year), body["off_days"], expected)
    return tagged(known, known.version)


def _year(year: int) -> int:
    if not commands.FIRST_YEAR <= year <= commands.LAST_YEAR:
        raise Problem("not_found", f"Lịch chỉ có các năm từ {commands.FIRST_YEAR} đến {commands.LAST_YEAR}.")
    return year
