"""Projection: assists recorded one by one, counted by day and area; in detail, by volunteer, and by their quality.

Guarantee: additive. A correction subtracts what it replaces and adds what it says; a void subtracts. Counts are sums of
quantities. `assists_by_day` is the narrow one that most questions read; `assists_in_detail` has every dimension and the
session, by which a paper count of a session is compared with them.
Formulas F1, F2 (single part), F12, F13 and F70 of the contract.
Step 8 of the event path (docs/architecture.md).
"""

import sqlalchemy as sa

from services.reporting.projections.cells import NOBODY, Counts, Sums
from services.reporting.projections.ledger import tell
from services.reporting.projections.paper import PaperScopes
from shared.areas import APPORTIONED
from shared.consumer import Work
from shared.database import Connection
from shared.events.facts import AssistFact, AssistState, Logged

YOUTH, OLD_OR_CHILD = "16_30", frozenset({"60_plus", "0_5", "6_13", "14_15"})
DAY = {"day": "date", "ward_id": "uuid", "area_id": "uuid"}
KINDS = {"service": "text", "outcome": "text", "age_band": "text", "resident_area_id": "uuid"}
DETAILS = {"channel": "text", "session_id": "uuid", "venue_id": "uuid", "reason": "text", "young_help": "boolean"}

BY_DAY = Counts("assists_by_day", DAY | KINDS, ("assists",))
IN_DETAIL = Counts("assists_in_detail", DAY | KINDS | DETAILS, ("assists",))
# By all who are named together: records of one person that were merged later are then one, and count once.
BY_HELPERS = Counts(
    "assists_by_helpers", {"helpers": "text"} | DAY | {"service": "text", "outcome": "text"}, ("assists",)
)
QUALITY = Counts(
    "assists_quality",
    DAY | {"client": "text"},
    ("assists", "without_token", "unverified", "clock_suspect", "apportioned"),
)


def define_tables(metadata: sa.MetaData) -> None:
    BY_DAY.define(metadata)
    # The single assists of a session, for a paper count of it.
    of_session = sa.Index("assists_of_session", "session_id", postgresql_where=sa.text(f"session_id <> '{NOBODY}'"))
    IN_DETAIL.define(metadata, of_session)
    BY_HELPERS.define(metadata)
    QUALITY.define(metadata)


class AssistCounts:
    """Changes of these tables in one transaction."""

    step = 0

    def __init__(self) -> None:
        self.by_day, self.in_detail, self.by_helpers, self.quality = Sums(), Sums(), Sums(), Sums()

    def add(self, state: AssistState, sign: int) -> None:
        day, quantity = (state.day, state.ward, state.area), sign * state.quantity
        kind = (state.service, state.outcome, state.age_band, state.resident_area)
        self.by_day.add((*day, *kind), quantity)
        self.in_detail.add((*day, *kind, *_details(state)), quantity)
        if state.volunteers:
            helpers = ",".join(sorted(str(volunteer) for volunteer in set(state.volunteers)))
            self.by_helpers.add((helpers, *day, state.service, state.outcome), quantity)
        self.quality.add((*day, state.client), quantity, *(quantity * is_so for is_so in _flaws(state)))

    def flush(self, connection: Connection) -> None:
        BY_DAY.add(connection, self.by_day)
        IN_DETAIL.add(connection, self.in_detail)
        BY_HELPERS.add(connection, self.by_helpers)
        QUALITY.add(connection, self.quality)


def _details(state: AssistState) -> tuple[object, ...]:
    return state.channel, state.session or NOBODY, state.venue or NOBODY, state.reason or "", is_young_help(state)


def is_young_help(state: AssistState) -> bool:
    """Formula F12: a young person helped an old one or a child."""
    return state.helper_age_band == YOUTH and state.age_band in OLD_OR_CHILD


def _flaws(state: AssistState) -> tuple[bool, bool, bool, bool]:
    """Formula F70: without token, unverified (a session or a volunteer), clock suspect, apportioned."""
    return (
        state.resident_token is None,
        any(mark.startswith("unverified:") for mark in state.marks),
        "clock_suspect" in state.marks,
        APPORTIONED in state.marks,
    )


def count_assist(work: Work, _event: Logged, fact: AssistFact) -> None:
    """Subtract what held before, add what holds now; an event that does not apply changes nothing."""
    if not fact.applies:
        return
    counts = work.gather(AssistCounts)
    scopes = work.gather(PaperScopes)
    scopes.work = work
    for state, sign in ((fact.before, -1), (fact.after, +1)):
        if state is not None:
            counts.add(state, sign)
            scopes.touch(state.day, state.ward, state.session)
            tell(work, state.day, state.area, "F1", state.service, sign * state.quantity)
            if state.outcome == "completed":
                tell(work, state.day, state.area, "F2", state.service, sign * state.quantity)
