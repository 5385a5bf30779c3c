"""How the board writes dates, numbers and shares, in Vietnamese as official texts do, and in English.

Guarantee: in Vietnamese a date has a zero only before days below 10 and months 1 and 2 (Decree 30/2020), and a share
has one decimal and a comma; nothing to tell is "–".
"""

import datetime as dt
from dataclasses import dataclass

from shared.clock import LOCAL_ZONE

WEEKDAYS = {
    "vi": ("Thứ Hai", "Thứ Ba", "Thứ Tư", "Thứ Năm", "Thứ Sáu", "Thứ Bảy", "Chủ Nhật"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
NOTHING = "–"
MINUS = "−"


@dataclass(frozen=True)
class Formats:
    """The formats of one language (`vi`, `en`)."""

    language: str

    def day(self, value: dt.date | None) -> str:
        """`15/3/2026`, `05/02/2026`."""
        if value is None:
            return NOTHING
        month = f"{value.month:02}" if value.month < 3 else str(value.month)
        return f"{value.day:02}/{month}/{value.year}"

    def short_day(self, value: dt.date) -> str:
        """`15/3`."""
        return self.day(value).rpartition("/")[0]

    def long_day(self, value: dt.date) -> str:
        return f"{WEEKDAYS[self.language][value.weekday()]}, {self.day(value)}"

    def time(self, value: dt.datetime | None) -> str:
        """`18:10`, local."""
        return NOTHING if value is None else f"{value.astimezone(LOCAL_ZONE):%H:%M}"

    def moment(self, value: dt.datetime | None) -> str:
        """`18:10 15/3/2026`, local."""
        return NOTHING if value is None else f"{self.time(value)} {self.day(value.astimezone(LOCAL_ZONE).date())}"

    def number(self, value: float | None) -> str:
        """`1.030`, `39,5`; in English `1,030`, `39.5`."""
        if value is None:
            return NOTHING
        text = f"{abs(value):,.1f}" if isinstance(value, float) else f"{abs(value):,}"
        if self.language == "vi":
            text = text.translate(str.maketrans(",.", ".,"))
        return (MINUS if value < 0 else "") + text

    def signed(self, value: float | None) -> str:
        """`+12`, `−13`, `0`."""
        return ("+" if value and value > 0 else "") + self.number(value)

    def share(self, value: float | None) -> str:
        """`86,9%`."""
        return NOTHING if value is None else f"{self.number(float(value))}%"
