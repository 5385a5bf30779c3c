"""Who was helped: credited residents (F4), distinct residents (F5), stalls (F6)."""

from __future__ import annotations

from typing import Any

from tests.support.plain.assists import place_of_paper, singles
from tests.support.plain.books import paper
from tests.support.plain.cells import Cell, chosen
from tests.support.plain.known import Known

QR, PAYMENT = "stall_qr_setup", "stall_first_payment"


def f4(known: Known) -> list[Cell]:
    """Each person once per service with `once`, on the day and in the resident area of the first completed assist.

    `kind` tells how: `token`, `without_token` (one for each completed assist) or `paper`.
    """
    once = {code for code, service in known.services.items() if service.once}
    done = [cell for cell in chosen(singles(known), outcome="completed") if cell["service"] in once]
    by_token = [cell | {"n": 1, "kind": "token"} for cell in first([cell for cell in done if cell["token"]], "token")]
    without = [cell | {"n": 1, "kind": "without_token"} for cell in done if not cell["token"]]
    books = [cell for cell in chosen(paper(known, singles(known)), outcome="completed") if cell["service"] in once]
    return by_token + without + [place_of_paper(known, cell) | {"kind": "paper"} for cell in books]


def first(cells: list[Cell], key: str) -> list[Cell]:
    """The first of each (key, service) by the time when it happened, then by the assist's id."""
    winners: dict[tuple[Any, str], Cell] = {}
    for cell in sorted(cells, key=lambda cell: (cell["happened_at"], cell["assist"])):
        winners.setdefault((cell[key], cell["service"]), cell)
    return list(winners.values())


def f5(cells: list[Cell]) -> tuple[int, int]:
    """Of the singles of a filter: distinct residents, and the number of assists without a token."""
    return len({cell["token"] for cell in cells if cell["token"]}), sum(
        cell["n"] for cell in cells if not cell["token"]
    )


def f6(known: Known) -> list[Cell]:
    """Each stall once per service, as F4; `without_qr` flags a payment of a stall that was never equipped."""
    alone = singles(known)
    done = [cell for cell in chosen(alone, outcome="completed") if cell["service"] in (QR, PAYMENT)]
    winners = first([cell for cell in done if cell["stall"]], "stall")
    equipped = {cell["stall"] for cell in winners if cell["service"] == QR}
    keyed = [
        cell | {"n": 1, "kind": "keyed", "without_qr": cell["service"] == PAYMENT and cell["stall"] not in equipped}
        for cell in winners
    ]
    books = [cell for cell in chosen(paper(known, alone), outcome="completed") if cell["service"] in (QR, PAYMENT)]
    return keyed + [place_of_paper(known, cell) | {"kind": "paper", "without_qr": False} for cell in books]
