"""Who calls: bearer tokens verified offline, and the authorisation decision that every route must declare.

Guarantee: only EdDSA tokens of our issuer for our audience pass, whatever the token's header asks for; a route without
a decision is found by a test and refused at start. Revocation is the caller's to check (`Verifier.is_revoked`).
It does not issue tokens: the registry does.
Step 2 of the event path (docs/architecture.md).
"""

import hmac
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from threading import Lock
from typing import Any, TypeVar
from uuid import UUID

import httpx
from flask import current_app, g, request
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jwt import JWTClaimsRegistry

from shared import logs
from shared.problems import Problem, unavailable

ISSUER = "congdongso"
LEEWAY_SECONDS = 60
ALGORITHMS = ["Ed25519"]  # the fully specified name of EdDSA over Curve25519 (RFC 9864)
REFETCH_SECONDS = 5.0
FIRST_FETCH_SECONDS = 0.5
REMEMBERED_TOKENS = 4096
View = TypeVar("View", bound=Callable[..., Any])
log = logs.get("auth")


@dataclass(frozen=True, slots=True)
class Identity:
    """A caller whose token was verified. `areas` are area ids."""

    client_id: str
    scopes: frozenset[str]
    areas: frozenset[UUID]
    issued_at: int


class Keys:
    """The registry's public keys, fetched when a key id is not known, at most every five seconds."""

    def __init__(self, url: str) -> None:
        self._url = f"{url}/.well-known/jwks.json"
        self._keys: KeySet | None = None
        self._fetch_again_at = float("-inf")
        self._lock = Lock()

    def current(self, *, wanted: str | None) -> KeySet:
        """The key set, fetched anew when it lacks `wanted`; a known key never waits for a fetch.

        Raises:
            Problem: 503 when no key set was ever had.
        """
        if self._keys is None or not self._has(wanted):
            with self._lock:
                if not self._has(wanted):
                    self._fetch()
        if self._keys is None:
            raise unavailable(5)
        return self._keys

    def _has(self, wanted: str | None) -> bool:
        return self._keys is not None and any(key.kid == wanted for key in self._keys.keys)

    def _fetch(self) -> None:
        if time.monotonic() < self._fetch_again_at:
            return
        try:
            answer = httpx.get(self._url, timeout=3.0, follow_redirects=False, trust_env=False)
            answer.raise_for_status()
            self._keys = KeySet.import_key_set(answer.json())
        except (httpx.HTTPError, ValueError, TypeError, KeyError, JoseError) as error:
            log.warning("the registry's keys cannot be had", error=repr(error)[:300])
        self._fetch_again_at = time.monotonic() + (REFETCH_SECONDS if self._keys is not None else FIRST_FETCH_SECONDS)


class Verifier:
    """Verifies bearer tokens for one audience."""

    def __init__(self, keys: Keys, audience: str, is_revoked: Callable[[str], bool] = lambda _client: False) -> None:
        self._keys = keys
        self._audience = audience
        self.is_revoked = is_revoked
        self._verified: dict[str, tuple[Identity, int]] = {}
        self._claims = JWTClaimsRegistry(
            leeway=LEEWAY_SECONDS,
            iss={"essential": True, "value": ISSUER},
            aud={"essential": True, "value": audience},
            exp={"essential": True},
            iat={"essential": True},
            sub={"essential": True},
        )

    def identify(self, header: str | None) -> Identity:
        """The caller behind an Authorization header.

        Raises:
            Problem: 401 when there is no valid token, 503 when the keys cannot be had.
        """
        scheme, _, token = (header or "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise refused("Thiếu mã truy cập. Vui lòng lấy mã ở /oauth/token và gửi trong Authorization: Bearer.")
        identity = self._remembered(token) or self._verify(token)
        if self.is_revoked(identity.client_id):
            raise refused("Mã truy cập đã bị thu hồi. Vui lòng liên hệ IT phụ trách.")
        return identity

    def _remembered(self, token: str) -> Identity | None:
        """The caller of a token whose signature was checked before; its time is checked again, its revocation too."""
        identity, expires_at = self._verified.get(token, (None, 0))
        return identity if time.time() < expires_at + LEEWAY_SECONDS else None

    def _verify(self, token: str) -> Identity:
        try:
            claims = self._decode(token)
            areas = frozenset(UUID(area) for area in claims.get("areas", []))
            scopes = frozenset(str(claims.get("scope", "")).split())
            identity = Identity(str(claims["sub"]), scopes, areas, int(claims["iat"]))
            expires_at = int(claims["exp"])
        except (JoseError, ValueError, TypeError, KeyError):
            raise refused("Mã truy cập không đúng hoặc đã hết hạn. Vui lòng lấy mã mới ở /oauth/token.") from None
        if len(self._verified) >= REMEMBERED_TOKENS:
            self._verified.clear()
        self._verified[token] = (identity, expires_at)
        return identity

    def _decode(self, token: str) -> dict[str, Any]:
        keys = self._keys.current(wanted=_key_id(token))
        decoded = jwt.decode(token, keys, algorithms=ALGORITHMS)
        self._claims.validate(decoded.claims)
        return decoded.claims


def _key_id(token: str) -> str | None:
    from joserfc.jws import extract_compact

    return extract_compact(token.encode()).headers().get("kid")


def refused(detail: str) -> Problem:
    return Problem("unauthenticated", detail, headers={"WWW-Authenticate": 'Bearer realm="congdongso"'})


def identity() -> Identity:
    """The verified caller of the current request."""
    found: Identity = g.identity
    return found


def requires(*scopes: str) -> Callable[[View], View]:
    """The route needs a token with one of these scopes."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            caller = current_app.extensions["cds_verifier"].identify(request.headers.get("Authorization"))
            if not caller.scopes.intersection(scopes):
                raise Problem("forbidden", f"Mã truy cập này không có quyền {' hoặc '.join(scopes)}.")
            g.identity = caller
            return view(*args, **kwargs)

        guarded.__dict__["authorisation"] = " ".join(scopes)
        return guarded  # type: ignore[return-value]

    return decorate


def public(view: View) -> View:
    """The route is open to everyone, by decision."""
    view.__dict__["authorisation"] = "public"
    return view


def internal(view: View) -> View:
    """The route is for our own services, which share a secret."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        secret = current_app.extensions["cds_settings"].internal_secret
        _, _, given = request.headers.get("Authorization", "").partition(" ")
        if not secret or not hmac.compare_digest(given.encode(), secret.encode()):
            raise refused("Chỉ dành cho các dịch vụ nội bộ.")
        return view(*args, **kwargs)

    guarded.__dict__["authorisation"] = "internal"
    return guarded  # type: ignore[return-value]
