"""What an import says on a terminal: what was understood, then what became of the rows.

Guarantee: it names every refused row's reason with its column, up to a bound that it states; nothing of a list is
taken for Rich markup.
"""

from collections.abc import Iterable

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from services.registry.imports.entries import NOT_KEPT
from services.registry.imports.report import RESULTS, Report
from shared.sheets import Ignored

LISTED = 20  # rows named on a terminal
PAIRS = 10


def print_understood(report: Report, rows: int, console: Console) -> None:
    found = report.understanding
    first, last = found.header_rows
    where = f"dòng {first}" if first == last else f"dòng {first}-{last}"
    console.print(f"[bold]Đã đọc[/bold] «{escape(found.sheet)}», tiêu đề ở {where}, {rows} dòng dữ liệu.")
    if found.other_sheets:
        console.print(f"Không đọc trang khác: {escape(', '.join(found.other_sheets))}.")
    table = _table("Cột", "Tiêu đề trong tệp", "Hiểu là")
    for heading in found.columns:
        if heading.key:
            kept = " [yellow](không lưu)[/yellow]" if heading.key in NOT_KEPT else ""
            table.add_row(heading.letter, escape(heading.text), f"{escape(report.title(heading.key))}{kept}")
    for heading in found.not_understood:
        if heading.key is None:
            table.add_row(heading.letter, escape(heading.text), "[yellow]không hiểu, bỏ qua[/yellow]")
    console.print(table)
    for assumption in report.assumptions:
        console.print(f"  • {escape(assumption)}")
    console.print()


def print_report(report: Report, console: Console) -> None:
    counts = report.counts()
    head = "Diễn tập, chưa ghi gì" if report.is_dry_run else "Kết quả"
    told = ", ".join(f"{RESULTS[result]} {count}" for result, count in counts.items())
    console.print(f"[bold]{head}[/bold]: {told}; bỏ qua {report.ignored_rows} dòng không phải dữ liệu.")
    _print_ignored(report.ignored, report.ignored_rows, console)
    _print_rows(report, "refused", "Dòng không nhận", console)
    _print_rows(report, "changed", "Dòng thay đổi", console)
    _print_twins(report, console)


def _print_ignored(ignored: Iterable[Ignored], count: int, console: Console) -> None:
    by_reason: dict[str, list[int]] = {}
    for one in ignored:
        by_reason.setdefault(one.told, []).append(one.number)
    for told, numbers in by_reason.items():
        more = " …" if len(numbers) > LISTED else ""
        console.print(f"  {told}: {', '.join(map(str, numbers[:LISTED]))}{more}")


def _print_rows(report: Report, result: str, title: str, console: Console) -> None:
    found = [one for one in report.outcomes if one.result == result]
    if not found:
        return
    table = _table("Dòng", "Tên", "Lý do" if result == "refused" else "Điều thay đổi", title=title)
    for one in found[:LISTED]:
        detail = "\n".join(report.told(refusal) for refusal in one.refusals)
        detail = detail or ", ".join(report.title(key) for key in one.changed)
        table.add_row(str(one.number), escape(one.name), escape(detail))
    console.print(table)
    if len(found) > LISTED:
        console.print(f"  … và {len(found) - LISTED} dòng nữa; xem đủ bằng --report TỆP.xlsx.")


def _print_twins(report: Report, console: Console) -> None:
    if not report.twins:
        return
    table = _table("Dòng", "Mới nhập", "Có thể là", "Vì sao", title=f"Có thể trùng: {len(report.twins)} dòng")
    for one in report.twins[:PAIRS]:
        table.add_row(str(one.number), escape(one.name), escape(one.other_name), escape(one.reason))
    console.print(table)
    if len(report.twins) > PAIRS:
        console.print(f"  … và {len(report.twins) - PAIRS} dòng nữa; xem đủ bằng --report, hoặc ở danh sách trùng.")


def _table(*columns: str, title: str | None = None) -> Table:
    table = Table(*columns, title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD)
    table.columns[0].no_wrap = True
    return table
