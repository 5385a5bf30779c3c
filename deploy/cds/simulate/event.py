"""One event as a ward app holds it in its memory, before and after it is sent.

The identifiers look like UUIDs of version 7 (the time first), but all their chance comes from the given
generator: the same seed makes the same events. Vietnam has kept UTC+7 without daylight saving time for the
whole range that the platform accepts, so the local day needs no time zone database.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from random import Random
from typing import Any
from uuid import UUID

LOCAL = timezone(timedelta(hours=7))


@dataclass(frozen=True, slots=True)
class Event:
    """`name` is the type without prefix and version; `in_utc` writes the same moment with a Z."""

    id: str
    source: str
    name: str
    subject: str
    at: datetime
    data: Mapping[str, Any]
    in_utc: bool = False

    @property
    def time(self) -> str:
        return stamp(self.at, in_utc=self.in_utc)

    def attributes(self) -> dict[str, str]:
        return {
            "specversion": "1.0",
            "id": self.id,
            "source": self.source,
            "type": f"vn.congdongso.{self.name}.v1",
            "subject": self.subject,
            "time": self.time,
        }

    def envelope(self) -> dict[str, Any]:
        return {**self.attributes(), "datacontenttype": "application/json", "data": dict(self.data)}


def stamp(at: datetime, *, in_utc: bool = False) -> str:
    if in_utc:
        return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return at.astimezone(LOCAL).isoformat(timespec="milliseconds")


def uuid7(rng: Random, at: datetime) -> str:
    milliseconds = int(at.timestamp() * 1000) & (2**48 - 1)
    chance = rng.getrandbits(74)
    return str(UUID(int=milliseconds << 80 | 7 << 76 | (chance >> 62) << 64 | 2 << 62 | chance & (2**62 - 1)))


def later(rng: Random, at: datetime, until: datetime | None) -> datetime:
    """Minutes to days later, yet not after `until`; at least one millisecond, so that it wins over `at`."""
    wanted = at + timedelta(milliseconds=int(rng.expovariate(1 / 3_600_000) * rng.choice((1, 1, 20))) + 1)
    return max(min(wanted, until), at + timedelta(milliseconds=1)) if until else wanted
