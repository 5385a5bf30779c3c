"""Lists as offices keep them: what is understood, which rows are entries, and what is told where nothing fits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from shared.sheets import Column, Reading, SheetError, read_sheet
from tests.support.messy_sheet import COLUMNS, FIRST_ROW, Truth, messy_volunteers

PEOPLE = [
    Column("name", "Họ và tên", also=["Họ tên"], required=True),
    Column("phone", "Điện thoại", "phone", also=["SĐT", "Số điện thoại"], required=True),
    Column("group", "Tổ dân phố"),
]
ENTRY = ["Trần Văn Đức", "0912345678", "Tổ 1"]


def as_truth(reading: Reading) -> list[Truth]:
    return [Truth(row.number, row.values, {error.key: error.code for error in row.errors}) for row in reading.rows()]


def book(path: Path, **sheets: list[list[Any]]) -> Path:
    with xlsxwriter.Workbook(str(path)) as workbook:
        for name, rows in sheets.items():
            sheet = workbook.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
    return path


def csv_of(*lines: str, encoding: str = "utf-8") -> bytes:
    return "\r\n".join(lines).encode(encoding)


def refusal(source: bytes | Path, columns: list[Column] = PEOPLE) -> SheetError:
    with pytest.raises(SheetError) as caught:
        list(read_sheet(source, columns).rows())
    assert "\n" not in caught.value.message
    return caught.value


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("with_merges", [True, False])
def test_a_messy_list_is_read_as_the_person_who_keeps_it_means_it(
    tmp_path: Path, seed: int, *, with_merges: bool
) -> None:
    truth = messy_volunteers(tmp_path / "list.xlsx", 300, seed, with_merges=with_merges)

    reading = read_sheet(tmp_path / "list.xlsx", COLUMNS)

    assert as_truth(reading) == truth
    assert any(entry.errors for entry in truth)


def test_what_was_understood_is_told_before_the_first_row(tmp_path: Path) -> None:
    messy_volunteers(tmp_path / "list.xlsx", 20, 1)

    told = read_sheet(tmp_path / "list.xlsx", COLUMNS).understanding

    assert (told.format, told.sheet) == ("xlsx", "DS tổng hợp")
    assert told.other_sheets == ("Bìa", "Tổng hợp số liệu")
    assert told.header_rows[1] == FIRST_ROW - 2
    assert {heading.letter: heading.key for heading in told.columns} == dict(
        zip("BCDEFGHIJK", [column.key for column in COLUMNS], strict=True)
    )
    assert told.columns[0].text == "HỌ VÀ TÊN (*)"
    assert [(heading.letter, heading.text) for heading in told.not_understood] == [("L", "Cỡ áo")]
    assert told.absent == ()


def test_what_is_no_entry_is_put_aside_with_its_reason(tmp_path: Path) -> None:
    messy_volunteers(tmp_path / "list.xlsx", 8, 1)
    reading = read_sheet(tmp_path / "list.xlsx", COLUMNS)

    assert len(list(reading.rows())) == 8

    reasons = [ignored.reason for ignored in reading.ignored]
    assert reasons == ["column_numbers", "section", "section", "total", "below_table", "below_table", "below_table"]
    assert reading.ignored_rows == len(reasons)


def test_rows_can_be_read_twice(tmp_path: Path) -> None:
    messy_volunteers(tmp_path / "list.xlsx", 8, 1)
    reading = read_sheet(tmp_path / "list.xlsx", COLUMNS)

    assert as_truth(reading) == as_truth(reading)


@pytest.mark.parametrize(
    "heading", ["Họ và tên", "HỌ TÊN", "ho va ten (*)", "Họ\nvà  tên*", "Ho\u0323 va\u0300 te\u0302n"]
)
def test_a_heading_is_known_in_every_usual_form(tmp_path: Path, heading: str) -> None:
    path = book(tmp_path / "a.xlsx", S=[[heading, "SĐT"], ENTRY[:2]])

    assert [row.values["name"] for row in read_sheet(path, PEOPLE).rows()] == ["Trần Văn Đức"]


def test_a_group_merged_down_over_its_members_is_the_group_of_each(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(str(tmp_path / "a.xlsx")) as workbook:
        sheet = workbook.add_worksheet()
        sheet.write_row(0, 0, ["Họ tên", "SĐT", "Tổ dân phố"])
        for row in range(1, 4):
            sheet.write_row(row, 0, ENTRY[:2])
        sheet.merge_range(1, 2, 3, 2, "Tổ 5")
        sheet.write_row(4, 0, ENTRY[:2])

    groups = [row.values["group"] for row in read_sheet(tmp_path / "a.xlsx", PEOPLE).rows()]

    assert groups == ["Tổ 5", "Tổ 5", "Tổ 5", None]


def test_the_sheet_that_names_most_columns_is_taken(tmp_path: Path) -> None:
    few, many = [["Họ tên", "SĐT"], ENTRY[:2]], [["Họ tên", "SĐT", "Tổ dân phố"], ENTRY]
    path = book(tmp_path / "a.xlsx", Nháp=few, Chính=many, Bìa=[["Hồ sơ"]])

    assert read_sheet(path, PEOPLE).understanding.sheet == "Chính"


def test_a_hidden_sheet_comes_after_a_visible_one_that_is_as_good(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(str(tmp_path / "a.xlsx")) as workbook:
        for name in ("Ẩn", "Hiện"):
            sheet = workbook.add_worksheet(name)
            sheet.write_row(0, 0, ["Họ tên", "SĐT"])
        workbook.get_worksheet_by_name("Ẩn").hide()
        sheet.activate()

    assert read_sheet(tmp_path / "a.xlsx", PEOPLE).understanding.sheet == "Hiện"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_csv_is_read_in_every_form_that_excel_saves(encoding: str, separator: str) -> None:
    content = csv_of(separator.join(["Họ và tên", "SĐT", "Tổ dân phố"]), separator.join(ENTRY), encoding=encoding)

    [row] = read_sheet(content, PEOPLE).rows()

    assert (row.number, list(row.values.values()), row.errors) == (2, ENTRY, [])


@pytest.mark.parametrize("encoding", ["windows-1258", "cp1252"])
def test_a_csv_in_an_old_code_page_is_refused_with_the_remedy(encoding: str) -> None:
    content = csv_of("Họ,SĐT", "Đà,1").decode().translate({ord("ọ"): "o", ord("Đ"): "Ð"}).encode(encoding, "replace")

    error = refusal(content + "é".encode(encoding))

    assert error.code == "encoding"
    assert "CSV UTF-8" in error.message


def test_a_row_of_a_csv_has_the_number_that_a_spreadsheet_shows() -> None:
    content = csv_of("Họ tên,SĐT", '"Trần\nVăn Đức",0912345678', "", "Lê An,0912345679")

    assert [row.number for row in read_sheet(content, PEOPLE).rows()] == [2, 4]


def test_a_quote_that_never_closes_is_told_and_swallows_nobody() -> None:
    good, bad = "Lê An\t0912345678\t6", 'Lê "Tí" An\t0912345678\t"5'

    error = refusal(csv_of("Họ tên\tSĐT\tTổ dân phố", good, bad, good))

    assert error.code == "corrupt"
    assert "sau dòng 2" in error.message


def test_quotes_inside_a_cell_are_part_of_the_name() -> None:
    [row] = read_sheet(csv_of("Họ tên;SĐT", 'Lê "Tí" An;0912345678'), PEOPLE).rows()

    assert row.values["name"] == 'Lê "Tí" An'


def test_a_missing_column_is_named_with_what_was_read_and_what_is_possible(tmp_path: Path) -> None:
    error = refusal(book(tmp_path / "a.xlsx", DS=[["DANH SÁCH"], ["Họ tên", "Liên lạc", "Tổ dân phố"], ENTRY]))

    assert error.code == "missing_columns"
    assert error.message == (
        "Trang tính «DS», dòng 2: thiếu cột «Điện thoại». Đã hiểu: A «Họ tên», C «Tổ dân phố». "
        "Chưa hiểu: B «Liên lạc». Tiêu đề có thể ghi: Điện thoại: «Điện thoại», «SĐT», «Số điện thoại»."
    )


def test_a_file_without_headings_is_told_what_was_read(tmp_path: Path) -> None:
    error = refusal(book(tmp_path / "a.xlsx", DS=[ENTRY, ENTRY]))

    assert error.code == "no_header"
    assert "«Trần Văn Đức»" in error.message
    assert "«Họ và tên», «Điện thoại»" in error.message


def test_a_required_cell_that_is_empty_is_an_error_and_not_a_lost_row() -> None:
    content = csv_of("STT,Họ tên,SĐT,Tổ dân phố", "1,Lê An,,Tổ 2", "2,,0912345678,", "Bí thư,Lê An,,")

    rows = list(read_sheet(content, PEOPLE).rows())

    assert [[(error.key, error.code, error.message) for error in row.errors] for row in rows] == [
        [("phone", "required", "Thiếu Điện thoại.")],
        [("name", "required", "Thiếu Họ và tên.")],
    ]


@pytest.mark.parametrize("name", ["Tống Văn Cộng", "Tổng Thị Mai", "TONG VAN AN", "Bí Thư Nguyễn", "Ký Thị Hoa"])
def test_a_person_is_never_taken_for_a_total_or_a_signature(name: str) -> None:
    content = csv_of("STT,Họ tên,SĐT", "1,Lê An,0912345678", f"2,{name},")

    assert [row.values["name"] for row in read_sheet(content, PEOPLE).rows()] == ["Lê An", name]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Tổng cộng: 45 người", "total"), ("TỔNG SỐ", "total"), ("Cộng: 3", "total"), ("TONG CONG", "total"),
        ("NGƯỜI LẬP BIỂU", "below_table"), ("TM. UBND PHƯỜNG", "below_table"), ("Danh sách này gồm 45 người", "below_table"),
        ("Hà Nội, ngày 5 tháng 3 năm 2026", "below_table"), ("(Ký, ghi rõ họ tên)", "below_table"),
        ("II. Chi đoàn khu phố 2", "section"), ("TỔ 5", "section"), ("Khu phố 3", "section"),
        ("Ví dụ", "example"),
    ],
)  # fmt: skip
def test_lines_around_the_entries_are_recognised(text: str, reason: str) -> None:
    reading = read_sheet(csv_of("STT,Họ tên,SĐT", "1,Lê An,0912345678", f',"{text}",', "2,Lê Bình,0912345678"), PEOPLE)

    assert [row.values["name"] for row in reading.rows()] == ["Lê An", "Lê Bình"]
    assert [(ignored.number, ignored.reason) for ignored in reading.ignored] == [(3, reason)]


def test_headings_repeated_on_a_new_page_are_put_aside() -> None:
    head = "Họ tên,SĐT,Tổ dân phố"
    reading = read_sheet(csv_of(head, ",".join(ENTRY), head, ",".join(ENTRY)), PEOPLE)

    assert [row.number for row in reading.rows()] == [2, 4]
    assert [ignored.reason for ignored in reading.ignored] == ["headings_again"]


def test_numbers_prepared_for_rows_that_nobody_filled_in_are_no_entries() -> None:
    content = csv_of("STT,Họ tên,SĐT", "1,Lê An,0912345678", "2,,", "3,,")

    assert [row.number for row in read_sheet(content, PEOPLE).rows()] == [2]


def test_ods_and_old_excel_files_are_told_apart_from_what_is_no_spreadsheet() -> None:
    assert refusal(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)).code == "old_format"
    assert refusal(b"").code == "empty"
    assert refusal(b"%PDF-1.7 \n 1 0 obj").code == "no_header"
