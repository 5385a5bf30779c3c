"""The sentences of a report, from its parts: sections I, III and IV.

Guarantee: a sentence says only what its part counts, and where nothing happened it says so; an absent part has no
sentence. Counts have two digits at least, and each share stands beside the two numbers that it comes from.
"""

from collections.abc import Iterator

from services.reporting.documents.formats import counted, day_month, enumerated, hours, one_decimal, share, upper_first
from services.reporting.documents.parts import FieldWork, Incidents, Place, Stalls
from services.reporting.documents.reports import Report


def field_work(report: Report) -> str:
    """Sessions, volunteers, hours, assists, and those who were asked to come again."""
    work, total = report.field_work, report.results.total
    if not (work.sessions or total.assists or work.volunteers):
        return f"{upper_first(report.period.words.inside)} không phát sinh buổi hỗ trợ, lượt hỗ trợ nào."
    sentences = [f"{_sessions(work)}{_volunteers(work)}", _assists(report)]
    if work.left_waiting:
        on = f" ngày {day_month(work.invited_on)}" if work.invited_on else ""
        sentences.append(f"{counted(work.left_waiting)} người chờ được hẹn lại{on}")
    return f"{'; '.join(sentences)}."


def _sessions(work: FieldWork) -> str:
    if not work.sessions:
        return "Không tổ chức buổi hỗ trợ"
    places = enumerated([_place(place) for place in work.places])
    return f"Tổ chức {counted(work.sessions)} buổi hỗ trợ" + (f" tại {places}" if places else "")


def _place(place: Place) -> str:
    return place.name if place.count is None else f"{counted(place.count)} {place.name}"


def _volunteers(work: FieldWork) -> str:
    if not work.volunteers:
        return ""
    return f", {counted(work.volunteers)} tình nguyện viên tham gia, {hours(work.seconds)} giờ"


def _assists(report: Report) -> str:
    total, paper = report.results.total, report.results.from_paper
    told = f"{counted(total.assists)} lượt hỗ trợ"
    if paper:
        told += f" (trong đó {counted(paper)} lượt tổng hợp từ sổ)"
    if not total.assists:
        return told
    return f"{told}, {counted(total.completed)} lượt thành công ({share(total.completed, total.assists)})"


def outreach(report: Report) -> Iterator[str]:
    """Reach (F10), households (F11) and credited residents (F4), where there are any."""
    work, credited = report.field_work, report.credited
    told = []
    if work.reach:
        told.append(f"tuyên truyền đến {counted(work.reach)} lượt người")
    if work.households_visited:
        told.append(f"đến {counted(work.households_visited)} hộ gia đình")
    if told:
        yield f"{upper_first('; '.join(told))}."
    if credited is not None:
        yield (
            f"Người được hỗ trợ thành công (tính một lần): {counted(credited.residents)} người, trong đó "
            f"{counted(credited.without_token)} chưa có mã, {counted(credited.from_paper)} từ sổ."
        )


def reasons(report: Report) -> str:
    """Why people were asked to come again or not served; how many without a reason, which paper does not tell."""
    total = report.results.total
    unsuccessful = total.to_return + total.failed
    if not unsuccessful:
        return ""
    told = [f"{reason.name} {counted(reason.assists)}" for reason in report.reasons]
    untold = unsuccessful - sum(reason.assists for reason in report.reasons)
    if untold > 0:
        told.append(f"chưa ghi lý do {counted(untold)}")
    return f"Lý do hẹn lại, chưa thành công ({counted(unsuccessful)} lượt): {'; '.join(told)}."


def stalls(report: Report, part: Stalls) -> str:
    return (
        f"{part.title}: {report.period.words.inside} thêm {counted(part.new)} hộ được trang bị mã QR; lũy kế "
        f"{counted(part.equipped)}/{counted(part.stalls)} hộ ({share(part.equipped, part.stalls)}), trong đó "
        f"{counted(part.paid)} hộ đã phát sinh giao dịch."
    )


def feedback_and_safety(report: Report) -> str:
    """Feedback, incidents and proposals as one paragraph."""
    sentences = [_feedback(report), *(_incident(report, part) for part in report.incidents if part.count)]
    if len(sentences) == 1:
        sentences.append("Không ghi nhận vụ việc mất an toàn trên mạng")
    if report.proposals is not None:
        part = report.proposals
        sentences.append(
            f"{counted(part.submitted)} tham mưu, góp ý; đã trả lời {counted(part.answered)}, "
            f"tiếp thu {counted(part.accepted)}"
        )
    return " ".join(f"{sentence}." for sentence in sentences)


def _feedback(report: Report) -> str:
    part = report.feedback
    told = f"Tiếp nhận {counted(part.raised)} ý kiến; đang xử lý {counted(part.open)}, quá hạn {counted(part.overdue)}"
    if part.overdue and part.overdue_themes:
        told += f" ({'; '.join(part.overdue_themes)})"
    if part.median_days is not None:
        told += f"; thời gian trả lời (trung vị) {one_decimal(part.median_days)} ngày"
    return told


def _incident(report: Report, part: Incidents) -> str:
    told = f"{counted(part.count)} vụ {part.name}"
    if not part.guided:
        return told
    some = "" if part.guided == part.count else f" {counted(part.guided)} vụ"
    return f"{told}, đã hướng dẫn trình báo {report.office.police}{some}"


def completeness(report: Report) -> str:
    """Who reported and who in time; in a longer period the reports of all its days."""
    part = report.completeness
    if part is None or not part.expected:
        return f"{upper_first(report.period.words.inside)} không có đơn vị phải báo cáo."
    actual, on_time, expected = counted(part.actual), counted(part.on_time), counted(part.expected)
    of = part.unit if report.period.kind == "day" else f"báo cáo ngày của {counted(part.units)} {part.unit}"
    told = f"{actual}/{expected} {of}" + (" báo cáo" if report.period.kind == "day" else "")
    told += f" ({share(part.actual, part.expected)}), đúng hạn {on_time}/{expected} "
    told += f"({share(part.on_time, part.expected)})."
    return told + (f" Chưa báo cáo: {', '.join(part.missing)}." if part.missing else "")
