"""The paper count of a place and a day as a form: what it is filled with, and what it says when it comes back.

Guarantee: a day and a place have one count of this page, its subject made from both, so that two people who count
at once do not count twice; who is second is told. A new version takes over the lines that the form cannot show (by
age band or by residence) as they are.
"""

import re
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from flask import request

from services.sessions.books import book_names
from services.sessions.page import queries, terms
from services.sessions.page.desk import Desk, Place
from services.sessions.page.guard import intake
from services.sessions.page.queries import Entry
from services.sessions.page.sending import damaged
from shared.database import transaction
from shared.events.base import MOST_COUNTED
from shared.events.facts import TallyLineState, TallyState

Counts = dict[tuple[str, str], int]
FIELD = re.compile(r"n\.([a-z][a-z0-9_]{0,39})\.([a-z_]{1,20})")


@dataclass
class Form:
    """A tally as the form shows it. `version` is the one that it will be; `former` what it replaces."""

    place: Place
    subject: UUID
    version: int
    former: Entry | None
    others: int = 0
    counts: Counts = field(default_factory=dict)
    covers: str = "unlisted"
    detailed: int = 0
    problem: str = ""

    @property
    def is_replacing(self) -> bool:
        return self.former is not None

    @property
    def session(self) -> UUID | None:
        """The session whose count it is, as an app has sent it; None: that of a whole day."""
        return self.former.state.session if self.former else None

    @property
    def former_total(self) -> int:
        return sum(line.count for line in self.former.state.lines) if self.former else 0

    def count(self, service: str, outcome: str) -> int | str:
        return self.counts.get((service, outcome), "")

    def is_open(self, services: Iterable[str]) -> bool:
        """Whether one of these services has a count."""
        wanted = set(services)
        return any(service in wanted for service, _ in self.counts)


def blank(desk: Desk, place: Place, subject: UUID | None = None) -> Form:
    """The form of a place and a day, filled with the count that holds."""
    found = _tallies(desk, place, subject)
    mine = _books(desk, place)
    chosen = next((one for one in found if one.subject == subject), None)
    chosen = chosen or next((one for one in found if one.subject in mine), None) or (found[0] if found else None)
    if chosen is None:
        return Form(place, _next_book(mine), 1, None)
    state: TallyState = chosen.state
    counts: Counts = {}
    for line in filter(_is_plain, state.lines):
        counts[line.service, line.outcome] = counts.get((line.service, line.outcome), 0) + line.count
    detailed = sum(line.count for line in state.lines if not _is_plain(line))
    others = len(found) - 1 if state.session is None else 0
    return Form(place, chosen.subject, state.version + 1, chosen, others, counts, state.covers, detailed)


def _tallies(desk: Desk, place: Place, subject: UUID | None) -> list[Entry]:
    """The counts of a place and a day that are of no session; besides them the one that was asked for."""
    with transaction(intake().engine) as connection:
        found = queries.tallies(connection, desk.ward.area_id, desk.day)
    return [
        one
        for one in found
        if one.state.area == place.area_id and (one.state.session is None or one.subject == subject)
    ]


def _books(desk: Desk, place: Place) -> dict[UUID, Entry | None]:
    """The subjects that this page gives a place and a day, one after the other, with what is known of each."""
    names = book_names(place.area_id, desk.day)
    with transaction(intake().engine) as connection:
        known = queries.entries(connection, names)
    return {name: known.get(name) for name in names}


def _next_book(books: dict[UUID, Entry | None]) -> UUID:
    return next((name for name, entry in books.items() if entry is None or not entry.is_void), uuid.uuid4())


def _is_plain(line: TallyLineState) -> bool:
    """Whether the form shows a line: a service, an outcome, a count."""
    return line.age_band is None and line.resident_area is None


def typed_counts() -> Counts:
    """The counts of the form that was sent.

    Raises:
        Problem: 422 when something in it is no count.
    """
    found: Counts = {}
    for name, value in request.form.items():
        match = FIELD.fullmatch(name)
        digits = value.strip().replace(".", "")
        if match is None or not digits:
            continue
        if (
            not (digits.isascii() and digits.isdigit())
            or int(digits[:9]) > MOST_COUNTED
            or match[2] not in terms.OUTCOMES
        ):
            raise damaged()
        if int(digits):
            found[match[1], match[2]] = int(digits)
    return found


def content(desk: Desk, form: Form, counts: Counts, version: int) -> dict[str, Any]:
    """The data of the event: what was typed, and what the form cannot show; without any, a zero report."""
    lines: list[dict[str, Any]] = [
        {"service": service, "outcome": outcome, "count": count} for (service, outcome), count in counts.items()
    ]
    return {
        "area": form.place.reference,
        "day": desk.day.isoformat(),
        "version": version,
        "covers": form.covers,
        "lines": lines + _detailed(desk, form),
    } | ({"session": str(form.session)} if form.session else {})


def _detailed(desk: Desk, form: Form) -> list[dict[str, Any]]:
    """The lines that the form cannot show, as they were sent."""
    kept = []
    state: TallyState | None = form.former.state if form.former and form.detailed else None
    for line in state.lines if state else []:
        if not _is_plain(line):
            home = {"resident_area": desk.reference(line.resident_area, desk.day)} if line.resident_area else {}
            band = {"age_band": line.age_band} if line.age_band else {}
            kept.append({"service": line.service, "outcome": line.outcome, "count": line.count, **band, **home})
    return kept
