"""The chart of a DOCX: a real chart of the office suite with its numbers inside, to restyle and to check.

Guarantee: the parts are those of ECMA-376 (a chart part, and the workbook with its numbers embedded), the numbers are
in the chart's own cache too, and the two lines are told apart without colour.
"""

import datetime as dt
import io
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import xlsxwriter
from docx.document import Document
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml.parser import parse_xml
from docx.text.paragraph import Paragraph

from services.reporting.documents import decree
from services.reporting.documents.axis import axis
from services.reporting.documents.blocks import Chart
from services.reporting.documents.formats import day_month

EMU_PER_MM = 36_000
HEIGHT_MM = 62
SHEET = "Số liệu"
CHART_TYPE = "application/vnd.openxmlformats-officedocument.drawingml.chart+xml"
WORKBOOK_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DRAWING = """<w:drawing xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"
 xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"
 xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"><wp:inline distT="0" distB="0" distL="0" distR="0">
<wp:extent cx="{width}" cy="{height}"/><wp:docPr id="{number}" name="Chart {number}" descr={title}/>
<wp:cNvGraphicFramePr/><a:graphic><a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/chart">
<c:chart xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart"
 xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" r:id="{relation}"/>
</a:graphicData></a:graphic></wp:inline></w:drawing>"""
SPACE = """<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<c:chartSpace xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart"
 xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"
 xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><c:roundedCorners val="0"/>
<c:chart><c:autoTitleDeleted val="1"/><c:plotArea><c:layout/><c:lineChart><c:grouping val="standard"/>
<c:varyColors val="0"/>{series}<c:marker val="1"/><c:axId val="1001"/><c:axId val="1002"/></c:lineChart>
<c:catAx><c:axId val="1001"/><c:scaling><c:orientation val="minMax"/></c:scaling><c:delete val="0"/>
<c:axPos val="b"/><c:numFmt formatCode="General" sourceLinked="0"/><c:majorTickMark val="out"/>
<c:minorTickMark val="none"/><c:tickLblPos val="low"/><c:crossAx val="1002"/><c:crosses val="autoZero"/>
<c:auto val="0"/><c:lblAlgn val="ctr"/><c:lblOffset val="100"/><c:noMultiLvlLbl val="1"/></c:catAx>
<c:valAx><c:axId val="1002"/><c:scaling><c:orientation val="minMax"/><c:max val="{high}"/><c:min val="{low}"/>
</c:scaling><c:delete val="0"/><c:axPos val="l"/><c:majorGridlines><c:spPr><a:ln w="6350"><a:solidFill>
<a:srgbClr val="CCCCCC"/></a:solidFill></a:ln></c:spPr></c:majorGridlines>
<c:numFmt formatCode="#,##0" sourceLinked="0"/><c:majorTickMark val="out"/><c:minorTickMark val="none"/>
<c:tickLblPos val="nextTo"/><c:crossAx val="1001"/><c:crosses val="min"/><c:crossBetween val="midCat"/>
<c:majorUnit val="{step}"/></c:valAx></c:plotArea><c:legend><c:legendPos val="b"/><c:overlay val="0"/></c:legend>
<c:plotVisOnly val="1"/><c:dispBlanksAs val="gap"/></c:chart>
<c:spPr><a:solidFill><a:srgbClr val="FFFFFF"/></a:solidFill><a:ln><a:noFill/></a:ln></c:spPr>
<c:txPr><a:bodyPr/><a:lstStyle/><a:p><a:pPr><a:defRPr sz="1000"><a:solidFill><a:srgbClr val="000000"/></a:solidFill>
<a:latin typeface="{font}"/><a:cs typeface="{font}"/></a:defRPr></a:pPr><a:endParaRPr lang="vi-VN"/></a:p></c:txPr>
<c:externalData r:id="{workbook}"><c:autoUpdate val="0"/></c:externalData></c:chartSpace>"""
SERIES = """<c:ser><c:idx val="{index}"/><c:order val="{index}"/><c:tx><c:strRef><c:f>'{sheet}'!${column}$1</c:f>
<c:strCache><c:ptCount val="1"/><c:pt idx="0"><c:v>{name}</c:v></c:pt></c:strCache></c:strRef></c:tx>
<c:spPr><a:ln w="{thickness}"><a:solidFill><a:srgbClr val="{colour}"/></a:solidFill><a:prstDash val="{dash}"/></a:ln>
</c:spPr><c:marker><c:symbol val="none"/></c:marker>
<c:cat><c:strRef><c:f>'{sheet}'!$A$2:$A${last}</c:f><c:strCache><c:ptCount val="{count}"/>{days}</c:strCache></c:strRef>
</c:cat><c:val><c:numRef><c:f>'{sheet}'!${column}$2:${column}${last}</c:f><c:numCache><c:formatCode>General</c:formatCode>
<c:ptCount val="{count}"/>{values}</c:numCache></c:numRef></c:val><c:smooth val="0"/></c:ser>"""


