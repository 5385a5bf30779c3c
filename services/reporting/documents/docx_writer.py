"""Sets a document as DOCX: what the officer opens, completes and prints.

Guarantee: the same document gives the same bytes; every text is in Times New Roman and in Vietnamese; a table's heading
is repeated on each page, a heading stays with what follows, and the signature is not torn apart. Lengths of rules are
computed from the typeface's metrics.
"""

import datetime as dt
import io
import zipfile
from collections.abc import Sequence

import docx as library
from docx.document import Document
from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.shared import Mm, Pt
from docx.table import Table as DocxTable
from docx.table import _Cell
from docx.text.paragraph import Paragraph

from services.reporting.documents import decree, docx_marks, fonts
from services.reporting.documents.blocks import (
    Align,
    Block,
    Chart,
    Head,
    Line,
    Note,
    Paper,
    Signature,
    Table,
    Text,
    Title,
)
from services.reporting.documents.docx_chart import add_chart

ALIGN: dict[Align, WD_ALIGN_PARAGRAPH] = {
    "left": WD_ALIGN_PARAGRAPH.LEFT,
    "center": WD_ALIGN_PARAGRAPH.CENTER,
    "right": WD_ALIGN_PARAGRAPH.RIGHT,
    "justify": WD_ALIGN_PARAGRAPH.JUSTIFY,
}
EPOCH = (1980, 1, 1, 0, 0, 0)


def write_docx(paper: Paper) -> bytes:
    """The document as DOCX."""
    document = library.Document()
    _set_up(document, paper)
    charts = 0
    for block in paper.blocks:
        if isinstance(block, Chart):
            charts += 1
            _chart(document, block, charts)
        else:
            _add(document, block)
    stream = io.BytesIO()
    document.save(stream)
    return _without_times(stream)


