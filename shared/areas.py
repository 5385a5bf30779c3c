"""The book of areas that a service keeps from the registry's events, and what an area code means on a day.

Guarantee: a code is read by its meaning on the local day; one that is dead that day goes to its main successor and is
marked. The tables are a replica: they can be built again from the registry's feed at any time.
It changes no area: the registry does.
Step 2 of the event path (docs/architecture.md): where an event happened.
"""

import datetime as dt
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from shared.database import Connection, transaction
from shared.events.registry import AreaDeclared, AreaSucceeded

LEVELS = ("province", "district", "ward", "residential_group")
REFRESH_SECONDS = 0.5
APPORTIONED = "apportioned"


def define_tables(metadata: sa.MetaData) -> None:
    """The replica's tables: area, area_parent, area_succession, area_version."""
    sa.Table(
        "area",
        metadata,
        sa.Column("area_id", pg.UUID, primary_key=True),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("level", sa.Text, nullable=False),
        sa.Column("local_label", sa.Text),
        sa.Column("valid_from", sa.Date, nullable=False),
        sa.Column("valid_to", sa.Date, comment="the last day; null while it exists"),
        sa.Column("residents", sa.Integer),
    )
    sa.Table(
        "area_parent",
        metadata,
        sa.Column("area_id", pg.UUID, primary_key=True),
        sa.Column("valid_from", sa.Date, primary_key=True),
        sa.Column("parent_id", pg.UUID, nullable=False),
    )
    sa.Table(
        "area_succession",
        metadata,
        sa.Column("from_id", pg.UUID, primary_key=True),
        sa.Column("to_id", pg.UUID, primary_key=True),
        sa.Column("succeeds_on", sa.Date, nullable=False),
        sa.Column("is_main", sa.Boolean, nullable=False),
    )
    sa.Table(
        "area_version",
        metadata,
        sa.Column("only", sa.Boolean, primary_key=True, server_default=sa.true()),
        sa.Column("version", sa.BigInteger, nullable=False, server_default="0"),
    )


def declare(connection: Connection, fact: AreaDeclared) -> None:
    """Take an `area.declared` into the replica."""
    connection.execute(
        """INSERT INTO area (area_id, code, name, level, local_label, valid_from, valid_to, residents)
           VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
           ON CONFLICT (area_id) DO UPDATE SET name = excluded.name, local_label = excluded.local_label,
             valid_to = coalesce(excluded.valid_to, area.valid_to), residents = excluded.residents""",
        [
            fact.area_id,
            fact.code,
            fact.name,
            fact.level,
            fact.local_label,
            fact.valid_from,
            fact.valid_to,
            fact.residents,
        ],
    )
    if fact.parent is not None:
        _place(connection, fact.area_id, fact.parent, fact.valid_from)
    _bump(connection)


def succeed(connection: Connection, fact: AreaSucceeded) -> None:
    """Take an `area.succeeded` into the replica.

    What is on both sides stays, and nobody succeeds it. Told again, a succession adds groups and takes nothing back.
    """
    staying = {successor.area_id for successor in fact.to}
    ended = [area for area in fact.from_ if area not in staying]
    connection.execute("UPDATE area SET valid_to = %s WHERE area_id = ANY(%s)", [fact.on - dt.timedelta(days=1), ended])
    for successor in fact.to:
        connection.execute(
            """INSERT INTO area_succession (from_id, to_id, succeeds_on, is_main)
               SELECT from_id, %s, %s, %s FROM unnest(%s::uuid[]) AS g(from_id)
               ON CONFLICT (from_id, to_id) DO UPDATE SET is_main = area_succession.is_main OR excluded.is_main""",
            [successor.area_id, fact.on, successor.is_main, [a for a in ended if a != successor.area_id]],
        )
        for group in successor.groups:
            _place(connection, group, successor.area_id, fact.on)
    _bump(connection)


def _place(connection: Connection, area_id: UUID, parent_id: UUID, since: dt.date) -> None:
    connection.execute(
        """INSERT INTO area_parent (area_id, valid_from, parent_id) VALUES (%s, %s, %s)
           ON CONFLICT (area_id, valid_from) DO UPDATE SET parent_id = excluded.parent_id""",
        [area_id, since, parent_id],
    )


