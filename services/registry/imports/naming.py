"""What the cells of a row say of its place, and which areas are called so.

Guarantee: of the ways in which a group may be named (code, name, label and number, number) the first that finds any
holds; what finds none or several is refused with what there is. Pure: it reads no table.
"""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.registry.imports.report import Unfit
from services.registry.model import Area
from shared.sheets.columns import fold
from shared.sheets.wordings import group_words, ward_words

GROUP = "residential_group"
NAMED = 8  # areas that a refusal lists
KEYS = ("ward_code", "ward", "group_code", "group")


@dataclass(frozen=True, slots=True)
class Asked:
    """What the cells of a row say of its place; an empty text where they say nothing."""

    ward_code: str = ""
    ward: str = ""
    group_code: str = ""
    group: str = ""

    @property
    def names_ward(self) -> bool:
        return bool(self.ward_code or self.ward)

    @property
    def names_group(self) -> bool:
        return bool(self.group_code or self.group)


def asked_by(values: Mapping[str, Any]) -> Asked:
    return Asked(*(str(values.get(key) or "") for key in KEYS))


def is_called(ward: Area, kind: str, name: str) -> bool:
    its_kind, its_name = ward_words(ward.name)
    return its_name == name and kind in ("", its_kind)


def groups_by(text: str, groups: Sequence[Area]) -> list[Area]:
    """By code, by the whole name, by label and number, by number alone: the first way that finds any."""
    folded, (label, rest) = fold(text), group_words(text)
    ways: list[Callable[[Area], bool]] = [
        lambda one: one.code == text.casefold(),
        lambda one: fold(one.name) == folded,
        lambda one: (label, rest) in (group_words(one.name), group_words(one.code)),
        lambda one: rest == group_words(one.name)[1],
    ]
    found = ([one for one in groups if way(one)] for way in ways)
    return next((some for some in found if some), [])


def only(found: Sequence[Area], key: str, what: str, day: dt.date, remedy: str) -> Area:
    on = f"{day.day:02}/{day.month:02}/{day.year}"
    if not found:
        raise Unfit(key, "unknown_area", f"Ngày {on} không có {what}. {remedy}")
    if len(found) > 1:
        several = ", ".join(f"{one.code} {one.name}" for one in found[:NAMED])
        raise Unfit(key, "ambiguous_area", f"Ngày {on} có {len(found)} {what}: {several}. Vui lòng ghi mã.")
    return found[0]


def says_the_same(asked: Asked, ward: Area | None, area: Area | None) -> bool:
    """Whether the cells say just where something is already."""
    group = area if area and area.level == GROUP else None
    known = Asked(
        ward.code if ward else "", ward.name if ward else "", group.code if group else "", group.name if group else ""
    )
    return all(not getattr(asked, key) or fold(getattr(asked, key)) == fold(getattr(known, key)) for key in KEYS)
