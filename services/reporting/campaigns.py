"""A campaign as a filter over areas, services and days.

Guarantee: days and services of a question are narrowed to the campaign's, never widened; whether a cell is under one
of its areas is decided in the borders of its day (`borders.py`).
Step 9 of the event path (docs/architecture.md).
"""

import datetime as dt
from dataclasses import dataclass, replace
from uuid import UUID

from services.reporting.families import Family, Question
from shared.database import Connection
from shared.problems import FieldError, Problem

ONE_DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Campaign:
    """What a campaign is over; `last_day` is the day before it was closed, where that came first."""

    areas: list[UUID]
    services: list[str]
    first_day: dt.date
    last_day: dt.date


def find(connection: Connection, campaign_id: UUID) -> Campaign:
    """The campaign.

    Raises:
        Problem: 422 when it is not known.
    """
    row = connection.execute(
        "SELECT areas, services, starts_on, ends_on, closed_on FROM campaign WHERE campaign_id = %s", [campaign_id]
    ).fetchone()
    if row is None:
        raise Problem(
            "invalid", errors=[FieldError("campaign", "unknown_campaign", f"Không có chiến dịch {campaign_id}.")]
        )
    areas, services, starts_on, ends_on, closed_on = row
    return Campaign(areas, services, starts_on, min(ends_on, closed_on - ONE_DAY) if closed_on else ends_on)


def narrowed(question: Question, campaign: Campaign, family: Family) -> Question:
    """The question over what belongs to the campaign."""
    found = replace(
        question,
        first_day=max(question.first_day, campaign.first_day),
        last_day=min(question.last_day, campaign.last_day),
        campaign_areas=campaign.areas,
    )
    if not family.is_in_services:
        return found
    named = question.filters.get("service")
    services = [one for one in campaign.services if named is None or one in named]
    return replace(found, filters={**question.filters, "service": services})
