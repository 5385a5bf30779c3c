"""Reading feedback (F50 to F52), incidents and proposals (F53), in the borders of the day on which each was raised, or
in today's.

Guarantee: open, overdue and answered are told as they stood at the end of a day; what was raised later, or done later,
is not in it. What is read grows with what was raised on the days asked for and with what is open, not with all.
Of a proposal only the newest answer is known.
Shares and medians are None where there is nothing to measure.
Step 9 of the event path (docs/architecture.md).
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

import msgspec

from services.reporting.borders import AREA, OF_CAMPAIGN, THEN, Borders
from services.reporting.figures_feedback import Item, default_due, end_of, figures, is_overdue
from services.reporting.projections.standing import standing
from shared.database import Connection
from shared.events.facts import FeedbackStep

GROUPS = ("area", "theme", "kind", "office")
FOUND = """
SELECT f.feedback_id, f.day, f.theme, f.kind, f.raised_at, f.first_due_on, f.steps, g.area_id, g.code, g.name, g.level,
       {apportioned} AS is_apportioned
  FROM feedback AS f {places} {rolled}
 WHERE f.day <= %(day)s AND {of_campaign}
   AND (f.day BETWEEN %(first)s AND %(last)s OR f.resolved_at IS NULL OR f.resolved_at >= %(end)s)
"""
_STEPS = msgspec.json.Decoder(list[FeedbackStep])


@dataclass(frozen=True)
class Places:
    """Whose: what is under an area, in which borders; of a campaign what was under one of its areas on its day."""

    area_id: UUID | None = None
    borders: Borders = THEN
    campaign_areas: Collection[UUID] | None = None

    @property
    def joins(self) -> str:
        return f"{self.borders.carry('f')} {self.borders.under('f') if self.area_id else ''}"

    @property
    def flag(self) -> str:
        return f", {self.borders.flag}" if self.borders.is_now else ""

    @property
    def of_campaign(self) -> str:
        return "true" if self.campaign_areas is None else OF_CAMPAIGN.format(cell="f")

    @property
    def values(self) -> dict[str, Any]:
        return {"area": self.area_id, "campaign_areas": list(self.campaign_areas or ())} | self.borders.values


def feedback(
    connection: Connection,
    first_day: dt.date,
    last_day: dt.date,
    day: dt.date,
    area_id: UUID | None = None,
    *,
    group_by: Sequence[str] = (),
    level: str | None = None,
    filters: Mapping[str, Collection[Any]] | None = None,
    **places: Any,
) -> list[dict[str, Any]]:
    """F50, F51 and F52 of those raised from `first_day` to `last_day`, and all that are open at the end of `day`.

    A row has the groups asked for (of area, theme, kind, office: where it is then) and raised, open, overdue,
    median_days, answered, answered_in_time, overdue_unanswered, in_time_rate. Areas are rolled up to `level`, and stand
    for themselves above it. `filters` are by theme, kind and office. `places`: as in `Places`; in today's borders a row
    has is_apportioned.
    """
    of = Places(area_id, **places)
    names = [name for name in GROUPS if name in group_by]
    found: dict[tuple[Any, ...], list[Item]] = defaultdict(list) if names else defaultdict(list, {(): []})
    keys: dict[tuple[Any, ...], dict[str, Any]] = {(): {}}
    divided = set()
    for item, row in _items(connection, first_day, last_day, day, of, level):
        if not (_counts(item, first_day, last_day) and _is_chosen(item, row, filters or {})):
            continue
        group = {name: _group(name, item, row) for name in names}
        key = tuple(str(value["area_id"]) if name == "area" else value or "" for name, value in group.items())
        keys[key] = group
        found[key].append(item)
        divided |= {key} if row["is_apportioned"] else set()
    off_days = days_off(connection)
    flags = {key: {"is_apportioned": key in divided} if of.borders.is_now else {} for key in found}
    return [
        keys[key] | asdict(figures(found[key], first_day, last_day, day, off_days)) | flags[key]
        for key in sorted(found)
    ]


def _counts(item: Item, first: dt.date, last: dt.date) -> bool:
    return first <= item.day <= last or item.standing.status != "resolved"


def _is_chosen(item: Item, row: dict[str, Any], filters: Mapping[str, Collection[Any]]) -> bool:
    return all(_group(name, item, row) in allowed for name, allowed in filters.items())


def _group(name: str, item: Item, row: dict[str, Any]) -> Any:
    if name == "area":
        return {one: row[one] for one in AREA}
    return item.standing.office if name == "office" else row[name]


def overdue(
    connection: Connection,
    day: dt.date,
    area_id: UUID | None = None,
    filters: Mapping[str, Collection[Any]] | None = None,
    **places: Any,
) -> list[dict[str, Any]]:
    """What is overdue at the end of a day, the longest first: feedback_id, area, theme, kind, office, due_on, days."""
    off_days, of = days_off(connection), Places(area_id, **places)
    rows = []
    for item, row in _items(connection, day, day, day, of, None):
        if is_overdue(item, day, off_days) and _is_chosen(item, row, filters or {}):
            due = item.standing.due_on or default_due(item.day, item.theme, off_days)
            groups = {name: _group(name, item, row) for name in GROUPS}
            of_row = {"is_apportioned": row["is_apportioned"]} if of.borders.is_now else {}
            rows.append({"feedback_id": row["feedback_id"], **groups, "due_on": due, "days": (day - due).days} | of_row)
    return sorted(rows, key=lambda row: (row["due_on"], row["feedback_id"]))


def _items(
    connection: Connection, first: dt.date, last: dt.date, day: dt.date, of: Places, level: str | None
) -> list[tuple[Item, dict[str, Any]]]:
    end = end_of(day)
    values = {"first": first, "last": last, "day": day, "end": end, "level": level} | of.values
    sql = FOUND.format(
        apportioned=of.borders.divided,
        places=of.joins,
        rolled=of.borders.rolled("f"),
        of_campaign=of.of_campaign,
    )
    rows = fetch(connection, sql, values)
    return [(_item(row, end), row) for row in rows]


def _item(row: dict[str, Any], end: dt.datetime) -> Item:
    at = standing(row["first_due_on"], _STEPS.decode(row["steps"]), end)
    return Item(day=row["day"], theme=row["theme"], raised_at=row["raised_at"], standing=at)


def incidents(
    connection: Connection, first_day: dt.date, last_day: dt.date, area_id: UUID | None = None, **places: Any
) -> list[dict[str, Any]]:
    """F53: how many incidents of each kind: kind, incidents; in today's borders is_apportioned."""
    of = Places(area_id, **places)
    return fetch(
        connection,
        f"""SELECT f.kind, count(*) AS incidents {of.flag} FROM incident AS f {of.joins}
             WHERE f.day BETWEEN %(first)s AND %(last)s AND {of.of_campaign}
             GROUP BY f.kind ORDER BY f.kind COLLATE "C" """,
        {"first": first_day, "last": last_day} | of.values,
    )


