"""Reading what was reported over HTTP, as ward apps, a district and its IT do.

Ward apps of the sample as of 2023: Hải Thành (11692) and Anh Dũng (11689), both of the district Dương Kinh (309).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import httpx

from deploy.cds.registry_commands import add_client
from tests.support.by_hand import resolve_all
from tests.support.postgres import TestPostgres
from tests.support.stack import ANH_DUNG, HAI_THANH, Stack

Event = dict[str, Any]
IT = "it-district"
DISTRICT = "reader-309"
NOBODY = "0190f5c2-7b1c-7d3e-9a4b-1c2d3e4f5a6b"


@contextmanager
def served(postgres: TestPostgres) -> Iterator[Stack]:
    """A registry and a sessions service with the two readers above the wards."""
    with Stack(postgres, "memory://") as made:
        enable(made, IT, scopes=("registry:write",))
        enable(made, DISTRICT, areas=("309",), on=dt.date(2023, 3, 8), scopes=("events:read",))
        made.serve("registry", "sessions")
        yield made


def enable(stack: Stack, client_id: str, **how: Any) -> None:
    stack.secrets[client_id] = add_client(stack.settings, client_id, client_id=client_id, **how).client_secret or ""


def get(stack: Stack, path: str, client: str | None = HAI_THANH, headers: Any = None, **query: Any) -> httpx.Response:
    token = {"Authorization": f"Bearer {stack.token(client)}"} if client else {}
    address = f"{stack.url('sessions')}/v1/{path}"
    return httpx.get(address, params=query or None, headers=token | (headers or {}), timeout=20, trust_env=False)


def read(stack: Stack, path: str, client: str = HAI_THANH, **query: Any) -> dict[str, Any]:
    answer = get(stack, path, client, **query)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def arrive(stack: Stack, *events: Event, client: str = HAI_THANH) -> None:
    for one in events:
        answer = stack.post(one, client)
        assert answer.status_code in (201, 202), answer.text
    resolve_all(stack)


def pages(stack: Stack, path: str, client: str = HAI_THANH, **query: Any) -> Iterator[dict[str, Any]]:
    """Every item, page by page to the end."""
    after: dict[str, str] = {}
    while True:
        page = read(stack, path, client, **query, **after)
        yield from page["items"]
        if page["next"] is None:
            return
        after = {"after": page["next"]}


def subjects(items: Sequence[dict[str, Any]] | Iterator[dict[str, Any]]) -> list[str]:
    return [item["subject"] for item in items]


def foreign(sent: Event) -> Event:
    """The same as sent by the app of Anh Dũng for its group 1."""
    return sent | {"source": f"/apps/{ANH_DUNG}", "data": sent["data"] | {"area": "tdp-01"}}


def changed(stack: Stack, client: str = HAI_THANH, since: str = "", **query: Any) -> tuple[list[dict[str, Any]], str]:
    """Everything that changed since a cursor, and the cursor to go on with."""
    items: list[dict[str, Any]] = []
    while True:
        page = read(stack, "changes", client, **({"since": since} if since else {}), **query)
        items += page["items"]
        since = page["next"]
        if not page["has_more"]:
            return items, since


def age(stack: Stack, sent: Event, by: str) -> None:
    moved = "UPDATE pending SET accepted_at = now() - %s::interval WHERE event_id = %s"
    assert stack.do("sessions", moved, by, sent["id"]) == 1
