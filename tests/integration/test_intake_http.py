"""The intake over real HTTP: a request of any shape and size has a clear answer, and is never a 500."""

from __future__ import annotations

import gzip
import http.client
import json
import socket
import zlib
from collections.abc import Iterator
from urllib.parse import quote, urlsplit

import httpx
import pytest

from tests.support.events import assist, session
from tests.support.intake import BATCH, LIMIT, STRUCTURED, Event, app_of, everything, post, problem, rows, send, served
from tests.support.postgres import TestPostgres
from tests.support.stack import Stack


@pytest.fixture(scope="module")
def stack(postgres: TestPostgres) -> Iterator[Stack]:
    with served(postgres) as made:
        yield made


@pytest.fixture(scope="module")
def web(stack: Stack) -> Iterator[httpx.Client]:
    with app_of(stack) as client:
        yield client


# -- bodies that cannot be read ----------------------------------------------------------------------------------------

GOOD = json.dumps(assist())
UNREADABLE: dict[str, tuple[bytes, int, str]] = {
    "an empty body": (b"", 400, "malformed_json"),
    "blanks": (b" \n ", 400, "malformed_json"),
    "not JSON": (b"tuyen sinh=1", 400, "malformed_json"),
    "HTML": (b"<html>", 400, "malformed_json"),
    "truncated": (GOOD.encode()[:-5], 400, "malformed_json"),
    "trailing garbage": (GOOD.encode() + b"}", 400, "malformed_json"),
    "two values": (GOOD.encode() + GOOD.encode(), 400, "malformed_json"),
    "single quotes": (b"{'id': 1}", 400, "malformed_json"),
    "a scalar": (b"5", 400, "not_cloudevents"),
    "a text": (b'"x"', 400, "not_cloudevents"),
    "null": (b"null", 400, "not_cloudevents"),
    "an array": (b"[]", 400, "not_cloudevents"),
    "an empty object": (b"{}", 400, "not_cloudevents"),
    "NaN": (b'{"data": NaN}', 400, "malformed_json"),
    "Infinity": (b'{"data": Infinity}', 400, "malformed_json"),
    "minus Infinity": (b'{"data": -Infinity}', 400, "malformed_json"),
    "1e999": (b'{"data": 1e999}', 400, "malformed_json"),
    "minus 1e999": (b'{"data": -1e999}', 400, "malformed_json"),
    "a duplicate key": (b'{"id": "a", "id": "b"}', 400, "malformed_json"),
    "a duplicate key inside": (b'{"data": {"area": "a", "area": "a"}}', 400, "malformed_json"),
    "a duplicate key in two spellings": (b'{"data": {"area": "a", "\\u0061rea": "a"}}', 400, "malformed_json"),
    "a raw NUL": (b'{"id": "\x00"}', 400, "malformed_json"),
    "a raw line feed in a text": (b'{"id": "a\nb"}', 400, "malformed_json"),
    "a lone surrogate": (b'{"id": "\\ud800"}', 400, "malformed_json"),
    "a lone surrogate as a key": (b'{"\\udfff": 1}', 400, "malformed_json"),
    "invalid UTF-8": (b'{"id": "\xff\xfe"}', 400, "malformed_json"),
    "a surrogate in UTF-8": (b'{"id": "\xed\xa0\x80"}', 400, "malformed_json"),
    "overlong UTF-8": (b'{"id": "\xc0\x80"}', 400, "malformed_json"),
    "UTF-16": (GOOD.encode("utf-16"), 400, "malformed_json"),
    "UTF-16 without a mark": (GOOD.encode("utf-16-le"), 400, "malformed_json"),
    "arrays 100,000 deep": (b"[" * 100_000, 400, "malformed_json"),
    "arrays 100,000 deep and closed": (b"[" * 100_000 + b"]" * 100_000, 400, "malformed_json"),
    "objects 100,000 deep": (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, 400, "malformed_json"),
    "an integer of 5,000 digits": (b'{"data": ' + b"9" * 5000 + b"}", 400, "malformed_json"),
    "a negative integer of 5,000 digits": (b'{"data": -' + b"9" * 5000 + b"}", 400, "malformed_json"),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_a_body_that_cannot_be_read_is_a_problem_that_says_why(stack: Stack, web: httpx.Client, name: str) -> None:
    body, status, code = UNREADABLE[name]
    before = everything(stack)

    told = problem(send(web, body), status, code)

    assert told.get("detail") or told.get("errors")
    assert everything(stack) == before


@pytest.mark.parametrize("name", [name for name, case in UNREADABLE.items() if case[2] == "malformed_json"])
def test_a_batch_with_unreadable_json_is_refused_as_a_whole(stack: Stack, web: httpx.Client, name: str) -> None:
    good = assist()

    problem(
        send(web, b"[" + json.dumps(good).encode() + b"," + UNREADABLE[name][0] + b"]", BATCH), 400, "malformed_json"
    )

    assert rows(stack, good["id"]) == 0


@pytest.mark.parametrize("depth", [50, 300, 900, 980, 1100, 5000])
def test_nesting_of_any_depth_is_an_answer_and_not_an_error(web: httpx.Client, depth: int) -> None:
    nested = "[" * depth + '"\\u0061"' + "]" * depth

    inside = send(web, '{"extension": ' + nested + ", " + json.dumps(assist())[1:])
    as_data = send(web, json.dumps(assist() | {"data": 0})[:-2] + nested + "}")

    assert inside.status_code in (201, 400), inside.text
    assert as_data.status_code in (422, 400), as_data.text


def test_a_byte_order_mark_is_accepted(stack: Stack, web: httpx.Client) -> None:
    good = assist()

    assert send(web, b"\xef\xbb\xbf" + json.dumps(good).encode()).status_code == 201
    assert rows(stack, good["id"]) == 1


def test_text_is_kept_in_one_normal_form(stack: Stack, web: httpx.Client) -> None:
    composed, decomposed = "Đề án 06", "Đề án 06"
    one = session(theme=composed)

    assert post(web, one).status_code == 201
    one["data"]["theme"] = decomposed
    again = post(web, one)

    assert (again.status_code, again.json()["status"]) == (200, "duplicate")


# -- the request around the body ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "kind",
    [None, "", "text/plain", "application/json", "application/xml", "multipart/form-data", "application/cloudevents"],
)
def test_another_content_type_is_refused_with_those_that_are_taken(web: httpx.Client, kind: str | None) -> None:
    told = problem(send(web, GOOD, kind), 415, "unsupported_media_type")

    assert STRUCTURED in told["detail"]
    assert BATCH in told["detail"]


