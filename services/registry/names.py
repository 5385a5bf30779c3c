"""Names as they are searched: without case, diacritics and the accidents of typing.

Guarantee: two spellings of one name fold to one text: NFC or NFD, capitals, đ or d, hoà or hòa, double or no-break
spaces; `fold_sql` folds as `fold` does whatever the locale of the database, for the letters of Vietnamese names.
`spellings` keeps the diacritics: it tells the name that was typed from those that only fold alike.
"""

import re
import unicodedata
from itertools import product
from typing import Any

import sqlalchemy as sa

# Combining marks, and what is invisible: zero-width characters, soft hyphen, byte order mark.
DROPPED = "\u0300-\u036f\u200b-\u200f\u2060\ufeff\u00ad"
STRUCK = str.maketrans("ĐđÐðƉɖ", "dddddd")  # eth and African d look like đ, and are typed for it
MARKS = re.compile(f"[{DROPPED}]")
TONES = "\u0300\u0301\u0303\u0309\u0323"
# The tone of an open oa, oe, uy stands on the first vowel (hòa) or on the second (hoà).
FIRST = re.compile(rf"(?<!q)(o[{TONES}][ae]|u[{TONES}]y)(?![a-z\u0300-\u036f])", re.IGNORECASE)
SECOND = re.compile(rf"(?<!q)(o[ae][{TONES}]|uy[{TONES}])(?![a-z\u0300-\u036f])", re.IGNORECASE)


def fold(text: str) -> str:
    """The text without case and diacritics, with single spaces."""
    plain = MARKS.sub("", unicodedata.normalize("NFKD", text)).translate(STRUCK)
    return " ".join(plain.casefold().split())


def fold_sql(text: Any) -> sa.ColumnElement[str]:
    """`fold` as SQL. Letters are lowered after the marks are gone: locale C lowers nothing but ASCII."""
    plain = sa.func.regexp_replace(sa.func.normalize(text, sa.text("NFKD")), f"[{DROPPED}]", "", "g")
    lower = sa.func.lower(sa.func.translate(plain, "ĐđÐðƉɖ", "dddddd"))
    return sa.func.btrim(sa.func.regexp_replace(lower, r"\s+", " ", "g"))


def spellings(word: str) -> list[str]:
    """A word with its diacritics, in NFC, in both placements of its tone, each in the cases that names are kept in."""
    typed = unicodedata.normalize("NFD", word.casefold())
    placed = {typed, FIRST.sub(_swapped, typed), SECOND.sub(_swapped, typed)}
    cases = (str.lower, str.capitalize, str.upper)
    return sorted({unicodedata.normalize("NFC", case(one)) for one, case in product(placed, cases)})


def _swapped(match: re.Match[str]) -> str:
    """Two vowels and a tone: the tone after the other vowel."""
    part: str = match.group(1)
    return part[0] + part[2] + part[1]


def literal(text: str) -> str:
    """The text for LIKE, where % and _ and the backslash stand for themselves."""
    return re.sub(r"([\\%_])", r"\\\1", text)
