"""What the ward has sent last: assists, paper counts, sessions, with their states; taking one back.

Guarantee: only what is in the person's areas is shown or taken back. A void is final and needs its reason; a form sent
twice voids once.
"""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, redirect, request

from services.sessions.contract import Rejected
from services.sessions.page import naming, queries, terms
from services.sessions.page.desk import Desk, open_desk
from services.sessions.page.guard import intake, signed_in
from services.sessions.page.queries import Entry
from services.sessions.page.rendering import page
from services.sessions.page.sending import done, new_draft, said, send, sent_draft
from shared.database import transaction
from shared.problems import Problem


def add_routes(routes: Blueprint) -> None:
    routes.add_url_rule("/da-gui", "sent", sent)
    routes.add_url_rule("/da-gui/<uuid:subject>/huy", "void", void)
    routes.add_url_rule("/da-gui/<uuid:subject>/huy", "post_void", post_void, methods=["POST"])


@signed_in
def sent() -> Response:
    desk = open_desk()
    ward = desk.ward.area_id
    with transaction(intake().engine) as connection:
        found = queries.latest(connection, ward)
        waiting, refused = queries.waiting(connection, ward), queries.refused(connection, ward)
    return page(
        "sent.html",
        desk=desk,
        tab="/da-gui",
        entries=[one for one in found if desk.may(one.state.area, one.state.day)],
        waiting=waiting,
        refused=refused,
        services=naming.services(),
    )


def find(subject: UUID, *kinds: str) -> tuple[Desk, Entry]:
    """An entry that the person may change, and the desk of its day.

    Raises:
        Problem: 404 also when it is somebody else's: nobody learns what is there.
    """
    with transaction(intake().engine) as connection:
        found = queries.entry(connection, subject, kinds)
    if found is not None:
        desk = open_desk(day=found.state.day)
        if desk.may(found.state.area, found.state.day):
            return desk, found
    raise Problem("not_found", "Không có bản ghi này trong phạm vi của tài khoản.")


@signed_in
def void(subject: UUID) -> Response:
    return _ask(*find(subject, *terms.KINDS))


def _ask(desk: Desk, entry: Entry, problem: str = "") -> Response:
    return page(
        "void.html",
        422 if problem else 200,
        desk=desk,
        tab="/da-gui",
        entry=entry,
        services=naming.services(),
        draft=new_draft(),
        problem=problem,
    )


@signed_in
def post_void(subject: UUID) -> Any:
    desk, entry = find(subject, *terms.KINDS)
    reason = request.form.get("ly-do", "")
    if reason not in terms.VOID_REASONS:
        return _ask(desk, entry, "Vui lòng chọn lý do hủy.")
    data: dict[str, Any] = {"reason_code": reason}
    if entry.kind == "session":
        data["void_assists"] = request.form.get("luot") == "huy"
    fate = send(f"{entry.kind}.voided", sent_draft(), subject, data)
    if isinstance(fate, Rejected):
        return _ask(desk, entry, said(fate))
    back = "/buoi" if entry.kind == "session" else "/da-gui"
    return redirect(desk.link(back, xong=done(fate, "huy")), 303)
