"""What an unknown sender may do to a reader of workbooks, and the one line that each of them gets."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import xlsxwriter

from shared.sheets import LIMITS, Column, Limits, SheetError, read_sheet

COLUMNS = [Column("name", "Họ tên"), Column("note", "Ghi chú")]
SHEET = "xl/worksheets/sheet1.xml"


@pytest.fixture
def good() -> bytes:
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream) as workbook:
        sheet = workbook.add_worksheet()
        sheet.write_row(0, 0, ["Họ tên", "Ghi chú"])
        sheet.write_row(1, 0, ["Lê An", "x"])
    return stream.getvalue()


def changed(content: bytes, part: str, change: Callable[[bytes], bytes], add: bool = False) -> bytes:
    """The same archive with one part changed or added."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, change(old.read(name)) if name == part else old.read(name))
        if add:
            new.writestr(part, change(b""))
    return target.getvalue()


def with_cell(reference: str, cell: str = "<v>1</v>") -> Callable[[bytes], bytes]:
    row = re.sub(r"\D", "", reference)
    added = f'<row r="{row}"><c r="{reference}">{cell}</c></row></sheetData>'.encode()
    return lambda sheet: sheet.replace(b"</sheetData>", added)


def code_of(content: bytes | Path, limits: Limits = LIMITS) -> str:
    with pytest.raises(SheetError) as caught:
        list(read_sheet(content, COLUMNS, limits=limits).rows())
    assert caught.value.message
    assert "\n" not in caught.value.message
    return caught.value.code


def test_the_untouched_file_is_read_from_bytes_and_from_a_path(good: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_bytes(good)

    for source in (good, tmp_path / "a.xlsx"):
        assert [row.values for row in read_sheet(source, COLUMNS).rows()] == [{"name": "Lê An", "note": "x"}]


@pytest.mark.parametrize(
    ("reference", "code"),
    [("XFD1", "too_many_columns"), ("A1048576", "too_many_rows"), ("ZZZZZZ9", "too_many_columns"), ("A99999999999", "too_many_rows")],
)  # fmt: skip
def test_one_cell_far_away_does_not_allocate_all_before_it(good: bytes, reference: str, code: str) -> None:
    assert code_of(changed(good, SHEET, with_cell(reference))) == code


def test_cells_without_a_reference_count_where_they_stand(good: bytes) -> None:
    many = b"<row>" + b"<c><v>1</v></c>" * 300 + b"</row></sheetData>"

    assert code_of(changed(good, SHEET, lambda sheet: sheet.replace(b"</sheetData>", many))) == "too_many_columns"


def test_a_format_far_away_without_a_value_does_no_harm(good: bytes) -> None:
    content = changed(good, SHEET, with_cell("XFD1048576", cell=""))

    assert len(list(read_sheet(content, COLUMNS).rows())) == 1


def test_a_zip_bomb_is_stopped_while_it_inflates(good: bytes) -> None:
    bomb = changed(good, "xl/styles.xml", lambda part: part + b" " * (50 << 20))

    assert code_of(bomb) == "unsafe"
    assert code_of(good, replace(LIMITS, inflated_bytes=1000)) == "unsafe"


def test_a_size_that_the_directory_lies_about_is_found_out(good: bytes) -> None:
    bomb = bytearray(changed(good, SHEET, with_cell("A3", f"<v>{'1' * 200_000}</v>")))
    place = bomb.rindex(SHEET.encode()) - 46  # its entry in the central directory
    bomb[place + 24 : place + 28] = (10).to_bytes(4, "little")

    assert code_of(bytes(bomb)) in ("corrupt", "unsafe")


def test_too_many_and_repeated_entries_are_refused(good: bytes) -> None:
    with pytest.warns(UserWarning, match="Duplicate"):
        twice = changed(good, SHEET, lambda _: b"<worksheet/>", add=True)

    assert code_of(good, replace(LIMITS, entries=3)) == "unsafe"
    assert code_of(twice) == "unsafe"


def test_entities_are_refused_before_they_are_expanded(good: bytes) -> None:
    laughs = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><worksheet>&b;</worksheet>'

    assert code_of(changed(good, SHEET, lambda _: laughs)) == "unsafe"


def test_a_long_text_used_many_times_counts_each_time(good: bytes) -> None:
    row = b'<row><c t="s"><v>0</v></c></row>' * 1000 + b"</sheetData>"
    content = changed(good, SHEET, lambda sheet: sheet.replace(b"</sheetData>", row))

    assert code_of(content, replace(LIMITS, text_length=5000)) == "too_much_text"


def test_a_cell_longer_than_excel_allows_is_refused(good: bytes) -> None:
    assert code_of(changed(good, SHEET, with_cell("A3", f"<v>{'1' * 40_000}</v>"))) == "cell_too_long"
    assert code_of(b"Ho ten,Ghi chu\n" + b"x" * 40_000 + b",y") == "cell_too_long"


def test_a_shared_string_that_is_not_there_is_a_broken_file(good: bytes) -> None:
    assert code_of(changed(good, SHEET, lambda sheet: sheet.replace(b"<v>0</v>", b"<v>99</v>"))) == "corrupt"


@pytest.mark.parametrize("cut", [10, 100, 1000, 3000])
def test_a_file_cut_short_is_broken(good: bytes, cut: int) -> None:
    assert code_of(good[:cut]) == "corrupt"


@pytest.mark.parametrize("reference", ["A0", "A", "1", "A-1"])
def test_a_cell_that_stands_nowhere_is_a_broken_file(good: bytes, reference: str) -> None:
    nowhere = f'<row r="3"><c r="{reference}"><v>1</v></c></row></sheetData>'.encode()

    assert code_of(changed(good, SHEET, lambda sheet: sheet.replace(b"</sheetData>", nowhere))) == "corrupt"


def test_broken_xml_is_a_broken_file(good: bytes) -> None:
    assert code_of(changed(good, SHEET, lambda sheet: sheet[:-20])) == "corrupt"


def test_an_encrypted_file_is_told_to_lose_its_password(good: bytes) -> None:
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500) + "EncryptedPackage".encode("utf-16-le")
    flagged = bytearray(good)
    flagged[flagged.index(b"PK\x01\x02") + 8] |= 1

    assert code_of(ole) == "encrypted"
    assert code_of(bytes(flagged)) == "encrypted"


