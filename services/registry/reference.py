"""The shipped reference data, read: official areas on both sides of the reform, services, offices.

Guarantee: the same file gives the same ids, so an import can be repeated; a selection is closed
(predecessors, all their successors, everything above them), so no succession is half known; what the data
does not tell is listed, not guessed.
How the files are read is written in data/areas/README.md. It touches no database.
"""

import csv
import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from uuid import NAMESPACE_URL, UUID, uuid5

from services.registry.model import LEVELS

AREAS = uuid5(NAMESPACE_URL, "urn:congdongso:area")
BEFORE_FROM, REFORM_ON = dt.date(2020, 1, 1), dt.date(2025, 7, 1)
BEFORE_TO = REFORM_ON - dt.timedelta(days=1)


class UnknownCode(ValueError):
    """A code that is in neither state of the reference data."""


@dataclass(frozen=True, slots=True)
class OfficialArea:
    area_id: UUID
    code: str
    name: str
    level: str
    parent_id: UUID | None
    valid_from: dt.date
    valid_to: dt.date | None


@dataclass(frozen=True, slots=True)
class OfficialSuccession:
    """One event's worth: what passes on together. `to` is (area, whether it is the main successor)."""

    kind: str
    from_ids: tuple[UUID, ...]
    to: tuple[tuple[UUID, bool], ...]


@dataclass(frozen=True, slots=True)
class Selection:
    """What is imported, parents first, and what the data does not tell about it."""

    areas: list[OfficialArea]
    successions: list[OfficialSuccession]
    without_successor: list[OfficialArea]
    without_predecessor: list[OfficialArea]
    without_main: list[OfficialArea]


def area_id_of(level: str, code: str, valid_from: dt.date) -> UUID:
    return uuid5(AREAS, f"{level}/{code}/{valid_from}")