def proposals(
    connection: Connection,
    first_day: dt.date,
    last_day: dt.date,
    day: dt.date,
    area_id: UUID | None = None,
    **places: Any,
) -> dict[str, Any]:
    """F53: of the proposals of some days: submitted, answered and accepted up to the end of `day`, and the other
    answers: partly, declined, noted."""
    of = Places(area_id, **places)
    (row,) = fetch(
        connection,
        f"""SELECT count(*) AS submitted, count(r) AS answered, count(*) FILTER (WHERE r = 'accepted') AS accepted,
                   count(*) FILTER (WHERE r = 'partly') AS partly, count(*) FILTER (WHERE r = 'declined') AS declined,
                   count(*) FILTER (WHERE r = 'noted') AS noted, coalesce(bool_or(divided), false) AS is_apportioned
              FROM (SELECT {of.borders.divided} AS divided, CASE WHEN f.answered_at < %(end)s THEN f.result END AS r
                      FROM proposal AS f {of.joins}
                     WHERE f.day BETWEEN %(first)s AND %(last)s AND {of.of_campaign}) AS p""",
        {"first": first_day, "last": last_day, "end": end_of(day)} | of.values,
    )
    return row if of.borders.is_now else {name: n for name, n in row.items() if name != "is_apportioned"}


def days_off(connection: Connection) -> frozenset[dt.date]:
    """Every day off that is known; a year that is not known has none."""
    return frozenset(row[0] for row in connection.execute("SELECT day FROM day_off"))


def fetch(connection: Connection, sql: str, values: dict[str, Any]) -> list[dict[str, Any]]:
    """The rows of a query, each by the names of its columns."""
    cursor = connection.execute(sql, values)
    names = [column.name for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor]
