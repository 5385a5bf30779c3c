"""Uploading a sheet: first what was understood is shown, then the person confirms, then comes the report.

Guarantee: nothing is taken before it is confirmed, and what is confirmed is what was shown; the same form twice, or the
same file again, counts nothing twice. In between the rows are in the form, sealed; no citizen number is among them.
"""

import datetime as dt
from collections.abc import Iterable

import msgspec
from flask import Blueprint, Response, request

from services.sessions.imports.columns import What, title_of
from services.sessions.imports.reading import How, read
from services.sessions.imports.report import Report, Sheet
from services.sessions.imports.running import carry_out
from services.sessions.imports.templates import TITLES, send_template
from services.sessions.imports.wanted import Job
from services.sessions.page.desk import FIRST_DAY, Desk, open_desk
from services.sessions.page.guard import caller, intake, signed_in
from services.sessions.page.rendering import page
from services.sessions.page.sealing import LONGEST, Broken, seal, unseal
from services.sessions.queries.catalogue import service_names
from shared import clock
from shared.database import transaction
from shared.problems import Problem
from shared.sheets import SheetError
from shared.sheets.over_http import MOST_BYTES

MOST_ROWS = 2_000  # of one upload on the page, whose rows go along in the form
KINDS: dict[str, What] = {"so-lieu": "tallies", "luot": "assists"}
ROWS_NAMED = 12
NO_FILE = "Chưa chọn tệp. Vui lòng chọn tệp Excel (.xlsx), .ods hoặc .csv."
OLD = "Tệp đã kiểm tra quá lâu hoặc bởi tài khoản khác. Vui lòng chọn lại tệp; chưa có gì được gửi."
MANY = f"Tệp có hơn {MOST_ROWS:,} dòng; vui lòng chia thành nhiều tệp, mỗi ngày chỉ ở một tệp.".replace(",", ".", 1)


class Draft(msgspec.Struct):
    """What waits for the person's word."""

    sheet: Sheet
    ward: str
    day: dt.date | None
    covers: str


def add_routes(routes: Blueprint) -> None:
    routes.add_url_rule("/nop-tep", "upload", upload)
    routes.add_url_rule("/nop-tep", "post_upload", post_upload, methods=["POST"])
    routes.add_url_rule("/nop-tep/xac-nhan", "confirm_upload", confirm_upload, methods=["POST"])
    routes.add_url_rule("/nop-tep/mau/<kind>.<form>", "sheet_template", sheet_template)
    routes.before_request(_allow_a_file)


def _allow_a_file() -> None:
    """Files are larger than forms."""
    if request.endpoint == "page.post_upload":
        request.max_content_length = MOST_BYTES + (64 << 10)


@signed_in
def upload() -> Response:
    return _ask(open_desk())


@signed_in
def sheet_template(kind: str, form: str) -> Response:
    if kind not in KINDS or form not in ("xlsx", "csv"):
        raise Problem("not_found", "Không có tệp mẫu này.")
    return send_template(intake().engine, KINDS[kind], form)


def _ask(desk: Desk, problem: str = "") -> Response:
    chosen = {name: request.form.get(name, "") for name in ("loai", "pham-vi", "ngay-tep")}
    return page("sheet.html", 422 if problem else 200, desk=desk, tab="/nop-tep", problem=problem, chosen=chosen)


@signed_in
def post_upload() -> Response:
    desk = open_desk()
    file = request.files.get("tep")
    body = file.read() if file else b""
    if not body:
        return _ask(desk, NO_FILE)
    what = KINDS.get(request.form.get("loai", ""), "tallies")
    how = How(desk.ward.code, _asked_day(), "all" if request.form.get("pham-vi") == "all" else "unlisted")
    try:
        draft = Draft(_read(body, what, how), desk.ward.code, how.day, how.covers)
        sealed = seal(draft)
        if len(sealed) > LONGEST:
            raise SheetError("too_many_rows", MANY)
    except SheetError as error:
        return _ask(desk, error.message)
    return _show(desk, _carried_out(draft, is_dry=True), sealed)


def _read(body: bytes, what: What, how: How) -> Sheet:
    with transaction(intake().engine) as connection:
        catalogue = service_names(connection)
    sheet = read(body, what, catalogue, how, intake().residents.tokens)
    if len(sheet.lines) > MOST_ROWS:
        raise SheetError("too_many_rows", MANY)
    return sheet


def _asked_day() -> dt.date | None:
    """The day for rows without one; none when it cannot be: such rows are refused then."""
    try:
        asked = dt.date.fromisoformat(request.form.get("ngay-tep", ""))
    except ValueError:
        return None
    return asked if FIRST_DAY <= asked <= clock.today() else None


def _carried_out(draft: Draft, *, is_dry: bool) -> Report:
    how = How(draft.ward, draft.day, draft.covers)
    return carry_out(draft.sheet, Job(intake(), caller(), how, clock.now(), is_dry=is_dry))


@signed_in
def confirm_upload() -> Response:
    desk = open_desk()
    try:
        draft = unseal(request.form.get("tep-da-xem", ""), Draft)
    except Broken:
        return _ask(desk, OLD)
    return _show(desk, _carried_out(draft, is_dry=False), "")


def _show(desk: Desk, report: Report, sealed: str) -> Response:
    counts = report.counts()
    return page(
        "sheet_report.html",
        desk=desk,
        report=report,
        title=TITLES[report.sheet.what],
        counts=counts,
        news=counts["created"] + counts["changed"],
        refused=_by_reason(report),
        ignored=_by_told(report.sheet.ignored),
        sealed=sealed,
        titles=lambda key: title_of(key, report.sheet.what),
    )


def _by_reason(report: Report) -> list[tuple[str, str]]:
    """Why rows are refused, and which: one sentence may hold for many."""
    found: dict[str, list[int]] = {}
    for outcome in report.having("refused"):
        for refusal in outcome.refusals:
            found.setdefault(report.told(refusal), []).append(outcome.number)
    return [(_rows(numbers), told) for told, numbers in found.items()]


def _by_told(ignored: Iterable[tuple[int, str, str]]) -> list[tuple[str, str]]:
    found: dict[str, list[int]] = {}
    for number, _, told in ignored:
        found.setdefault(told, []).append(number)
    return [(_rows(numbers), told) for told, numbers in found.items()]


def _rows(numbers: list[int]) -> str:
    """`Dòng 5, 7, 9`."""
    more = f" và {len(numbers) - ROWS_NAMED} dòng nữa" if len(numbers) > ROWS_NAMED else ""
    return "Dòng " + ", ".join(map(str, numbers[:ROWS_NAMED])) + more
