"""The fast decoder and the explaining schema of every event type accept and refuse the same inputs, and give the same.

Inputs are made from the class itself: right values of every field, then one to three wrongs that senders really make.
"""

from __future__ import annotations

import copy
import datetime as dt
import json
import string
from pathlib import Path
from typing import Any

import marshmallow as ma
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import inspect as mi

from shared.events.base import END, NO_CONTROLS, NO_CONTROLS_BUT_LINES, Event
from shared.events.catalogue import EVENTS
from shared.events.schema import schema_of

GOLDEN = Path(__file__).resolve().parents[1] / "golden"
ABSENT = object()
EVERY_EVENT = pytest.mark.parametrize("cls", EVENTS, ids=lambda cls: cls.NAME)
FEW = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
MANY = settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))

# -- right values --------------------------------------------------------------------------------------------------

PRINTABLE = st.characters(exclude_categories=("Cs", "Cc"))
WITH_LINES = st.one_of(PRINTABLE, st.sampled_from("\n\t"))
MOMENTS = st.builds(
    lambda at, zone: at.isoformat() + zone,
    st.datetimes(dt.datetime(1970, 1, 2), dt.datetime(2200, 1, 1)),
    st.sampled_from(["+07:00", "Z", "-03:30", "+00:00"]),
)


def text_of(kind: mi.StrType) -> st.SearchStrategy[Any]:
    if kind.pattern in (None, NO_CONTROLS, NO_CONTROLS_BUT_LINES):
        alphabet = WITH_LINES if kind.pattern == NO_CONTROLS_BUT_LINES else PRINTABLE
        return st.text(alphabet, min_size=kind.min_length or 0, max_size=min(kind.max_length or 50, 50))
    assert kind.pattern.startswith("^")
    assert kind.pattern.endswith(END)
    return st.from_regex(kind.pattern[1:].removesuffix(END), fullmatch=True)


def right(kind: mi.Type) -> st.SearchStrategy[Any]:
    """JSON values that the type accepts."""
    match kind:
        case mi.Metadata():
            return right(kind.type)
        case mi.UnionType():
            return st.one_of(*(right(member) for member in kind.types))
        case mi.NoneType():
            return st.none()
        case mi.LiteralType():
            return st.sampled_from(kind.values)
        case mi.IntType():
            return st.integers(kind.ge, kind.le)
        case mi.BoolType():
            return st.booleans()
        case mi.UUIDType():
            return st.uuids().map(str)
        case mi.DateType():
            return st.dates().map(str)
        case mi.DateTimeType():
            return MOMENTS
        case mi.StrType():
            return text_of(kind)
        case mi.ListType():
            longest = min(kind.max_length or 3, 3)
            return st.lists(right(kind.item_type), min_size=kind.min_length or 0, max_size=longest)
        case mi.StructType():
            return right_object(kind)
    raise AssertionError(f"no right values for {kind}")


def right_object(kind: mi.StructType) -> st.SearchStrategy[Any]:
    needed = {item.encode_name: right(item.type) for item in kind.fields if item.required}
    others = {item.encode_name: right(item.type) for item in kind.fields if not item.required}
    return st.fixed_dictionaries(needed, optional=others)


def right_data(cls: type[Event]) -> st.SearchStrategy[Any]:
    """Right values field by field; the rules between fields are kept as well."""
    return right(mi.type_info(cls)).map(keep_rules)


def keep_rules(value: dict[str, Any]) -> dict[str, Any]:
    if value.get("outcome") in ("failed", "to_return") and value.get("reason") is None:
        value["reason"] = "other"
    if value.get("outcome") == "referred" and value.get("referred_to") is None:
        value["referred_to"] = "cong-an"
    if value.get("session") and value.get("venue"):
        del value["venue"]
    if value.get("resident_token") and value.get("citizen_number"):
        del value["citizen_number"]
    if value.get("result") == "duplicate" and value.get("duplicate_of") is None:
        value["duplicate_of"] = "0190f5c2-7b1c-7d3e-9a4b-1c2d3e4f5a6b"
    if value.get("result") != "duplicate":
        value.pop("duplicate_of", None)
    return value


# -- wrong values --------------------------------------------------------------------------------------------------

