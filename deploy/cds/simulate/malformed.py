"""Malformed input: what a broken app sends, and which must count nowhere and spoil none of its neighbours.

Each fault is made from an honest event, so it could count if the intake were careless. `conflict` and
`subject_taken` repeat an honest event that the same phone has sent before, with other content. `not_json`
and `broken_batch` cannot share a request with good events: such a body cannot be read at all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random
from typing import Any

from deploy.cds.simulate.event import Event, uuid7
from deploy.cds.simulate.world import Site

Fault = Callable[[Random, Site, Event], Any]


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to send: an honest event, or a malformed `body` (bytes: a whole request) with its own key."""

    key: str
    kind: str
    event: Event | None
    body: Any = None

    @property
    def is_malformed(self) -> bool:
        return self.body is not None

    def value(self) -> Any:
        return self.body if self.event is None or self.is_malformed else self.event.envelope()


def honest_item(event: Event) -> Item:
    return Item(event.id, event.name, event)


def fresh(rng: Random, event: Event) -> Event:
    """The same visit told as if it were another one."""
    return replace(event, id=uuid7(rng, event.at), subject=uuid7(rng, event.at))


def with_data(**change: Any) -> Fault:
    def fault(rng: Random, site: Site, event: Event) -> Any:
        new = fresh(rng, event)
        return replace(new, data={**new.data, **change}).envelope()

    return fault


def with_attribute(name: str, value: str | None) -> Fault:
    def fault(rng: Random, site: Site, event: Event) -> Any:
        envelope = {**fresh(rng, event).envelope(), name: value}
        return {key: one for key, one in envelope.items() if one is not None}

    return fault


def without_field(name: str) -> Fault:
    def fault(rng: Random, site: Site, event: Event) -> Any:
        new = fresh(rng, event)
        return replace(new, data={key: one for key, one in new.data.items() if key != name}).envelope()

    return fault


def other_ward(rng: Random, site: Site, event: Event) -> Any:
    """The code of phường Đồng Xuân (or Phúc Tân), Hà Nội, and of no ward of the simulation."""
    return with_data(area="00040" if site.ward != "00040" else "00037")(rng, site, event)


def conflict(rng: Random, site: Site, event: Event) -> Any:
    other = "31_59" if event.data.get("age_band") != "31_59" else "60_plus"
    return replace(event, data={**event.data, "age_band": other}).envelope()


def subject_taken(rng: Random, site: Site, event: Event) -> Any:
    return replace(event, id=uuid7(rng, event.at)).envelope()


REPEATING: dict[str, Fault] = {"conflict": conflict, "subject_taken": subject_taken}
ALONE: dict[str, Fault] = {
    "not_json": lambda rng, site, event: b'{"specversion": "1.0", "type": vn.congdongso',
    "broken_batch": lambda rng, site, event: b'[{"specversion":"1.0","id":"1"},',
    "batch_is_object": lambda rng, site, event: b'{"events": []}',
}
AMONG_GOOD: dict[str, Fault] = {
    "not_an_event": lambda rng, site, event: rng.choice(("xin chào", 42, [1, 2], {"loai": "ho tro"})),
    "no_id": with_attribute("id", None),
    "no_subject": with_attribute("subject", None),
    "old_specversion": with_attribute("specversion", "0.3"),
    "unknown_type": with_attribute("type", "vn.congdongso.assist.forgotten.v1"),
    "unknown_version": with_attribute("type", "vn.congdongso.assist.recorded.v9"),
    "time_without_offset": with_attribute("time", "2023-03-15T18:10:00"),
    "time_far_ahead": with_attribute("time", "2999-01-01T08:00:00+07:00"),
    "time_too_old": with_attribute("time", "1999-12-31T08:00:00+07:00"),
    "foreign_source": with_attribute("source", "/apps/app-of-another-ward"),
    "id_is_no_uuid": with_attribute("id", "42"),
    "missing_field": without_field("service"),
    "unknown_field": with_data(phone="0990000000"),
    "wrong_code": with_data(outcome="xong"),
    "wrong_kind": with_data(quantity="ba"),
    "missing_reason": with_data(outcome="failed", reason=None),
    "impossible_outcome": with_data(service="stall_qr_setup", stall="CHO/A01", outcome="to_return", reason="other"),
    "unknown_area": with_data(area="tdp-99"),
    "other_ward": other_ward,
}
FAULTS = {**REPEATING, **ALONE, **AMONG_GOOD}


def malformed_item(rng: Random, site: Site, kind: str, event: Event, number: int) -> Item:
    body = FAULTS[kind](rng, site, event)
    return Item(f"malformed/{site.client_id}/{number}", kind, None, body)
