"""The result in one line, for a chat group.

Guarantee: one line without a line break; the figures are the report's own.
"""

from services.reporting.documents.blocks import plain
from services.reporting.documents.formats import counted, day, number, share, upper_first
from services.reporting.documents.parts import Progress
from services.reporting.documents.reports import Report


def one_line(report: Report) -> str:
    """`Phường Dương Kinh 15/3/2026: 61 lượt hỗ trợ, 53 thành công (86,9%); VNeID 26; …; còn 113 người.`"""
    total = report.results.total
    when = day(report.period.first_day) if report.period.kind == "day" else report.period.name
    head = f"{upper_first(report.office.area)} {when}: {number(total.assists)} lượt hỗ trợ"
    if total.assists:
        head += f", {number(total.completed)} thành công ({share(total.completed, total.assists)})"
    done = sorted((one for one in report.results.services if one.completed), key=lambda one: -one.completed)
    parts = [f"{one.short or one.name} {number(one.completed)}" for one in done]
    parts += [_progress(part) for part in report.progress]
    reported = report.completeness
    if reported is not None and reported.expected:
        parts.append(f"báo cáo {counted(reported.actual)}/{counted(reported.expected)}")
    state = "" if report.is_closed else " (tạm tính)"
    return " ".join(plain(f"{'; '.join([head, *parts])}{state}.").split())


def _progress(part: Progress) -> str:
    whole = part.total("")
    reached = f"lũy kế {number(whole.done)}/{number(whole.goal)} ({share(whole.done, whole.goal)})"
    return f"{part.service}: {reached}, còn {number(whole.left)}"
