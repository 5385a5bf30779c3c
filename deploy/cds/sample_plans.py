"""The sample's plans in the registry: campaigns, targets and days off, by the registry's own commands.

Guarantee: what is there already stays as it is: the days of a campaign are those of the first loading, and days off
that somebody set are not touched. Removing closes the campaigns; loading after a removal reopens them.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.orm import Session

from deploy.cds.registry_operations import area_or_error
from deploy.sample import plans
from services.registry.commands import calendar, campaigns, targets
from services.registry.commands.targets_checked import NewTarget
from services.registry.model import CalendarYear, Campaign
from shared import clock


def load_plans(session: Session, *, is_back: bool) -> None:
    """Launch the campaigns with their targets, and set this year's public holidays, where they are missing.

    `is_back` says that the sample had been removed: then what its removal closed is reopened.
    """
    today = clock.today()
    for planned in plans.campaigns(today):
        known = session.get(Campaign, planned.campaign)
        if known is None:
            _launch(session, planned)
        elif is_back:
            campaigns.reopen_campaign(session, known)
    if session.get(CalendarYear, today.year) is None:
        calendar.set_calendar(session, today.year, plans.holidays(today.year))


def _launch(session: Session, planned: plans.Campaign) -> None:
    content = {
        "name": planned.name,
        "kind": planned.kind,
        "theme": plans.THEME,
        "areas": [area_or_error(session, ward, planned.starts_on).area_id for ward in planned.wards],
        "services": [plans.SERVICE],
        "starts_on": planned.starts_on,
        "ends_on": planned.ends_on,
        "daily_report": True,
        "reporting_level": "residential_group",
    }
    campaign = campaigns.launch_campaign(session, content, planned.campaign)
    targets.set_targets(session, campaign, [_target(planned, one) for one in planned.targets])


def _target(planned: plans.Campaign, one: plans.Target) -> NewTarget:
    return NewTarget(
        area_id=one.group,
        service=plans.SERVICE,
        as_of=planned.starts_on - timedelta(days=1),
        source="Dữ liệu mẫu, suy từ số dân của tổ",
        eligible=one.eligible,
        already_done=one.already_done,
        excluded=one.excluded,
    )


def close_plans(session: Session) -> None:
    """Close the campaigns that are still open; days off are facts of the year and stay."""
    today = clock.today()
    for planned in plans.campaigns(today):
        known = session.get(Campaign, planned.campaign)
        if known is not None and known.closed_on is None:
            campaigns.close_campaign(session, known, today)
