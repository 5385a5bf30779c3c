"""Paper and single together: what a ward's paper books add to the assists recorded one by one.

Rule (contract, "Paper and single together"): a book that covers what is unlisted adds its counts. One that covers
all states the whole of its scope (a session, or an area and what is below it on a day) and adds what is missing:
max(0, count - what is counted already in the cell). Sessions come before days, groups before their ward, lines that
tell more before lines that tell less, so that two books of one scope do not add up, and the order does not matter.
A pure function; it reads and writes nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from shared.events.facts import TallyLineState, TallyState


@dataclass(slots=True)
class Cell:
    """A count of a service and an outcome, by area (or session), age band and resident area."""

    area: UUID
    service: str
    outcome: str
    age_band: str
    resident_area: UUID
    count: int
    session: UUID | None = None
    is_exceeded: bool = False

    def fits(self, line: TallyLineState) -> bool:
        """Whether a line speaks of this cell; what a line leaves out it says of every age band or resident area."""
        return (
            (self.service, self.outcome) == (line.service, line.outcome)
            and line.age_band in (None, self.age_band)
            and line.resident_area in (None, self.resident_area)
        )


@dataclass(frozen=True, slots=True)
class Tally:
    """A paper count in the version that holds."""

    tally_id: UUID
    state: TallyState


def count_paper(
    ward: UUID, tallies: Iterable[Tally], singles: Sequence[Cell], by_session: Mapping[UUID, Sequence[Cell]]
) -> list[Cell]:
    """The cells that the books of a (day, ward) add, each with the tally's area and its session, if it is of one."""
    paper: list[Cell] = []
    lines = [(tally, line) for tally in tallies for line in tally.state.lines]
    for tally, line in lines:
        if tally.state.covers == "unlisted":
            paper.append(_cell(tally.state, line, line.count))
    covering = [(tally, line) for tally, line in lines if tally.state.covers == "all"]
    for tally, line in sorted(covering, key=lambda pair: _rank(ward, *pair)):
        counted = _counted(ward, tally.state, line, singles, by_session, paper)
        cell = _cell(tally.state, line, max(0, line.count - counted))
        cell.is_exceeded = counted > line.count
        paper.append(cell)
    return _merged(paper)


def _rank(ward: UUID, tally: Tally, line: TallyLineState) -> tuple[bool, bool, int, int, bytes]:
    told = (line.age_band is not None) + (line.resident_area is not None)
    return tally.state.session is None, tally.state.area == ward, -told, line.count, tally.tally_id.bytes


def _counted(
    ward: UUID,
    state: TallyState,
    line: TallyLineState,
    singles: Sequence[Cell],
    by_session: Mapping[UUID, Sequence[Cell]],
    paper: Sequence[Cell],
) -> int:
    """What is counted already in the scope of a tally and the cell of its line."""
    if state.session is not None:
        scope = [*by_session.get(state.session, ()), *(cell for cell in paper if cell.session == state.session)]
    elif state.area == ward:
        scope = [*singles, *paper]
    else:
        scope = [cell for cell in (*singles, *paper) if cell.area == state.area]
    return sum(cell.count for cell in scope if cell.fits(line))


def _cell(state: TallyState, line: TallyLineState, count: int) -> Cell:
    return Cell(
        state.area,
        line.service,
        line.outcome,
        line.age_band or "unknown",
        line.resident_area or state.area,
        count,
        state.session,
    )


def _merged(cells: Iterable[Cell]) -> list[Cell]:
    """Cells of the same key added up; empty ones go, unless they flag an excess."""
    found: dict[tuple[object, ...], Cell] = {}
    for cell in cells:
        key = (cell.area, cell.service, cell.outcome, cell.age_band, cell.resident_area, cell.session)
        known = found.get(key)
        if known is None:
            found[key] = replace(cell)
        else:
            known.count += cell.count
            known.is_exceeded |= cell.is_exceeded
    return [cell for cell in found.values() if cell.count or cell.is_exceeded]
