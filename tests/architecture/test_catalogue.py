"""The catalogue of events is whole: each type has a golden sample, a logged form, and a reader (or a reason for none).

A golden file is what was once sent or logged. It is never changed to please the code: a change of the code that no
longer reads it breaks every log that exists.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import marshmallow as ma
import msgspec
import pytest

from deploy.cds.wiring import CONSUMERS
from shared.events import facts, reporting, sessions
from shared.events.base import Event, write_only_fields
from shared.events.catalogue import BY_TYPE, EVENTS, STREAMS, why_unknown
from shared.events.schema import schema_of

GOLDEN = Path(__file__).resolve().parents[1] / "golden"
LOGGED = GOLDEN / "logged"
EVERY_EVENT = pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.ce_type())
# Told, but read by nobody yet, and why that is no mistake.
NOT_YET_READ: dict[type[Event], str] = {
    **dict.fromkeys(
        [reporting.DayClosed, reporting.DayAmended, reporting.ReportMissing],
        "for those who read the feed of reporting: no service of ours does",
    ),
}


def sample(event: type[Event]) -> bytes:
    return (GOLDEN / f"{event.ce_type()}.json").read_bytes()


def logged_sample(event: type[Event]) -> bytes:
    return (LOGGED / f"{event.ce_type()}.json").read_bytes()


def as_batch(*bodies: bytes) -> bytes:
    return b"[" + b",".join(bodies) + b"]"


@pytest.mark.parametrize("folder", [GOLDEN, LOGGED], ids=["sent", "logged"])
def test_the_golden_samples_are_just_those_of_the_catalogue(folder: Path) -> None:
    assert {path.name for path in folder.glob("*.json")} == {f"{name}.json" for name in BY_TYPE}


def test_no_type_is_listed_twice_or_in_no_stream() -> None:
    assert len(BY_TYPE) == len(EVENTS)
    assert {event.STREAM for event in EVENTS} == set(STREAMS)


@EVERY_EVENT
def test_the_golden_sample_is_accepted_by_both_decoders(event: type[Event]) -> None:
    value = json.loads(sample(event))

    made = msgspec.json.decode(sample(event), type=event)

    assert schema_of(event)().load(value) == made
    assert json.loads(msgspec.json.encode(made)) == value


@EVERY_EVENT
def test_the_golden_sample_sets_every_field_that_can_be_set(event: type[Event]) -> None:
    names = {item.encode_name for item in msgspec.structs.fields(event)}
    exclusive = {"venue", "resident_token", "citizen_number", "referred_to"}

    missing = names - set(json.loads(sample(event)))

    assert missing <= (exclusive if issubclass(event, sessions.AssistFields) else set())


@EVERY_EVENT
def test_the_golden_sample_with_a_field_of_nobody_is_refused(event: type[Event]) -> None:
    value = json.loads(sample(event)) | {"nobody_knows": 1}

    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(value, event)
    with pytest.raises(ma.ValidationError):
        schema_of(event)().load(value)


@EVERY_EVENT
def test_the_logged_form_is_read_and_written_again_as_it_was(event: type[Event]) -> None:
    stored: dict[str, Any] = json.loads(logged_sample(event))

    (logged,) = facts.decode_batch(as_batch(logged_sample(event)))
    fact = facts.decode_fact(logged)

    assert logged.type == event.ce_type()
    assert json.loads(facts.encode(logged)) == stored
    assert json.loads(bytes(facts.encode_data(fact))) == stored["data"]
    again = msgspec.structs.replace(logged, data=facts.encode_data(fact))
    assert facts.decode_fact(again) == fact


@EVERY_EVENT
def test_a_reader_lets_pass_what_a_newer_release_adds_to_the_log(event: type[Event]) -> None:
    stored: dict[str, Any] = json.loads(logged_sample(event))
    newer = stored | {"newattribute": "x", "data": stored["data"] | {"new_field": [1]}}

    (old,) = facts.decode_batch(as_batch(logged_sample(event)))
    (new,) = facts.decode_batch(as_batch(json.dumps(newer).encode()))

    assert msgspec.to_builtins(facts.decode_fact(new)) == msgspec.to_builtins(facts.decode_fact(old))


@EVERY_EVENT
def test_no_write_only_field_is_in_the_logged_form(event: type[Event]) -> None:
    fields = {item.name for item in msgspec.structs.fields(facts.FACTS[event])}
    stored = json.loads(logged_sample(event))

    assert not fields & write_only_fields(event)
    assert not keys_in(stored) & write_only_fields(event)


def keys_in(value: Any) -> set[str]:
    if isinstance(value, dict):
        return set(value).union(*(keys_in(inner) for inner in value.values()))
    return set().union(*(keys_in(inner) for inner in value)) if isinstance(value, list) else set()


def test_citizen_number_and_text_are_the_only_write_only_fields() -> None:
    found = {name for event in EVENTS for name in write_only_fields(event)}

    assert found == {"citizen_number", "text"}


def test_every_event_is_read_by_someone_or_is_known_not_to_be() -> None:
    read = {event for consumer in CONSUMERS.values() for event in consumer.handlers}

    assert read | set(NOT_YET_READ) == set(EVENTS)
    assert not read & set(NOT_YET_READ), "it is read now: take it off the list"
    assert all(NOT_YET_READ.values())


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("vn.congdongso.assist.recorded.v2", "unknown_version"),
        ("vn.congdongso.assist.recorded.v0", "unknown_type"),
        ("vn.congdongso.assist.invented.v1", "unknown_type"),
        ("vn.congdongso.assist.recorded.v2\n", "unknown_type"),
        ("", "unknown_type"),
    ],
)
def test_a_type_that_is_not_listed_is_told_from_a_version_that_is_not(name: str, reason: str) -> None:
    assert why_unknown(name) == reason
