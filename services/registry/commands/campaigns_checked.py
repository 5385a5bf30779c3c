"""What a campaign may be: its days, areas and services, and what it is part of.

Guarantee: a part lies within the days of its whole, from whichever side either changes; the curves of its targets lie
within its days. It refuses and changes nothing.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registry.commands.refusals import known_areas_or_refuse, refuse
from services.registry.model import Campaign, Service, Target
from shared.problems import FieldError, Problem

PARTS = ("youth_project", "youth_task")  # công trình and phần việc: what can be part of a campaign


def check(session: Session, campaign: Campaign, given: Mapping[str, Any]) -> None:
    """Refuse a campaign that cannot be; `given` are the fields that are new."""
    if campaign.ends_on < campaign.starts_on:
        raise refuse("ends_on", "before_start", f"Ngày cuối {campaign.ends_on} trước ngày đầu {campaign.starts_on}.")
    if "areas" in given or "daily_report" in given or "reporting_level" in given:
        _check_areas(session, campaign)
    if "services" in given:
        _check_services(session, campaign.services)
    if campaign.part_of is not None:
        _check_part_of(session, campaign, campaign.part_of)


def _check_areas(session: Session, campaign: Campaign) -> None:
    found = known_areas_or_refuse(session, campaign.areas, "areas")
    if not campaign.daily_report or campaign.reporting_level != "ward":
        return
    message = "Báo cáo theo xã, phường nên không nêu riêng tổ dân phố. Vui lòng chọn reporting_level residential_group."
    errors = [
        FieldError(f"areas[{at}]", "below_reporting_level", message)
        for at, area_id in enumerate(campaign.areas)
        if found[area_id].level == "residential_group"
    ]
    if errors:
        raise Problem("invalid", errors=errors)


def _check_services(session: Session, services: list[str]) -> None:
    known = set(session.scalars(sa.select(Service.code).where(Service.code.in_(services))))
    errors = [
        FieldError(f"services[{at}]", "unknown_service", f"Danh mục không có “{code}”. Vui lòng tra ở /v1/services.")
        for at, code in enumerate(services)
        if code not in known
    ]
    if errors:
        raise Problem("invalid", errors=errors)


def _check_part_of(session: Session, campaign: Campaign, parent_id: UUID) -> None:
    if campaign.kind not in PARTS:
        raise refuse("part_of", "not_a_part", "Chỉ công trình, phần việc thanh niên thuộc về một chiến dịch.")
    parent = session.get(Campaign, parent_id)
    if parent is None:
        raise refuse("part_of", "unknown_campaign", f"Không có chiến dịch {parent_id}.")
    _check_no_circle(session, campaign, parent)
    _check_within(campaign, parent, "part_of")


def _check_no_circle(session: Session, campaign: Campaign, parent: Campaign) -> None:
    above: Campaign | None = parent
    while above is not None:
        if above.campaign_id == campaign.campaign_id:
            raise refuse("part_of", "part_of_itself", f"{campaign.name} sẽ thuộc về chính nó.")
        above = session.get(Campaign, above.part_of) if above.part_of else None


def _check_within(part: Campaign, whole: Campaign, field: str) -> None:
    if part.starts_on < whole.starts_on or part.ends_on > whole.ends_on:
        message = (
            f"{part.name} ({part.starts_on} đến {part.ends_on}) phải nằm trong thời gian của {whole.name} "
            f"({whole.starts_on} đến {whole.ends_on})."
        )
        raise refuse(field, "outside_campaign", message)


def check_dependants(session: Session, campaign: Campaign) -> None:
    """Its parts and the curves of its targets still lie within its days."""
    for part in session.scalars(sa.select(Campaign).where(Campaign.part_of == campaign.campaign_id)):
        _check_within(part, campaign, "starts_on" if part.starts_on < campaign.starts_on else "ends_on")
    curves = sa.select(Target.curve).where(Target.campaign_id == campaign.campaign_id, Target.curve != [])
    days = sorted(point["date"] for curve in session.scalars(curves) for point in curve)
    first, last = campaign.starts_on.isoformat(), campaign.ends_on.isoformat()
    if days and (days[0] < first or days[-1] > last):
        message = f"Chỉ tiêu của chiến dịch có kế hoạch từ {days[0]} đến {days[-1]}, ngoài thời gian mới."
        raise refuse("starts_on" if days[0] < first else "ends_on", "curve_outside", message)
