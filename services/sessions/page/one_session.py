"""One session: how it stands, closing it with its counts, and correcting the counts of its closing.

Guarantee: only what is possible is offered: an open session is closed, a closed one is corrected, a void one stays.
Who is second to close or correct sees first what the other has sent; who was present goes along as it is. A corrected
closing keeps its hour: it is a thousandth of a second later than the one that it replaces.
"""

import datetime as dt
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, redirect, request

from services.sessions.contract import Rejected
from services.sessions.page import clock_fields, formats, naming, session_queries, terms
from services.sessions.page.clock_fields import Unfit
from services.sessions.page.desk import Desk
from services.sessions.page.guard import intake, signed_in
from services.sessions.page.queries import Entry
from services.sessions.page.rendering import page
from services.sessions.page.sending import Draft, damaged, done, is_held, new_draft, said, send, sent_draft, was_sent
from services.sessions.page.sent import find
from shared import clock
from shared.database import transaction
from shared.events.base import MOST_COUNTED
from shared.events.facts import SessionState

COUNTS = {name: terms.FIELDS[name] for name in ("attendees", "households_visited", "left_waiting")}
STEP = dt.timedelta(milliseconds=1)
OVERTAKEN = (
    "Buổi hỗ trợ này vừa được người khác kết thúc hoặc sửa. Số liệu hiện nay ở bên trên; số anh/chị vừa nhập còn ở bên "
    "dưới: vui lòng xem lại rồi gửi."
)
VOIDED = "Buổi hỗ trợ này đã hủy nên không kết thúc hay sửa được nữa."


def add_routes(routes: Blueprint) -> None:
    routes.add_url_rule("/buoi/<uuid:subject>", "session", session)
    routes.add_url_rule("/buoi/<uuid:subject>", "post_close", post_close, methods=["POST"])


@signed_in
def session(subject: UUID) -> Response:
    desk, entry = find(subject, "session")
    typed = {name: str(getattr(entry.state, name)) for name in COUNTS} if entry.state.closed_at else {}
    return _show(desk, entry, typed | {"ket-thuc": _usual_end(entry.state)})


def _usual_end(state: SessionState) -> str:
    """Now on the session's own day, or when it was planned to end."""
    if state.day == clock.today():
        return formats.hour(clock.now())
    return formats.hour(state.planned_end) if state.planned_end else ""


def _show(desk: Desk, entry: Entry, typed: dict[str, str], problem: str = "") -> Response:
    with transaction(intake().engine) as connection:
        recorded = session_queries.recorded(connection, [entry])[entry.subject]
        paper = session_queries.paper_counts(connection, entry)
        venue = session_queries.venue_names(connection, [entry]).get(entry.state.venue, "")
    return page(
        "session.html",
        422 if problem else 200,
        desk=desk,
        tab="/buoi",
        entry=entry,
        venue=venue,
        recorded=recorded,
        paper=paper,
        services=naming.services(),
        count_names=COUNTS,
        typed=typed,
        seen=entry.seen,
        draft=_draft(entry),
        problem=problem,
    )


def _draft(entry: Entry) -> Draft:
    """A first closing is dated when its form is sent, by the hour in it; a correction right after what it replaces."""
    draft = new_draft()
    return Draft(draft.event_id, entry.version_at + STEP) if entry.version_at else draft


@signed_in
def post_close(subject: UUID) -> Any:
    desk, entry = find(subject, "session")
    draft, typed = sent_draft(), {name: request.form.get(name, "").strip() for name in (*COUNTS, "ket-thuc")}
    if not was_sent(draft):
        if entry.is_void:
            return _show(desk, entry, typed, VOIDED)
        if request.form.get("da-xem", "") != entry.seen:
            return _show(desk, entry, typed, OVERTAKEN)
    try:
        moment, data = _moment(entry.state, draft, typed), _content(desk, entry.state, typed)
    except Unfit as unfit:
        return _show(desk, entry, typed, str(unfit))
    fate = send("session.closed", Draft(draft.event_id, moment), subject, data)
    if isinstance(fate, Rejected):
        return _show(desk, entry, typed, said(fate))
    word = "dong-buoi" if is_held(draft, subject, "session") else "bi-thay"
    return redirect(desk.link(f"/buoi/{subject}", xong=done(fate, word)), 303)


def _moment(state: SessionState, draft: Draft, typed: dict[str, str]) -> dt.datetime:
    """When the session ended: as typed; the form of a correction has no such field, and brings its time along."""
    if "ket-thuc" not in request.form:
        return draft.at
    end = clock_fields.typed(state.day, typed["ket-thuc"], "Giờ kết thúc")
    begin = state.opened_at.astimezone(clock.LOCAL_ZONE).replace(second=0, microsecond=0)
    if end < begin:
        hours = f"{formats.hour(end)} trước giờ bắt đầu {formats.hour(begin)}"
        raise Unfit(f"Giờ kết thúc {hours}. Vui lòng kiểm tra lại giờ.")
    if begin <= clock.now() < end:
        clock_fields.past(state.day, typed["ket-thuc"], "Giờ kết thúc")
    return max(end, state.opened_at)


def _content(desk: Desk, state: SessionState, typed: dict[str, str]) -> dict[str, Any]:
    """The data of the event: the counts of the form, and the rest as it is."""
    counts = {}
    for name, label in COUNTS.items():
        digits = typed[name].replace(".", "") or "0"
        if not (digits.isascii() and digits.isdigit()):
            raise damaged()
        if int(digits[:9]) > MOST_COUNTED:
            raise Unfit(f"{label} nhiều nhất là {MOST_COUNTED:,}. Vui lòng kiểm tra lại.".replace(",", "."))
        counts[name] = int(digits)
    return {"area": desk.reference(state.area, state.day), "present": [str(one) for one in state.present], **counts}
