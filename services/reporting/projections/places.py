"""Projection: the book of areas, and for each area those above it over time, so that a figure rolls up to any level.

Guarantee: `area_ancestor` has, for every area and day, the area itself and each area above it once.
Step 8 of the event path (docs/architecture.md).
"""

import datetime as dt
from collections.abc import Iterator
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from shared import areas
from shared.areas import AreaBook
from shared.consumer import Work
from shared.database import Connection
from shared.events.facts import Logged
from shared.events.registry import AreaDeclared, AreaSucceeded

FOREVER = dt.date(9999, 12, 31)
Row = tuple[UUID, UUID, str, dt.date, dt.date]


def define_tables(metadata: sa.MetaData) -> None:
    areas.define_tables(metadata)
    sa.Table(
        "area_ancestor",
        metadata,
        sa.Column("area_id", pg.UUID, primary_key=True),
        sa.Column("ancestor_id", pg.UUID, primary_key=True),
        sa.Column("valid_from", sa.Date, primary_key=True),
        sa.Column("valid_to", sa.Date, nullable=False),
        sa.Column("level", sa.Text, nullable=False, comment="of the ancestor"),
        # Figures under an area: which areas are below it?
        sa.Index("area_ancestor_below", "ancestor_id", "area_id"),
    )


class Lineages:
    """Areas whose lineage has to be written anew."""

    step = 0

    def __init__(self) -> None:
        self.changed: set[UUID] = set()

    def flush(self, connection: Connection) -> None:
        book = AreaBook.load(connection)
        affected = _with_descendants(book, self.changed)
        connection.execute("DELETE FROM area_ancestor WHERE area_id = ANY(%s)", [list(affected)])
        with connection.cursor().copy(
            "COPY area_ancestor (area_id, ancestor_id, level, valid_from, valid_to) FROM STDIN"
        ) as copy:
            for area_id in affected:
                for row in lineage_rows(book, area_id):
                    copy.write_row(row)


def _with_descendants(book: AreaBook, changed: set[UUID]) -> set[UUID]:
    found, open_ = set(), [area for area in changed if area in book.areas]
    while open_:
        area = open_.pop()
        if area not in found:
            found.add(area)
            open_.extend(book.children(area))
    return found


def lineage_rows(book: AreaBook, area_id: UUID) -> Iterator[Row]:
    """For each span of days with the same areas above: one row an area above, and one for the area itself."""
    starts = sorted(set(_changes_above(book, area_id)))
    ends = [start - dt.timedelta(days=1) for start in starts[1:]] + [FOREVER]
    for start, end in zip(starts, ends, strict=True):
        for above in book.lineage(area_id, start):
            yield area_id, above.area_id, above.level, start, end


def _changes_above(book: AreaBook, area_id: UUID) -> Iterator[dt.date]:
    yield dt.date(1, 1, 1)
    for since, parent in book.placements(area_id):
        yield since
        yield from (day for day in _changes_above(book, parent) if day > since)


def declare_area(work: Work, _event: Logged, fact: AreaDeclared) -> None:
    areas.declare(work.connection, fact)
    work.gather(Lineages).changed.add(fact.area_id)


def succeed_area(work: Work, _event: Logged, fact: AreaSucceeded) -> None:
    areas.succeed(work.connection, fact)
    for successor in fact.to:
        work.gather(Lineages).changed.update(successor.groups)
