"""The chart of a PDF: what was reached as a solid line, what was planned as a broken one, black on white.

Guarantee: it is drawn as vectors with the document's own typeface, and told apart without colour, as a copier needs it.
"""

from collections.abc import Iterator
from typing import Any

from reportlab.graphics.charts.linecharts import HorizontalLineChart
from reportlab.graphics.shapes import Drawing, Line, Shape, String
from reportlab.graphics.widgets.markers import makeMarker
from reportlab.lib import colors

from services.reporting.documents import decree, fonts
from services.reporting.documents.axis import axis
from services.reporting.documents.blocks import Chart
from services.reporting.documents.formats import day_month, number

HEIGHT = 170
SIZE = 10
LEFT, RIGHT, BOTTOM, TOP = 40, 42, 34, 10
MOST_LABELS = 16
SAMPLE, GAP = 30.0, 24.0
DONE: dict[str, Any] = {"strokeColor": colors.black, "strokeWidth": 1.6}
EXPECTED: dict[str, Any] = {"strokeColor": colors.HexColor("#555555"), "strokeWidth": 1.2, "strokeDashArray": [4, 3]}


def drawing(block: Chart) -> Drawing:
    """The chart, as wide as the text."""
    fonts.register()
    canvas = Drawing(decree.TEXT_WIDTH, HEIGHT, initialFontName=fonts.FACES[False, False])
    plot = _plot(block)
    canvas.add(plot)
    last = block.points[-1]
    for value, shift in _end_labels(last.done, last.expected, plot):
        canvas.add(
            String(plot.x + plot.width + 4, shift, number(value), fontName=fonts.FACES[False, False], fontSize=SIZE)
        )
    for shape in _legend(block):
        canvas.add(shape)
    return canvas


def _plot(block: Chart) -> HorizontalLineChart:
    plot = HorizontalLineChart()
    plot.x, plot.y = LEFT, BOTTOM
    plot.width, plot.height = int(decree.TEXT_WIDTH) - LEFT - RIGHT, HEIGHT - BOTTOM - TOP
    plot.data = [[point.done for point in block.points], [point.expected for point in block.points]]
    plot.joinedLines = 1
    for line, look in ((plot.lines[0], DONE), (plot.lines[1], EXPECTED)):
        for name, value in look.items():
            setattr(line, name, value)
    if len(block.points) <= MOST_LABELS * 2:
        dot = makeMarker("FilledCircle", size=4, fillColor=colors.black)  # type: ignore[no-untyped-call]
        plot.lines[0].symbol = dot
    _set_axes(plot, block)
    return plot


def _set_axes(plot: HorizontalLineChart, block: Chart) -> None:
    low, high, step = axis(value for point in block.points for value in (point.done, point.expected))
    values, days = plot.valueAxis, plot.categoryAxis
    values.valueMin, values.valueMax, values.valueStep = low, high, step
    values.labelTextFormat = lambda value: number(round(value))
    values.visibleGrid, values.gridStrokeColor, values.gridStrokeWidth = 1, colors.HexColor("#cccccc"), 0.4
    every = -(-len(block.points) // MOST_LABELS)
    days.categoryNames = [
        day_month(point.day) if index % every == 0 else "" for index, point in enumerate(block.points)
    ]
    for labels in (values.labels, days.labels):
        labels.fontName, labels.fontSize = fonts.FACES[False, False], SIZE


def _end_labels(done: int, expected: int, plot: HorizontalLineChart) -> list[tuple[int, float]]:
    """The last values beside their lines' ends, pushed apart where they would overlap."""
    low, high = plot.valueAxis.valueMin, plot.valueAxis.valueMax
    scale = plot.height / (high - low)
    places = [plot.y + (value - low) * scale - SIZE / 3 for value in (done, expected)]
    if done == expected:
        return [(done, places[0])]
    upper, lower = (0, 1) if done > expected else (1, 0)
    if (missing := SIZE - (places[upper] - places[lower])) > 0:
        places[upper] += missing / 2
        places[lower] -= missing / 2
    return [(done, places[0]), (expected, places[1])]


def _legend(block: Chart) -> Iterator[Shape]:
    """A piece of each line, and its name."""
    names = ((block.done, DONE), (block.expected, EXPECTED))
    lengths = [SAMPLE + 6 + fonts.width(name, SIZE) for name, _ in names]
    x = (decree.TEXT_WIDTH - sum(lengths) - GAP) / 2
    for (name, look), length in zip(names, lengths, strict=True):
        yield Line(x, 9, x + SAMPLE, 9, **look)
        yield String(x + SAMPLE + 6, 6, name, fontName=fonts.FACES[False, False], fontSize=SIZE)
        x += length + GAP
