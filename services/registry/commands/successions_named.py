"""What a succession names to go to a successor: areas below, venues, teams, volunteers.

Guarantee: only what is directly in a predecessor on the day before, and still there on the day, is accepted; what
stands in a group goes with its group.
"""

import datetime as dt
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registry.commands.placements import Subject, areas_on
from services.registry.commands.refusals import refuse
from services.registry.commands.successions_planned import ONE_DAY, SUBJECTS, Declaration
from services.registry.model import Area, Team, Venue, Volunteer
from shared.problems import FieldError, Problem

# Of each kind: the table, its key, the first day without it, and what it is called.
KINDS: dict[Subject, tuple[Any, Any, Any, str]] = {
    "venue": (Venue, Venue.venue_id, Venue.closed_on, "Địa điểm"),
    "team": (Team, Team.team_id, Team.dissolved_on, "Tổ công nghệ số cộng đồng"),
    "volunteer": (Volunteer, Volunteer.volunteer_id, Volunteer.retired_on, "Tình nguyện viên"),
}
Fields = dict[UUID, str]


def check_named(session: Session, declared: Declaration, level: str) -> None:
    """Refuse what is named and cannot go where it is named to go; all that is wrong is told at once."""
    errors: list[FieldError] = []
    for kind in SUBJECTS:
        fields = _fields(declared, kind)
        if len(fields) != sum(len(heir.named(kind)) for heir in declared.to):
            raise refuse("to", "repeated", f"Có mục bị lặp lại trong “{kind}s”: mỗi mục chỉ đến một nơi.")
        if kind == "group":
            errors += _wrong_areas(session, declared, fields, level)
        elif fields:
            errors += _wrong_things(session, declared, kind, fields)
    if errors:
        raise Problem("invalid", errors=errors)


def _fields(declared: Declaration, kind: Subject) -> Fields:
    return {
        one: f"to[{at}].{kind}s[{place}]"
        for at, heir in enumerate(declared.to)
        for place, one in enumerate(heir.named(kind))
    }


def _wrong_areas(session: Session, declared: Declaration, fields: Fields, level: str) -> Iterator[FieldError]:
    if fields and level == "residential_group":
        first = next(iter(fields.values()))
        yield FieldError(first, "group_of_a_group", "Tổ dân phố không có đơn vị bên dưới để giao.")
        return
    areas = {area.area_id: area for area in session.scalars(sa.select(Area).where(Area.area_id.in_(fields)))}
    above = {one: area.parent_id for one, area in areas.items() if area.level != "residential_group"}
    above |= areas_on(session, fields, declared.on - ONE_DAY)
    for one, field in fields.items():
        if wrong := _wrong_area(areas.get(one), above.get(one), declared):
            yield FieldError(field, wrong[0], wrong[1].format(one=one))


def _wrong_area(area: Area | None, above: UUID | None, declared: Declaration) -> tuple[str, str] | None:
    if area is None:
        return "unknown_area", "Không tìm thấy đơn vị {one}. Vui lòng tra lại ở /v1/areas."
    if area.valid_from >= declared.on:
        return "not_valid", f"{_name(area)} mới có từ {area.valid_from}, không có ngày {declared.on - ONE_DAY}."
    if area.valid_to and area.valid_to < declared.on:
        return "not_valid", f"{_name(area)} chỉ có đến hết {area.valid_to}, không còn ngày {declared.on}."
    if above not in declared.from_ids:
        return "group_elsewhere", f"{_name(area)} không thuộc đơn vị cũ nào ở “from” ngày {declared.on - ONE_DAY}."
    return None


def _name(area: Area) -> str:
    return f"{area.name} ({area.code})"


def _wrong_things(session: Session, declared: Declaration, kind: Subject, fields: Fields) -> Iterator[FieldError]:
    model, key, ended_on, name = KINDS[kind]
    ends = {row[0]: row[1] for row in session.execute(sa.select(key, ended_on).where(key.in_(fields)))}
    gone = _merged_or_erased(session, fields) if model is Volunteer else set()
    where = areas_on(session, fields, declared.on - ONE_DAY)
    groups = areas_on(session, set(where.values()), declared.on - ONE_DAY)
    for one, field in fields.items():
        shown = f"{name} {one}"
        if one not in ends or one in gone:
            yield FieldError(field, f"unknown_{kind}", f"Không tìm thấy {shown}.")
        elif _is_over(ends[one], declared.on):
            yield FieldError(field, "ended", f"{shown} đã ngừng từ {ends[one]}. Vui lòng bỏ khỏi danh sách.")
        elif where.get(one) not in declared.from_ids:
            in_group = groups.get(where.get(one, one)) in declared.from_ids
            code = "follows_group" if in_group else "elsewhere"
            why = "ở trong một tổ và đi theo tổ đó, không cần nêu" if in_group else "không ở đơn vị cũ nào ở “from”"
            yield FieldError(field, code, f"{shown} {why}.")


def _is_over(ended_on: dt.date | None, on: dt.date) -> bool:
    return ended_on is not None and ended_on <= on


def _merged_or_erased(session: Session, fields: Fields) -> set[UUID]:
    query = sa.select(Volunteer.volunteer_id).where(
        Volunteer.volunteer_id.in_(fields), sa.or_(Volunteer.merged_into.is_not(None), Volunteer.erased_on.is_not(None))
    )
    return set(session.scalars(query))
