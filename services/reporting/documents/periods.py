"""The spans of time that a report is about, and the words that go with each.

Guarantee: a week is Monday to Sunday with its ISO number, a report month the 15th of the month before to the 14th, and
every span includes both its days.
"""

import calendar
import datetime as dt
from dataclasses import dataclass
from typing import Literal, NamedTuple, Self

from services.reporting.documents import formats

Kind = Literal["day", "week", "month", "report_month", "campaign"]


class Words(NamedTuple):
    """`inside` begins headings and columns, `before` names what was reached until then, `following` what comes next."""

    inside: str
    before: str
    following: str


WORDS: dict[Kind, Words] = {
    "day": Words("trong ngày", "Hôm qua", "ngày tiếp theo"),
    "week": Words("trong tuần", "Tuần trước", "tuần tiếp theo"),
    "month": Words("trong tháng", "Tháng trước", "tháng tiếp theo"),
    "report_month": Words("trong kỳ", "Kỳ trước", "kỳ tiếp theo"),
    "campaign": Words("trong đợt", "Trước đợt", "thời gian tới"),
}


@dataclass(frozen=True)
class Period:
    """A span of local days, both included; `name` is how sentences call it (`tuần 11 năm 2026`)."""

    kind: Kind
    first_day: dt.date
    last_day: dt.date
    name: str

    def __post_init__(self) -> None:
        if self.last_day < self.first_day:
            raise ValueError(f"a period cannot end on {self.last_day}, before it begins on {self.first_day}")

    @property
    def words(self) -> Words:
        return WORDS[self.kind]

    @property
    def span(self) -> str:
        """`từ ngày 09/3/2026 đến ngày 15/3/2026`."""
        return f"từ ngày {formats.day(self.first_day)} đến ngày {formats.day(self.last_day)}"

    @classmethod
    def of_day(cls, day: dt.date) -> Self:
        return cls("day", day, day, f"ngày {formats.day(day)}")

    @classmethod
    def of_week(cls, day: dt.date) -> Self:
        """The week that the day is in."""
        year, week, weekday = day.isocalendar()
        first = day - dt.timedelta(days=weekday - 1)
        return cls("week", first, first + dt.timedelta(days=6), f"tuần {week} năm {year}")

    @classmethod
    def of_month(cls, year: int, month: int) -> Self:
        last = calendar.monthrange(year, month)[1]
        name = formats.month_of_year(year, month)
        return cls("month", dt.date(year, month, 1), dt.date(year, month, last), name)

    @classmethod
    def of_report_month(cls, year: int, month: int) -> Self:
        """The 15th of the month before to the 14th of this one."""
        last = dt.date(year, month, 14)
        first = (last.replace(day=1) - dt.timedelta(days=1)).replace(day=15)
        return cls("report_month", first, last, f"kỳ báo cáo {formats.month_of_year(year, month)}")

    @classmethod
    def of_campaign(cls, name: str, first_day: dt.date, last_day: dt.date) -> Self:
        return cls("campaign", first_day, last_day, name)