def _without_times(stream: io.BytesIO) -> bytes:
    """The same package with one time for every entry, so that only the contents make its bytes."""
    packed = io.BytesIO()
    with zipfile.ZipFile(stream) as source, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as target:
        for entry in source.infolist():
            info = zipfile.ZipInfo(entry.filename, EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(info, source.read(entry))
    return packed.getvalue()


def _set_up(document: Document, paper: Paper) -> None:
    """Page, typeface, page number and metadata."""
    section = document.sections[0]
    section.page_width, section.page_height = Mm(decree.PAGE_WIDTH_MM), Mm(decree.PAGE_HEIGHT_MM)
    section.top_margin, section.bottom_margin = Mm(decree.TOP_MM), Mm(decree.BOTTOM_MM)
    section.left_margin, section.right_margin = Mm(decree.LEFT_MM), Mm(decree.RIGHT_MM)
    section.header_distance = section.footer_distance = Mm(decree.PAGE_NUMBER_MM)
    section.different_first_page_header_footer = True
    normal = document.styles["Normal"]
    normal.font.size = Pt(decree.TEXT)
    normal.paragraph_format.space_after = Pt(0)
    normal.paragraph_format.line_spacing = 1.0
    docx_marks.set_font(normal.element.get_or_add_rPr(), decree.FONT)
    above = section.header.paragraphs[0]
    above.alignment = WD_ALIGN_PARAGRAPH.CENTER
    run = above.add_run()
    run.font.size = Pt(decree.PAGE_NUMBER)
    docx_marks.page_number(run)
    _describe(document, paper)


def _describe(document: Document, paper: Paper) -> None:
    told = document.core_properties
    told.title, told.author, told.subject, told.keywords = paper.title, paper.author, paper.subject, paper.keywords
    told.last_modified_by, told.comments, told.language = paper.author, "", "vi-VN"
    told.created = told.modified = dt.datetime.combine(paper.issued_on, dt.time())
    told.revision = 1


def _add(document: Document, block: Block) -> None:
    match block:
        case Head():
            _head(document, block)
        case Title():
            _title(document, block)
        case Text():
            _text(document, block)
        case Table():
            _table(document, block)
        case Signature():
            _signature(document, block)
        case Note():
            note = document.add_paragraph()
            note.paragraph_format.space_before = Pt(14)
            _run(note, block.text, decree.NOTE, is_italic=True)


def _run(paragraph: Paragraph, text: str, size: float, *, is_bold: bool = False, is_italic: bool = False) -> None:
    run = paragraph.add_run(text)
    run.font.size = Pt(size)
    run.bold, run.italic = is_bold or None, is_italic or None


def _lines(place: Document | _Cell, lines: Sequence[Line], width: float) -> None:
    """Lines below each other, each with its rule: a low paragraph with a border, indented to the rule's length."""
    for line in lines:
        paragraph = _next(place)
        paragraph.alignment = ALIGN[line.align]
        _run(paragraph, line.text, line.size, is_bold=line.is_bold, is_italic=line.is_italic)
        if line.rule:
            rule = place.add_paragraph()
            indent = Pt((width - fonts.rule_length(line, width)) / 2)
            form = rule.paragraph_format
            form.left_indent = form.right_indent = indent
            form.line_spacing_rule, form.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(4)
            form.space_after = Pt(3)
            docx_marks.bottom_rule(rule)


def _next(place: Document | _Cell) -> Paragraph:
    """A new paragraph, or the empty one that every cell has."""
    empty = isinstance(place, _Cell) and not place.paragraphs[0].runs
    paragraph: Paragraph = place.paragraphs[0] if empty else place.add_paragraph()
    return paragraph


def _frame(document: Document, rows: int, widths: Sequence[float], margin: float) -> DocxTable:
    """A table of fixed widths in points, without lines."""
    table: DocxTable = document.add_table(rows, len(widths))
    table.autofit = False
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    docx_marks.margins(table, margin)
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Pt(width)
    for row in table.rows:
        docx_marks.whole_row(row)
        for cell, width in zip(row.cells, widths, strict=True):
            cell.width = Pt(width)
    return table


def _points(mm: float) -> float:
    return mm * 72 / 25.4


def _head(document: Document, block: Head) -> None:
    widths = (_points(block.left_mm), _points(block.right_mm))
    table = _frame(document, len(block.rows), widths, 0)
    for row, both in zip(table.rows, block.rows, strict=True):
        for cell, lines, width in zip(row.cells, both, widths, strict=True):
            _lines(cell, lines, width)
    gap = document.add_paragraph()
    gap.paragraph_format.line_spacing = Pt(14)


def _title(document: Document, block: Title) -> None:
    _lines(document, block.lines, decree.TEXT_WIDTH)
    document.paragraphs[-1].paragraph_format.space_after = Pt(10)


def _text(document: Document, block: Text) -> None:
    paragraph = document.add_paragraph()
    form = paragraph.paragraph_format
    form.first_line_indent, form.line_spacing = Mm(decree.FIRST_LINE_MM), decree.LINES
    form.space_before = Pt(decree.BETWEEN + (2 if block.level else 0))
    form.keep_with_next = True if block.level or block.is_kept else None
    form.widow_control = True
    paragraph.alignment = ALIGN["left" if block.level else "justify"]
    _run(paragraph, block.text, decree.TEXT, is_bold=block.level > 0, is_italic=block.level > 1)
    if block.level:
        docx_marks.outline(paragraph, block.level)


def _table(document: Document, block: Table) -> None:
    gap = document.add_paragraph()
    gap.paragraph_format.line_spacing = Pt(8)
    gap.paragraph_format.keep_with_next = True
    table = _frame(document, len(block.rows) + 1, [_points(column.width_mm) for column in block.columns], 2.5)
    docx_marks.borders(table)
    heading, *body = [list(row.cells) for row in table.rows]
    docx_marks.heading_row(table.rows[0])
    for cell, column in zip(heading, block.columns, strict=True):
        _cell(cell, column.heading, "center", block.size, is_bold=True)
    for cells, row in zip(body, block.rows, strict=True):
        is_bold = block.has_total and row is block.rows[-1]
        for cell, text, column in zip(cells, row, block.columns, strict=True):
            _cell(cell, text, column.align, block.size, is_bold=is_bold)


def _cell(cell: _Cell, text: str, align: Align, size: float, *, is_bold: bool) -> None:
    paragraph = cell.paragraphs[0]
    paragraph.alignment = ALIGN[align]
    paragraph.paragraph_format.space_before = paragraph.paragraph_format.space_after = Pt(2)
    cell.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.CENTER
    _run(paragraph, text, size, is_bold=is_bold)


def _chart(document: Document, block: Chart, number: int) -> None:
    paragraph = document.add_paragraph()
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    paragraph.paragraph_format.space_before = Pt(8)
    paragraph.paragraph_format.keep_with_next = True
    add_chart(document, paragraph, block, number)
    caption = document.add_paragraph()
    caption.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _run(caption, block.title, decree.RECIPIENTS_HEAD, is_italic=True)


def _signature(document: Document, block: Signature) -> None:
    gap = document.add_paragraph()
    gap.paragraph_format.line_spacing = Pt(10)
    gap.paragraph_format.keep_with_next = True
    half = decree.TEXT_WIDTH / 2
    left, right = _frame(document, 1, (half, half), 0).rows[0].cells
    _lines(left, block.recipients, half)
    _lines(right, block.signers, half)
    right.add_paragraph().paragraph_format.space_after = Mm(block.room_mm)
