"""The bytes of a segment: packed once, inflated anywhere, and refused when they are not whole or too much."""

from __future__ import annotations

import gzip
import json
import tracemalloc
import uuid
import zlib

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared import segments
from shared.consumer import read_events
from shared.segments import INFLATED_LIMIT, BadSegment, Segment, pack

EVENTS = st.lists(st.dictionaries(st.text(max_size=5), st.integers() | st.text(max_size=20), max_size=3), max_size=20)


def segment(body: bytes, events: int = 1) -> Segment:
    return Segment("sessions", uuid.UUID(int=1), 0, 7, events, body)


def bodies(events: list[dict[str, object]]) -> list[bytes]:
    return [json.dumps(event).encode() for event in events]


@given(events=EVENTS)
def test_what_is_packed_is_inflated_as_it_was(events: list[dict[str, object]]) -> None:
    body = pack(bodies(events))

    assert json.loads(segment(body).inflate()) == events
    assert gzip.decompress(body) == b"[" + b",".join(bodies(events)) + b"]"


def test_the_same_events_give_the_same_bytes() -> None:
    assert pack([b"{}"]) == pack([b"{}"])


@settings(max_examples=50)
@given(events=EVENTS, data=st.data())
def test_any_piece_cut_off_is_found_missing(events: list[dict[str, object]], data: st.DataObject) -> None:
    body = pack(bodies(events))
    left = data.draw(st.integers(0, len(body) - 1))

    with pytest.raises(BadSegment, match="segment 7: "):
        segment(body[:left]).inflate()


@pytest.mark.parametrize(
    "body", [b"[]", b"\x1f\x8b", zlib.compress(b"[]"), b"\x00" * 40, pack([b"{}"])[::-1]], ids=repr
)
def test_what_is_no_gzip_is_refused(body: bytes) -> None:
    with pytest.raises(BadSegment):
        segment(body).inflate()


def test_a_changed_byte_is_found_by_the_check_sum() -> None:
    body = bytearray(gzip.compress(b'[{"count": 1111111}]', compresslevel=0, mtime=0))
    body[body.index(b"1111111")] ^= 1

    with pytest.raises(BadSegment, match="not gzip"):
        segment(bytes(body)).inflate()


def test_a_bomb_is_refused_and_never_inflated_whole() -> None:
    bomb = gzip.compress(b"[" + b" " * (16 * INFLATED_LIMIT) + b"]", compresslevel=9)
    tracemalloc.start()

    with pytest.raises(BadSegment, match=f"over {INFLATED_LIMIT} bytes"):
        segment(bomb).inflate()

    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 3 * INFLATED_LIMIT


@pytest.mark.parametrize(("size", "fits"), [(999, True), (1000, True), (1001, False)])
def test_the_limit_is_exact(monkeypatch: pytest.MonkeyPatch, size: int, fits: bool) -> None:
    monkeypatch.setattr(segments, "INFLATED_LIMIT", 1000)
    body = pack([b"1" * (size - 2)])

    if fits:
        assert len(segment(body).inflate()) == size
    else:
        with pytest.raises(BadSegment):
            segment(body).inflate()


def test_the_limit_is_far_above_what_the_cut_makes() -> None:
    # The cut stops at MAX_BYTES; only a single event that is larger goes beyond it.
    assert INFLATED_LIMIT >= 2 * segments.MAX_BYTES


@pytest.mark.parametrize("said", [0, 1, 3])
def test_a_segment_that_does_not_hold_as_many_events_as_it_says_is_refused(said: int) -> None:
    event = (
        b'{"specversion":"1.0","id":"0190f5c2-7b1c-7d3e-9a4b-1c2d3e4f5a6b","source":"/registry","type":"t",'
        b'"subject":"0190f5c2-7b1c-7d3e-9a4b-1c2d3e4f5a6b","time":"2026-03-15T18:10:00Z",'
        b'"recordedtime":"2026-03-15T18:10:00Z","partitionkey":"p","data":{}}'
    )

    assert len(read_events(segment(pack([event, event]), 2))) == 2
    with pytest.raises(BadSegment, match=f"2 events, said to be {said}"):
        read_events(segment(pack([event, event]), said))


def test_a_segment_of_no_events_or_nested_too_deep_is_refused() -> None:
    with pytest.raises(BadSegment):
        read_events(segment(pack([]), 0))
    with pytest.raises((BadSegment, msgspec.MsgspecError)):
        read_events(segment(pack([b"[" * 100_000]), 1))
