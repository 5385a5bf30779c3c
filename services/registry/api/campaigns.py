"""`/v1/campaigns`: dated efforts, and who reports for them on a day."""

from typing import Any
from uuid import UUID

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
from services.registry.commands import campaigns as commands
from services.registry.commands.refusals import row_or_404, same_version
from services.registry.model import Campaign
from services.registry.queries import campaigns as queries
from services.registry.queries import reporting_units
from services.registry.queries.pages import Page
from services.registry.schemas import campaigns as schemas
from services.registry.schemas.base import page_of
from services.registry.schemas.endings import Closure, Reopening
from shared import clock
from shared.auth import requires

routes = Blueprint("campaigns", __name__, url_prefix="/v1", description="Chiến dịch, công trình, phần việc")

WRITE = secured("registry:write")
CHANGE = WRITE | {"parameters": [IF_MATCH]}
ONE = "/campaigns/<uuid:campaign_id>"


@routes.route("/campaigns", methods=["GET"])
@any_token
@routes.doc(
    **secured(),
    operationId="list_campaigns",
    summary="Campaigns, the newest first; those of an area are also those of what is above, below or before it",
)
@routes.arguments(schemas.CampaignQuery, location="query")
@routes.response(200, page_of(schemas.Campaign))
def list_campaigns(query: dict[str, Any]) -> Page:
    wanted = queries.CampaignFilter(
        on=query["on"] or query["running_on"] or clock.today(),
        area=query["area"],
        service=query["service"],
        running_on=query["running_on"],
        kind=query["kind"],
        part_of=query["part_of"],
        q=query["q"],
    )
    with reading() as session:
        return queries.campaigns(session, wanted, after=query["after"], limit=query["limit"])


@routes.route("/campaigns", methods=["POST"])
@requires("registry:write")
@routes.doc(**WRITE, operationId="launch_campaign", summary="Decide a campaign, a công trình or a phần việc")
@routes.arguments(schemas.NewCampaign)
@routes.response(201, schemas.Campaign)
def launch_campaign(body: dict[str, Any]) -> Any:
    with writing(body.pop("reason")) as session:
        campaign = commands.launch_campaign(session, body)
    return tagged(campaign, campaign.version)


@routes.route(ONE, methods=["GET"])
@any_token
@routes.doc(**secured(), operationId="get_campaign", summary="One campaign")
@routes.response(200, schemas.Campaign)
def get_campaign(campaign_id: UUID) -> Any:
    with reading() as session:
        campaign = campaign_or_404(session, campaign_id)
    return tagged(campaign, campaign.version)


@routes.route(ONE, methods=["PATCH"])
@requires("registry:write")
@routes.doc(**CHANGE, operationId="change_campaign", summary="Change what is given of a campaign")
@routes.arguments(schemas.CampaignChange)
@routes.response(200, schemas.Campaign)
def change_campaign(body: dict[str, Any], campaign_id: UUID) -> Any:
    with writing(body.pop("reason")) as session:
        campaign = _seen(session, campaign_id)
        commands.change_campaign(session, campaign, body)
    return tagged(campaign, campaign.version)


@routes.route(f"{ONE}/closure", methods=["POST"])
@requires("registry:write")
@routes.doc(**CHANGE, operationId="close_campaign", summary="From a day on, the campaign has no day")
@routes.arguments(Closure)
@routes.response(200, schemas.Campaign)
def close_campaign(body: dict[str, Any], campaign_id: UUID) -> Any:
    with writing(body["reason"]) as session:
        campaign = _seen(session, campaign_id)
        commands.close_campaign(session, campaign, body["on"])
    return tagged(campaign, campaign.version, 200)


@routes.route(f"{ONE}/reopening", methods=["POST"])
@requires("registry:write")
@routes.doc(**CHANGE, operationId="reopen_campaign", summary="The campaign runs on as planned")
@routes.arguments(Reopening)
@routes.response(200, schemas.Campaign)
def reopen_campaign(body: dict[str, Any], campaign_id: UUID) -> Any:
    with writing(body["reason"]) as session:
        campaign = _seen(session, campaign_id)
        commands.reopen_campaign(session, campaign)
    return tagged(campaign, campaign.version, 200)


@routes.route(f"{ONE}/reporting-units", methods=["GET"])
@any_token
@routes.doc(
    **secured(),
    operationId="list_reporting_units",
    summary="Who reports for a campaign on a day (default: today), and whether the day counts",
)
@routes.arguments(schemas.UnitQuery, location="query")
@routes.response(200, schemas.ReportingUnits)
def list_reporting_units(query: dict[str, Any], campaign_id: UUID) -> dict[str, Any]:
    on = query["on"] or clock.today()
    with reading() as session:
        campaign = campaign_or_404(session, campaign_id)
        why_not = reporting_units.why_no_report(session, campaign, on)
        page = reporting_units.reporting_units(session, campaign, on, after=query["after"], limit=query["limit"])
        units = reporting_units.unit_count(session, campaign, on)
    return {
        "on": on,
        "counts": why_not is None,
        "why_not": why_not,
        "units": units,
        "items": page.items,
        "next": page.next,
    }


def campaign_or_404(session: Session, campaign_id: UUID) -> Campaign:
    return row_or_404(session, Campaign, campaign_id, "chiến dịch")


def _seen(session: Session, campaign_id: UUID) -> Campaign:
    campaign = campaign_or_404(session, campaign_id)
    same_version(campaign, expected_version())
    return campaign
