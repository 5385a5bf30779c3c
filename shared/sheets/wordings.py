"""How wards and residential groups are written in lists, reduced to what can be compared.

Guarantee: `P. Xuân Hoà` and `phường Xuân Hòa`, `Tổ dân phố số 03`, `TDP 3` and `tổ 3` come to the same. Pure.
"""

import re
from functools import lru_cache

from shared.sheets.columns import fold

TYPES = {"p": "phuong", "x": "xa", "tt": "thi tran", "dk": "dac khu"}
TYPE = re.compile(r"(phuong|xa|thi tran|dac khu|p|x|tt|dk) (.+)")
LABELS = {"to dan pho": "to", "to dp": "to", "tdp": "to", "to": "to", "khu pho": "khu pho", "kp": "khu pho"}
LABEL = re.compile(
    r"(to dan pho|to dp|tdp|to|khu pho|kp|khu dan cu|khu|thon|khom|ap|ban|buon|bon|xom|lang|soc|phum|tieu khu)"
    r"(?: |(?=\d)|$)(?:so )?(.*)"
)


@lru_cache(maxsize=16_384)
def ward_words(text: str) -> tuple[str, str]:
    """The type of a ward, if it is written, and its name without it."""
    folded = fold(text)
    if found := TYPE.fullmatch(folded):
        return TYPES.get(found[1], found[1]), found[2]
    return "", folded


@lru_cache(maxsize=16_384)
def group_words(text: str) -> tuple[str, str]:
    """The label of a residential group, if it is written, and its number or name without it."""
    folded = fold(text)
    found = LABEL.fullmatch(folded)
    label, rest = (LABELS.get(found[1], found[1]), found[2]) if found and found[2] else ("", folded)
    return label, str(int(rest)) if rest.isdecimal() and len(rest) < 20 else rest
