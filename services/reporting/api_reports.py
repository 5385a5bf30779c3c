"""Routes of reports: the day's, the week's, the month's, the report month's and a campaign's, as DOCX, PDF and JSON.

Step 9 of the event path (docs/architecture.md).
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import marshmallow as ma
import sqlalchemy as sa
from flask import Response, current_app, request
from flask_smorest import Blueprint

from services.reporting import papers
from services.reporting.api_closings import parse_day
from services.reporting.documents.chat import one_line
from services.reporting.documents.composing import compose
from services.reporting.documents.parts import Remarks
from services.reporting.documents.periods import Period
from services.reporting.documents.reports import Report
from services.reporting.queries_feedback import fetch
from services.reporting.reports import build
from services.reporting.reports.answers import as_json
from services.reporting.reports.remarks import remarks
from services.reporting.reports.units import find_unit
from services.reporting.schemas_reports import (
    CampaignQuerySchema,
    ChatLineSchema,
    ChatQuerySchema,
    MonthQuerySchema,
    ReportQuerySchema,
    ReportSchema,
    WeekQuerySchema,
)
from shared import clock
from shared.areas import AreaCache
from shared.auth import requires
from shared.database import transaction
from shared.problems import FieldError, Problem

Asked = dict[str, Any]
FIRST_DAY = dt.date(2000, 1, 1)


def blueprint(engine: sa.Engine, areas: AreaCache) -> Blueprint:
    """The documented routes under /v1/reports."""
    routes = Blueprint("reports", __name__, url_prefix="/v1/reports", description="Reports, ready to sign")
    desk = Desk(engine, areas)
    _add(routes, desk, "daily/<day>", ReportQuerySchema, _daily, "The report of a day")
    _add(routes, desk, "weekly", WeekQuerySchema, lambda asked: Period.of_week(asked["day"]), "The report of a week")
    _add(routes, desk, "monthly", MonthQuerySchema, _monthly, "The report of a month")
    _add(
        routes, desk, "report-month", MonthQuerySchema, _report_month,
        "The report of a report month, from the 15th to the 14th",
    )  # fmt: skip
    _add(routes, desk, "campaign", CampaignQuerySchema, desk.campaign, "The report at the end of a campaign")

    @routes.get("/chat-line")
    @requires("reports:read")
    @routes.arguments(ChatQuerySchema, location="query", unknown=None)
    @routes.response(200, ChatLineSchema)
    def chat_line(asked: Asked) -> Asked:
        """The result of a day in one line, for a chat group."""
        made = desk.make(asked | {"layout": "peoples_committee"}, Period.of_day(asked.get("day") or clock.today()))
        return {"line": one_line(made), "is_closed": made.is_closed}

    return routes


class Desk:
    """Makes the reports that a request asks for."""

    def __init__(self, engine: sa.Engine, areas: AreaCache) -> None:
        self._engine, self._areas = engine, areas

    def make(self, asked: Asked, period: Period, *, with_remarks: bool = False) -> Report:
        """The report of what is asked over a period, or over its days up to today.

        Raises:
            Problem: 422 for a unit that is no ward of the last day, or a day that is not here yet.
        """
        now = clock.now()
        today = clock.local_day(now)
        _check(period, today)
        period = replace(period, last_day=min(period.last_day, today))
        unit = find_unit(self._areas.current(), asked.get("unit"), period.last_day)
        said = Remarks()
        if with_remarks:
            url = current_app.extensions["cds_settings"].url_of("sessions")
            said = remarks(url, request.headers["Authorization"], unit, period.last_day)
        wanted = build.Asked(unit=unit, period=period, layout=asked["layout"], campaign_id=asked.get("campaign"))
        with transaction(self._engine) as connection:
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            return build.report(connection, wanted, said, now)

    def campaign(self, asked: Asked) -> Period:
        """The days of a campaign, up to the one on which it was closed."""
        with transaction(self._engine) as connection:
            rows = fetch(
                connection,
                """SELECT name, starts_on, greatest(starts_on, least(ends_on, closed_on - 1)) AS ends_on
                     FROM campaign WHERE campaign_id = %(campaign)s""",
                {"campaign": asked["campaign"]},
            )
        if not rows:
            raise Problem("invalid", errors=[FieldError("campaign", "not_found", "Không có chiến dịch này.")])
        return Period.of_campaign(rows[0]["name"], rows[0]["starts_on"], rows[0]["ends_on"])


def _check(period: Period, today: dt.date) -> None:
    if period.first_day > today:
        raise Problem("invalid", errors=[FieldError("day", "in_the_future", f"{period.name}: chưa đến.")])
    if period.first_day < FIRST_DAY:
        raise Problem("invalid", errors=[FieldError("day", "too_early", f"{period.name}: chưa có số liệu.")])


def _daily(asked: Asked) -> Period:
    return Period.of_day(asked["day"])


def _monthly(asked: Asked) -> Period:
    return Period.of_month(*_month(asked))


def _report_month(asked: Asked) -> Period:
    return Period.of_report_month(*_month(asked))


def _month(asked: Asked) -> tuple[int, int]:
    """Year and month; a year that is out of reach is refused by `_check`."""
    year, month = (int(part) for part in asked["month"].split("-"))
    return max(year, 1900), month


def _add(
    routes: Blueprint,
    desk: Desk,
    path: str,
    schema: type[ma.Schema],
    period_of: Callable[[Asked], Period],
    about: str,
) -> None:
    """One route a form, since each has a type of its own."""

    def asked_of(asked: Asked, day: str | None) -> Asked:
        return asked if day is None else asked | {"day": parse_day(day)}

    for form, media_type in papers.TYPES.items():

        def get_file(asked: Asked, day: str | None = None, form: str = form) -> Response:
            whole = asked_of(asked, day)
            made = desk.make(whole, period_of(whole), with_remarks=True)
            return _file(made, form, whole)

        get_file.__doc__ = f"{about}, as {form.upper()}."
        get_file.__name__ = f"{path.partition('/')[0].replace('-', '_')}_{form}"
        described = routes.alt_response(200, content_type=media_type, description=f"{about}, as {form.upper()}")
        asking = routes.arguments(schema, location="query", unknown=None)
        routes.get(f"/{path}.{form}")(requires("reports:read")(asking(described(get_file))))

    def get_json(asked: Asked, day: str | None = None) -> Asked:
        whole = asked_of(asked, day)
        return as_json(desk.make(whole, period_of(whole), with_remarks=True))

    get_json.__doc__ = f"{about}, as JSON."
    get_json.__name__ = f"{path.partition('/')[0].replace('-', '_')}_json"
    asking = routes.arguments(schema, location="query", unknown=None)
    routes.get(f"/{path}.json")(requires("reports:read")(asking(routes.response(200, ReportSchema)(get_json))))


def _file(made: Report, form: str, asked: Asked) -> Response:
    period, unit = made.period, asked.get("unit") or "toan-dia-ban"
    name = f"bao-cao_{unit}_{period.first_day}"
    if period.kind != "day":
        name += f"_{period.last_day}"
    return papers.answer(compose(made), form, name)
