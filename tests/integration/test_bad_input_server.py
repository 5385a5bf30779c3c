"""Bad requests below HTTP's surface, over real sockets, on both servers that carry the intake: waitress (the embedded
default) and gunicorn (every other deployment). Nothing is stored, nobody else waits, and the next request is answered.
"""

from __future__ import annotations

import gzip
import json
import re
import socket
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.events import assist
from tests.support.intake import everything, rows
from tests.support.postgres import TestPostgres
from tests.support.stack import Stack, wait_for

STRUCTURED = "application/cloudevents+json"
LIMIT = 4 * 1024 * 1024
WITHIN = 60.0
Event = dict[str, Any]


@pytest.fixture(scope="module", params=["waitress", "gunicorn"])
def stack(request: pytest.FixtureRequest, postgres: TestPostgres) -> Iterator[Stack]:
    with Stack(postgres, "memory://") as made:
        made.serve("registry")
        if request.param == "waitress":
            made.serve("sessions")
        else:
            made.gunicorn("sessions", workers=2)
        yield made


@pytest.fixture
def is_gunicorn(stack: Stack) -> bool:
    return "serve sessions --workers 2" in stack.processes


def head(stack: Stack, *lines: str, path: str = "/v1/events", method: str = "POST", host: str = "localhost") -> bytes:
    """The head of a request, with the lines given and nothing that sets a length."""
    given = [f"{method} {path} HTTP/1.1", f"Host: {host}", f"Authorization: Bearer {stack.token()}",
             f"Content-Type: {STRUCTURED}", "Connection: close", *lines]  # fmt: skip
    return "\r\n".join(given).encode("latin-1") + b"\r\n\r\n"


def raw(stack: Stack, sent: bytes, seconds: float = WITHIN) -> tuple[int, str, bytes]:
    """What comes back for these bytes: the status (0: closed without an answer), the head, the body."""
    address = ("127.0.0.1", stack.settings.ports["sessions"])
    with socket.create_connection(address, timeout=seconds) as connection:
        with suppress(ConnectionError, BrokenPipeError):  # it may answer and close before it has read everything
            connection.sendall(sent)
        with suppress(OSError):
            connection.shutdown(socket.SHUT_WR)
        answer = b""
        with suppress(ConnectionError):
            while part := connection.recv(65_536):
                answer += part
    top, _, body = answer.partition(b"\r\n\r\n")
    found = re.match(rb"HTTP/1\.[01] (\d{3})", top)
    return int(found.group(1)) if found else 0, top.decode("latin-1"), body


def body_of(event: Event) -> bytes:
    return json.dumps(event).encode()


def chunk(body: bytes, size: str | None = None) -> bytes:
    return (size or f"{len(body):x}").encode() + b"\r\n" + body + b"\r\n"


def goes_on(stack: Stack) -> None:
    """The next request of another app is answered at once."""
    begun = time.monotonic()
    good = assist()

    assert stack.post(good).status_code == 201
    assert time.monotonic() - begun < WITHIN
    assert rows(stack, good["id"]) == 1


def refused(stack: Stack, sent: bytes, event: Event, *statuses: int) -> tuple[str, bytes]:
    """The request is refused with one of these, nothing of it is stored, and the server goes on."""
    before = everything(stack)

    status, top, body = raw(stack, sent)

    assert status in statuses, (status, top, body[:300])
    assert not re.search(rb"Traceback|psycopg|\.py\b", body)
    assert everything(stack) == before
    assert rows(stack, event["id"]) == 0
    goes_on(stack)
    return top, body


# -- how long a body is --------------------------------------------------------------------------------------------------


def test_a_length_and_chunks_at_once_are_never_two_requests(stack: Stack) -> None:
    one, hidden = assist(), assist()
    inner = head(stack, f"Content-Length: {len(body_of(hidden))}") + body_of(hidden)
    chunks = chunk(body_of(one)) + b"0\r\n\r\n"

    status, _, _ = raw(stack, head(stack, "Content-Length: 4", "Transfer-Encoding: chunked") + chunks + inner)

    assert status in (201, 400)  # read as chunks, as RFC 9112 allows, or refused; the connection ends with it
    assert rows(stack, hidden["id"]) == 0
    assert rows(stack, one["id"]) == (1 if status == 201 else 0)
    goes_on(stack)


