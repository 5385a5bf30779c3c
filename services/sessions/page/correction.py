"""Correcting an entry: of an assist the whole record, of a paper count a new version on the first page.

Guarantee: what the form does not show (session, volunteers, resident token) goes along as it is. Who corrects what
somebody else has changed meanwhile sees that first.
"""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, redirect, request

from services.sessions.contract import Rejected
from services.sessions.page import naming
from services.sessions.page.desk import Desk
from services.sessions.page.guard import signed_in
from services.sessions.page.queries import Entry
from services.sessions.page.rendering import page
from services.sessions.page.sending import done, is_held, new_draft, said, send, sent_draft, was_sent
from services.sessions.page.sent import find
from shared import clock
from shared.events.facts import AssistState
from shared.problems import Problem

# What the form shows, and what holds where nothing was chosen.
TYPED = ("area", "service", "outcome", "age_band", "channel", "helper_age_band", "reason", "referred_to",
         "service_level", "stall", "quantity")  # fmt: skip
DEFAULTS = {"age_band": "unknown", "channel": "at_venue", "helper_age_band": "unknown", "quantity": "1"}
OVERTAKEN = (
    "Bản ghi này vừa được người khác sửa hoặc hủy. Dưới đây là nội dung hiện nay; vui lòng xem lại trước khi sửa."
)


def add_routes(routes: Blueprint) -> None:
    routes.add_url_rule("/da-gui/<uuid:subject>/sua", "correct", correct)
    routes.add_url_rule("/da-gui/<uuid:subject>/sua", "post_correct", post_correct, methods=["POST"])


@signed_in
def correct(subject: UUID) -> Any:
    desk, entry = find(subject, "assist", "tally")
    if entry.is_void:
        raise Problem("not_found", "Bản ghi này đã hủy nên không sửa được nữa.")
    if entry.kind == "tally":
        place = desk.reference(entry.state.area, entry.state.day)
        return redirect(desk.link(ngay=entry.state.day, noi=place, so=subject) + "#so-lieu", 303)
    return _show(desk, entry, _values(desk, entry.state))


def _values(desk: Desk, state: AssistState) -> dict[str, str]:
    """The record as the form is filled with it."""
    told = {name: str(value) for name in TYPED if (value := getattr(state, name)) is not None}
    return told | {"area": desk.reference(state.area, state.day)}


def _show(desk: Desk, entry: Entry, values: dict[str, str], problem: str = "") -> Response:
    return page(
        "correct.html",
        422 if problem else 200,
        desk=desk,
        tab="/da-gui",
        entry=entry,
        values=DEFAULTS | values,
        services=naming.services(),
        offices=naming.offices(),
        draft=new_draft(entry.version_at),
        seen=entry.seen,
        problem=problem,
    )


@signed_in
def post_correct(subject: UUID) -> Any:
    desk, entry = find(subject, "assist")
    draft = sent_draft()
    if request.form.get("da-xem", "") != entry.seen and not was_sent(draft):
        return _show(desk, entry, _values(desk, entry.state), OVERTAKEN)
    typed = {name: request.form.get(name, "").strip() for name in TYPED}
    fate = send("assist.corrected", draft, subject, _content(desk, entry.state, typed))
    if isinstance(fate, Rejected):
        return _show(desk, entry, typed, said(fate))
    word = "sua" if is_held(draft, subject, "assist") else "bi-thay"
    return redirect(desk.link("/da-gui", xong=done(fate, word)), 303)


def _content(desk: Desk, state: AssistState, typed: dict[str, str]) -> dict[str, Any]:
    """The whole new record: what was typed, and the rest as it is."""
    data: dict[str, Any] = {name: value for name, value in typed.items() if value}
    if data.get("outcome") not in ("failed", "to_return"):
        data.pop("reason", None)
    if data.get("outcome") != "referred":
        data.pop("referred_to", None)
    if "quantity" in data:
        data["quantity"] = int(data["quantity"]) if data["quantity"].isdecimal() else data["quantity"]
    rest = {name: getattr(state, name) for name in ("session", "venue", "resident_token")}
    data |= {name: str(value) for name, value in rest.items() if value is not None}
    home = (
        {} if state.resident_area == state.area else {"resident_area": desk.reference(state.resident_area, state.day)}
    )
    return data | home | {
        "volunteers": [str(one) for one in state.volunteers],
        "happened_at": clock.rfc3339(state.happened_at or clock.now()),
        "reason_code": request.form.get("ly-do", "") or "typo",
    }  # fmt: skip
