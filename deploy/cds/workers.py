"""The processes beside the web ones: a relay, or a consumer, with metrics and health on a port of its own.

Guarantee: SIGTERM and SIGINT end it after what it is doing; it is ready when it leads or has caught up once.
"""

import signal
import threading
from collections.abc import Callable, Sequence
from wsgiref.simple_server import WSGIRequestHandler, make_server

from flask import Flask
from prometheus_client import REGISTRY

from deploy.cds import wiring
from services.reporting.closing import clockwork
from services.reporting.reconcile import clockwork as reconciling
from services.reporting.reconcile.sources import Sources
from services.reporting.replay import feeds_of
from services.sessions import resolver
from services.sessions.directory import Directory
from shared import database, http, logs, publisher, wakeup
from shared.settings import Settings

log = logs.get("worker")


class Stop:
    """Whether this process was asked to end."""

    def __init__(self) -> None:
        self._flag = threading.Event()

    def on_signals(self, *also: Callable[[], None]) -> None:
        def ask(_number: int, _frame: object) -> None:
            self.set()
            for action in also:
                action()

        signal.signal(signal.SIGTERM, ask)
        signal.signal(signal.SIGINT, ask)

    def set(self) -> None:
        self._flag.set()

    def __call__(self) -> bool:
        return self._flag.is_set()

    def wait(self, seconds: float) -> bool:
        return self._flag.wait(seconds)


def relay(service: str, settings: Settings, only: Sequence[int] | None = None) -> None:
    """Relay a service's log until asked to stop."""
    stop = Stop()
    stop.on_signals()
    _observe(f"relay {service}", settings, {"leader": lambda: _leads(service)})
    run = wakeup.run if settings.is_embedded else publisher.run
    run(lambda: wiring.open_relay(service, settings, only), settings.broker_url, wiring.readers_of(service), stop)


def _leads(stream: str) -> str | None:
    """Read from the relay's own gauges."""
    for name in ("cds_relay_leader_shards", "cds_relay_connected"):
        if not REGISTRY.get_sample_value(name, {"stream": stream}):
            return f"{name} is 0: another relay leads, or the database or the broker is away"
    return None


def consume(service: str, settings: Settings, only: Sequence[int] | None = None) -> None:
    """Consume until asked to stop."""
    stop = Stop()
    subscription = wiring.subscription(service, settings, only)
    stop.on_signals(subscription.stop)
    _observe(f"consumer {service}", settings, subscription.health())
    if service == "sessions":
        start_resolver(settings, stop)
    if service == "reporting":
        start_closer(settings, stop)
        start_reconciler(settings, stop)
    subscription.run()


def start_resolver(settings: Settings, stop: Callable[[], bool]) -> threading.Thread:
    """Beside the consumer of sessions: pending events take effect when what they refer to is known."""
    engine = database.engine(settings.database_url("sessions"), pool_size=2, options=database.JOB_OPTIONS)
    thread = threading.Thread(target=resolver.run, args=(engine, Directory(engine), stop), name="resolver", daemon=True)
    thread.start()
    return thread


def start_closer(settings: Settings, stop: Stop) -> threading.Thread:
    """Beside the consumer of reporting: days are closed when they are due."""
    arguments = (settings.database_url("reporting"), feeds_of(settings), stop.wait)
    thread = threading.Thread(target=clockwork.run, args=arguments, name="closer", daemon=True)
    thread.start()
    return thread


def start_reconciler(settings: Settings, stop: Stop) -> threading.Thread:
    """Beside the closer, and out of its way: once a night figures are compared with where they come from."""
    arguments = (settings.database_url("reporting"), feeds_of(settings), Sources(settings), stop.wait)
    thread = threading.Thread(target=reconciling.run, args=arguments, name="reconciler", daemon=True)
    thread.start()
    return thread


def _observe(name: str, settings: Settings, checks: dict[str, http.Check]) -> None:
    if not settings.metrics_port:
        return
    app: Flask
    app, _ = http.create_app(name, name, settings)
    http.add_readiness(app, checks)
    server = make_server(settings.bind, settings.metrics_port, app, handler_class=_Quiet)
    threading.Thread(target=server.serve_forever, name="metrics", daemon=True).start()
    log.info("metrics", process=name, port=settings.metrics_port)


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Scrapes are not news."""
