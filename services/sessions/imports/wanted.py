"""What a sheet says, thing by thing: an assist or a paper count, with the rows that say it, before it is compared.

Guarantee: the same words of a row give the same subject and the same content, whoever uploads them and whenever; an id
made from both tells later whether what holds is what a sheet said.
"""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import msgspec

from services.sessions.contract import EARLIEST, Rejected
from services.sessions.entities import Entity
from services.sessions.imports.places import Words
from services.sessions.imports.reading import How
from services.sessions.imports.report import Line, Outcome, Refusal, Result, Unfit
from services.sessions.intake import Intake
from services.sessions.places import Caller, Places, State
from shared.areas import AreaBook, UnknownArea
from shared.clock import local_day
from shared.event_log import digest_of


@dataclass
class Job:
    """One upload by one caller."""

    intake: Intake
    caller: Caller
    how: How
    now: dt.datetime
    is_dry: bool = False
    is_sandbox: bool = False
    outcomes: dict[int, Outcome] = field(default_factory=dict)
    spots: dict[tuple[str, dt.date], UUID] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.book: AreaBook = self.intake.directory.areas()
        self.places = Places(self.book, self.caller)
        self.words = Words(self.book, self.caller.areas, self.how.ward)

    def refuse(self, rows: Sequence[Line], *refusals: Refusal) -> None:
        for line in rows:
            outcome = self.outcomes[line.number]
            outcome.result = "refused"
            outcome.refusals = [*outcome.refusals, *(one for one in refusals if one not in outcome.refusals)]


@dataclass(frozen=True, slots=True)
class Spot:
    """Where and on which day: as an event names it, and the area that this means."""

    reference: str
    area: UUID
    day: dt.date


def spot_of(line: Line, job: Job) -> Spot:
    """The place and the day of a row.

    Raises:
        Unfit: naming the column.
    """
    day = line.values.get("day")
    if not day:
        raise Unfit("day", "required", "Thiếu ngày. Vui lòng ghi ngày của dòng này.")
    on = dt.date.fromisoformat(str(day))
    if on > local_day(job.now):
        raise Unfit("day", "future_day", f"Ngày {on:%d/%m/%Y} chưa đến. Vui lòng kiểm tra lại ngày.")
    if on < EARLIEST.date():
        raise Unfit("day", "time_out_of_range", f"Ngày {on:%d/%m/%Y} trước 01/01/2020. Vui lòng kiểm tra lại ngày.")
    reference = job.words.reference(line.values, on)
    if (reference, on) not in job.spots:
        job.spots[reference, on] = _area(reference, on, job)
    return Spot(reference, job.spots[reference, on], on)


def _area(reference: str, on: dt.date, job: Job) -> UUID:
    """The area that is meant, if the caller may write for it."""
    try:
        area = job.book.locate(reference, on, job.caller.areas).area_id
        job.places.check_allowed(area, on, reference)
    except UnknownArea as error:
        raise Unfit("group" if "/" in reference else "ward", "unknown_area", str(error)) from error
    except Rejected as rejected:
        raise Unfit("group", rejected.code, rejected.message) from rejected
    return area


@dataclass(frozen=True, slots=True)
class Step:
    """What is to be done about one thing: nothing (`result`), or to send an event that makes it `result`."""

    result: Result
    event: Any = None
    changed: tuple[str, ...] = ()
    refusal: Refusal | None = None


def refused(key: str, code: str, message: str) -> Step:
    return Step("refused", refusal=Refusal(key, code, message))


def content_of(state: State, names: Sequence[str]) -> bytes:
    """The canonical content of a state: these fields of it."""
    values = [getattr(state, name) for name in names]
    same = [one.astimezone(dt.UTC) if isinstance(one, dt.datetime) else one for one in values]
    return digest_of(msgspec.json.encode(same, order="deterministic"))


def said_id(subject: UUID, version: object, content: bytes) -> UUID:
    """The id of the event by which a sheet says this content, in this version."""
    return uuid.uuid5(subject, f"{version}/{content.hex()}")


def next_moment(now: dt.datetime, entity: Entity) -> dt.datetime:
    """A time for what replaces this: now, and later than what it replaces, whose clock may be ahead."""
    at = now.astimezone(dt.UTC).replace(microsecond=now.microsecond // 1000 * 1000)
    before = entity.version[0] if entity.version else at
    return max(at, before.replace(microsecond=before.microsecond // 1000 * 1000) + dt.timedelta(milliseconds=1))
