"""What the platform answers, read event by event; and how a batch that is refused as a whole is taken apart.

Guarantee: each event gets a fate of its own. One event that cannot be read costs its neighbours a few requests more,
nothing else. An answer that is not the platform's (a hotel's login page, a proxy's error) is no answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import httpx

KEPT = frozenset({"accepted", "duplicate", "pending_reference"})
REFUSED = frozenset({"conflict", "rejected"})
# A batch refused so may hold good events: it goes again in halves.
TAKEN_APART = frozenset({400, 413, 422})
LONGEST = 500
Item = TypeVar("Item")
Read = Callable[[httpx.Response, int], "list[Fate] | None"]


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of one event; `code` and `message` say why it was refused."""

    status: str
    code: str = ""
    message: str = ""
    receipt_code: str | None = None

    @property
    def is_kept(self) -> bool:
        return self.status in KEPT


def body_of(answer: httpx.Response) -> dict[str, Any] | None:
    """The answer's JSON object; None when somebody else than the platform answers."""
    try:
        body = answer.json()
    except ValueError:
        return None
    return body if isinstance(body, dict) else None


def read_batch(answer: httpx.Response, count: int) -> list[Fate] | None:
    """The fates of a batch, in the order sent; None when the batch was refused as a whole."""
    results = (body_of(answer) or {}).get("results") if answer.is_success else None
    if not isinstance(results, list) or len(results) != count:
        return None
    return [fate_of(result) for result in results]


def fate_of(result: dict[str, Any]) -> Fate:
    """The fate in one result of a batch, or in the answer to a single event."""
    errors = result.get("errors") or []
    said = "; ".join(f"{error.get('field') or ''}: {error.get('message') or ''}".lstrip(": ") for error in errors)
    code = result.get("code") or (errors[0].get("code") if errors else "") or ""
    return Fate(str(result.get("status")), str(code), said[:LONGEST], result.get("receipt_code"))


def refused_whole(answer: httpx.Response) -> Fate:
    """The fate of an event whose request was refused, for example since it cannot be read."""
    body = body_of(answer) or {}
    code = body.get("reason") or body.get("code") or str(answer.status_code)
    message = body.get("detail") or body.get("title") or ""
    return Fate("conflict" if answer.status_code == 409 else "rejected", str(code), str(message)[:LONGEST])


def deliver(
    items: Sequence[Item], post: Callable[[Sequence[Item]], httpx.Response], read: Read = read_batch
) -> Iterator[list[tuple[Item, Fate]]]:
    """Post these, in halves where they are refused together; parts with their fates, as soon as they are known."""
    answer = post(items)
    fates = read(answer, len(items))
    if fates is not None:
        yield list(zip(items, fates, strict=True))
    elif len(items) == 1:
        yield [(items[0], refused_whole(answer))]
    else:
        middle = len(items) // 2
        yield from deliver(items[:middle], post, read)
        yield from deliver(items[middle:], post, read)
