"""The official Python `cloudevents` package is a client: what it sends in either mode is accepted and counted."""

import datetime as dt
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

import httpx
import pytest
from cloudevents.core.bindings.http import to_binary_event, to_structured_event
from cloudevents.core.v1.event import CloudEvent
from cloudevents.v1.conversion import to_binary, to_structured
from cloudevents.v1.http import CloudEvent as OlderEvent

from tests.support.embedded import Ward, embedded
from tests.support.postgres import TestPostgres

APP = "app-11692-2025"
DATA = {"area": "tdp-03", "service": "online_safety", "outcome": "completed"}


@pytest.fixture(scope="module")
def ward(postgres: TestPostgres) -> Iterator[Ward]:
    with embedded(postgres) as running:
        yield running


def attributes(**more: Any) -> dict[str, Any]:
    made = {"id": str(uuid.uuid4()), "source": f"/apps/{APP}", "type": "vn.congdongso.assist.recorded.v1"}
    return made | {"subject": str(uuid.uuid4())} | more


def post(ward: Ward, headers: Mapping[str, str], body: Any) -> httpx.Response:
    given = {**headers, "Authorization": f"Bearer {ward.token(APP)}"}
    return httpx.post(f"{ward.url('sessions')}/v1/events", headers=given, content=body, trust_env=False)


def count(ward: Ward) -> int:
    return ward.figures("service").get(("online_safety",), 0)


@pytest.mark.parametrize("write", [to_binary_event, to_structured_event], ids=["binary", "structured"])
@pytest.mark.parametrize("more", [{}, {"datacontenttype": "application/json"}], ids=["plain", "with content type"])
def test_an_event_of_the_official_package_is_counted(ward: Ward, write: Any, more: dict[str, str]) -> None:
    before = count(ward)
    message = write(CloudEvent(attributes(time=dt.datetime.now(dt.UTC), **more), DATA))

    first, again = (post(ward, message.headers, message.body) for _ in range(2))

    assert (first.status_code, first.json()["status"]) == (201, "accepted"), first.text
    assert (again.status_code, again.json()["status"]) == (200, "duplicate")
    assert count(ward) == before + 1


@pytest.mark.parametrize("write", [to_binary, to_structured], ids=["binary", "structured"])
def test_an_event_of_its_first_version_is_counted(ward: Ward, write: Any) -> None:
    before = count(ward)
    headers, body = write(OlderEvent(attributes(datacontenttype="application/json"), DATA))

    answer = post(ward, headers, body)

    assert (answer.status_code, answer.json()["status"]) == (201, "accepted"), answer.text
    assert count(ward) == before + 1