def test_macros_and_links_stay_outside(good: bytes) -> None:
    content = changed(good, "xl/vbaProject.bin", lambda _: b"\x00macro", add=True)
    content = changed(content, "xl/externalLinks/externalLink1.xml", lambda _: b"<!DOCTYPE x []><x/>", add=True)

    assert len(list(read_sheet(content, COLUMNS).rows())) == 1


def test_another_zip_is_no_spreadsheet() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("word/document.xml", "<x/>")

    assert code_of(stream.getvalue()) == "unknown_format"


def test_a_csv_is_held_to_the_same_bounds() -> None:
    small = replace(LIMITS, rows=3, columns=3, file_bytes=1 << 20)

    assert code_of(b"Ho ten,Ghi chu\n" * 5, small) == "too_many_rows"
    assert code_of(b"Ho ten,Ghi chu\nLe An,x\n1,2,3,4\n", small) == "too_many_columns"
    assert code_of(bytes(2 << 20), small) == "file_too_large"


def ods(rows: str) -> bytes:
    stream = io.BytesIO()
    spaces = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text")
    )
    body = f'<office:body><office:spreadsheet><table:table table:name="DS">{rows}</table:table></office:spreadsheet></office:body>'
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
        archive.writestr("content.xml", f"<office:document-content {spaces}>{rows and body}</office:document-content>")
    return stream.getvalue()


def ods_row(*texts: str, rows: int = 1, columns: int = 1) -> str:
    cells = "".join(
        f'<table:table-cell office:value-type="string" table:number-columns-repeated="{columns}"><text:p>{text}</text:p></table:table-cell>'
        for text in texts
    )
    return f'<table:table-row table:number-rows-repeated="{rows}">{cells}</table:table-row>'


EMPTY_REST = '<table:table-row table:number-rows-repeated="1048000"><table:table-cell table:number-columns-repeated="16384"/></table:table-row>'


def test_an_ods_file_is_read_and_its_empty_rest_does_no_harm() -> None:
    content = ods(ods_row("Họ tên", "Ghi chú") + ods_row("Lê An", "x") + EMPTY_REST)

    assert [row.values for row in read_sheet(content, COLUMNS).rows()] == [{"name": "Lê An", "note": "x"}]


@pytest.mark.parametrize(
    ("rows", "columns", "code"),
    [(1, 16384, "too_many_columns"), (1_048_000, 1, "too_many_rows"), (150_000, 60, "too_many_rows")],
)
def test_a_cell_of_ods_counts_as_often_as_it_is_repeated(rows: int, columns: int, code: str) -> None:
    assert code_of(ods(ods_row("Họ tên", "Ghi chú") + ods_row("x", rows=rows, columns=columns))) == code


def test_many_spaces_of_ods_count_as_the_text_they_are() -> None:
    assert code_of(ods(ods_row("Họ tên", "Ghi chú") + ods_row('<text:s text:c="99999999"/>'))) == "cell_too_long"


def test_compressions_that_cannot_be_bounded_are_refused(good: bytes) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(good)) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_BZIP2) as new:
        for name in old.namelist():
            new.writestr(name, old.read(name))

    assert code_of(stream.getvalue()) == "unsafe"
