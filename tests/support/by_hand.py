"""What relays, consumers and the resolver do, done by hand, where a test wants it at a moment of its own."""

from __future__ import annotations

from collections.abc import Iterable

from deploy.cds import wiring
from services.sessions import resolver
from services.sessions.directory import Directory
from shared import database, segments
from shared.consumer import Applier
from shared.segments import Segment
from tests.support.stack import Stack


def cut(stack: Stack, service: str = "sessions") -> list[Segment]:
    """Cut what is in the log of a service; all its segments, shard by shard."""
    shards = 1 if service == "registry" else stack.settings.shards
    engine = stack.engine(service)
    try:
        with database.transaction(engine) as connection:
            while segments.cut(connection, range(shards)):
                pass
            epoch, shards = segments.open_stream(connection, service, shards)
            found = [segments.read(connection, service, epoch, shard, 0, 100_000) for shard in range(shards)]
    finally:
        engine.dispose()
    return [segment for shard in found for segment in shard]


def take_in(stack: Stack, service: str, found: Iterable[Segment]) -> None:
    """Apply segments to the tables of a service."""
    engine = stack.engine(service)
    applier = Applier(wiring.CONSUMERS[service], engine)
    for segment in found:
        applier.apply(segment)
    engine.dispose()


def count(stack: Stack) -> None:
    """Bring the figures up to what was reported."""
    take_in(stack, "reporting", cut(stack))


def resolve(stack: Stack) -> int:
    """One round of the resolver: how many that waited it has decided."""
    engine = stack.engine("sessions")
    try:
        return resolver.resolve(engine, Directory(engine))
    finally:
        engine.dispose()


def resolve_all(stack: Stack) -> None:
    """Rounds until nothing more can be decided."""
    while resolve(stack):
        pass
