"""Tokens: the signing keys, what a token says, and how the registry verifies its own.

Guarantee: tokens live for 15 minutes, those of persons for eight hours, and are signed with EdDSA (`Ed25519`) by the
newest key; the public keys of that one and of those before it are published. The private key never leaves the
registry's database.
Step 2 of the event path (docs/architecture.md).
"""

import secrets
import time
from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa
from joserfc import jwt
from joserfc.jwk import KeySet, OKPKey
from sqlalchemy.orm import Session

from services.registry.model import Client, SigningKey
from services.registry.store import reading, writing
from shared import clock
from shared.auth import ALGORITHMS, ISSUER, Keys

AUDIENCE = ["registry", "sessions", "reporting"]
LIFE_SECONDS = 900
PERSON_LIFE_SECONDS = 8 * 3600  # a working day: nobody signs in twice


def signing_key(session: Session) -> OKPKey | None:
    """The key that signs now; None before the first."""
    row = session.scalar(sa.select(SigningKey).where(SigningKey.retired_at.is_(None)))
    return OKPKey.import_key(row.private_jwk) if row else None


def new_signing_key(session: Session) -> OKPKey:
    """A fresh key that signs from now on; those before it only verify."""
    key = OKPKey.generate_key("Ed25519", auto_kid=True)
    session.execute(sa.update(SigningKey).where(SigningKey.retired_at.is_(None)).values(retired_at=clock.now()))
    session.add(SigningKey(kid=key.kid, private_jwk=key.as_dict(private=True), created_at=clock.now()))
    return key


def public_keys(session: Session) -> KeySet:
    """The key that signs now and those before it, newest first."""
    rows = session.scalars(sa.select(SigningKey).order_by(SigningKey.created_at.desc()))
    private = [OKPKey.import_key(row.private_jwk) for row in rows]
    return KeySet([OKPKey.import_key(key.as_dict(private=False)) for key in private])


def ensure_signing_key(engine: sa.Engine) -> OKPKey:
    """The key that signs now, made on first need."""
    with reading(engine) as session:
        key = signing_key(session)
    if key is None:
        with writing(engine) as session:
            key = signing_key(session) or new_signing_key(session)
    return key


def issue(
    key: OKPKey, client_id: str, scopes: Sequence[str], areas: Sequence[UUID], life_seconds: int = LIFE_SECONDS
) -> str:
    """A signed token for a client."""
    now = int(time.time())
    claims = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": client_id,
        "scope": " ".join(scopes),
        "areas": [str(area) for area in areas],
        "iat": now,
        "exp": now + life_seconds,
        "jti": secrets.token_urlsafe(16),
    }
    return jwt.encode({"alg": ALGORITHMS[0], "kid": key.kid}, claims, key, algorithms=ALGORITHMS)


class OwnKeys(Keys):
    """The registry's keys for its own verifier, read from its database when one is not known."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._known = KeySet([])

    def current(self, *, wanted: str | None) -> KeySet:
        if not any(key.kid == wanted for key in self._known.keys):
            with reading(self._engine) as session:
                self._known = public_keys(session)
        return self._known


def is_revoked(engine: sa.Engine, client_id: str) -> bool:
    """Whether a client may no longer use its tokens; read at each request, so it is felt at once."""
    with reading(engine) as session:
        client = session.get(Client, client_id)
        return client is None or client.revoked_at is not None
