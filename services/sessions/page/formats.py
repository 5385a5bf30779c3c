"""How the page writes dates, numbers and shares: as official Vietnamese texts do.

Guarantee: a date has a zero only before days below 10 and months 1 and 2 (Decree 30/2020), a share has one decimal
and a comma, half up, and "–" over nothing.
"""

import datetime as dt
from decimal import ROUND_HALF_UP, Decimal

from shared.clock import LOCAL_ZONE

WEEKDAYS = ("Thứ Hai", "Thứ Ba", "Thứ Tư", "Thứ Năm", "Thứ Sáu", "Thứ Bảy", "Chủ Nhật")


def day(value: dt.date) -> str:
    """`15/3/2026`, `05/02/2026`."""
    month = f"{value.month:02}" if value.month < 3 else str(value.month)
    return f"{value.day:02}/{month}/{value.year}"


def long_day(value: dt.date) -> str:
    return f"{WEEKDAYS[value.weekday()]}, {day(value)}"


def hour(value: dt.datetime) -> str:
    """`18:10`, local: as it is read, and as a form takes it."""
    return f"{value.astimezone(LOCAL_ZONE):%H:%M}"


def moment(value: dt.datetime) -> str:
    """`18:10 15/3/2026`, local."""
    local = value.astimezone(LOCAL_ZONE)
    return f"{local:%H:%M} {day(local.date())}"


def number(value: int) -> str:
    """`1.030`."""
    return f"{value:,}".replace(",", ".")


def share(part: int, whole: int) -> str:
    """`86,9%`; "–" when there is nothing to divide by."""
    if whole == 0:
        return "–"
    percent = (Decimal(part) * 100 / Decimal(whole)).quantize(Decimal("0.1"), ROUND_HALF_UP)
    return f"{percent}%".replace(".", ",")


def lower_first(text: str) -> str:
    """A name in the middle of a sentence: `phường Dương Kinh`."""
    return text[:1].lower() + text[1:]
