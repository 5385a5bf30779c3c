"""Events of the registry stream about plans: campaigns, targets, official counts, days off.

Guarantee: no person is in any of them.
A released v1 type never changes; consumers ignore fields that they do not know.
Step 1 of the event path (docs/architecture.md).
"""

import datetime as dt
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta, Struct

from shared.events.base import NO_CONTROLS, Code, Event, ShortText
from shared.events.registry import Residents

CampaignKind = Literal["campaign", "peak_period", "movement", "model", "youth_project", "youth_task"]
ReportingLevel = Literal["ward", "residential_group"]
SourceText = Annotated[
    str, Meta(min_length=1, max_length=200, pattern=NO_CONTROLS, description="where a number is from")
]
Year = Annotated[int, Meta(ge=2000, le=2199)]


class CalendarSet(Event, frozen=True, kw_only=True):
    """The days off of a year are known; they replace those told before."""

    NAME = "calendar.set"
    STREAM = "registry"
    SUBJECT = "calendar"

    year: Year
    off_days: Annotated[list[dt.date], Meta(max_length=366)]


class CampaignFields(Event, frozen=True, kw_only=True):
    """A campaign as a whole: it is a filter over areas, services and days, and says who reports daily."""

    STREAM = "registry"
    SUBJECT = "campaign"

    campaign: UUID
    name: Annotated[str, Meta(min_length=1, max_length=200, pattern=NO_CONTROLS)]
    kind: CampaignKind
    areas: Annotated[list[UUID], Meta(min_length=1, max_length=5000)]
    services: Annotated[list[Code], Meta(min_length=1, max_length=100)]
    starts_on: dt.date
    ends_on: dt.date
    daily_report: bool
    reporting_level: ReportingLevel
    state: Literal["running", "closed"]
    theme: ShortText | None = None
    part_of: UUID | None = None


class CampaignLaunched(CampaignFields, frozen=True, kw_only=True):
    """A campaign is decided, with its areas, services and days."""

    NAME = "campaign.launched"


class CampaignChanged(CampaignFields, frozen=True, kw_only=True):
    """A campaign has other areas, services, days or reporting units: the whole new one."""

    NAME = "campaign.changed"


class CampaignClosed(CampaignFields, frozen=True, kw_only=True):
    """A campaign has ended; it stays as it was for the days that it had."""

    NAME = "campaign.closed"


class CurvePoint(Struct, frozen=True, kw_only=True):
    """How many are to be done in all by a day, of which straight lines lead to the next point."""

    date: dt.date
    cumulative: Residents


class TargetSet(Event, frozen=True, kw_only=True):
    """How many are to be served with a service in an area by a campaign; a higher version replaces a lower one."""

    NAME = "target.set"
    STREAM = "registry"
    SUBJECT = "target"

    campaign: UUID
    area: UUID
    service: Code
    version: Annotated[int, Meta(ge=1, le=1_000_000)]
    as_of: dt.date
    source: SourceText
    eligible: Residents
    already_done: Residents
    goal: Residents
    excluded: Residents = 0
    curve: Annotated[list[CurvePoint], Meta(max_length=400)] = []


class OfficialCountRecorded(Event, frozen=True, kw_only=True):
    """What the police or the ministry counts as done in an area up to a day, beside our own count."""

    NAME = "official_count.recorded"
    STREAM = "registry"
    SUBJECT = "official_count"

    area: UUID
    service: Code
    as_of: dt.date
    done: Residents
    source: SourceText
