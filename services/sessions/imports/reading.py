"""Reading a file as one of the two sheets, and saying what is assumed before the first row.

Guarantee: a citizen number is a token before its row is left, and stands in no message; a file that does not say enough
is refused as a whole, with what is missing. Nothing of the file but its clean values goes further.
"""

import datetime as dt
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from services.sessions.imports.columns import CITIZEN, OUTCOMES, What, columns_of, title_of
from services.sessions.imports.report import Line, Refusal, Sheet, Understood, masked
from services.sessions.imports.wordings import NOTHING
from shared.events.names import COVERS
from shared.sheets import MOST_UPLOADED_ROWS, UPLOAD_LIMITS, Reading, Row, SheetError, read_sheet

BAD_CITIZEN = "Số CCCD không đủ 12 chữ số (giá trị không hiển thị ở đây). Vui lòng kiểm tra, hoặc bỏ trống."
PERSONAL = re.compile(r"0(?:[ .]?\d){11}|0(?:[ .]?\d){9}|\d{9}")  # a citizen number, a phone, a former citizen number
PERSONAL_CODE = "Mã của lượt không được là số CCCD hay số điện thoại. Vui lòng dùng mã khác, hoặc bỏ trống."
MOST_NUMBER = 10**9  # more than any count may be; a longer one may be the number of a person in a wrong column

TokensOf = Callable[[Collection[str]], Mapping[str, str]]


@dataclass(frozen=True)
class How:
    """What a sheet does not say itself: the ward and the day of rows without one, and what a book covers."""

    ward: str | None = None
    day: dt.date | None = None
    covers: str = "unlisted"


def read(body: bytes, what: What, catalogue: Mapping[str, str], how: How, tokens_of: TokensOf) -> Sheet:
    """The whole sheet; `tokens_of` gives the tokens of citizen numbers, which go no further.

    Raises:
        SheetError: it cannot be read, or not to its end; nothing is taken then.
    """
    try:
        reading = read_sheet(body, columns_of(what, catalogue, has_day=how.day is not None), limits=UPLOAD_LIMITS)
        _check_counted(reading, what)
        rows, blank = _entries(reading, what)
    except SheetError as error:
        raise SheetError(error.code, masked(error.message)) from None
    if len(rows) > MOST_UPLOADED_ROWS:
        message = f"Tệp có hơn {MOST_UPLOADED_ROWS} dòng; vui lòng chia thành nhiều tệp, mỗi ngày chỉ ở một tệp."
        raise SheetError("too_many_rows", message)
    ignored = sorted([*((one.number, one.reason, one.told) for one in reading.ignored), *blank])
    numbers = {row.number: digits for row in rows if (digits := _citizen_number(row)) is not None}
    tokens = tokens_of(set(numbers.values()))
    lines = [_line(row, how, tokens.get(numbers.get(row.number, ""))) for row in rows]
    return Sheet(what, _understood(reading, what, how), lines, ignored, reading.ignored_rows + len(blank))


def _entries(reading: Reading, what: What) -> tuple[list[Row], list[tuple[int, str, str]]]:
    """The rows, and those of a form with all services in which no number was filled in."""
    rows, blank = list[Row](), list[tuple[int, str, str]]()
    for row in reading.rows():
        if what == "tallies" and _is_blank(row):
            blank.append((row.number, "no_count", "dòng không có số lượt"))
        elif len(rows) > MOST_UPLOADED_ROWS:
            break
        else:
            rows.append(row)
    return rows, blank


def _is_blank(row: Row) -> bool:
    has_count = any(row.values.get(key) is not None for key in (*OUTCOMES, "count"))
    has_error = any(one.key in (*OUTCOMES, "count") for one in row.errors)
    return not has_count and not has_error and row.values.get("service") not in (None, NOTHING)


def _check_counted(reading: Reading, what: What) -> None:
    absent = set(reading.understanding.absent)
    if what == "tallies" and absent >= {*OUTCOMES, "count"}:
        titles = ", ".join(f"«{title_of(key, what)}»" for key in OUTCOMES)
        message = f"Không thấy cột số lượt nào. Cần ít nhất một trong các cột {titles}, hoặc «Kết quả» và «Số lượt»."
        raise SheetError("missing_columns", message)


