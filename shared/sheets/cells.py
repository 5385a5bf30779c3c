"""One cell: from what the file holds to the clean value of the column's kind, or one error.

Guarantee: a text is NFC, without control, zero-width and direction characters, with single spaces and `\n` as its
line break; a phone has its leading zero or plus; a date is a date and never a guess between day and month. Cleaning
a clean value changes nothing.
Whether a phone is a Vietnamese number, or a date plausible for a person, is the caller's to decide.
"""

import datetime as dt
import re
import unicodedata
from collections.abc import Callable

from shared.sheets.columns import Column, Raw, Value, fold, quoted

# Control characters but TAB, LF and CR; soft hyphen; zero-width; direction; what XML cannot hold.
INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u200b-\u200f\u202a-\u202e\u2060-\u2069"
    "\ufeff\ufffe\uffff\ud800-\udfff]"
)
DIRTY = re.compile(rf"{INVISIBLE.pattern}|[^\S ]|  |^ | $")
EXCEL_EPOCH = dt.date(1899, 12, 30)
FIRST_YEAR, LAST_YEAR = 1900, 2100
# 1 January 1910 to 31 December 2100: below are years and small numbers, which nobody means as a serial date.
SERIALS = range(3654, 73416)

DAY_FIRST = re.compile(r"(\d{1,2})\s*[/.\-]\s*(\d{1,2})\s*[/.\-]\s*(\d{4})(?:[ T]+0{1,2}:00(?::00)?)?")
YEAR_FIRST = re.compile(r"(\d{4})[/.\-](\d{1,2})[/.\-](\d{1,2})(?:[ T]+0{1,2}:00(?::00(?:\.0+)?)?)?")
IN_WORDS = re.compile(r"(?:ngày )?(\d{1,2}) tháng (\d{1,2}) năm (\d{4})", re.IGNORECASE)
THOUSANDS = re.compile(r"-?\d{1,3}(?:[. ]\d{3})+")
PHONE_SEPARATORS = re.compile(r"[\s.\-()/']+")
PHONE = re.compile(r"\+?\d{8,14}")
SCIENTIFIC = re.compile(r"\d(?:[.,]\d+)?E\+?\d+", re.IGNORECASE)
ITEM = re.compile(r'\s*(?:"((?:[^"]|"")*)"\s*(?=[,;\n]|$)|([^,;\n]*))(?:[,;\n]|$)')


