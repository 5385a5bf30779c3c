"""Clients: ward apps, viewers, IT, and persons with a password; secrets are shown once and stored as a hash.

Guarantee: a client id is never given to another client, since `/apps/<client_id>` names the source of events
for ever. That of a person does not tell the name, since events do not.
"""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy.orm import Session

from services.registry import passwords
from services.registry.commands.refusals import areas_or_refuse, refuse
from services.registry.journal import Told, subject_of, tell
from services.registry.model import Area, Client
from shared import clock
from shared.events.registry import ClientEnabled, ClientRevoked
from shared.problems import Problem

WARD_APP_SCOPES = ("events:write", "events:read", "reports:read")
SCOPES = (*WARD_APP_SCOPES, "reports:volunteers", "events:sandbox", "registry:read", "registry:write")
CLIENT_ID = "[a-z0-9][a-z0-9-]{0,62}"
SECRET_BYTES = 32
PERSON_PREFIX = "cb"  # cán bộ


@dataclass(frozen=True, slots=True, kw_only=True)
class NewClient:
    """A client to enable. `areas` are those that it may write for; a viewer has none."""

    name: str
    client_id: str | None = None
    areas: list[UUID] = field(default_factory=list)
    scopes: Sequence[str] = WARD_APP_SCOPES
    is_person: bool = False
    password: str | None = None  # of a person, chosen; None: generated


def hash_secret(secret: str) -> bytes:
    """A plain hash is enough: a secret has 256 random bits."""
    return hashlib.sha256(secret.encode()).digest()


def enable_client(session: Session, new: NewClient) -> tuple[Client, str]:
    """The client and its secret, which is not kept."""
    if {"events:write", "events:sandbox"} & set(new.scopes) and not new.areas:
        raise refuse("areas", "required", "Ứng dụng gửi sự kiện cần ít nhất một đơn vị được ghi (required).")
    areas_or_refuse(session, new.areas, "areas")
    client_id = new.client_id or _new_id(session, new)
    if session.get(Client, client_id):
        raise Problem("already_exists", f"Mã ứng dụng {client_id} đã dùng. Vui lòng chọn mã khác hoặc cấp lại khóa.")
    client = Client(
        client_id=client_id,
        name=new.name,
        areas=new.areas,
        scopes=sorted(set(new.scopes)),
        enabled_at=clock.now(),
    )
    secret = _give_secret(client, is_person=new.is_person, chosen=new.password)
    session.add(client)
    _tell_enabled(session, client)
    return client, secret


def _new_id(session: Session, new: NewClient) -> str:
    """An id that nobody has; a person's is short enough to be typed, and tells the ward: `cb-11692-k7mf`."""
    if not new.is_person:
        return f"app-{secrets.token_hex(5)}"
    area = session.get(Area, new.areas[0]) if new.areas else None
    where = [area.code] if area else []
    return "-".join([PERSON_PREFIX, *where, passwords.generate()[: passwords.GROUP]])


def _give_secret(client: Client, *, is_person: bool, chosen: str | None = None) -> str:
    """A secret or a password for a client; only its hash is kept."""
    if not is_person:
        secret = secrets.token_urlsafe(SECRET_BYTES)
        client.secret_sha256 = hash_secret(secret)
        return secret
    if chosen is not None and not passwords.is_fit(chosen):
        raise refuse("password", "invalid", f"Mật khẩu cần ít nhất {passwords.SHORTEST} ký tự.")
    password = chosen or passwords.generate()
    client.password_hash = passwords.hash_password(password)
    return password


def renew_secret(session: Session, client: Client, password: str | None = None) -> str:
    """A new secret or password for the same client; the old one ends at once, a revoked client is enabled again."""
    secret = _give_secret(client, is_person=client.is_person, chosen=password)
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
