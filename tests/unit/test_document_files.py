"""The DOCX and the PDF: page, margins, typeface and places as Decree 30/2020 wants them, and both say the same."""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import docx
import pypdf
import pytest
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from reportlab.pdfbase.ttfonts import TTFont

from services.reporting.documents import decree, fonts
from services.reporting.documents.blocks import Column, Line, Paper, Table, Text
from services.reporting.documents.composing import compose
from services.reporting.documents.docx_writer import write_docx
from services.reporting.documents.parts import Remarks, UnitProgress
from services.reporting.documents.pdf_writer import write_pdf
from tests.support.duong_kinh import ACTIVATION, DAY, UNION, daily

TWIPS_PER_MM = 1440 / 25.4
POINTS_PER_MM = 72 / 25.4
LETTERS = "aăâbcdđeêghiklmnoôơpqrstuưvxyàáảãạằắẳẵặầấẩẫậèéẻẽẹềếểễệìíỉĩịòóỏõọồốổỗộờớởỡợùúủũụừứửữựỳýỷỹỵ"


def paper_of(*blocks: Any) -> Paper:
    return Paper(issued_on=DAY, title="Thử", author="Thử", subject="", keywords="", blocks=blocks)


def opened(paper: Paper) -> Any:
    return docx.Document(io.BytesIO(write_docx(paper)))


def part(paper: Paper, name: str) -> str:
    with zipfile.ZipFile(io.BytesIO(write_docx(paper))) as archive:
        return archive.read(name).decode()


def pages(paper: Paper) -> list[str]:
    return [" ".join(page.extract_text().split()) for page in pypdf.PdfReader(io.BytesIO(write_pdf(paper))).pages]


def pieces(page: pypdf.PageObject) -> Iterator[tuple[str, float, float, str, float]]:
    """Every piece of text with its place in points, its font and size."""
    found: list[tuple[str, float, float, str, float]] = []

    def visit(text: str, user: Any, matrix: Any, font: Any, size: float) -> None:
        if text.strip():
            found.append((text, user[4] + matrix[4], user[5] + matrix[5], str((font or {}).get("/BaseFont", "")), size))

    page.extract_text(visitor_text=visit)
    return iter(found)


def paragraph(document: Any, text: str) -> Any:
    everywhere = [
        *document.paragraphs,
        *(one for table in document.tables for cell in table._cells for one in cell.paragraphs),
    ]
    [found] = [one for one in everywhere if one.text == text]
    return found


def test_the_page_of_the_docx_is_a4_with_the_decrees_margins() -> None:
    section = opened(compose(daily())).sections[0]

    assert (section.page_width.mm, section.page_height.mm) == pytest.approx((210, 297), abs=0.1)
    assert 20 <= round(section.top_margin.mm, 1) <= 25
    assert 20 <= round(section.bottom_margin.mm, 1) <= 25
    assert 30 <= round(section.left_margin.mm, 1) <= 35
    assert 15 <= round(section.right_margin.mm, 1) <= 20


def test_every_letter_of_the_docx_is_times_new_roman_and_vietnamese() -> None:
    paper = compose(daily())
    styles, body = part(paper, "word/styles.xml"), part(paper, "word/document.xml")

    [normal] = re.findall(r'<w:style [^>]*w:default="1"[^>]*w:styleId="Normal".*?</w:style>', styles, re.DOTALL)
    for script in ("ascii", "hAnsi", "eastAsia", "cs"):
        assert f'w:{script}="Times New Roman"' in normal
    assert 'w:lang w:val="vi-VN"' in normal
    assert "w:rFonts" not in body
    assert 'w:sz w:val="28"' in normal


@pytest.mark.parametrize(
    ("text", "size", "bold", "italic"),
    [
        ("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", 13, True, None), ("Độc lập - Tự do - Hạnh phúc", 14, True, None),
        ("PHƯỜNG DƯƠNG KINH", 13, True, None), ("Dương Kinh, ngày 15 tháng 3 năm 2026", 14, None, True),
        ("BÁO CÁO", 14, True, None), ("IV. CHẾ ĐỘ BÁO CÁO", 14, True, None), ("03/03 tổ dân phố báo cáo (100,0%), đúng hạn 03/03 (100,0%).", 14, None, None),
        ("Nơi nhận:", 12, True, True), ("- Như trên;", 11, None, None), ("TM. ỦY BAN NHÂN DÂN", 14, True, None), ("Toàn phường", 12, True, None),
    ],
)  # fmt: skip
def test_each_part_of_the_docx_has_its_size_and_weight(
    text: str, size: float, bold: bool | None, italic: bool | None
) -> None:
    [run] = paragraph(opened(compose(daily())), text).runs

    assert (run.font.size.pt, run.bold, run.italic) == (size, bold, italic)


