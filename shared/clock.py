"""Time: the one place that reads the clock, and the local day.

Guarantee: every time is aware; the local day is that of Asia/Ho_Chi_Minh (UTC+7, no daylight saving).
It does not decide what a plausible time is: the intake does.
Used by every step of the event path.
"""

import datetime as dt
from zoneinfo import ZoneInfo

LOCAL_ZONE = ZoneInfo("Asia/Ho_Chi_Minh")


def now() -> dt.datetime:
    """The present moment, aware, in UTC."""
    return dt.datetime.now(dt.UTC)


def local_day(moment: dt.datetime) -> dt.date:
    """The calendar day of an aware moment in Asia/Ho_Chi_Minh."""
    return moment.astimezone(LOCAL_ZONE).date()


def today() -> dt.date:
    return local_day(now())


def rfc3339(moment: dt.datetime) -> str:
    """An aware moment as RFC 3339 text in UTC, for example `2026-03-15T11:10:00.000000Z`."""
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
