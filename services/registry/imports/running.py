"""A whole list, portion by portion, in transactions that the caller opens.

Guarantee: at most a thousand rows in one transaction, and a portion that is committed stays committed: if the next one
fails, the same list can be imported again. A rehearsal does all the work of each portion and takes it back.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager

from sqlalchemy.orm import Session

from services.registry.imports.groups import GroupJob, import_groups
from services.registry.imports.matching import Job
from services.registry.imports.report import Outcome, Report, Twins
from services.registry.imports.twins import twins_of
from services.registry.imports.volunteers import ROWS, import_volunteers
from shared.sheets import LIMITS, Ignored, Reading, Row, SheetError
from shared.sheets.asides import REASONS, TOTAL

Open = Callable[[], AbstractContextManager[Session]]
Progress = Callable[[int], None]
TOO_MANY = "Danh sách có hơn {} dòng; vui lòng chia thành nhiều tệp, hoặc nhờ IT nhập bằng lệnh cds import."


class Rehearsed(Exception):
    """Ends the transaction of a rehearsal, so that nothing of it stays."""


def import_list(
    writing: Open, job: Job | GroupJob, rows: Sequence[Row], report: Report, on_progress: Progress = lambda done: None
) -> None:
    """Import the rows; what becomes of each is added to the report as soon as it is certain."""
    for start in range(0, len(rows), ROWS):
        part = rows[start : start + ROWS]
        try:
            with writing() as session:
                outcomes, twins = _import(session, job, part)
                if report.is_dry_run:
                    raise Rehearsed
        except Rehearsed:
            pass
        report.outcomes += outcomes
        report.twins += twins
        on_progress(start + len(part))


def _import(session: Session, job: Job | GroupJob, part: Sequence[Row]) -> tuple[list[Outcome], list[Twins]]:
    if isinstance(job, GroupJob):
        return import_groups(session, job, part), []
    outcomes = import_volunteers(session, job, part)
    return outcomes, twins_of(session, job.day, [one for one in outcomes if one.result == "created"])


def all_rows(reading: Reading, report: Report, most: int = LIMITS.rows) -> list[Row]:
    """Every entry of a list; what was put aside is told in the report.

    Raises:
        SheetError: the file cannot be read to its end; nothing is imported then.
    """
    rows, totals = list[Row](), list[Ignored]()
    for row in reading.rows():
        name = str(row.values.get("name") or "")
        if TOTAL.fullmatch(name):  # with numbers beside it, a total looks like a group
            totals.append(Ignored(row.number, "total", REASONS["total"], name))
        elif len(rows) == most:
            raise SheetError("too_many_rows", TOO_MANY.format(most))
        else:
            rows.append(row)
    report.ignored = sorted([*reading.ignored, *totals], key=lambda one: one.number)
    report.ignored_rows = reading.ignored_rows + len(totals)
    return rows
