"""The keys that resident tokens are made with, by version, as one text: `<hex>`, or `1:<hex> 2:<hex>`.

Guarantee: a text that is not right is refused with what is expected, and without any part of it; versions and keys are
told apart. The highest version makes new tokens.
It does not know which keys were used before: the intake compares them with its database.
"""

import re
import secrets
from collections.abc import Mapping

TokenKeys = Mapping[int, bytes]

LEAST_BYTES = 32
EXPECTED = "give at least 64 hexadecimal digits, or versions like 1:<digits> 2:<digits>"
PART = re.compile(r"(?:([1-9][0-9]{0,3}):)?((?:[0-9a-fA-F]{2})+)")


class WrongKeys(ValueError):
    """What is wrong, without what was given."""


def parse(text: str) -> dict[int, bytes]:
    """The keys in a text, parted by blanks, commas or line breaks; a key without a version is of version 1.

    Raises:
        WrongKeys: naming what is expected, never what was given.
    """
    keys: dict[int, bytes] = {}
    for part in re.split(r"[\s,]+", text.strip()) if text.strip() else ():
        found = PART.fullmatch(part)
        if found is None:
            raise WrongKeys(f"is wrong: {EXPECTED}")
        version, key = int(found[1] or 1), bytes.fromhex(found[2])
        if len(key) < LEAST_BYTES:
            raise WrongKeys(f"is too short: {EXPECTED}")
        if version in keys:
            raise WrongKeys(f"gives version {version} twice: {EXPECTED}")
        if key in keys.values():
            raise WrongKeys(f"gives one key under two versions: {EXPECTED}")
        keys[version] = key
    return keys


def text_of(keys: TokenKeys) -> str:
    """The keys as one line, as `parse` reads it; nothing when there are none."""
    return " ".join(f"{version}:{key.hex()}" for version, key in sorted(keys.items()))


def with_new(keys: TokenKeys) -> dict[int, bytes]:
    """The keys and a new one, which makes new tokens from now on."""
    return {**keys, max(keys, default=0) + 1: secrets.token_bytes(LEAST_BYTES)}
