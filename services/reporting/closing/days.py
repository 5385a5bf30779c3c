"""Which days are due to be closed, and up to which moment: pure arithmetic on moments.

Rule (contract F40): a day is closed at 22:00:00.000 in Asia/Ho_Chi_Minh. What happens on the day and is recorded later
comes as an amendment.
"""

import datetime as dt
from collections.abc import Iterator

from shared.clock import LOCAL_ZONE

CLOSES_AT = dt.time(22, 0)
LATE_AFTER = dt.timedelta(minutes=15)
ONE_DAY = dt.timedelta(days=1)


def limit_of(day: dt.date) -> dt.datetime:
    """The moment at which a day is closed."""
    return dt.datetime.combine(day, CLOSES_AT, LOCAL_ZONE)


def last_due(now: dt.datetime) -> dt.date:
    """The newest day whose closing moment has passed."""
    local = now.astimezone(LOCAL_ZONE)
    return local.date() if local.time() >= CLOSES_AT else local.date() - ONE_DAY


def due(last_closed: dt.date | None, first_recorded: dt.datetime | None, now: dt.datetime) -> Iterator[dt.date]:
    """The days to close, in their order: after the last closed one or, before there is one, from the first record."""
    if last_closed is not None:
        day = last_closed + ONE_DAY
    elif first_recorded is not None:
        day = last_due(first_recorded) + ONE_DAY
    else:
        return
    while day <= last_due(now):
        yield day
        day += ONE_DAY


def is_late(day: dt.date, now: dt.datetime) -> bool:
    """Whether a statement made now says that it was made late."""
    return now >= limit_of(day) + LATE_AFTER
