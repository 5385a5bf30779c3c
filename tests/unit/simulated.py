"""Small plans and hand-written events for the tests of the simulator."""

from __future__ import annotations

from datetime import date, datetime
from uuid import NAMESPACE_OID, uuid5

from deploy.cds.simulate.event import Event
from deploy.cds.simulate.habits import HONEST, Habits
from deploy.cds.simulate.world import Plan, Site, Venue

SITE = Site(
    "app-11692",
    "11692",
    "Hải Thành",
    ("tdp-01", "tdp-02", "tdp-03"),
    (Venue("11111111-1111-5111-8111-111111111111", "cultural_house", "tdp-03"),
     Venue("22222222-2222-5222-8222-222222222222", "one_stop"),
     Venue("33333333-3333-5333-8333-333333333333", "market", "tdp-01", 30, "CHO-HT")),
    ("44444444-4444-5444-8444-444444444444", "55555555-5555-5555-8555-555555555555"),
)  # fmt: skip
OTHER = Site("app-11689", "11689", "Anh Dũng", ("tdp-01",), SITE.venues[:2], SITE.volunteers)
# A ward that ended before the plan's days; its app does not know.
ENDED = Site("app-11695", "11695", "Cũ", (), (), (), valid_to=date(2023, 3, 1),
             heirs=(("tdp-07", "11692/tdp-03"), ("tdp-08", "11692/tdp-01"), ("11695", "11692")))  # fmt: skip
WARD_OF = {SITE.source: SITE.ward, OTHER.source: OTHER.ward}


def small_plan(events: int = 300, seed: str = "1", habits: Habits = HONEST) -> Plan:
    return Plan((SITE, OTHER), date(2023, 3, 6), date(2023, 3, 15), events, seed, habits)


def said(name: str, subject: str, at: str, number: int = 0, **data: object) -> Event:
    """An event of SITE; `number` decides between equal times, as the identifier does."""
    event_id = f"00000000-0000-7000-8000-{number:012d}"
    return Event(event_id, SITE.source, name, str(uuid5(NAMESPACE_OID, subject)), datetime.fromisoformat(at), data)


def visit(subject: str, at: str = "2023-03-08T19:30:00+07:00", number: int = 1, **data: object) -> Event:
    base = {"area": "tdp-03", "service": "vneid_activation", "outcome": "completed"}
    return said("assist.recorded", subject, at, number, **{**base, **data})


def correction(subject: str, at: str, number: int, **data: object) -> Event:
    base = {"area": "tdp-03", "service": "vneid_activation", "outcome": "completed", "reason_code": "typo",
            "happened_at": "2023-03-08T19:30:00+07:00"}  # fmt: skip
    return said("assist.corrected", subject, at, number, **{**base, **data})


def paper(subject: str, covers: str, area: str, *lines: tuple[str, str, int, str | None], number: int = 1,
          version: int = 1, session: str | None = None, day: str = "2023-03-08") -> Event:  # fmt: skip
    written = [
        {"service": service, "outcome": outcome, "count": count} | ({"age_band": band} if band else {})
        for service, outcome, count, band in lines
    ]
    data = {"area": area, "day": day, "version": version, "covers": covers, "lines": written}
    more = {"session": session} if session else {}
    return said("tally.recorded", subject, "2023-03-08T21:30:00+07:00", number, **data, **more)
