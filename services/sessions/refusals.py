"""Refused events, kept so that an operator sees which app sends what wrong: by client, ward and reason.

Guarantee: bounded by client and by age, and without a value of what was sent: no personal data gets in. Of a conflict
both digests are kept, so that a person can tell which content is which.
It keeps no event: what was refused has to be sent again, mended.
"""

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec

from services.sessions.contract import TYPES, Rejected
from shared.database import Connection

MOST_OF_A_REQUEST = 100
MOST_OF_A_CLIENT = 1000
DAYS = 30
FIELD = re.compile(r"[a-z_]{1,40}([.\[][a-z0-9_\].\[]{1,80})?")


@dataclass(frozen=True, slots=True)
class Refused:
    """One refused event: what can be told of it without repeating it."""

    value: Any
    why: Rejected
    ward: UUID | None


def keep(
    connection: Connection, client_id: str, refused: Sequence[Refused], now: dt.datetime, *, is_sandbox: bool = False
) -> None:
    """Keep what a request had refused, the first hundred of it."""
    for one in refused[:MOST_OF_A_REQUEST]:
        event_id, ce_type = _named(one.value)
        first, second = one.why.digests or (None, None)
        connection.execute(
            """INSERT INTO refused (client_id, received_at, ward_id, is_sandbox, event_id, type, code, field,
                                    first_digest, digest)
               VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)""",
            [client_id, now, one.ward, is_sandbox, event_id, ce_type, one.why.code, _field(one.why), first, second],
        )


def _named(value: Any) -> tuple[UUID | None, str | None]:
    """The id and the type, where they are what the contract calls so."""
    if not isinstance(value, dict):
        return None, None
    ce_type = value.get("type")
    try:
        event_id = msgspec.convert(value.get("id"), UUID)
    except msgspec.ValidationError:
        event_id = None
    return event_id, ce_type if isinstance(ce_type, str) and ce_type in TYPES else None


def _field(why: Rejected) -> str | None:
    """The path of the first wrong field; a name that is not the contract's own is not repeated."""
    known = [error.field for error in why.errors if error.code != "unknown_field" and FIELD.fullmatch(error.field)]
    return known[0] if known else None


def forget(connection: Connection, now: dt.datetime) -> int:
    """Drop what is too old or too much; how many."""
    return connection.execute(
        """DELETE FROM refused WHERE received_at < %s OR refused_id IN (
             SELECT refused_id FROM (SELECT refused_id, row_number() OVER (
                                       PARTITION BY client_id ORDER BY refused_id DESC) AS place FROM refused) AS r
              WHERE place > %s)""",
        [now - dt.timedelta(days=DAYS), MOST_OF_A_CLIENT],
    ).rowcount
