"""`/v1/imports/…`: a list of volunteers or of residential groups, as a file, becomes changes of the registry.

Guarantee: a file of any bytes is imported with a report or refused with a sentence, and is never half read; what is
committed of it stays (a thousand rows at a time), and the same file can be sent again. Both a file and a report hold
names and phones: they need `registry:write`, and no cache keeps them.
"""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any
from uuid import UUID

import flask
from werkzeug.exceptions import RequestEntityTooLarge

from services.registry.api.doors import Blueprint, reading, secured, writing
from services.registry.imports.groups import GroupJob
from services.registry.imports.matching import Job
from services.registry.imports.reading import read_groups, read_volunteers, report_on_groups, report_on_volunteers
from services.registry.imports.report import Report, shown
from services.registry.imports.running import all_rows, import_list
from services.registry.model import Area
from services.registry.queries.areas import area_by_code
from services.registry.schemas import imports as schemas
from shared import clock
from shared.auth import requires
from shared.problems import FieldError, Problem
from shared.sheets import Limits, Reading, SheetError

routes = Blueprint("imports", __name__, url_prefix="/v1", description="Nhập danh sách từ bảng tính")

MOST_ROWS = 5_000  # the answer has to come within thirty seconds
MOST_BYTES = 10 << 20
LIMITS = Limits(file_bytes=MOST_BYTES, inflated_bytes=100 << 20, rows=50_000, cells=1_000_000, text_length=20_000_000)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ODS = "application/vnd.oasis.opendocument.spreadsheet"
CSV = "text/csv"
BINARY = {"type": "string", "format": "binary"}
FILE = {"required": True, "content": {kind: {"schema": BINARY} for kind in (XLSX, ODS, CSV)}}
TOO_LARGE = f"Tệp lớn hơn {MOST_BYTES >> 20} MB; vui lòng chia thành nhiều tệp, hoặc nhờ IT nhập bằng lệnh cds import."
OTHER_TYPE = f"Vui lòng gửi tệp bảng tính với Content-Type: {XLSX}, {ODS} hoặc {CSV}."


@routes.route("/imports/volunteers", methods=["POST"])
@requires("registry:write")
@routes.doc(
    **secured("registry:write"),
    operationId="import_volunteers",
    summary="Import a list of volunteers: register who is new, correct and move who is known",
    requestBody=FILE,
)
@routes.arguments(schemas.VolunteersImportQuery, location="query")
@routes.response(200, schemas.ImportReport)
def import_volunteers(query: dict[str, Any]) -> Any:
    with _told(query) as (file, day, ward):
        read = read_volunteers(file, query["key"], LIMITS)
        report = report_on_volunteers(read, query["key"], day, ward)
        return _imported(Job(day, _id_of(ward), query["key"], report.default_kind), read, report, query)


@routes.route("/imports/groups", methods=["POST"])
@requires("registry:write")
@routes.doc(
    **secured("registry:write"),
    operationId="import_groups",
    summary="Import a list of residential groups: declare what is new, correct names and numbers",
    requestBody=FILE,
)
@routes.arguments(schemas.ImportQuery, location="query")
@routes.response(200, schemas.ImportReport)
def import_groups(query: dict[str, Any]) -> Any:
    with _told(query) as (file, day, ward):
        read = read_groups(file, LIMITS)
        return _imported(GroupJob(day, _id_of(ward)), read, report_on_groups(read, day, ward), query)


def _imported(job: Job | GroupJob, read: Reading, report: Report, query: dict[str, Any]) -> Any:
    report.is_dry_run = query["dry_run"]
    rows = all_rows(read, report, MOST_ROWS)
    import_list(partial(writing, query["reason"]), job, rows, report)
    return shown(report, schemas.SHOWN), 200, {"Cache-Control": "no-store"}


@contextmanager
def _told(query: dict[str, Any]) -> Iterator[tuple[bytes, dt.date, Area | None]]:
    """The file, the day and the ward of a request; what speaks against the file becomes the answer."""
    day = query["on"] or clock.today()
    try:
        yield _file(), day, ward_or_refuse(query["ward"], day)
    except SheetError as error:
        if error.code == "file_too_large":
            raise Problem("body_too_large", TOO_LARGE) from error
        raise Problem("invalid", error.message, errors=[FieldError("file", error.code, error.message)]) from error


def _file() -> bytes:
    """The body, if it may be a list and is not too large."""
    if flask.request.mimetype not in (XLSX, ODS, CSV):
        raise Problem("unsupported_media_type", OTHER_TYPE)
    flask.request.max_content_length = MOST_BYTES
    try:
        return flask.request.get_data(cache=False)
    except RequestEntityTooLarge:
        raise Problem("body_too_large", TOO_LARGE) from None


def ward_or_refuse(code: str | None, day: dt.date) -> Area | None:
    """The ward with this code on a day."""
    if code is None:
        return None
    with reading() as session:
        area = area_by_code(session, code, day)
    if area is None or area.level != "ward":
        message = f"Ngày {day} không có xã, phường nào mang mã {code}. Vui lòng tra lại ở /v1/areas."
        raise Problem("invalid", errors=[FieldError("ward", "unknown_area", message)])
    return area


def _id_of(ward: Area | None) -> UUID | None:
    return ward.area_id if ward else None
