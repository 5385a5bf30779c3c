"""Targets: how many are to be served with a service in an area by a campaign, in versions.

Guarantee: a list is taken whole or not at all, and every wrong item is named; a version is never changed, the next one
replaces it; the same content as the highest version makes no version and appends nothing.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registry.commands.targets_checked import Key, NewTarget, errors_of
from services.registry.journal import Told, subject_of, tell
from services.registry.model import Campaign, Target
from shared.events.plans import CurvePoint, TargetSet
from shared.problems import Problem

LAST_VERSION = 1_000_000


def set_targets(session: Session, campaign: Campaign, new: Sequence[NewTarget]) -> list[tuple[Target, bool]]:
    """The version of each that holds now, and whether it is new.

    Raises:
        Problem: naming every item that cannot be set; then none is.
    """
    if errors := list(errors_of(session, campaign, new)):
        raise Problem("invalid", "Không chỉ tiêu nào được ghi.", errors=errors)
    known = _highest(session, campaign, new)
    found = [_version(campaign, one, known.get(one.key)) for one in new]
    added = [target for target, is_new in found if is_new]
    session.add_all(added)
    tell(session, [_told(target) for target in added])
    return found


def _highest(session: Session, campaign: Campaign, new: Sequence[NewTarget]) -> dict[Key, Target]:
    query = (
        sa.select(Target)
        .where(Target.campaign_id == campaign.campaign_id, Target.area_id.in_({one.area_id for one in new}))
        .order_by(Target.version)
    )
    return {(target.area_id, target.service): target for target in session.scalars(query)}


def _version(campaign: Campaign, new: NewTarget, known: Target | None) -> tuple[Target, bool]:
    content = new.content()
    if known is not None and all(getattr(known, name) == value for name, value in content.items()):
        return known, False
    version = known.version + 1 if known else 1
    if version > LAST_VERSION:
        raise Problem("invalid", f"Chỉ tiêu này đã có {LAST_VERSION} phiên bản.")
    return Target(campaign_id=campaign.campaign_id, version=version, **content), True


def _told(target: Target) -> Told:
    columns: Mapping[str, Any] = {name: getattr(target, name) for name in ("service", "version", "as_of", "source")}
    people = {name: getattr(target, name) for name in ("eligible", "already_done", "excluded", "goal")}
    curve = [
        CurvePoint(date=dt.date.fromisoformat(point["date"]), cumulative=point["cumulative"]) for point in target.curve
    ]
    event = TargetSet(campaign=target.campaign_id, area=target.area_id, curve=curve, **columns, **people)
    return Told(subject_of("target", f"{target.campaign_id}/{target.area_id}/{target.service}"), event)
