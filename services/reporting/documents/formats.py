"""How a document writes numbers, shares, hours and dates: as official Vietnamese texts do.

Guarantee: thousands have a dot and decimals a comma; a share and hours have one decimal, half up, and a share of
nothing is "–"; a count in a sentence has two digits at least; a date has a zero only before days below 10 and months
1 and 2 (Decree 30/2020). Nothing here reads a clock or a locale.
"""

import datetime as dt
from decimal import ROUND_HALF_UP, Decimal

from shared.clock import LOCAL_ZONE

# What the names of administrative areas begin with.
AREA_KINDS = ("Thành phố ", "Đặc khu ", "Thị trấn ", "Thị xã ", "Phường ", "Quận ", "Huyện ", "Tỉnh ", "Xã ")
ONE_DECIMAL = Decimal("0.1")


def number(value: int) -> str:
    """`1.030`."""
    return f"{value:,}".replace(",", ".")


def counted(value: int) -> str:
    """A count in a sentence: `03`, `14`, `1.030`."""
    return f"{value:02}" if 0 <= value < 10 else number(value)


def signed(value: int) -> str:
    """A difference: `+1`, `-2`, `0`."""
    return f"+{number(value)}" if value > 0 else number(value)


def one_decimal(value: Decimal) -> str:
    """`1.234,5`, half up."""
    return f"{value.quantize(ONE_DECIMAL, ROUND_HALF_UP):,}".translate(str.maketrans(",.", ".,"))


def share(part: int, whole: int) -> str:
    """`86,9%`; "–" when there is nothing to divide by."""
    return "–" if whole == 0 else f"{one_decimal(Decimal(part) * 100 / Decimal(whole))}%"


def hours(seconds: int) -> str:
    """`39,5`: seconds as hours (F9)."""
    return one_decimal(Decimal(seconds) / 3600)


def day_month(value: dt.date) -> str:
    """`16/3`, `01/3`, `28/02`."""
    return f"{value.day:02}/{_month(value)}"


def day(value: dt.date) -> str:
    """`15/3/2026`, `05/02/2026`."""
    return f"{day_month(value)}/{value.year}"


def day_in_words(value: dt.date) -> str:
    """`ngày 15 tháng 3 năm 2026`."""
    return f"ngày {value.day:02} tháng {_month(value)} năm {value.year}"


def moment(value: dt.datetime) -> str:
    """`22 giờ 00 ngày 15/3/2026`, local."""
    local = value.astimezone(LOCAL_ZONE)
    return f"{local:%H} giờ {local:%M} ngày {day(local.date())}"


def month_of_year(year: int, month: int) -> str:
    """`tháng 3 năm 2026`, `tháng 02 năm 2026`."""
    return f"tháng {_month(dt.date(year, month, 1))} năm {year}"


def _month(value: dt.date) -> str:
    return f"{value.month:02}" if value.month < 3 else str(value.month)


def upper_first(text: str) -> str:
    """A name at the beginning of a sentence: `Phường Dương Kinh`."""
    return text[:1].upper() + text[1:]


def in_sentence(name: str) -> str:
    """The name of an area within a sentence: `phường Dương Kinh`, but `TDP số 1`."""
    return name[:1].lower() + name[1:] if name.startswith(AREA_KINDS) else name


def enumerated(items: list[str]) -> str:
    """`a`, `a và b`, `a, b và c`."""
    return " và ".join(part for part in (", ".join(items[:-1]), *items[-1:]) if part)
