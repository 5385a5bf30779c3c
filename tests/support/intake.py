"""The intake over HTTP as an app meets it: what is sent, what comes back, and what is kept of it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from tests.support.events import assist
from tests.support.postgres import TestPostgres
from tests.support.stack import Stack

STRUCTURED = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
LIMIT = 1024 * 1024
Event = dict[str, Any]


@contextmanager
def served(postgres: TestPostgres) -> Iterator[Stack]:
    """A registry and an intake that takes bodies up to `LIMIT`."""
    with Stack(postgres, "memory://", max_body_bytes=LIMIT) as made:
        made.serve("registry", "sessions")
        yield made


@contextmanager
def app_of(stack: Stack) -> Iterator[httpx.Client]:
    """The ward app of Hải Thành."""
    headers = {"Authorization": f"Bearer {stack.token()}"}
    with httpx.Client(base_url=stack.url("sessions"), headers=headers, timeout=20, trust_env=False) as client:
        yield client


def send(web: httpx.Client, body: bytes | str | Iterator[bytes], kind: str | None = STRUCTURED, **headers: str) -> Any:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    content = body.encode() if isinstance(body, str) else body
    return web.post("/v1/events", content=content, headers=({"Content-Type": kind} if kind else {}) | given)


def post(web: httpx.Client, events: Any) -> httpx.Response:
    return send(web, json.dumps(events), BATCH if isinstance(events, list) else STRUCTURED)


def ask(web: httpx.Client, token: str, sent: Event | None = None) -> httpx.Response:
    return send(web, json.dumps(sent or assist()), Authorization=f"Bearer {token}")


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
