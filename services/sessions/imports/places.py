"""What rows call their wards and groups, as references of the contract: `11692/tdp-03`.

Guarantee: a name or a number is read by its meaning on the day of the row, among the caller's areas where the row names
no ward. It decides nothing about who may write: the intake does, by the reference.
"""

import datetime as dt
import re
from collections.abc import Mapping
from functools import cached_property
from typing import Any
from uuid import UUID

from services.sessions.imports.report import Unfit
from services.sessions.reach import Reach
from shared.areas import Area, AreaBook
from shared.sheets.columns import fold, quoted
from shared.sheets.wordings import group_words, ward_words

REFERENCE = re.compile(r"(?:[0-9]{2,5}/)?[a-z][a-z0-9-]{0,31}")
SHOWN = 12


class Words:
    """The places of one upload. `ward` is the code for rows that name no ward."""

    def __init__(self, book: AreaBook, areas: frozenset[UUID], ward: str | None) -> None:
        self._book, self._reach, self._ward = book, Reach(book, areas), ward
        self._found: dict[tuple[Any, ...], str] = {}
        self._wards_found: dict[tuple[str, dt.date], list[Area]] = {}

    def reference(self, values: Mapping[str, Any], day: dt.date) -> str:
        """How an event names the place of a row.

        Raises:
            Unfit: naming the column, when nothing or more than one thing is meant.
        """
        ward, group = _text(values, "ward_code", "ward"), _text(values, "group_code", "group")
        key = (ward, group, day)
        if key not in self._found:
            self._found[key] = self._refer(ward, group, day)
        return self._found[key]

    def _refer(self, ward: str, group: str, day: dt.date) -> str:
        if REFERENCE.fullmatch(group.lower()) and "/" in group:
            return group.lower()
        wards = self._wards(ward or self._ward or "", day)
        if group:
            return self._group(wards, group, day)
        return next((ward for ward in wards if ward.is_valid_on(day)), wards[0]).code

    def _wards(self, text: str, day: dt.date) -> list[Area]:
        """The wards that may be meant, the likeliest first."""
        if (text, day) not in self._wards_found:
            self._wards_found[text, day] = self._look_up(text, day) if text else self._own(day)
        return self._wards_found[text, day]

    def _look_up(self, text: str, day: dt.date) -> list[Area]:
        found = self._by_code(text, day) if text.isdecimal() else self._by_name(text, day)
        if not found:
            message = f"Ngày {_shown(day)} không có xã, phường {quoted(text)}. Vui lòng kiểm tra tên hoặc mã."
            raise Unfit("ward", "unknown_area", message)
        return found

    def _own(self, day: dt.date) -> list[Area]:
        """The caller's own ward, which may have ended, and what it became; or the only one within its reach."""
        own = _likeliest([area for area in self._wards_known if area.area_id in self._reach.areas], day)
        valid = [area for area in own if area.is_valid_on(day)] if own else self._reach.wards_on(day)
        if len(valid) > 1:
            names = ", ".join(f"{ward.name} ({ward.code})" for ward in valid[:SHOWN])
            message = f"Thiếu xã, phường: tài khoản có nhiều nơi ({names}). Vui lòng ghi ở cột Xã/phường."
            raise Unfit("ward", "missing_ward", message)
        heirs = [self._book.areas[self._book.heir(area.area_id, day)] for area in own]
        found = [*own, *(area for area in heirs if area not in own)] or valid
        if not found:
            message = f"Ngày {_shown(day)} tài khoản này không gắn với xã, phường nào. Vui lòng ghi ở cột Xã/phường."
            raise Unfit("ward", "missing_ward", message)
        return found

    @cached_property
    def _wards_known(self) -> list[Area]:
        return [area for area in self._book.areas.values() if area.level == "ward"]

    @cached_property
    def _wards_called(self) -> dict[str, list[tuple[str, Area]]]:
        """The wards by name, each with the word for its kind; of a whole country there are more than ten thousand."""
        found: dict[str, list[tuple[str, Area]]] = {}
        for area in self._wards_known:
            kind, name = ward_words(area.name)
            found.setdefault(name, []).append((kind, area))
        return found

    def _by_code(self, code: str, day: dt.date) -> list[Area]:
        found = [area for area in self._wards_known if area.code == code and area.valid_from <= day]
        return _likeliest(found, day)

    def _by_name(self, text: str, day: dt.date) -> list[Area]:
        kind, name = ward_words(text)
        called = self._wards_called.get(name, [])
        found = [area for its_kind, area in called if kind in ("", its_kind) and area.valid_from <= day]
        mine = [area for area in found if self._reach.covers(area.area_id, day) or area.area_id in self._reach.areas]
        found = _likeliest(mine or found, day)
        if len(valid := [area for area in found if area.is_valid_on(day)]) > 1:
            codes = ", ".join(area.code for area in valid[:SHOWN])
            message = f"Có nhiều xã, phường tên {quoted(text)}: {codes}. Vui lòng ghi mã."
            raise Unfit("ward", "ambiguous_area", message)
        return found

    def _group(self, wards: list[Area], text: str, day: dt.date) -> str:
        for ward in wards:
            for group in self._book.groups(ward.area_id, min(day, ward.valid_to or day)):
                if _is_called(group, text):
                    return self._named(ward, group, day)
        existing = [group.name for group in self._book.groups(wards[0].area_id, day)]
        more = f" và {len(existing) - SHOWN} tổ nữa" if len(existing) > SHOWN else ""
        listed = ", ".join(existing[:SHOWN]) + more or "chưa có tổ nào"
        message = f"Không tìm thấy {quoted(text)} trong {wards[0].name} ngày {_shown(day)}. Các tổ hiện có: {listed}."
        raise Unfit("group", "unknown_area", message)

    def _named(self, ward: Area, group: Area, day: dt.date) -> str:
        """The group of a ward that has ended is named without it: the code may mean another ward by now."""
        is_own = ward.area_id in self._reach.areas
        return f"{ward.code}/{group.code}" if ward.is_valid_on(day) or not is_own else group.code


def _text(values: Mapping[str, Any], *keys: str) -> str:
    return next((str(values[key]) for key in keys if values.get(key)), "")


def _likeliest(areas: list[Area], day: dt.date) -> list[Area]:
    """Those that exist on the day first, then the newest."""
    return sorted(areas, key=lambda area: (not area.is_valid_on(day), -area.valid_from.toordinal(), area.code))


def _is_called(group: Area, text: str) -> bool:
    label, rest = group_words(text)
    its_label, its_rest = group_words(group.name)
    is_same = rest == its_rest and label in ("", its_label)
    return text.lower() == group.code or is_same or fold(text) == fold(group.name)


def _shown(day: dt.date) -> str:
    return f"{day:%d/%m/%Y}"
