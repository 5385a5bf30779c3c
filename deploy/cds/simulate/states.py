"""Every reported thing as the sessions service tells it (`/v1/changes`), beside how it must stand.

Compared are its kind, whether it is void, and what its type says: an assist's content, a session's closing, a tally's
version and lines, a feedback's steps in their order, a proposal's answer. Of what is void only that it is void, since
what it last said depends on what arrived before the void.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from deploy.cds.simulate.app import Phone
from deploy.cds.simulate.atlas import day_of
from deploy.cds.simulate.event import Event
from deploy.cds.simulate.inside import as_sent
from deploy.cds.simulate.standing import Standing, Thing

States = dict[tuple[str], dict[str, Any]]
ASSIST = ("service", "outcome", "session", "venue", "reason", "referred_to", "stall", "service_level")
DEFAULTS = {"age_band": "unknown", "channel": "at_venue", "helper_age_band": "unknown", "quantity": 1}
TALLY, FEEDBACK = ("covers", "version", "session"), ("theme", "session", "age_band")
CLOSING = ("attendees", "households_visited", "left_waiting")
STEP = ("due_on", "result", "duplicate_of", "reason_code")
PAGE = 500


def states_of(standing: Standing) -> States:
    return {(subject,): expected(thing) for subject, thing in standing.things.items()}


def expected(thing: Thing) -> dict[str, Any]:
    if thing.is_void:
        return {"kind": thing.kind, "is_void": True}
    told = {"kind": thing.kind, "is_void": False, "day": day_of(thing.content).isoformat()}
    return told | EXPECTED[thing.kind](thing, thing.content.data)


def assist(thing: Thing, data: Mapping[str, Any]) -> dict[str, Any]:
    said = {name: data.get(name) for name in ASSIST} | {name: data.get(name, usual) for name, usual in DEFAULTS.items()}
    return said | {"volunteers": sorted(data.get("volunteers", []))}


def tally(thing: Thing, data: Mapping[str, Any]) -> dict[str, Any]:
    return {name: data.get(name) for name in TALLY} | {"lines": lines(data)}


def session(thing: Thing, data: Mapping[str, Any]) -> dict[str, Any]:
    said: Mapping[str, Any] = thing.closing.data if thing.closing else {}
    at = as_sent(thing.closing.at) if thing.closing else None
    told = {"session_kind": data["kind"], "theme": data.get("theme"), "closed_at": at}
    return told | {"present": sorted(said.get("present", []))} | {name: said.get(name, 0) for name in CLOSING}


def feedback(thing: Thing, data: Mapping[str, Any]) -> dict[str, Any]:
    return {name: data.get(name) for name in FEEDBACK} | {"steps": [step(event) for event in thing.steps]}


def incident(thing: Thing, data: Mapping[str, Any]) -> dict[str, Any]:
    return {"via": data["via"], "loss": data.get("loss", "unknown")}


def proposal(thing: Thing, data: Mapping[str, Any]) -> dict[str, Any]:
    last = thing.steps[-1] if thing.steps else None
    told = {"addressed_to": data["addressed_to"], "theme": data["theme"]}
    return told | {"result": last and last.data["result"], "answered_at": last and as_sent(last.at)}


EXPECTED = {
    "assist": assist,
    "tally": tally,
    "session": session,
    "feedback": feedback,
    "incident": incident,
    "proposal": proposal,
}


def lines(data: Any) -> list[tuple[Any, ...]]:
    return sorted(
        (line["service"], line["outcome"], line["count"], str(line.get("age_band"))) for line in data["lines"]
    )


def step(event: Event) -> tuple[Any, ...]:
    data = event.data
    office = data.get("to_office") or data.get("office")
    return (event.name.removeprefix("feedback."), as_sent(event.at), event.id, office, *(data.get(n) for n in STEP))


def found(item: dict[str, Any]) -> dict[str, Any]:
    """An item of the feed in the words of `expected`."""
    kind, state = item["kind"], item["state"]
    if item["is_void"]:
        return {"kind": kind, "is_void": True}
    return {"kind": kind, "is_void": False, "day": state["day"]} | FOUND[kind](state)


def found_session(state: dict[str, Any]) -> dict[str, Any]:
    told = {"session_kind": state["kind"], "theme": state["theme"], "closed_at": moment(state["closed_at"])}
    return told | {"present": sorted(state["present"])} | named(state, *CLOSING)


def found_steps(state: dict[str, Any]) -> list[tuple[Any, ...]]:
    return [
        (one["step"], moment(one["at"]), one["id"], one["office"], *(one[n] for n in STEP)) for one in state["steps"]
    ]


def named(state: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: state[name] for name in names}


FOUND: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "assist": lambda state: named(state, *ASSIST, *DEFAULTS) | {"volunteers": sorted(state["volunteers"])},
    "tally": lambda state: named(state, *TALLY) | {"lines": lines(state)},
    "session": found_session,
    "feedback": lambda state: named(state, *FEEDBACK) | {"steps": found_steps(state)},
    "incident": lambda state: named(state, "via", "loss"),
    "proposal": lambda state: (
        named(state, "addressed_to", "theme", "result") | {"answered_at": moment(state["answered_at"])}
    ),
}


def moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def read_states(phone: Phone) -> Iterator[tuple[tuple[str], dict[str, Any]]]:
    """Everything that an app may see, as it stands."""
    since: dict[str, Any] = {}
    while page := phone.get("/v1/changes", limit=PAGE, **since):
        yield from (((item["subject"],), found(item)) for item in page["items"])
        if not page["has_more"]:
            return
        since = {"since": page["next"]}
