"""The figures that must come of a set of accepted events, in plain Python and by the words of the contract.

What stands (`standing`) is counted: assists where their content says; a paper count of the unlisted adds itself; one
of the whole adds what is still missing in its scope (an area with all below it on a day, or a session) after single
records and nested counts. Written apart from the services, whose figures it judges.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, NamedTuple

from deploy.cds.simulate.atlas import Atlas, Place, day_of
from deploy.cds.simulate.event import Event
from deploy.cds.simulate.standing import Standing, stand


class Cell(NamedTuple):
    day: date
    ward: str
    group: str
    service: str
    outcome: str
    age_band: str


class Count(NamedTuple):
    single: int
    paper: int


Figures = dict[Cell, Count]


class Piece(NamedTuple):
    """Something counted already: where it stands in the scopes of the paper counts."""

    day: date
    place: Place
    session: str | None
    service: str
    outcome: str
    age_band: str
    quantity: int


def figures(events: Iterable[Event], where: Atlas | Mapping[str, str]) -> Figures:
    """`where` is what the sources' areas mean, or just the ward of each source."""
    atlas = where if isinstance(where, Atlas) else Atlas.of_wards(where)
    return figures_of(stand(events, atlas), atlas)


def figures_of(standing: Standing, atlas: Atlas) -> Figures:
    pieces = [piece_of(one.content, atlas) for one in standing.of("assist") if not one.is_void]
    sums: dict[Cell, list[int]] = defaultdict(lambda: [0, 0])
    for piece in pieces:
        sums[cell_of(piece)][0] += piece.quantity
    tallies = [one.content for one in standing.of("tally") if not one.is_void]
    for piece in paper_pieces(pieces, tallies, atlas):
        sums[cell_of(piece)][1] += piece.quantity
    return {cell: Count(*pair) for cell, pair in sums.items() if pair != [0, 0]}


def difference(after: Figures, before: Figures) -> Figures:
    zero = Count(0, 0)
    changed = {}
    for cell in after.keys() | before.keys():
        new, old = after.get(cell, zero), before.get(cell, zero)
        if new != old:
            changed[cell] = Count(new.single - old.single, new.paper - old.paper)
    return changed


def piece_of(event: Event, atlas: Atlas) -> Piece:
    data, day = event.data, day_of(event)
    return Piece(day, atlas.place(event, day), data.get("session"), data["service"], data["outcome"],
                 data.get("age_band", "unknown"), data.get("quantity", 1))  # fmt: skip


def cell_of(piece: Piece) -> Cell:
    return Cell(piece.day, *piece.place, piece.service, piece.outcome, piece.age_band)


def paper_pieces(singles: list[Piece], tallies: list[Event], atlas: Atlas) -> list[Piece]:
    """What paper adds, in the order of the contract: the unlisted, then the wholes from within outwards."""
    papers: list[Piece] = []
    wholes: list[tuple[tuple[Any, ...], Piece, bool]] = []
    for event in tallies:
        data, day = event.data, day_of(event)
        place = atlas.place(event, day)
        for line in data["lines"]:
            band = line.get("age_band")
            piece = Piece(day, place, data.get("session"), line["service"],
                          line["outcome"], band or "unknown", line["count"])  # fmt: skip
            if data["covers"] == "unlisted":
                papers.append(piece)
            else:
                order = (piece.session is None, place[1] == "", band is None, piece.quantity, event.subject)
                wholes.append((order, piece, band is None))
    counted: dict[tuple[Any, ...], list[Piece]] = defaultdict(list)
    for piece in singles + papers:
        remember(counted, piece)
    for _, whole, any_band in sorted(wholes, key=lambda one: one[0]):
        near = counted[scope_of(whole)]
        missing = whole.quantity - sum(p.quantity for p in near if is_inside(p, whole, any_band=any_band))
        if missing > 0:
            papers.append(whole._replace(quantity=missing))
            remember(counted, papers[-1])
    return papers


def remember(counted: dict[tuple[Any, ...], list[Piece]], piece: Piece) -> None:
    """Under its day, and under its session: the two kinds of scope that a paper count can have."""
    counted[scope_of(piece._replace(session=None))].append(piece)
    if piece.session is not None:
        counted[scope_of(piece)].append(piece)


def scope_of(piece: Piece) -> tuple[Any, ...]:
    return (piece.session or piece.day, piece.service, piece.outcome)


def is_inside(piece: Piece, whole: Piece, *, any_band: bool) -> bool:
    """Whether a piece of the same scope's day or session lies in the area and the age band of the whole."""
    if not any_band and piece.age_band != whole.age_band:
        return False
    if whole.session is not None:
        return True
    ward, group = whole.place
    return piece.place[0] == ward and group in ("", piece.place[1])
