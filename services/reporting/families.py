"""What a family of figures is to the read API: one entry from which its routes, schemas and files derive.

Guarantee: a group or a filter that a family does not name is refused by its schema; every measure has a meaning in
words, and a column of the exports where it is exported.
Step 9 of the event path (docs/architecture.md).
"""

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from services.reporting.borders import THEN, Borders
from services.reporting.exports import COLUMNS, Column
from services.reporting.queries_grouping import Asked
from shared.database import Connection

Row = dict[str, Any]
PERIODS = ("day", "week", "month", "report_month")


@dataclass(frozen=True, kw_only=True)
class Question:
    """A question as a route has understood it: days inclusive, areas found, a campaign already a filter."""

    first_day: dt.date
    last_day: dt.date
    area_id: UUID | None = None
    level: str | None = None
    group_by: tuple[str, ...] = ()
    filters: Mapping[str, Collection[Any]] = field(default_factory=dict)
    borders: Borders = THEN
    campaign_id: UUID | None = None
    campaign_areas: Collection[UUID] | None = None

    @property
    def asked(self) -> Asked:
        return Asked(
            self.first_day, self.last_day, self.area_id, self.level, self.group_by, self.filters, self.borders,
            self.campaign_areas,
        )  # fmt: skip

    @property
    def whole(self) -> "Question":
        """The same without groups."""
        return replace(self, group_by=(), level=None)


@dataclass(frozen=True, kw_only=True)
class Measure:
    """A measure of a row. `column` is that of the exports; "" is not exported. `only_by`: told by this group alone."""

    name: str
    says: str
    example: Any = 0
    column: str | None = None
    only_by: str = ""

    @property
    def exported(self) -> Column | None:
        return None if self.column == "" else COLUMNS[self.column or self.name]


Rows = Callable[[Connection, Question], Iterable[Row]]


def _the_row_without_groups(family: "Family", connection: Connection, question: Question) -> Row:
    (row,) = family.rows(connection, question.whole)
    return row


def summed(family: "Family", connection: Connection, question: Question) -> Row:
    """The sums over rows that add up, where every row has a group."""
    rows = list(family.rows(connection, question.whole))
    return {measure.name: sum(row[measure.name] for row in rows) for measure in family.measures}


@dataclass(frozen=True, kw_only=True)
class Family:
    """`name` is its path under /v1, `file` the beginning of its files' names; groups come in the order told here.

    `totals` is over the whole filter; None: the family has none. `columns` are those of groups whose column has another
    name. `is_of_day`: it is told as of one day, the last. `is_in_services`: a campaign is a filter over services too.
    """

    name: str
    file: str
    title: str
    says: str
    rows: Rows
    groups: tuple[str, ...]
    filters: tuple[str, ...] = ()
    measures: Sequence[Measure]
    totals: Callable[["Family", Connection, Question], Any] | None = _the_row_without_groups
    columns: Mapping[str, str] = field(default_factory=dict)
    is_of_day: bool = False
    has_campaign: bool = True
    has_level: bool = True
    is_in_services: bool = False
    always_by: tuple[str, ...] = ()

    def grouped(self, asked: Collection[str]) -> tuple[str, ...]:
        """The groups of a question, in the family's order, with those that every row has."""
        return tuple(group for group in self.groups if group in asked or group in self.always_by)

    def shown(self, group_by: Collection[str]) -> list[Column]:
        """The columns of a file."""
        keys = [key for group in group_by for key in self._keys(group)]
        told = (measure for measure in self.measures if measure.only_by in ("", *group_by))
        measures = [column for measure in told if (column := measure.exported)]
        return [COLUMNS[key] for key in keys] + measures

    def _keys(self, group: str) -> tuple[str, ...]:
        if group in ("area", "service"):
            return ("area_code", "area_name") if group == "area" else ("service", "service_name")
        return (self.columns.get(group, group),)
