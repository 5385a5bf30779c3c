"""What a caller tells about its columns, and the errors it gets back.

Guarantee: a wording is compared without case, diacritics, punctuation and Unicode form, so that `HỌ VÀ TÊN (*)`,
`Ho va ten` and a decomposed `Họ và tên` are the same; a message names the value and the remedy in Vietnamese.
The messages may repeat a name or a phone number: they are for the person who imports the file, never for a log.
"""

import datetime as dt
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["text", "date", "integer", "phone", "list", "choice"]
Raw = str | int | float | bool | dt.date | dt.datetime | dt.time | dt.timedelta
Value = str | int | dt.date | list[str] | None

ACCENTS = re.compile("[\u0300-\u036f]+")
WORDS = re.compile(r"[^\W_]+")


class SheetError(Exception):
    """The file as a whole cannot be read: a stable code, and one line in Vietnamese."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code)
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class CellError:
    """One cell that cannot be used as it stands."""

    key: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Column:
    """One column that the caller knows.

    `also` are other usual headings than `title`. `choices` maps a value to its wordings; the first is the one that is
    written. A `list` with choices maps each of its items. A `date` with `year_alone` also accepts `1990`, as an int.
    A required column must have a heading, and a value in every row.
    """

    key: str
    title: str
    kind: Kind = "text"
    also: Sequence[str] = ()
    required: bool = False
    choices: Mapping[str, Sequence[str]] = field(default_factory=dict)
    year_alone: bool = False
    max_length: int = 2000
    example: str = ""
    help: str = ""

    folded_choices: Mapping[str, str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        folded = {fold(wording): value for value, wordings in self.choices.items() for wording in (value, *wordings)}
        object.__setattr__(self, "folded_choices", folded)

    def wordings(self) -> list[str]:
        return [self.title, *self.also]


def fold(text: str) -> str:
    """The words of a text in lower case without diacritics, for comparing; `đ` is `d`."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return " ".join(WORDS.findall(ACCENTS.sub("", decomposed).replace("đ", "d")))


def letter_of(index: int) -> str:
    """The name of a column as a spreadsheet shows it: 0 is A, 26 is AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def quoted(value: object, length: int = 60) -> str:
    """A value as a message names it, cut to a readable length."""
    text = " ".join(str(value).split())
    return f"«{text[:length]}…»" if len(text) > length else f"«{text}»"
