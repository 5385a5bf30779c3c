"""A report, put together: one unit, one period, all parts from one reading of the database.

Guarantee: the parts agree with each other, since they are read in one snapshot; the officer's words are asked for
before, so no transaction waits for another service.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from services.reporting.documents.parts import Remarks
from services.reporting.documents.periods import Period
from services.reporting.documents.reports import DailyReport, Layout, PeriodReport, Report
from services.reporting.progress_parts import CAMPAIGNS
from services.reporting.queries_feedback import fetch
from services.reporting.reports import closed, cumulative, parts
from services.reporting.reports.offices import office_of
from services.reporting.reports.progress import progress
from services.reporting.reports.units import Unit
from shared.database import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which report: of whom, about when, in whose layout; of one campaign, or of all that run on the last day."""

    unit: Unit
    period: Period
    layout: Layout
    campaign_id: UUID | None = None


def report(connection: Connection, asked: Asked, remarks: Remarks, now: dt.datetime) -> Report:
    """The report as it is at this moment; the transaction's snapshot is one (REPEATABLE READ)."""
    unit, period = asked.unit, asked.period
    told = closed.told(connection, unit, period, now)
    figures = told.figures
    names = dict(connection.execute("SELECT service, name_vi FROM service").fetchall())
    pursued = progress(connection, unit, period, told, names, asked.campaign_id)
    services = {one.service for one in pursued}
    until = cumulative.stalls(connection, unit, period, told)
    made: dict[str, Any] = {
        "office": office_of(unit, asked.layout),
        "period": period,
        "issued_on": period.last_day,
        "cut_at": told.cut_at,
        "basis": _basis(connection, asked),
        "field_work": parts.field_work(connection, unit, period, figures),
        "results": parts.results(figures, names),
        "credited": parts.credited(figures),
        "reasons": parts.reasons(figures),
        "stalls": parts.stalls(connection, unit, period, figures, until),
        "progress": [one.part for one in pursued],
        "amendments": [one for issued in told.issued if (one := issued.of(issued.services - services)) is not None],
        "feedback": parts.feedback(connection, unit, period, figures),
        "incidents": parts.incidents(connection, unit, period, figures),
        "proposals": parts.proposals(connection, unit, period, figures),
        "completeness": parts.completeness(connection, unit, period, asked.campaign_id, now),
        "remarks": remarks,
        "statements": told.statements,
    }
    return DailyReport(**made) if period.kind == "day" else PeriodReport(**made)


def _basis(connection: Connection, asked: Asked) -> str:
    """The campaigns that a report is made for; a campaign's own report names it already."""
    if asked.period.kind == "campaign":
        return ""
    values = {"campaign": asked.campaign_id, "day": asked.period.last_day, "area": asked.unit.area_id}
    over = """AND (EXISTS (SELECT FROM area_ancestor AS u WHERE u.area_id = ANY(c.areas) AND u.ancestor_id = %(area)s
                             AND %(day)s BETWEEN u.valid_from AND u.valid_to)
              OR EXISTS (SELECT FROM area_ancestor AS u WHERE u.area_id = %(area)s AND u.ancestor_id = ANY(c.areas)
                            AND %(day)s BETWEEN u.valid_from AND u.valid_to))"""
    rows = fetch(
        connection,
        f"""SELECT c.name FROM ({CAMPAIGNS}) AS c
             WHERE true {over if asked.unit.area_id else ""} ORDER BY c.starts_on, c.name""",
        values,
    )
    named = "; ".join(f"“{row['name']}”" for row in rows)
    return f"kế hoạch {named}" if named else ""
