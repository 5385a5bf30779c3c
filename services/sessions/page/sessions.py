"""The sessions of the ward: which are open, which were closed or taken back last, and opening one.

Guarantee: the subject of a session is made from its form, so a form sent twice opens one. Where a venue is chosen,
the session is where the venue is on that day.
"""

import uuid
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, redirect, request

from services.sessions.contract import Rejected
from services.sessions.page import clock_fields, formats, naming, session_queries, terms
from services.sessions.page.clock_fields import Unfit
from services.sessions.page.desk import Desk, Place, open_desk
from services.sessions.page.guard import intake, signed_in
from services.sessions.page.rendering import page
from services.sessions.page.sending import Draft, damaged, done, new_draft, said, send, sent_draft
from services.sessions.queries.catalogue import venues_of
from shared import clock
from shared.database import transaction
from shared.problems import Problem

OPENINGS = uuid.uuid5(uuid.NAMESPACE_URL, "urn:congdongso:page:session")
NOT_THERE = "Địa điểm đã chọn không thuộc phạm vi của tài khoản trong ngày này. Vui lòng chọn lại địa điểm."


@dataclass
class Form:
    """What the form is filled with: at first, or as it was sent."""

    kind: str = "support"
    venue: str = ""
    place: str = ""
    starts: str = ""
    ends: str = ""
    theme: str = ""
    services: list[str] = field(default_factory=list)
    partners: list[str] = field(default_factory=list)


def add_routes(routes: Blueprint) -> None:
    routes.add_url_rule("/buoi", "sessions", sessions)
    routes.add_url_rule("/buoi", "post_open", post_open, methods=["POST"])


@signed_in
def sessions() -> Response:
    return _show(open_desk(), Form(starts=formats.hour(clock.now())))


def _show(desk: Desk, form: Form, problem: str = "") -> Response:
    ward = desk.ward.area_id
    with transaction(intake().engine) as connection:
        found = session_queries.open_sessions(connection, ward), session_queries.ended_sessions(connection, ward)
        open_, ended = ([one for one in part if desk.may(one.state.area, one.state.day)] for part in found)
        recorded = session_queries.recorded(connection, open_ + ended)
        venue_names = session_queries.venue_names(connection, open_ + ended)
    services = naming.services()
    return page(
        "sessions.html",
        422 if problem else 200,
        desk=desk,
        tab="/buoi",
        form=form,
        problem=problem,
        draft=new_draft(),
        venues=venues(desk),
        services=services,
        common={code: name for code, name in services.items() if code in terms.COMMON},
        others={code: name for code, name in services.items() if code not in terms.COMMON},
        open=open_,
        ended=ended,
        recorded=recorded,
        venue_names=venue_names,
    )


def venues(desk: Desk) -> dict[UUID, Place]:
    """The venues of the ward on the day in which the person may open a session, each with its place."""
    with transaction(intake().engine) as connection:
        found = venues_of(connection, desk.book, desk.ward, desk.day)
    areas = [desk.book.heir(UUID(one["area_id"]), desk.day) for one in found]
    return {
        UUID(one["venue"]): Place(desk.reference(area, desk.day), area, one["name"])
        for one, area in zip(found, areas, strict=True)
        if one["name"] and desk.may(area, desk.day)
    }


@signed_in
def post_open() -> Any:
    desk, form, draft = open_desk(), _typed(), sent_draft()
    if request.form.get("ngay") != desk.day.isoformat():
        raise damaged()
    try:
        starts = clock_fields.past(desk.day, form.starts, "Giờ bắt đầu")
        data = _content(desk, form)
    except Unfit as unfit:
        return _show(desk, form, str(unfit))
    fate = send("session.opened", Draft(draft.event_id, starts), uuid.uuid5(OPENINGS, str(draft.event_id)), data)
    if isinstance(fate, Rejected):
        return _show(desk, form, said(fate))
    return redirect(desk.link("/buoi", xong=done(fate, "mo-buoi")), 303)


def _typed() -> Form:
    names = {"kind": "loai", "venue": "dia-diem", "place": "noi", "starts": "bat-dau", "ends": "du-kien"}
    typed = {name: request.form.get(field_name, "").strip() for name, field_name in names.items()}
    return Form(
        **typed,
        theme=request.form.get("chu-de", "").strip(),
        services=request.form.getlist("dich-vu"),
        partners=request.form.getlist("phoi-hop"),
    )


def _content(desk: Desk, form: Form) -> dict[str, Any]:
    """The data of the event."""
    known = {str(venue): place for venue, place in venues(desk).items()}
    if form.venue and form.venue not in known:
        raise Unfit(NOT_THERE)
    place = known[form.venue] if form.venue else desk.place(form.place)
    if not form.venue and place.reference != form.place:
        raise Problem("forbidden_area", "Tài khoản này không được mở buổi hỗ trợ cho đơn vị này.")
    data: dict[str, Any] = {"area": place.reference, "kind": form.kind, "services": form.services}
    if form.venue:
        data["venue"] = form.venue
    if form.ends:
        data["planned_end"] = clock.rfc3339(
            clock_fields.after(desk.day, form.starts, form.ends, "Giờ dự kiến kết thúc")
        )
    if form.theme:
        data["theme"] = form.theme
    return data | ({"partners": form.partners} if form.partners else {})
