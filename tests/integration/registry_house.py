"""A registry for one test: its own database, migrated, and its web application."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import sqlalchemy as sa
from flask import Flask

from deploy.cds import registry_commands
from services.registry.app import create_app
from services.registry.store import open_engine
from shared.database import migrate
from shared.settings import Settings
from tests.support.postgres import TestPostgres

IT_SCOPES = ("registry:write",)


def settings_of(url: str) -> Settings:
    return Settings(home=Path("/nowhere"), database_urls={"registry": url}, internal_secret="s3cret")


def migrate_registry(url: str) -> None:
    """An empty registry, made once and copied."""
    migrate("registry", url)


def with_hai_thanh(url: str) -> None:
    """A registry with ward 11692 on both sides of the reform, made once and copied."""
    migrate("registry", url)
    registry_commands.import_areas(settings_of(url), wards=["11692"])


class House:
    """The parts of one registry, and short ways to use them."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.settings = settings_of(url)
        self.app: Flask = create_app(self.settings)
        self.web: Any = self.app.test_client()
        self.engine: sa.Engine = open_engine(url, pool_size=4)

    def token(self, credentials: registry_commands.Credentials, **form: str) -> str:
        answer = self.ask_token(credentials.client_id, credentials.client_secret or "", **form)
        assert answer.status_code == 200, answer.text
        return str(answer.json["access_token"])

    def ask_token(self, client_id: str, secret: str, **form: str) -> Any:
        given = base64.b64encode(f"{client_id}:{secret}".encode()).decode()
        wanted = {"grant_type": "client_credentials"} | form
        return self.web.post("/oauth/token", data=wanted, headers={"Authorization": f"Basic {given}"})

    def as_it(self) -> dict[str, str]:
        """The headers of an IT client that may change everything."""
        return self.bearer(registry_commands.add_client(self.settings, "IT", scopes=IT_SCOPES))

    def as_app(self, *areas: str, **how: Any) -> dict[str, str]:
        """The headers of a ward app for these area codes."""
        return self.bearer(registry_commands.add_client(self.settings, "Ứng dụng", areas=areas, **how))

    def bearer(self, credentials: registry_commands.Credentials) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token(credentials)}"}

    def events(self) -> list[dict[str, Any]]:
        """The events in the log, in their order."""
        with psycopg.connect(self.url) as connection:
            rows = connection.execute("SELECT body FROM event_log ORDER BY log_id").fetchall()
        return [json.loads(row[0]) for row in rows]

    def told(self, name: str) -> list[dict[str, Any]]:
        """The data of the events of one type."""
        return [event["data"] for event in self.events() if event["type"] == f"vn.congdongso.{name}.v1"]

    def ask(self, sql: str, *values: Any) -> list[Any]:
        with psycopg.connect(self.url) as connection:
            return connection.execute(sql, values).fetchall()

    def area_id(self, code: str, on: str) -> str:
        (row,) = self.ask(
            "SELECT area_id FROM area WHERE code = %s AND valid_from <= %s AND coalesce(valid_to, 'infinity') >= %s",
            code,
            on,
            on,
        )
        return str(row[0])

    def close(self) -> None:
        self.engine.dispose()
        self.app.extensions["cds_registry_engine"].dispose()


@contextmanager
def open_house(postgres: TestPostgres, filled: Callable[[str], None] = migrate_registry) -> Iterator[House]:
    url = postgres.fresh_database(filled)
    house = House(url)
    try:
        yield house
    finally:
        house.close()
        postgres.drop(url)