WRONG_LENGTHS: dict[str, Callable[[bytes], tuple[list[str], bytes]]] = {
    "two lengths": lambda b: (["Content-Length: 5", f"Content-Length: {len(b)}"], b),
    "a negative length": lambda b: (["Content-Length: -1"], b),
    "a length with a sign": lambda b: ([f"Content-Length: +{len(b)}"], b),
    "a length in words": lambda b: (["Content-Length: many"], b),
    "a length with a line feed": lambda b: ([f"Content-Length: {len(b)}\nX: y"], b),
    "a list of lengths": lambda b: ([f"Content-Length: {len(b)}, {len(b)}"], b),
    "an unknown coding": lambda b: (["Transfer-Encoding: gzip"], b),
    "chunked that is not last": lambda b: (["Transfer-Encoding: chunked, gzip"], chunk(b) + b"0\r\n\r\n"),
    "a coding that ends like chunked": lambda b: (["Transfer-Encoding: xchunked"], chunk(b) + b"0\r\n\r\n"),
    "a chunk's size that is none": lambda b: (["Transfer-Encoding: chunked"], chunk(b, "zz") + b"0\r\n\r\n"),
    "a negative chunk": lambda b: (["Transfer-Encoding: chunked"], chunk(b, "-1") + b"0\r\n\r\n"),
    "a chunk that is too short": lambda b: (["Transfer-Encoding: chunked"], chunk(b, "5") + b"0\r\n\r\n"),
    "a header name with a blank": lambda b: ([f"Content-Length : {len(b)}"], b),
    "a carriage return in a header": lambda b: ([f"Content-Length: {len(b)}", "X-Note: a\rContent-Length: 1"], b),
    "a NUL in a header": lambda b: ([f"Content-Length: {len(b)}", "X-Note: a\0b"], b),
}


@pytest.mark.parametrize("name", WRONG_LENGTHS)
def test_a_length_or_a_header_that_two_servers_could_read_differently_is_refused(stack: Stack, name: str) -> None:
    sent = assist()
    lines, body = WRONG_LENGTHS[name](body_of(sent))

    refused(stack, head(stack, *lines) + body, sent, 400, 411, 501, 0)


@pytest.mark.parametrize("said", [10, 100_000])
def test_a_length_that_lies_stores_nothing(stack: Stack, said: int) -> None:
    sent = assist()

    refused(stack, head(stack, f"Content-Length: {said}") + body_of(sent), sent, 400, 0)


def test_a_chunked_body_that_breaks_off_stores_nothing(stack: Stack) -> None:
    sent = assist()

    refused(stack, head(stack, "Transfer-Encoding: chunked") + chunk(body_of(sent))[:-20], sent, 400, 0)


def test_a_body_without_a_length_is_no_body(stack: Stack) -> None:
    sent = assist()

    refused(stack, head(stack) + body_of(sent), sent, 400, 411)


@pytest.mark.parametrize("kind", ["by its length", "in chunks", "said to be larger than it is"])
def test_a_body_over_the_limit_is_a_413(stack: Stack, kind: str) -> None:
    sent = assist()
    body = body_of(sent) + b" " * LIMIT
    if kind == "in chunks":
        whole = head(stack, "Transfer-Encoding: chunked") + chunk(body) + b"0\r\n\r\n"
    elif kind == "by its length":
        whole = head(stack, f"Content-Length: {len(body)}") + body
    else:
        whole = head(stack, f"Content-Length: {len(body)}") + body_of(sent)

    _, answer = refused(stack, whole, sent, 413, *([400, 0] if kind.startswith("said") else []))

    if answer.startswith(b"{"):
        assert json.loads(answer)["code"] == "body_too_large"


