"""Adding a statement up again from the events, in a copy of its own: it must come to the same bytes.

Guarantee: nothing but the feed and the statement's own cut is used; the copy is thrown away afterwards.
"""

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from services.reporting import copies
from services.reporting.closing import figures, statements
from services.reporting.closing.amendments import flat
from services.reporting.replay import Replay
from shared.database import transaction
from shared.feed import FeedClient


class NotClosed(LookupError):
    """There is no statement of this day."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A statement that does not come out the same: the first figure that differs."""

    unit_id: UUID
    figure: str
    service: str
    stated: int
    recomputed: int


def recompute(url: str, feeds: Mapping[str, FeedClient], day: dt.date) -> tuple[int, list[Difference]]:
    """How many statements of a day were added up again, and those that differ.

    Raises:
        NotClosed: when the day is not closed.
        FeedError: when the events cannot be had now.
    """
    bound = copies.engine(url, copies.CHECKED)
    try:
        with transaction(bound) as connection:
            row = connection.execute("SELECT cut FROM closing WHERE day = %s", [day]).fetchone()
            if row is None:
                raise NotClosed(str(day))
            copies.drop(connection, copies.CHECKED)
        copies.prepare(bound, copies.CHECKED)
        replay = Replay(bound, feeds)
        replay.to_cut(replay.heads(), statements.vector_of(row[0]))
        with transaction(bound) as connection:
            connection.execute("SET LOCAL statement_timeout = '10min'")
            again = figures.of_days(connection, [day])
            stated = connection.execute(
                "SELECT unit_id, contents, sha256 FROM statement WHERE day = %s ORDER BY unit_id", [day]
            ).fetchall()
            copies.drop(connection, copies.CHECKED)
    finally:
        bound.dispose()
    found = [
        difference
        for unit_id, contents, sha256 in stated
        for difference in _compare(unit_id, contents, sha256, again.get((unit_id, day)) or figures.nothing())
    ]
    return len(stated), found


def _compare(unit_id: UUID, contents: str, sha256: str, again: dict[str, Any]) -> list[Difference]:
    said = json.loads(contents)
    text = statements.canonical(said | {"figures": again})
    if text == contents and statements.sha256_of(text) == sha256:
        return []
    before, after = flat(said["figures"]), flat(again)
    for figure, service in sorted(before.keys() | after.keys()):
        was, is_now = before.get((figure, service), 0), after.get((figure, service), 0)
        if was != is_now:
            return [Difference(unit_id, figure, service, was, is_now)]
    return [Difference(unit_id, "contents", "", 0, 0)]
