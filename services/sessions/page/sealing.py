"""What a page hands to the browser between two steps and takes back unread and unchanged.

Guarantee: nobody without the intake's own key reads it or changes it; it is taken back from the same person only, and
for eight hours. Nothing is kept on the server.
"""

import hashlib
import hmac
import time
import zlib
from typing import TypeVar

import msgspec
from flask import current_app
from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from shared.auth import identity
from shared.token_keys import TokenKeys

LIFE_SECONDS = 8 * 3600
LONGEST = 450_000  # characters; a form of the page may have half a million bytes
HEADER = {"alg": "dir", "enc": "A256GCM"}
Kind = TypeVar("Kind")


class Sealed(msgspec.Struct):
    """What stands inside beside the content."""

    client_id: str
    ends_at: float
    content: msgspec.Raw


class Broken(Exception):
    """It is not ours, not this person's, or too old."""


def seal(content: object) -> str:
    """The content as a text for a hidden field."""
    inside = Sealed(identity().client_id, time.time() + LIFE_SECONDS, msgspec.Raw(msgspec.json.encode(content)))
    return jwe.encrypt_compact(HEADER, zlib.compress(msgspec.json.encode(inside)), _key(), registry=_registry())


def unseal(text: str, kind: type[Kind]) -> Kind:
    """The content of a sealed text.

    Raises:
        Broken: it cannot be taken back.
    """
    try:
        plain = jwe.decrypt_compact(text, _key(), registry=_registry()).plaintext
        inside = msgspec.json.decode(zlib.decompress(plain or b""), type=Sealed)
        if inside.client_id != identity().client_id or inside.ends_at < time.time():
            raise Broken
        return msgspec.json.decode(inside.content, type=kind)
    except (JoseError, ValueError, zlib.error) as error:
        raise Broken from error


def _key() -> OctKey:
    keys: TokenKeys = current_app.extensions["cds_settings"].resident_token_keys
    secret = keys[max(keys)]
    return OctKey.import_key(hmac.new(secret, b"page: sealed", hashlib.sha256).digest())


def _registry() -> jwe.JWERegistry:
    registry = jwe.JWERegistry()
    registry.max_ciphertext_length = LONGEST
    return registry
