"""The parts that every report is made of, as plain data: counts, never shares, so that each share is computed once.

Guarantee: what follows from other numbers (sums, cumulative, left, gap) is computed here and nowhere else, so the rows
of a table and its total cannot differ. Counts are whole numbers; the unit stands with each field. The figures' ids are
those of the contract.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Place:
    """Where sessions were held: `count` places of a kind (`nhà văn hóa`), or one called by its name (None)."""

    name: str
    count: int | None = None


@dataclass(frozen=True)
class FieldWork:
    """F7 sessions, F8 volunteers, F9 seconds, F10 reach, F11 households and people who were left waiting."""

    sessions: int = 0
    places: Sequence[Place] = ()
    volunteers: int = 0
    seconds: int = 0
    reach: int = 0
    households_visited: int = 0
    left_waiting: int = 0
    invited_on: dt.date | None = None  # the day for which those who waited have an appointment


@dataclass(frozen=True)
class ServiceResult:
    """F1 and F2 of one service, by outcome; `short` is for one line in a chat group."""

    name: str
    completed: int = 0
    to_return: int = 0
    referred: int = 0
    failed: int = 0
    short: str = ""

    @property
    def assists(self) -> int:
        return self.completed + self.to_return + self.referred + self.failed


@dataclass(frozen=True)
class Results:
    """The results by service; `from_paper` is the part of the assists that comes from paper."""

    services: Sequence[ServiceResult] = ()
    from_paper: int = 0

    @property
    def total(self) -> ServiceResult:
        rows = self.services
        return ServiceResult(
            "Cộng",
            sum(row.completed for row in rows),
            sum(row.to_return for row in rows),
            sum(row.referred for row in rows),
            sum(row.failed for row in rows),
        )


@dataclass(frozen=True)
class Credited:
    """F4: residents counted once, of whom some have no token and some come from paper."""

    residents: int
    without_token: int = 0
    from_paper: int = 0


@dataclass(frozen=True)
class Reason:
    """F13: what stood in the way, and how often."""

    name: str
    assists: int


@dataclass(frozen=True)
class Stalls:
    """F6: stalls equipped in the period, since the beginning, of how many, and how many of them were paid already."""

    title: str
    new: int
    equipped: int
    stalls: int
    paid: int


@dataclass(frozen=True)
class UnitProgress:
    """F20, F43 and F24 of one unit, in residents: `today` is the period's F4, `adjusted` its amendments."""

    name: str
    goal: int
    before: int
    today: int
    adjusted: int
    expected: int

    @property
    def done(self) -> int:
        """F21, as F43 prints it."""
        return self.before + self.today + self.adjusted

    @property
    def left(self) -> int:
        """F22."""
        return max(0, self.goal - self.done)

    @property
    def gap(self) -> int:
        """F25."""
        return self.done - self.expected

    @property
    def is_over(self) -> bool:
        return self.done > self.goal > 0


@dataclass(frozen=True)
class Amendment:
    """F41: what a numbered amendment changed of an earlier day, in assists; `voided_as` tells what was voided.

    `others` are changes of no assist's own (borders, the catalogue); `residents` is the change of F4, where known.
    """

    number: int
    day: dt.date
    late: int = 0
    corrected: int = 0  # signed
    voided: int = 0
    voided_as: str = ""
    others: int = 0  # signed
    residents: int | None = None  # signed

    @property
    def assists(self) -> int:
        """The change of F1."""
        return self.late + self.corrected - self.voided + self.others


@dataclass(frozen=True)
class Point:
    """One day of the chart: F21 and F24."""

    day: dt.date
    done: int
    expected: int


@dataclass(frozen=True)
class Progress:
    """Progress to the last person of one service: its units, and where the goal comes from.

    `rebased` is the part of the adjustments that comes from a newer count of what was done, not from amendments;
    `elsewhere` are residents credited in the period in the whole, and in none of its units.
    """

    service: str
    units: Sequence[UnitProgress]
    source: str = ""
    as_of: dt.date | None = None
    amendments: Sequence[Amendment] = ()
    points: Sequence[Point] = ()
    rebased: int = 0
    elsewhere: int = 0

    def total(self, name: str) -> UnitProgress:
        """The whole: sums of goal, done and expected; left is that of the whole (F22), so nobody makes up for another.

        A unit above its goal does not lessen what the others have left; `left_in_units` is that sum.
        """
        rows = self.units
        return UnitProgress(
            name,
            sum(row.goal for row in rows),
            sum(row.before for row in rows),
            sum(row.today for row in rows),
            sum(row.adjusted for row in rows),
            sum(row.expected for row in rows),
        )

    @property
    def left_in_units(self) -> int:
        return sum(row.left for row in self.units)


@dataclass(frozen=True)
class Feedback:
    """F50 and F51: raised in the period; open and overdue at its end, with the overdue ones' themes."""

    raised: int = 0
    open: int = 0
    overdue: int = 0
    overdue_themes: Sequence[str] = ()
    median_days: Decimal | None = None


@dataclass(frozen=True)
class Incidents:
    """F53, incidents of one kind; `guided` are those that were told to the police or shown how to."""

    name: str
    count: int
    guided: int = 0


@dataclass(frozen=True)
class Proposals:
    """F53, proposals."""

    submitted: int
    answered: int = 0
    accepted: int = 0


@dataclass(frozen=True)
class Completeness:
    """F30 to F33: reports expected, actual and on time, over all days of the period; the units that did not report."""

    unit: str  # what reports: `tổ dân phố`
    units: int
    expected: int
    actual: int
    on_time: int
    missing: Sequence[str] = ()


@dataclass(frozen=True)
class Remarks:
    """What the officer writes under V and VI; a line break begins a new paragraph."""

    difficulties: str = ""
    tasks: str = ""


@dataclass(frozen=True)
class Statement:
    """A closing's numbered statement (F40): the SHA-256 of its contents as 64 hexadecimal digits."""

    unit: str
    day: dt.date
    number: int
    sha256: str
    made_late: bool = False
