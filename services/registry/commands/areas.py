"""Areas: declaring them at any level, and correcting what is known of them.

Guarantee: on every day a residential group is in exactly one ward, as long as its ward's main successor is known. A
declaration and a correction are each told by `area.declared`; a change that changes nothing tells nothing.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session, object_session

from services.registry.commands.placements import area_on, place
from services.registry.commands.refusals import area_or_refuse, refuse
from services.registry.commands.successions import tell_later
from services.registry.commands.timelines import at
from services.registry.journal import Told, tell
from services.registry.model import Area
from services.registry.reference import area_id_of
from shared.events.registry import AreaDeclared
from shared.problems import Problem

GROUP = "residential_group"
LABEL = "tổ dân phố"
ONE_DAY = dt.timedelta(days=1)
# What an area may be directly under.
ABOVE = {"province": (), "district": ("province",), "ward": ("district", "province"), GROUP: ("ward",)}
NAMES = {"province": "tỉnh, thành phố", "district": "quận, huyện", "ward": "xã, phường, đặc khu", GROUP: LABEL}


@dataclass(frozen=True, slots=True, kw_only=True)
class NewArea:
    """An area as declared; `valid_from` is the first day of its parent unless given."""

    level: str
    code: str
    name: str
    parent_id: UUID | None = None
    local_label: str | None = None
    valid_from: dt.date | None = None
    households: int | None = None
    residents: int | None = None
    eligible: int | None = None
    area_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewGroup:
    """A residential group as declared; `valid_from` is the first day of its ward `ward_id` unless given."""

    ward_id: UUID
    code: str
    name: str
    local_label: str = LABEL
    valid_from: dt.date | None = None
    households: int | None = None
    residents: int | None = None
    eligible: int | None = None
    area_id: UUID | None = None


def told_of(area: Area, parent: UUID | None = None) -> Told:
    """The event that declares an area as it stands; under `parent`, unless it is placed elsewhere on its first day."""
    event = AreaDeclared(
        area_id=area.area_id,
        code=area.code,
        name=area.name,
        level=area.level,  # type: ignore[arg-type]
        local_label=area.local_label,
        parent=parent or _first_parent(area),
        valid_from=area.valid_from,
        valid_to=area.valid_to,
        households=area.households,
        residents=area.residents,
    )
    return Told(area.area_id, event)


def _first_parent(area: Area) -> UUID | None:
    session = object_session(area)
    placed = area_on(session, area.area_id, area.valid_from) if session else None
    return placed or area.parent_id


def declare_group(session: Session, new: NewGroup) -> Area:
    """A group of a ward is known from a day on; where the ward is succeeded already, it passes on with it."""
    content = {name: getattr(new, name) for name in new.__slots__ if name != "ward_id"}
    return declare_area(session, NewArea(level=GROUP, parent_id=new.ward_id, **content))


def declare_area(session: Session, new: NewArea) -> Area:
    """An area is known from a day on; where what it is under is succeeded already, it passes on with that."""
    parent = _parent(session, new)
    valid_from = new.valid_from or (parent.valid_from if parent else None)
    if valid_from is None:
        raise refuse("valid_from", "required", "Thiếu ngày bắt đầu có hiệu lực (required).")
    if parent:
        _check_day(parent, valid_from)
    _check_free(session, new, parent, valid_from)
    area = _area(new, valid_from)
    session.add(area)
    session.flush()
    tell(session, [told_of(area, new.parent_id)])
    if parent:
        _place(session, area, parent)
    return area


def _area(new: NewArea, valid_from: dt.date) -> Area:
    named = f"{new.parent_id}/{new.code}" if new.level == GROUP else new.code
    return Area(
        area_id=new.area_id or area_id_of(new.level, named, valid_from),
        code=new.code,
        name=new.name,
        level=new.level,
        local_label=new.local_label or (LABEL if new.level == GROUP else None),
        parent_id=new.parent_id,
        valid_from=valid_from,
        households=new.households,
        residents=new.residents,
        eligible=new.eligible,
    )


def _parent(session: Session, new: NewArea) -> Area | None:
    allowed = ABOVE[new.level]
    if new.parent_id is None:
        if new.level in ("district", GROUP):
            raise refuse("parent", "required", "Thiếu trường bắt buộc (required).")
        return None
    parent = area_or_refuse(session, new.parent_id, "parent")
    if parent.level not in allowed:
        expected = " hoặc ".join(NAMES[level] for level in allowed) or "không thuộc đơn vị nào"
        code = "not_a_ward" if new.level == GROUP else "wrong_level"
        message = f"{parent.name} là {NAMES[parent.level]}; {NAMES[new.level]} cần: {expected}."
        raise refuse("parent", code, message)
    return parent


def _check_day(parent: Area, valid_from: dt.date) -> None:
    if valid_from < parent.valid_from or (parent.valid_to and valid_from > parent.valid_to):
        until = f" đến {parent.valid_to}" if parent.valid_to else ""
        message = f"{parent.name} có từ {parent.valid_from}{until}. Vui lòng chọn ngày trong khoảng đó."
        raise refuse("valid_from", "outside_parent", message)


def _check_free(session: Session, new: NewArea, parent: Area | None, valid_from: dt.date) -> None:
    """A group's code is used once in its ward at a time; an official code may be taken over from what ends then."""
    query = sa.select(Area.area_id).where(Area.level == new.level, Area.code == new.code)
    if new.level == GROUP and parent:
        since = sa.or_(Area.valid_to.is_(None), Area.valid_to >= valid_from)
        query = query.where(Area.parent_id == parent.area_id, since)
    else:
        query = query.where(Area.valid_from >= valid_from)
    same = session.scalar(query.limit(1)) or _known(session, new.area_id)
    if same:
        where = parent.name if parent else "Registry"
        raise Problem("already_exists", f"{where} đã có {new.code} từ ngày đó.", extra={"area_id": str(same)})


def _known(session: Session, area_id: UUID | None) -> UUID | None:
    return area_id if area_id and session.get(Area, area_id) else None


def _place(session: Session, area: Area, parent: Area) -> None:
    """What a new area is under over time: its parent, and the main successors of that, which is told too."""
    if area.level != GROUP and parent.valid_to is None:
        return  # it stands under its parent without a placement, as an imported area does
    placed = place(session, "group", area.area_id, parent.area_id, area.valid_from)
    later = [
        (day, area.area_id, at(placed, day - ONE_DAY) or parent.area_id, ward)
        for day, ward in sorted(placed.items())
        if day > area.valid_from
    ]
    tell_later(session, later)


def change_area(session: Session, area: Area, content: Mapping[str, Any]) -> bool:
    """Correct the spelling of a name, a label or numbers; whether anything changed. What it is now is told."""
    if area.level != GROUP and content.get("local_label"):
        raise refuse("local_label", "not_a_group", f"Chỉ tổ dân phố có tên gọi riêng, không phải {area.name}.")
    changed = {name: value for name, value in content.items() if getattr(area, name) != value}
    for name, value in changed.items():
        setattr(area, name, value)
    if changed:
        tell(session, [told_of(area)])
    return bool(changed)
