"""Which parts make a running Congdongso: the one place that knows all three services.

Guarantee: who reads a stream derives from the consumers' tables; there is no second list.
"""

from collections.abc import Sequence

from flask import Flask

from services.registry.app import create_app as create_registry
from services.reporting.app import create_app as create_reporting
from services.reporting.consumers import CONSUMER as REPORTING
from services.sessions.app import check_start as check_sessions
from services.sessions.app import create_app as create_sessions
from services.sessions.consumers import CONSUMER as SESSIONS
from shared import database
from shared.consumer import Applier, Consumer
from shared.feed import FeedClient
from shared.relay import Relay
from shared.settings import Settings
from shared.subscription import Subscription

APPS = {"registry": create_registry, "sessions": create_sessions, "reporting": create_reporting}
CONSUMERS: dict[str, Consumer] = {consumer.name: consumer for consumer in (SESSIONS, REPORTING)}
# The registry changes rarely and its facts refer to each other: one shard keeps them in one order.
SHARDS = {"registry": 1}


def producers() -> tuple[str, ...]:
    """The services that have a log of their own, in the order of their streams."""
    return tuple(sorted({stream for consumer in CONSUMERS.values() for stream in consumer.streams}))


def readers_of(stream: str) -> tuple[str, ...]:
    return tuple(name for name, consumer in CONSUMERS.items() if stream in consumer.streams)


def create_app(service: str, settings: Settings) -> Flask:
    return APPS[service](settings)


def check_start(service: str, settings: Settings) -> None:
    """What a service looks at before its first request. Raises SettingsError."""
    if service == "sessions":
        check_sessions(settings)


def open_relay(service: str, settings: Settings, only: Sequence[int] | None = None) -> Relay:
    """The relay of a service's stream on connections of its own."""
    return Relay(settings.database_url(service), service, SHARDS.get(service, settings.shards), only)


def subscription(service: str, settings: Settings, only: Sequence[int] | None = None) -> Subscription:
    """The consumer of a service with its feeds."""
    consumer = CONSUMERS[service]
    engine = database.engine(settings.database_url(service), pool_size=4, options=database.JOB_OPTIONS)
    feeds = {s: FeedClient(settings.url_of(s), s, settings.internal_secret) for s in consumer.streams}
    return Subscription(Applier(consumer, engine), feeds, settings.broker_url, settings.heads_interval_seconds, only)
