"""The embedded default: everything in one process on one machine, nothing installed.

PostgreSQL runs as a child process from the wheel's programs; the broker is kombu's in-memory transport, which is only a
wake-up, so consumers compare with the heads every second. The same code path and the same SQL as with RabbitMQ.
Guarantee: what was accepted before a SIGKILL is there after the next start, and is counted.
"""

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from flask import Flask
from waitress import wasyncore
from waitress.server import create_server

from deploy.cds import wiring, workers
from deploy.cds.home import with_secrets
from deploy.cds.postgres import EmbeddedPostgres
from shared import database, logs, wakeup
from shared.settings import SERVICES, Settings

THREADS = 8
# Above our own limit, so that a body a little too large gets our answer and not the server's.
BODY_HEADROOM = 16
log = logs.get("embedded")


class Embedded:
    """A running embedded Congdongso. Use as a context manager."""

    def __init__(self, settings: Settings) -> None:
        self.postgres = None if len(settings.database_urls) == len(SERVICES) else EmbeddedPostgres(settings.home / "pg")
        self.settings = with_secrets(replace(settings, home=settings.home.absolute()))
        self.stop = workers.Stop()
        self._threads: list[threading.Thread] = []
        self._endings: list[Callable[[], None]] = []

    def __enter__(self) -> "Embedded":
        try:
            self.settings = start_databases(self.settings, self.postgres)
            for service in SERVICES:
                wiring.check_start(service, self.settings)
                self._serve(service, wiring.create_app(service, self.settings))
            for service in wiring.producers():
                self._relay(service)
            for service in wiring.CONSUMERS:
                self._consume(service)
            workers.start_resolver(self.settings, self.stop)
            workers.start_closer(self.settings, self.stop)
            workers.start_reconciler(self.settings, self.stop)
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _serve(self, service: str, app: Flask) -> None:
        sockets: dict[int, Any] = {}
        server = create_server(
            app,
            map=sockets,
            host=self.settings.bind,
            port=self.settings.ports[service],
            threads=THREADS,
            max_request_body_size=self.settings.max_body_bytes * BODY_HEADROOM,
            ident="cds",
            clear_untrusted_proxy_headers=True,
        )
        self._thread(f"web {service}", lambda: self._answer(server, sockets))

    def _answer(self, server: Any, sockets: dict[int, Any]) -> None:
        """waitress's own loop, with an end: requests at work are answered, then every connection is closed."""
        while not self.stop():
            wasyncore.loop(timeout=0.5, map=sockets, count=1)
        server.task_dispatcher.shutdown()
        wasyncore.close_all(sockets)

    def _relay(self, service: str) -> None:
        self._thread(
            f"relay {service}",
            lambda: wakeup.run(
                lambda: wiring.open_relay(service, self.settings),
                self.settings.broker_url,
                wiring.readers_of(service),
                self.stop,
            ),
        )

    def _consume(self, service: str) -> None:
        subscription = wiring.subscription(service, self.settings)
        self._endings.append(subscription.stop)
        self._thread(f"consumer {service}", subscription.run)

    def _thread(self, name: str, target: Callable[[], None]) -> None:
        thread = threading.Thread(target=target, name=name, daemon=True)
        thread.start()
        self._threads.append(thread)

    def failure(self) -> str:
        """Which part has ended though nobody asked; empty while all is well."""
        ended = [thread.name for thread in self._threads if not thread.is_alive()]
        return f"{ended[0]} has ended; see the log lines above" if ended and not self.stop() else ""

    def close(self) -> None:
        """Stop intake first, then relays and consumers, then the database."""
        self.stop.set()
        for ending in self._endings:
            ending()
        for thread in self._threads:
            thread.join(timeout=5)
        if self.postgres is not None:
            self.postgres.stop()


def start_databases(settings: Settings, postgres: EmbeddedPostgres | None) -> Settings:
    """Start the embedded server where it is needed, make the databases, migrate; the settings with their addresses."""
    urls = dict(settings.database_urls)
    if postgres is not None:
        postgres.start()
        for service in SERVICES:
            postgres.create_database(service)
            urls.setdefault(service, postgres.url(service))
    for service in SERVICES:
        database.migrate(service, urls[service])
    return replace(settings, database_urls=urls)
