"""The families of field work and teams: F7 to F11 and F60.

Step 9 of the event path (docs/architecture.md).
"""

from collections.abc import Callable
from typing import Any

from services.reporting import queries_field_work, queries_teams
from services.reporting.families import PERIODS, Family, Measure, Question, Row, Rows
from shared.database import Connection

SESSION_GROUPS = (*PERIODS, "area", "kind", "venue", "team")
KIND = {"kind": "session_kind"}


def _asked(query: Callable[..., list[Row]]) -> Rows:
    """A query of `queries_field_work` with a question's days, area, groups, filters, level, borders, campaign."""

    def rows(connection: Connection, question: Question) -> list[Row]:
        return query(
            connection, question.first_day, question.last_day, question.area_id, question.group_by,
            question.filters, question.level, question.borders, question.campaign_areas,
        )  # fmt: skip

    return rows


def _teams(connection: Connection, question: Question) -> list[Row]:
    places: dict[str, Any] = {"level": question.level, "borders": question.borders}
    return queries_teams.teams(
        connection, question.first_day, question.last_day, question.area_id, question.group_by, **places
    )


FAMILIES = (
    Family(
        name="sessions",
        file="buoi-ho-tro",
        title="Sessions (F7), by the day of opening",
        says="Opened and not voided.",
        rows=_asked(queries_field_work.sessions),
        groups=SESSION_GROUPS,
        filters=("kind", "venue", "team"),
        measures=(Measure(name="sessions", says="F7", example=3),),
        columns=KIND,
    ),
    Family(
        name="reach",
        file="tiep-can",
        title="Reach and households visited (F10, F11)",
        says="Of sessions, by the day of opening.",
        rows=_asked(queries_field_work.sessions),
        groups=SESSION_GROUPS,
        filters=("kind", "venue", "team"),
        measures=(
            Measure(name="reach", says="F10, attendees of awareness and training", example=120),
            Measure(name="households_visited", says="F11", example=14),
            Measure(name="left_waiting", says="F11, who were there and could not be helped", example=6),
        ),
        columns=KIND,
    ),
    Family(
        name="volunteers",
        file="tinh-nguyen-vien",
        title="Active volunteers (F8)",
        says="Different persons with hours or named in an assist; rows do not add up. No names, no ids.",
        rows=_asked(queries_field_work.active_volunteers),
        groups=(*PERIODS, "area", "volunteer_kind"),
        filters=("volunteer_kind",),
        measures=(Measure(name="volunteers", says="F8", example=14),),
    ),
    Family(
        name="hours",
        file="gio-tinh-nguyen",
        title="Volunteer hours (F9)",
        says="Overlapping time counts once, for the session that began first. Groups and filters by volunteer need the "
        "scope reports:volunteers; a volunteer is an id, and never a name.",
        rows=_asked(queries_field_work.hours),
        groups=(*SESSION_GROUPS, "volunteer_kind", "volunteer"),
        filters=("kind", "venue", "team", "volunteer_kind", "volunteer"),
        measures=(
            Measure(name="seconds", says="F9, exact", example=142200),
            Measure(name="hours", says="F9, one decimal half up", example=39.5, column=""),
            Measure(name="assumed_seconds", says="of those whose coming was assumed"),
            Measure(name="forgotten_seconds", says="of those whose leaving was forgotten"),
            Measure(name="forgotten", says="times that a leaving was forgotten"),
            Measure(name="overlapping", says="times that overlap with another session of the person"),
            Measure(name="long_days", says="days of a person over 16 hours"),
        ),
        columns=KIND,
    ),
    Family(
        name="teams",
        file="to-cong-nghe-so",
        title="Community Digital Technology Teams (F60), as of a day",
        says="As of the day `to`. In today's borders with the groups and residents of today.",
        rows=_teams,
        groups=("area",),
        measures=(
            Measure(name="teams", says="teams", example=4),
            Measure(name="groups", says="residential groups", example=12),
            Measure(name="groups_with_team", says="of those, with a team", example=9),
            Measure(name="groups_share", says="percent of groups with a team; null over 0", example=75.0),
            Measure(name="members", says="different persons", example=31),
            Measure(name="residents", says="residents; null where some are not known", example=5230),
            Measure(name="members_per_100", says="members for 100 residents; null where unknown", example=0.6),
        ),
        is_of_day=True,
        has_campaign=False,
    ),
)
