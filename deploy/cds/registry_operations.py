"""What the operator does to the registry: load the catalogue, declare areas, enable and revoke clients.

It opens the registry's database directly, as the operator on the machine may.
Guarantee: each can be run again and changes only what is missing; a secret is shown once, when it is made; at
most a thousand rows are written in one transaction. It starts nothing: a relay carries the events on.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import sqlalchemy as sa
import sqlalchemy.exc
from sqlalchemy.orm import Session

from services.registry.commands import catalogue, clients, offices, official
from services.registry.model import Area, Client
from services.registry.queries import areas as area_queries
from services.registry.queries import clients as client_queries
from services.registry.reference import Selection, UnknownCode
from services.registry.store import open_engine, reading, writing
from shared import clock
from shared.database import JOB_OPTIONS
from shared.problems import Problem
from shared.settings import Settings

ROWS = 1000  # of one transaction
Item = TypeVar("Item")


class CommandError(Exception):
    """One line for the operator: what is wrong and what to do."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """A client; the secret is there only when it was made just now, not when somebody typed it."""

    client_id: str
    client_secret: str | None
    name: str


@contextmanager
def registry(settings: Settings) -> Iterator[sa.Engine]:
    """The registry's database for a command; refusals come out as one line for the operator."""
    opened = open_engine(settings.database_url("registry"), pool_size=2, options=JOB_OPTIONS)
    try:
        yield opened
    except Problem as problem:
        lines = [problem.detail, *(f"{error.field}: {error.message}" for error in problem.errors)]
        raise CommandError(" ".join(line for line in lines if line)) from problem
    except sqlalchemy.exc.OperationalError as error:
        remedy = "Vui lòng chạy cds up, hoặc kiểm tra CDS_REGISTRY_DATABASE_URL."
        raise CommandError(f"Cơ sở dữ liệu của registry không trả lời. {remedy}") from error
    except UnknownCode as error:
        raise CommandError(str(error)) from error
    finally:
        opened.dispose()


def load_catalogue(settings: Settings) -> int:
    """Declare the shipped services and offices; how many were new or changed."""
    with registry(settings) as opened, writing(opened) as session:
        return catalogue.declare_services(session) + offices.declare_offices(session)


def declare_areas(opened: sa.Engine, selection: Selection) -> int:
    """Declare the areas of a selection, parents first; how many were new."""
    new = 0
    for part in in_parts(selection.areas):
        with writing(opened) as session:
            new += official.declare_areas(session, part)
    return new


def in_parts(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    return (items[start : start + ROWS] for start in range(0, len(items), ROWS))


def add_client(
    settings: Settings,
    name: str,
    *,
    client_id: str | None = None,
    areas: Sequence[str] = (),
    on: dt.date | None = None,
    scopes: Sequence[str] = clients.WARD_APP_SCOPES,
    is_person: bool = False,
    password: str | None = None,
) -> Credentials:
    """Enable a client for areas given by code (`11692`, `11692/tdp-03`), as they are on a day (or today).

    A person signs in with a password: the one given, or a generated one.

    Raises:
        CommandError: when a code means nothing on that day, or the client id is used.
    """
    with registry(settings) as opened, writing(opened) as session:
        found = [area_or_error(session, code, on or clock.today()).area_id for code in areas]
        new = clients.NewClient(
            name=name, client_id=client_id, areas=found, scopes=scopes, is_person=is_person, password=password
        )
        client, secret = clients.enable_client(session, new)
        return Credentials(client.client_id, None if password else secret, client.name)


def area_or_error(session: Session, code: str, on: dt.date) -> Area:
    """What a code means on a day."""
    area = area_queries.area_by_code(session, code, on)
    if area is None:
        raise CommandError(f"Ngày {on} không có đơn vị nào mang mã {code}. Vui lòng nhập đơn vị bằng cds import areas.")
    return area


def renew_client(settings: Settings, client_id: str, password: str | None = None) -> Credentials:
    """A new secret for a client, or a new password for a person; a revoked one is enabled again."""
    with registry(settings) as opened, writing(opened) as session:
        client = session.get(Client, client_id)
        if client is None:
            raise CommandError(f"Không có ứng dụng {client_id}.")
        secret = clients.renew_secret(session, client, password)
        return Credentials(client_id, None if password else secret, client.name)


def revoke_client(settings: Settings, client_id: str) -> None:
    with registry(settings) as opened, writing(opened) as session:
        clients.revoke_client(session, client_id)


def list_clients(settings: Settings) -> list[dict[str, Any]]:
    """The clients as a program would read them, without secrets."""
    with registry(settings) as opened, reading(opened) as session:
        return [
            {
                "client_id": client.client_id,
                "name": client.name,
                "areas": [str(area) for area in client.areas],
                "scopes": client.scopes,
                "is_person": client.is_person,
                "enabled_at": client.enabled_at.isoformat(),
                "revoked_at": client.revoked_at.isoformat() if client.revoked_at else None,
            }
            for client in client_queries.clients(session)
        ]
