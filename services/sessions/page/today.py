"""The first page: the day's figures, the paper count of the day or of a day before, the zero report, downloads.

Guarantee: a count that is sent twice counts once; one that somebody else has replaced meanwhile is not replaced unseen.
"""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, redirect, request

from services.sessions.contract import Rejected
from services.sessions.page import figures, naming, tally, terms
from services.sessions.page.desk import Desk, open_desk
from services.sessions.page.guard import signed_in
from services.sessions.page.rendering import message, page
from services.sessions.page.sending import damaged, done, is_held, new_draft, said, send, sent_draft, was_sent
from services.sessions.page.tally import Counts, Form
from shared.problems import Problem

NOTHING_TYPED = "Chưa nhập số nào. Nếu trong ngày không có lượt hỗ trợ nào, vui lòng bấm “Báo cáo không phát sinh”."
OVERTAKEN = (
    "Số liệu này vừa được người khác gửi hoặc hủy. Số anh/chị vừa nhập còn ở bên dưới: vui lòng xem lại rồi gửi; "
    "bản gửi sau thay bản trước."
)


def add_routes(routes: Blueprint) -> None:
    routes.add_url_rule("", "today", today, strict_slashes=False)
    routes.add_url_rule("/so-lieu", "post_tally", post_tally, methods=["POST"])
    routes.add_url_rule("/khong-phat-sinh", "post_nothing", post_nothing, methods=["POST"])
    routes.add_url_rule("/tai-ve.csv", "download", download)


@signed_in
def today() -> Response:
    desk = open_desk()
    return _show(desk, tally.blank(desk, desk.place(request.args.get("noi", "")), _asked_subject()))


def _asked_subject() -> UUID | None:
    try:
        return UUID(request.values.get("so", ""))
    except ValueError:
        return None


def _show(desk: Desk, form: Form, status: int = 200) -> Response:
    services = naming.services()
    common = [code for code in terms.COMMON if code in services]
    told = figures.fetch(desk.ward, desk.day)
    return page(
        "today.html",
        status,
        desk=desk,
        tab="",
        form=form,
        services=services,
        common=common,
        others=[code for code in _with_former(services, form) if code not in common],
        figures=told,
        zalo=figures.zalo_line(desk.ward, desk.day, told, services) if told else "",
        draft=new_draft(),
        zero_draft=new_draft(),
    )


def _with_former(services: dict[str, str], form: Form) -> list[str]:
    """Every service that can be counted, and those that the former count has."""
    return list(dict.fromkeys([*services, *(service for service, _ in form.counts)]))


@signed_in
def post_tally() -> Any:
    desk = open_desk()
    form = _sent_form(desk)
    counts = tally.typed_counts()
    form.covers = "all" if request.form.get("pham-vi") == "all" else "unlisted"
    if not counts and not form.detailed:
        return _again(desk, form, counts, NOTHING_TYPED)
    return _take(desk, form, counts, "so-lieu")


@signed_in
def post_nothing() -> Any:
    desk = open_desk()
    form = _sent_form(desk)
    form.covers, form.detailed = "unlisted", 0
    return _take(desk, form, {}, "khong-phat-sinh")


def _sent_form(desk: Desk) -> Form:
    """The form that was sent, against what holds now; its place must be one of the person's on its day."""
    place = desk.place(request.form.get("noi", ""))
    if request.form.get("ngay") != desk.day.isoformat():
        raise damaged()
    if place.reference != request.form.get("noi"):
        raise Problem("forbidden_area", "Tài khoản này không được ghi số liệu cho đơn vị này.")
    return tally.blank(desk, place, _asked_subject())


def _take(desk: Desk, form: Form, counts: Counts, key: str) -> Any:
    draft, subject, version = sent_draft(), _asked_subject() or form.subject, _sent_version()
    if (subject, version) != (form.subject, form.version) and not was_sent(draft):
        return _again(desk, form, counts, OVERTAKEN)
    fate = send("tally.recorded", draft, subject, tally.content(desk, form, counts, version))
    if isinstance(fate, Rejected):
        return _again(desk, form, counts, said(fate))
    word = done(fate, key) if is_held(draft, subject, "tally") else "bi-thay"
    return redirect(desk.link(ngay=desk.day, noi=form.place.reference, xong=word), 303)


def _sent_version() -> int:
    given = request.form.get("ban", "")
    if not (given.isascii() and given.isdigit() and len(given) <= 6):
        raise damaged()
    return int(given)


def _again(desk: Desk, form: Form, counts: Counts, problem: str) -> Response:
    """The form with what was typed, and what is the matter."""
    form.counts, form.problem = counts, problem
    return _show(desk, form, 422)


@signed_in
def download() -> Response:
    desk = open_desk()
    told = figures.fetch_csv(desk.ward, desk.day)
    if told is None:
        return message(503, "Chưa tải về được", "Dịch vụ báo cáo đang bận. Vui lòng thử lại sau ít phút.", desk=desk)
    name = f"so-lieu_{desk.ward.code}_{desk.day}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(told.content, content_type="text/csv; charset=utf-8", headers=headers)
