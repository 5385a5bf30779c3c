"""Hours as forms give them: `08:05` of a day, local, and what is wrong with one in words.

Guarantee: an hour that has not come yet, or lies before the beginning, is never sent; the form is shown again.
"""

import datetime as dt

from services.sessions.page import formats
from shared import clock
from shared.clock import LOCAL_ZONE


class Unfit(ValueError):
    """A field cannot be used as it was typed: one line for the person."""


def typed(day: dt.date, text: str, name: str) -> dt.datetime:
    """The moment of an hour on a day."""
    try:
        hour = dt.time.fromisoformat(text)
    except ValueError:
        raise Unfit(f"{name} chưa đúng. Vui lòng nhập giờ và phút, ví dụ 08:00.") from None
    return dt.datetime.combine(day, hour.replace(tzinfo=None), LOCAL_ZONE)


def past(day: dt.date, text: str, name: str) -> dt.datetime:
    """The moment of an hour on a day that has come already."""
    moment = typed(day, text, name)
    if moment > clock.now():
        raise Unfit(
            f"{name} {formats.hour(moment)} ngày {formats.day(day)} chưa tới. Vui lòng kiểm tra lại ngày và giờ."
        )
    return moment


def after(day: dt.date, begin: str, text: str, name: str) -> dt.datetime:
    """The moment of an hour on a day that lies behind another one."""
    moment = typed(day, text, name)
    if moment <= typed(day, begin, "Giờ bắt đầu"):
        raise Unfit(f"{name} {formats.hour(moment)} không sau giờ bắt đầu. Vui lòng kiểm tra lại giờ.")
    return moment
