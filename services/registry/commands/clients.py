"""Clients: ward apps, viewers and IT, with secrets that are shown once and stored as a hash.

Guarantee: a client id is never given to another client, since `/apps/<client_id>` names the source of events
for ever.
"""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy.orm import Session

from services.registry.commands.refusals import areas_or_refuse, refuse
from services.registry.journal import Told, subject_of, tell
from services.registry.model import Client
from shared import clock
from shared.events.registry import ClientEnabled, ClientRevoked
from shared.problems import Problem

WARD_APP_SCOPES = ("events:write", "events:read", "reports:read")
SCOPES = (*WARD_APP_SCOPES, "events:sandbox", "registry:read", "registry:write")
CLIENT_ID = "[a-z0-9][a-z0-9-]{0,62}"
SECRET_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class NewClient:
    """A client to enable. `areas` are those that it may write for; a viewer has none."""

    name: str
    client_id: str | None = None
    areas: list[UUID] = field(default_factory=list)
    scopes: Sequence[str] = WARD_APP_SCOPES


def hash_secret(secret: str) -> bytes:
    """A plain hash is enough: a secret has 256 random bits."""
    return hashlib.sha256(secret.encode()).digest()


def enable_client(session: Session, new: NewClient) -> tuple[Client, str]:
    """The client and its secret, which is not kept."""
    if {"events:write", "events:sandbox"} & set(new.scopes) and not new.areas:
        raise refuse("areas", "required", "Ứng dụng gửi sự kiện cần ít nhất một đơn vị được ghi (required).")
    areas_or_refuse(session, new.areas, "areas")
    client_id = new.client_id or f"app-{secrets.token_hex(5)}"
    if session.get(Client, client_id):
        raise Problem("already_exists", f"Mã ứng dụng {client_id} đã dùng. Vui lòng chọn mã khác hoặc cấp lại khóa.")
    secret = secrets.token_urlsafe(SECRET_BYTES)
    client = Client(
        client_id=client_id,
        name=new.name,
        secret_sha256=hash_secret(secret),
        areas=new.areas,
        scopes=sorted(set(new.scopes)),
        enabled_at=clock.now(),
    )
    session.add(client)
    _tell_enabled(session, client)
    return client, secret


def renew_secret(session: Session, client: Client) -> str:
    """A new secret for the same client; the old one ends at once, and a revoked client is enabled again."""
    secret = secrets.token_urlsafe(SECRET_BYTES)
    client.secret_sha256 = hash_secret(secret)
    if client.revoked_at:
        client.revoked_at, client.enabled_at = None, clock.now()
        _tell_enabled(session, client)
    return secret


def revoke_client(session: Session, client_id: str) -> Client:
    """The client gets no more tokens, and those it has are refused; revoking twice changes nothing."""
    client = session.get(Client, client_id)
    if client is None:
        raise Problem("not_found", f"Không có ứng dụng {client_id}.")
    if not client.revoked_at:
        client.revoked_at = clock.now()
        event = ClientRevoked(client_id=client_id, areas=client.areas)
        tell(session, [Told(subject_of("client", client_id), event)])
    return client


def _tell_enabled(session: Session, client: Client) -> None:
    event = ClientEnabled(client_id=client.client_id, areas=client.areas)
    tell(session, [Told(subject_of("client", client.client_id), event)])
