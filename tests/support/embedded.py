"""The embedded default for a test: everything in this process on free ports, with the sample's registry and its
credentials in the home, as after `cds up`.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from deploy.cds import settle
from deploy.cds.embedded import Embedded
from deploy.cds.home import write_json
from deploy.sample import story
from shared.settings import SERVICES, Settings
from tests.support.ports import free_port
from tests.support.postgres import TestPostgres
from tests.support.stack import VIEWER, settings_for, templates_of


@dataclass
class Ward:
    """A running Congdongso as the people of the sample's wards meet it."""

    settings: Settings
    secrets: dict[str, str]
    folder: Path  # holds `.cds` with clients.json, as the project's folder does

    def url(self, service: str) -> str:
        return self.settings.url_of(service)

    def token(self, client_id: str) -> str:
        answer = httpx.post(
            f"{self.url('registry')}/oauth/token", data={"grant_type": "client_credentials"},
            auth=(client_id, self.secrets[client_id]), trust_env=False,
        ).raise_for_status()  # fmt: skip
        return str(answer.json()["access_token"])

    def figures(self, *groups: str, **query: str) -> dict[tuple[Any, ...], int]:
        """Today's assists by these groups, when everything accepted has its effect."""
        assert settle.wait(self.settings, 30), "not settled"
        answer = httpx.get(
            f"{self.url('reporting')}/v1/tallies", params={"group_by": ",".join(groups)} | query,
            headers={"Authorization": f"Bearer {self.token(VIEWER)}"}, trust_env=False,
        ).raise_for_status()  # fmt: skip
        return {tuple(row[group] for group in groups): row["assists"] for row in answer.json()["rows"]}


@contextmanager
def embedded(postgres: TestPostgres) -> Iterator[Ward]:
    """Start it, and stop it afterwards."""
    templates = templates_of(postgres)
    urls = templates.fresh()
    folder = Path(tempfile.mkdtemp(prefix="cds-ward-", dir="/tmp"))
    ports = {service: free_port() for service in SERVICES}
    settings = settings_for(urls, home=folder / ".cds", ports=ports, heads_interval_seconds=1.0)
    addresses = {service: settings.url_of(service) for service in SERVICES}
    clients = story.clients_file(templates.secrets, addresses, (VIEWER, templates.secrets[VIEWER]))
    write_json(settings.home / "clients.json", clients)
    try:
        with Embedded(settings) as running:
            yield Ward(running.settings, templates.secrets, folder)
    finally:
        for url in urls.values():
            postgres.drop(url)
        shutil.rmtree(folder, ignore_errors=True)
