"""What frames a document in each layout: head, title, recipients and signature.

Guarantee: the People's Committee's documents have the head of Decree 30/2020 (state title and motto on the right), the
Youth Union's have its own (`***` on the left, the Union's title on the right). Number and signature stay blank, and the
signer's name, which is written by hand or stamp, has no title before it.
"""

from collections.abc import Sequence

from services.reporting.documents import decree, formats
from services.reporting.documents.blocks import Head, Line, Signature, Title, plain
from services.reporting.documents.reports import Layout, Office

STATE_TITLE = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"
MOTTO = "Độc lập - Tự do - Hạnh phúc"
UNION_TITLE = "ĐOÀN TNCS HỒ CHÍ MINH"
BLANK_NUMBER = "\u00a0" * 10
SIGNED_BY: dict[Layout, Sequence[str]] = {
    "peoples_committee": ("TM. ỦY BAN NHÂN DÂN", "KT. CHỦ TỊCH", "PHÓ CHỦ TỊCH"),
    "youth_union": ("TM. BAN THƯỜNG VỤ", "BÍ THƯ"),
}
# The abbreviation of the body after that of the kind of document.
SYMBOLS: dict[Layout, str] = {"peoples_committee": "/{kind}-UBND", "youth_union": "-{kind}/ĐTN"}


def head(office: Office, kind: str, date: str) -> Head:
    """The head; `kind` is the abbreviation of the kind of document (`BC`), `date` is in words."""
    names, titles = _names(office), _titles(office.layout)
    number = Line(f"Số:{BLANK_NUMBER}{SYMBOLS[office.layout].format(kind=kind)}", decree.NUMBER)
    dated = Line(plain(f"{office.place}, {date}"), decree.DATE, is_italic=True)
    left = 65.0 if office.layout == "peoples_committee" else 80.0
    return Head([(names, titles), ([number], [dated])], left, decree.TEXT_WIDTH_MM - left)


def _names(office: Office) -> list[Line]:
    """The superior upright, the issuing body bold; a rule under it, or the Union's three stars."""
    body = [Line(plain(text), decree.BODY_NAME, is_bold=True) for text in office.body]
    names = [Line(plain(text), decree.SUPERIOR) for text in office.superior] + body
    if office.layout == "youth_union":
        return [*names, Line("***", decree.BODY_NAME, is_bold=True)]
    last = names.pop()
    return [*names, Line(last.text, last.size, is_bold=True, rule=decree.RULE_PART)]


def _titles(layout: Layout) -> list[Line]:
    if layout == "youth_union":
        return [Line(UNION_TITLE, decree.MOTTO, is_bold=True, rule=decree.RULE_WHOLE)]
    return [
        Line(STATE_TITLE, decree.STATE, is_bold=True),
        Line(MOTTO, decree.MOTTO, is_bold=True, rule=decree.RULE_WHOLE),
    ]


def title(kind: str, about: Sequence[str]) -> Title:
    """The kind in capitals and what it is about; a rule below, by the length of its last line."""
    lines = [Line(kind, decree.TITLE, is_bold=True)]
    lines += [Line(plain(text), decree.TITLE, is_bold=True) for text in about]
    last = lines.pop()
    return Title([*lines, Line(last.text, last.size, is_bold=True, rule=decree.RULE_PART)])


def signature(office: Office) -> Signature:
    """Who receives it, and who signs; nothing where the name will stand."""
    recipients = [Line("Nơi nhận:", decree.RECIPIENTS_HEAD, is_bold=True, is_italic=True, align="left")]
    ends = [";"] * (len(office.recipients) - 1) + ["."]
    recipients += [
        Line(plain(f"- {text}{end}"), decree.RECIPIENTS, align="left")
        for text, end in zip(office.recipients, ends, strict=False)
    ]
    signers = office.signed_by or SIGNED_BY[office.layout]
    return Signature(recipients, [Line(plain(text), decree.TEXT, is_bold=True) for text in signers])


def addressee(office: Office) -> str:
    return f"Kính gửi: {formats.upper_first(office.addressed_to)}."