JUNK_VALUES: list[Any] = [
            None, True, False, 0, 1, -1, 5, 5.0, 0.0, -0.0, 5.5, 1e3, 1e300, 2**31, 2**63, 2**64, 2**70, -(2**70),
            100_000, 100_001, 1_000_001, 200_000_001, "", " ", "0", "5", "true", "null", [], {}, [[]], [None], [1],
            {"area_id": None}, "\x00", "\x7f", "\x85", "\x9f", "a\x1bb", "a\nb", "a\tb", "a\r", "x" * 33, "x" * 41,
            "x" * 100, "x" * 101, "x" * 201, "x" * 2000, "x" * 2001, "đ" * 100, "đ" * 101, "😀" * 100, "😀" * 101,
            "completed", "Completed", "completed\n", "tdp-03", "tdp-03\n", "TDP-03", "11692/tdp-03", "11692/", "1",
            "１１６９２", "٣٣", "026300000001", "02630000000", "026300000001\n", "k1." + "A" * 43, "k0." + "A" * 43,
            "k1." + "A" * 42, "k1." + "A" * 43 + "\n", "-a", "a-", "_a", "a_",
            "0190f5c2-7b1c-7d3e-9a4b-1c2d3e4f5a6b", "0190F5C2-7B1C-7D3E-9A4B-1C2D3E4F5A6B",
            "0190f5c27b1c7d3e9a4b1c2d3e4f5a6b", "{0190f5c2-7b1c-7d3e-9a4b-1c2d3e4f5a6b}",
            "urn:uuid:0190f5c2-7b1c-7d3e-9a4b-1c2d3e4f5a6b", "0190f5c2-7b1c-7d3e-9a4b-1c2d3e4f5a6b\n",
            "0190f5c27b1c-7d3e-9a4b-1c2d3e4f5a6b", "0190f5c2-7b1c-7d3e-9a4b-1c2d3e4f5a6",
            "2026-03-15", "2026-3-15", "2026-02-30", "2026-03-15\n", "20260315", "2026-W11-7", "0000-01-01", "15/03/2026",
            "2026-03-15T00:00:00", "2026-03-15T18:10:00", "2026-03-15T18:10:00+07:00", "2026-03-15 18:10:00+07:00",
            "2026-03-15t18:10:00z", "2026-03-15T18:10:00Z", "2026-03-15T18:10+07:00", "2026-03-15T18:10:00+0700",
            "2026-03-15T18:10:00+07", "2026-03-15T24:00:00Z", "2026-03-15T23:59:60Z", "2026-03-15T18:10:00.1234567Z",
            "2026-03-15T18:10:00,5Z", "2026-03-15T18:10:00.Z", "2026-03-15T18:10:00+24:00", "2026-03-15T18:10:00 +07:00",
            "2026-03-15T18:10:00Z\n", "2026-13-15T18:10:00Z", "0001-01-01T00:00:00+07:00", "9999-12-31T23:59:59-07:00",
            1773573000, 1773573000.5,
]  # fmt: skip
JUNK = st.one_of(
    st.sampled_from(JUNK_VALUES),
    st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text(st.characters(exclude_categories=["Cs"])),
    st.text(string.ascii_lowercase + string.digits + "-_/.", max_size=50), st.datetimes().map(str), st.dates().map(str),
)  # fmt: skip


