"""The figures of a statement: what a day came to, by ward and for the whole, from one copy of the projections.

Guarantee: only what belongs to a day is in it, so an event of another day changes nothing here; numbers are whole
(hours are seconds). Activity counts where it happened, credited residents where they live, by the borders of the day.
Formulas F1, F2, F4, F7 to F11, F13, F50 (raised) and F53 of the contract.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from services.reporting.queries_grouping import NAMED
from shared.database import Connection

WHOLE = UUID(int=0)
Key = tuple[UUID, dt.date]
Figures = dict[str, Any]

# Everything that is counted by service and outcome; `ward_id` null means above the wards.
CELLS = """
SELECT c.day, w.ancestor_id AS ward_id, c.service, c.outcome, c.{area} AS area_id, c.single, c.paper
  FROM (SELECT day, area_id, resident_area_id, service, outcome, assists AS single, 0 AS paper
          FROM assists_by_day WHERE day = ANY(%(days)s)
         UNION ALL
        SELECT day, area_id, resident_area_id, service, outcome, 0, assists
          FROM paper_by_day WHERE day = ANY(%(days)s) AND assists > 0) AS c
  LEFT JOIN area_ancestor AS w
         ON w.area_id = c.{area} AND w.level = 'ward' AND c.day BETWEEN w.valid_from AND w.valid_to
"""
ASSISTS = f"""
SELECT day, ward_id, service, outcome, sum(single)::bigint, sum(paper)::bigint
  FROM ({CELLS.format(area="area_id")}) AS cell GROUP BY 1, 2, 3, 4
"""
PAPER_CREDITED = f"""
SELECT day, ward_id, service, unit, sum(paper)::bigint
  FROM ({CELLS.format(area="resident_area_id")}) AS cell JOIN service USING (service)
 WHERE outcome = 'completed' AND once AND paper > 0 GROUP BY 1, 2, 3, 4
"""


def _by_ward(columns: str, table: str, where: str = "", groups: str = "") -> str:
    return f"""
SELECT c.day, w.ancestor_id, {columns}
  FROM {table} AS c
  LEFT JOIN area_ancestor AS w
         ON w.area_id = c.area_id AND w.level = 'ward' AND c.day BETWEEN w.valid_from AND w.valid_to
 WHERE c.day = ANY(%(days)s) {where} GROUP BY 1, 2{groups}
"""


CREDITED = _by_ward(
    "service, kind, sum(credited)::bigint, sum(unkeyed)::bigint",
    "(SELECT * FROM credited_by_day JOIN service USING (service) WHERE once)",
    groups=", 3, 4",
)
SESSIONS = _by_ward(
    """kind, count(*), coalesce(sum(attendees) FILTER (WHERE kind IN ('awareness', 'training')), 0)::bigint,
       sum(households_visited)::bigint, sum(left_waiting)::bigint""",
    "session",
    groups=", 3",
)
REASONS = _by_ward(
    "reason, sum(assists)::bigint",
    "assists_in_detail",
    "AND outcome IN ('failed', 'to_return') AND reason <> ''",
    ", 3",
)
FEEDBACK = _by_ward("theme, count(*)", "feedback", groups=", 3")
INCIDENTS = _by_ward("kind, count(*)", "incident", groups=", 3")
PROPOSALS = _by_ward("count(*)", "proposal")
HOURS = _by_ward("sum(seconds)::bigint", "volunteer_hours")
# Who served: with hours, or named in an assist; two records of one person are one.
SERVED = f"""
SELECT DISTINCT served.day, w.ancestor_id, served.volunteer
  FROM (SELECT day, area_id, volunteer FROM volunteer_hours WHERE day = ANY(%(days)s) AND seconds > 0
         UNION SELECT day, area_id, n.volunteer
          FROM assists_by_helpers CROSS JOIN LATERAL ({NAMED}) AS n WHERE day = ANY(%(days)s)) AS served
  LEFT JOIN area_ancestor AS w
         ON w.area_id = served.area_id AND w.level = 'ward' AND served.day BETWEEN w.valid_from AND w.valid_to
"""


def of_days(connection: Connection, days: Sequence[dt.date]) -> dict[Key, Figures]:
    """The figures of each ward that has any, and of the whole, for each of these days."""
    found: dict[Key, Figures] = defaultdict(empty)
    for statement, take in PARTS:
        for day, ward, *rest in connection.execute(statement, {"days": list(days)}):
            for unit in {ward, WHOLE} - {None}:
                take(found[(unit, day)], rest)
    for figures in found.values():
        figures["volunteers"] = len(figures.pop("_served"))
    return dict(found)


def empty() -> Figures:
    """The figures of a day on which nothing was reported."""
    return {
        "assists": {}, "credited": {}, "stalls": {}, "sessions": {}, "reasons": {}, "feedback": {}, "incidents": {},
        "reach": 0, "households_visited": 0, "left_waiting": 0, "proposals": 0, "seconds": 0, "_served": set(),
    }  # fmt: skip


def nothing() -> Figures:
    """As `of_days` would say of a unit and a day without any event."""
    figures = empty()
    figures["volunteers"] = len(figures.pop("_served"))
    return figures


def _take_assists(figures: Figures, row: list[Any]) -> None:
    service, outcome, single, paper = row
    cell = figures["assists"].setdefault(service, {}).setdefault(outcome, {"single": 0, "paper": 0})
    cell["single"] += single
    cell["paper"] += paper


def _take_credited(figures: Figures, row: list[Any]) -> None:
    service, kind, credited, unkeyed = row
    cell = _credited(figures, "stalls" if kind == "stall" else "credited", service)
    cell["credited"] += credited
    cell["unkeyed"] += unkeyed


def _take_paper(figures: Figures, row: list[Any]) -> None:
    """A book tells of residents; of a stall's service it tells of stalls too."""
    service, unit, paper = row
    for figure in ("credited", "stalls") if unit == "stall" else ("credited",):
        _credited(figures, figure, service)["paper"] += paper


def _credited(figures: Figures, figure: str, service: str) -> dict[str, int]:
    found: dict[str, int] = figures[figure].setdefault(service, {"credited": 0, "unkeyed": 0, "paper": 0})
    return found


def _take_sessions(figures: Figures, row: list[Any]) -> None:
    kind, sessions, reach, visited, waiting = row
    _count("sessions")(figures, [kind, sessions])
    for name, value in (("reach", reach), ("households_visited", visited), ("left_waiting", waiting)):
        figures[name] += value


def _count(name: str) -> Callable[[Figures, list[Any]], None]:
    def take(figures: Figures, row: list[Any]) -> None:
        figures[name][row[0]] = figures[name].get(row[0], 0) + row[1]

    return take


def _sum(name: str) -> Callable[[Figures, list[Any]], None]:
    def take(figures: Figures, row: list[Any]) -> None:
        figures[name] += row[0]

    return take


PARTS: tuple[tuple[str, Callable[[Figures, list[Any]], None]], ...] = (
    (ASSISTS, _take_assists),
    (CREDITED, _take_credited),
    (PAPER_CREDITED, _take_paper),
    (SESSIONS, _take_sessions),
    (REASONS, _count("reasons")),
    (FEEDBACK, _count("feedback")),
    (INCIDENTS, _count("incidents")),
    (PROPOSALS, _sum("proposals")),
    (HOURS, _sum("seconds")),
    (SERVED, lambda figures, row: figures["_served"].add(row[0])),
)
