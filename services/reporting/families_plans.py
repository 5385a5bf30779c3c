"""The families of plans and of what residents said: F20 to F33 and F50 to F53.

Step 9 of the event path (docs/architecture.md).
"""

import datetime as dt
from typing import Any

from services.reporting import queries_completeness, queries_feedback, queries_progress
from services.reporting.families import Family, Measure, Question, Row, summed
from services.reporting.figures_progress import last_full_day
from services.reporting.progress_parts import Asked
from shared import clock
from shared.areas import LEVELS
from shared.database import Connection

MISSING_FROM_HOUR = 20


def _progress(connection: Connection, question: Question) -> list[Row]:
    services = list(question.filters.get("service", ()))
    asked = Asked(
        day=question.last_day,
        area_id=question.area_id,
        campaign_id=question.campaign_id,
        service=services[0] if len(services) == 1 else None,
        full_day=last_full_day(question.last_day, clock.now()),
        levels=(question.level,) if question.level else LEVELS,
        borders=question.borders,
    )
    rows = queries_progress.progress(connection, asked)
    for row in rows:
        row["denominators"] = [{"as_of": as_of, "source": source} for as_of, source in row["denominators"]]
    return [row for row in rows if not services or row["service"] in services]


def _progress_of_all(family: Family, connection: Connection, question: Question) -> list[Row]:
    """By campaign and service; of an area the rows are those of the area itself."""
    return [row for row in family.rows(connection, question) if row["area"] is None]


def _completeness(connection: Connection, question: Question) -> list[Row]:
    return queries_completeness.completeness(
        connection, question.first_day, question.last_day, question.area_id, group_by=question.group_by,
        level=question.level, campaign_id=question.campaign_id, borders=question.borders,
    )  # fmt: skip


def _missing(connection: Connection, question: Question) -> list[Row]:
    if not _is_told(question.last_day):
        return []
    rows = queries_completeness.missing(connection, question.last_day, question.area_id, question.campaign_id)
    wards = ({"ward_code": row["ward"]["code"], "ward_name": row["ward"]["name"]} for row in rows)
    return [{"area": _area(row), **ward} for row, ward in zip(rows, wards, strict=True)]


def _area(row: Row) -> Row:
    return {name: row[name] for name in ("area_id", "code", "name", "level")}


def _is_told(day: dt.date) -> bool:
    """Who is silent is told from 20:00 of the day on."""
    now = clock.now().astimezone(clock.LOCAL_ZONE)
    return (day, MISSING_FROM_HOUR) <= (now.date(), now.hour) if day == now.date() else day < now.date()


def _missing_in_all(family: Family, connection: Connection, question: Question) -> Row:
    told = _is_told(question.last_day)
    return {"missing": len(list(family.rows(connection, question))) if told else None, "is_told": told}


def _places(question: Question) -> dict[str, Any]:
    return {"borders": question.borders, "campaign_areas": question.campaign_areas}


def _feedback(connection: Connection, question: Question) -> list[Row]:
    return queries_feedback.feedback(
        connection, question.first_day, question.last_day, question.last_day, question.area_id,
        group_by=question.group_by, level=question.level, filters=question.filters, **_places(question),
    )  # fmt: skip


def _overdue(connection: Connection, question: Question) -> list[Row]:
    found = {"filters": question.filters, **_places(question)}
    return queries_feedback.overdue(connection, question.last_day, question.area_id, **found)


def _incidents(connection: Connection, question: Question) -> list[Row]:
    first, last = question.first_day, question.last_day
    return queries_feedback.incidents(connection, first, last, question.area_id, **_places(question))


def _proposals(connection: Connection, question: Question) -> list[Row]:
    first, last = question.first_day, question.last_day
    return [queries_feedback.proposals(connection, first, last, last, question.area_id, **_places(question))]


def _number(_family: Family, connection: Connection, question: Question) -> Row:
    return {"overdue": len(_overdue(connection, question))}


def _figure(name: str, says: str, example: Any = 0, column: str | None = None) -> Measure:
    return Measure(name=name, says=says, example=example, column=column)


