"""Projection: each resident, and each stall, credited once for a service.

Guarantee: of the completed visits of a (key, service) the first by (happened_at, assist id) is credited, ever, to its
day and its resident area. Which one that is depends on the current assists alone: not on the order in which they came,
and not on the catalogue, which is asked when a figure is read (does this service count once?). Two shards that touch
one key wait for each other at its row of `credit`. `credited_by_day` is additive; what has no key counts one each.
Formulas F4 and F6 of the contract.
Step 8 of the event path (docs/architecture.md).
"""

from collections.abc import Mapping, Sequence
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from services.reporting.projections import visits
from services.reporting.projections.cells import NOBODY, Counts, Sums
from services.reporting.projections.ledger import tell
from services.reporting.projections.visits import RESIDENT, STALL, Assist, Pair, Visit
from shared.consumer import Work
from shared.database import Connection
from shared.events.facts import AssistFact, AssistState, Logged

FIGURES = {RESIDENT: "F4", STALL: "F6"}
CREDITED = Counts(
    "credited_by_day",
    {"day": "date", "area_id": "uuid", "service": "text", "age_band": "text", "kind": "text"},
    ("credited", "unkeyed"),
)


def define_tables(metadata: sa.MetaData) -> None:
    visits.define_tables(metadata)
    sa.Table(
        "credit",
        metadata,
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("service", sa.Text, primary_key=True),
        sa.Column("assist_id", pg.UUID, nullable=False, comment="the visit that is credited"),
    )
    # What the residents of an area come to, for progress to a target.
    CREDITED.define(metadata, sa.Index("credited_in_area", "area_id", "service", "day"))


class Credits:
    """Changes of these tables in one transaction. Of the changes of one assist the last one holds."""

    step = 2

    def __init__(self) -> None:
        self.work: Work | None = None
        self.changed: dict[Assist, Visit | None] = {}
        self.sums = Sums()

    def add(self, event: Logged, state: AssistState, sign: int) -> None:
        for kind, key in visits.keys_of(state):
            if key is not None:
                visit = visits.visit_of(event, kind, key, state) if sign > 0 else None
                self.changed[((key, state.service), event.subject)] = visit
            elif state.outcome == "completed":
                cell = (state.day, state.resident_area, state.service, state.age_band, kind)
                self.sums.add(cell, 0, sign)
                tell(self.work, state.day, state.resident_area, FIGURES[kind], state.service, sign)

    def flush(self, connection: Connection) -> None:
        if self.changed:
            self._replace(connection)
        CREDITED.add(connection, self.sums)

    def _replace(self, connection: Connection) -> None:
        """Write the visits that changed, and say anew who is credited."""
        added = [visit for visit in self.changed.values() if visit is not None]
        pairs = sorted({pair for pair, _ in self.changed})
        _lock(connection, pairs, visits.first(added))
        before = {visit.pair: visit for visit in visits.read(connection, pairs, "v.is_credited")}
        visits.delete(connection, self.changed)
        stayed = visits.first(visits.read(connection, pairs, "v.outcome = 'completed'"))
        now = visits.first([*stayed.values(), *added])
        visits.insert(connection, added, now)
        _write(connection, pairs, before, now)
        for pair in pairs:
            self._move(before.get(pair), now.get(pair))

    def _move(self, before: Visit | None, now: Visit | None) -> None:
        """The credit of one key goes from one cell to another."""
        if before == now:
            return
        for visit, sign in ((before, -1), (now, +1)):
            if visit is not None:
                cell = (visit.day, visit.resident_area, visit.service, visit.age_band, visit.kind)
                self.sums.add(cell, sign, 0)
                tell(self.work, visit.day, visit.resident_area, FIGURES[visit.kind], visit.service, sign)


def _lock(connection: Connection, pairs: Sequence[Pair], candidates: Mapping[Pair, Visit]) -> None:
    """Hold the row of each pair, in the order of the pairs; a new row names whom it would be if nobody came before.

    Whoever comes second waits here, and then sees the visits that the first has written.
    """
    connection.execute(
        """INSERT INTO credit AS c (key, service, assist_id) SELECT * FROM unnest(%s::text[], %s::text[], %s::uuid[])
           ON CONFLICT (key, service) DO UPDATE SET assist_id = c.assist_id""",
        visits.columns(_rows(pairs, candidates)),
    )


def _write(
    connection: Connection, pairs: Sequence[Pair], before: Mapping[Pair, Visit], now: Mapping[Pair, Visit]
) -> None:
    """Say in `credit` and in the visits who is credited; a pair of which nobody is has no row."""
    connection.execute(
        """UPDATE credit AS c SET assist_id = g.assist_id
             FROM unnest(%s::text[], %s::text[], %s::uuid[]) AS g(key, service, assist_id)
            WHERE c.key = g.key AND c.service = g.service AND c.assist_id <> g.assist_id""",
        visits.columns(_rows(pairs, now)),
    )
    lost = {pair: now.get(pair) for pair, visit in before.items() if visit.assist != _assist(now.get(pair))}
    if lost:
        visits.mark(connection, lost)
    nobodys = [pair for pair in pairs if pair not in now]
    if nobodys:
        connection.execute(
            """DELETE FROM credit AS c USING unnest(%s::text[], %s::text[]) AS g(key, service)
                WHERE c.key = g.key AND c.service = g.service""",
            visits.columns(nobodys),
        )


def _rows(pairs: Sequence[Pair], credited: Mapping[Pair, Visit]) -> list[tuple[object, ...]]:
    return [(*pair, _assist(credited.get(pair))) for pair in pairs]


def _assist(visit: Visit | None) -> UUID:
    return NOBODY if visit is None else visit.assist


def credit_visit(work: Work, event: Logged, fact: AssistFact) -> None:
    """Take the visit that held before, keep the one that holds now; an event that does not apply changes nothing."""
    if not fact.applies:
        return
    credits_ = work.gather(Credits)
    credits_.work = work
    for state, sign in ((fact.before, -1), (fact.after, +1)):
        if state is not None:
            credits_.add(event, state, sign)
