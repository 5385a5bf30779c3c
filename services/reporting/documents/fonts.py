"""Liberation Serif: the free typeface with the metrics of Times New Roman, and the widths that follow from them.

Guarantee: the four files under `fonts/` are the published ones, unchanged, under the SIL Open Font License
(`fonts/LICENCE.txt`), and every Vietnamese letter is in each of them. A PDF embeds the letters that it uses.
"""

from functools import cache
from pathlib import Path

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

from services.reporting.documents.blocks import Line

FILES = Path(__file__).parent / "fonts"
# (bold, italic) → the face.
FACES = {
    (False, False): "LiberationSerif-Regular",
    (True, False): "LiberationSerif-Bold",
    (False, True): "LiberationSerif-Italic",
    (True, True): "LiberationSerif-BoldItalic",
}


@cache
def register() -> None:
    """Makes the faces known to the PDF library; again and again it does nothing."""
    for name in FACES.values():
        pdfmetrics.registerFont(TTFont(name, str(FILES / f"{name}.ttf")))


def width(text: str, size: float, *, is_bold: bool = False, is_italic: bool = False) -> float:
    """How wide a line is, in points; the same in Times New Roman."""
    register()
    return pdfmetrics.stringWidth(text, FACES[is_bold, is_italic], size)


def rule_length(line: Line, most: float) -> float:
    """How long the rule under a line is, in points; a line that is broken is as wide as its column."""
    return line.rule * min(width(line.text, line.size, is_bold=line.is_bold, is_italic=line.is_italic), most)
