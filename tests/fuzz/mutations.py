"""What can be wrong with an event: changes of its structure, and changes of the text that carries it.

Every change is made by a seeded generator, so a finding can be made again.
"""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable, Iterator
from typing import Any

from tests.fuzz.samples import DATA, Samples

Path = tuple[str | int, ...]
FULL_WIDTH = {ord("0") + digit: 0xFF10 + digit for digit in range(10)}

TEXTS: tuple[str, ...] = (
    "", " ", "\n", "\t", "\0", "\x1b[31m", "\x7f", "\x85", "\u2028", "\u202e", "\ufeff", "\ufffd", "\U0010ffff",
    "a\u0301" * 40, "e\u0302\u0323", "\u1ec7", "\u0323\u0302", "Đề án 06", "=HYPERLINK(1)", "'; DROP TABLE entity; --",
    "../../etc/passwd", "%00", "%s%n{}", "${jndi:x}", "<script>", "null", "true", "1", "5.9", "NaN", "k1." + "a" * 43,
    "079203012345", "tdp-03\n", "tdp-99", "11692", "31", "309", "99999", "11692/tdp-03", "11689/tdp-01", "１１６９２",
    "x" * 101, "x" * 2001, "x" * 20_000, "👩‍👩‍👧" * 20,
)  # fmt: skip
TIMES: tuple[str, ...] = (
    "2023-03-08", "2023-03-08T19:30:00", "2023-03-08T19:30:00Z", "2023-03-08t19:30:00z", "2023-03-08 19:30:00+07:00",
    "2023-03-08T19:30:00.123456789+07:00", "2023-03-08T19:30:00,5+07:00", "2023-03-08T24:00:00+07:00",
    "2023-03-08T23:59:60Z", "2023-02-29T00:00:00Z", "2024-02-29T00:00:00Z", "2023-13-01T00:00:00Z", "0000-00-00",
    "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "+12023-03-08T19:30:00Z", "-0001-01-01T00:00:00Z",
    "2019-12-31T23:59:59+07:00", "2020-01-01T00:00:00+07:00", "2019-12-31T17:00:00Z", "2023-03-08T19:30:00+07",
    "2023-03-08T19:30:00+0700", "2023-03-08T19:30:00+25:00", "2023-03-08T19:30:00+07:60", "2023-03-08T19:30+07:00",
    "2023-W10-3T19:30:00Z", "2023-067", "20230308T193000Z", "8/3/2023", "1678278600", "１９", "2023-03-08T19:30:00Z\n",
    "1970-01-01", "2100-01-01T00:00:00Z", "2023-03-08T19:30:00.+07:00", "2023-03-08T19:30:00-00:00",
    "2023-06-30T23:59:59.999999+07:00", "2025-07-01T00:00:00+07:00",
)  # fmt: skip
NUMBERS: tuple[Any, ...] = (
    0, 1, -1, 2, 1000, 1001, 100_000, 100_001, 2**31 - 1, 2**31, 2**53 + 1, 2**63 - 1, 2**63, -(2**63) - 1, 2**64,
    10**30, 10**400, 0.0, -0.0, 1.0, 5.9, 1e308, 5e-324, 0.1, 1e-400,
)  # fmt: skip
IDS: tuple[Callable[[str], Any], ...] = (
    str.upper, lambda i: "{" + i + "}", lambda i: "urn:uuid:" + i, lambda i: i.replace("-", ""), lambda i: i[:-1],
    lambda i: i + "0", lambda i: i + "\n", lambda i: " " + i, lambda i: i.replace("-", "\u2010"),
    lambda i: i[:8] + i[9:] + "-", lambda i: i.translate(FULL_WIDTH), lambda i: "0" * 8 + "-0000-0000-0000-" + "0" * 12,
    lambda i: "f" * 8 + "-ffff-ffff-ffff-" + "f" * 12, lambda i: [i], lambda i: {"id": i}, lambda i: i.encode().hex(),
    lambda i: i[::-1], str.title,
)  # fmt: skip


def paths(value: Any, here: Path = ()) -> Iterator[Path]:
    """Every place in a value but the top."""
    inner: Any = ()
    if isinstance(value, dict):
        inner = value.items()
    elif isinstance(value, list):
        inner = enumerate(value)
    for key, below in inner:
        yield (*here, key)
        yield from paths(below, (*here, key))


