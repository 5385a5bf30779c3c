"""A report as plain values for a JSON answer: the counts that its document prints, sums included."""

from dataclasses import asdict
from typing import Any

from services.reporting.documents.formats import share
from services.reporting.documents.parts import Progress, ServiceResult, UnitProgress
from services.reporting.documents.reports import Report


def as_json(report: Report) -> dict[str, Any]:
    """The values of `ReportSchema`."""
    return {
        "first_day": report.period.first_day,
        "last_day": report.period.last_day,
        "period": report.period.name,
        "office": report.office.name,
        "is_closed": report.is_closed,
        "cut_at": report.cut_at,
        "basis": report.basis,
        "sha256": report.sha256 if report.is_closed else None,
        "results": [_result(one) for one in report.results.services],
        "total": _result(report.results.total),
        "from_paper": report.results.from_paper,
        "credited": asdict(report.credited) if report.credited else None,
        "proposals": asdict(report.proposals) if report.proposals else None,
        "completeness": asdict(report.completeness) if report.completeness else None,
        "progress": [_progress(one, report.office.whole) for one in report.progress],
        **{name: asdict(getattr(report, name)) for name in ("field_work", "feedback", "remarks")},
        **{
            name: [asdict(one) for one in getattr(report, name)]
            for name in ("statements", "reasons", "stalls", "amendments", "incidents")
        },
    }


def _result(one: ServiceResult) -> dict[str, Any]:
    return asdict(one) | {"assists": one.assists}


def _progress(one: Progress, whole: str) -> dict[str, Any]:
    return asdict(one) | {"units": [_unit(unit) for unit in one.units], "total": _unit(one.total(whole))}


def _unit(one: UnitProgress) -> dict[str, Any]:
    derived = {"done": one.done, "left": one.left, "gap": one.gap, "share": share(one.done, one.goal)}
    return asdict(one) | derived
