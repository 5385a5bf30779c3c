"""Section II: how far each unit is on the way to the last person, as a table, remarks and a chart.

Guarantee: the columns are before + in the period + adjusted = cumulative, and goal − cumulative = left; a share over
100 % is printed as it is and explained with its denominator's date and source.
"""

from collections.abc import Iterator, Sequence

from services.reporting.documents.blocks import Block, Chart, Column, Table, Text, plain
from services.reporting.documents.formats import (
    counted,
    day,
    day_month,
    in_sentence,
    number,
    share,
    signed,
    upper_first,
)
from services.reporting.documents.parts import Amendment, Progress, UnitProgress
from services.reporting.documents.reports import Report

MOST_NAMED = 5
UNIT = "(người,\u00a0tính\u00a0một\u00a0lần)"  # not torn apart


def blocks(report: Report) -> Iterator[Block]:
    """One service has its name in the heading; of several, each has a heading of its own."""
    if not report.progress:
        yield Text("II. TIẾN ĐỘ CHỈ TIÊU", 1)
        yield Text("Không có chỉ tiêu đang thực hiện.")
    elif len(report.progress) == 1:
        yield Text(f"II. TIẾN ĐỘ {_capitals(report.progress[0].service)} {UNIT}", 1)
        yield from _one(report, report.progress[0])
    else:
        yield Text(f"II. TIẾN ĐỘ CHỈ TIÊU ĐẾN NGƯỜI CUỐI CÙNG {UNIT}", 1)
        for index, part in enumerate(report.progress, 1):
            yield Text(plain(f"{index}. {upper_first(part.service)}"), 2)
            yield from _one(report, part)


def _capitals(service: str) -> str:
    """In capitals, but a name that has its own way of writing keeps it: `KÍCH HOẠT VNeID ĐẾN NGƯỜI CUỐI CÙNG`."""
    words = (word if word.lower() == "vneid" else word.upper() for word in plain(service).split())
    return f"{' '.join(words)} ĐẾN NGƯỜI CUỐI CÙNG"


def _one(report: Report, part: Progress) -> Iterator[Block]:
    yield table(report, part)
    if told := " ".join([*_remarks(report, part), *amended(part.amendments)]):
        yield Text(plain(told))
    if len(part.points) > 1:
        first = day_month(part.points[0].day)
        yield Chart(f"Biểu đồ: lũy kế và kế hoạch từ ngày {first}", "Lũy kế", "Kế hoạch", part.points)


def table(report: Report, part: Progress) -> Table:
    """The units and the whole."""
    words = report.period.words
    headings = [
        ("TT", 9.0), ("Đơn vị", 32.0), ("Chỉ tiêu", 15.0), (words.before, 15.0), (upper_first(words.inside), 16.0),
        ("Điều chỉnh", 15.0), ("Lũy kế", 15.0), ("Còn lại", 14.0), ("Tỷ lệ", 17.0), ("Kế hoạch", 17.0),
    ]  # fmt: skip
    columns = [Column(text, width, "left" if text == "Đơn vị" else "center") for text, width in headings]
    rows = [_row(str(index), unit) for index, unit in enumerate(part.units, 1)]
    return Table(columns, [*rows, _row("", part.total(report.office.whole))], 12)


def _row(index: str, unit: UnitProgress) -> list[str]:
    counts = (unit.goal, unit.before, unit.today)
    rest = (number(unit.done), number(unit.left), share(unit.done, unit.goal), number(unit.expected))
    return [index, plain(unit.name), *(number(count) for count in counts), signed(unit.adjusted), *rest]


def _remarks(report: Report, part: Progress) -> Iterator[str]:
    """Where the goal comes from, who is behind, who is above it, and what no row tells."""
    if part.source and part.as_of:
        yield f"Chỉ tiêu theo số liệu {part.source} ngày {day(part.as_of)}."
    yield from _behind(part)
    yield from (_over(part, unit) for unit in part.units if unit.is_over)
    if part.left_in_units != part.total("").left:
        yield f"Cộng số còn lại của từng đơn vị là {counted(part.left_in_units)} người."
    if part.elsewhere:
        inside = upper_first(report.period.words.inside)
        yield f"{inside} còn có {counted(part.elsewhere)} người ở nơi chưa giao chỉ tiêu hoặc chưa rõ, ngoài bảng này."
    if part.rebased:
        yield f"Cột điều chỉnh có {signed(part.rebased)} người do số đã đạt được lấy theo số liệu mới hơn."


def _behind(part: Progress) -> Iterator[str]:
    """Who is behind; of many those who are most."""
    behind = [unit for unit in part.units if unit.gap < 0]
    if len(behind) > MOST_NAMED:
        yield f"{counted(len(behind))} đơn vị chậm so với kế hoạch, nhiều nhất là {_named(behind, MOST_NAMED)}."
    elif behind:
        yield f"{upper_first(_named(behind, None))} so với kế hoạch."


def _named(behind: Sequence[UnitProgress], most: int | None) -> str:
    """In the order of the table, or the first `most` of those with the widest gap."""
    chosen = sorted(behind, key=lambda unit: unit.gap)[:most] if most else behind
    return ", ".join(f"{in_sentence(unit.name)} chậm {counted(-unit.gap)} người" for unit in chosen)


def _over(part: Progress, unit: UnitProgress) -> str:
    of = f" của {part.source} ngày {day(part.as_of)}" if part.source and part.as_of else ""
    return f"{unit.name} vượt 100% ({share(unit.done, unit.goal)} so với chỉ tiêu {number(unit.goal)}{of})."


def amended(amendments: Sequence[Amendment]) -> Iterator[str]:
    """What amendments changed of earlier days, as one sentence."""
    told = [f"ngày {day_month(one.day)} {_changes(one)} (bản điều chỉnh số {one.number})" for one in amendments]
    if told:
        yield f"Điều chỉnh: {'; '.join(told)}."


def _changes(one: Amendment) -> str:
    told = []
    if one.late:
        told.append(f"bổ sung {counted(one.late)} lượt gửi muộn")
    if one.corrected:
        told.append(f"đính chính {'tăng' if one.corrected > 0 else 'giảm'} {counted(abs(one.corrected))} lượt")
    if one.voided:
        told.append(f"hủy {counted(one.voided)} lượt{f' {one.voided_as}' if one.voided_as else ''}")
    if one.others:
        told.append(f"thay đổi khác {signed(one.others)} lượt")
    if one.residents is not None and one.residents != one.assists:
        told.append(f"{'tương ứng' if told else 'thay đổi'} {signed(one.residents)} người")
    return ", ".join(told)