def test_an_object_sent_as_a_batch_is_refused(web: httpx.Client) -> None:
    assert "mảng" in problem(send(web, GOOD, BATCH), 400, "not_cloudevents")["detail"]


def test_an_empty_batch_has_no_results(web: httpx.Client) -> None:
    answer = post(web, [])

    assert (answer.status_code, answer.json()["results"]) == (200, [])
    assert set(answer.json()["counts"].values()) == {0}


def binary(sent: Event, leave: str = "") -> dict[str, str]:
    return {f"ce-{name}": quote(value) for name, value in sent.items() if name not in ("data", leave)}


def test_binary_mode_is_taken(stack: Stack, web: httpx.Client) -> None:
    sent = assist()

    answer = send(web, json.dumps(sent["data"]), "application/json; charset=utf-8", **binary(sent))

    assert (answer.status_code, answer.json()["id"]) == (201, sent["id"])
    assert rows(stack, sent["id"]) == 1


@pytest.mark.parametrize("missing", ["specversion", "id", "source", "type", "subject", "time"])
def test_a_missing_ce_header_is_named(stack: Stack, web: httpx.Client, missing: str) -> None:
    sent = assist()

    told = problem(
        send(web, json.dumps(sent["data"]), "application/json", **binary(sent, missing)), 400, "not_cloudevents"
    )

    assert [(error["field"], error["code"]) for error in told["errors"]] == [(missing, "required")]
    assert rows(stack, sent["id"]) == 0


