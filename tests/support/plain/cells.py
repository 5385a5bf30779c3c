"""Adding up cells by any grouping, and the rounding of shares."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any

Cell = dict[str, Any]


def total(cells: Iterable[Cell], by: Sequence[str] = ()) -> dict[tuple[Any, ...], int]:
    """The sums by these dimensions; what sums to nothing is left out. A dimension that is a list counts in each."""
    sums: dict[tuple[Any, ...], int] = defaultdict(int)
    for cell in cells:
        for key in _keys(cell, by):
            sums[key] += cell["n"]
    return {key: n for key, n in sums.items() if n}


def _keys(cell: Cell, by: Sequence[str]) -> list[tuple[Any, ...]]:
    keys: list[tuple[Any, ...]] = [()]
    for name in by:
        values = cell[name] if isinstance(cell[name], list) else [cell[name]]
        keys = [(*key, value) for key in keys for value in values]
    return keys


def with_periods(cell: Cell) -> Cell:
    """The cell with its week (its Monday), its month and its report month (from the 15th), each by its first day."""
    day = cell["day"]
    month = day.replace(day=1)
    before = month if day.day >= 15 else (month - dt.timedelta(days=1)).replace(day=1)
    week = day - dt.timedelta(days=day.isoweekday() - 1)
    return cell | {"week": week, "month": month, "report_month": before.replace(day=15)}


def chosen(cells: Iterable[Cell], **wanted: Any) -> list[Cell]:
    """The cells whose dimensions have these values."""
    return [cell for cell in cells if all(cell[name] == value for name, value in wanted.items())]


def half_up(value: Fraction, digits: int = 1) -> float:
    """One decimal, half up (away from zero only for positive numbers, and there are no others)."""
    scaled = value * 10**digits
    return float(Fraction(int(scaled + Fraction(1, 2)), 10**digits))


def share(part: int, whole: int) -> float | None:
    """Percent with one decimal, half up; None over a denominator 0, printed as "–"."""
    return None if whole == 0 else half_up(Fraction(part * 100, whole))
