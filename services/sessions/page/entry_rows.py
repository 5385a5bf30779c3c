"""Entries as the lines of a spreadsheet: one for an assist and a session, one for each line of a paper count.

Guarantee: what is void is marked so; no resident's token. Every code stands there by its Vietnamese name.
"""

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from services.sessions.page import formats, terms
from services.sessions.page.queries import Entry
from shared.events.facts import AssistState, SessionState, TallyState
from shared.sheets import Column

COLUMNS = (
    Column("kind", "Loại bản ghi"),
    Column("day", "Ngày", "date"),
    Column("hour", "Giờ"),
    Column("area", "Địa bàn"),
    Column("venue", "Địa điểm"),
    Column("what", "Nội dung"),
    Column("outcome", "Kết quả"),
    Column("count", "Số lượt", "integer"),
    Column("reason", "Lý do"),
    Column("age_band", "Độ tuổi"),
    Column("channel", "Hình thức"),
    Column("note", "Ghi chú"),
    Column("status", "Trạng thái"),
    Column("subject", "Mã bản ghi"),
)
CLOSING = ("attendees", "households_visited", "left_waiting")
Row = dict[str, Any]
Names = Mapping[str, str]


def moment(entry: Entry) -> tuple[dt.datetime, str]:
    """What orders entries by when they happened."""
    return _happened(entry) or entry.changed_at, str(entry.subject)


def _happened(entry: Entry) -> dt.datetime | None:
    """When it happened; a paper count has only a day."""
    if isinstance(entry.state, SessionState):
        return entry.state.opened_at
    return entry.state.happened_at if isinstance(entry.state, AssistState) else None


def rows_of(entry: Entry, area: str, services: Names, venues: Mapping[UUID, str]) -> Iterator[Row]:
    """The lines of an entry, in an area of this name."""
    happened = _happened(entry)
    common = {
        "kind": terms.KINDS[entry.kind],
        "day": entry.state.day,
        "hour": formats.hour(happened) if happened else None,
        "area": area,
        "venue": venues.get(getattr(entry.state, "venue", None)),  # type: ignore[arg-type]
        "status": "Đã hủy" if entry.is_void else "Đang dùng",
        "subject": str(entry.subject),
    }
    yield from (common | own for own in _own(entry.state, services))


def _own(state: Any, services: Names) -> Iterator[Row]:
    """What each kind says of itself."""
    if isinstance(state, AssistState):
        yield _assist(state, services)
    elif isinstance(state, TallyState):
        yield from _tally(state, services)
    else:
        yield _session(state, services)


def _assist(state: AssistState, services: Names) -> Row:
    return {
        "what": services.get(state.service, state.service),
        "outcome": terms.OUTCOMES[state.outcome],
        "count": state.quantity,
        "reason": terms.REASONS.get(state.reason or "", state.reason),
        "age_band": terms.AGE_BANDS.get(state.age_band, state.age_band),
        "channel": terms.CHANNELS.get(state.channel, state.channel),
        "note": "; ".join(terms.MARKS.get(mark, mark) for mark in state.marks),
    }


def _tally(state: TallyState, services: Names) -> Iterator[Row]:
    note = {"note": f"Bản {state.version}"}
    if not state.lines:
        yield {"what": "Không phát sinh", "count": 0} | note
    for line in state.lines:
        age_band = terms.AGE_BANDS.get(line.age_band) if line.age_band else None
        what = {"what": services.get(line.service, line.service), "outcome": terms.OUTCOMES[line.outcome]}
        yield what | {"count": line.count, "age_band": age_band} | note


def _session(state: SessionState, services: Names) -> Row:
    planned = ", ".join(services.get(code, code) for code in state.services)
    told = [state.theme, f"Dự kiến: {planned}" if planned else None, *_closing(state)]
    return {"what": terms.SESSION_KINDS.get(state.kind, state.kind), "note": "; ".join(part for part in told if part)}


def _closing(state: SessionState) -> list[str]:
    if state.closed_at is None:
        return ["Đang mở"]
    counts = [f"{terms.FIELDS[name]}: {getattr(state, name)}" for name in CLOSING if getattr(state, name)]
    return [f"Kết thúc lúc {formats.hour(state.closed_at)}", *counts]