def test_binary_mode_wants_json(web: httpx.Client) -> None:
    problem(send(web, "x", "text/plain", **binary(assist())), 415, "unsupported_media_type")


@pytest.mark.parametrize("value", ["%00", "%ff%fe", "%ed%a0%80", "%", "%zz", "a" * 300, "%E2%80%A8%1b[31m"])
def test_strange_ce_headers_are_answers_and_not_errors(web: httpx.Client, value: str) -> None:
    for name in ("id", "source", "type", "subject", "time", "specversion"):
        sent = assist()
        answer = send(web, json.dumps(sent["data"]), "application/json", **(binary(sent) | {f"ce-{name}": value}))
        assert answer.status_code in (400, 422), (name, answer.text)
        assert answer.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/v1/nothing", 404, "not_found"),
        ("GET", "/v1/events/not-a-uuid", 404, "not_found"),
        ("GET", "/v1/events/%00", 404, "not_found"),
        ("GET", "/v1/%2e%2e/%2e%2e/etc/passwd", 404, "not_found"),
        ("GET", "/v1/schemas/vn.congdongso.nothing.v1", 404, "not_found"),
        ("GET", "/v1/schemas/%00%ff", 404, "not_found"),
        ("GET", "/v1/events", 405, "method_not_allowed"),
        ("PUT", "/v1/events", 405, "method_not_allowed"),
        ("DELETE", "/v1/events", 405, "method_not_allowed"),
        ("TRACE", "/v1/events", 405, "method_not_allowed"),
        ("TIEUDE", "/v1/events", 405, "method_not_allowed"),
        ("POST", "/v1/schemas", 405, "method_not_allowed"),
        ("POST", "/healthz", 405, "method_not_allowed"),
    ],
)
def test_an_unknown_path_or_method_is_a_problem(
    web: httpx.Client, method: str, path: str, status: int, code: str
) -> None:
    answer = web.request(method, path)

    problem(answer, status, code)
    assert bool(answer.headers.get("Allow")) is (status == 405)


# -- limits ------------------------------------------------------------------------------------------------------------


def test_a_body_over_the_limit_is_refused_by_its_length(stack: Stack, web: httpx.Client) -> None:
    good = assist()

    problem(send(web, json.dumps(good) + " " * LIMIT), 413, "body_too_large")

    assert rows(stack, good["id"]) == 0


