"""Paper counts beside single records ("paper and single together", and decision 8 for what nests).

A book that covers what is unlisted adds its counts. A book that covers all adds what is missing to its count: what is
counted already in its scope and cell is taken off: singles, and books of the same ward and day. Books of a session come before those of a day, groups before their
ward, lines that tell more before lines that tell less, then the smaller count, then the tally's id.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from tests.support.plain.borders import lineage
from tests.support.plain.cells import Cell
from tests.support.plain.known import Known


def paper(known: Known, singles: list[Cell]) -> list[Cell]:
    """What paper adds, a cell for each line that adds something, and under `exceeded` the lines below the singles."""
    booked = [
        _cell(known, tally, state, line, line.count)
        for tally, state in known.tallies.items()
        if state.covers == "unlisted"
        for line in state.lines
    ]
    everything = [
        (state, tally, index, line)
        for tally, state in known.tallies.items()
        if state.covers == "all"
        for index, line in enumerate(state.lines)
    ]
    for state, tally, _, line in sorted(everything, key=lambda entry: _order(known, *entry)):
        of_singles = sum(cell["n"] for cell in singles if _is_in(known, state, line, cell))
        beside = [cell for cell in booked if (cell["day"], cell["ward"]) == (state.day, state.ward)]
        of_books = sum(cell["n"] for cell in beside if _is_in(known, state, line, cell))
        cell = _cell(known, tally, state, line, max(0, line.count - of_singles - of_books))
        booked.append(cell | {"is_exceeded": of_singles + of_books > line.count})
    return booked


def _order(known: Known, state: Any, tally: UUID, index: int, line: Any) -> tuple[Any, ...]:
    is_ward = known.areas[state.area].level == "ward"
    told = (line.age_band is not None) + (line.resident_area is not None)
    return (state.session is None, is_ward, -told, line.count, tally, index)


def _is_in(known: Known, state: Any, line: Any, cell: Cell) -> bool:
    """Whether a cell is in the scope of a book, its session or its area and day, and in the cell of its line."""
    if (cell["service"], cell["outcome"]) != (line.service, line.outcome):
        return False
    if line.age_band not in (None, cell["age_band"]) or line.resident_area not in (None, cell["resident_area"]):
        return False
    if state.session is not None:
        return bool(cell["session"] == state.session)
    return cell["day"] == state.day and state.area in lineage(known, cell["area"], state.day)


def _cell(known: Known, tally: UUID, state: Any, line: Any, n: int) -> Cell:
    return {
        "day": state.day,
        "ward": state.ward,
        "area": state.area,
        "resident_area": line.resident_area or state.area,
        "service": line.service,
        "outcome": line.outcome,
        "age_band": line.age_band or "unknown",
        "session": state.session,
        "tally": tally,
        "source": "paper",
        "is_exceeded": False,
        "n": n,
    }
