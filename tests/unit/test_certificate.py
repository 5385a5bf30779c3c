"""The certificate of volunteer hours: its code covers what is printed, and tells nothing more."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.reporting.documents import check_code
from services.reporting.documents.blocks import Note, Signature, Text
from services.reporting.documents.certificate import Certificate, compose
from services.reporting.documents.docx_writer import write_docx
from services.reporting.documents.pdf_writer import write_pdf
from tests.support.duong_kinh import COMMITTEE, UNION

SECRET = bytes(range(32))
CERTIFICATE = Certificate(
    office=COMMITTEE,
    full_name="Nguyễn Thị Thu Hòa",
    birth_year=2004,
    unit="Chi đoàn TDP số 3",
    activity="Kế hoạch Tháng Thanh niên năm 2026",
    first_day=dt.date(2026, 3, 1),
    last_day=dt.date(2026, 3, 31),
    seconds=142_200,
    sessions=9,
    issued_on=dt.date(2026, 4, 2),
)
CODE = check_code.code(SECRET, CERTIFICATE.printed())


def texts(certificate: Certificate) -> list[str]:
    return [block.text for block in compose(certificate, SECRET).blocks if isinstance(block, Text)]


def test_the_certificate_says_who_how_long_and_when() -> None:
    assert texts(CERTIFICATE)[:-1] == [
        "Ủy ban nhân dân phường Dương Kinh xác nhận:",
        "Họ và tên: Nguyễn Thị Thu Hòa",
        "Năm sinh: 2004",
        "Đơn vị: Chi đoàn TDP số 3",
        "Từ ngày 01/3/2026 đến ngày 31/3/2026, anh/chị đã tham gia hỗ trợ chuyển đổi số cộng đồng tại phường Dương Kinh, "
        "trong khuôn khổ Kế hoạch Tháng Thanh niên năm 2026, với 39,5 giờ trong 09 buổi.",
    ]


def test_the_code_and_a_blank_signature_stand_on_it() -> None:
    blocks = compose(CERTIFICATE, SECRET).blocks

    [note], [signature] = ([one for one in blocks if isinstance(one, kind)] for kind in (Note, Signature))
    assert isinstance(note, Note)
    assert note.text.startswith(f"Mã xác nhận: {CODE} ")
    assert isinstance(signature, Signature)
    assert signature.signers[-1].text == "PHÓ CHỦ TỊCH"


def test_every_printed_fact_is_printed_as_the_code_has_it() -> None:
    on_paper = " ".join([*texts(CERTIFICATE), "02/4/2026"])  # the date of issue stands in the head, in words

    assert [value for value in CERTIFICATE.printed().values() if value not in on_paper] == []


def test_the_code_is_the_same_for_ever() -> None:
    assert CODE == "8DJ0-3QXH-K86C-0TBV"
    assert check_code.is_right(SECRET, CERTIFICATE.printed(), CODE)


@pytest.mark.parametrize(
    "change",
    [
        {"full_name": "Nguyễn Thị Thu Hoa"}, {"birth_year": 2005}, {"unit": "Chi đoàn TDP số 4"}, {"activity": ""}, {"seconds": 142_600},
        {"sessions": 10}, {"first_day": dt.date(2026, 3, 2)}, {"last_day": dt.date(2026, 3, 30)}, {"issued_on": dt.date(2026, 4, 3)},
        {"office": UNION}, {"office": replace(COMMITTEE, area="phường Hưng Đạo")},
    ],
)  # fmt: skip
def test_a_changed_fact_has_another_code(change: dict[str, Any]) -> None:
    forged = replace(CERTIFICATE, **change).printed()

    assert not check_code.is_right(SECRET, forged, CODE)


def test_values_cannot_move_from_one_field_to_another() -> None:
    printed = CERTIFICATE.printed()
    moved = printed | {"unit": printed["activity"], "activity": printed["unit"]}

    assert not check_code.is_right(SECRET, moved, CODE)
    assert check_code.code(SECRET, {"a": "b", "c": "d"}) != check_code.code(SECRET, {"a": "d", "c": "b"})


def test_who_has_another_secret_makes_another_code() -> None:
    assert check_code.code(b"x" * 32, CERTIFICATE.printed()) != CODE


@pytest.mark.parametrize(
    "typed",
    [
        CODE.lower(),
        CODE.replace("-", ""),
        f" {CODE} ",
        CODE.replace("-", " "),
        CODE.replace("0", "O").replace("1", "l"),
    ],
)
def test_a_code_is_right_however_it_is_typed(typed: str) -> None:
    assert check_code.is_right(SECRET, CERTIFICATE.printed(), typed)


def test_facts_are_right_however_they_are_typed() -> None:
    typed = CERTIFICATE.printed() | {"full_name": " NGUYỄN  thị Thu Ho\u0300a ", "unit": "chi đoàn tdp số 3"}

    assert check_code.is_right(SECRET, typed, CODE)


@pytest.mark.parametrize("typed", ["", CODE[:-1], f"{CODE}0", "0" * 16, "–", "é" * 16])
def test_another_code_is_wrong(typed: str) -> None:
    assert not check_code.is_right(SECRET, CERTIFICATE.printed(), typed)


@given(place=st.integers(0, 15), letter=st.sampled_from(check_code.LETTERS))
def test_a_code_with_one_other_letter_is_wrong(place: int, letter: str) -> None:
    bare = CODE.replace("-", "")
    typed = bare[:place] + letter + bare[place + 1 :]

    assert check_code.is_right(SECRET, CERTIFICATE.printed(), typed) is (typed == bare)


def test_a_short_secret_is_refused() -> None:
    with pytest.raises(ValueError, match="31 bytes"):
        compose(CERTIFICATE, bytes(31))


def test_what_is_not_known_has_no_line() -> None:
    bare = replace(CERTIFICATE, birth_year=None, unit="", activity="")

    assert len(texts(bare)) == len(texts(CERTIFICATE)) - 2
    assert "khuôn khổ" not in " ".join(texts(bare))


def test_it_becomes_a_docx_and_a_pdf() -> None:
    paper = compose(CERTIFICATE, SECRET)

    assert write_docx(paper).startswith(b"PK")
    assert write_pdf(paper).startswith(b"%PDF-")
