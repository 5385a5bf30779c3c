"""Lists as files: volunteers and residential groups of a day to take out, and sheets to fill in.

Guarantee: what is taken out imports again, on the same day, without a difference. A file is made whole before its first
byte is sent. It holds names and phones: it needs `registry:write`, and no cache keeps it.
"""

from collections.abc import Sequence
from typing import Any

from flask import Response

from services.registry.api.doors import Blueprint, reading, secured
from services.registry.api.imports import ward_or_refuse
from services.registry.imports import exports
from services.registry.imports.columns import GROUPS, GROUPS_TO_FILL_IN, VOLUNTEERS, VOLUNTEERS_TO_FILL_IN
from services.registry.schemas import imports as schemas
from shared import clock
from shared.auth import requires
from shared.sheets import Column, open_csv, write_template, write_xlsx
from shared.sheets.over_http import BINARY, CSV, XLSX, sent

routes = Blueprint("lists", __name__, url_prefix="/v1", description="Xuất danh sách, tệp mẫu để điền")

WRITE = secured("registry:write")
AS_XLSX = {"schema": BINARY, "content_type": XLSX}
AS_CSV = {"schema": BINARY, "content_type": CSV}


@routes.route("/volunteers/template.xlsx", methods=["GET"])
@requires("registry:write")
@routes.doc(**WRITE, operationId="get_volunteers_template", summary="A sheet to fill in with volunteers")
@routes.response(200, **AS_XLSX)
def volunteers_template() -> Response:
    template = write_template(VOLUNTEERS_TO_FILL_IN, title="danh sách tình nguyện viên")
    return sent(template, XLSX, "mau-tinh-nguyen-vien.xlsx")


@routes.route("/groups/template.xlsx", methods=["GET"])
@requires("registry:write")
@routes.doc(**WRITE, operationId="get_groups_template", summary="A sheet to fill in with residential groups")
@routes.response(200, **AS_XLSX)
def groups_template() -> Response:
    return sent(write_template(GROUPS_TO_FILL_IN, title="danh sách tổ dân phố"), XLSX, "mau-to-dan-pho.xlsx")


@routes.route("/volunteers.xlsx", methods=["GET"])
@requires("registry:write")
@routes.doc(**WRITE, operationId="export_volunteers_xlsx", summary="The volunteers of a day as a workbook")
@routes.arguments(schemas.ExportQuery, location="query")
@routes.response(200, **AS_XLSX)
def volunteers_xlsx(query: dict[str, Any]) -> Response:
    return _exported(exports.volunteers, VOLUNTEERS, query, "tinh-nguyen-vien.xlsx")


@routes.route("/volunteers.csv", methods=["GET"])
@requires("registry:write")
@routes.doc(**WRITE, operationId="export_volunteers_csv", summary="The volunteers of a day as CSV")
@routes.arguments(schemas.ExportQuery, location="query")
@routes.response(200, **AS_CSV)
def volunteers_csv(query: dict[str, Any]) -> Response:
    return _exported(exports.volunteers, VOLUNTEERS, query, "tinh-nguyen-vien.csv")


@routes.route("/groups.xlsx", methods=["GET"])
@requires("registry:write")
@routes.doc(**WRITE, operationId="export_groups_xlsx", summary="The residential groups of a day as a workbook")
@routes.arguments(schemas.ExportQuery, location="query")
@routes.response(200, **AS_XLSX)
def groups_xlsx(query: dict[str, Any]) -> Response:
    return _exported(exports.groups, GROUPS, query, "to-dan-pho.xlsx")


@routes.route("/groups.csv", methods=["GET"])
@requires("registry:write")
@routes.doc(**WRITE, operationId="export_groups_csv", summary="The residential groups of a day as CSV")
@routes.arguments(schemas.ExportQuery, location="query")
@routes.response(200, **AS_CSV)
def groups_csv(query: dict[str, Any]) -> Response:
    return _exported(exports.groups, GROUPS, query, "to-dan-pho.csv")


def _exported(make: Any, columns: Sequence[Column], query: dict[str, Any], name: str) -> Response:
    day = query["on"] or clock.today()
    ward = ward_or_refuse(query["ward"], day)
    with reading() as session:
        rows = make(session, day, ward.area_id if ward else None)
        if name.endswith(".csv"):
            return sent(open_csv(columns, rows), CSV, name)
        return sent(write_xlsx(columns, rows), XLSX, name)
