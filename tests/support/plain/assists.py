"""Assists: F1 to F3, F12 to F14, and the quality of the data, F70."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from tests.support.plain.books import paper
from tests.support.plain.cells import Cell, chosen, share, total
from tests.support.plain.known import Known

YOUNG_HELPERS = "16_30"
HELPED_BY_THE_YOUNG = ("60_plus", "0_5", "6_13", "14_15")


def singles(known: Known) -> list[Cell]:
    """A cell for each current assist; one that names a session has the venue and the team of the session."""
    return [_single(known, subject, state) for subject, state in known.assists.items()]


def _single(known: Known, subject: UUID, state: Any) -> Cell:
    session = known.sessions.get(state.session) if state.session else None
    return {
        "assist": subject,
        "day": state.day,
        "ward": state.ward,
        "area": state.area,
        "resident_area": state.resident_area,
        "service": state.service,
        "pillar": _pillars(known, state.service),
        "outcome": state.outcome,
        "age_band": state.age_band,
        "channel": state.channel,
        "session": state.session,
        "venue": session.venue if session else state.venue,
        "team": session.team if session else None,
        "volunteer": sorted({known.person(one) for one in state.volunteers}),
        "helper": state.helper_age_band,
        "reason": state.reason,
        "token": state.resident_token,
        "stall": state.stall,
        "happened_at": state.happened_at,
        "client": known.clients[subject],
        "marks": state.marks,
        "source": "single",
        "n": state.quantity,
    }


def _pillars(known: Known, service: str) -> list[str]:
    return sorted(set(known.services[service].pillars)) if service in known.services else []


def both(known: Known) -> list[Cell]:
    """Singles and paper, of the same dimensions; paper tells no channel, no reason and no volunteer."""
    alone = singles(known)
    told: Cell = {"channel": None, "reason": None, "volunteer": [], "client": None}
    return alone + [place_of_paper(known, cell) | told for cell in paper(known, alone)]


def place_of_paper(known: Known, cell: Cell) -> Cell:
    """A cell of paper with the venue and the team of its session."""
    session = known.sessions.get(cell["session"]) if cell["session"] else None
    return cell | {
        "pillar": _pillars(known, cell["service"]),
        "venue": session.venue if session else None,
        "team": session.team if session else None,
    }


def f1(known: Known) -> list[Cell]:
    return both(known)


def f2(known: Known) -> list[Cell]:
    return chosen(both(known), outcome="completed")


def f3(cells: list[Cell]) -> float | None:
    """Of the cells of F1 of a filter."""
    return share(sum(total(chosen(cells, outcome="completed")).values()), sum(total(cells).values()))


def f12(known: Known) -> list[Cell]:
    young = chosen(singles(known), helper=YOUNG_HELPERS)
    return [cell for cell in young if cell["age_band"] in HELPED_BY_THE_YOUNG]


def f13(known: Known) -> list[Cell]:
    return [cell for cell in singles(known) if cell["outcome"] in ("failed", "to_return")]


def f14(known: Known) -> list[Cell]:
    """To be added up by `pillar`: an assist counts in each pillar of its service."""
    return both(known)


def f70(known: Known) -> list[Cell]:
    """A cell for each quality of each assist; `quality` is what it counts in, `all` the denominator."""
    return [cell | {"quality": ["all", *_qualities(cell)]} for cell in singles(known)]


def _qualities(cell: Cell) -> list[str]:
    found = ["without_token"] if cell["token"] is None else []
    marks = {mark.partition(":")[0] for mark in cell["marks"]}
    return found + [name for name in ("unverified", "clock_suspect", "apportioned") if name in marks]
