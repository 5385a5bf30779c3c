"""Documents and exports that LibreOffice opens have the same values as ours."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import zipfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import docx
import pypdf
import pytest
import python_calamine

from services.reporting.documents import fonts
from services.reporting.documents.composing import compose
from services.reporting.documents.docx_writer import write_docx
from services.reporting.documents.pdf_writer import write_pdf
from services.reporting.documents.reports import Office
from services.reporting.exports import COLUMNS, csv_stream, xlsx_stream
from tests.support.duong_kinh import ACTIVATION, COMMITTEE, UNION, daily
from tests.support.libreoffice import saved_as

KEYS = ("day", "area_code", "area_name", "outcome", "assists", "success_rate", "pace", "seconds", "updated_at")
ROWS: list[dict[str, Any]] = [
    {
        "day": dt.date(2026, 3, 15) - dt.timedelta(days=number),
        "area_code": f"0{number}",
        "area_name": text,
        "outcome": "completed",
        "assists": number * 1030,
        "success_rate": Decimal(number * 1000) / 7,
        "pace": Decimal("3.43") - number,
        "seconds": number * 142_200,
        "updated_at": dt.datetime(2026, 3, 15, 17, number, tzinfo=dt.UTC),
    }
    for number, text in enumerate(
        ["Phường Dương Kinh", "=1+1", "+84", "-5", "@SUM(A1)", "'=x", "dòng 1\ndòng 2", "http://x.vn"]
    )
]
# Separator, quote, UTF-8, from the first line, English numbers; the third column and the second are texts.
FROM_CSV = "--infilter=Text - txt - csv (StarCalc):44,34,76,1,2/2/3/2,1033,false,false"


def values(workbook: bytes) -> list[list[Any]]:
    return python_calamine.load_workbook(io.BytesIO(workbook)).get_sheet_by_index(0).to_python()


def texts(document: Any) -> list[str]:
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return [text for text in [*(one.text for one in document.paragraphs), *cells] if text]


@pytest.mark.parametrize("form", ["xlsx", "ods"])
def test_our_workbook_saved_by_libreoffice_has_the_same_values(tmp_path: Path, form: str) -> None:
    ours = b"".join(xlsx_stream([COLUMNS[key] for key in KEYS], ROWS))
    (tmp_path / "export.xlsx").write_bytes(ours)

    saved = saved_as(tmp_path / "export.xlsx", form, tmp_path / "out").read_bytes()

    assert len(values(ours)) == len(ROWS) + 1
    assert values(saved) == values(ours)


def test_our_csv_opened_by_libreoffice_has_the_values_of_the_workbook_and_computes_nothing(tmp_path: Path) -> None:
    columns = [COLUMNS[key] for key in KEYS]
    (tmp_path / "export.csv").write_bytes(b"".join(csv_stream(columns, ROWS)))

    saved = saved_as(tmp_path / "export.csv", "xlsx", tmp_path / "out", FROM_CSV).read_bytes()

    with zipfile.ZipFile(io.BytesIO(saved)) as archive:
        assert not re.search(r"<f[ >]", archive.read("xl/worksheets/sheet1.xml").decode())
    [_, *ours], [_, *opened] = values(b"".join(xlsx_stream(columns, ROWS))), values(saved)
    written = list(csv.reader(io.StringIO((tmp_path / "export.csv").read_text("utf-8-sig"), newline="")))[1:]
    for mine, found, line in zip(ours, opened, written, strict=True):
        assert [found[index] for index in (0, 1, 4, 5, 6, 7)] == [mine[index] for index in (0, 1, 4, 5, 6, 7)]
        assert found[2] == line[2]


@pytest.mark.parametrize("office", [COMMITTEE, UNION], ids=["committee", "union"])
def test_the_report_saved_by_libreoffice_has_the_same_texts(tmp_path: Path, office: Office) -> None:
    ours = write_docx(compose(daily(office)))
    (tmp_path / "report.docx").write_bytes(ours)

    saved = docx.Document(str(saved_as(tmp_path / "report.docx", "docx", tmp_path / "out")))

    assert texts(saved) == texts(docx.Document(io.BytesIO(ours)))
    assert round(saved.sections[0].left_margin.mm) == 30  # type: ignore[union-attr]


def test_the_chart_keeps_its_numbers_in_libreoffice(tmp_path: Path) -> None:
    (tmp_path / "report.docx").write_bytes(write_docx(compose(daily())))

    saved = saved_as(tmp_path / "report.docx", "docx", tmp_path / "out")

    with zipfile.ZipFile(saved) as archive:
        [name] = [name for name in archive.namelist() if re.fullmatch(r"word/charts/chart\d+\.xml", name)]
        chart = archive.read(name).decode()
    found = [re.findall(r"<c:v>(\d+)</c:v>", part) for part in re.findall(r"<c:val>(.*?)</c:val>", chart, re.DOTALL)]
    assert found == [
        [str(point.done) for point in ACTIVATION.points],
        [str(point.expected) for point in ACTIVATION.points],
    ]


@pytest.fixture
def only_our_fonts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The typeface of this project beside what the machine has, so that Times New Roman has its metrics anywhere."""
    told = f"<fontconfig><dir>{fonts.FILES}</dir><include ignore_missing='yes'>/etc/fonts/fonts.conf</include></fontconfig>"
    (tmp_path / "fonts.conf").write_text(told)
    monkeypatch.setenv("FONTCONFIG_FILE", str(tmp_path / "fonts.conf"))


@pytest.mark.usefixtures("only_our_fonts")
def test_the_docx_printed_by_libreoffice_has_the_pages_of_our_pdf(tmp_path: Path) -> None:
    paper = compose(daily())
    (tmp_path / "report.docx").write_bytes(write_docx(paper))

    printed = pypdf.PdfReader(saved_as(tmp_path / "report.docx", "pdf", tmp_path / "out"))
    ours = pypdf.PdfReader(io.BytesIO(write_pdf(paper)))

    assert len(printed.pages) == len(ours.pages) == 2
    for theirs, mine in zip(printed.pages, ours.pages, strict=True):
        text = " ".join(theirs.extract_text().split())
        lines = [" ".join(line.split()) for line in mine.extract_text().splitlines() if len(line.strip()) > 40]
        assert len(lines) > 3
        assert [line for line in lines if line not in text] == []