def test_body_paragraphs_are_justified_with_a_first_line_and_room_between() -> None:
    form = paragraph(
        opened(compose(daily())), "03/03 tổ dân phố báo cáo (100,0%), đúng hạn 03/03 (100,0%)."
    ).paragraph_format

    assert form.alignment == WD_ALIGN_PARAGRAPH.JUSTIFY
    assert 10 <= form.first_line_indent.mm <= 12.7
    assert form.space_before.pt >= 6
    assert 1 <= form.line_spacing <= 1.5


def test_the_page_number_stands_in_the_middle_above_from_the_second_page_of_the_docx() -> None:
    document = opened(compose(daily()))
    section = document.sections[0]

    assert section.different_first_page_header_footer
    assert section.header.paragraphs[0].alignment == WD_ALIGN_PARAGRAPH.CENTER
    assert [found.text for found in section.header._element.iter(qn("w:instrText"))] == ["PAGE"]
    assert "PAGE" not in section.first_page_header._element.xml
    assert section.header_distance.mm < section.top_margin.mm


def test_rules_in_the_docx_are_as_long_as_the_decree_wants_them() -> None:
    document = opened(compose(daily()))
    widths = [65 * POINTS_PER_MM, 100 * POINTS_PER_MM, 165 * POINTS_PER_MM]
    rules = [found for found in document.element.body.iter(qn("w:p")) if found.find(f".//{qn('w:pBdr')}") is not None]

    indents = [int(rule.find(f".//{qn('w:ind')}").get(qn("w:left"))) / 20 for rule in rules]
    lengths = [width - 2 * indent for width, indent in zip(widths, indents, strict=True)]
    body, motto, title = (
        fonts.width("PHƯỜNG DƯƠNG KINH", 13, is_bold=True), fonts.width("Độc lập - Tự do - Hạnh phúc", 14, is_bold=True),
        fonts.width("Kết quả hỗ trợ chuyển đổi số cộng đồng ngày 15 tháng 3 năm 2026", 14, is_bold=True),
    )  # fmt: skip
    assert lengths[1] == pytest.approx(motto, abs=1)
    assert 1 / 3 < lengths[0] / body < 1 / 2
    assert 1 / 3 < lengths[2] / title < 1 / 2


def test_tables_of_the_docx_repeat_their_heading_and_tear_no_row() -> None:
    for table in opened(compose(daily())).tables[1:3]:
        rows = [row._tr.trPr for row in table.rows]
        assert [found.find(qn("w:tblHeader")) is not None for found in rows] == [True] + [False] * (len(rows) - 1)
        assert all(found.find(qn("w:cantSplit")) is not None for found in rows)
        assert table._tbl.tblPr.find(qn("w:tblBorders")) is not None


def test_the_chart_of_the_docx_is_a_chart_with_its_numbers_and_a_workbook() -> None:
    paper = compose(daily())
    chart = part(paper, "word/charts/chart1.xml")

    series = re.findall(r"<c:ser>.*?</c:ser>", chart, re.DOTALL)
    values = [re.findall(r"<c:v>(\d+)</c:v>", found.partition("<c:val>")[2]) for found in series]
    assert values == [
        [str(point.done) for point in ACTIVATION.points],
        [str(point.expected) for point in ACTIVATION.points],
    ]
    assert 'prstDash val="dash"' in series[1]
    with zipfile.ZipFile(io.BytesIO(write_docx(paper))) as archive:
        assert zipfile.is_zipfile(io.BytesIO(archive.read("word/embeddings/so-lieu-1.xlsx")))
        assert "spreadsheetml.sheet" in archive.read("[Content_Types].xml").decode()
        assert "../embeddings/so-lieu-1.xlsx" in archive.read("word/charts/_rels/chart1.xml.rels").decode()


def test_docx_and_pdf_say_the_same() -> None:
    document, printed = opened(compose(daily())), " ".join(pages(compose(daily()))).replace("\u00a0", " ")

    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    said = [line for text in [*(one.text for one in document.paragraphs), *cells] for line in text.splitlines()]
    missing = [line for line in said if " ".join(line.split()) not in printed]
    assert len(said) > 100
    assert missing == []


def test_the_text_of_the_pdf_stays_inside_the_decrees_margins() -> None:
    for page in pypdf.PdfReader(io.BytesIO(write_pdf(compose(daily())))).pages:
        assert [float(side) / POINTS_PER_MM for side in page.mediabox[2:]] == pytest.approx([210, 297], abs=0.1)
        for text, x, y, font, size in pieces(page):
            right = x + fonts.width(text.strip("\n"), size, is_bold="Bold" in font)
            assert x >= 30 * POINTS_PER_MM - 0.1
            assert right <= 195 * POINTS_PER_MM + 45  # a justified line is told with its spaces too wide
            assert y >= 20 * POINTS_PER_MM - 0.1
            assert y <= (297 - 20) * POINTS_PER_MM or text.strip() == "2"


