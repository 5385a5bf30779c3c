"""Volunteer hours counted second by second, as plainly as can be: what the projection is compared with.

It shares no code with `services/reporting/projections/hours.py` but the shape of what is given.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from uuid import UUID

from services.reporting.projections.hours import Attended

ZONE = dt.timezone(dt.timedelta(hours=7))
Key = tuple[UUID, dt.date]


def count(sessions: Iterable[Attended]) -> tuple[dict[Key, int], set[Key]]:
    """Of one person: the seconds of each session and local day, and where two sessions claim the same second."""
    owner: dict[int, UUID] = {}
    claims: dict[int, set[UUID]] = defaultdict(set)
    for one in sorted(sessions, key=lambda session: (session.opened_at, session.session_id)):
        for tick in there(one)[0]:
            owner.setdefault(tick, one.session_id)
            claims[tick].add(one.session_id)
    counted: dict[Key, int] = defaultdict(int)
    for tick, session_id in owner.items():
        counted[session_id, day_of(tick)] += 1
    return dict(counted), {(one, day_of(tick)) for tick, ids in claims.items() if len(ids) > 1 for one in ids}


def second(moment: dt.datetime) -> int:
    return int(moment.timestamp())


def there(session: Attended) -> tuple[set[int], bool, bool]:
    """The seconds that a session claims, and whether a coming was assumed, or a leaving forgotten."""
    opened, closed = second(session.opened_at), second(session.closed_at) if session.closed_at else None
    end = session.closed_at or session.planned_end
    spans: list[tuple[int, int, str]] = []
    came: int | None = None
    left_once = False
    waiting = {(second(moment), is_in) for moment, is_in in session.moments}
    while waiting:
        now = min(moment for moment, _ in waiting)
        wished = (now, came is None)
        moment = wished if wished in waiting else (now, came is not None)
        waiting.remove(moment)
        is_first = not spans and came is None and not left_once
        left_once = True
        if moment[1] and came is None:
            came = now
        elif not moment[1] and came is not None:
            spans.append((came, now, ""))
            came = None
        elif not moment[1] and is_first:
            spans.append((opened, now, "assumed"))
    if came is not None:
        spans.append((came, second(end) if end else came, "forgotten"))
    claimed: set[int] = set()
    flags: set[str] = set()
    for begins, ends, flag in spans:
        inside = {tick for tick in range(max(begins, opened), ends) if closed is None or tick < closed}
        claimed |= inside
        if flag and (inside or (flag == "forgotten" and (closed is None or max(begins, opened) < closed))):
            flags.add(flag)
    if session.is_present and not claimed:
        claimed = set(range(opened, second(end))) if end else set()
        flags = ({"assumed"} if claimed else set()) if end else {"assumed", "forgotten"}
    return claimed, "assumed" in flags, "forgotten" in flags


def day_of(tick: int) -> dt.date:
    return dt.datetime.fromtimestamp(tick, ZONE).date()