def test_a_chunked_body_over_the_limit_is_refused(stack: Stack, web: httpx.Client) -> None:
    good = assist()

    def chunks() -> Iterator[bytes]:
        yield json.dumps(good).encode()
        for _ in range(17):
            yield b" " * (LIMIT // 16)

    answer = send(web, chunks())

    problem(answer, 413, "body_too_large")
    assert answer.request.headers["Transfer-Encoding"] == "chunked"
    assert rows(stack, good["id"]) == 0


def test_a_chunked_body_within_the_limit_is_taken(stack: Stack, web: httpx.Client) -> None:
    good = assist()

    assert send(web, iter([json.dumps(good).encode()])).status_code == 201
    assert rows(stack, good["id"]) == 1


def test_a_body_of_just_the_limit_is_taken(stack: Stack, web: httpx.Client) -> None:
    good = assist()

    assert send(web, json.dumps(good).encode().ljust(LIMIT)).status_code == 201
    assert rows(stack, good["id"]) == 1


def test_a_length_that_lies_stores_nothing_and_the_server_goes_on(stack: Stack, web: httpx.Client) -> None:
    short, long = assist(), assist()
    for sent, length in ((short, 40), (long, 100_000)):
        body = json.dumps(sent).encode()
        with socket.create_connection(("127.0.0.1", stack.settings.ports["sessions"]), timeout=5) as raw:
            raw.sendall(
                f"POST /v1/events HTTP/1.1\r\nHost: localhost\r\nContent-Type: {STRUCTURED}\r\n"
                f"Authorization: Bearer {stack.token()}\r\nContent-Length: {length}\r\n\r\n".encode()
                + body
            )
            if length < len(body):
                assert b" 400 " in raw.recv(4096).split(b"\r\n", 1)[0]

    assert post(web, assist()).status_code == 201
    assert [rows(stack, sent["id"]) for sent in (short, long)] == [0, 0]


def test_a_gzip_body_is_taken(stack: Stack, web: httpx.Client) -> None:
    one, two = assist(), assist()

    single = send(web, gzip.compress(json.dumps(one).encode()), Content_Encoding="gzip")
    batch = send(web, gzip.compress(json.dumps([one, two]).encode()), BATCH, Content_Encoding="GZIP")

    assert single.status_code == 201
    assert [result["status"] for result in batch.json()["results"]] == ["duplicate", "accepted"]
    assert [rows(stack, sent["id"]) for sent in (one, two)] == [1, 1]


@pytest.mark.parametrize("size", [LIMIT + 1, 50 * 1024 * 1024])
def test_a_gzip_body_that_expands_past_the_limit_is_refused(web: httpx.Client, size: int) -> None:
    bomb = gzip.compress(GOOD.encode() + b" " * size, compresslevel=1)
    assert len(bomb) < LIMIT

    told = problem(send(web, bomb, Content_Encoding="gzip"), 413, "body_too_large")

    assert told["limit"] == LIMIT


@pytest.mark.parametrize(
    "body",
    [
        gzip.compress(GOOD.encode())[:-9],
        gzip.compress(GOOD.encode())[:12],
        gzip.compress(GOOD.encode()) + b"x",
        gzip.compress(GOOD.encode()) * 2,
        GOOD.encode(),
        zlib.compress(GOOD.encode()),
        b"",
        gzip.compress(GOOD.encode())[:-8] + bytes(8),
    ],
    ids=["truncated", "only a head", "a tail", "two members", "plain", "zlib", "empty", "a wrong checksum"],
)
def test_a_body_that_is_no_whole_gzip_is_refused(web: httpx.Client, body: bytes) -> None:
    problem(send(web, body, Content_Encoding="gzip"), 400, "malformed_request")


@pytest.mark.parametrize("encoding", ["deflate", "br", "gzip, gzip", "zstd", "x"])
def test_another_content_encoding_is_refused_with_the_one_that_is_taken(web: httpx.Client, encoding: str) -> None:
    answer = send(web, zlib.compress(GOOD.encode()), Content_Encoding=encoding)

    problem(answer, 415, "unsupported_media_type")
    assert answer.headers["Accept-Encoding"] == "gzip"


def test_a_batch_of_1000_is_taken_and_one_of_1001_is_refused_whole(stack: Stack, web: httpx.Client) -> None:
    made = [assist() for _ in range(1001)]

    told = problem(post(web, made), 413, "batch_too_large")
    assert told["limit"] == 1000
    assert rows(stack, made[0]["id"]) == 0

    answer = post(web, made[:1000])
    assert answer.json()["counts"]["accepted"] == 1000
    ids = [sent["id"] for sent in made[:1000]]
    assert stack.ask("sessions", "SELECT count(*) FROM event_log WHERE event_id = ANY(%s::uuid[])", ids) == [(1000,)]


def test_headers_that_break_lines_or_grow_are_harmless(stack: Stack, web: httpx.Client) -> None:
    connection = http.client.HTTPConnection(urlsplit(stack.url("sessions")).netloc, timeout=5)
    sent = assist()
    connection.request(
        "POST",
        "/v1/events",
        json.dumps(sent),
        {
            "Content-Type": STRUCTURED,
            "Authorization": f"Bearer {stack.token()}",
            "User-Agent": "x" * 10_000,
            "X-Forwarded-For": "1.2.3.4, ' OR 1=1",
            "traceparent": "x" * 300,
            "Host": "evil.example",
        },
    )
    answer = connection.getresponse()

    assert answer.status == 201
    assert b"evil.example" not in answer.read()
    connection.close()
