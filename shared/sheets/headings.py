"""Where the table begins and which column is which: the heading lines among the first rows of a sheet.

Guarantee: of all places where one, two or three lines in a row could be the headings, the one that names most known
columns is taken; titles, agency names and blank lines above it do no harm, nor do marks such as `(*)` in a heading.
A heading nobody knows is told, never guessed; a number column (STT) is understood and dropped.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from shared.sheets.cells import clean_text, text_of
from shared.sheets.columns import Column, Raw, fold, letter_of

HEAD_ROWS = 60
HEIGHTS = (1, 2, 3)
ORDINALS = frozenset({"stt", "tt", "so tt", "so thu tu", "no"})
ORDINAL = ""  # the key of the number column


@dataclass(frozen=True, slots=True)
class Heading:
    """One column of the file: its letter, its heading as it stands, and the key it is understood as, if any."""

    letter: str
    index: int
    text: str
    key: str | None


@dataclass(frozen=True, slots=True)
class Header:
    first_row: int
    last_row: int
    headings: tuple[Heading, ...]

    def known(self) -> set[str]:
        """The keys that have a column."""
        return {heading.key for heading in self.headings if heading.key}


Line = tuple[int, list[str]]


def texts_of(line: tuple[int, list[Raw]]) -> Line:
    number, cells = line
    return number, [text_of(cell).replace("\n", " ") for cell in cells]


def find_header(lines: Sequence[Line], columns: Sequence[Column]) -> Header | None:
    """The best heading lines, or None where no two known columns stand in one place."""
    known = {fold(wording): column.key for column in reversed(columns) for wording in reversed(column.wordings())}
    known |= {wording: ORDINAL for wording in ORDINALS if wording not in known}
    required = {column.key for column in columns if column.required}
    best, best_score = None, (0, 0, 0)
    for start in range(len(lines)):
        for height in HEIGHTS:
            block = lines[start : start + height]
            if len(block) < height or not _may_be_headings(block):
                break
            header = _understood(block, known)
            score = (len(header.known()) + len(header.known() & required), -height, -start)
            if len(header.known()) >= min(2, len(columns)) and (best is None or score > best_score):
                best, best_score = header, score
    return best


def _may_be_headings(block: Sequence[Line]) -> bool:
    """Below the first line of a heading no cell is a number: that is data, or the line (1) (2) (3)."""
    return not any(cell.strip("()").isdecimal() for _, cells in block[1:] for cell in cells)


def _understood(block: Sequence[Line], known: dict[str, str]) -> Header:
    headings, taken = list[Heading](), set[str]()
    for index in range(max(len(cells) for _, cells in block)):
        parts = _distinct(cells[index] for _, cells in block if index < len(cells))
        if not parts:
            continue
        key = next((known[wording] for wording in _wordings(parts) if wording in known), None)
        if key in taken:
            key = None
        elif key:
            taken.add(key)
        headings.append(Heading(letter_of(index), index, " / ".join(parts), key))
    return Header(block[0][0], block[-1][0], tuple(headings))


def _distinct(parts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(part for part in parts if part))


def _wordings(parts: list[str]) -> list[str]:
    """What a heading may be called, the fullest first: all its lines, the lowest, the one above; with and without what
    stands in brackets."""
    texts = [" ".join(parts), *reversed(parts)]
    return [fold(text) for text in texts] + [fold(_without_brackets(text)) for text in texts]


def _without_brackets(text: str) -> str:
    return clean_text(text.partition("(")[0] + text.rpartition(")")[2] if "(" in text and ")" in text else text)
