"""Statements: what a day came to, numbered, with a hash of all they say; never made twice, never changed.

Guarantee: the contents are canonical JSON (sorted keys, no spaces), so the same figures give the same bytes and hash
wherever they are added up again. What is known later stands in amendments; `current` follows them.
"""

import datetime as dt
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from services.reporting.closing import figures
from services.reporting.closing.figures import WHOLE, Figures
from services.reporting.replay import Cut, Vector
from shared.database import Connection

WHOLE_NAME = {"code": "", "name": "Toàn địa bàn", "level": ""}


@dataclass(frozen=True, slots=True)
class Closing:
    """How a day was closed."""

    day: dt.date
    closed_at: dt.datetime
    is_late: bool
    cut: Vector
    not_reached: tuple[str, ...] = ()

    def cut_rows(self) -> list[dict[str, Any]]:
        """The cut as it is printed: by stream and shard."""
        return [
            {"stream": stream, "shard": shard, "segment": cut.segment, "events": cut.events}
            for (stream, shard), cut in sorted(self.cut.items())
        ]


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement of one unit; `contents` is what is hashed."""

    unit_id: UUID
    day: dt.date
    number: int
    figures: Figures
    contents: str

    @property
    def sha256(self) -> str:
        return sha256_of(self.contents)


def sha256_of(contents: str) -> str:
    return hashlib.sha256(contents.encode()).hexdigest()


def vector_of(cut: str) -> Vector:
    """The vector that `Closing.cut_rows` printed."""
    return {(row["stream"], row["shard"]): Cut(row["segment"], row["events"]) for row in json.loads(cut)}


def canonical(value: Any) -> str:
    """The one JSON text of a value."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def make(connection: Connection, closing: Closing) -> list[Statement]:
    """A statement of each ward of that day, and of the whole, from the copy of this connection."""
    found = figures.of_days(connection, [closing.day])
    numbers = next_numbers(connection)
    return [
        compose(closing, unit_id, unit, numbers.get(unit_id, 1), found.get((unit_id, closing.day)) or figures.nothing())
        for unit_id, unit in units(connection, closing.day).items()
    ]


def compose(closing: Closing, unit_id: UUID, unit: Mapping[str, str], number: int, said: Figures) -> Statement:
    """What a statement says, in the text that is hashed."""
    contents = {
        "unit": {"area_id": str(unit_id)} | dict(unit),
        "day": closing.day.isoformat(),
        "number": number,
        "made_late": closing.is_late,
        "not_reached": list(closing.not_reached),
        "cut": closing.cut_rows(),
        "figures": said,
    }
    return Statement(unit_id, closing.day, number, said, canonical(contents))


def units(connection: Connection, day: dt.date) -> dict[UUID, dict[str, str]]:
    """The wards of a day by id, and the whole."""
    rows = connection.execute(
        """SELECT area_id, code, name, level FROM area
            WHERE level = 'ward' AND valid_from <= %(day)s AND (valid_to IS NULL OR valid_to >= %(day)s)
            ORDER BY area_id""",
        {"day": day},
    )
    return {WHOLE: WHOLE_NAME} | {row[0]: {"code": row[1], "name": row[2], "level": row[3]} for row in rows}


def next_numbers(connection: Connection) -> dict[UUID, int]:
    rows = connection.execute("SELECT unit_id, max(number) + 1 FROM statement GROUP BY unit_id")
    return {row[0]: row[1] for row in rows}


def keep(connection: Connection, closing: Closing, made: Sequence[Statement]) -> None:
    """Store a closing with its statements; a day that is closed already fails on its key."""
    connection.execute(
        "INSERT INTO closing (day, closed_at, is_late, cut, not_reached) VALUES (%s, %s, %s, %s, %s)",
        [closing.day, closing.closed_at, closing.is_late, canonical(closing.cut_rows()), list(closing.not_reached)],
    )
    with connection.cursor().copy(
        "COPY statement (unit_id, day, number, contents, sha256, current) FROM STDIN"
    ) as copy:
        for one in made:
            copy.write_row((one.unit_id, one.day, one.number, one.contents, one.sha256, canonical(one.figures)))
