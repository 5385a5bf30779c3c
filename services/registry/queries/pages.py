"""Pages: some rows, and where the next ones begin.

Guarantee: a page continues after the last row of the one before it, whatever was added or removed since.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

Rows = Sequence[Any]


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows, and the key after which the next page begins; None on the last one."""

    items: Rows
    next: UUID | str | None


def page_of(rows: Rows, limit: int, key: str) -> Page:
    """A page of the first `limit` rows; the query asked for one more, to see whether there are others."""
    kept = rows[:limit]
    return Page(kept, getattr(kept[-1], key) if len(rows) > limit else None)


def keyed_page_of(rows: Rows, limit: int, *keys: str) -> Page:
    """As `page_of`, where several columns together are the key: their texts, joined by /."""
    kept = rows[:limit]
    last = "/".join(str(getattr(kept[-1], key)) for key in keys) if len(rows) > limit else None
    return Page(kept, last)
