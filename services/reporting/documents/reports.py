"""A report as plain data: who reports, about which days, and the parts; nothing of paper, ink or SQL.

Guarantee: the same report makes the same DOCX and the same PDF, byte by byte, at any time and on any machine. A daily
report is about one day; weekly, monthly, report-month and campaign-end reports have the same parts.
"""

import datetime as dt
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from services.reporting.documents.parts import (
    Amendment,
    Completeness,
    Credited,
    Feedback,
    FieldWork,
    Incidents,
    Progress,
    Proposals,
    Reason,
    Remarks,
    Results,
    Stalls,
    Statement,
)
from services.reporting.documents.periods import Period

Layout = Literal["peoples_committee", "youth_union"]


@dataclass(frozen=True, kw_only=True)
class Office:
    """Who reports.

    `superior` and `body` are the lines of the head as they are printed, in capitals; `name` is the same in a sentence,
    `level` what the place is (`phường`), `area` its name with that (`phường Dương Kinh`), `place` where it is signed.
    """

    layout: Layout
    body: Sequence[str]
    name: str
    level: str
    area: str
    place: str
    superior: Sequence[str] = ()
    addressed_to: str = ""
    recipients: Sequence[str] = ()
    signed_by: Sequence[str] = ()

    @property
    def whole(self) -> str:
        """`Toàn phường`."""
        return f"Toàn {self.level}"

    @property
    def police(self) -> str:
        """`Công an phường`."""
        return f"Công an {self.level}"


@dataclass(frozen=True, kw_only=True)
class Report:
    """What all reports have. `cut_at` is the closing's moment, or until when the figures reach if there is none;
    `amendments` are those of services without progress, which tells its own."""

    office: Office
    period: Period
    issued_on: dt.date
    cut_at: dt.datetime
    basis: str = ""
    field_work: FieldWork = field(default_factory=FieldWork)
    results: Results = field(default_factory=Results)
    credited: Credited | None = None
    reasons: Sequence[Reason] = ()
    stalls: Sequence[Stalls] = ()
    progress: Sequence[Progress] = ()
    amendments: Sequence[Amendment] = ()
    feedback: Feedback = field(default_factory=Feedback)
    incidents: Sequence[Incidents] = ()
    proposals: Proposals | None = None
    completeness: Completeness | None = None
    remarks: Remarks = field(default_factory=Remarks)
    statements: Sequence[Statement] = ()

    @property
    def is_closed(self) -> bool:
        return bool(self.statements)

    @property
    def sha256(self) -> str:
        """The statement's hash; of several, the hash of theirs in order, one a line."""
        if len(self.statements) == 1:
            return self.statements[0].sha256
        lines = "".join(f"{statement.sha256}\n" for statement in self.statements)
        return hashlib.sha256(lines.encode()).hexdigest()


@dataclass(frozen=True, kw_only=True)
class DailyReport(Report):
    """The report of one day."""

    def __post_init__(self) -> None:
        if self.period.kind != "day" or len(self.statements) > 1:
            raise ValueError(f"a daily report is about one day with one statement, not {self.period.name}")


@dataclass(frozen=True, kw_only=True)
class PeriodReport(Report):
    """The report of a week, a month, a report month or a campaign that ends."""

    def __post_init__(self) -> None:
        if self.period.kind == "day":
            raise ValueError("a day has a daily report")
