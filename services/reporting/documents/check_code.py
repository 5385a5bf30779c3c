"""The check code of a certificate: proof that what is printed is what was issued, without a register of certificates.

Guarantee: the code is HMAC-SHA256 over every printed field by name, cut to 80 bits; who has the certificate can have it
checked by sending what is printed, and learns yes or no and nothing else. Without the key a code cannot be made, and a
changed name, hour or day has another code. How a field is typed does not matter: spaces, capitals, composed letters.
It does not tell who was helped, when, or whether the person has other certificates.
"""

import hashlib
import hmac
import json
import unicodedata
from collections.abc import Mapping

LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's: none that is read as another
READ_AS = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None, "\u00a0": None})
LENGTH, GROUP = 16, 4  # characters of 5 bits
SHORTEST_KEY = 32  # bytes
PURPOSE = b"congdongso certificate 1"


def code(secret: bytes, printed: Mapping[str, str]) -> str:
    """The code as it is printed: `7QK2-M4XA-0J9D-PZ3R`.

    Raises:
        ValueError: the secret has fewer than 32 bytes.
    """
    bits = int.from_bytes(_mac(secret, printed)[: LENGTH * 5 // 8])
    letters = [LETTERS[bits >> 5 * place & 31] for place in reversed(range(LENGTH))]
    return "-".join("".join(letters[start : start + GROUP]) for start in range(0, LENGTH, GROUP))


def is_right(secret: bytes, printed: Mapping[str, str], typed: str) -> bool:
    """Whether this code belongs to these fields; the time it takes tells nothing about the code."""
    wanted = code(secret, printed).replace("-", "")
    given = unicodedata.normalize("NFKC", typed).upper().translate(READ_AS)
    return hmac.compare_digest(wanted.encode(), given.encode())


def _mac(secret: bytes, printed: Mapping[str, str]) -> bytes:
    """The whole MAC, with a key of its own so that the secret may have other uses."""
    if len(secret) < SHORTEST_KEY:
        raise ValueError(f"the secret of certificates has {len(secret)} bytes; give at least {SHORTEST_KEY}")
    key = hmac.digest(secret, PURPOSE, hashlib.sha256)
    content = json.dumps(sorted((name, _folded(text)) for name, text in printed.items()), ensure_ascii=False)
    return hmac.digest(key, content.encode(), hashlib.sha256)


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())