def test_the_pdf_embeds_liberation_serif_and_needs_no_other_font() -> None:
    found = {}
    for page in pypdf.PdfReader(io.BytesIO(write_pdf(compose(daily(UNION))))).pages:
        for font in page["/Resources"]["/Font"].values():  # type: ignore[index]
            found[font["/BaseFont"].partition("+")[2]] = "/FontFile2" in font["/FontDescriptor"]

    names = [name.removesuffix("-Regular") for name in fonts.FACES.values()]
    assert found == dict.fromkeys(names, True)


def test_only_the_pages_after_the_first_have_a_number_in_the_pdf() -> None:
    reader = pypdf.PdfReader(io.BytesIO(write_pdf(compose(daily()))))
    above = [[(text.strip(), x) for text, x, y, *_ in pieces(page) if y > 277 * POINTS_PER_MM] for page in reader.pages]

    middle = (30 + 165 / 2) * POINTS_PER_MM - fonts.width("2", decree.PAGE_NUMBER) / 2
    [first, [(number, x)]] = above
    assert (first, number) == ([], "2")
    assert x == pytest.approx(middle, abs=0.5)


def test_a_long_table_repeats_its_heading_on_every_page_of_the_pdf() -> None:
    units = [UnitProgress(f"TDP số {index}", 100, 10, 1, 0, 5) for index in range(1, 121)]
    printed = pages(compose(daily(progress=(replace(ACTIVATION, units=units),))))

    with_rows = [page for page in printed if "TDP số 4" in page or "TDP số 9" in page or "TDP số 6" in page]
    assert len(with_rows) > 2
    assert all("Đơn vị" in page for page in with_rows)


@pytest.mark.parametrize("filling", [0, 3, 6, 9, 12, 36])
def test_the_signature_is_never_torn_and_never_alone_on_a_page_of_the_pdf(filling: int) -> None:
    printed = pages(compose(daily(remarks=Remarks("\n".join(["Khó khăn."] * filling)))))

    [page] = [page for page in printed if "Nơi nhận:" in page]
    assert "PHÓ CHỦ TỊCH" in page
    assert "- Lưu: VT, VHXH." in page
    assert "báo cáo./." in page


def test_markup_and_odd_characters_are_set_as_they_are() -> None:
    text = "Tổ <b>3</b> & «A» <font color=red> &amp; x\u200b\x00\x0by"
    report = daily(remarks=Remarks(text))

    wanted = "Tổ <b>3</b> & «A» <font color=red> &amp; xy"
    assert wanted in [one.text for one in opened(compose(report)).paragraphs]
    assert wanted in " ".join(pages(compose(report)))


@pytest.mark.parametrize("write", [write_docx, write_pdf])
def test_the_same_report_makes_the_same_bytes_at_any_time(write: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    first = write(compose(daily()))
    monkeypatch.setattr("time.time", lambda: 2_000_000_000.0)
    real = __import__("time").localtime
    monkeypatch.setattr("time.localtime", lambda seconds=None: real(2_000_000_000 if seconds is None else seconds))

    assert hashlib.sha256(write(compose(daily()))).digest() == hashlib.sha256(first).digest()
    assert write(compose(daily(remarks=Remarks("Khác")))) != first


def test_the_whole_hash_is_in_the_metadata_of_both() -> None:
    paper = compose(daily())
    told, metadata = opened(paper).core_properties, pypdf.PdfReader(io.BytesIO(write_pdf(paper))).metadata

    wanted = f"sha256 3f9a{'07' * 28}c41e"
    assert (told.keywords, told.author, told.language) == (wanted, "Ủy ban nhân dân phường Dương Kinh", "vi-VN")
    assert metadata is not None
    assert (str(metadata["/Keywords"]), metadata.author) == (wanted, "Ủy ban nhân dân phường Dương Kinh")
    assert metadata.title == told.title == "Báo cáo Kết quả hỗ trợ chuyển đổi số cộng đồng ngày 15 tháng 3 năm 2026"


def test_every_vietnamese_letter_is_in_every_face() -> None:
    for face in fonts.FACES.values():
        known = TTFont(face, str(fonts.FILES / f"{face}.ttf")).face.charToGlyph
        assert [letter for letter in LETTERS + LETTERS.upper() + "–…·“”«»" if ord(letter) not in known] == []


def test_a_rule_is_no_longer_than_its_column() -> None:
    assert fonts.rule_length(Line("dài " * 100, 14, rule=1.0), 200) == 200


def test_a_table_without_a_total_has_no_bold_row() -> None:
    table = Table([Column("A", 80), Column("B", 85)], [["1", "x"]], 12, has_total=False)
    [heading, row] = opened(paper_of(Text("t"), table)).tables[0].rows

    assert heading.cells[0].paragraphs[0].runs[0].bold
    assert not row.cells[1].paragraphs[0].runs[0].bold
