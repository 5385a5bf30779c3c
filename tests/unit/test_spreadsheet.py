"""CSV for Excel: no cell is a formula, headings in two languages, and every figure comes out as it went in."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.reporting.spreadsheet import HEADINGS, RISKY, lines, neutral

# What Excel, LibreOffice and Google Sheets take for a formula (OWASP), also at the start of a full-width form.
OWASP = ("=", "+", "-", "@", "\t", "\r", "\n")
TEXT = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=30),
    st.builds(
        lambda risky, rest: risky + rest, st.sampled_from([*OWASP, "\x00"]), st.text("=1+cmd|'/C calc'!A0\"\n,;")
    ),
)
COUNT = st.integers(0, 10**9)
GROUPS = ["day", "area", "service", "outcome", "age_band"]


def row(text: str = "x", **figures: int) -> dict[str, Any]:
    base = {"day": text, "area": {"code": text, "name": text}, "service": text, "outcome": text, "age_band": text}
    return base | {"assists": 0, "single": 0, "paper": 0} | figures


def read_again(rows: list[dict[str, Any]], group_by: list[str], lang: str = "vi") -> list[list[str]]:
    text = "".join(lines(rows, group_by, lang))
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


@given(texts=st.lists(TEXT, min_size=5, max_size=5))
def test_no_cell_that_a_spreadsheet_reads_begins_as_a_formula(texts: list[str]) -> None:
    day, code, name, service, outcome = texts
    given_row = row() | {"day": day, "area": {"code": code, "name": name}, "service": service, "outcome": outcome}

    _, *read = read_again([given_row], ["day", "area", "service", "outcome"])

    assert len(read) == 1
    assert not [cell for cell in read[0] if cell.startswith(OWASP)]


@given(text=TEXT)
def test_a_text_is_only_marked_never_changed(text: str) -> None:
    marked = neutral(text)

    assert marked in (text, f"'{text}")
    assert (marked != text) is text.startswith(RISKY)


def test_every_beginning_that_owasp_names_is_risky() -> None:
    assert set(OWASP) <= set(RISKY)


@pytest.mark.parametrize("value", [-5, 0, 3.5, None, True])
def test_what_is_no_text_stays_a_number(value: Any) -> None:
    assert neutral(value) is value


@given(rows=st.lists(st.tuples(TEXT, COUNT, COUNT), max_size=8))
def test_read_again_every_row_is_equal_to_what_was_given(rows: list[tuple[str, int, int]]) -> None:
    given_rows = [row(text, single=single, paper=paper, assists=single + paper) for text, single, paper in rows]

    _, *read = read_again(given_rows, GROUPS)

    assert read == [
        [neutral(text)] * 6 + [str(single + paper), str(single), str(paper)] for text, single, paper in rows
    ]


def test_the_file_begins_with_one_mark_that_tells_excel_the_encoding() -> None:
    text = "".join(lines([row(), row()], ["day"], "vi"))

    assert text.encode().startswith(b"\xef\xbb\xbf")
    assert text.count("\ufeff") == 1


def test_lines_end_as_rfc_4180_wants_them() -> None:
    for text in lines([row("a\nb")], ["day"], "vi"):
        assert text.endswith("\r\n")


def test_headings_are_vietnamese_or_english_where_asked_for() -> None:
    vietnamese, english = read_again([], GROUPS)[0], read_again([], GROUPS, "en")[0]

    assert vietnamese[:3] == ["Ngày", "Mã đơn vị", "Đơn vị"]
    assert english == [
        "Day", "Area code", "Area", "Service", "Outcome", "Age band", "Assists", "Recorded one by one", "From paper",
    ]  # fmt: skip
    assert len(vietnamese) == len(english)


@pytest.mark.parametrize("lang", ["vi", "", "fr"])
def test_any_other_language_gets_the_vietnamese_headings(lang: str) -> None:
    assert read_again([], ["day"], lang)[0][0] == "Ngày"


def test_the_columns_follow_the_grouping_and_the_figures_come_last() -> None:
    assert read_again([row("x", assists=3, single=1, paper=2)], ["outcome", "area"]) == [
        ["Kết quả", "Mã đơn vị", "Đơn vị", "Lượt hỗ trợ", "Ghi từng người", "Tổng hợp từ sổ"],
        ["x", "x", "x", "3", "1", "2"],
    ]


def test_no_heading_is_risky_or_empty() -> None:
    assert not [text for both in HEADINGS.values() for text in both if not text or text.startswith(RISKY)]


def test_rows_are_read_as_the_file_is_made() -> None:
    taken: list[int] = []

    def slowly() -> Any:
        for number in range(3):
            taken.append(number)
            yield row()

    made = lines(slowly(), ["day"], "vi")
    next(made)
    assert taken == []
    next(made)

    assert taken == [0]
