"""Events of the reporting stream: days that are closed, what changed afterwards, who has not reported.

Guarantee: they carry figures and codes only. `unit` is a ward, or the nil UUID for the whole deployment.
A released v1 type never changes; consumers ignore fields that they do not know.
Step 9 of the event path (docs/architecture.md).
"""

import datetime as dt
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from shared.events.base import Event, Moment

Sha256 = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}(?![\s\S])", description="of the statement's contents")]
Number = Annotated[int, Meta(ge=1, le=10_000_000)]


class CutOfShard(Struct, frozen=True, kw_only=True):
    """Up to where a shard of a stream is in: whole segments, and so many events of the next one."""

    stream: str
    shard: int
    segment: int
    events: int


class ClosedFigure(Struct, frozen=True, kw_only=True):
    """A figure of the contract, for a service or, where it is told by another code, for a reason, theme or kind."""

    figure: str
    service: str
    value: int


class AmendedLine(Struct, frozen=True, kw_only=True):
    """A figure that is another now; the reasons are differences, other reasons than these three are left out."""

    figure: str
    service: str
    before: int
    after: int
    late: int = 0
    corrected: int = 0
    voided: int = 0


class DayClosed(Event, frozen=True, kw_only=True):
    """The figures of a day are closed for a unit, under a number."""

    NAME = "day.closed"
    STREAM = "reporting"
    SUBJECT = "statement"

    unit: UUID
    day: dt.date
    number: Number
    cut: list[CutOfShard]
    hash: Sha256
    figures: list[ClosedFigure]
    made_late: bool


class DayAmended(Event, frozen=True, kw_only=True):
    """Figures of a closed day have changed, by what came in later."""

    NAME = "day.amended"
    STREAM = "reporting"
    SUBJECT = "statement"

    unit: UUID
    day: dt.date
    number: Number
    cut: list[CutOfShard]
    lines: list[AmendedLine]


class ReportMissing(Event, frozen=True, kw_only=True):
    """A unit that has to report every day has not yet reported by the evening."""

    NAME = "report.missing"
    STREAM = "reporting"
    SUBJECT = "unit"

    unit: UUID
    day: dt.date
    at: Moment
