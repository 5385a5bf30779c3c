"""The marks of a DOCX that the library has no words for: rules, borders, page number, language, outline.

Guarantee: the elements stand where ECMA-376 wants them, so Word does not have to repair the file.
"""

from typing import Any

from docx.oxml.ns import qn
from docx.oxml.parser import OxmlElement
from docx.table import Table, _Row
from docx.text.paragraph import Paragraph
from docx.text.run import Run

# What follows the border, the outline and so on inside their parents (ECMA-376, 17.3.1.26 and 17.4.60).
AFTER_BORDER = ("w:shd", "w:tabs", "w:suppressAutoHyphens", "w:spacing", "w:ind", "w:jc", "w:outlineLvl", "w:rPr")
AFTER_OUTLINE = ("w:divId", "w:cnfStyle", "w:rPr", "w:sectPr", "w:pPrChange")
AFTER_BORDERS = ("w:shd", "w:tblLayout", "w:tblCellMar", "w:tblLook")
AFTER_MARGINS = ("w:tblLook", "w:tblCaption")
EDGES = ("top", "left", "bottom", "right", "insideH", "insideV")


def _element(name: str, **attributes: str) -> Any:
    element = OxmlElement(name)
    for key, value in attributes.items():
        element.set(qn(f"w:{key}"), value)
    return element


def bottom_rule(paragraph: Paragraph) -> None:
    """A rule along the lower edge of the paragraph."""
    borders = _element("w:pBdr")
    borders.append(_element("w:bottom", val="single", sz="6", space="0", color="000000"))
    paragraph._p.get_or_add_pPr().insert_element_before(borders, *AFTER_BORDER)


def outline(paragraph: Paragraph, level: int) -> None:
    """Makes a paragraph a heading for navigation, without changing its look."""
    properties = paragraph._p.get_or_add_pPr()
    properties.insert_element_before(_element("w:outlineLvl", val=str(level - 1)), *AFTER_OUTLINE)


def page_number(run: Run) -> None:
    """The field that shows the page's number."""
    instruction = _element("w:instrText")
    instruction.text = "PAGE"
    for element in (_element("w:fldChar", fldCharType="begin"), instruction, _element("w:fldChar", fldCharType="end")):
        run._r.append(element)


def set_font(run_properties: Any, name: str) -> None:
    """One typeface for every script, and the language of the text."""
    fonts = run_properties.get_or_add_rFonts()
    for attribute in list(fonts.attrib):
        del fonts.attrib[attribute]
    for script in ("ascii", "hAnsi", "eastAsia", "cs"):
        fonts.set(qn(f"w:{script}"), name)
    for former in run_properties.findall(qn("w:lang")):
        run_properties.remove(former)
    run_properties.append(_element("w:lang", val="vi-VN", eastAsia="vi-VN", bidi="ar-SA"))


def borders(table: Table) -> None:
    """Thin black lines around every cell."""
    found = _element("w:tblBorders")
    for edge in EDGES:
        found.append(_element(f"w:{edge}", val="single", sz="4", space="0", color="000000"))
    table._tbl.tblPr.insert_element_before(found, *AFTER_BORDERS)


def margins(table: Table, points: float) -> None:
    """The room left and right inside each cell."""
    found = _element("w:tblCellMar")
    for edge in ("left", "right"):
        found.append(_element(f"w:{edge}", w=str(round(points * 20)), type="dxa"))
    table._tbl.tblPr.insert_element_before(found, *AFTER_MARGINS)


def whole_row(row: _Row) -> None:
    """The row is never torn over two pages."""
    row._tr.get_or_add_trPr().append(_element("w:cantSplit"))


def heading_row(row: _Row) -> None:
    """The row is repeated on each page."""
    row._tr.get_or_add_trPr().append(_element("w:tblHeader"))
