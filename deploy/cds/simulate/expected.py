"""The figures that must come of a set of accepted events, in plain Python and by the words of the contract.

Rules: an assist is what the newest of its record and corrections says, by (time, id); a void is final; of a
paper count only the highest version counts; a count of the unlisted adds itself; a count of the whole adds
what is still missing in its scope (an area with all below it on a day, or a session) after single records
and nested counts. Written apart from the services, whose figures it judges.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

from deploy.cds.simulate.event import LOCAL, Event


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
Place = tuple[str, str]


class Piece(NamedTuple):
    """Something counted already: where it stands in the scopes of the paper counts."""

    day: date
    place: Place
    session: str | None
    service: str
    outcome: str
    age_band: str
    quantity: int


def figures(events: Iterable[Event], ward_of: Mapping[str, str]) -> Figures:
    """`ward_of` is the ward of each source on the days of its events."""
    assists, voided, tallies = current(events)
    pieces = [piece_of(event, ward_of[event.source]) for s, event in assists.items() if s not in voided]
    sums: dict[Cell, list[int]] = defaultdict(lambda: [0, 0])
    for piece in pieces:
        sums[cell_of(piece)][0] += piece.quantity
    for piece in paper_pieces(pieces, [(event, ward_of[event.source]) for event in tallies.values()]):
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


def current(events: Iterable[Event]) -> tuple[dict[str, Event], set[str], dict[str, Event]]:
    """The state of assists and paper counts by subject; a correction without its record is not yet true."""
    assists: dict[str, Event] = {}
    recorded, voided = set(), set()
    tallies: dict[str, Event] = {}
    for event in sorted(events, key=lambda event: (event.at, event.id)):
        if event.name in ("assist.recorded", "assist.corrected"):
            assists[event.subject] = event
        if event.name == "assist.recorded":
            recorded.add(event.subject)
        if event.name == "assist.voided":
            voided.add(event.subject)
        if event.name == "tally.recorded":
            known = tallies.get(event.subject)
            if known is None or event.data["version"] >= known.data["version"]:
                tallies[event.subject] = event
    return {subject: event for subject, event in assists.items() if subject in recorded}, voided, tallies


def piece_of(event: Event, ward: str) -> Piece:
    data = event.data
    happened = datetime.fromisoformat(data["happened_at"]) if "happened_at" in data else event.at
    return Piece(happened.astimezone(LOCAL).date(), place_of(data["area"], ward), data.get("session"),
                 data["service"], data["outcome"], data.get("age_band", "unknown"),
                 data.get("quantity", 1))  # fmt: skip


def place_of(area: str, ward: str) -> Place:
    if area.isdigit():
        return area, ""
    named, _, group = area.rpartition("/")
    return named or ward, group


def cell_of(piece: Piece) -> Cell:
    return Cell(piece.day, *piece.place, piece.service, piece.outcome, piece.age_band)


def paper_pieces(singles: list[Piece], tallies: list[tuple[Event, str]]) -> list[Piece]:
    """What paper adds, in the order of the contract: the unlisted, then the wholes from within outwards."""
    papers: list[Piece] = []
    wholes: list[tuple[tuple[Any, ...], Piece, bool]] = []
    for event, ward in tallies:
        data = event.data
        place = place_of(data["area"], ward)
        for line in data["lines"]:
            band = line.get("age_band")
            piece = Piece(date.fromisoformat(data["day"]), place, data.get("session"), line["service"],
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
