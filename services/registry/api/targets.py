"""`/v1/campaigns/{id}/targets` and `/expected`: how many are to be served, and how many of them by today."""

from typing import Any
from uuid import UUID

from services.registry.api.campaigns import campaign_or_404
from services.registry.api.doors import Blueprint, any_token, reading, secured, writing
from services.registry.commands import targets as commands
from services.registry.commands.targets_checked import NewTarget, Point
from services.registry.queries import expected
from services.registry.queries import targets as queries
from services.registry.queries.pages import Page, keyed_page_of
from services.registry.schemas import base
from services.registry.schemas import targets as schemas
from shared import clock
from shared.auth import requires

routes = Blueprint("targets", __name__, url_prefix="/v1", description="Chỉ tiêu của chiến dịch")

OF_CAMPAIGN = "/campaigns/<uuid:campaign_id>"


@routes.route(f"{OF_CAMPAIGN}/targets", methods=["GET"])
@any_token
@routes.doc(
    **secured(),
    operationId="list_targets",
    summary="Targets of a campaign: the version that holds, that held with numbers up to a day, or all",
)
@routes.arguments(schemas.TargetQuery, location="query")
@routes.response(200, base.keyed_page_of(schemas.Target))
def list_targets(query: dict[str, Any], campaign_id: UUID) -> Page:
    wanted = queries.TargetFilter(
        campaign=campaign_id,
        on=query["on"] or query["as_of"] or clock.today(),
        area=query["area"],
        service=query["service"],
        as_of=query["as_of"],
        every_version=query["versions"] == "all",
    )
    with reading() as session:
        campaign_or_404(session, campaign_id)
        return queries.targets(session, wanted, after=query["after"], limit=query["limit"])


@routes.route(f"{OF_CAMPAIGN}/targets", methods=["POST"])
@requires("registry:write")
@routes.doc(
    **secured("registry:write"),
    operationId="set_targets",
    summary="Set targets, all or none: each is the next version, unless it is what holds already",
)
@routes.arguments(schemas.NewTargets)
@routes.response(201, schemas.TargetsSet)
def set_targets(body: dict[str, Any], campaign_id: UUID) -> dict[str, Any]:
    new = [NewTarget(**(one | {"curve": _points(one["curve"])})) for one in body["targets"]]
    with writing(body["reason"]) as session:
        found = commands.set_targets(session, campaign_or_404(session, campaign_id), new)
    added = sum(is_new for _, is_new in found)
    return {"set": added, "unchanged": len(found) - added, "items": [target for target, _ in found]}


def _points(curve: list[dict[str, Any]]) -> list[Point]:
    return [(point["date"], point["cumulative"]) for point in curve]


@routes.route(f"{OF_CAMPAIGN}/expected", methods=["GET"])
@any_token
@routes.doc(
    **secured(),
    operationId="list_expected",
    summary="What is expected to be done by a day (default: today), by area and service, and in all",
)
@routes.arguments(schemas.ExpectedQuery, location="query")
@routes.response(200, schemas.Expectations)
def list_expected(query: dict[str, Any], campaign_id: UUID) -> dict[str, Any]:
    on, after = query["on"] or clock.today(), query["after"]
    with reading() as session:
        campaign = campaign_or_404(session, campaign_id)
        rows, totals = expected.expectations(session, campaign, on, area=query["area"], service=query["service"])
    rest = [row for row in rows if after is None or (row.area_id, row.service) > after]
    page = keyed_page_of(rest[: query["limit"] + 1], query["limit"], "area_id", "service")
    return {"on": on, "totals": totals, "items": page.items, "next": page.next}
