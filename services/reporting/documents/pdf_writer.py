"""Sets a document as PDF: A4, Liberation Serif embedded, the page's number in the middle above from page 2.

Guarantee: the same document gives the same bytes; a text is set as it is, never read as markup; a table's heading is
repeated on each page, a heading stays with what follows, and the signature is not torn apart.
"""

import io
from collections.abc import Iterator, Sequence
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib import colors
from reportlab.lib.enums import TA_CENTER, TA_JUSTIFY, TA_LEFT, TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import (
    BaseDocTemplate,
    CondPageBreak,
    Flowable,
    Frame,
    HRFlowable,
    KeepTogether,
    PageTemplate,
    Paragraph,
    Spacer,
)
from reportlab.platypus import Table as PdfTable

from services.reporting.documents import decree, fonts, pdf_chart
from services.reporting.documents.blocks import Align, Block, Chart, Head, Paper, Signature, Table, Text, Title

ALIGN: dict[Align, Any] = {"left": TA_LEFT, "center": TA_CENTER, "right": TA_RIGHT, "justify": TA_JUSTIFY}
# A table of more rows may be broken; its heading stands above three rows at least.
KEPT_ROWS = 6
KEPT_HEIGHT = 45 * mm
SINGLE = decree.LINE_HEIGHT
ALL = ((0, 0), (-1, -1))
FONT: list[Any] = [("FONTNAME", *ALL, fonts.FACES[False, False])]  # else a font that would not be embedded
BARE = [
    *FONT, ("LEFTPADDING", *ALL, 0), ("RIGHTPADDING", *ALL, 0), ("TOPPADDING", *ALL, 1), ("BOTTOMPADDING", *ALL, 1),
    ("VALIGN", *ALL, "TOP"), ("ALIGN", *ALL, "CENTER"),
]  # fmt: skip
RULED = [
    *FONT, ("LEFTPADDING", *ALL, 2.5), ("RIGHTPADDING", *ALL, 2.5), ("TOPPADDING", *ALL, 2),
    ("BOTTOMPADDING", *ALL, 3), ("VALIGN", *ALL, "MIDDLE"), ("GRID", *ALL, 0.5, colors.black),
]  # fmt: skip


def write_pdf(paper: Paper) -> bytes:
    """The document as PDF."""
    fonts.register()
    stream = io.BytesIO()
    template = BaseDocTemplate(
        stream, pagesize=A4, invariant=1, lang="vi-VN",
        title=paper.title, author=paper.author, subject=paper.subject, keywords=[paper.keywords], creator="Congdongso",
        initialFontName=fonts.FACES[False, False],  # else the library's first font, which it does not embed
    )  # fmt: skip
    frame = Frame(
        decree.LEFT_MM * mm, decree.BOTTOM_MM * mm, decree.TEXT_WIDTH,
        (decree.PAGE_HEIGHT_MM - decree.TOP_MM - decree.BOTTOM_MM) * mm,
        leftPadding=0, rightPadding=0, topPadding=0, bottomPadding=0,
    )  # fmt: skip
    template.addPageTemplates([PageTemplate("page", [frame], onPage=_number)])
    template.build(list(_story(paper.blocks)))
    return stream.getvalue()


def _story(blocks: Sequence[Block]) -> Iterator[Flowable]:
    """All blocks; a long table is not kept whole with its heading, only its first rows are."""
    for block, following in zip(blocks, [*blocks[1:], None], strict=True):
        is_long = isinstance(following, Table) and len(following.rows) > KEPT_ROWS
        if is_long and isinstance(block, Text) and block.level:
            yield CondPageBreak(KEPT_HEIGHT)
            yield _text(block, is_kept=False)
        else:
            yield from _flowables(block)


def _number(canvas: Any, _: Any) -> None:
    """The page's number, but on the first page."""
    if (page := canvas.getPageNumber()) > 1:
        canvas.setFont(fonts.FACES[False, False], decree.PAGE_NUMBER)
        middle = (decree.LEFT_MM + decree.TEXT_WIDTH_MM / 2) * mm
        canvas.drawCentredString(middle, (decree.PAGE_HEIGHT_MM - decree.PAGE_NUMBER_MM) * mm - 10, str(page))


