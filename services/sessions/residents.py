"""Resident tokens: the same person gives the same token, and no one without the key can tell who it is.

Guarantee: a token is made here only, from a citizen number that is never stored, logged or put into an error or event.
It does not protect against whoever holds the key: twelve digits can be tried one by one.
Step 2 of the event path (docs/architecture.md).
"""

import base64
import hashlib
import hmac

KEY_VERSION = 1


def token_of(citizen_number: str, key: bytes) -> str:
    """`k1.` and 43 base64url characters of HMAC-SHA-256 over the key version and the number."""
    mac = hmac.new(key, f"k{KEY_VERSION}:{citizen_number}".encode(), hashlib.sha256).digest()
    return f"k{KEY_VERSION}." + base64.urlsafe_b64encode(mac).rstrip(b"=").decode()
