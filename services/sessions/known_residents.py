"""Residents over a rotation of the token's key: who is known under an older key stays who they are.

Guarantee: while an older key is configured, a person who was seen under it keeps that token, so they count once. A key
that is not the one that made the tokens of its version, or a newest version that is gone, is found before anything is
stored. Of a key only a fingerprint is kept, which tells nothing of it.
It cannot know a person again whose older key is no longer configured.
Step 2 of the event path (docs/architecture.md).
"""

import hashlib
import hmac
from collections.abc import Collection
from dataclasses import replace

import msgspec
import sqlalchemy as sa

from services.sessions.contract import Rejected, Submission
from services.sessions.residents import tokens_of
from shared import logs
from shared.database import Connection, transaction
from shared.problems import unavailable
from shared.token_keys import TokenKeys

log = logs.get("intake")
READING = "SELECT version, fingerprint FROM token_key"


class Residents:
    """A process's keys, and the database's memory of who was seen under which."""

    def __init__(self, engine: sa.Engine, keys: TokenKeys) -> None:
        self._engine = engine
        self._keys = keys
        self._is_checked = False

    def checked_keys(self) -> TokenKeys:
        """The keys, once they are those that made the tokens of this database.

        Raises:
            Problem: 503 when they are not: nothing is taken, and the sender keeps everything.
        """
        if not self._is_checked:
            with transaction(self._engine) as connection:
                if wrong := wrong_keys(connection, self._keys):
                    log.error("CDS_RESIDENT_TOKEN_KEY is wrong", reason=wrong)
                    raise unavailable(60)
                if missing := note_keys(connection, self._keys):
                    log.warning("residents known under these versions only will count anew", versions=missing)
            self._is_checked = True
        return self._keys

    def with_first_known(self, read: list[Submission | Rejected]) -> list[Submission | Rejected]:
        """The same, each resident under the oldest token that is known of them.

        Once the newest key is in use no older token becomes known any more, so this may be read ahead of the writing.
        """
        known = self._known([one.token for sent in read if isinstance(sent, Submission) for one in sent.older])
        return [_first_known(sent, known) if isinstance(sent, Submission) else sent for sent in read]

    def tokens(self, numbers: Collection[str]) -> dict[str, str]:
        """The token of each of these persons: the oldest that is known of them, or that of the newest key.

        Raises:
            Problem: 503 when the keys are not those of this database.
        """
        keys = self.checked_keys()
        found = {number: tokens_of(number, keys) for number in numbers}
        known = self._known([token for tokens in found.values() for token in tokens[1:]])
        return {
            number: next((token for token in reversed(tokens) if token in known), tokens[0])
            for number, tokens in found.items()
        }

    def _known(self, older: list[str]) -> set[str]:
        """Those of these tokens, of older keys, that somebody was seen under."""
        if not older:
            return set()
        with transaction(self._engine) as connection:
            rows = connection.execute("SELECT token FROM resident_token WHERE token = ANY(%s)", [older])
            return {row[0] for row in rows}


def _first_known(sent: Submission, known: Collection[str]) -> Submission:
    found = [one.token for one in sent.older if one.token in known]
    if not found:
        return sent
    return replace(sent, data=msgspec.structs.replace(sent.data, resident_token=found[-1]))


def remember(connection: Connection, tokens: Collection[str]) -> None:
    """These residents are known from now on; in order, so that two who remember them wait instead of deadlocking."""
    if tokens:
        connection.execute(
            "INSERT INTO resident_token (token) SELECT unnest(%s::text[]) ON CONFLICT DO NOTHING", [sorted(tokens)]
        )


def wrong_keys(connection: Connection, keys: TokenKeys) -> str:
    """What is wrong with the configured keys, in words without a key; empty when nothing is."""
    used: dict[int, bytes] = dict(connection.execute(READING).fetchall())
    for version in sorted(keys):
        if version in used and used[version] != fingerprint(keys[version], version):
            return f"the key of version {version} is not the one that made the tokens k{version} of this database"
    if used and max(used) > max(keys):
        return f"version {max(used)} has made tokens in this database and is not among the keys"
    return ""


def note_keys(connection: Connection, keys: TokenKeys) -> list[int]:
    """Remember the fingerprints of the configured keys; the versions that were used and are not configured now."""
    for version in sorted(keys):
        connection.execute(
            "INSERT INTO token_key (version, fingerprint) VALUES (%s, %s) ON CONFLICT DO NOTHING",
            [version, fingerprint(keys[version], version)],
        )
    return sorted({row[0] for row in connection.execute(READING)} - keys.keys())


def fingerprint(key: bytes, version: int) -> bytes:
    """What tells one key from another; a key of 256 bits cannot be found from it."""
    return hmac.new(key, f"fingerprint of k{version}".encode(), hashlib.sha256).digest()[:16]