def test_chunks_of_just_the_limit_are_taken_and_one_byte_more_is_not(stack: Stack) -> None:
    for more, status in ((0, 201), (1, 413)):
        sent = assist()
        body = body_of(sent).ljust(LIMIT + more)

        found, _, answer = raw(stack, head(stack, "Transfer-Encoding: chunked") + chunk(body) + b"0\r\n\r\n")

        assert found == status, answer[:300]
        assert rows(stack, sent["id"]) == (1 if status == 201 else 0)


def test_chunks_of_one_byte_are_put_together(stack: Stack) -> None:
    sent = assist()
    chunks = b"".join(chunk(bytes([byte])) for byte in body_of(sent))

    status, _, _ = raw(stack, head(stack, "Transfer-Encoding: chunked") + chunks + b"0\r\n\r\n")

    assert status == 201
    assert rows(stack, sent["id"]) == 1


# -- how much of a head --------------------------------------------------------------------------------------------------


HEADS: dict[str, tuple[list[str], str, tuple[int, ...]]] = {
    "101 headers": ([f"X-{number}: 1" for number in range(101)], "/v1/events", (400, 431)),
    "a header of 9 kB": ([f"X-Note: {'x' * 9000}"], "/v1/events", (400, 431)),
    "an address of 5 kB": ([], "/v1/events?" + "x" * 5000, (400, 414)),
    "a head of 300 kB": ([f"X-{number}: {'x' * 8000}" for number in range(60)], "/v1/events", (400, 431)),
}


@pytest.mark.parametrize("name", HEADS)
def test_a_head_that_is_too_large_is_refused_by_gunicorn_and_bounded_by_waitress(
    stack: Stack, is_gunicorn: bool, name: str
) -> None:
    lines, path, statuses = HEADS[name]
    sent = assist()
    body = body_of(sent)
    whole = head(stack, f"Content-Length: {len(body)}", *lines, path=path) + body
    if is_gunicorn or name == "a head of 300 kB":
        refused(stack, whole, sent, *statuses, 0)
        return

    status, _, _ = raw(stack, whole)  # waitress bounds the whole head, at 256 KiB

    assert status == (422 if "?" in path else 201)
    goes_on(stack)


@pytest.mark.parametrize(
    ("line", "statuses"),
    [
        ("POST", (400, 0)),
        ("POST /v1/events", (400, 401, 0)),
        ("POST /v1/events HTTP/9.9", (400, 401, 505, 0)),
        ("GET  /v1/events HTTP/1.1", (400, 404, 405, 0)),
        ("POST /v1/ev ents HTTP/1.1", (400, 404, 0)),
        ("POST http://evil.example/v1/nothing HTTP/1.1", (400, 404)),
        ("POST /v1/events#x HTTP/1.1", (400, 401, 404)),
        ("post /v1/events HTTP/1.1", (400, 405)),
        ("POST\t/v1/events\tHTTP/1.1", (400, 0)),
        ("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", (400, 0)),
    ],
)
def test_a_request_line_that_is_none_is_no_server_error(stack: Stack, line: str, statuses: tuple[int, ...]) -> None:
    before = everything(stack)
    whole = f"{line}\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode("latin-1")

    status, top, body = raw(stack, whole)

    assert status in statuses, (status, top, body[:300])
    assert everything(stack) == before
    goes_on(stack)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("HEAD", "/v1/events", 405),
        ("HEAD", "/v1/schemas", 200),
        ("HEAD", "/healthz", 200),
        ("OPTIONS", "/v1/events", 200),
        ("TRACE", "/v1/events", 405),
        ("CONNECT", "/v1/events", 405),
        ("PROPFIND", "/v1/events", 405),
    ],
)
def test_other_methods_have_an_answer_that_names_those_that_are_taken(
    stack: Stack, method: str, path: str, status: int
) -> None:
    found, top, body = raw(stack, head(stack, method=method, path=path))

    assert found == status, top
    if method in ("HEAD", "OPTIONS"):
        assert body == b""
    if path == "/v1/events":
        assert re.search(r"^Allow: .*POST", top, re.MULTILINE | re.IGNORECASE), top
    assert "Bearer" not in body.decode()  # TRACE gives nothing back


