"""The apostrophe that keeps a CSV cell from being computed, and how it is taken away again.

The rule: a text that is any number of apostrophes followed by a risky beginning (`= + - @`, their full-width forms,
TAB, CR, LF, NUL; OWASP ASVS 5, 1.2.10) gets one apostrophe in front; such a text that has at least one apostrophe loses
one on reading. `=1` is `'=1`, `'=1` is `''=1`, and `'tis` stays `'tis`.
Guarantee: `unmarked(marked(text)) == text` for every text, and no marked text begins as a formula.
It holds for CSV only; a cell of a workbook has a type and needs no mark.
"""

import re

RISKY = "=+\\-@＝＋－＠\t\r\n\x00"
MARK = re.compile(f"'*[{RISKY}]")
MARKED = re.compile(f"'+[{RISKY}]")
# Excel's own way of keeping a number as text in a CSV: ="0912". A writer that marks never begins a cell so.
WRAPPED = re.compile(r'="((?:[^"]|"")*)"')


def marked(text: str) -> str:
    return f"'{text}" if MARK.match(text) else text


def unmarked(text: str) -> str:
    if MARKED.match(text):
        return text[1:]
    if wrapped := WRAPPED.fullmatch(text):
        return wrapped[1].replace('""', '"')
    return text
