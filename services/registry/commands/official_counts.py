"""What the police or the ministry counts as done up to a day, beside our own count.

Guarantee: one count for an area, a service and a day; a correction raises its version and is told again, the same count
again changes nothing.
"""

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from services.registry.commands.refusals import area_or_refuse, refuse
from services.registry.journal import Told, subject_of, tell
from services.registry.model import OfficialCount, Service
from shared import clock
from shared.events.plans import OfficialCountRecorded


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCount:
    """`done` is cumulative: all who have it by the end of the day `as_of`."""

    area_id: UUID
    service: str
    as_of: dt.date
    done: int
    source: str


def record_official_count(session: Session, new: NewCount) -> tuple[OfficialCount, bool]:
    """The count of that area, service and day, and whether it is new or corrected."""
    _check(session, new)
    count = session.get(OfficialCount, (new.area_id, new.service, new.as_of))
    if count is None:
        count = OfficialCount(
            area_id=new.area_id, service=new.service, as_of=new.as_of, done=new.done, source=new.source
        )
        session.add(count)
    elif (count.done, count.source) == (new.done, new.source):
        return count, False
    else:
        count.done, count.source = new.done, new.source
    event = OfficialCountRecorded(
        area=new.area_id, service=new.service, as_of=new.as_of, done=new.done, source=new.source
    )
    tell(session, [Told(subject_of("official_count", f"{new.area_id}/{new.service}"), event)])
    return count, True


def _check(session: Session, new: NewCount) -> None:
    area_or_refuse(session, new.area_id, "area_id")
    if session.get(Service, new.service) is None:
        message = f"Danh mục không có “{new.service}”. Vui lòng tra ở /v1/services."
        raise refuse("service", "unknown_service", message)
    if new.as_of > clock.today():
        raise refuse(
            "as_of", "in_the_future", f"Ngày {new.as_of} chưa đến. Vui lòng gửi số liệu đến hết một ngày đã qua."
        )
