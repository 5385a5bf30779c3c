"""Rows inside and below a table that are no entries: totals, section titles, signatures, examples, headings again.

Guarantee: a row in which every required column holds something is never put aside, unless it is marked as an
example or repeats the headings; what is put aside has a reason.
A row that only looks incomplete is an entry with errors, so that nobody is lost silently.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from shared.sheets.columns import fold

REASONS = {
    "example": "dòng ví dụ",
    "headings_again": "lặp lại tiêu đề",
    "column_numbers": "dòng đánh số cột",
    "total": "dòng tổng cộng",
    "section": "dòng tên nhóm",
    "below_table": "phần cuối bảng",
}
TOTAL = re.compile(
    r"(?:(?i:tổng cộng|tổng số|cộng dồn)|TONG CONG|TONG SO)\b.*|(?:(?i:tổng|cộng)|TONG|CONG)\s*(?:[:=(\d].*)?",
    re.DOTALL,
)
SIGNATURE = re.compile(
    r"người (?:lập|tổng hợp|duyệt)|thủ trưởng|t[/.]?m[.\s]|kt\.|nơi nhận|xác nhận|(?:phó )?bí thư|(?:phó )?chủ tịch"
    r"|kế toán|thư ký|\(?\s*ký\b|danh sách (?:này )?(?:gồm|có)|ghi chú\s*:|lưu ý\s*:"
    r"|.{0,40}ngày\s*[\d.…]{1,4}\s*tháng\s*[\d.…]{1,4}\s*năm",
    re.IGNORECASE,
)
SECTION_NUMBER = re.compile(r"(?:[IVX]+|[A-ZĐ])[.)]?")
SECTION = re.compile(
    r"(?:[IVX]+|[A-ZĐ])[.)]\s+\S.*|(?:(?:chi )?đoàn|tổ|khối|khu|khóm|thôn|ấp|đội|nhóm|bản|buôn|xã|phường)\b.*",
    re.IGNORECASE,
)
EXAMPLES = ("vi du", "vi du mau", "mau")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a row stands: its number cell, and what was seen of the table so far."""

    ordinal: str
    is_wide: bool
    has_required: bool
    is_first: bool
    is_below: bool


def aside(texts: Sequence[str], place: Place) -> str | None:
    """Why a row with these cells is no entry, or None."""
    filled = [text for text in texts if text]
    if fold(filled[0]) in EXAMPLES:
        return "example"
    if place.is_first and _numbers_columns(filled):
        return "column_numbers"
    if place.has_required or place.ordinal.isdecimal():
        return None
    if TOTAL.fullmatch(filled[0]):
        return "total"
    if place.is_below or SIGNATURE.match(filled[0]):
        return "below_table"
    return "section" if _is_section(filled, place.ordinal, place.is_wide) else None


def _numbers_columns(filled: list[str]) -> bool:
    """(1) (2) (3) or A B 1 2 under the headings, as official forms have it."""
    bare = [text.strip("() ") for text in filled]
    return len(bare) >= 3 and all(re.fullmatch(r"\d{1,2}|[A-Z]", text) for text in bare)


def _is_section(filled: list[str], ordinal: str, is_wide: bool) -> bool:
    rest = {text for text in filled if text != ordinal}
    if len(rest) > 1 or (ordinal and rest and not SECTION_NUMBER.fullmatch(ordinal)):
        return False
    text = next(iter(rest), ordinal)
    return is_wide or bool(ordinal and rest) or text.isupper() or bool(SECTION.fullmatch(text))
