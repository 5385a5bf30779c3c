"""A sheet of paper counts: the rows of a day and a place (and a session) are one count.

Guarantee: a count is sent whole or not at all; the same count again is nothing, another one replaces what a sheet said
before, with the next version. What was given or changed by a form or an app stays as it is, and the rows are told so.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import msgspec

from services.sessions.books import book_names
from services.sessions.entities import Entities, Entity
from services.sessions.imports.columns import OUTCOMES
from services.sessions.imports.report import Line, Refusal, Unfit
from services.sessions.imports.wanted import Job, Spot, Step, content_of, next_moment, refused, said_id, spot_of
from services.sessions.imports.wordings import NOTHING
from shared.clock import LOCAL_ZONE
from shared.events.base import MOST_COUNTED
from shared.events.facts import TallyLineState, TallyState
from shared.sheets.columns import quoted

COLUMNS = {"area": "group", "time": "day", "lines": "count"}
Cell = tuple[str, str, str | None]  # service, outcome, age band
ALL_VOIDED = "Số liệu của ngày, địa bàn này đã bị hủy quá nhiều lần. Vui lòng liên hệ IT phụ trách."
ELSEWHERE = (
    "Số liệu từ sổ của ngày, địa bàn này đã được nhập hoặc sửa ở nơi khác ({} lượt, bản {}), khác với tệp; bản đó được "
    "giữ nguyên. Vui lòng sửa ở trang Hôm nay, hoặc hủy bản đó ở trang Đã gửi rồi nộp lại."
)


@dataclass(slots=True)
class WantedBook:
    """One paper count as the sheet has it."""

    rows: list[Line]
    spot: Spot
    session: UUID | None
    names: Sequence[UUID]
    covers: str
    cells: dict[Cell, int] = field(default_factory=dict)
    entity: Entity | None = None
    version: int = 1
    spoilt: list[int] = field(default_factory=list)

    @property
    def count(self) -> int:
        return sum(self.cells.values())

    @property
    def completed(self) -> int:
        return sum(count for (_, outcome, _), count in self.cells.items() if outcome == "completed")

    def lines(self) -> list[dict[str, Any]]:
        """The lines of the event, in the order of their cells."""
        return [
            {"service": service, "outcome": outcome, "count": count} | ({"age_band": band} if band else {})
            for (service, outcome, band), count in sorted(self.cells.items(), key=_order)
        ]


def _order(cell: tuple[Cell, int]) -> tuple[str, ...]:
    (service, outcome, band), _ = cell
    return service, outcome, band or ""


def wanted(lines: Sequence[Line], job: Job) -> list[WantedBook]:
    """The counts that can be taken; what is not in one of them is refused in the job."""
    books: dict[tuple[UUID, Any, UUID | None], WantedBook] = {}
    for line in lines:
        try:
            _into_its_book(line, job, books)
        except Unfit as unfit:
            job.refuse([line], unfit.refusal)
    return [book for book in books.values() if _is_whole(book, job)]


def _into_its_book(line: Line, job: Job, books: dict[Any, WantedBook]) -> None:
    if line.refusals and not line.values.get("day"):
        return
    spot, session = spot_of(line, job), _session(line)
    key = (spot.area, spot.day, session)
    if key not in books:
        names = book_names(spot.area, spot.day, session, is_sandbox=job.is_sandbox)
        books[key] = WantedBook([], spot, session, names, job.how.covers)
    book = books[key]
    book.rows.append(line)
    try:
        counts = {} if line.refusals else counts_of(line)
    except Unfit:
        book.spoilt.append(line.number)
        raise
    if line.refusals:
        book.spoilt.append(line.number)
    for cell, count in counts.items():
        book.cells[cell] = book.cells.get(cell, 0) + count


def _session(line: Line) -> UUID | None:
    text = line.values.get("session")
    try:
        return UUID(str(text)) if text else None
    except ValueError:
        raise Unfit("session", "invalid", f"Mã buổi {quoted(text)} không đúng; có thể bỏ trống.") from None


def counts_of(line: Line) -> dict[Cell, int]:
    """The counts of a row that are more than nothing.

    Raises:
        Unfit: a count that cannot be, or one whose outcome is not told.
    """
    values = line.values
    service, band = str(values["service"]), values.get("age_band")
    found: dict[Cell, int] = {}
    told = [(outcome, outcome, values.get(outcome)) for outcome in OUTCOMES]
    if values.get("count") is not None:
        if not values.get("outcome"):
            raise Unfit("outcome", "required", "Thiếu kết quả của số lượt này. Vui lòng ghi ở cột Kết quả.")
        told.append((str(values["outcome"]), "count", values["count"]))
    for outcome, column, count in told:
        if not isinstance(count, int):
            continue
        if not 0 <= count <= MOST_COUNTED:
            raise Unfit(column, "out_of_range", f"Số {count} không đúng; cần từ 0 đến 100.000.")
        if count and service == NOTHING:
            raise Unfit(column, "contradiction", "Dòng ghi không phát sinh nhưng có số lượt. Vui lòng kiểm tra.")
        if count:
            cell = (service, outcome, str(band) if band else None)
            found[cell] = found.get(cell, 0) + count
    return found


def _is_whole(book: WantedBook, job: Job) -> bool:
    """A count with a row that cannot be taken waits for it: half a count would pass for the whole."""
    if not book.spoilt:
        return True
    rows = ", ".join(map(str, book.spoilt[:10])) + ("…" if len(book.spoilt) > 10 else "")
    message = (
        f"Chưa nhận bản của ngày {book.spot.day:%d/%m/%Y}, địa bàn này vì dòng {rows} chưa đúng. Vui lòng sửa dòng đó "
        "rồi nộp lại."
    )
    whole = [line for line in book.rows if line.number not in book.spoilt]
    job.refuse(whole, Refusal("", "book_incomplete", message))
    return False


def step(book: WantedBook, known: Entities, job: Job) -> Step:
    """What the count adds to what is stored."""
    name = next((one for one in book.names if (entity := known.get(one)) is None or not entity.is_void), None)
    if name is None:
        return refused("", "all_voided", ALL_VOIDED)
    book.entity = known.get(name)
    if book.entity is None:
        return _said(book, name, job, 1)
    state = book.entity.state
    assert isinstance(state, TallyState)
    book.version = state.version
    if _content(state) == _content(_state(book, state)):
        return Step("unchanged")
    version = book.entity.version
    if version is None or version[1] != said_id(name, state.version, _content(state)):
        total = sum(line.count for line in state.lines)
        return refused("", "changed_elsewhere", ELSEWHERE.format(total, state.version))
    return _said(book, name, job, state.version + 1)


def _said(book: WantedBook, name: UUID, job: Job, version: int) -> Step:
    """The event that gives the count in this version."""
    spot = book.spot
    state = _state(book, TallyState(day=spot.day, area=spot.area, ward=spot.area, covers="all", version=version))
    data = {
        "area": spot.reference,
        "day": spot.day.isoformat(),
        "version": version,
        "covers": book.covers,
        "lines": book.lines(),
    } | ({"session": str(book.session)} if book.session else {})
    at = next_moment(job.now, book.entity) if book.entity else job.now.astimezone(LOCAL_ZONE)
    event = job.caller.event("tally.recorded", said_id(name, version, _content(state)), name, at.isoformat(), data)
    book.version = version
    return Step("changed" if book.entity else "created", event)


def _state(book: WantedBook, like: TallyState) -> TallyState:
    """The state that the count would make, in the place of `like`."""
    lines = [
        TallyLineState(service=service, outcome=outcome, count=count, age_band=band)
        for (service, outcome, band), count in book.cells.items()
    ]
    return msgspec.structs.replace(
        like, area=book.spot.area, day=book.spot.day, session=book.session, covers=book.covers, lines=lines
    )


def _content(state: TallyState) -> bytes:
    """What a count says, in whatever order its lines stand."""
    sorted_ = msgspec.structs.replace(state, lines=_summed(state.lines))
    return content_of(sorted_, ("area", "day", "session", "covers", "lines"))


def _summed(lines: Iterable[TallyLineState]) -> list[TallyLineState]:
    """Each cell once, in order."""
    cells: dict[tuple[str, str, str, str], TallyLineState] = {}
    for line in lines:
        key = (line.service, line.outcome, line.age_band or "", str(line.resident_area or ""))
        known = cells.get(key)
        cells[key] = msgspec.structs.replace(line, count=line.count + known.count) if known else line
    return [cells[key] for key in sorted(cells)]
