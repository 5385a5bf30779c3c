"""What every figure needs: which area is meant, how a share is rounded, how fresh the figures are.

Step 9 of the event path (docs/architecture.md).
"""

import datetime as dt
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from uuid import UUID

from shared.areas import AreaBook
from shared.database import Connection
from shared.problems import FieldError, Problem


def find_area(book: AreaBook, reference: str, on: dt.date) -> UUID:
    """The area that a code or an id means on a day.

    Raises:
        Problem: 422 naming what is not known.
    """
    try:
        area_id = UUID(reference)
    except ValueError:
        return _by_code(book, reference, on)
    if area_id not in book.areas:
        raise _unknown(f"Không có đơn vị {area_id}.")
    return area_id


def _by_code(book: AreaBook, reference: str, on: dt.date) -> UUID:
    try:
        return book.locate(reference, on, ()).area_id
    except LookupError as error:
        raise _unknown(str(error)) from error


def _unknown(message: str) -> Problem:
    return Problem("invalid", errors=[FieldError("area", "unknown_area", message)])


def share(part: int, whole: int) -> float | None:
    """Percent with one decimal, half up; None when the denominator is 0 (printed as "–")."""
    if whole == 0:
        return None
    return float((Decimal(part) * 100 / Decimal(whole)).quantize(Decimal("0.1"), ROUND_HALF_UP))


def freshness(connection: Connection) -> dict[str, Any]:
    """How far the figures reach: by stream and shard, and when they were last brought up to date."""
    rows = connection.execute(
        "SELECT stream, shard, segment, applied_at, last_recorded_at FROM position ORDER BY stream, shard"
    ).fetchall()
    applied = [row[3] for row in rows if row[3]]
    recorded = [row[4] for row in rows if row[4] and row[0] == "sessions"]
    return {
        "updated_at": max(applied, default=None),
        "last_recordedtime": max(recorded, default=None),
        "positions": [{"stream": row[0], "shard": row[1], "segment": row[2]} for row in rows],
    }
