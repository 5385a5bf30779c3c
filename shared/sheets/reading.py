"""Reading a spreadsheet: first what was understood, then the rows one by one.

Guarantee: `read_sheet` raises `SheetError` where no table with the required columns is found, and says what it read
and what a heading may be called; afterwards every row that is no aside (shared/sheets/asides.py) comes out once, under
the number that the spreadsheet shows, each known cell clean or with an error.
`rows()` can be called again; `ignored` and `ignored_rows` are those of the last call. It logs nothing.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from shared.sheets.asides import REASONS, Place, aside
from shared.sheets.cells import CLEANERS, CellProblem, text_of
from shared.sheets.columns import CellError, Column, Raw, SheetError, Value, quoted
from shared.sheets.grids import Cells, Grid, grids
from shared.sheets.guard import LIMITS, Limits
from shared.sheets.headings import HEAD_ROWS, ORDINAL, Header, Heading, Line, find_header, texts_of

TOLD = 200  # ignored rows that are kept to be shown; the rest is counted


@dataclass(frozen=True, slots=True)
class Understanding:
    """What the reader made of a file, before its first row."""

    format: str
    sheet: str
    other_sheets: tuple[str, ...]
    header_rows: tuple[int, int]
    columns: tuple[Heading, ...]
    not_understood: tuple[Heading, ...]
    absent: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One entry. Every column that has a heading is in `values`; None where it is empty or has an error."""

    number: int
    values: dict[str, Value]
    errors: list[CellError]


@dataclass(frozen=True, slots=True)
class Ignored:
    """A row that is no entry: `reason` is stable, `told` is the same in Vietnamese."""

    number: int
    reason: str
    told: str
    text: str


Clean = tuple[int, str, Column, Callable[[Raw], Value]]


@dataclass
class Reading:
    """A file with its headings understood."""

    understanding: Understanding
    _grid: Grid
    _header: Header
    _columns: dict[str, Column]
    ignored: list[Ignored] = field(default_factory=list)
    ignored_rows: int = 0

    def rows(self) -> Iterator[Row]:
        """The entries. A number that stands alone in the number column, prepared and not filled in, is none.

        Raises:
            SheetError: a CSV goes beyond the limits further down; a workbook is held to them before.
        """
        self.ignored, self.ignored_rows = [], 0
        cleaners = list(self._cleaners())
        required = [index for index, _, column, _ in cleaners if column.required]
        is_first, is_below = True, False
        for number, cells, is_wide in self._grid.body(self._header.last_row):
            if not any(cell != "" for cell in cells):
                continue
            has_required = bool(required) and all(index < len(cells) and cells[index] != "" for index in required)
            place = Place(self._ordinal(cells), is_wide, has_required, is_first, is_below)
            reason = None if _is_usual(place) else self._aside(number, cells, place)
            is_first, is_below = False, is_below or reason == "below_table"
            if not reason and (row := _row(number, cells, cleaners)):
                yield row

    def _cleaners(self) -> Iterator[Clean]:
        for heading in self._header.headings:
            if heading.key:
                column = self._columns[heading.key]
                yield heading.index, heading.key, column, partial(_clean, CLEANERS[column.kind], column)

    def _ordinal(self, cells: Cells) -> str:
        index = next((heading.index for heading in self._header.headings if heading.key == ORDINAL), None)
        return text_of(cells[index]) if index is not None and index < len(cells) else ""

    def _aside(self, number: int, cells: Cells, place: Place) -> str | None:
        texts = [text_of(cell) for cell in cells]
        if not any(texts):
            return None
        reason = "headings_again" if self._repeats_headings(texts) else aside(texts, place)
        if reason:
            self.ignored_rows += 1
            if len(self.ignored) < TOLD:
                self.ignored.append(Ignored(number, reason, REASONS[reason], " ".join(filter(None, texts))[:200]))
        return reason

    def _repeats_headings(self, texts: list[str]) -> bool:
        headings = [heading for heading in self._header.headings if heading.key and heading.index < len(texts)]
        same = [heading for heading in headings if texts[heading.index] and texts[heading.index] in heading.text]
        return len(same) >= 2 and len(same) * 2 > len(headings)


