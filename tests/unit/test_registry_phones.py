"""Phone numbers as Vietnamese people write them."""

import unicodedata

import pytest

from services.registry.phones import canonical_name, canonical_phone, phone_ending


@pytest.mark.parametrize(
    "text",
    [
        "0912345678", "0912 345 678", "0912.345.678", "0912-345-678", "(0912) 345 678", "+84912345678",
        "+84 912 345 678", "84912345678", "0084912345678", "+84 (0) 912 345 678", "912345678",
        "０９１２３４５６７８",
        "0912\u00a0345\u00a0678", "٠٩١٢٣٤٥٦٧٨", "०९१२३४५६७८", "0912–345‑678", "\u202a+84 912 345 678\u202c",
    ],
)  # fmt: skip
def test_every_usual_notation_is_one_number(text: str) -> None:
    assert canonical_phone(text) == "+84912345678"


@pytest.mark.parametrize(
    ("text", "expected"),
    [("0164 123 4567", "+84341234567"), ("01201234567", "+84701234567"), ("0225 3 123 456", "+842253123456")],
)
def test_old_prefixes_and_landlines_are_understood(text: str, expected: str) -> None:
    assert canonical_phone(text) == expected


@pytest.mark.parametrize("text", ["", "113", "0112345678", "09123456789", "091234567", "số nhà 12", "+1 202 555 0100"])
def test_what_is_no_vietnamese_number_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="Số điện thoại không đúng"):
        canonical_phone(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("0912 345 678", "+84912345678"), ("5678", "5678"), ("45-678", "45678"), ("５６７８", "5678")],
)
def test_a_number_is_searched_for_by_itself_or_by_its_end(text: str, expected: str) -> None:
    assert phone_ending(text) == expected


@pytest.mark.parametrize("text", ["", "678", "%678", "số 5678", "1234567890123"])
def test_what_is_no_end_of_a_number_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="chữ số cuối"):
        phone_ending(text)


def test_a_name_is_composed_with_single_spaces() -> None:
    typed = unicodedata.normalize("NFD", "  Nguyễn \t Thị   Bưởi ")

    assert canonical_name(typed) == "Nguyễn Thị Bưởi"
