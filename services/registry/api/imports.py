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
from shared.sheets import MOST_UPLOADED_ROWS, UPLOAD_LIMITS, Reading
from shared.sheets.over_http import BODY, not_kept, uploaded

routes = Blueprint("imports", __name__, url_prefix="/v1", description="Nhập danh sách từ bảng tính")

SMALLER = "hoặc nhờ IT nhập bằng lệnh cds import"


@routes.route("/imports/volunteers", methods=["POST"])
@requires("registry:write")
@routes.doc(
    **secured("registry:write"),
    operationId="import_volunteers",
    summary="Import a list of volunteers: register who is new, correct and move who is known",
    requestBody=BODY,
)
@routes.arguments(schemas.VolunteersImportQuery, location="query")
@routes.response(200, schemas.ImportReport)
def import_volunteers(query: dict[str, Any]) -> Any:
    with _told(query) as (file, day, ward):
        read = read_volunteers(file, query["key"], UPLOAD_LIMITS)
        report = report_on_volunteers(read, query["key"], day, ward)
        return _imported(Job(day, _id_of(ward), query["key"], report.default_kind), read, report, query)


@routes.route("/imports/groups", methods=["POST"])
@requires("registry:write")
@routes.doc(
    **secured("registry:write"),
    operationId="import_groups",
    summary="Import a list of residential groups: declare what is new, correct names and numbers",
    requestBody=BODY,
)
@routes.arguments(schemas.ImportQuery, location="query")
@routes.response(200, schemas.ImportReport)
def import_groups(query: dict[str, Any]) -> Any:
    with _told(query) as (file, day, ward):
        read = read_groups(file, UPLOAD_LIMITS)
        return _imported(GroupJob(day, _id_of(ward)), read, report_on_groups(read, day, ward), query)


def _imported(job: Job | GroupJob, read: Reading, report: Report, query: dict[str, Any]) -> Any:
    report.is_dry_run = query["dry_run"]
    rows = all_rows(read, report, MOST_UPLOADED_ROWS)
    import_list(partial(writing, query["reason"]), job, rows, report)
    return not_kept(shown(report, schemas.SHOWN))


@contextmanager
def _told(query: dict[str, Any]) -> Iterator[tuple[bytes, dt.date, Area | None]]:
    """The file, the day and the ward of a request; what speaks against the file becomes the answer."""
    day = query["on"] or clock.today()
    with uploaded(SMALLER) as body:
        yield body, day, ward_or_refuse(query["ward"], day)


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