def read_sheet(source: bytes | Path, columns: Sequence[Column], *, limits: Limits = LIMITS) -> Reading:
    """Reads the headings of a CSV, XLSX or ODS file; the rows follow by `rows()`.

    Raises:
        SheetError: the file is refused, no headings are found, or required columns are missing.
    """
    grid, header, others = _best(source, columns, limits)
    by_key = {column.key: column for column in columns}
    understanding = Understanding(
        grid.format,
        grid.name,
        others,
        (header.first_row, header.last_row),
        tuple(heading for heading in header.headings if heading.key),
        tuple(heading for heading in header.headings if heading.key is None),
        tuple(key for key in by_key if key not in header.known()),
    )
    if missing := [column for column in columns if column.required and column.key in understanding.absent]:
        raise SheetError("missing_columns", _missing(understanding, missing))
    return Reading(understanding, grid, header, by_key)


def _best(source: bytes | Path, columns: Sequence[Column], limits: Limits) -> tuple[Grid, Header, tuple[str, ...]]:
    """The sheet whose headings name most columns; among equals the visible, then the first."""
    best: tuple[tuple[int, bool], Grid, Header] | None = None
    names, first_lines = list[str](), list[str]()
    for grid in grids(source, limits):
        lines = _head_of(grid)
        names.append(grid.name)
        first_lines = first_lines or [text for _, cells in lines for text in cells if text][:8]
        if header := find_header(lines, columns):
            score = (len(header.known()), not grid.is_second_choice)
            if best is None or score > best[0]:
                best = score, grid, header
    if best is None:
        raise SheetError("no_header", _no_header(names, first_lines, columns))
    _, grid, header = best
    return grid, header, () if grid.format == "csv" else tuple(name for name in names if name != grid.name)


def _is_usual(place: Place) -> bool:
    """A numbered row below the first with all that is required: an entry, recognised without reading it."""
    return place.has_required and not place.is_first and place.ordinal.isdecimal()


def _head_of(grid: Grid) -> list[Line]:
    """The first lines, up to one that cannot be read: a CSV is tried with each separator; `rows()` meets it again."""
    lines = list[Line]()
    with suppress(SheetError):
        for line in grid.head(HEAD_ROWS):
            lines.append(texts_of(line))
    return lines


def _clean(cleaner: Callable[[Raw, Column], Value], column: Column, raw: Raw) -> Value:
    value = cleaner(raw, column)
    return None if value in ("", []) else value


def _row(number: int, cells: Cells, cleaners: Sequence[Clean]) -> Row | None:
    """The entry, or None where no known column holds anything."""
    values, errors, is_empty = dict[str, Value](), list[CellError](), True
    for index, key, column, clean in cleaners:
        raw = cells[index] if index < len(cells) else ""
        values[key] = None
        if not isinstance(raw, str) or (raw and not raw.isspace()):
            try:
                values[key] = clean(raw)
            except CellProblem as problem:
                is_empty = False
                errors.append(CellError(key, problem.code, problem.message))
                continue
        if values[key] is not None:
            is_empty = False
        elif column.required:
            errors.append(CellError(key, "required", f"Thiếu {column.title}."))
    return None if is_empty else Row(number, values, errors)


def _missing(understanding: Understanding, missing: Sequence[Column]) -> str:
    read = ", ".join(f"{heading.letter} {quoted(heading.text)}" for heading in understanding.columns)
    unknown = ", ".join(f"{heading.letter} {quoted(heading.text)}" for heading in understanding.not_understood)
    wanted = "; ".join(f"{column.title}: {_possible(column)}" for column in missing)
    return (
        f"{_place(understanding.sheet)}, dòng {understanding.header_rows[1]}: "
        f"thiếu cột {', '.join(quoted(column.title) for column in missing)}. Đã hiểu: {read}. "
        + (f"Chưa hiểu: {unknown}. " if unknown else "")
        + f"Tiêu đề có thể ghi: {wanted}."
    )


def _possible(column: Column) -> str:
    return ", ".join(quoted(wording) for wording in column.wordings()[:6])


def _place(sheet: str) -> str:
    return "Tệp CSV" if sheet.startswith("CSV, ") else f"Trang tính {quoted(sheet)}"


def _no_header(names: list[str], first_lines: list[str], columns: Sequence[Column]) -> str:
    wanted = ", ".join(quoted(column.title) for column in columns if column.required) or ", ".join(
        quoted(column.title) for column in columns[:6]
    )
    read = ", ".join(quoted(text, 40) for text in first_lines) or "không có chữ nào"
    where = "Tệp CSV" if names and names[0].startswith("CSV, ") else f"Trang tính {', '.join(map(quoted, names[:5]))}"
    return f"{where}: không thấy dòng tiêu đề trong {HEAD_ROWS} dòng đầu. Đã đọc: {read}. Cần có các cột: {wanted}."