FAMILIES = (
    Family(
        name="progress",
        file="tien-do",
        title="Progress to the last person (F20 to F27), on a day",
        says="On the day `to`; without a campaign of all that run on it. A share over 100 percent is not cut off, but "
        "flagged; its denominators have their date and source. Totals are by campaign and service, without an area.",
        rows=_progress,
        groups=("campaign", "service", "area"),
        filters=("service",),
        always_by=("campaign", "service", "area"),
        measures=(
            _figure("goal", "F20; null where no target is set", 400),
            _figure("eligible", "who can be served at all", 420),
            _figure("excluded", "who cannot", 20),
            _figure("done", "F21", 310),
            _figure("left", "F22", 90),
            _figure("share", "F23, percent of the goal", 77.5),
            _figure("coverage", "F23, percent of the eligible", 73.8),
            _figure("is_over", "a share is over 100 percent", False),
            _figure("expected", "F24, expected by the day", 323),
            _figure("gap", "F25", -13),
            _figure("status", "F25: on_track, behind, at_risk", "behind"),
            _figure("pace", "F26, residents a day over the last seven full days", 11.4),
            _figure("required", "F26, residents a day needed", 5.6),
            _figure("is_reached", "nobody is left", False),
            _figure("projected_on", "F27; null where it cannot be told", "2026-03-23"),
            _figure(
                "denominators",
                "of goal and eligible: the day that they are of, and their source",
                [{"as_of": "2026-02-28", "source": "Công an phường"}],
            ),
            _figure("base_on", "the day by which the base of done is counted by others", "2026-02-28"),
            _figure("elsewhere", "credited in the area and in none of its parts; null in today's borders", 0),
            _figure("of_parts", "the sum of the parts below, not of a target of its own", False, ""),
            _figure("own_goal", "the area's own target, where its parts count; null otherwise", 410, ""),
        ),
        totals=_progress_of_all,
        is_of_day=True,
    ),
    Family(
        name="completeness",
        file="che-do-bao-cao",
        title="Completeness and timeliness of reports (F30 to F33)",
        says="Of the units of campaigns with a daily report. Of a day that is not closed all reports are on time.",
        rows=_completeness,
        groups=("day", "area"),
        measures=(
            _figure("expected", "F30", 3, "reports_expected"),
            _figure("actual", "F31", 3, "reports_actual"),
            _figure("on_time", "F32", 2, "reports_on_time"),
            _figure("rate", "F33, percent; null over 0", 100.0, "report_rate"),
            _figure("on_time_rate", "F33, percent; null over 0", 66.7),
        ),
    ),
    Family(
        name="missing-reports",
        file="chua-bao-cao",
        title="Who has not reported (F33), on a day",
        says="On the day `to`, told from 20:00 of it on; before, there are no rows and missing is null.",
        rows=_missing,
        groups=("area",),
        always_by=("area",),
        measures=(
            _figure("ward_code", "the unit's ward", "11692"),
            _figure("ward_name", "its name", "Phường Dương Kinh"),
        ),
        totals=_missing_in_all,
        is_of_day=True,
        has_level=False,
    ),
    Family(
        name="feedback",
        file="y-kien",
        title="Feedback (F50 to F52)",
        says="Raised on the days asked for; open and overdue whenever it was raised, at the end of the day `to`.",
        rows=_feedback,
        groups=("area", "theme", "kind", "office"),
        filters=("theme", "kind", "office"),
        measures=(
            _figure("raised", "F50", 2),
            _figure("open", "F50, at the end of the last day", 5),
            _figure("overdue", "F50, of the open", 1),
            _figure("median_days", "F51; null without an answer", 2.5),
            _figure("answered", "F52, answered or resolved", 4),
            _figure("answered_in_time", "F52, of those in time", 3),
            _figure("overdue_unanswered", "F52, not answered and overdue", 1),
            _figure("in_time_rate", "F52, percent; null over 0", 60.0),
        ),
        columns={"kind": "feedback_kind"},
    ),
    Family(
        name="overdue-feedback",
        file="y-kien-qua-han",
        title="Feedback that is overdue (F50), on a day",
        says="At the end of the day `to`, the longest first; without a word of what was said.",
        rows=_overdue,
        groups=("area", "theme", "kind", "office"),
        filters=("theme", "kind", "office"),
        always_by=("area", "theme", "kind", "office"),
        measures=(
            _figure("feedback_id", "the feedback", "018e4c5e-7b1a-7c3d-9e2f-1a2b3c4d5e6f"),
            _figure("due_on", "the day by which it was due", "2026-03-10"),
            _figure("days", "days since", 5),
        ),
        totals=_number,
        columns={"kind": "feedback_kind"},
        is_of_day=True,
        has_level=False,
    ),
    Family(
        name="incidents",
        file="vu-viec",
        title="Incidents online (F53)",
        says="By kind.",
        rows=_incidents,
        groups=("kind",),
        always_by=("kind",),
        measures=(_figure("incidents", "F53", 1),),
        totals=summed,
        columns={"kind": "incident_kind"},
        has_level=False,
    ),
    Family(
        name="proposals",
        file="gop-y",
        title="Proposals (F53)",
        says="Submitted on the days asked for, with what had been answered at the end of the last one.",
        rows=_proposals,
        groups=(),
        measures=(
            _figure("submitted", "proposals", 6),
            _figure("answered", "of those", 4),
            _figure("accepted", "answers", 2),
            _figure("partly", "answers", 1),
            _figure("declined", "answers", 1),
            _figure("noted", "answers", 0),
        ),
        has_level=False,
    ),
)
