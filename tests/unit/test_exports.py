"""Exports: typed cells, headings in two languages, no formula, and the same values in CSV and XLSX."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import tempfile
import zipfile
from collections.abc import Iterator
from decimal import Decimal
from typing import IO, Any

import pytest
import python_calamine
from hypothesis import given, settings
from hypothesis import strategies as st

from services.reporting.exports import COLUMNS, Column, csv_stream, xlsx_stream
from services.reporting.exports.columns import Lang
from shared.events.names import OUTCOMES
from shared.sheets.cells import clean_text
from shared.sheets.marks import marked, unmarked

RISKY = ("=", "+", "-", "@", "\t", "\r", "\n", "\x00")
ONE_OF_EACH = [
    Column("text", "Nội dung", "Text"), Column("outcome", "Kết quả", "Outcome", words=OUTCOMES), Column("integer", "Số", "Number", "integer"),
    Column("decimal", "Nhịp độ", "Pace", "decimal"), Column("percent", "Tỷ lệ (%)", "Share (%)", "percent"), Column("hours", "Giờ", "Hours", "hours"),
    Column("date", "Ngày", "Day", "date"), Column("moment", "Lúc", "At", "moment"), Column("flag", "Lập muộn", "Made late", "flag"),
]  # fmt: skip
ROW = {
    "text": "Phường Dương Kinh", "outcome": "to_return", "integer": 1030, "decimal": Decimal("3.43"), "percent": Decimal("86.885"), "hours": 142_200,
    "date": dt.date(2026, 3, 15), "moment": dt.datetime(2026, 3, 15, 15, 0, 5, tzinfo=dt.UTC), "flag": True,
}  # fmt: skip
TEXT = st.one_of(
    st.text(max_size=20),
    st.builds(str.__add__, st.sampled_from([*RISKY, "'=", "＝", "http://", "{=", "_x000D_"]), st.text("=1+cmd|'/C calc'!A0\"\n,;ă")),
)  # fmt: skip


def csv_rows(columns: list[Column], rows: list[dict[str, Any]], lang: Lang = "vi") -> list[list[str]]:
    text = b"".join(csv_stream(columns, rows, lang)).decode()
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


def workbook(columns: list[Column], rows: list[dict[str, Any]], lang: Lang = "vi") -> bytes:
    return b"".join(xlsx_stream(columns, rows, lang))


def xlsx_rows(columns: list[Column], rows: list[dict[str, Any]], lang: Lang = "vi") -> list[list[Any]]:
    read = python_calamine.load_workbook(io.BytesIO(workbook(columns, rows, lang)))
    return read.get_sheet_by_index(0).to_python(skip_empty_area=False)


def test_each_type_is_written_in_its_own_way_in_a_csv() -> None:
    assert csv_rows(ONE_OF_EACH, [ROW]) == [
        ["Nội dung", "Kết quả", "Số", "Nhịp độ", "Tỷ lệ (%)", "Giờ", "Ngày", "Lúc", "Lập muộn"],
        [
            "Phường Dương Kinh",
            "hẹn lại",
            "1030",
            "3.43",
            "86.9",
            "39.5",
            "2026-03-15",
            "2026-03-15T22:00:05+07:00",
            "có",
        ],
    ]


def test_each_type_is_a_real_value_in_a_workbook() -> None:
    assert xlsx_rows(ONE_OF_EACH, [ROW])[1] == [
        "Phường Dương Kinh", "hẹn lại", 1030.0, 3.43, 86.9, 39.5, dt.date(2026, 3, 15), dt.datetime(2026, 3, 15, 22, 0, 5), "có",
    ]  # fmt: skip


def test_cells_of_a_workbook_are_shown_as_their_type() -> None:
    with zipfile.ZipFile(io.BytesIO(workbook(ONE_OF_EACH, [ROW]))) as archive:
        styles, sheet = archive.read("xl/styles.xml").decode(), archive.read("xl/worksheets/sheet1.xml").decode()

    for form in ("dd/mm/yyyy hh:mm:ss", "dd/mm/yyyy", "#,##0.0"):
        assert f'formatCode="{form}"' in styles
    assert 'state="frozen"' in sheet
    assert '<autoFilter ref="A1:I2"/>' in sheet


def test_headings_and_words_are_english_where_asked_for() -> None:
    headings, row = csv_rows(ONE_OF_EACH, [ROW | {"flag": False}], "en")

    assert headings == [column.en for column in ONE_OF_EACH]
    assert (row[1], row[8]) == ("to return", "no")
    assert xlsx_rows(ONE_OF_EACH, [ROW], "en")[0] == headings


def test_a_code_without_a_word_stays_and_an_absent_value_is_empty() -> None:
    assert csv_rows(ONE_OF_EACH, [{"outcome": "quite_new", "text": None}])[1] == ["", "quite_new"] + [""] * 7
    assert xlsx_rows(ONE_OF_EACH, [{"outcome": "quite_new", "flag": False}])[1] == ["", "quite_new"] + [""] * 6 + [
        "không"
    ]


def test_a_negative_number_stays_a_number_in_a_csv() -> None:
    row = {"integer": -13, "decimal": Decimal("-0.5"), "percent": Decimal("1E+2")}

    assert csv_rows(ONE_OF_EACH, [row])[1][2:5] == ["-13", "-0.5", "100.0"]


@given(texts=st.lists(TEXT, min_size=1, max_size=6))
@settings(deadline=None, max_examples=60)
def test_no_text_is_a_formula_and_each_comes_back(texts: list[str]) -> None:
    rows = [{"text": text} for text in texts]
    column = [Column("text", "Nội dung", "Text"), Column("integer", "Số", "Number", "integer")]

    _, *in_csv = csv_rows(column, [row | {"integer": 1} for row in rows])
    _, *in_xlsx = xlsx_rows(column, [row | {"integer": 1} for row in rows])

    clean = [clean_text(text) for text in texts]
    assert not [cell for cell, _ in in_csv if cell.startswith(RISKY)]
    assert [unmarked(cell) if cell != "" else "" for cell, _ in in_csv] == clean
    assert [cell for cell, _ in in_xlsx] == clean


@pytest.mark.parametrize("text", ["=1+1", "http://x.vn", "internal:A!A1", "{=SUM(A1)}", "+84", "@x"])
def test_a_cell_of_a_workbook_is_never_a_formula_or_a_link(text: str) -> None:
    with zipfile.ZipFile(io.BytesIO(workbook(ONE_OF_EACH, [{"text": text}]))) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()

    assert not re.search(r"<f[ >]|<hyperlink", sheet)
    assert text in sheet


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("integer", "12"), ("integer", True), ("integer", 1.0), ("decimal", "1"), ("decimal", float("nan")), ("percent", Decimal("Infinity")),
        ("hours", 1.5), ("date", "2026-03-15"), ("date", dt.datetime(2026, 3, 15, tzinfo=dt.UTC)), ("moment", dt.date(2026, 3, 15)),
        ("moment", dt.datetime(2026, 3, 15)), ("flag", 1),
    ],
)  # fmt: skip
def test_a_value_of_another_type_is_refused_and_not_guessed(key: str, value: Any) -> None:
    with pytest.raises(TypeError, match="is wanted"):
        csv_rows(ONE_OF_EACH, [{key: value}])
    with pytest.raises(TypeError, match="is wanted"):
        workbook(ONE_OF_EACH, [{key: value}])


def test_what_a_workbook_cannot_hold_exactly_is_a_text() -> None:
    row = xlsx_rows(ONE_OF_EACH, [{"integer": 10**15, "decimal": Decimal(10**15), "date": dt.date(1900, 2, 28)}])[1]

    assert (row[2], row[3], row[6]) == (str(10**15), str(10**15), "1900-02-28")


def test_a_text_longer_than_a_cell_is_cut_between_two_characters() -> None:
    assert xlsx_rows(ONE_OF_EACH, [{"text": "😀" * 20_000}])[1][0] == "😀" * 16_383


def test_more_rows_than_a_sheet_holds_go_on_in_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.reporting.exports.as_xlsx.ROWS_OF_SHEET", 3)
    column = [Column("integer", "Số", "Number", "integer")]

    for count, names in (
        (0, ["Số liệu"]),
        (3, ["Số liệu"]),
        (4, ["Số liệu", "Số liệu 2"]),
        (7, ["Số liệu", "Số liệu 2", "Số liệu 3"]),
    ):
        read = python_calamine.load_workbook(
            io.BytesIO(workbook(column, [{"integer": number} for number in range(count)]))
        )
        sheets = [read.get_sheet_by_name(name).to_python() for name in read.sheet_names]
        assert read.sheet_names == names
        assert all(sheet[0] == ["Số"] for sheet in sheets)
        assert [row[0] for sheet in sheets for row in sheet[1:]] == list(range(count))


def test_rows_are_taken_as_the_csv_is_made() -> None:
    taken: list[int] = []

    def slowly() -> Iterator[dict[str, Any]]:
        for number in range(50_000):
            taken.append(number)
            yield ROW

    next(csv_stream(ONE_OF_EACH, slowly()))

    assert 0 < len(taken) < 5_000


def test_the_temporary_file_is_gone_when_the_reader_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    files: list[IO[bytes]] = []
    real = tempfile.TemporaryFile

    def noted() -> IO[bytes]:
        files.append(real())
        return files[-1]

    monkeypatch.setattr("tempfile.TemporaryFile", noted)
    stream = xlsx_stream(ONE_OF_EACH, [ROW])
    next(stream)
    assert not files[0].closed
    stream.close()  # type: ignore[attr-defined]

    assert files[0].closed


def test_every_column_has_two_harmless_headings_and_its_own() -> None:
    for lang in ("vi", "en"):
        headings = [column.vi if lang == "vi" else column.en for column in COLUMNS.values()]
        assert len(set(headings)) == len(headings)
        assert [text for text in headings if not text or marked(text) != text] == []
