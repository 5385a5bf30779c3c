"""Where a simulation goes: the addresses of the services, and the ward apps with their secrets.

Read from the clients file (`cds client add`, or the sample, writes one). A venue there is an identifier, or
an object {id, kind, group, stalls, stall_prefix}; a client may say from and to which day its ward exists. A
problem with the file is a `ValueError` whose message names the field and the remedy.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from deploy.cds.simulate.world import Site, Venue

DEFAULTS = {
    "registry": "http://127.0.0.1:8001",
    "sessions": "http://127.0.0.1:8002",
    "reporting": "http://127.0.0.1:8003",
}


@dataclass(frozen=True, slots=True)
class Viewer:
    client_id: str
    client_secret: str


@dataclass(frozen=True, slots=True)
class Targets:
    """`secrets` by client_id; `viewer` reads the figures (without one, the first ward app does)."""

    registry: str
    sessions: str
    reporting: str
    secrets: Mapping[str, str]
    viewer: Viewer | None = None

    def reader(self) -> Viewer:
        return self.viewer or Viewer(*next(iter(self.secrets.items())))


def read_clients_file(path: Path) -> tuple[Targets, tuple[Site, ...]]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        raise ValueError(f"The clients file {path} cannot be read: {problem}") from problem
    return read_clients(content)


def read_clients(content: dict[str, Any]) -> tuple[Targets, tuple[Site, ...]]:
    clients = content.get("clients") or []
    if not clients:
        raise ValueError('The clients file names no client: "clients" needs at least one (see `cds client add`).')
    for field in ("client_id", "client_secret", "ward"):
        for client in clients:
            if not client.get(field):
                raise ValueError(f'A client of the clients file has no "{field}".')
    urls = {name: str(content.get(name, default)).rstrip("/") for name, default in DEFAULTS.items()}
    viewer = content.get("viewer")
    secrets = {client["client_id"]: client["client_secret"] for client in clients}
    who = Viewer(viewer["client_id"], viewer["client_secret"]) if viewer else None
    return Targets(**urls, secrets=secrets, viewer=who), tuple(site(client) for client in clients)


def site(client: dict[str, Any]) -> Site:
    span = {name: date.fromisoformat(client[name]) for name in ("valid_from", "valid_to") if client.get(name)}
    return Site(
        client["client_id"], client["ward"], client.get("name", client["ward"]),
        tuple(client.get("groups", ())), tuple(venue(one) for one in client.get("venues", ())),
        tuple(client.get("volunteers", ())), **span, heirs=tuple(client.get("heirs", {}).items()),
    )  # fmt: skip


def venue(one: str | dict[str, Any]) -> Venue:
    return Venue(one) if isinstance(one, str) else Venue(**one)


def client_entry(site: Site, secret: str) -> dict[str, Any]:
    """The entry of a site in the clients file; `site` reads it back."""
    venues = [{name: getattr(one, name) for name in Venue.__dataclass_fields__} for one in site.venues]
    return {
        "client_id": site.client_id, "client_secret": secret, "ward": site.ward, "name": site.name,
        "groups": list(site.groups), "venues": venues, "volunteers": list(site.volunteers),
        "valid_from": site.valid_from.isoformat(), "valid_to": site.valid_to.isoformat(),
        "heirs": dict(site.heirs),
    }  # fmt: skip
