"""The XML of a workbook goes by once, and what its cells would occupy is counted.

Guarantee: a document type is refused, and so is a sheet beyond the limits, before anything is allocated for it:
the last row and column that hold something (a repeated cell of ODS counts as often as it is repeated), the rectangle
they span, the length of one text, and the sum of all texts (a shared string of XLSX counts wherever it is used).
A cell that has a format and no value counts for nothing: whole formatted columns are usual.
"""

from functools import lru_cache
from typing import Any, Protocol
from xml.parsers import expat

from shared.sheets.columns import SheetError, letter_of

Merges = list[tuple[tuple[int, int], tuple[int, int]]]


class Bounds(Protocol):
    """The limits that a walk holds to."""

    @property
    def rows(self) -> int: ...
    @property
    def columns(self) -> int: ...
    @property
    def cells(self) -> int: ...
    @property
    def cell_length(self) -> int: ...
    @property
    def text_length(self) -> int: ...


class Walk:
    """One XML part. A subclass says what a start, an end and a text mean to it."""

    def __init__(self, bounds: Bounds) -> None:
        self.bounds = bounds
        self.is_encrypted = False
        self.last_row = self.last_column = -1
        self.texts = 0
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        self._parser.StartDoctypeDeclHandler = _refuse_doctype
        self._parser.StartElementHandler = self.start
        self._parser.EndElementHandler = self.end

    def feed(self, chunk: bytes) -> None:
        self._parser.Parse(chunk, False)

    def close(self) -> None:
        self._parser.Parse(b"", True)

    def start(self, name: str, attributes: dict[str, str]) -> None:
        raise NotImplementedError

    def end(self, name: str) -> None:
        raise NotImplementedError

    def listen(self, handler: Any) -> None:
        """Texts go to the handler, or nowhere."""
        self._parser.CharacterDataHandler = handler

    def occupy(self, row: int, column: int) -> None:
        """A cell holds something (positions from 0)."""
        if row < 0 or column < 0:
            raise ValueError("a value outside of every cell")
        if row > self.last_row or column > self.last_column:
            self.last_row, self.last_column = max(self.last_row, row), max(self.last_column, column)
            self._hold_to_bounds()

    def _hold_to_bounds(self) -> None:
        rows, columns = self.last_row + 1, self.last_column + 1
        if columns > self.bounds.columns:
            raise SheetError(
                "too_many_columns",
                f"Bảng có dữ liệu đến cột {letter_of(self.last_column)}; nhiều nhất là {self.bounds.columns} cột. "
                "Vui lòng xóa các cột thừa.",
            )
        if rows > self.bounds.rows or rows * columns > self.bounds.cells:
            raise SheetError(
                "too_many_rows",
                f"Bảng có dữ liệu đến dòng {rows}, cột {letter_of(self.last_column)}; nhiều nhất là "
                f"{min(self.bounds.rows, self.bounds.cells // columns)} dòng. Vui lòng chia thành nhiều tệp.",
            )

    def count_text(self, length: int, times: int = 1) -> None:
        if length > self.bounds.cell_length:
            raise SheetError("cell_too_long", f"Có ô dài hơn {self.bounds.cell_length} ký tự; vui lòng rút ngắn.")
        self.texts += length * times
        if self.texts > self.bounds.text_length:
            raise SheetError("too_much_text", "Bảng có quá nhiều chữ; vui lòng chia thành nhiều tệp.")


def _refuse_doctype(*_: Any) -> None:
    raise SheetError("unsafe", "Tệp không an toàn (có khai báo DOCTYPE); vui lòng chép danh sách sang một tệp mới.")


class XlsxWalk(Walk):
    """A worksheet, the shared strings, or any other small part of XLSX, in which nothing of the following occurs."""

    def __init__(self, bounds: Bounds, shared_lengths: list[int]) -> None:
        super().__init__(bounds)
        self._lengths = shared_lengths
        self._row = self._column = -1
        self._is_shared = False
        self._text: list[str] = []
        self._in_strings = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        name = name.rpartition(":")[2] if ":" in name else name
        if name == "c":
            self._enter_cell(attributes)
        elif name in ("v", "t"):
            self.listen(self._collect)
            if name == "v" or not self._in_strings:
                self.occupy(self._row, self._column)
        elif name == "row":
            self._row = int(attributes["r"]) - 1 if "r" in attributes else self._row + 1
            self._column = -1
        elif name == "sst":
            self._in_strings = True

    def _collect(self, text: str) -> None:
        self._text.append(text)
        if len(self._text) > 1:  # expat hands over long texts in pieces
            self.count_text(sum(map(len, self._text)), 0)

    def _enter_cell(self, attributes: dict[str, str]) -> None:
        self._is_shared = attributes.get("t") == "s"
        if reference := attributes.get("r"):
            letters = reference.rstrip("0123456789")
            self._row, self._column = int(reference[len(letters) :]) - 1, index_of(letters)
        else:
            self._column += 1

    def end(self, name: str) -> None:
        name = name.rpartition(":")[2] if ":" in name else name
        if name in ("v", "t"):
            self.listen(None)
        elif name == "c" and self._text:
            text = "".join(self._text)
            self.count_text(self._lengths[int(text)] if self._is_shared else len(text))
            self._text.clear()
        elif name == "si":
            self._lengths.append(sum(map(len, self._text)))
            self.count_text(self._lengths[-1])
            self._text.clear()


@lru_cache(maxsize=1024)
def index_of(letters: str) -> int:
    index = 0
    for letter in letters.upper():
        if not "A" <= letter <= "Z":
            raise ValueError("no cell reference")
        index = index * 26 + ord(letter) - ord("A") + 1
    return index - 1


class OdsWalk(Walk):
    """content.xml of ODS, whose merged cells are collected by table, or its manifest."""

    def __init__(self, bounds: Bounds, merges: dict[str, Merges]) -> None:
        super().__init__(bounds)
        self._merges = merges
        self._table = ""
        self._row = self._column = 0
        self._rows = self._columns = 1
        self._is_filled = False
        self._length = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name in ("table:table-cell", "table:covered-table-cell"):
            self._columns = int(attributes.get("table:number-columns-repeated", 1))
            self._is_filled, self._length = "office:value-type" in attributes, 0
            self._note_merge(attributes)
        elif name == "table:table-row":
            self._column, self._rows = 0, int(attributes.get("table:number-rows-repeated", 1))
        elif name == "text:p":
            self._is_filled = True
            self.listen(self._count)
        elif name == "text:s":
            self._length += int(attributes.get("text:c", 1))
        elif name == "table:table":
            self._table, self._row = attributes.get("table:name", ""), 0
            self.last_row = self.last_column = -1
        elif name == "manifest:encryption-data":
            self.is_encrypted = True

    def _note_merge(self, attributes: dict[str, str]) -> None:
        down = int(attributes.get("table:number-rows-spanned", 1))
        across = int(attributes.get("table:number-columns-spanned", 1))
        if down > 1 or across > 1:
            last = (self._row + down - 1, self._column + across - 1)
            self._merges.setdefault(self._table, []).append(((self._row, self._column), last))

    def _count(self, text: str) -> None:
        self._length += len(text)

    def end(self, name: str) -> None:
        if name in ("table:table-cell", "table:covered-table-cell"):
            if self._is_filled:
                self.occupy(self._row + self._rows - 1, self._column + self._columns - 1)
                self.count_text(self._length, self._rows * self._columns)
            self._column += self._columns
        elif name == "table:table-row":
            self._row += self._rows
        elif name == "text:p":
            self.listen(None)
