"""Which ward and residential group a row names, on one day.

Guarantee: what a row names is found or refused with a sentence, never guessed: of several areas with one name the one
of the assumed ward, else of its province, is taken, and otherwise the row is refused with their codes.
Everything is read once for many rows; of a ward, its groups when the first row names one.
"""

import datetime as dt
from collections.abc import Callable, Iterable
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registry.commands.placements_bulk import areas_by_id, whereabouts
from services.registry.imports.naming import GROUP, NAMED, Asked, groups_by, is_called, only
from services.registry.imports.report import Unfit
from services.registry.model import Area
from services.registry.queries.areas import is_valid_on
from services.registry.queries.tree import below_on
from shared.sheets.wordings import ward_words


class Places:
    """The areas of one day; `assumed` is the ward of rows that name none."""

    def __init__(self, session: Session, day: dt.date, assumed: UUID | None) -> None:
        self._session, self.day = session, day
        self._groups: dict[UUID, list[Area]] = {}
        self._wards: list[Area] | None = None
        self._known: dict[UUID, Area] = {}
        self._found_wards: dict[tuple[str, str], Area | Unfit | None] = {}
        self._found: dict[Asked, Area | Unfit | None] = {}
        self.assumed = self.area(assumed) if assumed else None

    def area(self, area_id: UUID) -> Area | None:
        if area_id not in self._known:
            self._known |= areas_by_id(self._session, [area_id])
        return self._known.get(area_id)

    def ward_of(self, area_ids: Iterable[UUID]) -> dict[UUID, Area]:
        """For each ward or group, its ward on the day; a group that is in none is left out."""
        wanted = set(area_ids)
        self._known |= areas_by_id(self._session, wanted - self._known.keys())
        groups = [one for one in wanted if one in self._known and self._known[one].level == GROUP]
        placed = whereabouts(self._session, groups, self.day) if groups else {}
        found = {one: self.area(placed.get(one, one)) for one in wanted}
        return {one: ward for one, ward in found.items() if ward and ward.level != GROUP}

    def find(self, asked: Asked) -> Area | None:
        """The group that a row names, else its ward; None where it says nothing and no ward is assumed.

        Raises:
            Unfit: what it names is not there on the day, or is there several times.
        """
        if asked not in self._found:
            self._found[asked] = _answer(lambda: self._place(asked))
        return _or_raise(self._found[asked])

    def _place(self, asked: Asked) -> Area | None:
        ward = self.ward(asked)
        if not asked.names_group:
            return ward
        if ward is None:
            raise Unfit("ward", "required", "Thiếu xã, phường của tổ. Vui lòng thêm cột Xã/phường.")
        return self.group(asked, ward)

    def ward(self, asked: Asked) -> Area | None:
        """The ward that a row names, or the assumed one.

        Raises:
            Unfit: there is none of this name or code on the day, or several.
        """
        if not asked.names_ward:
            return self.assumed
        cells = asked.ward_code, asked.ward
        if cells not in self._found_wards:
            self._found_wards[cells] = _answer(lambda: self._ward(asked))
        return _or_raise(self._found_wards[cells])

    def _ward(self, asked: Asked) -> Area:
        key = "ward_code" if asked.ward_code else "ward"
        text = asked.ward_code or asked.ward
        found = self._by_code(text.zfill(5)) if text.isdecimal() else self._by_name(text)
        if asked.ward_code and asked.ward and len(found) > 1:
            found = [one for one in found if ward_words(one.name)[1] == ward_words(asked.ward)[1]] or found
        return only(found, key, f"xã, phường «{text}»", self.day, "Vui lòng ghi mã xã, phường.")

    def group(self, asked: Asked, ward: Area) -> Area:
        """The group of a ward that a row names.

        Raises:
            Unfit: there is none of this name or code in the ward on the day, or several.
        """
        groups = self.groups_of(ward)
        text, key = (asked.group_code, "group_code") if asked.group_code else (asked.group, "group")
        found = groups_by(text, groups)
        if asked.group_code and asked.group and len(found) > 1:
            found = groups_by(asked.group, found) or found
        there = ", ".join(f"{one.name} ({one.code})" for one in groups[:NAMED]) or "chưa có tổ nào"
        return only(found, key, f"tổ «{text}» trong {ward.name}", self.day, f"Ở đó có: {there}.")

    def groups_of(self, ward: Area) -> list[Area]:
        if ward.area_id not in self._groups:
            wanted = sa.select(Area).where(Area.area_id.in_(below_on(ward.area_id, self.day)), Area.level == GROUP)
            self._groups[ward.area_id] = list(self._session.scalars(wanted.order_by(Area.code, Area.area_id)))
        return self._groups[ward.area_id]

    def forget_groups(self, ward: Area) -> None:
        """After one was declared."""
        self._groups.pop(ward.area_id, None)

    def _all_wards(self) -> list[Area]:
        if self._wards is None:
            wanted = sa.select(Area).where(Area.level == "ward", is_valid_on(self.day))
            self._wards = list(self._session.scalars(wanted.order_by(Area.code)))
        return self._wards

    def _by_code(self, code: str) -> list[Area]:
        if self.assumed and self.assumed.code == code:
            return [self.assumed]
        return [one for one in self._all_wards() if one.code == code]

    def _by_name(self, text: str) -> list[Area]:
        kind, name = ward_words(text)
        if self.assumed and is_called(self.assumed, kind, name):
            return [self.assumed]
        found = [one for one in self._all_wards() if is_called(one, kind, name)]
        near = [one for one in found if self.assumed and one.parent_id == self.assumed.parent_id]
        return near or found


def _answer(find: Callable[[], Area | None]) -> Area | Unfit | None:
    """What is found, or why nothing is: remembered, because thousands of rows ask the same."""
    try:
        return find()
    except Unfit as unfit:
        return unfit


def _or_raise(answer: Area | Unfit | None) -> Area | None:
    if isinstance(answer, Unfit):
        raise Unfit(answer.refusal.key, answer.refusal.code, answer.refusal.message)
    return answer
