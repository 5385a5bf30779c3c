"""JSON from outside: what two readers could read differently is refused, with a sentence that does not repeat it."""

from __future__ import annotations

import json
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.strict_json import MalformedJson, loads

COMPOSED, DECOMPOSED = "Hải", unicodedata.normalize("NFD", "Hải")
TEXT = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=20,
)


def composed(value: Any) -> Any:
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value)
    if isinstance(value, list):
        return [composed(inner) for inner in value]
    if isinstance(value, dict):
        return {composed(key): composed(inner) for key, inner in value.items()}
    return value


def keys_collide(value: Any) -> bool:
    if isinstance(value, dict):
        return len({composed(key) for key in value}) < len(value) or any(map(keys_collide, value.values()))
    return isinstance(value, list) and any(map(keys_collide, value))


def refused(body: bytes) -> str:
    with pytest.raises(MalformedJson) as error:
        loads(body)
    return str(error.value)


@given(value=VALUES, escaped=st.booleans())
def test_any_value_is_read_back_as_it_was_written_but_for_its_normal_form(value: Any, escaped: bool) -> None:
    body = json.dumps(value, ensure_ascii=escaped).encode()

    if keys_collide(value):
        assert "duplicate key" in refused(body)
    else:
        assert repr(loads(body)) == repr(composed(value))


@given(body=st.binary(max_size=60) | st.text('{}[]",:\\u0dDeE+-.123 \n\ufefftrue', max_size=60).map(str.encode))
def test_any_bytes_are_read_or_refused_with_a_reason(body: bytes) -> None:
    try:
        value = loads(body)
    except MalformedJson as error:
        assert str(error)  # noqa: PT017 both outcomes are right
    else:
        assert json.loads(json.dumps(value)) == value


@pytest.mark.parametrize("body", [b'{"a": 1, "a": 1}', b'[{"b": {"a": 1, "a": 2}}]', b'{"a": 1, "\\u0061": 2}'])
def test_a_key_given_twice_is_refused(body: bytes) -> None:
    assert "(duplicate key)" in refused(body)


def test_two_keys_that_differ_only_in_their_normal_form_are_one_key_given_twice() -> None:
    plain = json.dumps({COMPOSED: 1, DECOMPOSED: 2}, ensure_ascii=False).encode()
    escaped = json.dumps({COMPOSED: 1, DECOMPOSED: 2}).encode()

    assert len(json.loads(plain)) == 2
    assert "(duplicate key)" in refused(plain)
    assert "(duplicate key)" in refused(escaped)


@pytest.mark.parametrize("name", ["NaN", "Infinity", "-Infinity"])
def test_what_is_no_number_is_refused(name: str) -> None:
    assert refused(f'{{"a": [{name}]}}'.encode()) == f"JSON không có giá trị {name}."


@pytest.mark.parametrize("number", ["1e400", "-1e400", "1" * 400 + ".0"])
def test_a_number_out_of_range_is_refused(number: str) -> None:
    assert refused(number.encode()) == "JSON có số ngoài phạm vi."


def test_a_number_of_too_many_digits_is_refused() -> None:
    assert refused(b"9" * 5000) == "JSON có số quá dài."


@pytest.mark.parametrize("number", ["0", "-0.0", "1e300", "5e-324", "1e-400", "1" * 300])
def test_a_number_in_range_is_read(number: str) -> None:
    assert loads(number.encode()) == json.loads(number)


@pytest.mark.parametrize(
    "body",
    [
        rb'"\ud800"',
        rb'"\udc00\ud800"',
        rb'["a", {"b": "x\uDFFFy"}]',
        rb'{"\ud83d": 1}',
    ],
)
def test_half_a_character_is_refused(body: bytes) -> None:
    assert "(lone surrogate)" in refused(body)


def test_a_whole_character_in_two_escapes_is_read() -> None:
    assert loads(rb'"\ud83d\ude00"') == "😀"


@pytest.mark.parametrize(
    ("body", "at"), [(b'"\xff"', 1), (b"\xc0\x80", 0), (b'{"a": "\xed\xa0\x80"}', 7), ("é".encode("latin-1"), 0)]
)
def test_text_that_is_not_utf_8_is_refused_with_the_place(body: bytes, at: int) -> None:
    assert refused(body) == f"Nội dung không phải UTF-8 (byte {at})."


def test_utf_16_is_refused() -> None:
    assert refused('{"a": 1}'.encode("utf-16")).startswith("Nội dung không phải UTF-8")


def test_a_byte_order_mark_is_let_pass_once() -> None:
    assert loads(b"\xef\xbb\xbf{}") == {}
    assert refused(b"\xef\xbb\xbf\xef\xbb\xbf{}") == "Không đọc được JSON ở dòng 1, cột 1."


@pytest.mark.parametrize("opening", [b"[", b'{"a":'])
def test_nesting_that_exhausts_the_reader_is_refused(opening: bytes) -> None:
    assert refused(opening * 200_000) == "JSON lồng quá sâu."


def test_escaped_text_nested_deep_is_refused_or_read_but_never_breaks_the_reader() -> None:
    deep = 900

    try:
        value = loads(b"[" * deep + rb'"\u0061"' + b"]" * deep)
    except MalformedJson as error:
        assert str(error) == "JSON lồng quá sâu."  # noqa: PT017
    else:
        for _ in range(deep):
            (value,) = value
        assert value == "a"


@pytest.mark.parametrize(
    ("body", "line", "column"), [(b"", 1, 1), (b"{", 1, 2), (b'{\n"a": }', 2, 6), (b"{} {}", 1, 4), (b"{'a': 1}", 1, 2)]
)
def test_what_is_no_json_is_refused_with_line_and_column(body: bytes, line: int, column: int) -> None:
    assert refused(body) == f"Không đọc được JSON ở dòng {line}, cột {column}."


def test_the_refusal_does_not_repeat_what_was_sent() -> None:
    secret = "031060000001"

    for body in (f'{{"{secret}": 1, "{secret}": 2}}', f'{{"a": {secret}x}}', f'["\\ud800{secret}"]'):
        assert secret not in refused(body.encode())


@pytest.mark.parametrize("escaped", [True, False])
def test_text_is_brought_to_one_form_in_keys_and_values(escaped: bool) -> None:
    body = json.dumps({DECOMPOSED: [DECOMPOSED]}, ensure_ascii=escaped).encode()

    assert loads(body) == {COMPOSED: [COMPOSED]}
