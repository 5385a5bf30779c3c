"""The visits of keys: one row for each current assist of a resident with a token, and of a stall.

What a resident or a stall was helped with, so that each is credited once (`credit.py`) and the different ones can be
told. A resident's key is the token; a stall's is its code, said to be one.
Guarantee: whoever writes the visits of a (key, service) holds its row of `credit`.
Formulas F4, F5, F6 of the contract.
Step 8 of the event path (docs/architecture.md).
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from services.reporting.projections.cells import NOBODY
from shared.database import Connection
from shared.events.facts import AssistState, Logged

RESIDENT, STALL = "resident", "stall"
STALL_SERVICES = ("stall_qr_setup", "stall_first_payment")  # those of F6
COLUMNS = {
    "key": "text", "service": "text", "assist_id": "uuid", "kind": "text", "day": "date", "ward_id": "uuid",
    "area_id": "uuid", "resident_area_id": "uuid", "age_band": "text", "outcome": "text", "happened_at": "timestamptz",
    "session_id": "uuid", "venue_id": "uuid", "quantity": "integer",
}  # fmt: skip
Pair = tuple[str, str]  # key, service
Assist = tuple[Pair, UUID]


def define_tables(metadata: sa.MetaData) -> None:
    sa.Table(
        "visit",
        metadata,
        sa.Column("key", sa.Text, primary_key=True, comment="the resident's token, or `stall ` and the stall's code"),
        sa.Column("service", sa.Text, primary_key=True),
        sa.Column("assist_id", pg.UUID, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False, comment="resident or stall"),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("ward_id", pg.UUID, nullable=False),
        sa.Column("area_id", pg.UUID, nullable=False),
        sa.Column("resident_area_id", pg.UUID, nullable=False),
        sa.Column("age_band", sa.Text, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("session_id", pg.UUID, nullable=False, comment="zero without a session"),
        sa.Column("venue_id", pg.UUID, nullable=False, comment="zero without a venue of its own"),
        sa.Column("quantity", sa.Integer, nullable=False),
        sa.Column("is_credited", sa.Boolean, nullable=False),
        # The different residents, or the stalls, of some days.
        sa.Index("visit_day", "kind", "day"),
    )


@dataclass(frozen=True, slots=True)
class Visit:
    """One assist of one key, as it stands; its fields are in the order of the columns."""

    key: str
    service: str
    assist: UUID
    kind: str
    day: dt.date
    ward: UUID
    area: UUID
    resident_area: UUID
    age_band: str
    outcome: str
    happened_at: dt.datetime
    session: UUID
    venue: UUID
    quantity: int

    @property
    def pair(self) -> Pair:
        return self.key, self.service

    @property
    def rank(self) -> tuple[dt.datetime, UUID]:
        """The lowest is credited."""
        return self.happened_at, self.assist


def keys_of(state: AssistState) -> Iterator[tuple[str, str | None]]:
    """The kinds in which an assist counts, each with its key, or None where it counts without one."""
    yield RESIDENT, state.resident_token
    if state.stall is not None:
        yield STALL, f"stall {state.stall}"
    elif state.service in STALL_SERVICES:
        yield STALL, None


def visit_of(event: Logged, kind: str, key: str, state: AssistState) -> Visit:
    return Visit(
        key, state.service, event.subject, kind, state.day, state.ward, state.area, state.resident_area,
        state.age_band, state.outcome, state.happened_at or event.time, state.session or NOBODY,
        state.venue or NOBODY, state.quantity,
    )  # fmt: skip


def first(visits: Iterable[Visit]) -> dict[Pair, Visit]:
    """Of each (key, service) the completed visit that is credited."""
    found: dict[Pair, Visit] = {}
    for visit in visits:
        if visit.outcome == "completed" and (visit.pair not in found or visit.rank < found[visit.pair].rank):
            found[visit.pair] = visit
    return found


def read(connection: Connection, pairs: Iterable[Pair], condition: str) -> list[Visit]:
    """The visits of these keys and services that meet a condition on `v`."""
    names = ", ".join(f"v.{name}" for name in COLUMNS)
    rows = connection.execute(
        f"""SELECT {names} FROM visit AS v JOIN unnest(%s::text[], %s::text[]) AS g(key, service)
              ON v.key = g.key AND v.service = g.service WHERE {condition}""",
        columns(pairs),
    )
    return [Visit(*row) for row in rows]


def delete(connection: Connection, assists: Iterable[Assist]) -> None:
    connection.execute(
        """DELETE FROM visit AS v USING unnest(%s::text[], %s::text[], %s::uuid[]) AS g(key, service, assist_id)
            WHERE v.key = g.key AND v.service = g.service AND v.assist_id = g.assist_id""",
        columns((*pair, assist) for pair, assist in assists),
    )


def insert(connection: Connection, visits: Iterable[Visit], credited: Mapping[Pair, Visit]) -> None:
    rows = [(*_row(visit), credited.get(visit.pair) is visit) for visit in visits]
    if rows:
        arrays = ", ".join(f"%s::{kind}[]" for kind in COLUMNS.values())
        connection.execute(
            f"INSERT INTO visit ({', '.join(COLUMNS)}, is_credited) SELECT * FROM unnest({arrays}, %s::boolean[])",
            columns(rows),
        )


def mark(connection: Connection, credited: Mapping[Pair, Visit | None]) -> None:
    """Say of all visits of these keys and services whether they are the one that is credited."""
    connection.execute(
        """UPDATE visit AS v SET is_credited = NOT v.is_credited
             FROM unnest(%s::text[], %s::text[], %s::uuid[]) AS g(key, service, assist_id)
            WHERE v.key = g.key AND v.service = g.service AND v.is_credited <> (v.assist_id = g.assist_id)""",
        columns((*pair, visit.assist if visit else NOBODY) for pair, visit in credited.items()),
    )


def columns(rows: Iterable[tuple[object, ...]]) -> list[list[object]]:
    """Rows as one array a column; there is at least one row."""
    return [list(column) for column in zip(*rows, strict=True)]


def _row(visit: Visit) -> tuple[object, ...]:
    return tuple(getattr(visit, name) for name in Visit.__dataclass_fields__)