@pytest.mark.parametrize(
    "path",
    ["/v1/../../etc/passwd", "/v1/%2e%2e/%2e%2e/etc/passwd", "/v1/events;x", "/v1/events%00", "/v1/events%0d%0aX:y",
     "/v1//events", "/V1/EVENTS", "/v1/events/"],
)  # fmt: skip
def test_an_address_in_disguise_is_not_found(stack: Stack, path: str) -> None:
    sent = assist()
    body = body_of(sent)

    refused(stack, head(stack, f"Content-Length: {len(body)}", path=path) + body, sent, 400, 404, 308)


@pytest.mark.parametrize("host", ["evil.example", "evil.example:99999", "", "a b", "x" * 3000, "[::1", "ví.dụ"])
def test_a_host_of_nobody_changes_nothing(stack: Stack, host: str) -> None:
    sent = assist()
    body = body_of(sent)
    lines = (f"Content-Length: {len(body)}", "X-Forwarded-Host: evil.example", "X-Forwarded-For: 1.2.3.4, ' OR 1=1",
             "X-Forwarded-Proto: gopher")  # fmt: skip

    status, top, answer = raw(stack, head(stack, *lines, host=host.encode().decode("latin-1")) + body)

    assert status in (201, 400), (status, top)
    assert "evil.example" not in top + answer.decode()
    assert rows(stack, sent["id"]) == (1 if status == 201 else 0)
    goes_on(stack)


# -- time and space ------------------------------------------------------------------------------------------------------


def test_slow_bodies_and_heads_do_not_keep_others_waiting(stack: Stack, is_gunicorn: bool) -> None:
    """waitress reads without a thread for each; gunicorn has 16 threads here, and a proxy that buffers before it."""
    many = 8 if is_gunicorn else 60
    body = body_of(assist())
    whole = head(stack, f"Content-Length: {len(body)}") + body
    with ExitStack() as open_:
        slow = [open_.enter_context(connect(stack)) for _ in range(many)]
        for place, connection in enumerate(slow):
            connection.sendall(whole[: 20 if place % 2 else -10])
        times = []
        for turn in range(10):
            for connection in slow:
                connection.sendall(b"x" if turn == 0 else b"")
            begun = time.monotonic()
            assert stack.post(assist()).status_code == 201
            times.append(time.monotonic() - begun)
    goes_on(stack)
    assert sorted(times)[5] < 5.0, times


def connect(stack: Stack) -> socket.socket:
    return socket.create_connection(("127.0.0.1", stack.settings.ports["sessions"]), timeout=WITHIN)


def test_a_body_that_comes_byte_by_byte_is_taken(stack: Stack) -> None:
    sent = assist()
    body = body_of(sent)
    with connect(stack) as connection:
        connection.sendall(head(stack, f"Content-Length: {len(body)}"))
        for byte in body:
            connection.sendall(bytes([byte]))
            time.sleep(0.002)
        answer = connection.recv(65_536)

    assert answer.startswith(b"HTTP/1.1 201"), answer[:200]
    assert rows(stack, sent["id"]) == 1


def test_a_caller_who_hangs_up_stores_a_whole_event_or_none(stack: Stack) -> None:
    sent = [assist() for _ in range(20)]
    for place, one in enumerate(sent):
        whole = head(stack, f"Content-Length: {len(body_of(one))}") + body_of(one)
        with connect(stack) as connection:
            connection.sendall(whole if place % 2 else whole[:-5])

    goes_on(stack)
    wait_for(lambda: all(rows(stack, one["id"]) == 1 for one in sent[1::2]), WITHIN, "what was sent whole is kept")
    assert [rows(stack, one["id"]) for one in sent[::2]] == [0] * 10