def add_chart(document: Document, paragraph: Paragraph, block: Chart, number: int) -> None:
    """Puts the chart, the document's `number`-th, into the paragraph."""
    package = document.part.package
    workbook = Part(PackURI(f"/word/embeddings/so-lieu-{number}.xlsx"), WORKBOOK_TYPE, _workbook(block), package)
    chart = Part(PackURI(f"/word/charts/chart{number}.xml"), CHART_TYPE, b"", package)
    chart._blob = _space(block, chart.relate_to(workbook, RELATIONSHIP_TYPE.PACKAGE)).encode()
    drawing = DRAWING.format(
        width=decree.TEXT_WIDTH_MM * EMU_PER_MM,
        height=HEIGHT_MM * EMU_PER_MM,
        number=number,
        title=quoteattr(block.title),
        relation=document.part.relate_to(chart, RELATIONSHIP_TYPE.CHART),
    )
    paragraph.add_run()._r.append(parse_xml(drawing))


def _space(block: Chart, workbook: str) -> str:
    low, high, step = axis(value for point in block.points for value in (point.done, point.expected))
    lines = [
        {"name": block.done, "values": [point.done for point in block.points], "colour": "000000", "dash": "solid",
         "thickness": 25_400},
        {"name": block.expected, "values": [point.expected for point in block.points], "colour": "555555",
         "dash": "dash", "thickness": 19_050},
    ]  # fmt: skip
    series = "".join(_series(block, index, line) for index, line in enumerate(lines))
    return SPACE.format(series=series, low=low, high=high, step=step, font=decree.FONT, workbook=workbook)


def _series(block: Chart, index: int, line: dict[str, Any]) -> str:
    return SERIES.format(
        index=index,
        sheet=SHEET,
        column="BC"[index],
        name=escape(line["name"]),
        thickness=line["thickness"],
        colour=line["colour"],
        dash=line["dash"],
        last=len(block.points) + 1,
        count=len(block.points),
        days=_cache([day_month(point.day) for point in block.points]),
        values=_cache(line["values"]),
    )


def _cache(values: list[Any]) -> str:
    return "".join(f'<c:pt idx="{index}"><c:v>{value}</c:v></c:pt>' for index, value in enumerate(values))


def _workbook(block: Chart) -> bytes:
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as workbook:
        workbook.set_properties({"created": dt.datetime(1980, 1, 1)})
        sheet = workbook.add_worksheet(SHEET)
        for column, heading in enumerate(("Ngày", block.done, block.expected)):
            sheet.write_string(0, column, heading)
        for row, point in enumerate(block.points, 1):
            sheet.write_string(row, 0, day_month(point.day))
            sheet.write_number(row, 1, point.done)
            sheet.write_number(row, 2, point.expected)
    return stream.getvalue()
