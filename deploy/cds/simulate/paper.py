"""Paper: the counts that a ward gives for a session or a day, their versions, and zero reports.

A count that states the whole of its scope is made only on days that are fresh in the plan, because what it
adds depends on everything else in that scope. Its lines are guesses around what was recorded one by one, so
that some add to it and some do not.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from deploy.cds.simulate import content
from deploy.cds.simulate.event import LOCAL, Event

if TYPE_CHECKING:
    from deploy.cds.simulate.traffic import Day

Line = dict[str, Any]


def reported_at(day: Day, minutes: int) -> datetime:
    evening = datetime.combine(day.day, time(21, 20), LOCAL) + timedelta(minutes=minutes)
    return min(evening, day.until)


def zero_report(day: Day) -> Event:
    at = reported_at(day, 0)
    data = tally(day, content.area_name(day.rng, day.site, day.group()), "all", [])
    if not day.plan.may_state_the_whole(day.site, day.day):
        data["covers"] = "unlisted"
    return day.event("tally.recorded", day.new_id(at), at, data)


def tally(day: Day, area: str, covers: str, lines: list[Line], **more: object) -> dict[str, Any]:
    return {"area": area, "day": day.day.isoformat(), "version": 1, "covers": covers, "lines": lines, **more}


def tallies(day: Day, said: list[Event], room: int) -> list[Event]:
    """On about a third of the days: some counts, of which some are sent again as a higher version."""
    if room < 1 or day.rng.random() > 0.35:
        return []
    made: list[Event] = []
    for number in range(min(room, day.rng.randint(1, 4 + len(said) // 50))):
        at = reported_at(day, 3 * number)
        made.append(day.event("tally.recorded", day.new_id(at), at, one_tally(day, said)))
    if len(made) < room and day.rng.random() < 0.5:
        made.append(next_version(day, day.rng.choice(made)))
    return made


def one_tally(day: Day, said: list[Event]) -> dict[str, Any]:
    sessions = [event for event in said if event.name == "session.opened"]
    covers = "unlisted"
    if day.plan.may_state_the_whole(day.site, day.day) and day.rng.random() < 0.5:
        covers = "all"
    if sessions and day.rng.random() < 0.35:
        session = day.rng.choice(sessions)
        area = str(session.data["area"])
        return tally(day, area, covers, lines(day, said, covers), session=session.subject)
    group = day.group() if day.rng.random() < 0.7 else None
    return tally(day, content.area_name(day.rng, day.site, group), covers, lines(day, said, covers))


def lines(day: Day, said: list[Event], covers: str) -> list[Line]:
    """One to five lines, no two of one kind; those that state a whole are near to what was recorded."""
    seen = Counter((e.data["service"], e.data["outcome"]) for e in said if e.name == "assist.recorded")
    cells = [*seen, ("vneid_activation", "completed"), ("digital_skills", "completed")]
    chosen = dict.fromkeys(day.rng.choice(cells) for _ in range(day.rng.randint(1, 5)))
    return [one_line(day, cell, seen[cell], covers) for cell in chosen]


def one_line(day: Day, cell: tuple[str, str], seen: int, covers: str) -> Line:
    base = seen if covers == "all" else 0
    count = max(1, base + day.rng.randint(-2, 9))
    line: Line = {"service": cell[0], "outcome": cell[1], "count": count}
    if day.rng.random() < 0.4:
        line["age_band"] = day.rng.choice(("60_plus", "31_59", "16_30"))
    if covers == "unlisted" and day.site.groups and day.rng.random() < 0.2:
        line["resident_area"] = day.rng.choice(day.site.groups)
    return line


def next_version(day: Day, event: Event) -> Event:
    """The same count again, mended: all its lines differ a little, or one is gone.

    Now and then its version was forgotten to be raised: then the later one of the two holds.
    """
    changed = [{**line, "count": line["count"] + day.rng.randint(0, 4)} for line in event.data["lines"]]
    kept = changed[1:] if len(changed) > 1 and day.rng.random() < 0.3 else changed
    version = 1 if day.rng.random() < 0.15 else 2
    at = min(event.at + timedelta(minutes=25), day.until)
    return day.event("tally.recorded", event.subject, at, {**event.data, "version": version, "lines": kept})
