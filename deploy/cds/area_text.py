"""A rehearsal of a succession as the operator reads it: a table of what moves, and what to look at before."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

KINDS = {"merge": "Sáp nhập", "split": "Chia tách", "rename": "Đổi tên", "move": "Chuyển"}
SHOWN = 12  # groups named in full in one cell


def print_rehearsal(report: dict[str, Any], console: Console) -> None:
    console.print(f"[bold]{KINDS[report['kind']]} từ ngày {_day(report['on'])}[/bold]")
    if report["is_known"]:
        console.print("Việc này đã được khai đúng như vậy; không có gì thay đổi.")
        return
    for area in report["ends"]:
        console.print(f"Kết thúc: {_named(area)}", highlight=False)
    for area in report["stays"]:
        console.print(f"Vẫn còn: {_named(area)}", highlight=False)
    console.print(_moves(report))
    for line in _lines(report):
        console.print(line, highlight=False)


def _moves(report: dict[str, Any]) -> Table:
    table = Table("Đến", "Tổ", "Tình nguyện viên", "Tổ công nghệ số", "Địa điểm")
    for move in report["moves"]:
        main = " (chính)" if move["is_main"] and len(report["moves"]) > 1 else ""
        counts = [str(move[name]) for name in ("volunteers", "teams", "venues")]
        table.add_row(f"{_named(move['to'])}{main}", _groups(move["groups"]), *counts)
    totals = report["totals"]
    table.add_row("Tổng", *(str(totals[name]) for name in ("groups", "volunteers", "teams", "venues")), style="bold")
    return table


def _groups(groups: list[dict[str, Any]]) -> str:
    more = f" … (và {len(groups) - SHOWN} tổ nữa)" if len(groups) > SHOWN else ""
    return escape(f"{len(groups)}: {', '.join(group['code'] for group in groups[:SHOWN])}{more}") if groups else "0"


def _lines(report: dict[str, Any]) -> Iterator[str]:
    yield _sessions(report.get("sessions"))
    for later in report["later"]:
        group, to = _named(later["group"]), _named(later["to"])
        yield f"Theo việc đã khai sau đó: từ {_day(later['on'])} {group} thuộc {to}."
    for client in report["clients"]:
        yield f"Ứng dụng liên quan: {escape(client['client_id'])} ({escape(client['name'])})"
    for campaign in report["campaigns"]:
        days = f"{_day(campaign['starts_on'])} – {_day(campaign['ends_on'])}"
        yield f"Đợt có nêu đơn vị cũ: {escape(campaign['name'])} ({days})"
    for target in report["targets"]:
        yield f"Chỉ tiêu của {_named(target['area'])}: {escape(target['service'])}"
    for one in report["ambiguous"]:
        counts = ", ".join(f"{one[name]} {word}" for name, word in _THINGS.items() if one.get(name))
        yield f"[yellow]Chưa rõ: {escape(one['message'])} ({counts})[/yellow]"
    if not report["ambiguous"]:
        yield "Không còn gì chưa rõ."


_THINGS = {"groups": "tổ", "volunteers": "tình nguyện viên", "teams": "tổ công nghệ số", "venues": "địa điểm"}


def _sessions(sessions: dict[str, int] | None) -> str:
    if sessions is None:
        return "Chưa đếm được buổi hỗ trợ: cơ sở dữ liệu của reporting không trả lời."
    opened, later = sessions["opened"], sessions["opened_from_the_day_on"]
    return f"Buổi hỗ trợ đã mở ở đơn vị cũ: {opened}, trong đó từ ngày này trở đi: {later}."


def _named(area: dict[str, Any]) -> str:
    return escape(f"{area['name']} ({area['code']})")


def _day(text: str) -> str:
    year, month, day = text.split("-")
    return f"{int(day)}/{int(month)}/{year}"