@cache
def bomb(size: int) -> bytes:
    """gzip of an event and blanks, made piece by piece."""
    packer = zlib.compressobj(9, wbits=31)
    piece = b" " * (1024 * 1024)
    parts = [packer.compress(body_of(assist()))]
    parts += [packer.compress(piece) for _ in range(size // len(piece))]
    return b"".join([*parts, packer.flush()])


def peak_kilobytes(pids: list[int]) -> int:
    """The highest resident memory that any of these processes ever had."""
    texts = [Path(f"/proc/{pid}/status").read_text() for pid in pids]
    return max(int(re.search(r"VmHWM:\s+(\d+)", text).group(1)) for text in texts)  # type: ignore[union-attr]


def test_a_megabyte_that_expands_to_a_gigabyte_is_refused_without_being_made(stack: Stack, is_gunicorn: bool) -> None:
    packed = bomb(1024 * 1024 * 1024)
    assert len(packed) < 1_200_000
    goes_on(stack)
    pids = workers(stack) if is_gunicorn else []
    before = peak_kilobytes(pids) if pids else 0

    for _ in range(3):
        answer = httpx.post(
            f"{stack.url('sessions')}/v1/events", content=packed, timeout=WITHIN, trust_env=False,
            headers={"Content-Type": STRUCTURED, "Content-Encoding": "gzip", "Authorization": f"Bearer {stack.token()}"},
        )  # fmt: skip
        assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")

    if pids:
        assert peak_kilobytes(pids) - before < 50_000
    goes_on(stack)


def workers(stack: Stack) -> list[int]:
    pid = stack.processes["serve sessions --workers 2"].pid
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_a_storm_of_bad_requests_is_answered_and_good_ones_between_are_kept(stack: Stack) -> None:
    good: list[Event] = []
    answers: list[int] = []

    def one_phone() -> None:
        for turn in range(15):
            sent = assist()
            answers.append(raw(stack, head(stack, "Content-Length: 7") + b"{\xff}}}}}")[0])
            answers.append(raw(stack, head(stack, "Content-Encoding: gzip", "Content-Length: 3") + b"abc")[0])
            if stack.post(sent).status_code == 201:
                good.append(sent)
            assert turn < 15

    phones = [threading.Thread(target=one_phone) for _ in range(6)]
    for phone in phones:
        phone.start()
    for phone in phones:
        phone.join(timeout=120)

    assert set(answers) == {400}
    assert len(answers) == 180
    assert len(good) == 90
    ids = [one["id"] for one in good]
    found = "SELECT count(*) FROM event_log WHERE event_id = ANY(%s::uuid[])"
    assert stack.ask("sessions", found, ids) == [(90,)]


# -- what is written down ------------------------------------------------------------------------------------------------


def test_text_that_breaks_a_log_is_escaped_in_it(
    stack: Stack, is_gunicorn: bool, capfd: pytest.CaptureFixture[str]
) -> None:
    nasty = '\x1b[31mđỏ\r\n{"level": "forged"}\u2028' + "x" * 10_000
    sent = [
        assist() | {"type": nasty},
        assist(service=nasty),
        assist() | {"data": {nasty: 1}},
        {nasty: nasty},
        assist() | {"id": nasty},
    ]
    mine = {"Content-Type": "application/cloudevents-batch+json", "Authorization": f"Bearer {stack.token()}"}
    headers = {"User-Agent": "x\x1b[31m" + "y" * 7000, "X-Request-Id": "\x1b[2J", "Referer": "\u00ff\u00fe"}

    answer = httpx.post(
        f"{stack.url('sessions')}/v1/events", json=sent, timeout=WITHIN, trust_env=False,
        headers={name.encode(): value.encode("latin-1") for name, value in (headers | mine).items()},
    )  # fmt: skip

    assert answer.status_code in (200, 400), answer.text
    if answer.status_code == 200:
        assert {result["status"] for result in answer.json()["results"]} == {"rejected"}
    if is_gunicorn:
        written = stack.processes["serve sessions --workers 2"].output()
    else:
        captured = capfd.readouterr()
        written = captured.out + captured.err
    assert "\x1b" not in written
    assert "\u2028" not in written
    assert "forged" not in written
    assert all(len(line) < 5000 for line in written.splitlines())
    goes_on(stack)


def test_a_gzip_body_in_chunks_is_taken(stack: Stack) -> None:
    sent = assist()
    packed = gzip.compress(body_of(sent))

    whole = head(stack, "Transfer-Encoding: chunked", "Content-Encoding: gzip") + chunk(packed) + b"0\r\n\r\n"

    assert raw(stack, whole)[0] == 201
    assert rows(stack, sent["id"]) == 1
