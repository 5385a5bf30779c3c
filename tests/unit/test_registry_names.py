"""Names fold alike however they are typed, and keep apart what differs in a letter."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registry.names import fold, literal, spellings


@pytest.mark.parametrize(
    "typed",
    [
        "Đỗ Thị Hoà", "Đỗ Thị Hòa", "đỗ thị hoà", "ĐỖ THỊ HÒA", "Do Thi Hoa", "do  thi\thoa", " Đỗ\u00a0Thị\u200b Hoà ",
        "Ðỗ Thị Hòa",  # eth, as old keyboards give it
        unicodedata.normalize("NFD", "Đỗ Thị Hoà"),
    ],
)  # fmt: skip
def test_every_spelling_of_a_name_folds_to_one(typed: str) -> None:
    assert fold(typed) == "do thi hoa"


@pytest.mark.parametrize(("typed", "expected"), [("Nguyễn Ưởng", "nguyen uong"), ("ＡＮ", "an"), ("", ""), ("´", "")])
def test_every_letter_folds_to_a_plain_one(typed: str, expected: str) -> None:
    assert fold(typed) == expected


@given(st.text())
def test_folding_twice_changes_nothing_and_forms_do_not_matter(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    assert fold(unicodedata.normalize("NFD", text)) == fold(unicodedata.normalize("NFC", text))


@pytest.mark.parametrize(
    ("typed", "also"), [("hoà", "Hòa"), ("hòa", "HOÀ"), ("thuý", "Thúy"), ("Thúy", "thuý"), ("khoẻ", "khỏe")]
)
def test_both_places_of_a_tone_are_one_spelling(typed: str, also: str) -> None:
    assert also in spellings(typed)


@pytest.mark.parametrize(("typed", "other"), [("hoà", "Hoa"), ("hoà", "Hóa"), ("quý", "Qúy"), ("toàn", "Tòan")])
def test_other_tones_and_places_that_nobody_uses_are_other_spellings(typed: str, other: str) -> None:
    assert other not in spellings(typed)


def test_what_is_typed_is_no_pattern() -> None:
    assert literal(r"50%_\ an") == r"50\%\_\\ an"
