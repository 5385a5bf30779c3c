"""What is not an assist: incidents, proposals and their answers, and a feedback on its way through the offices.

A feedback takes steps that can follow each other, reopened now and then, each some hours or days after the last and
none after the plan's end. Every function returns events, complete by the contract of their types.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from deploy.cds.simulate import content
from deploy.cds.simulate.event import Event
from deploy.cds.simulate.standing import STEPS
from deploy.cds.simulate.texts import ANSWERS, INCIDENTS, PROPOSALS

if TYPE_CHECKING:
    from deploy.cds.simulate.traffic import Day

OFFICES = {"police_ward": 35, "peoples_committee": 40, "telecom": 15, "bank": 10}
INCIDENT_KINDS = {"online_scam": 60, "account_takeover": 20, "data_leak": 8, "malware": 7, "harmful_content": 5}
VIAS = {"phone": 30, "zalo": 30, "facebook": 20, "sms": 10, "website": 6, "app": 3, "other": 1}
LOSSES = {"none": 60, "under_5m": 20, "5m_50m": 8, "over_50m": 2, "unknown": 10}
ADDRESSEES = {"youth_union": 40, "peoples_committee": 35, "party_committee": 15, "office": 10}
RESULTS = {"done": 40, "explained": 25, "guided": 20, "not_competent": 5, "withdrawn": 5, "duplicate": 5}
NEXT = {"forwarded": 30, "answered": 35, "resolved": 30, "reopened": 40}


def incident(day: Day, at: datetime, area: str) -> Event:
    rng = day.rng
    data: dict[str, Any] = {"area": area, "kind": content.draw(rng, INCIDENT_KINDS), "via": content.draw(rng, VIAS)}
    data |= {"loss": content.draw(rng, LOSSES)} if rng.random() < 0.7 else {}
    data |= {"text": rng.choice(INCIDENTS), "told_police": rng.random() < 0.4} if rng.random() < 0.6 else {}
    return day.event("incident.reported", day.new_id(at), at, data)


def proposal(day: Day, at: datetime, area: str, room: int) -> list[Event]:
    """A proposal, and its answers as far as there is room: sometimes a second one that changes the first."""
    rng, (theme, text) = day.rng, day.rng.choice(PROPOSALS)
    data = {"area": area, "addressed_to": content.draw(rng, ADDRESSEES), "theme": theme, "text": text}
    data |= {"volunteer": rng.choice(day.site.volunteers)} if day.site.volunteers else {}
    made = [day.event("proposal.submitted", day.new_id(at), at, data)]
    for _ in range(min(room - 1, rng.choice((0, 1, 1, 2)))):
        at = soon(day, at)
        if day.is_over(at):
            break
        result = rng.choice(("accepted", "partly", "declined", "noted"))
        said = {"result": result} | ({"text": rng.choice(ANSWERS)} if rng.random() < 0.5 else {})
        made.append(day.event("proposal.answered", made[0].subject, at, said))
    return made


def steps(day: Day, raised: Event, room: int) -> list[Event]:
    """What offices do with a feedback."""
    made: list[Event] = []
    at, last = raised.at, "raised"
    for _ in range(min(room, day.rng.choice((0, 1, 2, 2, 3, 4, 6)))):
        at = soon(day, at)
        if day.is_over(at):
            break
        last = content.draw(day.rng, {step: NEXT[step] for step in STEPS[last]})
        made.append(day.event(f"feedback.{last}", raised.subject, at, step_data(day, last, at)))
    return made


def step_data(day: Day, step: str, at: datetime) -> dict[str, Any]:
    rng, due = day.rng, {"due_on": (at + timedelta(days=day.rng.randint(3, 15))).date().isoformat()}
    if step == "forwarded":
        return {"to_office": content.draw(rng, OFFICES)} | (due if rng.random() < 0.6 else {})
    if step == "answered":
        return {"office": content.draw(rng, OFFICES), "text": rng.choice(ANSWERS)}
    if step == "reopened":
        return {"reason_code": rng.choice(("not_done", "wrong_answer", "new_facts"))} | due
    result = content.draw(rng, RESULTS)
    return {"result": result} | ({"duplicate_of": day.new_id(at)} if result == "duplicate" else {})


def soon(day: Day, at: datetime) -> datetime:
    """Minutes to days after; now and then in the very next millisecond, as when an app writes two steps at once."""
    if day.rng.random() < 0.08:
        return at + timedelta(milliseconds=1)
    return at + timedelta(milliseconds=1 + int(day.rng.expovariate(1 / 40_000_000)))