def places_in(value: Any, above: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The paths of everything inside a JSON value."""
    keys = list(value) if isinstance(value, dict) else list(range(len(value))) if isinstance(value, list) else []
    return [path for key in keys for path in ((*above, key), *places_in(value[key], (*above, key)))]


def wrongs(text: Any) -> st.SearchStrategy[Any]:
    """What may stand in the place of a value: nothing at all, junk, or the value itself slightly spoilt."""
    spoilt = [JUNK, st.just(ABSENT)]
    if isinstance(text, str):
        near = [text + "\n", "\n" + text, text + " ", text.upper(), text.replace("-", ""), text.replace("T", " "),
                text + "\x00", text[:-1], text * 50, text.removesuffix("Z").removesuffix("+07:00"), [text]]  # fmt: skip
        spoilt.append(st.sampled_from(near))
    if isinstance(text, int):
        spoilt.append(st.sampled_from([float(text), str(text), bool(text), -text - 1, text + 10**6, [text]]))
    if isinstance(text, list):
        spoilt.append(st.sampled_from([text * 120, dict.fromkeys(map(str, text)), "".join(map(str, text)), [text]]))
    return st.one_of(*spoilt)


def spoil(draw: Any, value: dict[str, Any], fields: list[str]) -> Any:
    spoilt = copy.deepcopy(value)
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from([*places_in(spoilt), *((name,) for name in (*fields, "nobody_knows", ""))]))
        inside = spoilt
        for key in path[:-1]:
            inside = inside[key]
        here = inside[path[-1]] if not isinstance(inside, dict) or path[-1] in inside else None
        wrong = draw(wrongs(here))
        if wrong is not ABSENT:
            inside[path[-1]] = copy.deepcopy(wrong)  # it may be spoilt in its turn
        elif isinstance(inside, list) or path[-1] in inside:
            del inside[path[-1]]
    return spoilt


# -- the three readers ---------------------------------------------------------------------------------------------


def fast(cls: type[Event], value: Any) -> Event | None:
    try:
        return msgspec.convert(value, cls)
    except msgspec.ValidationError:
        return None


def explained(cls: type[Event], value: Any) -> Event | None:
    try:
        return schema_of(cls)().load(value)
    except ma.ValidationError:
        return None


def from_bytes(cls: type[Event], value: Any) -> Event | None:
    try:
        return msgspec.json.decode(msgspec.json.encode(value), type=cls)
    except msgspec.ValidationError:
        return None


def exactly(event: Event | None) -> tuple[Event | None, str]:
    """Equal and of equal types: True is not 1, and a moment keeps its zone."""
    return event, repr(event)


@EVERY_EVENT
@FEW
@given(data=st.data())
def test_what_the_class_says_is_right_is_taken_by_all_three(cls: type[Event], data: st.DataObject) -> None:
    value = data.draw(right_data(cls))

    made = fast(cls, value)

    assert made is not None
    assert exactly(explained(cls, value)) == exactly(made)
    assert exactly(from_bytes(cls, value)) == exactly(made)


@EVERY_EVENT
@MANY
@given(data=st.data())
def test_spoilt_inputs_are_taken_or_refused_by_all_three_alike(cls: type[Event], data: st.DataObject) -> None:
    names = [item.encode_name for item in msgspec.structs.fields(cls)]
    value = spoil(data.draw, data.draw(right_data(cls)), names)

    made = fast(cls, value)

    assert exactly(explained(cls, value)) == exactly(made)
    assert exactly(from_bytes(cls, value)) == exactly(made)


@EVERY_EVENT
def test_every_field_of_the_golden_sample_takes_or_refuses_every_kind_of_junk_alike(cls: type[Event]) -> None:
    """Without chance: each place in the sample, with each value of the list and with its own number as a fraction."""
    sample = json.loads((GOLDEN / f"{cls.ce_type()}.json").read_bytes())
    disagreed, refusals = [], 0
    for path in places_in(sample):
        for junk in JUNK_VALUES:
            value = copy.deepcopy(sample)
            inside = value
            for key in path[:-1]:
                inside = inside[key]
            inside[path[-1]] = junk
            made = fast(cls, value)
            refusals += made is None
            if not exactly(explained(cls, value)) == exactly(made) == exactly(from_bytes(cls, value)):
                disagreed.append((path, junk))

    assert disagreed == []
    assert refusals > len(JUNK_VALUES) / 2


@EVERY_EVENT
@pytest.mark.parametrize("value", [None, [], "text", 5, True, [{}]], ids=repr)
def test_what_is_no_object_is_refused_by_all_three(cls: type[Event], value: Any) -> None:
    assert fast(cls, value) is None
    assert explained(cls, value) is None
    assert from_bytes(cls, value) is None


@EVERY_EVENT
@FEW
@given(data=st.data())
def test_every_required_field_is_demanded_by_name(cls: type[Event], data: st.DataObject) -> None:
    needed = [item.encode_name for item in msgspec.structs.fields(cls) if item.required]
    value = data.draw(right_data(cls))
    left_out = data.draw(st.sampled_from(needed))
    del value[left_out]

    with pytest.raises(ma.ValidationError) as refused:
        schema_of(cls)().load(value)

    assert list(refused.value.normalized_messages()) == [left_out]
    assert fast(cls, value) is None


@EVERY_EVENT
def test_an_unknown_field_is_refused_by_name(cls: type[Event]) -> None:
    with pytest.raises(ma.ValidationError) as refused:
        schema_of(cls)().load({"nobody_knows": 1})

    assert "nobody_knows" in refused.value.normalized_messages()
