"""The hours of one volunteer: what sessions and attendance come to, second by second.

Rule (contract, F9): in each session from the check-in, or from its opening when the leader saw the volunteer who had
not checked in, until the check-out, else the closing, else the planned end; cut to the session. Hours are the length of
the union over sessions: what two of them claim goes to the one that began first (then to the lower id), so that
sessions add up to the total. Cut at local midnight.
Where the contract is silent, docs/decisions/0034-volunteer-hours.md holds.
A pure function; it reads and writes nothing. Whole seconds: fractions of a moment are dropped.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from uuid import UUID

from shared.clock import LOCAL_ZONE, local_day

LONGEST_DAY_SECONDS = 16 * 3600
Span = tuple[dt.datetime, dt.datetime]


@dataclass(frozen=True, slots=True)
class Attended:
    """A session that is not void, and what is known of one volunteer in it; `moments` are (at, came or left)."""

    session_id: UUID
    opened_at: dt.datetime
    closed_at: dt.datetime | None = None
    planned_end: dt.datetime | None = None
    is_present: bool = False
    moments: Sequence[tuple[dt.datetime, bool]] = ()


@dataclass(slots=True)
class Hours:
    """What a session comes to on a local day. `is_assumed`: nobody noted the coming; `is_forgotten`: nor the leaving.

    `is_overlapping`: another session claims a part of it too. `is_long_day`: over 16 hours on that day in all.
    """

    session_id: UUID
    day: dt.date
    seconds: int = 0
    is_assumed: bool = False
    is_forgotten: bool = False
    is_overlapping: bool = False
    is_long_day: bool = False


@dataclass(slots=True)
class _Stay:
    """From a coming to a leaving in a session; of no length when the end is not known."""

    session: Attended
    begins: dt.datetime
    ends: dt.datetime
    is_assumed: bool = False
    is_forgotten: bool = False

    @property
    def order(self) -> tuple[dt.datetime, UUID, dt.datetime]:
        return self.session.opened_at, self.session.session_id, self.begins


def hours_of(sessions: Iterable[Attended]) -> list[Hours]:
    """The hours of one person in the sessions given, by (day, session); with a 0 where there is something to flag."""
    stays = [stay for session in sessions for stay in _stays(session)]
    found: dict[tuple[dt.date, UUID], Hours] = {}
    for cluster in _clusters(stays):
        taken: list[Span] = []
        for stay in sorted(cluster, key=lambda one: one.order):
            _count(found, stay, _without((stay.begins, stay.ends), taken), _overlaps(stay, cluster))
            taken.append((stay.begins, stay.ends))
    _mark_long_days(found.values())
    return [found[key] for key in sorted(found)]


def _stays(session: Attended) -> list[_Stay]:
    noted = [cut for stay in _noted(session) if (cut := _cut(stay))]
    if session.is_present and not any(stay.begins < stay.ends for stay in noted):
        end = _end(session)
        whole = _Stay(session, session.opened_at, end or session.opened_at, is_assumed=True, is_forgotten=end is None)
        return [cut] if (cut := _cut(whole)) else []
    return noted


def _noted(session: Attended) -> Iterator[_Stay]:
    """What check-ins and check-outs say. Of several comings in a row the first holds, of leavings too."""
    since: dt.datetime | None = None
    is_first = True
    for at, is_in in _in_order(session.moments):
        if is_in and since is None:
            since = at
        elif not is_in and (since is not None or is_first):
            yield _Stay(session, since or session.opened_at, at, is_assumed=since is None)
            since = None
        is_first = False
    if since is not None:
        yield _Stay(session, since, _end(session) or since, is_forgotten=True)


def _in_order(moments: Iterable[tuple[dt.datetime, bool]]) -> Iterator[tuple[dt.datetime, bool]]:
    """By time. At the same second, whoever is there leaves and comes again, whoever is not comes and leaves."""
    is_there = False
    seconds = sorted({(_whole(at), is_in) for at, is_in in moments})
    for at, group in groupby(seconds, key=lambda moment: moment[0]):
        for _, is_in in sorted(group, key=lambda moment: moment[1] is is_there):
            yield at, is_in
            is_there = is_in


def _end(session: Attended) -> dt.datetime | None:
    return session.closed_at or session.planned_end


def _cut(stay: _Stay) -> _Stay | None:
    """The stay within its session; None when nothing is left of it, unless that its end was forgotten."""
    closed = stay.session.closed_at
    begins = max(_whole(stay.begins), _whole(stay.session.opened_at))
    ends = _whole(stay.ends) if closed is None else min(_whole(stay.ends), _whole(closed))
    if ends <= begins and (not stay.is_forgotten or (closed is not None and begins >= _whole(closed))):
        return None
    return _Stay(stay.session, begins, max(begins, ends), stay.is_assumed, stay.is_forgotten)


def _whole(at: dt.datetime) -> dt.datetime:
    return at.astimezone(LOCAL_ZONE).replace(microsecond=0)


def _clusters(stays: Iterable[_Stay]) -> Iterator[list[_Stay]]:
    """Stays that hang together by overlapping; what is in different clusters has no second in common."""
    cluster: list[_Stay] = []
    until: dt.datetime | None = None
    for stay in sorted(stays, key=lambda one: (one.begins, one.ends)):
        if until is not None and stay.begins >= until:
            yield cluster
            cluster, until = [], None
        cluster.append(stay)
        until = stay.ends if until is None else max(until, stay.ends)
    if cluster:
        yield cluster


def _without(span: Span, taken: Iterable[Span]) -> list[Span]:
    """What is left of a span."""
    left = [span]
    for begins, ends in taken:
        left = [part for one in left for part in ((one[0], min(one[1], begins)), (max(one[0], ends), one[1]))
                if part[0] < part[1]]  # fmt: skip
    return left


def _overlaps(stay: _Stay, cluster: Iterable[_Stay]) -> list[Span]:
    """The parts of a stay that a stay in another session claims too."""
    others = (one for one in cluster if one.session.session_id != stay.session.session_id)
    parts = ((max(stay.begins, one.begins), min(stay.ends, one.ends)) for one in others)
    return [part for part in parts if part[0] < part[1]]


def _count(
    found: dict[tuple[dt.date, UUID], Hours], stay: _Stay, counted: Iterable[Span], shared: Iterable[Span]
) -> None:
    def row(day: dt.date) -> Hours:
        hours = found.setdefault((day, stay.session.session_id), Hours(stay.session.session_id, day))
        hours.is_assumed |= stay.is_assumed
        hours.is_forgotten |= stay.is_forgotten
        return hours

    if stay.begins == stay.ends:
        row(local_day(stay.begins))
    for span in counted:
        for day, seconds in _by_day(span):
            row(day).seconds += seconds
    for span in shared:
        for day, _ in _by_day(span):
            row(day).is_overlapping = True


def _by_day(span: Span) -> Iterator[tuple[dt.date, int]]:
    """The local days of a span, with its seconds on each."""
    begins, ends = span
    while begins < ends:
        day = local_day(begins)
        midnight = dt.datetime.combine(day + dt.timedelta(days=1), dt.time.min, LOCAL_ZONE)
        until = min(ends, midnight)
        yield day, round((until - begins).total_seconds())
        begins = until


def _mark_long_days(rows: Iterable[Hours]) -> None:
    by_day: dict[dt.date, list[Hours]] = defaultdict(list)
    for row in rows:
        by_day[row.day].append(row)
    for of_day in by_day.values():
        if sum(row.seconds for row in of_day) > LONGEST_DAY_SECONDS:
            for row in of_day:
                row.is_long_day = True