def _line(row: Row, how: How, token: str | None) -> Line:
    values: dict[str, Any] = {key: value for key, value in row.values.items() if value is not None}
    refusals = [Refusal(one.key, one.code, _private(one.key, one.message)) for one in row.errors]
    if values.pop(CITIZEN, None) is not None and token is None:
        refusals.append(Refusal(CITIZEN, "bad_citizen_number", BAD_CITIZEN))
    if token is not None:
        values["resident_token"] = token
    if PERSONAL.fullmatch(str(values.get("code", ""))):
        refusals.append(Refusal("code", "personal_code", PERSONAL_CODE))
    day = values.get("day") or (how.day if not any(one.key == "day" for one in refusals) else None)
    born = values.pop("birth_year", None)
    if born is not None and day and "age_band" not in values:
        values["age_band"] = age_band(born, day)
    values |= {"day": day.isoformat()} if day else {}
    for key in [key for key, value in values.items() if isinstance(value, int) and abs(value) > MOST_NUMBER]:
        del values[key]
        refusals.append(Refusal(key, "out_of_range", "Số này quá lớn. Vui lòng kiểm tra lại."))
    return Line(row.number, values, refusals)


def _private(key: str, message: str) -> str:
    return BAD_CITIZEN if key == CITIZEN else masked(message)


def _citizen_number(row: Row) -> str | None:
    """The number as a cell holds it: a number cell has lost the zeros that every number begins with."""
    digits = str(row.values.get(CITIZEN) or "").replace(" ", "").replace(".", "").removeprefix("'")
    if not (digits.isascii() and digits.isdigit()):
        return None
    if len(digits) in (10, 11) and digits[0] != "0":
        digits = digits.zfill(12)
    return digits if len(digits) == 12 else None


def age_band(born: int | dt.date, day: dt.date) -> str:
    """The age band on a day of who was born then; of a year alone, as if on its first day."""
    age = day.year - (born if isinstance(born, int) else born.year)
    if isinstance(born, dt.date) and (day.month, day.day) < (born.month, born.day):
        age -= 1
    if not 0 <= age <= 120:
        return "unknown"
    limits = ((5, "0_5"), (13, "6_13"), (15, "14_15"), (30, "16_30"), (59, "31_59"))
    return next((band for most, band in limits if age <= most), "60_plus")


def _understood(reading: Reading, what: What, how: How) -> Understood:
    found = reading.understanding
    columns = [(one.letter, masked(one.text), one.key) for one in found.columns if one.key]
    unknown = [(one.letter, masked(one.text)) for one in found.not_understood if one.key is None]
    assumed = _assumed({key for _, _, key in columns}, what, how)
    others = [masked(name) for name in found.other_sheets]
    return Understood(found.format, masked(found.sheet), others, found.header_rows, columns, unknown, assumed)


def _assumed(has: set[str], what: What, how: How) -> list[str]:
    told = []
    if how.day:
        told.append(f"Dòng không ghi ngày: ngày {how.day:%d/%m/%Y}.")
    if not has & {"group", "group_code"}:
        told.append("Không có cột Tổ dân phố: số liệu của toàn xã, phường.")
    told += _of_tallies(how) if what == "tallies" else _of_assists(has)
    return told


def _of_tallies(how: How) -> list[str]:
    return [
        f"Sổ này gồm {COVERS[how.covers].vi}.",
        "Mỗi ngày, mỗi địa bàn là một bản; các dòng cùng nội dung được cộng lại. Nộp lại sổ đã sửa thì thay bản trước.",
        "Ô số để trống là không có; một bản có dòng sai thì chờ sửa cả bản.",
    ]


def _of_assists(has: set[str]) -> list[str]:
    told = ["Mỗi dòng là một lượt hỗ trợ."]
    if "code" in has:
        told.append("Nhận ra lượt đã có theo ngày và mã: cùng ngày, cùng mã mà khác nội dung là đính chính.")
    if "code" not in has:
        told.append(
            "Không có cột Mã: các dòng giống hệt nhau được đếm theo số lần trong tệp. Tệp nộp sau cho cùng ngày cần có "
            "cả các dòng đã nộp; dòng đã sửa là lượt mới, lượt cũ hủy ở trang Đã gửi."
        )
    if CITIZEN in has:
        told.append("Số CCCD được mã hóa ngay khi đọc, không lưu và không hiện lại.")
    if "birth_year" in has:
        told.append("Năm sinh chỉ dùng để tính độ tuổi, không lưu.")
    return told
