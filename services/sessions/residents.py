"""Resident tokens: the same person gives the same token, and no one without the key can tell who it is.

Guarantee: a token is made here only, from a citizen number that is never stored, logged or put into an error or event.
It does not protect against whoever holds the key: twelve digits can be tried one by one.
Step 2 of the event path (docs/architecture.md).
"""

import base64
import hashlib
import hmac

from shared.token_keys import TokenKeys


def token_of(citizen_number: str, key: bytes, version: int = 1) -> str:
    """`k<version>.` and 43 base64url characters of HMAC-SHA-256 over the key version and the number."""
    mac = hmac.new(key, f"k{version}:{citizen_number}".encode(), hashlib.sha256).digest()
    return f"k{version}." + base64.urlsafe_b64encode(mac).rstrip(b"=").decode()


def tokens_of(citizen_number: str, keys: TokenKeys) -> list[str]:
    """The tokens of a person, that of the newest key first."""
    return [token_of(citizen_number, keys[version], version) for version in sorted(keys, reverse=True)]