class Mutator:
    """Changes of one event, or of its text."""

    def __init__(self, rng: random.Random, samples: Samples) -> None:
        self.random = rng
        self.samples = samples
        self._changes: list[Callable[[dict[str, Any]], Any]] = [
            self._remove, self._add, self._replace, self._replace, self._text, self._text, self._time, self._number,
            self._identifier, self._other_data, self._rename, self._repeat, self._nest, self._swap, self._whole,
            self._code,
        ]  # fmt: skip

    def mutated(self, event: dict[str, Any]) -> Any:
        """The event with one change or a few."""
        value: Any = copy.deepcopy(event)
        for _ in range(1 + min(int(self.random.expovariate(1.2)), 5)):
            if not isinstance(value, dict):
                break
            change = self.random.choice(self._changes)
            value = change(value)
            if change == self._nest:  # the changes themselves are recursive
                break
        return value

    # -- structure -------------------------------------------------------------------------------------------------

    def _place(self, value: dict[str, Any]) -> tuple[Any, Any] | None:
        """A container within the event, and a key of it."""
        found = list(paths(value))
        if not found:
            return None
        *way, last = self.random.choice(found)
        inner: Any = value
        for key in way:
            inner = inner[key]
        return inner, last

    def _set(self, value: dict[str, Any], make: Callable[[Any], Any]) -> dict[str, Any]:
        if (place := self._place(value)) is not None:
            inner, key = place
            inner[key] = make(inner[key])
        return value

    def _remove(self, value: dict[str, Any]) -> Any:
        if (place := self._place(value)) is not None:
            inner, key = place
            del inner[key]
        return value

    def _add(self, value: dict[str, Any]) -> Any:
        inner = value if self.random.random() < 0.3 or not isinstance(value.get("data"), dict) else value["data"]
        names = ("seq", "status", "ward_id", "received_at", "role", "marks", "recordedtime", "partitionkey", "shard",
                 "traceparent", "dataschema", "datacontenttype", "data_base64", "comexample", "", "\0", "a" * 1000,
                 "__class__", "$ref", "Area", "area ", "quantity", "volunteers", "session", "venue")  # fmt: skip
        inner[self.random.choice(names)] = self.anything()
        return value

    def _replace(self, value: dict[str, Any]) -> Any:
        return self._set(value, lambda _: self.anything())

    def _text(self, value: dict[str, Any]) -> Any:
        return self._set(value, lambda old: self._odd_text(old) if isinstance(old, str) else self.random.choice(TEXTS))

    def _odd_text(self, old: str) -> str:
        new = self.random.choice(TEXTS)
        at = self.random.randrange(len(old) + 1)
        return self.random.choice(
            [new, old + new, new + old, old[:at] + new + old[at:], old[:at], old[at:], old.upper(), old * 3, old + "\n"]
        )

    def _time(self, value: dict[str, Any]) -> Any:
        if self.random.random() < 0.5:
            value["time"] = self.random.choice(TIMES)
            return value
        return self._set(value, lambda _: self.random.choice(TIMES))

    def _number(self, value: dict[str, Any]) -> Any:
        return self._set(value, lambda _: self.random.choice(NUMBERS))

    def _identifier(self, value: dict[str, Any]) -> Any:
        name = self.random.choice(("id", "id", "subject"))
        old = value.get(name)
        value[name] = self.random.choice(IDS)(old if isinstance(old, str) else self.samples.uuid())
        return value

    def _code(self, value: dict[str, Any]) -> Any:
        """A code, or a type, of somewhere else in the contract."""
        codes = ("completed", "failed", "referred", "to_return", "60_plus", "unknown", "other", "duplicate", "done",
                 "stall_qr_setup", "vaccination_entry", "online_public_service", "vn.congdongso.assist.recorded.v2",
                 "vn.congdongso.area.declared.v1", "vn.congdongso.assist.voided.v1", "1.0", "0.3", "/apps/x",
                 "/apps/app-11689-2023")  # fmt: skip
        return self._set(value, lambda _: self.random.choice(codes))

    def _other_data(self, value: dict[str, Any]) -> Any:
        value["data"] = copy.deepcopy(DATA[self.random.choice(sorted(DATA))])
        return value

    def _rename(self, value: dict[str, Any]) -> Any:
        if (place := self._place(value)) is not None and isinstance(place[1], str):
            inner, key = place
            new = self.random.choice([key.upper(), key + " ", key[1:], f"{key}\u0301", key.title(), "ce-" + key])
            inner[new] = inner.pop(key)
        return value

    def _repeat(self, value: dict[str, Any]) -> Any:
        times = self.random.choice((0, 2, 5, 6, 31, 101, 201, 1000))
        return self._set(value, lambda old: (old * times)[:5000] if isinstance(old, list) else [old] * min(times, 300))

    def _nest(self, value: dict[str, Any]) -> Any:
        depth = self.random.choice((1, 2, 20, 150, 250))

        def wrap(old: Any) -> Any:
            for _ in range(depth):
                old = [old] if self.random.random() < 0.5 else {"a": old}
            return old

        return self._set(value, wrap)

    def _swap(self, value: dict[str, Any]) -> Any:
        one, two = self._place(value), self._place(value)
        if one and two:
            a, b = copy.deepcopy(one[0][one[1]]), copy.deepcopy(two[0][two[1]])
            one[0][one[1]] = b
            if two[0] is one[0]:
                two[0][two[1]] = a
        return value

    def _whole(self, value: dict[str, Any]) -> Any:
        return self.anything() if self.random.random() < 0.3 else value

    def anything(self, depth: int = 0) -> Any:
        """A JSON value of any kind."""
        kind = self.random.randrange(9 if depth < 3 else 6)
        if kind == 0:
            return None
        if kind == 1:
            return self.random.random() < 0.5
        if kind == 2:
            return self.random.choice(NUMBERS)
        if kind in (3, 4):
            return self.random.choice(TEXTS)
        if kind == 5:
            return self.random.choice((self.samples.uuid(), self.random.choice(TIMES)))
        if kind == 6:
            return [self.anything(depth + 1) for _ in range(self.random.randrange(4))]
        if kind == 7:
            return {self.random.choice(TEXTS): self.anything(depth + 1) for _ in range(self.random.randrange(4))}
        return self.samples.make()

    # -- text ------------------------------------------------------------------------------------------------------

    def spelled(self, value: Any) -> bytes:
        """The value as JSON in one of the spellings that mean the same."""
        text = json.dumps(
            value,
            ensure_ascii=self.random.random() < 0.5,
            indent=self.random.choice((None, None, 1)),
            sort_keys=self.random.random() < 0.2,
        )
        if self.random.random() < 0.05:
            text = text.replace("/", "\\/")
        mark = b"\xef\xbb\xbf" if self.random.random() < 0.05 else b""
        return mark + text.encode("utf-8", "surrogatepass")

    def misspelled(self, body: bytes) -> bytes:
        """Bytes that may be no JSON any more, or mean something else."""
        at = self.random.randrange(len(body) + 1)
        choice = self.random.randrange(12)
        if choice == 0:
            return body[:at]
        if choice == 1:
            return body[at:]
        if choice == 2:
            return body + self.random.choice((b"}", b"]", b"\0", b"null", body[:100], b"\n\n", b","))
        if choice == 3:
            flipped = bytearray(body or b"x")
            for _ in range(self.random.choice((1, 1, 3, 20))):
                flipped[self.random.randrange(len(flipped))] = self.random.randrange(256)
            return bytes(flipped)
        if choice == 4:
            return body.decode("utf-8", "ignore").encode(self.random.choice(("utf-16", "utf-32-le", "utf-16-be")))
        if choice == 5:
            return body.replace(b'"1.0"', self.random.choice((b"1.0", b"1e0", b'"1.0",', b'"\\u0031.0"')), 1)
        if choice == 6:
            odd = (b"NaN", b"Infinity", b"-Infinity", b"1e999", b"01", b".5", b"1.", b"+1", b"0x1", b"9" * 5000, b"-")
            return body.replace(b'"tdp-03"', self.random.choice(odd))
        if choice == 7:
            return body.replace(b'"id"', self.random.choice((b'"id": "x", "id"', b'"\\u0069d"', b"'id'", b"id")))
        if choice == 8:
            return body.replace(b'"data"', self.random.choice((b'"data": {}, "data"', b'"d\\u0061ta"', b'"\\ud800"')))
        if choice == 9:
            junk = self.random.choice((b"[" * 2000, b'{"a":' * 2000, b"\\u0000", b"\\ud800", b"\xed\xa0\x80", b"\xff"))
            return body[:at] + junk + body[at:]
        if choice == 10:
            return body[:at] + body[at : at + 50] + body[at:]
        return body.replace(b"vn.congdongso", b"vn.c\\u006fngdongso")
