"""What is written is safe in a spreadsheet program, and the reader gives back the very same values."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import zipfile
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from shared.sheets import Column, read_sheet, write_csv, write_template, write_xlsx
from shared.sheets.cells import clean_text
from tests.support.messy_sheet import COLUMNS

VIETNAMESE = "aăâbcdđeêghiklmnoôơpqrstuưvxyàáảãạằắẳẵặầấẩẫậèéẻẽẹềếểễệìíỉĩịòóỏõọồốổỗộờớởỡợùúủũụừứửữựỳýỷỹỵĐ "
TEXT = st.one_of(
    st.text(VIETNAMESE, max_size=30),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=30),
    st.builds(str.__add__, st.sampled_from(["=", "'", "'=", "''+", "@", "-", "+84", "＝", "_x000D_", "http://", "{="]), st.text(VIETNAMESE)),
)  # fmt: skip
ROUND = [
    Column("id", "Mã", required=True),
    Column("text", "Nội dung"),
    Column("phone", "Điện thoại", "phone"),
    Column("date", "Ngày", "date"),
    Column("born", "Ngày sinh", "date", year_alone=True),
    Column("count", "Số lượt", "integer"),
    Column("items", "Các mục", "list"),
    Column("kind", "Đối tượng", "choice", choices={"a": ["Đoàn viên"], "b": ["=Khác", "Khác"]}),
]
LONG = Column("text", "Nội dung", max_length=50_000)
DATES = st.dates(dt.date(1900, 1, 1), dt.date(2100, 12, 31))
CLEAN = TEXT.map(clean_text)
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "id": st.integers(1, 999).map("số {}".format),
            "text": CLEAN.map(lambda text: text or None),
            "phone": st.none() | st.from_regex(r"(\+84|0)[3579][0-9]{8}", fullmatch=True),
            "date": st.none() | DATES,
            "born": st.none() | st.integers(1900, 2100) | DATES,
            "count": st.none() | st.integers(-(10**18), 10**18),
            "items": st.none() | st.lists(CLEAN.filter(bool), min_size=1, max_size=4),
            "kind": st.sampled_from([None, "a", "b"]),
        }
    ),
    min_size=1,
    max_size=6,
)


def csv_bytes(columns: list[Column], rows: list[dict[str, Any]]) -> bytes:
    return b"".join(write_csv(columns, rows))


def xlsx_bytes(columns: list[Column], rows: list[dict[str, Any]]) -> bytes:
    with write_xlsx(columns, rows) as stream:
        return stream.read()


@pytest.mark.parametrize("write", [csv_bytes, xlsx_bytes])
@given(rows=ROWS)
@settings(max_examples=150, deadline=None)
def test_what_is_written_is_read_again_without_any_difference(write: Any, rows: list[dict[str, Any]]) -> None:
    read = list(read_sheet(write(ROUND, rows), ROUND).rows())

    assert [(row.values, row.errors) for row in read] == [(row, []) for row in rows]
    assert [row.number for row in read] == list(range(2, len(rows) + 2))


@given(text=TEXT)
@example("\tx")
@settings(deadline=None)
def test_no_cell_of_a_csv_begins_as_a_formula(text: str) -> None:
    content = csv_bytes(ROUND, [{"id": text, "text": text, "items": [text], "phone": "+84912345678"}]).decode(
        "utf-8-sig"
    )

    for cell in next(row for number, row in enumerate(csv.reader(io.StringIO(content, newline=""))) if number == 1):
        assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "\x00"))


@pytest.mark.parametrize(
    "text", ["=1+1", "http://x.vn", "mailto:a@b.vn", "internal:Sheet1!A1", "{=SUM(A1)}", "=HYPERLINK(1)"]
)
def test_no_cell_of_a_workbook_is_a_formula_or_a_link(text: str) -> None:
    content = xlsx_bytes(ROUND, [{"id": text, "text": text, "items": [text], "phone": text}])

    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
    assert not re.search(r"<f[ >]|<hyperlink", sheet)
    assert text in sheet


def test_a_phone_is_text_and_a_date_a_real_date() -> None:
    content = xlsx_bytes(ROUND, [{"id": "1", "phone": "0912345678", "date": dt.date(1998, 9, 5)}])

    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        sheet, styles = (archive.read(f"xl/{part}.xml").decode() for part in ("worksheets/sheet1", "styles"))
    assert re.search(r't="inlineStr"[^>]*><is><t>0912345678', sheet)
    assert "<v>36043</v>" in sheet
    assert 'formatCode="dd/mm/yyyy"' in styles


def test_headings_are_frozen_and_filtered() -> None:
    with zipfile.ZipFile(io.BytesIO(xlsx_bytes(ROUND, [{"id": "1"}]))) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()

    assert 'state="frozen"' in sheet
    assert '<autoFilter ref="A1:H2"/>' in sheet


def test_a_csv_has_one_mark_and_the_line_ends_of_rfc_4180() -> None:
    content = csv_bytes(ROUND, [{"id": "1", "text": "a\nb"}, {"id": "2", "text": 'c"d,e'}])

    assert content.startswith(b"\xef\xbb\xbf")
    assert content.count(b"\xef\xbb\xbf") == 1
    assert content.count(b"\r\n") == 3
    assert b'"a\nb"' in content
    assert b'"c""d,e"' in content


def test_characters_that_a_file_cannot_hold_never_break_it() -> None:
    for content in (
        csv_bytes(ROUND, [{"id": "1", "text": "a\x0b\x00\ud800\ufffeb"}]),
        xlsx_bytes(ROUND, [{"id": "1", "text": "a\x0b\x00\ud800\ufffeb"}]),
    ):
        [read] = read_sheet(content, ROUND).rows()
        assert read.values["text"] == "ab"


def test_a_text_longer_than_a_cell_is_cut_in_a_workbook() -> None:
    [read] = read_sheet(xlsx_bytes(ROUND, [{"id": "1", "text": "😀" * 20_000}]), [ROUND[0], LONG]).rows()

    assert read.values["text"] == "😀" * 16_383


def test_rows_are_taken_as_the_csv_is_made() -> None:
    taken = []

    def slowly() -> Any:
        for number in range(5000):
            taken.append(number)
            yield {"id": f"{number}", "text": "x" * 100}

    next(write_csv(ROUND, slowly()))

    assert 0 < len(taken) < 5000


def test_the_template_is_read_without_an_entry() -> None:
    with write_template(COLUMNS, title="tình nguyện viên") as stream:
        reading = read_sheet(stream.read(), COLUMNS)

    assert list(reading.rows()) == []
    assert reading.understanding.sheet == "Danh sách"
    assert [ignored.reason for ignored in reading.ignored] == ["example"]
    assert reading.understanding.absent == ()


def test_the_template_explains_each_column_and_offers_choices_of_any_length() -> None:
    many = Column("area", "Khu vực", "choice", choices={f"{n}": [f"Khu vực số {n}"] for n in range(60)}, help="Nơi ở.")
    with write_template([*COLUMNS, many]) as stream, zipfile.ZipFile(stream) as archive:
        texts = archive.read("xl/sharedStrings.xml").decode()
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()

    assert "Nơi ở. Chọn trong danh sách của ô. Có thể ghi: Khu vực số 0; Khu vực số 1;" in texts
    assert "Hướng dẫn điền danh sách" in texts
    assert re.search(r"<formula1>'Danh mục'!\$B\$1:\$B\$60</formula1>", sheet)
