"""What the intake keeps in memory of the registry's replicas: areas, services, revoked clients.

Guarantee: at most half a second older than the replica, so a revocation is felt within seconds.
Step 2 of the event path (docs/architecture.md).
"""

import time

import sqlalchemy as sa

from services.sessions.decide.services import Service, Services
from shared.areas import REFRESH_SECONDS, AreaBook, AreaCache
from shared.database import transaction


class Directory:
    """A process's view of the reference data."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._areas = AreaCache(engine)
        self._services: dict[str, Service] = {}
        self._revoked: frozenset[str] = frozenset()
        self._read_at = float("-inf")

    def areas(self) -> AreaBook:
        return self._areas.current()

    def services(self) -> Services:
        """The services of the catalogue, by code."""
        self._refresh()
        return self._services

    def is_revoked(self, client_id: str) -> bool:
        self._refresh()
        return client_id in self._revoked

    def is_empty(self) -> bool:
        """Whether nothing of the registry has arrived yet: then no area can be told right from wrong."""
        return not self.areas().areas

    def _refresh(self) -> None:
        if time.monotonic() - self._read_at < REFRESH_SECONDS:
            return
        with transaction(self._engine) as connection:
            services = connection.execute("SELECT service, unit, may_return FROM service").fetchall()
            revoked = connection.execute("SELECT client_id FROM client WHERE is_revoked").fetchall()
        self._services = {row[0]: Service(*row[1:]) for row in services}
        self._revoked = frozenset(row[0] for row in revoked)
        self._read_at = time.monotonic()
