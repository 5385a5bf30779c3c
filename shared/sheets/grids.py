"""The rows of a file, whatever its format: numbered as the spreadsheet shows them, merged cells carried.

Guarantee: rows come one by one; the value of cells merged downwards stands in each of their rows. Every sheet of a
workbook is one grid; a CSV is one grid for each separator it may have, and the headings tell which of them is right.
A date cell is a date, a number is a number; what they mean is decided by the column (shared/sheets/cells.py).
"""

import codecs
import csv
import io
import itertools
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from shared.sheets.columns import Raw, SheetError, letter_of
from shared.sheets.guard import Limits, kind_of_file, opened, safe_workbook
from shared.sheets.marks import unmarked
from shared.sheets.walk import Merges

Cells = list[Raw]
SEPARATORS = {",": "dấu phẩy", ";": "dấu chấm phẩy", "\t": "tab"}
WIDE = 3  # columns of a merged cell that makes its row a heading of what follows


@dataclass(frozen=True, slots=True)
class Grid:
    """One sheet. `is_second_choice` marks a hidden one."""

    name: str
    format: str
    lines: Callable[[], Iterator[tuple[int, Cells]]]
    merges: Merges
    is_second_choice: bool = False

    def head(self, rows: int) -> Iterator[tuple[int, Cells]]:
        """The first rows, with merged cells filled in both directions: a heading stands above all that it spans."""
        filled = _filled(itertools.islice(self.lines(), rows), self.merges, across=True)
        return ((number, cells) for number, cells, _ in filled)

    def body(self, after: int) -> Iterator[tuple[int, Cells, bool]]:
        """The rows below, with merged cells filled downwards, and whether a cell is merged over several columns."""
        filled = _filled(self.lines(), self.merges, across=False)
        return itertools.dropwhile(lambda line: line[0] <= after, filled)


def _filled(lines: Iterator[tuple[int, Cells]], merges: Merges, *, across: bool) -> Iterator[tuple[int, Cells, bool]]:
    starting: dict[int, Merges] = {}
    for merge in merges:
        starting.setdefault(merge[0][0] + 1, []).append(merge)
    active: dict[int, tuple[int, Raw]] = {}
    for number, cells in lines:
        is_wide = False
        for (_, first), (last_row, last) in starting.get(number, ()):
            is_wide = is_wide or last - first + 1 >= WIDE
            if first < len(cells) and cells[first] != "":
                for column in range(first, min(last if across else first, len(cells) - 1) + 1):
                    active[column] = (last_row + 1, cells[first])
        if active and any(cell != "" for cell in cells):  # a row that holds nothing of its own stays empty
            _carry(active, number, cells)
        yield number, cells, is_wide


def _carry(active: dict[int, tuple[int, Raw]], number: int, cells: Cells) -> None:
    for column, (last_number, value) in list(active.items()):
        if number > last_number:
            del active[column]
        elif column < len(cells):
            cells[column] = value


def grids(source: bytes | Path, limits: Limits) -> Iterator[Grid]:
    """The sheets of a file, one at a time so that only the chosen one stays in memory."""
    if kind_of_file(source, limits) == "zip":
        return _workbook(source, limits)
    return _delimited(source, limits)


def _workbook(source: bytes | Path, limits: Limits) -> Iterator[Grid]:
    safe = safe_workbook(source, limits)
    with safe.copy:
        try:
            with CalamineWorkbook.from_filelike(safe.copy) as workbook:
                for metadata in workbook.sheets_metadata:
                    if metadata.typ is SheetTypeEnum.WorkSheet:
                        sheet = workbook.get_sheet_by_name(metadata.name)
                        merges = sheet.merged_cell_ranges or safe.merges.get(metadata.name, [])
                        hidden = metadata.visible is not SheetVisibleEnum.Visible
                        yield Grid(metadata.name, safe.format, _lines_of(sheet), merges, hidden)
        except PasswordError as error:
            raise SheetError("encrypted", "Tệp đặt mật khẩu; vui lòng bỏ mật khẩu rồi gửi lại.") from error
        except CalamineError as error:
            raise SheetError(
                "corrupt", "Tệp bị hỏng, không đọc được; vui lòng mở bằng Excel, lưu lại rồi gửi lại."
            ) from error


def _lines_of(sheet: CalamineSheet) -> Callable[[], Iterator[tuple[int, Cells]]]:
    """Calamine gives rows from the first of the sheet, and columns from the first that holds something."""
    before: Cells = [""] * (sheet.start[1] if sheet.start else 0)

    def lines() -> Iterator[tuple[int, Cells]]:
        for number, cells in enumerate(sheet.iter_rows(), 1):
            yield number, [*before, *cells]

    return lines


def _delimited(source: bytes | Path, limits: Limits) -> Iterator[Grid]:
    encoding = _encoding_of(source)
    for separator, name in SEPARATORS.items():
        yield Grid(f"CSV, {name}", "csv", _records_of(source, encoding, separator, limits), [])


def _encoding_of(source: bytes | Path) -> str:
    with opened(source) as stream:
        head = stream.read(4096)
        if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            encoding = "utf-16"
        elif len(head) > 3 and head[1::2].count(0) > len(head) // 4:
            encoding = "utf-16-le"
        else:
            encoding = "utf-8-sig"
        stream.seek(0)
        with suppress(UnicodeError), io.TextIOWrapper(stream, encoding, newline="") as text:
            for _ in text:
                pass
            return encoding
    raise SheetError(
        "encoding",
        "Tệp không dùng bảng mã UTF-8 nên chữ có dấu không đọc được; trong Excel vui lòng chọn "
        "Lưu thành (Save As) dạng «CSV UTF-8» hoặc «.xlsx» rồi gửi lại.",
    )


def _records_of(
    source: bytes | Path, encoding: str, separator: str, limits: Limits
) -> Callable[[], Iterator[tuple[int, Cells]]]:
    def lines() -> Iterator[tuple[int, Cells]]:
        with io.TextIOWrapper(opened(source), encoding, newline="") as text:
            number = 0
            try:
                for number, record in enumerate(csv.reader(text, delimiter=separator, strict=True), 1):
                    _hold_to(limits, number, record)
                    yield number, [unmarked(cell) for cell in record]
            except csv.Error as error:
                message = f"Tệp CSV hỏng sau dòng {number}: ô quá dài, hoặc dấu ngoặc kép không khép; vui lòng sửa lại."
                raise SheetError("corrupt", message) from error

    return lines


def _hold_to(limits: Limits, number: int, record: Sequence[str]) -> None:
    if number > limits.rows:
        raise SheetError("too_many_rows", f"Tệp có hơn {limits.rows} dòng; vui lòng chia thành nhiều tệp.")
    if len(record) > limits.columns:
        raise SheetError(
            "too_many_columns",
            f"Dòng {number} có dữ liệu đến cột {letter_of(len(record) - 1)}; nhiều nhất là {limits.columns} cột.",
        )
    if any(len(cell) > limits.cell_length for cell in record):
        raise SheetError("cell_too_long", f"Dòng {number} có ô dài hơn {limits.cell_length} ký tự; vui lòng rút ngắn.")