class Country:
    """Both states and what leads from one to the other."""

    def __init__(self) -> None:
        self.before = _state("areas_before_2025-07-01.csv", BEFORE_FROM, BEFORE_TO)
        self.after = _state("areas_from_2025-07-01.csv", REFORM_ON, None)
        self.areas = {area.area_id: area for area in (*self.before.values(), *self.after.values())}
        self.successors: dict[UUID, dict[UUID, bool]] = defaultdict(dict)
        self.predecessors: dict[UUID, list[UUID]] = defaultdict(list)
        for row in rows("areas", "successions_2025-07-01.csv"):
            old, new = self.before[row["predecessor_code"]], self.after[row["successor_code"]]
            self._link(old.area_id, new.area_id, row["is_default"] == "1")
        self._link_provinces()
        self._forget_undecided()

    def _link(self, old: UUID, new: UUID, is_main: bool) -> None:
        self.successors[old][new] = is_main
        self.predecessors[new].append(old)

    def _link_provinces(self) -> None:
        """A province is succeeded by the province that its wards' successors are in; all its wards agree."""
        pairs = {
            (self.top(old).area_id, self.top(new).area_id) for old, heirs in self.successors.items() for new in heirs
        }
        for old, new in sorted(pairs):
            self._link(old, new, True)

    def _forget_undecided(self) -> None:
        """Two main successors are none."""
        for heirs in self.successors.values():
            if sum(heirs.values()) > 1:
                heirs.update(dict.fromkeys(heirs, False))

    def top(self, area_id: UUID) -> OfficialArea:
        area = self.areas[area_id]
        return self.top(area.parent_id) if area.parent_id else area

    def select(
        self, province: str | None = None, wards: Iterable[str] = (), *, whole: bool = False, top: str = ""
    ) -> Selection:
        """The areas of a province (by its code in either state), of some wards, or of the whole country.

        `top` is the code of a province, a district or a ward: the wards at or below it in either state.

        Raises:
            UnknownCode: when a code is in neither state.
        """
        codes = set(wards)
        chosen = {
            area.area_id
            for area in self._wards()
            if whole or area.code in codes or self._in(area, province) or self._is_at_or_below(area, top)
        }
        found = {self.areas[area_id].code for area_id in chosen}
        if missing := sorted(codes - found) or [one for one in (province, top) if one and not chosen]:
            raise UnknownCode(f"Không có mã đơn vị hành chính {', '.join(missing)} trong dữ liệu kèm theo.")
        return self._selection(self._close(chosen))

    def _wards(self) -> Iterator[OfficialArea]:
        return (area for area in self.areas.values() if area.level == "ward")

    def _in(self, ward: OfficialArea, province: str | None) -> bool:
        return province is not None and self.top(ward.area_id).code == province

    def _is_at_or_below(self, ward: OfficialArea, code: str) -> bool:
        return bool(code) and code in {ward.code, *(self.areas[above].code for above in self._above(ward.area_id))}

    def _close(self, chosen: set[UUID]) -> set[UUID]:
        old = {one for one in chosen if one in self.successors or self.areas[one].valid_to}
        old |= {before for one in chosen for before in self.predecessors.get(one, ())}
        closed = chosen | old | {heir for one in old for heir in self.successors.get(one, ())}
        above = {parent for one in closed for parent in self._above(one)}
        return closed | above

    def _above(self, area_id: UUID) -> Iterator[UUID]:
        parent = self.areas[area_id].parent_id
        if parent:
            yield parent
            yield from self._above(parent)

    def _selection(self, ids: set[UUID]) -> Selection:
        areas = sorted((self.areas[one] for one in ids), key=_in_order)
        wards = [area for area in areas if area.level == "ward"]
        old, new = [w for w in wards if w.valid_to], [w for w in wards if not w.valid_to]
        heirs = {ward.area_id: self.successors.get(ward.area_id, {}) for ward in old}
        return Selection(
            areas,
            self._passages(areas),
            without_successor=[ward for ward in old if not heirs[ward.area_id]],
            without_predecessor=[ward for ward in new if ward.area_id not in self.predecessors],
            without_main=[w for w in old if heirs[w.area_id] and not any(heirs[w.area_id].values())],
        )

    def _passages(self, areas: list[OfficialArea]) -> list[OfficialSuccession]:
        whole: dict[UUID, list[UUID]] = defaultdict(list)
        splits = []
        for area in areas:
            heirs = self.successors.get(area.area_id, {})
            if len(heirs) == 1 and all(heirs.values()):
                whole[next(iter(heirs))].append(area.area_id)
            elif heirs:
                splits.append(OfficialSuccession("split", (area.area_id,), tuple(heirs.items())))
        joined = [OfficialSuccession(self._kind(new), tuple(old), ((new, True),)) for new, old in whole.items()]
        return joined + splits

    def _kind(self, new: UUID) -> str:
        old = self.predecessors[new]
        if len(old) > 1:
            return "merge"
        return "move" if self.areas[old[0]].name == self.areas[new].name else "rename"


@cache
def country() -> Country:
    """The reference data, read once."""
    return Country()


def _in_order(area: OfficialArea) -> tuple[dt.date, int, str]:
    return area.valid_from, LEVELS.index(area.level), area.code


def rows(*path: str) -> Iterator[dict[str, str]]:
    """The rows of a shipped CSV file."""
    with resources.files("services.registry").joinpath("data", *path).open(encoding="utf-8") as file:
        yield from csv.DictReader(file)


def _state(name: str, valid_from: dt.date, valid_to: dt.date | None) -> dict[str, OfficialArea]:
    """The areas of one state by code; a code names one area, over all levels."""
    listed = list(rows("areas", name))
    again = [code for code, times in Counter(row["code"] for row in listed).items() if times > 1]
    assert not again, again
    levels = {row["code"]: row["level"] for row in listed}

    def identify(code: str) -> UUID:
        return area_id_of(levels[code], code, valid_from)

    return {
        row["code"]: OfficialArea(
            identify(row["code"]),
            row["code"],
            row["name"],
            row["level"],
            identify(row["parent_code"]) if row["parent_code"] else None,
            valid_from,
            valid_to,
        )
        for row in listed
    }
