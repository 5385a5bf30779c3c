"""Phone numbers and names of people, in the one form that the registry keeps.

Guarantee: every usual Vietnamese notation of a number gives the same E.164 text; what is no Vietnamese number
is refused.
It does not know whether the number is in use.
"""

import re
import unicodedata

# The eleven-digit mobile prefixes that ended in 2018, and what they became.
RENUMBERED = {
    "120": "70", "121": "79", "122": "77", "126": "76", "128": "78",
    "123": "83", "124": "84", "125": "85", "127": "81", "129": "82",
    "162": "32", "163": "33", "164": "34", "165": "35", "166": "36", "167": "37", "168": "38", "169": "39",
    "186": "56", "188": "58", "199": "59",
}  # fmt: skip
MOBILE = re.compile(r"[35789][0-9]{8}")
LANDLINE = re.compile(r"2[0-9]{9}")
# With the dashes of typesetters, and the invisible marks that come along from an address book.
SEPARATORS = re.compile(r"[\s.\-()/\u2010-\u2015\u2212\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad]+")
DIGITS_TO_SEARCH = 4


def canonical_phone(text: str) -> str:
    """The E.164 form of a Vietnamese number.

    Raises:
        ValueError: with a sentence for the sender that does not repeat the number.
    """
    digits = _typed(text)
    national = re.sub(r"^(\+84|0084|84(?=[0-9]{9,10}$))?0?", "", digits, count=1)
    if len(national) == 10 and national[:3] in RENUMBERED:
        national = RENUMBERED[national[:3]] + national[3:]
    if not MOBILE.fullmatch(national) and not LANDLINE.fullmatch(national):
        raise ValueError("Số điện thoại không đúng. Vui lòng nhập dạng 0912 345 678 hoặc +84 912 345 678.")
    return f"+84{national}"


def phone_ending(text: str) -> str:
    """The end of an E.164 number that is searched for: a whole number in any notation, or its last digits.

    Raises:
        ValueError: with a sentence for the sender that does not repeat the digits.
    """
    try:
        return canonical_phone(text)
    except ValueError:
        digits = _typed(text)
    if not re.fullmatch(rf"[0-9]{{{DIGITS_TO_SEARCH},12}}", digits):
        raise ValueError(f"Cần một số điện thoại, hoặc ít nhất {DIGITS_TO_SEARCH} chữ số cuối.")
    return digits


def _typed(text: str) -> str:
    """What was typed, in ASCII digits and without separators."""
    compact = SEPARATORS.sub("", unicodedata.normalize("NFKC", text))
    return "".join(str(unicodedata.decimal(char)) if char.isdecimal() else char for char in compact)


def canonical_name(text: str) -> str:
    """The name in NFC with single spaces."""
    return " ".join(unicodedata.normalize("NFC", text).split())
