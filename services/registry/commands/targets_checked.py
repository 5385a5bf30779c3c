"""What a target may be: an area and a service of its campaign, numbers that can be, a curve that rises to the goal.

Guarantee: every wrong item is named, by its place in the list. It refuses and changes nothing.
"""

import datetime as dt
from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registry.model import Area, Campaign
from services.registry.queries.areas import at_or_below
from services.registry.queries.tree import with_successors
from shared.problems import FieldError

Complaint = tuple[str, str, str]  # the field, the code, the sentence
Key = tuple[UUID, str]
Point = tuple[dt.date, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTarget:
    """A target as it is set; without a goal, everyone eligible who is not excluded. `curve` is by day."""

    area_id: UUID
    service: str
    as_of: dt.date
    source: str
    eligible: int
    already_done: int
    excluded: int = 0
    goal: int | None = None
    curve: Sequence[Point] = ()

    @property
    def key(self) -> Key:
        return self.area_id, self.service

    def content(self) -> dict[str, Any]:
        """The columns of its version."""
        goal = self.eligible - self.excluded if self.goal is None else self.goal
        curve = [{"date": day.isoformat(), "cumulative": people} for day, people in self.curve]
        return asdict(self) | {"goal": goal, "curve": curve}


def errors_of(session: Session, campaign: Campaign, new: Sequence[NewTarget]) -> Iterator[FieldError]:
    """What is wrong with a list of targets, by item and field."""
    areas = {one.area_id for one in new}
    known = set(session.scalars(sa.select(Area.area_id).where(Area.area_id.in_(areas))))
    inside = _inside(session, campaign, known)
    seen: set[Key] = set()
    for at, one in enumerate(new):
        where = f"targets[{at}]"
        if one.key in seen:
            yield FieldError(where, "repeated", "Đơn vị và nội dung này đã nêu ở trên.")
        seen.add(one.key)
        for name, code, message in (
            *_of_place(campaign, one, known, inside),
            *_of_numbers(one),
            *_of_curve(campaign, one),
        ):
            yield FieldError(f"{where}.{name}", code, message)


def _inside(session: Session, campaign: Campaign, areas: Collection[UUID]) -> set[UUID]:
    """Those of some areas that are or were below the campaign's, or below what succeeds these."""
    tops = session.scalars(with_successors(campaign.areas)).all()
    below = at_or_below(*tops).subquery()
    return set(session.scalars(sa.select(below.c.area_id).where(below.c.area_id.in_(areas))))


def _of_place(
    campaign: Campaign, one: NewTarget, known: Collection[UUID], inside: Collection[UUID]
) -> Iterator[Complaint]:
    if one.area_id not in known:
        yield "area_id", "unknown_area", f"Không tìm thấy đơn vị {one.area_id}. Vui lòng tra ở /v1/areas."
    elif one.area_id not in inside:
        yield "area_id", "outside_campaign", f"Đơn vị {one.area_id} không thuộc địa bàn của {campaign.name}."
    if one.service not in campaign.services:
        told = ", ".join(campaign.services)
        yield "service", "outside_campaign", f"{campaign.name} không có nội dung “{one.service}”, chỉ có: {told}."
    if one.as_of > campaign.ends_on:
        yield "as_of", "after_end", f"Ngày của số liệu sau ngày cuối của chiến dịch, {campaign.ends_on}."


def _of_numbers(one: NewTarget) -> Iterator[Complaint]:
    if one.excluded > one.eligible:
        yield "excluded", "too_many", f"Không thực hiện được ({one.excluded}) nhiều hơn thuộc diện ({one.eligible})."
        return
    goal: int = one.content()["goal"]
    if goal < one.already_done:
        message = f"Chỉ tiêu ({goal}) gồm cả số đã có trước nên không nhỏ hơn số đó ({one.already_done})."
        yield "goal", "below_already_done", message


def _of_curve(campaign: Campaign, one: NewTarget) -> Iterator[Complaint]:
    """A curve goes up day by day within the campaign, from what was done to the goal."""
    goal: int = one.content()["goal"]
    day_before, people_before = None, one.already_done
    for at, (day, people) in enumerate(one.curve):
        if not campaign.starts_on <= day <= campaign.ends_on:
            said = f"{campaign.starts_on} đến {campaign.ends_on}"
            yield f"curve[{at}].date", "outside_campaign", f"{day} không thuộc thời gian của chiến dịch, {said}."
        if day_before is not None and day <= day_before:
            yield f"curve[{at}].date", "not_ascending", f"{day} không sau {day_before}. Vui lòng xếp theo ngày."
        if people < people_before:
            yield f"curve[{at}].cumulative", "falling", f"Lũy kế {people} nhỏ hơn {people_before} trước đó."
        if people > goal:
            yield f"curve[{at}].cumulative", "above_goal", f"Lũy kế {people} vượt chỉ tiêu {goal}."
        day_before, people_before = day, people
    if one.curve and day_before == campaign.ends_on and people_before < goal:
        last = f"curve[{len(one.curve) - 1}].cumulative"
        yield last, "below_goal", f"Ngày cuối của chiến dịch cần đạt chỉ tiêu {goal}, không phải {people_before}."
