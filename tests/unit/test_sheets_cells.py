"""One cell: every usual way to write a value gives the one clean value, and what is unclear is never guessed."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.sheets.cells import CLEANERS, CellProblem, clean_text, joined_items, split_items
from shared.sheets.columns import Column, fold, letter_of
from shared.sheets.marks import RISKY, marked, unmarked

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40) | st.text("'=+-@\t\r\n\x00aă̆")
DATE = Column("date", "Ngày sinh", "date")
BORN = Column("born", "Ngày sinh", "date", year_alone=True)
KIND = Column("kind", "Đối tượng", "choice", choices={"member": ["Đoàn viên", "ĐV"], "officer": ["Cán bộ Đoàn"]})


def clean(raw: Any, column: Column) -> Any:
    return CLEANERS[column.kind](raw, column)


def code_of(raw: Any, column: Column) -> str:
    with pytest.raises(CellProblem) as caught:
        clean(raw, column)
    assert column.title in caught.value.message
    return caught.value.code


@given(text=TEXT)
def test_cleaning_a_clean_text_changes_nothing(text: str) -> None:
    assert clean_text(clean_text(text)) == clean_text(text)


def test_a_text_is_composed_visible_and_single_spaced() -> None:
    assert clean_text("\ufeff  Nguye\u0302\u0303n\u00a0 Văn\x0b\u200b An \r\n Tổ 1\t") == "Nguyễn Văn An\nTổ 1"


@given(text=TEXT)
def test_the_mark_is_taken_away_exactly_where_it_was_set(text: str) -> None:
    assert unmarked(marked(text)) == text
    assert not marked(text).startswith(tuple(RISKY.replace("\\", "")))


@pytest.mark.parametrize("text", ["'tis", "'", "''x", "O'Neil", "x=1"])
def test_an_apostrophe_that_protects_nothing_stays(text: str) -> None:
    assert marked(text) == text
    assert unmarked(text) == text


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (912345678.0, "0912345678"), (912345678, "0912345678"), ("912345678", "0912345678"), (2838221234.0, "02838221234"),
        ("0912 345.678", "0912345678"), ("'0912345678", "0912345678"), ("+84 912-345-678", "+84912345678"),
        ("(028) 3822 1234", "02838221234"), ("０９１２３４５６７８", "0912345678"), (84912345678.0, "84912345678"),
        (1234567890.0, "01234567890"),
    ],
)  # fmt: skip
def test_a_phone_keeps_or_gets_back_its_beginning(raw: Any, value: str) -> None:
    assert clean(raw, Column("phone", "Điện thoại", "phone")) == value


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("9.12E+08", "lost_digits"), ("0912345678; 0987654321", "several_phones"), ("0912345678/0987654321", "several_phones"),
        ("không có", "bad_phone"), ("0912", "bad_phone"), (12.5, "bad_phone"),
    ],
)  # fmt: skip
def test_a_phone_that_is_none_is_told(raw: Any, code: str) -> None:
    assert code_of(raw, Column("phone", "Điện thoại", "phone")) == code


@pytest.mark.parametrize(
    "raw",
    [
        "05/09/1998", "5/9/1998", "05-09-1998", "5.9.1998", "1998-09-05", "1998-09-05 00:00:00", 36043.0, 36043, "36043",
        dt.date(1998, 9, 5), dt.datetime(1998, 9, 5, 7, 30), "ngày 05 tháng 9 năm 1998", " 05 / 09 / 1998 ",
    ],
)  # fmt: skip
def test_every_usual_date_is_the_same_day(raw: Any) -> None:
    assert clean(raw, DATE) == dt.date(1998, 9, 5)


@pytest.mark.parametrize("raw", [1998, 1998.0, "1998", " 1998 "])
def test_a_year_alone_is_a_year_where_that_is_enough(raw: Any) -> None:
    assert clean(raw, BORN) == 1998
    assert code_of(raw, DATE) == "year_alone"


@pytest.mark.parametrize(
    "raw", ["31/02/1998", "9/15/1998", "05/09/98", "09/1998", "0", 12, "hôm qua", True, dt.time(1), "9" * 30]
)
def test_a_date_that_is_unclear_is_never_guessed(raw: Any) -> None:
    assert code_of(raw, BORN) == "bad_date"


@pytest.mark.parametrize(
    ("raw", "value"), [(12.0, 12), ("12", 12), (" 1.200 ", 1200), ("-3", -3), ("1 200 000", 1200000)]
)
def test_an_integer_is_read_from_number_and_text(raw: Any, value: int) -> None:
    assert clean(raw, Column("n", "Số", "integer")) == value


@pytest.mark.parametrize("raw", [12.5, "12,5", "mười", True, "1_000", "1" * 5000])
def test_what_is_no_integer_is_told(raw: Any) -> None:
    assert code_of(raw, Column("n", "Số", "integer")) == "bad_integer"


@pytest.mark.parametrize("raw", ["Đoàn viên", "ĐOÀN VIÊN", "doan vien", " Đoàn  viên. ", "đv", "member"])
def test_a_choice_is_known_in_every_wording(raw: str) -> None:
    assert clean(raw, KIND) == "member"


def test_an_unknown_choice_is_told_what_is_possible() -> None:
    with pytest.raises(CellProblem) as caught:
        clean("Phụ huynh", KIND)

    assert caught.value.message == (
        "Đối tượng «Phụ huynh» không có trong danh mục; có thể ghi: «Đoàn viên», «Cán bộ Đoàn»."
    )


def test_a_list_is_split_at_commas_semicolons_and_lines() -> None:
    assert clean("VNeID, Zalo;ví\n “x” ", Column("skills", "Kỹ năng", "list")) == ["VNeID", "Zalo", "ví", "“x”"]


@given(items=st.lists(TEXT.map(clean_text).filter(bool)))
def test_a_list_joined_and_split_is_the_same(items: list[str]) -> None:
    assert split_items(joined_items(items)) == items


def test_a_text_that_is_too_long_is_told() -> None:
    assert code_of("x" * 11, Column("note", "Ghi chú", max_length=10)) == "too_long"


@pytest.mark.parametrize(("index", "letter"), [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (702, "AAA")])
def test_columns_are_named_as_the_spreadsheet_names_them(index: int, letter: str) -> None:
    assert letter_of(index) == letter


def test_words_are_compared_without_accents_case_and_punctuation() -> None:
    assert fold("  ĐỊA-chỉ (*)\n") == fold("Địa chỉ") == "dia chi"
