"""Routes of the certificate of volunteer hours: made for a name that is typed and kept nowhere, checked by anyone.

Guarantee: the hours are those of F9, of the person as a whole after merges; nothing of the request is stored. A check
answers yes or no to what is on the paper already. Both take a body: no name stands in an address (docs/decisions/0025).
Step 9 of the event path (docs/architecture.md).
"""

import datetime as dt
from dataclasses import replace
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from flask import Response, current_app
from flask_smorest import Blueprint

from services.reporting import papers
from services.reporting.documents import check_code
from services.reporting.documents.certificate import Certificate, compose
from services.reporting.queries_feedback import fetch
from services.reporting.queries_field_work import hours
from services.reporting.reports.offices import office_of
from services.reporting.reports.units import Unit, find_unit
from services.reporting.schemas_reports import CertificateCheckedSchema, CertificateCheckSchema, CertificateSchema
from shared import clock
from shared.areas import AreaCache
from shared.auth import public, requires
from shared.database import Connection, transaction
from shared.problems import FieldError, Problem

Asked = dict[str, Any]
RECIPIENTS = ("Người có tên trên", "Lưu: VP")


def blueprint(engine: sa.Engine, areas: AreaCache) -> Blueprint:
    """The documented routes under /v1/certificates."""
    routes = Blueprint(
        "certificates", __name__, url_prefix="/v1/certificates", description="Volunteer hours, certified"
    )

    @routes.post("")
    @requires("reports:read")
    @routes.arguments(CertificateSchema)
    @routes.alt_response(200, content_type=papers.TYPES["pdf"], description="The certificate, ready to sign")
    def make_certificate(asked: Asked) -> Response:
        """A certificate of the hours of a volunteer over some days, as PDF or DOCX."""
        key = _key()
        unit = find_unit(areas.current(), asked.get("unit"), asked["last_day"])
        with transaction(engine) as connection:
            certificate = _certificate(connection, asked, unit)
        return papers.answer(compose(certificate, key), asked["form"], "giay-xac-nhan")

    @routes.post("/check")
    @public
    @routes.arguments(CertificateCheckSchema)
    @routes.response(200, CertificateCheckedSchema)
    def check_certificate(asked: Asked) -> Asked:
        """Whether the code on a certificate belongs to what is printed on it; nothing else is told."""
        printed = {name: text for name, text in asked.items() if name != "code"}
        return {"is_right": check_code.is_right(_key(), printed, asked["code"])}

    return routes


def _key() -> bytes:
    key: bytes = current_app.extensions["cds_settings"].certificate_key
    if not key:
        raise Problem("unavailable", "Chưa đặt CDS_CERTIFICATE_KEY nên chưa cấp, chưa kiểm tra được giấy xác nhận.")
    return key


def _certificate(connection: Connection, asked: Asked, unit: Unit) -> Certificate:
    """What is certified: what the person has done in the unit.

    Raises:
        Problem: 422 for a person who is not known, or has no hours there on these days.
    """
    person = _person(connection, asked["volunteer"])
    rows = hours(
        connection,
        asked["first_day"],
        asked["last_day"],
        unit.area_id,
        group_by=("session",),
        filters={"volunteer": [person["root"]]},
    )
    served = [row for row in rows if row["seconds"]]
    if not served:
        raise _invalid(
            "volunteer", "no_hours", "Tình nguyện viên này không có giờ nào ở đơn vị này, trong thời gian đã chọn."
        )
    return Certificate(
        office=replace(office_of(unit, asked["layout"]), recipients=RECIPIENTS),
        full_name=" ".join(asked["full_name"].split()),
        first_day=asked["first_day"],
        last_day=asked["last_day"],
        seconds=sum(row["seconds"] for row in served),
        sessions=len(served),
        issued_on=_issued_on(asked["last_day"]),
        birth_year=person["birth_year"] if asked["with_birth_year"] else None,
        unit=asked["branch"],
        activity=asked["activity"],
    )


def _issued_on(last_day: dt.date) -> dt.date:
    """Today; what is still to come cannot be certified.

    Raises:
        Problem: 422 when the last day is not here yet.
    """
    today = clock.today()
    if last_day > today:
        raise _invalid("last_day", "in_the_future", "Ngày cuối chưa đến.")
    return today


def _person(connection: Connection, volunteer: UUID) -> dict[str, Any]:
    """The record that holds after merges."""
    rows = fetch(
        connection,
        """SELECT v.volunteer AS root, v.birth_year FROM volunteer AS v
            WHERE v.volunteer = coalesce((SELECT root FROM volunteer_alias WHERE volunteer = %(volunteer)s),
                                         %(volunteer)s)""",
        {"volunteer": volunteer},
    )
    if not rows:
        raise _invalid("volunteer", "not_found", "Không có tình nguyện viên này.")
    return rows[0]


def _invalid(name: str, code: str, message: str) -> Problem:
    return Problem("invalid", errors=[FieldError(name, code, message)])