class CellProblem(Exception):
    """A value that its column cannot take."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code)
        self.code = code
        self.message = message


def clean_text(text: str) -> str:
    """The text in NFC, visible characters only, single spaces, line breaks as `\n`."""
    text = unicodedata.normalize("NFC", text)
    if not DIRTY.search(text):
        return text
    visible = unicodedata.normalize("NFC", INVISIBLE.sub("", text))
    lines = (" ".join(line.split()) for line in visible.splitlines())
    return "\n".join(lines).strip()


def text_of(raw: Raw) -> str:
    """What the person sees in the cell, as a clean text."""
    if isinstance(raw, str):
        return clean_text(raw)
    if isinstance(raw, bool):
        return "TRUE" if raw else "FALSE"
    if isinstance(raw, float):
        return str(int(raw)) if raw.is_integer() else repr(raw)
    if isinstance(raw, dt.date):
        return f"{raw.day:02}/{raw.month:02}/{raw.year}"
    return str(raw)


def _text(raw: Raw, column: Column) -> Value:
    text = text_of(raw)
    if len(text) > column.max_length:
        raise CellProblem("too_long", f"{column.title} dài {len(text)} ký tự; nhiều nhất là {column.max_length}.")
    return text


def _integer(raw: Raw, column: Column) -> Value:
    text = text_of(raw)
    if THOUSANDS.fullmatch(text):
        text = text.replace(".", "").replace(" ", "")
    if not re.fullmatch(r"[+-]?[0-9]{1,30}", text):
        raise CellProblem("bad_integer", f"{column.title} {quoted(text)} không phải số nguyên.")
    return int(text)


def _phone(raw: Raw, column: Column) -> Value:
    text = text_of(raw)
    if SCIENTIFIC.fullmatch(text):
        raise CellProblem(
            "lost_digits",
            f"{column.title} {quoted(text)} đã mất chữ số khi lưu; vui lòng nhập lại, định dạng cột là Văn bản (Text).",
        )
    if PHONE.fullmatch(digits := PHONE_SEPARATORS.sub("", unicodedata.normalize("NFKC", text))):
        return _with_leading_zero(_ascii(digits))
    several = [part for part in re.split(r"[,;/\n]|\s-\s|hoặc|và", text) if len(re.sub(r"\D", "", part)) >= 8]
    if len(several) > 1:
        raise CellProblem(
            "several_phones", f"{column.title} {quoted(text)} có nhiều số; vui lòng chỉ ghi một số trong mỗi ô."
        )
    raise CellProblem("bad_phone", f"{column.title} {quoted(text)} không đúng; vui lòng ghi dạng 0912 345 678.")


def _ascii(digits: str) -> str:
    return "".join(letter if letter == "+" else str(unicodedata.digit(letter)) for letter in digits)


def _with_leading_zero(digits: str) -> str:
    """A number cell drops the zero: nine digits of a mobile number, ten of a landline that begins with 2."""
    lost = (len(digits) == 9 and digits[0] in "35789") or (len(digits) == 10 and digits[0] in "12")
    return f"0{digits}" if lost else digits


def _date(raw: Raw, column: Column) -> Value:
    if isinstance(raw, dt.date):
        return _date_of_cell(raw.date() if isinstance(raw, dt.datetime) else raw, column)
    text = text_of(raw)
    if re.fullmatch(r"[0-9]+(?:\.[0-9]+)?", text) and len(text) < 24:
        return _date_of_number(float(text), text, column)
    for pattern, order in ((DAY_FIRST, (3, 2, 1)), (YEAR_FIRST, (1, 2, 3)), (IN_WORDS, (3, 2, 1))):
        if found := pattern.fullmatch(text):
            return _date_of_parts([int(found[group]) for group in order], text, column)
    raise _bad_date(text, column)


def _date_of_cell(date: dt.date, column: Column) -> Value:
    """A year that was typed into a cell with a date format shows as a day in 1905."""
    if column.year_alone and is_typed_year(date):
        return (date - EXCEL_EPOCH).days
    return _plausible(date, column)


def is_typed_year(date: dt.date) -> bool:
    return FIRST_YEAR <= (date - EXCEL_EPOCH).days <= LAST_YEAR


def _date_of_number(number: float, text: str, column: Column) -> Value:
    if number.is_integer() and FIRST_YEAR <= number <= LAST_YEAR:
        if column.year_alone:
            return int(number)
        raise CellProblem("year_alone", f"{column.title} {quoted(text)} chỉ có năm; vui lòng ghi đủ ngày/tháng/năm.")
    if int(number) in SERIALS:
        return EXCEL_EPOCH + dt.timedelta(days=int(number))
    raise _bad_date(text, column)


def _date_of_parts(parts: list[int], text: str, column: Column) -> Value:
    try:
        return _plausible(dt.date(*parts), column)
    except ValueError:
        raise _bad_date(text, column) from None


def _plausible(date: dt.date, column: Column) -> dt.date:
    if not FIRST_YEAR <= date.year <= LAST_YEAR:
        raise _bad_date(text_of(date), column)
    return date


def _bad_date(text: str, column: Column) -> CellProblem:
    form = "ngày/tháng/năm (ví dụ 05/09/1998)" + (" hoặc năm (ví dụ 1998)" if column.year_alone else "")
    return CellProblem("bad_date", f"{column.title} {quoted(text)} không đúng; vui lòng ghi dạng {form}.")


def _choice(raw: Raw, column: Column) -> Value:
    return _chosen(text_of(raw), column)


def _chosen(text: str, column: Column) -> str:
    if (value := column.folded_choices.get(fold(text))) is not None:
        return value
    possible = ", ".join(quoted(wordings[0]) for wordings in column.choices.values())
    raise CellProblem(
        "unknown_choice", f"{column.title} {quoted(text)} không có trong danh mục; có thể ghi: {possible}."
    )


def _list(raw: Raw, column: Column) -> Value:
    items = split_items(text_of(raw))
    return [_chosen(item, column) for item in items] if column.choices else list(items)


def split_items(text: str) -> list[str]:
    """Items between commas, semicolons and line breaks; an item that holds one of them stands in double quotes."""
    items = [
        (found[1].replace('""', '"') if found[1] is not None else found[2]).strip() for found in ITEM.finditer(text)
    ]
    return [item for item in items if item]


def joined_items(items: list[str]) -> str:
    """The reverse of `split_items`."""
    return "; ".join('"' + item.replace('"', '""') + '"' if re.search(r'[,;\n]|^"', item) else item for item in items)


CLEANERS: dict[str, Callable[[Raw, Column], Value]] = {
    "text": _text,
    "integer": _integer,
    "phone": _phone,
    "date": _date,
    "choice": _choice,
    "list": _list,
}
