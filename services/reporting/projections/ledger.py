"""The ledger of a closing: by how much figures of closed days have changed, and why.

Guarantee: additive; the sum over the reasons of a (day, area, figure, service) is the whole change. It is written only
in the copy that closings are made from, and emptied by each closing.
Reasons of the contract: late, corrected, voided; and what the registry changes: borders, catalogue, people.
Step 8 of the event path (docs/architecture.md).
"""

import datetime as dt
from collections import Counter
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from shared.consumer import Work
from shared.database import Connection
from shared.events.facts import Logged
from shared.events.registry import AreaDeclared, AreaSucceeded

TOUCHED, BORDERS, EVERYTHING = "touched", "borders", "everything"
NOWHERE = UUID(int=0)


def define_tables(metadata: sa.MetaData) -> None:
    sa.Table(
        "ledger",
        metadata,
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("area_id", pg.UUID, primary_key=True),
        sa.Column("figure", sa.Text, primary_key=True, comment="F1, F2, F4 …; of F4 the area is the residents'"),
        sa.Column("service", sa.Text, primary_key=True, comment="empty where a figure has none"),
        sa.Column("reason", sa.Text, primary_key=True),
        sa.Column("change", sa.BigInteger, nullable=False),
    )


class Ledger:
    """Changes of one transaction and one reason. Its step is the last: those who tell it flush before."""

    step = 9

    def __init__(self) -> None:
        self.reason = ""
        self.changes: Counter[tuple[dt.date, UUID, str, str]] = Counter()

    def flush(self, connection: Connection) -> None:
        rows = sorted(((*key, change) for key, change in self.changes.items() if change), key=str)
        if rows:
            connection.execute(
                """INSERT INTO ledger AS t (day, area_id, figure, service, change, reason)
                   SELECT *, %s FROM unnest(%s::date[], %s::uuid[], %s::text[], %s::text[], %s::bigint[])
                   ON CONFLICT (day, area_id, figure, service, reason)
                   DO UPDATE SET change = t.change + excluded.change""",
                [self.reason, *(list(column) for column in zip(*rows, strict=True))],
            )


def reason_of(event: Logged, fact: Any) -> str:
    """Why this event changes the figures of a day that was closed."""
    name = event.type.removeprefix("vn.congdongso.").rsplit(".", 1)[0]
    family, step = name.split(".", 1)
    if family == "area":
        return "borders"
    if family == "service":
        return "catalogue"
    if family in ("volunteer", "team", "venue", "campaign", "target", "calendar", "official_count", "office"):
        return "people" if family in ("volunteer", "team") else "plans"
    if step == "voided":
        return "voided"
    replaced = getattr(fact, "before", None) is not None
    return "corrected" if step == "corrected" or (family == "tally" and replaced) else "late"


def tell(work: Work | None, day: dt.date, area_id: UUID, figure: str, service: str, change: int) -> None:
    """Note a change of an additive figure; nothing where nobody asks for reasons."""
    if work is None or work.reason is None or not change:
        return
    ledger = work.gather(Ledger)
    ledger.reason = work.reason
    ledger.changes[(day, area_id, figure, service)] += change


def touch(work: Work, day: dt.date, area_id: UUID) -> None:
    """Note that something on this day is to be looked at again."""
    tell(work, day, area_id, TOUCHED, "", 1)


def borders(work: Work, _event: Logged, fact: AreaDeclared | AreaSucceeded) -> None:
    """From this day on, what lies where may be another."""
    tell(work, fact.on if isinstance(fact, AreaSucceeded) else fact.valid_from, NOWHERE, BORDERS, "", 1)


def everything(work: Work, _event: Logged, _fact: Any) -> None:
    """The catalogue, or who is who, may change figures of any day."""
    tell(work, dt.date.min, NOWHERE, EVERYTHING, "", 1)