def _bump(connection: Connection) -> None:
    connection.execute(
        """INSERT INTO area_version (version) VALUES (1)
           ON CONFLICT ("only") DO UPDATE SET version = area_version.version + 1"""
    )


@dataclass(frozen=True, slots=True)
class Area:
    """One area in one period of its code."""

    area_id: UUID
    code: str
    name: str
    level: str
    local_label: str | None
    valid_from: dt.date
    valid_to: dt.date | None

    def is_valid_on(self, day: dt.date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


class UnknownArea(LookupError):
    """No area is meant by this reference on this day; the message says what exists."""


@dataclass(frozen=True, slots=True)
class Located:
    """The area that a reference means on a day, and how it was found."""

    area_id: UUID
    marks: tuple[str, ...] = ()


@dataclass
class AreaBook:
    """All areas of a deployment in memory, with their parents and successors over time."""

    areas: dict[UUID, Area] = field(default_factory=dict)
    _by_code: dict[str, list[Area]] = field(default_factory=lambda: defaultdict(list))
    _parents: dict[UUID, list[tuple[dt.date, UUID]]] = field(default_factory=lambda: defaultdict(list))
    _children: dict[UUID, set[UUID]] = field(default_factory=lambda: defaultdict(set))
    _successors: dict[UUID, list[tuple[bool, UUID]]] = field(default_factory=lambda: defaultdict(list))

    @classmethod
    def load(cls, connection: Connection) -> "AreaBook":
        book = cls()
        columns = "area_id, code, name, level, local_label, valid_from, valid_to"
        for row in connection.execute(f"SELECT {columns} FROM area ORDER BY valid_from, area_id"):
            book.add(Area(*row))
        for area_id, since, parent in connection.execute(
            "SELECT area_id, valid_from, parent_id FROM area_parent ORDER BY area_id, valid_from"
        ):
            book.place(area_id, parent, since)
        for from_id, to_id, is_main in connection.execute(
            "SELECT from_id, to_id, is_main FROM area_succession ORDER BY is_main DESC, to_id"
        ):
            book._successors[from_id].append((is_main, to_id))
        return book

    def add(self, area: Area) -> None:
        self.areas[area.area_id] = area
        if area.level != "residential_group":
            self._by_code[area.code].append(area)

    def place(self, area_id: UUID, parent: UUID, since: dt.date) -> None:
        self._parents[area_id].append((since, parent))
        self._children[parent].add(area_id)

    # -- the tree on a day ---------------------------------------------------------------------------------------------

    def parent(self, area_id: UUID, day: dt.date) -> UUID | None:
        found = None
        for since, parent in self._parents.get(area_id, ()):
            if since <= day:
                found = parent
        return found

    def placements(self, area_id: UUID) -> list[tuple[dt.date, UUID]]:
        """Every parent of an area with the day from which it holds, oldest first."""
        return list(self._parents.get(area_id, ()))

    def lineage(self, area_id: UUID, day: dt.date) -> Iterator[Area]:
        """The area and those above it on a day, upwards."""
        current: UUID | None = area_id
        while current is not None and current in self.areas:
            yield self.areas[current]
            current = self.parent(current, day)

    def ward(self, area_id: UUID, day: dt.date) -> Area | None:
        return next((area for area in self.lineage(area_id, day) if area.level == "ward"), None)

    def children(self, area_id: UUID) -> set[UUID]:
        """Areas that are or were under this one."""
        return self._children.get(area_id, set())

    def groups(self, ward: UUID, day: dt.date) -> list[Area]:
        """The residential groups of a ward on a day, by code."""
        of_ward = (self.areas[child] for child in self.children(ward) if child in self.areas)
        valid = [a for a in of_ward if a.is_valid_on(day) and self.parent(a.area_id, day) == ward]
        return sorted(valid, key=lambda area: area.code)

    def with_successors(self, area_ids: Collection[UUID]) -> set[UUID]:
        """These areas and all that took over from them."""
        found, open_ = set(area_ids), list(area_ids)
        while open_:
            for _, successor in self._successors.get(open_.pop(), ()):
                if successor not in found:
                    found.add(successor)
                    open_.append(successor)
        return found

    def heir(self, area_id: UUID, day: dt.date) -> UUID:
        """The area itself, or after its end the main successor that exists on the day, where one is known."""
        return self.carried(area_id, day).area_id

    def carried(self, area_id: UUID, day: dt.date) -> Located:
        """The heir of an area, marked as apportioned where one on the way had several successors."""
        try:
            return self._carry(self.areas[area_id], day) if area_id in self.areas else Located(area_id)
        except UnknownArea:
            return Located(area_id)

    # -- what a reference means --------------------------------------------------------------------

    def locate(self, reference: str, day: dt.date, home: Collection[UUID]) -> Located:
        """The area that a ward app means by `tdp-03`, `11692` or `11692/tdp-03` on a local day.

        Raises:
            UnknownArea: with a sentence that says what exists.
        """
        code, _, group = reference.partition("/")
        if not code.isdecimal():
            return self._locate_at_home(code, day, home)
        wards = self._meanings(code, day)
        if not wards:
            raise UnknownArea(f"Không tìm thấy đơn vị có mã “{code}”. Vui lòng kiểm tra mã đơn vị hành chính.")
        if not group:
            return self._carry(wards[0], day)
        return self._group_of(wards, group, day)

    def _locate_at_home(self, group: str, day: dt.date, home: Collection[UUID]) -> Located:
        wards = [self.areas[area] for area in home if area in self.areas and self.areas[area].level == "ward"]
        # The ward that exists that day first, then the one that ended last.
        wards.sort(key=lambda ward: (not ward.is_valid_on(day), -ward.valid_from.toordinal(), ward.code))
        if not wards:
            raise UnknownArea(
                f"Ứng dụng không gắn với một phường, xã nào nên không rõ “{group}” ở đâu. "
                f"Vui lòng gửi cả mã phường, xã, ví dụ 11692/{group}."
            )
        return self._group_of(wards, group, day)

    def _meanings(self, code: str, day: dt.date) -> list[Area]:
        """The areas that bear or bore a code up to a day; the one valid on it first, then the newest."""
        known = [area for area in self._by_code.get(code, ()) if area.valid_from <= day]
        return sorted(known, key=lambda area: (not area.is_valid_on(day), -area.valid_from.toordinal()))

    def _group_of(self, wards: list[Area], code: str, day: dt.date) -> Located:
        for ward in wards:
            of_then = day if ward.valid_to is None else min(day, ward.valid_to)
            for area in self.groups(ward.area_id, of_then):
                if area.code == code:
                    return self._carry(area, day)
        ward = wards[0]
        existing = ", ".join(area.code for area in self.groups(ward.area_id, day)[:30]) or "chưa có tổ nào"
        raise UnknownArea(
            f"Không tìm thấy “{code}” trong {ward.name}. Các tổ hiện có: {existing}. Vui lòng kiểm tra mã tổ dân phố."
        )

    def _carry(self, area: Area, day: dt.date) -> Located:
        """Follow the main successors until an area exists on the day."""
        marks: set[str] = set()
        seen = {area.area_id}
        while not area.is_valid_on(day):
            successors = [(m, to) for m, to in self._successors.get(area.area_id, ()) if to in self.areas]
            if not successors or successors[0][1] in seen:
                raise UnknownArea(
                    f"{area.name} ({area.code}) không còn từ ngày {_vietnamese(area.valid_to)} và chưa rõ đơn vị "
                    "kế thừa. Vui lòng gửi mã đơn vị hiện nay."
                )
            if len(successors) > 1:
                marks.add(APPORTIONED)
            area = self.areas[successors[0][1]]
            seen.add(area.area_id)
        return Located(area.area_id, tuple(marks))


def _vietnamese(day: dt.date | None) -> str:
    return f"{day.day}/{day.month}/{day.year}" if day else "–"


class AreaCache:
    """The book of areas of this process, read again when the replica has changed."""

    def __init__(self, engine: sa.Engine, clock: Callable[[], float] = time.monotonic) -> None:
        self._engine = engine
        self._clock = clock
        self._book = AreaBook()
        self._version = -1
        self._checked_at = float("-inf")

    def current(self) -> AreaBook:
        """The book, at most half a second old."""
        if self._clock() - self._checked_at >= REFRESH_SECONDS:
            with transaction(self._engine) as connection:
                self._refresh(connection)
            self._checked_at = self._clock()
        return self._book

    def _refresh(self, connection: Connection) -> None:
        row = connection.execute("SELECT version FROM area_version").fetchone()
        version = row[0] if row else 0
        if version != self._version:
            self._book = AreaBook.load(connection)
            self._version = version
