"""A whole sheet: what it says is compared with what is stored, and what is new goes to the intake.

Guarantee: what the intake accepts of it stays, a thousand events at a time; if it breaks off, the same sheet can be
sent again. What another upload has changed meanwhile is compared again. A rehearsal asks the intake the same and
keeps nothing.
"""

from collections.abc import Callable, Sequence
from typing import Any, cast

from services.sessions import entities
from services.sessions.commands import Accepted, Fate
from services.sessions.contract import Rejected
from services.sessions.entities import Entities
from services.sessions.imports import assists, tallies
from services.sessions.imports.report import Book, Line, Outcome, Refusal, Report, Sheet, refusals_of
from services.sessions.imports.tallies import WantedBook
from services.sessions.imports.wanted import Job, Step
from services.sessions.queries.tallies import held
from services.sessions.requests import MAX_BATCH
from shared import clock
from shared.database import transaction
from shared.problems import unavailable

TRIES = 3
RACED = ("id_conflict", "subject_exists")
Wanted = Any  # a WantedAssist or a WantedBook
Stepping = Callable[[Wanted, Entities, Job], Step]


def carry_out(sheet: Sheet, job: Job) -> Report:
    """Take a sheet; what became of each row.

    Raises:
        Problem: 503 when the reference data or the log cannot be had; the sheet can be sent again.
    """
    if job.intake.directory.is_empty():
        raise unavailable(10)
    job.outcomes |= {line.number: Outcome(line.number, refusals=list(line.refusals)) for line in sheet.lines}
    kind = tallies if sheet.what == "tallies" else assists
    wanted: Sequence[Wanted] = kind.wanted(sheet.lines, job)
    left = list(wanted)
    for attempt in range(TRIES):
        left = _round(left, cast(Stepping, kind.step), kind.COLUMNS, job, is_last=attempt == TRIES - 1)
        if not left:
            break
        job.now = clock.now()
    report = Report(sheet, job.is_dry, [job.outcomes[line.number] for line in sheet.lines])
    if sheet.what == "tallies":
        report.books = _books(wanted, job)
    return report


def _round(
    wanted: Sequence[Wanted], step: Stepping, columns: dict[str, str], job: Job, *, is_last: bool
) -> list[Wanted]:
    """Compare, and send what differs; those that somebody else was faster with are given back."""
    with transaction(job.intake.engine) as connection:
        known = entities.load(connection, [name for one in wanted for name in one.names])
    steps = [(one, step(one, known, job)) for one in wanted]
    sent = [(one, done) for one, done in steps if done.event is not None]
    for one, done in steps:
        if done.event is None:
            _tell(one.rows, done, job)
    raced = []
    for start in range(0, len(sent), MAX_BATCH):
        part = sent[start : start + MAX_BATCH]
        for (one, done), fate in zip(part, _take([done.event for _, done in part], job), strict=True):
            if isinstance(fate, Rejected) and fate.code in RACED and not is_last:
                raced.append(one)
            else:
                _tell_fate(one, done, fate, columns, job)
    return raced


def _take(events: Sequence[Any], job: Job) -> list[Fate]:
    answered = job.intake.take(events, job.caller, is_dry=job.is_dry, is_sandbox=job.is_sandbox)
    return [one.fate for one in answered]


def _tell(rows: Sequence[Line], done: Step, job: Job) -> None:
    for line in rows:
        outcome = job.outcomes[line.number]
        outcome.result, outcome.changed = done.result, list(done.changed)
    if done.refusal:
        job.refuse(rows, done.refusal)


def _tell_fate(one: Wanted, done: Step, fate: Fate, columns: dict[str, str], job: Job) -> None:
    if isinstance(fate, Accepted):
        _tell(one.rows, Step("unchanged") if fate.status == "duplicate" else done, job)
        return
    job.refuse(one.rows, *(_of_a_row(refusal) for refusal in refusals_of(fate, columns)))


def _of_a_row(refusal: Refusal) -> Refusal:
    """A line of a count is no column: its number says nothing to who has the sheet."""
    key = "" if refusal.key.startswith("lines") else refusal.key
    return Refusal(key, refusal.code, refusal.message)


def _books(wanted: Sequence[WantedBook], job: Job) -> list[Book]:
    wards = {(book.spot.area, book.spot.day): job.book.ward(book.spot.area, book.spot.day) for book in wanted}
    asked = [(ward.area_id, day) for (_, day), ward in wards.items() if ward]
    with transaction(job.intake.engine) as connection:
        known = held(connection, asked) if asked and not job.is_sandbox else {}
    return [_told(book, known.get((book.spot.area, book.spot.day), []), job) for book in wanted]


def _told(book: WantedBook, known: Sequence[Any], job: Job) -> Book:
    area = job.book.areas[book.spot.area]
    return Book(
        area=area.name,
        day=book.spot.day.isoformat(),
        result=job.outcomes[book.rows[0].number].result,
        version=book.version,
        count=book.count,
        completed=book.completed,
        rows=[line.number for line in book.rows],
        others=len([name for name in known if name not in book.names]),
    )
