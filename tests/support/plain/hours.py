"""Hours of volunteers (F9, and decision 34 where the contract is silent) and who was active (F8).

Time is cut wherever somebody comes or leaves; each piece belongs to the session that began first among those that claim it.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from itertools import pairwise
from typing import Any, NamedTuple
from uuid import UUID

from tests.support.plain.assists import singles
from tests.support.plain.cells import Cell
from tests.support.plain.known import Known

EAST = 7 * 3600  # Asia/Ho_Chi_Minh has no daylight saving
DAY = 24 * 3600
MOST_SECONDS_A_DAY = 16 * 3600


class Stay(NamedTuple):
    """Somebody in a session, from a second to another."""

    session: UUID
    begin: int
    end: int
    flags: frozenset[str] = frozenset()


def second(moment: dt.datetime) -> int:
    """The local second; fractions are dropped."""
    return int(moment.timestamp() // 1) + EAST


def day_of(local_second: int) -> dt.date:
    return dt.date(1970, 1, 1) + dt.timedelta(days=local_second // DAY)


def stays(known: Known, person: UUID, session: UUID) -> list[Stay]:
    """A person's stays in a session, cut to it."""
    state = known.sessions[session]
    noted = [cut for stay in _noted(known, person, session) if (cut := _cut(state, stay))]
    if person in {known.person(one) for one in state.present} and not any(stay.begin < stay.end for stay in noted):
        end = state.closed_at or state.planned_end
        flags = frozenset({"assumed"} if end else {"assumed", "forgotten"})
        whole = _cut(state, Stay(session, second(state.opened_at), second(end or state.opened_at), flags))
        return [whole] if whole else []
    return noted


def _noted(known: Known, person: UUID, session: UUID) -> list[Stay]:
    """What check-ins and check-outs say: from the first coming in a row to the first leaving after it."""
    state = known.sessions[session]
    mine = [one for one in known.attendance if (one.session, known.person(one.volunteer)) == (session, person)]
    found: list[Stay] = []
    came: int | None = None
    told = {(second(one.at), one.is_in) for one in mine}
    is_first = True
    for at in sorted({at for at, _ in told}):
        # In one second whoever is there leaves and comes again, whoever is not comes and leaves.
        for is_in in (False, True) if came is not None else (True, False):
            if (at, is_in) not in told:
                continue
            if is_in and came is None:
                came = at
            elif not is_in and came is not None:
                found.append(Stay(session, came, at))
                came = None
            elif not is_in and is_first:
                found.append(Stay(session, second(state.opened_at), at, frozenset({"assumed"})))
            is_first = False
    if came is not None:
        end = state.closed_at or state.planned_end
        found.append(Stay(session, came, second(end) if end else came, frozenset({"forgotten"})))
    return found


def _cut(state: Any, stay: Stay) -> Stay | None:
    """The stay within its session; None when nothing is left, but for a leaving that was forgotten."""
    begin = max(stay.begin, second(state.opened_at))
    end = min(stay.end, second(state.closed_at)) if state.closed_at else stay.end
    if begin < end:
        return stay._replace(begin=begin, end=end)
    is_after = state.closed_at is not None and begin >= second(state.closed_at)
    return stay._replace(begin=begin, end=begin) if "forgotten" in stay.flags and not is_after else None


def book(known: Known) -> list[Cell]:
    """A cell for each person, session and day: its seconds, and what is odd about it."""
    named = {one.volunteer for one in known.attendance} | {v for s in known.sessions.values() for v in s.present}
    return [cell for person in sorted({known.person(one) for one in named}) for cell in _of(known, person)]


def _of(known: Known, person: UUID) -> list[Cell]:
    order = sorted(known.sessions, key=lambda session: (known.sessions[session].opened_at, session))
    mine = {session: stays(known, person, session) for session in order}
    seconds: dict[tuple[UUID, dt.date], int] = defaultdict(int)
    flags: dict[tuple[UUID, dt.date], set[str]] = defaultdict(set)
    for begin, end in _pieces([stay for found in mine.values() for stay in found]):
        claiming = [s for s in order if any(stay.begin <= begin and end <= stay.end for stay in mine[s])]
        if claiming:
            seconds[claiming[0], day_of(begin)] += end - begin
        for session in claiming:
            flags[session, day_of(begin)] |= {"overlap"} if len(claiming) > 1 else set()
    for stay in (stay for found in mine.values() for stay in found):
        for day in range(stay.begin // DAY, max(stay.begin, stay.end - 1) // DAY + 1):
            flags[stay.session, day_of(day * DAY)] |= stay.flags
    return [_cell(known, person, key, seconds[key], flags[key]) for key in sorted({*seconds, *flags}, key=str)]


def _pieces(found: list[Stay]) -> list[tuple[int, int]]:
    """Stretches of time in which nobody comes or leaves and no day ends."""
    edges = {edge for stay in found for edge in (stay.begin, stay.end)}
    if edges:
        edges |= {day * DAY for day in range(min(edges) // DAY, max(edges) // DAY + 1)}
    return list(pairwise(sorted(edges)))


def _cell(known: Known, person: UUID, key: tuple[UUID, dt.date], n: int, flags: set[str]) -> Cell:
    session = known.sessions[key[0]]
    return {
        "day": key[1], "area": session.area, "session": key[0], "kind": session.kind, "venue": session.venue,
        "team": session.team, "volunteer": person, "flags": sorted(flags), "n": n,
    }  # fmt: skip


def f8(known: Known, hours: list[Cell]) -> list[Cell]:
    """A cell for each sign of life of a person: hours in a session, or the name in an assist. Count distinct ones."""
    named = [cell | {"volunteer": one} for cell in singles(known) for one in cell["volunteer"]]
    return [
        {"day": cell["day"], "area": cell["area"], "volunteer": cell["volunteer"], "n": 1}
        for cell in [*(cell for cell in hours if cell["n"] > 0), *named]
    ]


def long_days(hours: list[Cell]) -> set[tuple[UUID, dt.date]]:
    """Persons and days of more than sixteen hours."""
    sums: dict[tuple[UUID, dt.date], int] = defaultdict(int)
    for cell in hours:
        sums[cell["volunteer"], cell["day"]] += cell["n"]
    return {key for key, seconds in sums.items() if seconds > MOST_SECONDS_A_DAY}
