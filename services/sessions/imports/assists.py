"""A sheet of assists: each row is one assist, with a name of its own for ever.

Guarantee: a row with a code is named by ward, day and code; one without by its content and by how often that stood in
the file before. A row that says something else than a sheet said before is a correction; what was corrected or taken
back elsewhere stays as it is.
"""

import datetime as dt
import re
import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from services.sessions.contract import Rejected, read
from services.sessions.entities import Entities, Entity
from services.sessions.imports.report import Line, Unfit, refusals_of
from services.sessions.imports.wanted import (
    Job,
    Spot,
    Step,
    content_of,
    next_moment,
    refused,
    said_id,
    spot_of,
)
from services.sessions.imports.wordings import OFFICES
from shared import clock
from shared.clock import LOCAL_ZONE
from shared.events.facts import AssistState
from shared.sheets.columns import fold, quoted

ROWS = uuid.uuid5(uuid.NAMESPACE_URL, "urn:congdongso:sheet:assist")
SENT = ("service", "outcome", "age_band", "channel", "reason", "stall", "service_level", "quantity", "helper_age_band",
        "session", "resident_token")  # fmt: skip
CONTENT = ("day", "area", "resident_area", "happened_at", "referred_to", *SENT)
COLUMNS = {"time": "day", "happened_at": "time", "area": "group", "resident_area": "group",
           "resident_token": "citizen_number"}  # fmt: skip
OFFICE_CODES = {fold(wording): code for code, wordings in OFFICES.items() for wording in (code, *wordings)}
TIME = re.compile(r"(\d{1,2})\s*(?:[:hg]|giờ)\s*(\d{1,2})?(?::\d{2})?(?:\s*phút)?", re.IGNORECASE)
VOIDED = "Lượt này đã được ghi và đã bị hủy. Nếu vẫn cần ghi, vui lòng dùng mã khác ở cột Mã."
ELSEWHERE = (
    "Lượt này đã được đính chính ở nơi khác sau khi nộp; bản đính chính được giữ nguyên. Nếu cần, vui lòng sửa ở trang "
    "Đã gửi."
)


@dataclass(slots=True)
class WantedAssist:
    """One row as an event would say it."""

    rows: list[Line]
    subject: UUID
    state: AssistState
    at: dt.datetime
    data: dict[str, Any]

    @property
    def names(self) -> Sequence[UUID]:
        return (self.subject,)


def wanted(lines: Sequence[Line], job: Job) -> list[WantedAssist]:
    """The rows that can be taken; the others are refused in the job."""
    found, seen, codes = list[WantedAssist](), Counter[UUID](), dict[UUID, int]()
    for line in lines:
        try:
            if one := _wanted(line, job, seen, codes):
                found.append(one)
        except Unfit as unfit:
            job.refuse([line], unfit.refusal)
        except Rejected as rejected:
            job.refuse([line], *refusals_of(rejected, COLUMNS))
    return found


def _wanted(line: Line, job: Job, seen: Counter[UUID], codes: dict[UUID, int]) -> WantedAssist | None:
    """The row as an event; None where its cells were refused already and nothing more is to be said."""
    if line.refusals and not line.values.get("day"):
        return None
    spot = spot_of(line, job)
    if line.refusals:
        return None
    at = dt.datetime.combine(spot.day, _time(line), LOCAL_ZONE)
    data = _data(line, spot)
    unnamed = job.caller.event("assist.recorded", uuid.uuid4(), uuid.uuid4(), at.isoformat(), data)
    submission = read(unnamed, job.caller.source, {}, job.now)
    state = job.places.locate(submission, ()).state
    assert isinstance(state, AssistState)
    subject = _subject(line, spot, state, job, seen)
    if line.values.get("code") and (first := codes.setdefault(subject, line.number)) != line.number:
        message = f"Mã {quoted(line.values['code'])} đã có ở dòng {first} cùng ngày. Vui lòng ghi mỗi lượt một mã."
        raise Unfit("code", "repeated_code", message)
    return WantedAssist([line], subject, state, at, data)


def _subject(line: Line, spot: Spot, state: AssistState, job: Job, seen: Counter[UUID]) -> UUID:
    side = "sandbox/" if job.is_sandbox else ""
    place = f"{side}{job.places.ward_key(spot.area, spot.day)}/{spot.day}"
    if code := line.values.get("code"):
        return uuid.uuid5(ROWS, f"{place}/code/{str(code).casefold()}")
    alike = uuid.uuid5(ROWS, f"{place}/content/{content_of(state, CONTENT).hex()}")
    seen[alike] += 1
    return uuid.uuid5(alike, str(seen[alike]))


def _time(line: Line) -> dt.time:
    """The time of day; midnight where the sheet tells none."""
    text = str(line.values.get("time") or "")
    if not text:
        return dt.time()
    found = TIME.fullmatch(text)
    if found and int(found[1]) < 24 and int(found[2] or 0) < 60:
        return dt.time(int(found[1]), int(found[2] or 0))
    raise Unfit("time", "bad_time", f"Giờ {quoted(text)} không đúng; vui lòng ghi dạng 08:30.")


def _data(line: Line, spot: Spot) -> dict[str, Any]:
    data: dict[str, Any] = {name: line.values[name] for name in SENT if name in line.values}
    if office := line.values.get("referred_to"):
        data["referred_to"] = _office(str(office))
    if data.get("outcome") not in ("failed", "to_return"):
        data.pop("reason", None)
    if data.get("outcome") != "referred":
        data.pop("referred_to", None)
    return data | {"area": spot.reference}


def _office(text: str) -> str:
    if code := OFFICE_CODES.get(fold(text)):
        return code
    if re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,39}", text):
        return text
    possible = ", ".join(quoted(wordings[0]) for wordings in OFFICES.values())
    raise Unfit("referred_to", "unknown_office", f"Chuyển đến {quoted(text)} chưa rõ; có thể ghi: {possible}.")


def step(one: WantedAssist, known: Entities, job: Job) -> Step:
    """What the row adds to what is stored."""
    entity, content = known.get(one.subject), content_of(one.state, CONTENT)
    if entity is None:
        record = said_id(one.subject, "record", content)
        return Step("created", job.caller.event("assist.recorded", record, one.subject, one.at.isoformat(), one.data))
    if entity.is_void:
        return refused("code", "voided", VOIDED)
    differing = [name for name in CONTENT if getattr(entity.state, name) != getattr(one.state, name)]
    if not differing:
        return Step("unchanged")
    if not _was_said_by_a_sheet(entity):
        return refused("", "changed_elsewhere", ELSEWHERE)
    at = next_moment(job.now, entity)
    data = one.data | {"happened_at": clock.rfc3339(one.at), "reason_code": "typo"}
    event = job.caller.event("assist.corrected", said_id(one.subject, at, content), one.subject, at.isoformat(), data)
    return Step("changed", event, tuple(dict.fromkeys(COLUMNS.get(name, name) for name in differing)))


def _was_said_by_a_sheet(entity: Entity) -> bool:
    """The record was: its name is a sheet's. A correction was, if its id is the one that a sheet would give it."""
    if entity.version is None:
        return True
    at, event_id = entity.version
    return event_id == said_id(entity.subject, at.astimezone(dt.UTC), content_of(entity.state, CONTENT))
