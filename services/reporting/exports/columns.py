"""A column of an export: its type and its headings, and how a value becomes the value of a cell.

Guarantee: a cell is a text, an int, a Decimal, a date, a local moment or None, whatever the file's format; so CSV and
XLSX cannot differ. A text is NFC without control characters; what is no value of its column raises, and is not guessed.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Any, Literal

from shared.clock import LOCAL_ZONE
from shared.events.names import Name
from shared.sheets.cells import clean_text

# `hours` takes seconds, `percent` takes percent (86.9 and not 0.869), `moment` an aware time, `flag` a bool.
Kind = Literal["text", "integer", "decimal", "percent", "hours", "date", "moment", "flag"]
Cell = str | int | Decimal | dt.date | dt.datetime | None
Lang = Literal["vi", "en"]
FLAGS = {True: Name("có", "yes"), False: Name("không", "no")}
ONE_DECIMAL = Decimal("0.1")


@dataclass(frozen=True, slots=True)
class Column:
    """One column; `words` says what is written in the place of a code, and a code without a word stays."""

    key: str
    vi: str
    en: str
    kind: Kind = "text"
    words: Mapping[str, Name] = field(default_factory=dict)

    def heading(self, lang: Lang) -> str:
        return self.en if lang == "en" else self.vi


def cell_maker(column: Column, lang: Lang) -> Callable[[Any], Cell]:
    """What turns the column's values into cells.

    The function raises TypeError for a value of another type.
    """
    words = {code: clean_text(name.en if lang == "en" else name.vi) for code, name in column.words.items()}
    flags = {value: name.en if lang == "en" else name.vi for value, name in FLAGS.items()}
    makers: dict[Kind, Callable[[Any], Cell]] = {
        "text": lambda value: words.get(found := _text(value), found),
        "integer": _integer,
        "decimal": _decimal,
        "percent": lambda value: _decimal(value).quantize(ONE_DECIMAL, ROUND_HALF_UP),
        "hours": lambda value: (Decimal(_integer(value)) / 3600).quantize(ONE_DECIMAL, ROUND_HALF_UP),
        "date": _date,
        "moment": _moment,
        "flag": lambda value: flags[_flag(value)],
    }
    make = makers[column.kind]
    return lambda value: None if value is None else make(value)


def _wrong(value: Any, wanted: str) -> TypeError:
    return TypeError(f"{type(value).__name__} where {wanted} is wanted")


# Names and codes come again and again in a long file.
_cleaned = lru_cache(maxsize=1024)(clean_text)


def _text(value: Any) -> str:
    return _cleaned(value if isinstance(value, str) else str(value))  # an id is written as a text


def _integer(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise _wrong(value, "a whole number")
    return value


def _decimal(value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise _wrong(value, "a number")
    number = Decimal(str(value)) if isinstance(value, float) else Decimal(value)
    if not number.is_finite():
        raise _wrong(value, "a finite number")
    return number


def _date(value: Any) -> dt.date:
    if isinstance(value, dt.datetime) or not isinstance(value, dt.date):
        raise _wrong(value, "a day")
    return value


def _moment(value: Any) -> dt.datetime:
    if not isinstance(value, dt.datetime) or value.tzinfo is None:
        raise _wrong(value, "an aware moment")
    return value.astimezone(LOCAL_ZONE)


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise _wrong(value, "a yes or no")
    return value
