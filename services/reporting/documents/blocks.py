"""A document as a list of blocks, known to both writers: so the DOCX and the PDF cannot say different things.

Guarantee: a block holds final text, in NFC and without characters that a file cannot hold; a writer only sets it.
Sizes are points, widths millimetres.
"""

import datetime as dt
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from services.reporting.documents.parts import Point
from shared.sheets.cells import INVISIBLE

Align = Literal["left", "center", "right", "justify"]


def plain(text: str) -> str:
    """The text in NFC, without control, zero-width and direction characters."""
    return INVISIBLE.sub("", unicodedata.normalize("NFC", text))


@dataclass(frozen=True)
class Line:
    """One line of the head, the title or the signature; `rule` is the length of the rule below, by the line's own."""

    text: str
    size: float
    is_bold: bool = False
    is_italic: bool = False
    rule: float = 0.0
    align: Align = "center"


@dataclass(frozen=True)
class Head:
    """Two columns, row by row: who issues it on the left, the state and the date on the right."""

    rows: Sequence[tuple[Sequence[Line], Sequence[Line]]]
    left_mm: float
    right_mm: float


@dataclass(frozen=True)
class Title:
    """The kind of document and what it is about, in the middle."""

    lines: Sequence[Line]


@dataclass(frozen=True)
class Text:
    """A paragraph, or a heading (`level` above 0); a heading stays with what follows, and so does what is `kept`."""

    text: str
    level: int = 0
    is_kept: bool = False


@dataclass(frozen=True)
class Column:
    """A column of a table."""

    heading: str
    width_mm: float
    align: Align = "center"


@dataclass(frozen=True)
class Table:
    """A table whose last row is the total, if it has one; the heading is repeated on each page."""

    columns: Sequence[Column]
    rows: Sequence[Sequence[str]]
    size: float
    has_total: bool = True


@dataclass(frozen=True)
class Chart:
    """Two lines over days: what was reached, and what was planned."""

    title: str
    done: str
    expected: str
    points: Sequence[Point]


@dataclass(frozen=True)
class Signature:
    """Recipients on the left, who signs on the right, with room for the signature; all on one page."""

    recipients: Sequence[Line]
    signers: Sequence[Line]
    room_mm: float = 28


@dataclass(frozen=True)
class Note:
    """A small line below everything."""

    text: str


Block = Head | Title | Text | Table | Chart | Signature | Note


@dataclass(frozen=True)
class Paper:
    """A whole document; the rest is its metadata."""

    issued_on: dt.date
    title: str
    author: str
    subject: str
    keywords: str
    blocks: Sequence[Block]