def _flowables(block: Block) -> list[Flowable]:
    match block:
        case Head():
            return [_head(block), Spacer(0, 14)]
        case Title():
            return [*_lines(block.lines, decree.TEXT_WIDTH), Spacer(0, 8)]
        case Text():
            return [_text(block)]
        case Table():
            return [_table(block)]
        case Chart():
            return _chart(block)
        case Signature():
            return [_signature(block)]
        case _:
            style = _style(decree.NOTE, is_italic=True, spaceBefore=14)
            return [Paragraph(escape(block.text), style)]


def _style(size: float, *, is_bold: bool = False, is_italic: bool = False, **rest: Any) -> ParagraphStyle:
    values: dict[str, Any] = {"leading": size * SINGLE, "alignment": TA_LEFT} | rest
    return ParagraphStyle("own", fontName=fonts.FACES[is_bold, is_italic], fontSize=size, **values)


def _lines(lines: Any, width: float) -> list[Flowable]:
    """Lines below each other, each with its rule."""
    found: list[Flowable] = []
    for line in lines:
        style = _style(line.size, is_bold=line.is_bold, is_italic=line.is_italic, alignment=ALIGN[line.align])
        found.append(Paragraph(escape(line.text), style))
        if line.rule:
            length = fonts.rule_length(line, width)
            found.append(HRFlowable(length, thickness=0.7, color=colors.black, spaceBefore=3, spaceAfter=3))
    return found


def _head(block: Head) -> Flowable:
    widths = (block.left_mm * mm, block.right_mm * mm)
    cells = [[_lines(lines, width) for lines, width in zip(row, widths, strict=True)] for row in block.rows]
    return PdfTable(cells, colWidths=widths, style=BARE)


def _text(block: Text, *, is_kept: bool = True) -> Flowable:
    if block.level:
        style = _style(
            decree.TEXT, is_bold=True, is_italic=block.level > 1, leading=decree.TEXT * SINGLE * decree.LINES,
            firstLineIndent=decree.FIRST_LINE_MM * mm, spaceBefore=decree.BETWEEN + 2, keepWithNext=int(is_kept),
        )  # fmt: skip
    else:
        style = _style(
            decree.TEXT, leading=decree.TEXT * SINGLE * decree.LINES, alignment=TA_JUSTIFY,
            firstLineIndent=decree.FIRST_LINE_MM * mm, spaceBefore=decree.BETWEEN,
            keepWithNext=int(block.is_kept), allowWidows=0, allowOrphans=0,
        )  # fmt: skip
    return Paragraph(escape(block.text), style)


def _table(block: Table) -> Flowable:
    heading = [_cell(column.heading, "center", block.size, is_bold=True) for column in block.columns]
    body = [
        [
            _cell(text, column.align, block.size, is_bold=block.has_total and row is block.rows[-1])
            for text, column in zip(row, block.columns, strict=True)
        ]
        for row in block.rows
    ]
    widths = [column.width_mm * mm for column in block.columns]
    style = [*RULED, ("NOSPLIT", (0, 0), (-1, min(3, len(body)))), ("NOSPLIT", (0, -min(3, len(body))), (-1, -1))]
    return PdfTable([heading, *body], colWidths=widths, style=style, repeatRows=1, spaceBefore=8, spaceAfter=2)


def _cell(text: str, align: Align, size: float, *, is_bold: bool) -> Paragraph:
    return Paragraph(escape(text), _style(size, is_bold=is_bold, alignment=ALIGN[align]))


def _chart(block: Chart) -> list[Flowable]:
    caption = _style(decree.RECIPIENTS_HEAD, is_italic=True, alignment=TA_CENTER, spaceBefore=2)
    return [Spacer(0, 8), KeepTogether([pdf_chart.drawing(block), Paragraph(escape(block.title), caption)])]


def _signature(block: Signature) -> Flowable:
    half = decree.TEXT_WIDTH / 2
    cells = [[_lines(block.recipients, half), [*_lines(block.signers, half), Spacer(0, block.room_mm * mm)]]]
    return PdfTable(cells, colWidths=(half, half), style=[*BARE, ("NOSPLIT", *ALL)], spaceBefore=10)
