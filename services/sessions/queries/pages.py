"""Pages: some rows, and the cursor after which the next ones begin.

Guarantee: a page continues after the last row that was looked at, whatever was added or removed since. Rows that the
reader may not see are left out after they were read, so a page can be shorter than asked for and not be the last.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from shared.clock import rfc3339

SEPARATOR = "~"  # needs no escaping in an address, and is in no part


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows, and the cursor to give as `after` for the next ones; None on the last page."""

    items: Sequence[Any]
    next: str | None


def cursor(*parts: Any) -> str:
    """The text of a position, which `schemas_base.Cursor` reads again."""
    return SEPARATOR.join(rfc3339(part) if hasattr(part, "utcoffset") else str(part) for part in parts)


def page_of(rows: Sequence[Any], limit: int, key: Callable[[Any], str]) -> Page:
    """A page of the first `limit` rows; the query asked for one more, to see whether there are others."""
    kept = rows[:limit]
    return Page(kept, key(kept[-1]) if len(rows) > limit else None)
