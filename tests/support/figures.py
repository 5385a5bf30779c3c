"""Comparing two computations of a figure: in plain Python, and asked of a database, by the same questions.

A comparison gives a line for each difference, and none when both agree. `figures_assists.py` and its neighbours bind the
queries of a family to their plain figures.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from random import Random
from typing import Any
from uuid import UUID

from services.reporting.borders import THEN, of_today
from services.reporting.borders import Borders as BordersAsked
from shared.areas import AreaBook
from shared.database import Connection
from tests.support.histories import History
from tests.support.plain.borders import Borders, carried
from tests.support.plain.cells import Cell, total, with_periods
from tests.support.plain.known import Known
from tests.support.world import FIRST, LAST, ONE

ALWAYS = (FIRST - ONE * 400, LAST + ONE * 400)
LEVELS = ("province", "district", "ward", "residential_group")
PERIODS = ("day", "week", "month", "report_month")
Group = tuple[str, ...]


@dataclass(frozen=True)
class Question:
    """What a figure is asked by."""

    first: dt.date
    last: dt.date
    top: UUID | None = None
    level: str | None = None
    by: Group = ()
    only: Mapping[str, Any] = field(default_factory=dict)
    today: dt.date | None = None  # in the borders of this day


@dataclass
class Case:
    """A history, what it says in the end, and a database to which it was applied."""

    history: History
    known: Known
    connection: Connection
    _cells: dict[Callable[[Known], list[Cell]], list[Cell]] = field(default_factory=dict)

    def borders(self, asked: Question) -> Borders:
        """The plain borders of a question."""
        return Borders(self.known, asked.today)

    def borders_asked(self, asked: Question) -> BordersAsked:
        """The same, as reporting is asked for them."""
        return of_today(self._book, asked.today) if asked.today else THEN

    @cached_property
    def _book(self) -> AreaBook:
        return AreaBook.load(self.connection)

    def once(self, figure: Callable[[Known], list[Cell]]) -> list[Cell]:
        """The cells of a figure, computed once for a history."""
        if figure not in self._cells:
            self._cells[figure] = figure(self.known)
        return self._cells[figure]

    def questions(
        self, groups: Sequence[Group], cells: Sequence[Cell], filters: Sequence[str] = ()
    ) -> Iterator[Question]:
        """Each grouping over everything, and over some days, an area and a filter that the history decides, in the borders
        of each day and of some day."""
        chance = Random(f"{self.history.seed} {groups} {filters}")  # the same ones when a figure is asked for alone
        world, seen = self.history.world, [cell["area"] for cell in cells]
        for by in groups:
            level = chance.choice([*LEVELS, None]) if "area" in by else None
            yield Question(*ALWAYS, level=level, by=by)
            first, last = sorted(FIRST + ONE * chance.randrange((LAST - FIRST).days) for _ in range(2))
            top = chance.choice([None, *world.tops, *world.wards, *seen[:20]])
            level = chance.choice([*LEVELS, None]) if "area" in by else None
            then = Question(first, last, top, level, by, self._filter(chance, cells, filters))
            yield then
            yield replace(then, today=FIRST + ONE * chance.randrange(-3, 20))

    def _filter(self, chance: Random, cells: Sequence[Cell], names: Sequence[str]) -> dict[str, Any]:
        if not names or not cells or chance.random() < 0.4:
            return {}
        name = chance.choice(names)
        value = chance.choice(cells)[name]
        value = value[0] if isinstance(value, list) and value else value
        return {} if value in (None, []) else {name: value}

    def chosen(self, cells: Iterable[Cell], asked: Question) -> list[Cell]:
        """The cells that a question is about, each in the area of the level asked for."""
        found = [with_periods(cell) for cell in cells if asked.first <= cell["day"] <= asked.last]
        found = [cell for cell in found if all(_has(cell[name], value) for name, value in asked.only.items())]
        # By a dimension of which a cell has several, a filter leaves the group that it names.
        found = [
            cell
            | {name: [value] for name, value in asked.only.items() if name in asked.by and isinstance(cell[name], list)}
            for cell in found
        ]
        return [
            self._rolled(cell, asked)
            for cell in found
            if self.borders(asked).is_under(cell["area"], cell["day"], asked.top)
        ]

    def _rolled(self, cell: Cell, asked: Question) -> Cell:
        if asked.today:
            cell = cell | {"is_apportioned": carried(self.known, cell["area"], asked.today)[1]}
        if "area" not in asked.by or (asked.level is None and asked.today is None):
            return cell
        return cell | {"area": self.borders(asked).at(cell["area"], cell["day"], asked.level)}


def _has(told: Any, value: Any) -> bool:
    return value in told if isinstance(told, list) else told == value


Measures = Mapping[str, Callable[[Cell], bool]]


def sums(cells: Sequence[Cell], by: Group, measures: Measures) -> dict[Any, int]:
    """What each measure sums to, by group."""
    found: dict[Any, int] = {}
    for name, counts in measures.items():
        mine = total([cell for cell in cells if counts(cell)], by)
        found |= {(*key, name): n for key, n in mine.items()}
    return found


def by_group(cells: Sequence[Cell], by: Group) -> dict[tuple[Any, ...], list[Cell]]:
    """The cells of each group, for what does not add up."""
    found: dict[tuple[Any, ...], list[Cell]] = defaultdict(list)
    for cell in cells:
        found[tuple(cell[name] for name in by)].append(cell)
    return found


def apportioned(cells: Sequence[Cell], by: Group) -> dict[Any, bool]:
    """The groups of which something comes from an area that was divided; none in the borders of each day."""
    divided = [cell for cell in cells if cell.get("is_apportioned")]
    return {(*key, "is_apportioned"): True for key in total([cell | {"n": 1} for cell in divided], by)}


def told(rows: Iterable[Mapping[str, Any]], by: Group, measures: Iterable[str]) -> dict[Any, Any]:
    """The measures of an answer, by group; what is nothing is left out."""
    found: dict[Any, Any] = {}
    for row in rows:
        key = tuple(row[name]["area_id"] if name == "area" else row[name] for name in by)
        found |= {(*key, name): row[name] for name in (*measures, "is_apportioned") if row.get(name)}
    return found


def same(what: object, plain: Mapping[Any, Any], asked: Mapping[Any, Any]) -> Iterator[str]:
    """A line for each key that differs."""
    for key in sorted({*plain, *asked}, key=str):
        if plain.get(key) != asked.get(key):
            yield f"{key}: {plain.get(key)} in plain, {asked.get(key)} asked; {what}"
