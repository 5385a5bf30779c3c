"""The intake over real HTTP: every bad input has a clear answer, costs its neighbours nothing, and is never a 500."""

from __future__ import annotations

import base64
import datetime as dt
import gzip
import http.client
import json
import re
import socket
import time
import uuid
import zlib
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote, urlsplit

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import OKPKey

from deploy.cds import wiring
from deploy.cds.registry_commands import revoke_client
from services.registry import store, tokens
from services.sessions import resolver
from services.sessions.directory import Directory
from shared import database, segments
from shared.consumer import Applier
from shared.events.facts import decode_batch
from tests.support.events import AT, DAY, assist, correction, event, feedback, session, tally, void
from tests.support.postgres import TestPostgres
from tests.support.stack import ANH_DUNG, HAI_THANH, VIEWER, Stack, wait_for

STRUCTURED = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
LIMIT = 1024 * 1024
CITIZEN = "079203012345"
Event = dict[str, Any]


@pytest.fixture(scope="module")
def stack(postgres: TestPostgres) -> Iterator[Stack]:
    with Stack(postgres, "memory://", max_body_bytes=LIMIT) as made:
        made.serve("registry", "sessions")
        yield made


@pytest.fixture(scope="module")
def web(stack: Stack) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {stack.token()}"}
    with httpx.Client(base_url=stack.url("sessions"), headers=headers, timeout=20, trust_env=False) as client:
        yield client


def send(web: httpx.Client, body: bytes | str | Iterator[bytes], kind: str | None = STRUCTURED, **headers: str) -> Any:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    content = body.encode() if isinstance(body, str) else body
    return web.post("/v1/events", content=content, headers=({"Content-Type": kind} if kind else {}) | given)


def post(web: httpx.Client, events: Any) -> httpx.Response:
    return send(web, json.dumps(events), BATCH if isinstance(events, list) else STRUCTURED)


def problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The body of an answer that is the one shape of an error."""
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert (body["type"], body["status"], body["code"]) == (f"urn:congdongso:problem:{code}", status, code)
    assert body["title"]
    assert body["request_id"] == answer.headers["X-Request-Id"]
    assert not re.search(r"Traceback|SELECT|INSERT|psycopg|\.py\b", answer.text)
    assert ("Retry-After" in answer.headers) is (status in (429, 503))
    return body


def rows(stack: Stack, event_id: str) -> int:
    """In how many rows an event is kept, wherever it is on its way."""
    return stack.ask(
        "sessions",
        "SELECT (SELECT count(*) FROM event_log WHERE event_id::text = %s)"
        " + (SELECT count(*) FROM event_key WHERE event_id::text = %s)",
        event_id,
        event_id,
    )[0][0]


def everything(stack: Stack) -> int:
    return stack.ask("sessions", "SELECT (SELECT count(*) FROM event_log) + (SELECT count(*) FROM event_key)")[0][0]


def cut(stack: Stack) -> bytes:
    """Cut what is in the log; all segments, inflated."""
    engine = stack.engine("sessions")
    try:
        with database.transaction(engine) as connection:
            while segments.cut(connection, range(4)):
                pass
            epoch, shards = segments.open_stream(connection, "sessions", 4)
            found = [segments.read(connection, "sessions", epoch, shard, 0, 10_000) for shard in range(shards)]
        return b"\n".join(segment.inflate() for shard in found for segment in shard)
    finally:
        engine.dispose()


def resolve(stack: Stack) -> int:
    engine = stack.engine("sessions")
    try:
        return resolver.resolve(engine, Directory(engine))
    finally:
        engine.dispose()


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


# -- who calls ---------------------------------------------------------------------------------------------------------


def encoded(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


GARBAGE = [
    "x",
    "a.b.c",
    "..",
    "a.b.c.d.e",
    "é.é.é",
    "A" * 3000,
    f"{encoded('[]')}.{encoded('{}')}.x",
    f"{encoded('5')}.{encoded('{}')}.x",
    f"{encoded('null')}.{encoded('{}')}.x",
    f"{encoded('{}')}.{encoded('{}')}.x",
    f"{encoded(json.dumps({'alg': 'none'}))}.{encoded('{}')}.",
    f"{encoded(json.dumps({'alg': 'HS256', 'kid': 'x'}))}.{encoded('{}')}.AAAA",
    f"{encoded(json.dumps({'alg': 'Ed25519', 'kid': {}}))}.{encoded('{}')}.AAAA",
    f"{encoded(json.dumps({'alg': [], 'kid': 5}))}.{encoded('{}')}.AAAA",
    f"{encoded(json.dumps({'alg': 'Ed25519', 'crit': 5}))}.{encoded('{}')}.AAAA",
    f"{encoded(json.dumps({'alg': 'Ed25519', 'b64': False, 'crit': ['b64']}))}.{encoded('{}')}.AAAA",
    f"{encoded('[' * 20_000)}.{encoded('{}')}.AAAA",
]


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Basic YTpi", "x", *(f"Bearer {token}" for token in GARBAGE)],
    ids=lambda header: header[:30],
)
def test_without_a_good_token_the_answer_is_401_and_nothing_is_kept(
    stack: Stack, web: httpx.Client, header: str
) -> None:
    sent = assist()

    answer = web.post(
        "/v1/events",
        content=json.dumps(sent),
        headers={b"Content-Type": STRUCTURED.encode(), b"Authorization": header.encode()},
    )

    problem(answer, 401, "unauthenticated")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert rows(stack, sent["id"]) == 0


@pytest.fixture(scope="module")
def signing_key(stack: Stack) -> OKPKey:
    stack.token()
    engine = stack.engine("registry")
    with store.reading(engine) as opened:
        found = tokens.signing_key(opened)
    engine.dispose()
    assert found is not None
    return found


def signed(key: OKPKey, algorithm: str = "Ed25519", kid: str | None = None, **claims: Any) -> str:
    now = int(time.time())
    made = {
        "iss": "congdongso",
        "aud": ["sessions"],
        "sub": HAI_THANH,
        "scope": "events:write",
        "areas": [],
        "iat": now,
        "exp": now + 900,
    } | claims
    kept = {name: value for name, value in made.items() if value is not None}
    return jwt.encode({"alg": algorithm, "kid": kid or key.kid}, kept, key, algorithms=[algorithm])


def ask(web: httpx.Client, token: str, sent: Event | None = None) -> httpx.Response:
    return send(web, json.dumps(sent or assist()), Authorization=f"Bearer {token}")


WRONG_CLAIMS: dict[str, dict[str, Any]] = {
    "expired": {"exp": int(time.time()) - 120, "iat": int(time.time()) - 1020},
    "expired long ago": {"exp": 1},
    "without an end": {"exp": None},
    "of another issuer": {"iss": "someone"},
    "without an issuer": {"iss": None},
    "for another audience": {"aud": ["reporting"]},
    "without an audience": {"aud": None},
    "without a subject": {"sub": None},
    "issued in the future": {"iat": int(time.time()) + 7200},
    "not valid yet": {"nbf": int(time.time()) + 7200},
    "with areas that are no ids": {"areas": ["x"]},
    "with areas that are no list": {"areas": 5},
    "with an end that is no number": {"exp": "soon"},
}


@pytest.mark.parametrize("name", WRONG_CLAIMS)
def test_a_token_with_our_signature_and_a_wrong_claim_is_refused(
    stack: Stack, web: httpx.Client, signing_key: OKPKey, name: str
) -> None:
    sent = assist()

    problem(ask(web, signed(signing_key, **WRONG_CLAIMS[name]), sent), 401, "unauthenticated")

    assert rows(stack, sent["id"]) == 0


def test_a_clock_that_is_half_a_minute_off_does_no_harm(web: httpx.Client, signing_key: OKPKey) -> None:
    late = signed(signing_key, exp=int(time.time()) - 30)

    answer = ask(web, late, assist(area="11692"))

    assert problem(answer, 403, "forbidden_area")  # the token is good; it was given no areas


def test_a_token_signed_by_another_key_is_refused(web: httpx.Client, signing_key: OKPKey) -> None:
    other = OKPKey.generate_key("Ed25519", auto_kid=True)

    problem(ask(web, signed(other)), 401, "unauthenticated")
    problem(ask(web, signed(other, kid=signing_key.kid)), 401, "unauthenticated")


def test_a_token_without_the_scope_is_forbidden(stack: Stack, web: httpx.Client) -> None:
    problem(ask(web, stack.token(VIEWER)), 403, "forbidden")


def test_a_revoked_client_is_refused_once_the_sessions_service_knows(stack: Stack, web: httpx.Client) -> None:
    client_id = "app-11740-2023"
    token = stack.token(client_id)
    first = assist(client_id)
    assert ask(web, token, first).status_code == 201

    revoke_client(stack.settings, client_id)
    source, target = stack.engine("registry"), stack.engine("sessions")
    with database.transaction(source) as connection:
        segments.cut(connection, [0])
        epoch, _ = segments.open_stream(connection, "registry", 1)
        found = segments.read(connection, "registry", epoch, 0, 0, 1000)
    applier = Applier(wiring.CONSUMERS["sessions"], target)
    known = applier.position("registry", 0, epoch).segment
    if known == 0:  # the templates were filled from another copy
        known = found[-1].number - 1
    for one in found[known:]:
        applier.apply(one)
    source.dispose()
    target.dispose()

    sent = assist(client_id)
    answer = wait_for(
        lambda: (made := ask(web, token, assist(client_id))).status_code == 401 and made, 5, "the revocation is felt"
    )
    problem(answer, 401, "unauthenticated")
    assert ask(web, token, sent).status_code == 401
    assert [rows(stack, one["id"]) for one in (first, sent)] == [1, 0]
    assert post(web, assist()).status_code == 201  # others go on


# -- events that do not fit --------------------------------------------------------------------------------------------


def changed(**attributes: Any) -> Callable[[], Event]:
    return lambda: assist(attributes=attributes)


def without(name: str) -> Callable[[], Event]:
    return lambda: {key: value for key, value in assist().items() if key != name}


def with_data(**data: Any) -> Callable[[], Event]:
    return lambda: assist(**data)


def data_without(name: str) -> Callable[[], Event]:
    def make() -> Event:
        made = assist()
        del made["data"][name]
        return made

    return make


def in_days(days: float) -> Callable[[], Event]:
    return lambda: assist(attributes={"time": (dt.datetime.now(dt.UTC) + dt.timedelta(days=days)).isoformat()})


# name: how it is made, the code of its fate, the field that is named, what the message says
BAD: dict[str, tuple[Callable[[], Any], str, str, str]] = {
    "a number": (lambda: 5, "not_cloudevents", "", "CloudEvents"),
    "null": (lambda: None, "not_cloudevents", "", "CloudEvents"),
    "a text": (lambda: "x", "not_cloudevents", "", "CloudEvents"),
    "an array": (lambda: [assist()], "not_cloudevents", "", "CloudEvents"),
    "no specversion": (without("specversion"), "not_cloudevents", "specversion", "required"),
    "specversion 0.3": (changed(specversion="0.3"), "not_cloudevents", "specversion", "pattern"),
    "specversion a number": (changed(specversion=1.0), "not_cloudevents", "specversion", "string"),
    "no id": (without("id"), "not_cloudevents", "id", "required"),
    "an id that is no UUID": (changed(id="abc"), "not_cloudevents", "id", "UUID"),
    "an id in braces": (changed(id="{" + str(uuid.uuid4()) + "}"), "not_cloudevents", "id", "UUID"),
    "an id as a URN": (changed(id=uuid.uuid4().urn), "not_cloudevents", "id", "UUID"),
    "an id as a number": (changed(id=5), "not_cloudevents", "id", "UUID"),
    "a NUL in the id": (changed(id="\0"), "not_cloudevents", "id", "UUID"),
    "no source": (without("source"), "not_cloudevents", "source", "required"),
    "a source of another form": (changed(source="https://x"), "not_cloudevents", "source", "pattern"),
    "a source with a line feed": (changed(source="/apps/x\n"), "not_cloudevents", "source", "pattern"),
    "another app's source": (changed(source="/apps/app-11689-2023"), "forbidden_source", "", f"/apps/{HAI_THANH}"),
    "no type": (without("type"), "not_cloudevents", "type", "required"),
    "a type of others": (changed(type="com.example.x"), "unknown_type", "", "assist.recorded"),
    "an unknown type": (changed(type="vn.congdongso.assist.forgotten.v1"), "unknown_type", "", "assist.recorded"),
    "a type with a NUL": (changed(type="vn.congdongso.\0.v1"), "unknown_type", "", "assist.recorded"),
    "an unknown version": (changed(type="vn.congdongso.assist.recorded.v2"), "unknown_version", "", "v1"),
    "a type of the registry": (changed(type="vn.congdongso.area.declared.v1"), "unknown_type", "", "assist.recorded"),
    "no subject": (without("subject"), "not_cloudevents", "subject", "required"),
    "a subject that is no UUID": (changed(subject="assist-1"), "not_cloudevents", "subject", "UUID"),
    "no time": (without("time"), "not_cloudevents", "time", "required"),
    "a time without an offset": (changed(time="2023-03-08T19:30:00"), "not_cloudevents", "time", "múi giờ.*\\+07:00"),
    "a time as a number": (changed(time=1678278600), "not_cloudevents", "time", "RFC 3339"),
    "a time in words": (changed(time="hôm qua"), "not_cloudevents", "time", "RFC 3339"),
    "a leap second": (changed(time="2023-03-08T23:59:60+07:00"), "not_cloudevents", "time", "RFC 3339"),
    "February 30": (changed(time="2023-02-30T10:00:00+07:00"), "not_cloudevents", "time", "RFC 3339"),
    "before 2020": (changed(time="2019-12-31T23:59:59+07:00"), "time_out_of_range", "time", "1/1/2020"),
    "the year 1970": (changed(time="1970-01-01T00:00:00Z"), "time_out_of_range", "time", "1/1/2020"),
    "the year 1": (changed(time="0001-01-01T00:00:00Z"), "time_out_of_range", "time", "1/1/2020"),
    "the year 1, east": (changed(time="0001-01-01T00:00:00+14:00"), "time_out_of_range", "time", "1/1/2020"),
    "the year 9999": (changed(time="9999-12-31T23:59:59Z"), "time_out_of_range", "time", "hai ngày"),
    "the year 9999, west": (changed(time="9999-12-31T23:59:59-12:00"), "time_out_of_range", "time", "hai ngày"),
    "three days ahead": (in_days(3), "time_out_of_range", "time", "hai ngày"),
    "no data": (without("data"), "missing_data", "", "data"),
    "data null": (lambda: assist() | {"data": None}, "invalid_data", "data", "object"),
    "data a text": (lambda: assist() | {"data": "{}"}, "invalid_data", "data", "object"),
    "data an array": (lambda: assist() | {"data": []}, "invalid_data", "data", "object"),
    "no area": (data_without("area"), "invalid_data", "data.area", "required"),
    "no service": (data_without("service"), "invalid_data", "data.service", "required"),
    "no outcome": (data_without("outcome"), "invalid_data", "data.outcome", "required"),
    "area null": (with_data(area=None), "invalid_data", "data.area", "null"),
    "area a number": (with_data(area=11692), "invalid_data", "data.area", "string"),
    "area of another form": (with_data(area="Tổ 3"), "invalid_data", "data.area", "pattern"),
    "area a path": (with_data(area="../../etc"), "invalid_data", "data.area", "pattern"),
    "area SQL": (with_data(area="'; DROP TABLE entity; --"), "invalid_data", "data.area", "pattern"),
    "area with a line feed": (with_data(area="tdp-03\n"), "invalid_data", "data.area", "pattern"),
    "area with a NUL": (with_data(area="tdp-03\0"), "invalid_data", "data.area", "pattern"),
    "service in capitals": (with_data(service="VNeID"), "invalid_data", "data.service", "pattern"),
    "an unknown outcome": (with_data(outcome="done"), "invalid_data", "data.outcome", "completed, failed, referred"),
    "an outcome as a number": (with_data(outcome=1), "invalid_data", "data.outcome", "string"),
    "an unknown age band": (with_data(age_band="20"), "invalid_data", "data.age_band", "16_30"),
    "an unknown field": (with_data(colour="red"), "invalid_data", "data.colour", "unknown field"),
    "the server's seq": (with_data(seq=1), "invalid_data", "data.seq", "unknown field"),
    "the server's status": (with_data(status="accepted"), "invalid_data", "data.status", "unknown field"),
    "the server's ward": (with_data(ward_id="11692"), "invalid_data", "data.ward_id", "unknown field"),
    "the server's time": (with_data(received_at=AT), "invalid_data", "data.received_at", "unknown field"),
    "the server's marks": (with_data(marks=[]), "invalid_data", "data.marks", "unknown field"),
    "quantity a text": (with_data(quantity="5"), "invalid_data", "data.quantity", "integer"),
    "quantity a fraction": (with_data(quantity=5.9), "invalid_data", "data.quantity", "integer"),
    "quantity a boolean": (with_data(quantity=True), "invalid_data", "data.quantity", "integer"),
    "quantity null": (with_data(quantity=None), "invalid_data", "data.quantity", "null"),
    "quantity an array": (with_data(quantity=[1]), "invalid_data", "data.quantity", "integer"),
    "quantity 0": (with_data(quantity=0), "invalid_data", "data.quantity", "1"),
    "quantity negative": (with_data(quantity=-1), "invalid_data", "data.quantity", "1"),
    "quantity 1001": (with_data(quantity=1001), "invalid_data", "data.quantity", "1000"),
    "quantity 10**30": (with_data(quantity=10**30), "invalid_data", "data.quantity", "1000"),
    "quantity -2**63-1": (with_data(quantity=-(2**63) - 1), "invalid_data", "data.quantity", "1"),
    "six volunteers": (with_data(volunteers=[str(uuid.uuid4())] * 6), "invalid_data", "data.volunteers", "5"),
    "volunteers a text": (with_data(volunteers="x"), "invalid_data", "data.volunteers", ""),
    "a wrong volunteer": (with_data(volunteers=["x"]), "invalid_data", "data.volunteers[0]", "UUID"),
    "10,000 volunteers": (with_data(volunteers=["x"] * 10_000), "invalid_data", "data.volunteers[0]", "UUID"),
    "a session that is no UUID": (with_data(session="phiên 1"), "invalid_data", "data.session", "UUID"),
    "failed without a reason": (with_data(outcome="failed"), "invalid_data", "data.reason", "required"),
    "referred to nobody": (with_data(outcome="referred"), "invalid_data", "data.referred_to", "required"),
    "a session and a venue": (
        with_data(session=str(uuid.uuid4()), venue=str(uuid.uuid4())), "invalid_data", "data.venue", "session",
    ),
    "a token and a number": (
        with_data(resident_token="k1." + "a" * 43, citizen_number=CITIZEN), "invalid_data", "data.citizen_number",
        "một trong hai",
    ),
    "a control character": (lambda: session(theme="a\x1b[31m"), "invalid_data", "data.theme", "pattern"),
    "a NUL in a theme": (lambda: session(theme="a\0b"), "invalid_data", "data.theme", "pattern"),
    "a C1 control": (lambda: session(theme="a\x85b"), "invalid_data", "data.theme", "pattern"),
    "a line feed in a theme": (lambda: session(theme="a\nb"), "invalid_data", "data.theme", "pattern"),
    "an empty theme": (lambda: session(theme=""), "invalid_data", "data.theme", "1"),
    "a theme of 100,000": (lambda: session(theme="a" * 100_000), "invalid_data", "data.theme", "100"),
    "31 services": (lambda: session(services=["a"] * 31), "invalid_data", "data.services", "30"),
    "a planned end without an offset": (
        lambda: session(planned_end="2023-03-08T21:00:00"), "invalid_data", "data.planned_end", "múi giờ",
    ),
    "no text": (lambda: feedback(""), "invalid_data", "data.text", "1"),
    "a long text": (lambda: feedback("a" * 2001), "invalid_data", "data.text", "2000"),
    "a NUL in a text": (lambda: feedback("a\0"), "invalid_data", "data.text", "pattern"),
    "an unknown group": (with_data(area="tdp-99"), "unknown_area", "data.area", "tdp-01, tdp-02, tdp-03.*tdp-06"),
    "an unknown ward": (with_data(area="99999"), "unknown_area", "data.area", "99999"),
    "an unknown group of a ward": (with_data(area="11692/tdp-99"), "unknown_area", "data.area", "tdp-01, tdp-02"),
    "an unknown home": (with_data(resident_area="tdp-99"), "unknown_area", "data.resident_area", "tdp-01, tdp-02"),
    "another ward": (with_data(area="11689"), "forbidden_area", "data.area", "Anh Dũng"),
    "another ward's group": (with_data(area="11689/tdp-01"), "forbidden_area", "data.area", "Anh Dũng"),
    "the district above": (with_data(area="309"), "forbidden_area", "data.area", "Dương Kinh"),
    "the province above": (with_data(area="31"), "forbidden_area", "data.area", "Hải Phòng"),
    "a count as a text": (
        lambda: tally(("digital_skills", "completed", "5")), "invalid_data", "data.lines[0].count", "integer",  # type: ignore[arg-type]
    ),
    "a count of 0": (lambda: tally(("digital_skills", "completed", 0)), "invalid_data", "data.lines[0].count", "1"),
    "no lines": (lambda: tally(lines=None), "invalid_data", "data.lines", "null"),
    "201 lines": (lambda: tally(*[("a", "completed", 1)] * 201), "invalid_data", "data.lines", "200"),
    "a tally's day wrong": (lambda: tally(day="8/3/2023"), "invalid_data", "data.day", "date"),
    "a tally's day in 2019": (lambda: tally(day="2019-12-31"), "time_out_of_range", "data.day", "1/1/2020"),
    "a tally's day in 9999": (lambda: tally(day="9999-12-31"), "time_out_of_range", "data.day", "hai ngày"),
    "a tally's version 0": (lambda: tally(version=0), "invalid_data", "data.version", "1"),
    "a tally's unknown home": (
        lambda: tally(lines=[{"service": "digital_skills", "outcome": "completed", "count": 1,
                              "resident_area": "tdp-99"}]),
        "unknown_area", "data.lines[0].resident_area", "tdp-01",
    ),
    "a correction's time out of range": (
        lambda: correction(str(uuid.uuid4()), happened_at="2019-01-01T00:00:00Z"), "time_out_of_range",
        "data.happened_at", "1/1/2020",
    ),
    "a correction without a reason": (
        lambda: correction(str(uuid.uuid4()), reason_code="because"), "invalid_data", "data.reason_code", "typo",
    ),
}  # fmt: skip
STATUS = {"not_cloudevents": (400, "not_cloudevents"), "forbidden_area": (403, "forbidden_area")}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_event_is_refused_by_field_and_its_neighbours_are_kept(
    stack: Stack, web: httpx.Client, name: str
) -> None:
    make, code, field, says = BAD[name]
    bad, before, after = make(), assist(), feedback()
    sent_id = bad.get("id") if isinstance(bad, dict) else None

    alone = post(web, bad) if not isinstance(bad, list) else send(web, json.dumps(bad))
    batch = post(web, [before, bad, after])

    status, problem_code = STATUS.get(code, (422, "rejected"))
    told = problem(alone, status, problem_code)
    named = {error["field"]: error for error in told["errors"]}
    assert field in named, told
    assert re.search(says, named[field]["message"], re.DOTALL), named
    assert told.get("reason") == code
    assert batch.status_code == 200
    results = batch.json()["results"]
    assert [result["status"] for result in results] == ["accepted", "rejected", "accepted"]
    assert results[0]["id"] == before["id"]
    assert results[1]["id"] == (sent_id if isinstance(sent_id, str) else None)
    assert results[1]["code"] == code
    assert results[1]["errors"] == told["errors"]
    assert batch.json()["counts"] == {
        "accepted": 2,
        "duplicate": 0,
        "pending_reference": 0,
        "conflict": 0,
        "rejected": 1,
    }
    assert [rows(stack, good["id"]) for good in (before, after)] == [1, 1]
    assert not is_uuid(sent_id) or rows(stack, str(sent_id)) == 0


def is_uuid(sent_id: Any) -> bool:
    try:
        return bool(uuid.UUID(sent_id))
    except (ValueError, AttributeError, TypeError):
        return False


def test_every_wrong_field_is_named_at_once(web: httpx.Client) -> None:
    sent = assist(outcome="x", quantity="1", age_band=3, colour="red")
    del sent["data"]["area"]

    told = problem(post(web, sent), 422, "rejected")

    assert {(error["field"], error["code"]) for error in told["errors"]} >= {
        ("data.area", "required"),
        ("data.colour", "unknown_field"),
        ("data.outcome", "invalid"),
        ("data.quantity", "invalid"),
        ("data.age_band", "invalid"),
    }


@pytest.mark.parametrize(
    ("field", "code", "sent"),
    [
        ("stall", "required", {"service": "stall_qr_setup"}),
        ("quantity", "invalid", {"service": "vneid_activation", "quantity": 2}),
        ("service_level", "invalid", {"service": "vneid_activation", "service_level": "full"}),
    ],
)
def test_a_field_that_does_not_go_with_the_service_is_refused_by_name(
    stack: Stack, web: httpx.Client, field: str, code: str, sent: dict[str, Any]
) -> None:
    wrong = assist(**sent)

    told = problem(post(web, wrong), 422, "rejected")

    assert [(error["field"], error["code"]) for error in told["errors"]] == [(f"data.{field}", code)]
    assert rows(stack, wrong["id"]) == 0


LATER: dict[str, Any] = {"outcome": "to_return", "reason": "sim_not_owner"}
AT_A_STALL: dict[str, Any] = {"service": "stall_qr_setup", "stall": "CHO-HT/A12"}


@pytest.mark.parametrize("sent", [AT_A_STALL, {"service": "vaccination_entry", "quantity": 3}])
def test_an_outcome_that_the_service_does_not_have_is_refused_with_those_that_it_has(
    stack: Stack, web: httpx.Client, sent: dict[str, Any]
) -> None:
    recorded = assist(**sent, outcome="failed", reason="other")
    assert post(web, recorded).status_code == 201
    later = assist(**sent, **LATER)

    told = [problem(post(web, later), 422, "rejected"), *post(web, [later, assist(**LATER)]).json()["results"]]
    change = post(web, correction(recorded["subject"], **sent, **LATER))

    (error,) = told[0]["errors"]
    assert told[0]["reason"] == told[1]["code"] == change.json()["reason"] == "impossible_outcome"
    assert (error["field"], error["code"]) == ("data.outcome", "impossible_outcome")
    assert sent["service"] in error["message"]
    assert error["message"].endswith("“hẹn lại” (to_return). Có thể gửi: completed, referred, failed.")
    assert told[2]["status"] == "accepted", "other services have it"
    assert rows(stack, later["id"]) == 0


def test_a_line_of_a_book_with_an_outcome_that_the_service_does_not_have_is_named(
    stack: Stack, web: httpx.Client
) -> None:
    right = [("vneid_activation", "to_return", 2), ("brand_new_service", "to_return", 1)]
    wrong = tally(*right, ("stall_first_payment", "to_return", 1))

    told = problem(post(web, wrong), 422, "rejected")

    assert [(error["field"], error["code"]) for error in told["errors"]] == [
        ("data.lines[2].outcome", "impossible_outcome")
    ]
    assert rows(stack, wrong["id"]) == 0
    assert post(web, tally(*right)).status_code == 201


@pytest.mark.parametrize(
    "sent",
    [
        {"service": "stall_qr_setup", "stall": "CHO-HT/A12"},
        {"service": "vaccination_entry", "quantity": 120},
        {"service": "online_public_service", "service_level": "full"},
        {"service": "vneid_activation", "quantity": 1},
    ],
)
def test_a_field_that_goes_with_the_service_is_kept(stack: Stack, web: httpx.Client, sent: dict[str, Any]) -> None:
    right = assist(**sent)

    assert post(web, right).status_code == 201
    assert rows(stack, right["id"]) == 1


def test_a_time_that_is_odd_but_possible_is_kept_and_marked(stack: Stack, web: httpx.Client) -> None:
    ahead, old = (
        in_days(0.125)() | {"data": assist(area="11692")["data"]},
        assist(attributes={"time": "2020-01-01T00:00:00+07:00"}),
    )

    answers = [post(web, ahead), post(web, old)]

    assert [answer.status_code for answer in answers] == [201, 201]
    assert all("clock_suspect" in answer.json()["marks"] for answer in answers)


def test_an_event_with_bad_references_is_kept_and_marked(web: httpx.Client) -> None:
    answer = post(web, assist(session=str(uuid.uuid4()), volunteers=[str(uuid.uuid4())]))

    assert answer.status_code == 201
    assert {"unverified:session", "unverified:volunteer"} <= set(answer.json()["marks"])


def test_an_upper_case_id_is_the_same_id(stack: Stack, web: httpx.Client) -> None:
    sent = assist()

    first = post(web, sent)
    again = post(web, sent | {"id": sent["id"].upper()})

    assert (first.status_code, again.status_code, again.json()["status"]) == (201, 200, "duplicate")
    assert rows(stack, sent["id"]) == 1


# -- what must never be told -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [CITIZEN[:-1], CITIZEN + "9", CITIZEN[:-1] + "x", int(CITIZEN[1:]), [CITIZEN]])
def test_a_malformed_citizen_number_is_named_and_never_repeated(
    stack: Stack, web: httpx.Client, capfd: pytest.CaptureFixture[str], number: Any
) -> None:
    good, bad = assist(), assist(citizen_number=number)

    alone, batch = post(web, bad), post(web, [bad, good])

    told = problem(alone, 422, "rejected")
    assert [error["field"] for error in told["errors"]] == ["data.citizen_number"]
    assert [result["status"] for result in batch.json()["results"]] == ["rejected", "accepted"]
    captured = capfd.readouterr()
    for text in (alone.text, batch.text, captured.out, captured.err):
        assert "0792030123" not in text
        assert "79203012345" not in text
    assert rows(stack, good["id"]) == 1


def test_a_citizen_number_becomes_a_token_and_is_nowhere(
    stack: Stack, web: httpx.Client, capfd: pytest.CaptureFixture[str]
) -> None:
    number = "031093004321"
    recorded = assist(citizen_number=number)
    waiting = assist(service="not_declared_yet", citizen_number=number)

    answers = [post(web, recorded), post(web, waiting), post(web, recorded)]

    assert [answer.status_code for answer in answers] == [201, 202, 200]
    conflict = post(web, recorded | {"data": recorded["data"] | {"citizen_number": "031093004322"}})
    problem(conflict, 409, "id_conflict")
    stored = everywhere(stack)
    assert b'"resident_token":"k1.' in stored
    captured = capfd.readouterr()
    for text in (*(answer.text for answer in (*answers, conflict)), captured.out, captured.err):
        assert "03109300432" not in text
    assert b"03109300432" not in stored


def test_free_text_is_kept_apart_and_nowhere_else(
    stack: Stack, web: httpx.Client, capfd: pytest.CaptureFixture[str]
) -> None:
    words = f"Bí mật {uuid.uuid4().hex}"
    sent = feedback(words)

    answer, again = post(web, sent), post(web, sent)
    conflict = post(web, sent | {"data": sent["data"] | {"text": words + " khác"}})

    assert (answer.status_code, again.status_code) == (201, 200)
    assert re.fullmatch(r"[0-9A-F]{4}-[0-9A-F]{4}", answer.json()["receipt_code"])
    assert again.json()["receipt_code"] == answer.json()["receipt_code"]
    problem(conflict, 409, "id_conflict")
    assert stack.ask("sessions", "SELECT text FROM free_text WHERE event_id = %s", sent["id"]) == [(words,)]
    stored, captured = everywhere(stack), capfd.readouterr()
    assert sent["id"].encode() in stored
    for text in (answer.text, again.text, conflict.text, captured.out, captured.err, stored.decode()):
        assert words[7:] not in text
    fate = web.get(f"/v1/events/{sent['id']}")
    assert words[7:] not in fate.text


def everywhere(stack: Stack) -> bytes:
    """All bytes that are kept, but for the table of free texts."""
    in_log = stack.ask("sessions", "SELECT body FROM event_log")
    kept = stack.ask("sessions", "SELECT content FROM entity UNION ALL SELECT submission FROM pending")
    return b"\n".join([*(bytes(row[0]) for row in (*in_log, *kept)), cut(stack)])


# -- the same id again, the same subject again -------------------------------------------------------------------------


def test_the_same_event_again_is_a_duplicate_with_the_first_time(stack: Stack, web: httpx.Client) -> None:
    sent = assist()

    first, again = post(web, sent), post(web, sent)
    cut(stack)
    after_the_cut = post(web, sent)

    assert (first.status_code, first.json()["status"]) == (201, "accepted")
    for answer in (again, after_the_cut):
        assert (answer.status_code, answer.json()["status"]) == (200, "duplicate")
        assert answer.json()["recordedtime"] == first.json()["recordedtime"]
    assert rows(stack, sent["id"]) == 1


def test_the_same_content_in_another_spelling_is_a_duplicate(web: httpx.Client) -> None:
    sent = assist(age_band="unknown", quantity=1)
    same = dict(reversed(sent.items())) | {
        "time": "2023-03-08T12:30:00Z",
        "data": dict(reversed(assist()["data"].items())),
    }

    assert post(web, sent).status_code == 201
    assert post(web, same).json()["status"] == "duplicate"


def test_another_content_under_the_same_id_is_a_conflict_that_tells_when_the_first_came(
    stack: Stack, web: httpx.Client
) -> None:
    sent = assist()
    first = post(web, sent)
    moment = dt.datetime.fromisoformat(first.json()["recordedtime"]).astimezone(dt.timezone(dt.timedelta(hours=7)))

    told = problem(post(web, sent | {"data": sent["data"] | {"quantity": 2}}), 409, "id_conflict")

    assert f"ngày {moment.day}/{moment.month}/{moment.year} lúc {moment:%H:%M}" in told["detail"]
    assert told["id"] == sent["id"]
    cut(stack)
    batch = post(web, [sent | {"data": sent["data"] | {"quantity": 2}}, sent])
    assert [result["status"] for result in batch.json()["results"]] == ["conflict", "duplicate"]
    assert rows(stack, sent["id"]) == 1


def test_an_id_twice_in_a_batch_is_a_duplicate_or_a_conflict(stack: Stack, web: httpx.Client) -> None:
    sent = assist()
    other = sent | {"data": sent["data"] | {"quantity": 3}}

    answer = post(web, [sent, sent, other, assist()])

    assert [result["status"] for result in answer.json()["results"]] == [
        "accepted", "duplicate", "conflict", "accepted",
    ]  # fmt: skip
    assert rows(stack, sent["id"]) == 1


def test_an_id_of_another_app_is_an_event_of_its_own(stack: Stack, web: httpx.Client) -> None:
    mine = assist()
    theirs = assist(ANH_DUNG, attributes={"id": mine["id"]})

    assert [post(web, mine).status_code, ask(web, stack.token(ANH_DUNG), theirs).status_code] == [201, 201]
    assert rows(stack, mine["id"]) == 2


def test_a_subject_used_again_is_refused_and_says_what_is_possible(stack: Stack, web: httpx.Client) -> None:
    first = assist()
    second = assist(attributes={"subject": first["subject"]})
    assert post(web, first).status_code == 201

    told = problem(post(web, second), 422, "rejected")
    batch = post(web, [second, tally(("digital_skills", "completed", 1)) | {"subject": first["subject"]}, assist()])

    assert told["reason"] == "subject_exists"
    assert "assist.corrected" in told["detail"]
    assert [result.get("code") for result in batch.json()["results"]] == ["subject_exists", "wrong_subject", None]
    assert rows(stack, second["id"]) == 0


def test_a_subject_twice_in_a_batch_is_recorded_once(stack: Stack, web: httpx.Client) -> None:
    first, second = assist(), assist()
    second["subject"] = first["subject"]

    answer = post(web, [first, second])

    assert [result["status"] for result in answer.json()["results"]] == ["accepted", "rejected"]
    assert [rows(stack, sent["id"]) for sent in (first, second)] == [1, 0]


# -- what refers to something that has not come ------------------------------------------------------------------------


def test_a_correction_and_a_void_before_their_record_wait_and_then_take_effect(stack: Stack, web: httpx.Client) -> None:
    record = assist()
    early = correction(record["subject"], "2023-03-09T10:00:00+07:00", service="vaccination_entry", quantity=7)
    final = void(record["subject"], "2023-03-09T11:00:00+07:00")

    waiting = [post(web, early), post(web, final)]
    again = post(web, early)
    assert [answer.status_code for answer in waiting] == [202, 202]
    assert waiting[0].json()["status"] == "pending_reference"
    assert (again.status_code, again.json()["status"]) == (200, "duplicate")
    assert web.get(f"/v1/events/{early['id']}").json()["status"] == "pending_reference"
    resolve(stack)
    assert web.get(f"/v1/events/{early['id']}").json()["status"] == "pending_reference"

    assert post(web, record).status_code == 201
    assert resolve(stack) >= 2

    assert stack.ask("sessions", "SELECT is_void FROM entity WHERE subject = %s", record["subject"]) == [(True,)]
    order = [str(logged.id) for batch in cut(stack).split(b"\n") if batch for logged in decode_batch(batch)]
    found = [event_id for event_id in order if event_id in (record["id"], early["id"], final["id"])]
    assert found == [record["id"], early["id"], final["id"]]
    assert [web.get(f"/v1/events/{sent['id']}").json()["status"] for sent in (early, final)] == ["accepted", "accepted"]
    assert [rows(stack, sent["id"]) for sent in (record, early, final)] == [1, 1, 1]
    assert (conflict := post(web, early | {"data": early["data"] | {"quantity": 8}})).status_code == 409, conflict.text


def test_in_one_batch_a_correction_finds_the_record_before_it_and_waits_for_the_one_after(
    stack: Stack, web: httpx.Client
) -> None:
    first, second = assist(), assist()

    answer = post(web, [first, correction(first["subject"]), correction(second["subject"]), second])

    assert [result["status"] for result in answer.json()["results"]] == [
        "accepted", "accepted", "pending_reference", "accepted",
    ]  # fmt: skip
    assert resolve(stack) >= 1


def test_an_event_of_a_service_that_is_not_declared_yet_waits(stack: Stack, web: httpx.Client) -> None:
    sent = assist(service="brand_new_service")

    answer = post(web, sent)

    assert (answer.status_code, answer.json()["status"]) == (202, "pending_reference")
    assert rows(stack, sent["id"]) == 1


def test_another_wards_assist_can_be_neither_voided_nor_corrected(stack: Stack, web: httpx.Client) -> None:
    theirs = assist(ANH_DUNG)
    assert ask(web, stack.token(ANH_DUNG), theirs).status_code == 201
    mine = [void(theirs["subject"]), correction(theirs["subject"])]

    for sent in mine:
        assert problem(post(web, sent), 403, "forbidden_area")["errors"][0]["field"] == "data.area"
    batch = post(web, [*mine, assist()])

    assert [result.get("code") for result in batch.json()["results"]] == ["forbidden_area", "forbidden_area", None]
    assert [rows(stack, sent["id"]) for sent in mine] == [0, 0]
    assert stack.ask("sessions", "SELECT is_void FROM entity WHERE subject = %s", theirs["subject"]) == [(False,)]


def test_a_waiting_void_of_another_wards_assist_is_refused_when_the_assist_comes(
    stack: Stack, web: httpx.Client
) -> None:
    theirs = assist(ANH_DUNG)
    sent = void(theirs["subject"])
    assert post(web, sent).status_code == 202
    assert ask(web, stack.token(ANH_DUNG), theirs).status_code == 201

    assert resolve(stack) >= 1

    fate = web.get(f"/v1/events/{sent['id']}").json()
    assert fate["refused"] == "forbidden_area"
    assert stack.ask("sessions", "SELECT is_void FROM entity WHERE subject = %s", theirs["subject"]) == [(False,)]


# -- asking ------------------------------------------------------------------------------------------------------------


def test_the_fate_of_an_event_tells_its_segment_once_it_is_cut(stack: Stack, web: httpx.Client) -> None:
    sent = assist()
    recorded = post(web, sent).json()["recordedtime"]

    before = web.get(f"/v1/events/{sent['id']}").json()
    cut(stack)
    after = web.get(f"/v1/events/{sent['id']}").json()

    assert (before["id"], before["status"], before["segment"]) == (sent["id"], "accepted", None)
    assert after["segment"] >= 1
    assert after["shard"] == before["shard"]
    for fate in (before, after):
        assert dt.datetime.fromisoformat(fate["recordedtime"]) == dt.datetime.fromisoformat(recorded)


def test_the_fate_of_an_event_is_told_to_its_own_app_only(stack: Stack, web: httpx.Client) -> None:
    sent = assist()
    assert post(web, sent).status_code == 201
    path = f"/v1/events/{sent['id']}"

    problem(web.get(path, headers={"Authorization": f"Bearer {stack.token(ANH_DUNG)}"}), 404, "not_found")
    problem(web.get(path, headers={"Authorization": ""}), 401, "unauthenticated")
    problem(web.get(path, headers={"Authorization": f"Bearer {stack.token(VIEWER)}"}), 403, "forbidden")
    problem(web.get(f"/v1/events/{uuid.uuid4()}"), 404, "not_found")


def test_the_schemas_of_all_types_are_open_to_everyone(web: httpx.Client) -> None:
    listed = web.get("/v1/schemas", headers={"Authorization": ""}).json()["schemas"]

    assert len(listed) == 19
    for path in listed:
        answer = web.get(path, headers={"Authorization": ""})
        schema = answer.json()
        assert answer.status_code == 200
        assert schema["$id"].endswith(path)
        assert schema["title"] == path.rsplit("/", 1)[1]
    recorded = web.get("/v1/schemas/vn.congdongso.assist.recorded.v1").text
    assert '"writeOnly"' in recorded


def test_the_feed_is_for_our_own_services(stack: Stack, web: httpx.Client) -> None:
    path = "/internal/v1/streams/sessions/heads"

    problem(web.get(path), 401, "unauthenticated")
    problem(web.get(path, headers={b"Authorization": "Bearer é".encode()}), 401, "unauthenticated")
    answer = web.get(path, headers={"Authorization": f"Bearer {stack.settings.internal_secret}"})
    assert (answer.status_code, answer.json()["stream"]) == (200, "sessions")
    segments_of = f"/internal/v1/streams/sessions/epochs/{answer.json()['epoch']}/shards"
    secret = {"Authorization": f"Bearer {stack.settings.internal_secret}"}
    for query in ("after=-1", "after=abc", "limit=1000000", "after=" + "9" * 5000, "after=", "after=٣"):
        problem(web.get(f"{segments_of}/0/segments?{query}", headers=secret), 422, "invalid")
    ahead = problem(web.get(f"{segments_of}/0/segments?after=999999999", headers=secret), 409, "ahead_of_source")
    assert ahead["epoch"] == answer.json()["epoch"]
    problem(web.get(f"{segments_of}/99/segments", headers=secret), 404, "not_found")
    problem(web.get(f"{segments_of}/{'9' * 30}/segments", headers=secret), 404, "not_found")
    other = f"/internal/v1/streams/sessions/epochs/{uuid.uuid4()}/shards/0/segments"
    problem(web.get(other, headers=secret), 409, "epoch_mismatch")


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


def test_the_data_of_each_type_is_accepted_once(stack: Stack, web: httpx.Client) -> None:
    opened = session()
    closed = event("session.closed", {"area": "tdp-03", "attendees": 5}, subject=opened["subject"])
    recorded = assist()
    sent = [
        opened, closed, recorded, correction(recorded["subject"]), void(recorded["subject"]),
        tally(("digital_skills", "completed", 4), day=DAY), feedback(),
    ]  # fmt: skip

    answer = post(web, sent)

    assert [result["status"] for result in answer.json()["results"]] == ["accepted"] * 7, answer.text
    assert [rows(stack, one["id"]) for one in sent] == [1] * 7
