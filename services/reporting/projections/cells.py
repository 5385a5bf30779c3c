"""Tables of counts: a key of dimensions, and what is counted in that cell.

Guarantee: additive; the order in which changes come does not matter. Rows are written in the order of their keys, so
two shards that touch the same cells wait for each other and never deadlock. A cell in which every count is zero is no
row, so a table is a function of what was counted, and not of how it came about.
Step 8 of the event path (docs/architecture.md).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from shared.database import Connection

NOBODY = UUID(int=0)  # in a key, where there is no session, no venue
TYPES: dict[str, type[sa.types.TypeEngine[Any]]] = {
    "date": sa.Date,
    "uuid": pg.UUID,
    "text": sa.Text,
    "boolean": sa.Boolean,
}
Key = tuple[object, ...]


class Sums(dict[Key, list[int]]):
    """Changes of the cells of one table, added up by key."""

    def add(self, cell: Key, *changes: int) -> None:
        known = self.setdefault(cell, [0] * len(changes))
        for index, change in enumerate(changes):
            known[index] += change


@dataclass(frozen=True)
class Counts:
    """A table of counts: the columns of its key with their types, and the columns that are added up."""

    table: str
    key: Mapping[str, str]
    counts: tuple[str, ...]

    def define(self, metadata: sa.MetaData, *more: sa.schema.SchemaItem) -> None:
        key = [sa.Column(name, TYPES[kind], primary_key=True) for name, kind in self.key.items()]
        counts = [sa.Column(name, sa.BigInteger, nullable=False) for name in self.counts]
        sa.Table(self.table, metadata, *key, *counts, *more)

    def add(self, connection: Connection, changes: Sums) -> None:
        """Add changes to the cells; those that come to zero go."""
        rows = sorted(
            ((*cell, *sums) for cell, sums in changes.items() if any(sums)), key=lambda row: tuple(map(str, row))
        )
        if not rows:
            return
        touched = connection.execute(self._upsert(), [list(column) for column in zip(*rows, strict=True)])
        if any(row[0] for row in touched):
            keys = zip(*[row[: len(self.key)] for row in rows], strict=True)
            connection.execute(self._delete(), [list(column) for column in keys])

    def _upsert(self) -> str:
        names, counts = ", ".join(self.key), ", ".join(self.counts)
        added = ", ".join(f"{count} = t.{count} + excluded.{count}" for count in self.counts)
        return f"""INSERT INTO {self.table} AS t ({names}, {counts})
                   SELECT * FROM unnest({self._arrays()}, {", ".join(["%s::bigint[]"] * len(self.counts))})
                   ON CONFLICT ({names}) DO UPDATE SET {added} RETURNING {self._is_zero()}"""

    def _delete(self) -> str:
        same = " AND ".join(f"t.{name} = g.{name}" for name in self.key)
        return f"""DELETE FROM {self.table} AS t USING unnest({self._arrays()}) AS g({", ".join(self.key)})
                    WHERE {same} AND {self._is_zero()}"""

    def _arrays(self) -> str:
        return ", ".join(f"%s::{kind}[]" for kind in self.key.values())

    def _is_zero(self) -> str:
        return " AND ".join(f"t.{count} = 0" for count in self.counts)
