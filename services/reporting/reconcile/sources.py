"""What the sources count: the internal routes of the sessions service and of the registry.

Guarantee: a source that is away, or answers what cannot be read, is a `FeedError`, as with the feed.
"""

import datetime as dt
from typing import Any, NamedTuple
from uuid import UUID

import httpx

from shared.feed import FeedError
from shared.settings import Settings


class Key(NamedTuple):
    """What is counted: assists, lines of books, sessions …; the part is the service, or the kind, or the theme."""

    day: dt.date
    what: str
    part: str
    outcome: str


Counts = dict[Key, int]


class Sources:
    """Asks the services, with the shared secret."""

    def __init__(self, settings: Settings) -> None:
        self._urls = {service: settings.url_of(service) for service in ("sessions", "registry")}
        self._client = httpx.Client(
            headers={"Authorization": f"Bearer {settings.internal_secret}"},
            timeout=httpx.Timeout(15.0, connect=3.0),
            trust_env=False,
        )

    def wards(self) -> list[UUID]:
        """The wards in which something was ever reported."""
        return [UUID(ward) for ward in self._ask("sessions", "/wards")["wards"]]

    def counts(self, ward: UUID, first: dt.date, last: dt.date) -> Counts:
        """What stands in a ward on these days, at most 92 of them."""
        answer = self._ask("sessions", "", ward=str(ward), to=last.isoformat(), **{"from": first.isoformat()})
        return {
            Key(dt.date.fromisoformat(day), what, part, outcome): int(number)
            for day, what, part, outcome, number in answer["rows"]
        }

    def registered(self) -> dict[str, int]:
        """How many of each thing the registry has."""
        found: dict[str, int] = self._ask("registry", "")["counts"]
        return found

    def _ask(self, service: str, path: str, **query: str) -> Any:
        try:
            answer = self._client.get(f"{self._urls[service]}/internal/v1/counts{path}", params=query)
        except httpx.HTTPError as error:
            raise FeedError(f"counts of {service}: {type(error).__name__}") from error
        if answer.status_code != 200:
            raise FeedError(f"counts of {service}: status {answer.status_code}")
        try:
            return answer.json()
        except ValueError as error:
            raise FeedError(f"counts of {service}: not understood") from error

    def close(self) -> None:
        self._client.close()
