"""A report becomes a document: the sections in their order, framed by the layout.

Guarantee: six sections, always all of them and in the same order, so that two days can be laid side by side; what the
officer left empty says “Không”, and an empty VI gives what the figures suggest. Every text is clean (`blocks.plain`).
"""

from collections.abc import Iterator

from services.reporting.documents import heads, progress, prose
from services.reporting.documents.blocks import Block, Column, Note, Paper, Table, Text, plain
from services.reporting.documents.formats import counted, day, day_in_words, in_sentence, moment, number, upper_first
from services.reporting.documents.parts import ServiceResult
from services.reporting.documents.reports import Report

ABOUT = "hỗ trợ chuyển đổi số cộng đồng"
NOTHING = "Không."


def compose(report: Report) -> Paper:
    """The document of a report."""
    return Paper(
        issued_on=report.issued_on,
        title=plain(f"Báo cáo {' '.join(_about(report))}"),
        author=plain(report.office.name),
        subject=plain(reference(report)),
        keywords=f"sha256 {report.sha256}" if report.is_closed else "",
        blocks=list(_blocks(report)),
    )


def _about(report: Report) -> list[str]:
    period = report.period
    if period.kind == "day":
        return [f"Kết quả {ABOUT} {day_in_words(period.first_day)}"]
    if period.kind == "campaign":
        return [f"Tổng kết {period.name}", f"({period.span})"]
    return [f"Kết quả {ABOUT} {period.name}", f"({period.span})"]


def _blocks(report: Report) -> Iterator[Block]:
    office = report.office
    yield heads.head(office, "BC", day_in_words(report.issued_on))
    yield heads.title("BÁO CÁO", _about(report))
    if office.addressed_to:
        yield Text(plain(heads.addressee(office)))
    yield Text(plain(_opening(report)))
    yield from _results(report)
    yield from progress.blocks(report)
    yield Text("III. Ý KIẾN NGƯỜI DÂN, AN TOÀN TRÊN MẠNG", 1)
    yield Text(plain(prose.feedback_and_safety(report)))
    yield Text("IV. CHẾ ĐỘ BÁO CÁO", 1)
    yield Text(plain(prose.completeness(report)))
    yield Text("V. KHÓ KHĂN, VƯỚNG MẮC; KIẾN NGHỊ", 1)
    yield from _paragraphs(report.remarks.difficulties or NOTHING)
    yield Text(f"VI. NHIỆM VỤ {report.period.words.following.upper()}", 1)
    yield from _paragraphs(report.remarks.tasks or suggested_tasks(report) or NOTHING)
    yield Text(plain(f"Trên đây là kết quả {report.period.name}, {office.name} báo cáo./."), is_kept=True)
    yield heads.signature(office)
    yield Note(plain(reference(report)))


def _opening(report: Report) -> str:
    """On what ground, who reports, and until when the figures reach."""
    state = "số liệu chốt lúc" if report.is_closed else "số liệu tạm tính đến"
    open_still = "" if report.is_closed else ", chưa chốt"
    begun = f"Thực hiện {report.basis}, {report.office.name}" if report.basis else upper_first(report.office.name)
    told = f"{begun} báo cáo kết quả {report.period.words.inside} ({state} {moment(report.cut_at)}{open_still})"
    late = report.is_closed and any(statement.made_late for statement in report.statements)
    return f"{told}{'; bản chốt lập muộn, cùng mốc chốt' if late else ''} như sau:"


def _results(report: Report) -> Iterator[Block]:
    yield Text(f"I. KẾT QUẢ {report.period.words.inside.upper()}", 1)
    yield Text(plain(prose.field_work(report)))
    for sentence in prose.outreach(report):
        yield Text(plain(sentence))
    if report.results.services:
        yield results_table(report)
    if told := prose.reasons(report):
        yield Text(plain(told))
    for part in report.stalls:
        yield Text(plain(prose.stalls(report, part)))
    for sentence in progress.amended(report.amendments):
        yield Text(plain(sentence))


def results_table(report: Report) -> Table:
    """The results by service and outcome, and their sum."""
    columns = [
        Column("TT", 10), Column("Nội dung", 61, "left"), Column("Lượt", 16), Column("Thành công", 21),
        Column("Hẹn lại", 19), Column("Chuyển", 18), Column("Chưa được", 20),
    ]  # fmt: skip
    rows = [_result(str(index), one) for index, one in enumerate(report.results.services, 1)]
    return Table(columns, [*rows, _result("", report.results.total)], 12)


def _result(index: str, one: ServiceResult) -> list[str]:
    counts = (one.assists, one.completed, one.to_return, one.referred, one.failed)
    return [index, plain(one.name), *(number(count) for count in counts)]


def suggested_tasks(report: Report) -> str:
    """What the figures suggest for VI: invite those who waited, go where the plan is missed most."""
    told = []
    if report.field_work.left_waiting:
        told.append(f"mời {counted(report.field_work.left_waiting)} người chờ")
    behind = sorted(
        (unit for part in report.progress for unit in part.units if unit.gap < 0), key=lambda unit: unit.gap
    )
    names = list(dict.fromkeys(in_sentence(unit.name) for unit in behind))[:3]
    if names:
        told.append(f"tập trung {', '.join(names)}")
    return f"{upper_first('; '.join(told))}." if told else ""


def _paragraphs(text: str) -> Iterator[Text]:
    for line in plain(text).splitlines():
        if clean := line.strip():
            yield Text(clean)


def reference(report: Report) -> str:
    """Our statement's number and hash, which are not the document's number."""
    if not report.is_closed:
        return f"Số liệu tạm tính, chưa chốt: {day(report.period.last_day)} (không thay số văn bản)"
    first, last = report.statements[0], report.statements[-1]
    numbers = f"{first.unit}/{first.day}/số {first.number}"
    if last is not first:
        numbers += f" đến {last.unit}/{last.day}/số {last.number}"
    short = f"{report.sha256[:4]}…{report.sha256[-4:]}"
    return f"Mã đối chiếu: {numbers} · sha256 {short} (số liệu chốt; không thay số văn bản)"
