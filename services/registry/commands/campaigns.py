"""Campaigns: dated efforts that filter areas, services and days, and say who reports daily.

Guarantee: a change that changes nothing appends nothing; any other is told with the whole campaign. A công trình or
phần việc lies within the days of the campaign that it is part of. A campaign is not deleted: it is closed, and can be
reopened.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from services.registry.commands.campaigns_checked import check, check_dependants
from services.registry.commands.catalogue import differences
from services.registry.commands.refusals import refuse
from services.registry.journal import Told, tell
from services.registry.model import Campaign
from shared.clock import LOCAL_ZONE
from shared.events.plans import CampaignChanged, CampaignClosed, CampaignFields, CampaignLaunched
from shared.problems import Problem


def launch_campaign(session: Session, content: Mapping[str, Any], campaign_id: UUID | None = None) -> Campaign:
    """Decide a campaign with the fields of its table."""
    campaign = Campaign(campaign_id=campaign_id or uuid4(), **content)
    if session.get(Campaign, campaign.campaign_id):
        raise Problem("already_exists", f"Đã có chiến dịch {campaign.campaign_id}.")
    check(session, campaign, content)
    session.add(campaign)
    _tell(session, campaign, CampaignLaunched)
    return campaign


def change_campaign(session: Session, campaign: Campaign, content: Mapping[str, Any]) -> bool:
    """Change what is given of a campaign; whether anything changed."""
    changed = differences(campaign, content)
    if not changed:
        return False
    if campaign.closed_on:
        message = f"{campaign.name} đã kết thúc từ {campaign.closed_on}. Vui lòng mở lại (reopening) rồi sửa."
        raise refuse("closed_on", "closed", message)
    for name, value in changed.items():
        setattr(campaign, name, value)
    with session.no_autoflush:  # what is refused is not written first
        check(session, campaign, changed)
        check_dependants(session, campaign)
    _tell(session, campaign, CampaignChanged)
    return True


def close_campaign(session: Session, campaign: Campaign, on: dt.date) -> bool:
    """The campaign has no day from `on`; another day corrects the one before, the same day changes nothing."""
    if campaign.closed_on == on:
        return False
    if on < campaign.starts_on:
        raise refuse(
            "on", "before_start", f"{campaign.name} bắt đầu ngày {campaign.starts_on}; không thể kết thúc trước."
        )
    campaign.closed_on = on
    _tell(session, campaign, CampaignClosed)
    return True


def reopen_campaign(session: Session, campaign: Campaign) -> bool:
    """The campaign runs on as planned; whether it was closed."""
    if campaign.closed_on is None:
        return False
    campaign.closed_on = None
    _tell(session, campaign, CampaignChanged)
    return True


def _tell(session: Session, campaign: Campaign, event: type[CampaignFields]) -> None:
    told = event(
        campaign=campaign.campaign_id,
        name=campaign.name,
        kind=campaign.kind,  # type: ignore[arg-type]
        areas=campaign.areas,
        services=campaign.services,
        starts_on=campaign.starts_on,
        ends_on=campaign.ends_on,
        daily_report=campaign.daily_report,
        reporting_level=campaign.reporting_level,  # type: ignore[arg-type]
        state="closed" if campaign.closed_on else "running",
        theme=campaign.theme,
        part_of=campaign.part_of,
    )
    happened_at = None
    if campaign.closed_on and event is CampaignClosed:
        happened_at = dt.datetime.combine(campaign.closed_on, dt.time.min, LOCAL_ZONE)
    tell(session, [Told(campaign.campaign_id, told, happened_at)])
