"""Which volunteers can be changed, and since when they serve.

Guarantee: an erased record is never changed, and a merged one only by changing the record that it was merged into.
"""

import datetime as dt

from services.registry.commands.refusals import refuse
from services.registry.model import Volunteer
from shared.problems import Problem


def changeable(volunteer: Volunteer) -> Volunteer:
    """The volunteer, unless nothing about it can change any more."""
    if volunteer.erased_on:
        day = volunteer.erased_on
        raise Problem("gone", f"Dữ liệu của tình nguyện viên {volunteer.volunteer_id} đã được xóa ngày {day}.")
    if volunteer.merged_into:
        final = volunteer.merged_into
        detail = f"{volunteer.volunteer_id} đã được gộp vào {final}. Vui lòng dùng tình nguyện viên {final}."
        raise Problem("merged", detail, extra={"merged_into": str(final)})
    return volunteer


def serving(volunteer: Volunteer, on: dt.date, field: str) -> Volunteer:
    """The volunteer, if nothing speaks against a change of where it serves from a day on."""
    changeable(volunteer)
    not_before_joining(volunteer, on, field)
    if volunteer.retired_on and on >= volunteer.retired_on:
        message = f"Tình nguyện viên {volunteer.volunteer_id} đã thôi tham gia từ {volunteer.retired_on}."
        raise refuse(field, "retired", f"{message} Vui lòng ghi ngày trở lại trước.")
    return volunteer


def not_before_joining(volunteer: Volunteer, on: dt.date, field: str = "on") -> None:
    if volunteer.joined_on and on < volunteer.joined_on:
        message = f"Ngày {on} trước ngày tham gia {volunteer.joined_on}. Vui lòng kiểm tra lại ngày."
        raise refuse(field, "before_joining", message)
