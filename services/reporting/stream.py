"""Reporting's own stream: closings, amendments and missing reports, appended in the transaction that makes them.

Guarantee: an event and what it tells of are committed together or not at all. The stream has one shard; it is cut by
whoever appends and read from the feed.
"""

from collections.abc import Iterable
from uuid import NAMESPACE_URL, UUID, uuid4, uuid5

from shared import clock, event_log, segments
from shared.database import Connection
from shared.event_log import Entry
from shared.events.base import Event
from shared.events.facts import Logged, encode, encode_data

STREAM, SOURCE, SHARDS = "reporting", "/reporting", 1
SUBJECTS = uuid5(NAMESPACE_URL, "urn:congdongso:reporting")


def tell(connection: Connection, told: Iterable[tuple[UUID, Event]]) -> None:
    """Append events with their subjects, in their order."""
    segments.open_stream(connection, STREAM, SHARDS)
    source_id = event_log.source_id_of(connection, SOURCE)
    event_log.append(connection, [_entry(source_id, subject, event) for subject, event in told])


def subject_of(unit: UUID, day: object) -> UUID:
    """The statement of a unit and a day."""
    return uuid5(SUBJECTS, f"{unit}/{day}")


def cut(connection: Connection) -> int:
    """Make segments of what was appended; the caller holds the closer's lock, so nobody else cuts."""
    return segments.cut(connection, range(SHARDS))


def _entry(source_id: int, subject: UUID, event: Event) -> Entry:
    now, data = clock.now(), encode_data(event)
    logged = Logged(
        specversion="1.0", id=uuid4(), source=SOURCE, type=event.ce_type(), subject=subject, time=now,
        recordedtime=now, partitionkey=STREAM, data=data,
    )  # fmt: skip
    return Entry(source_id, logged.id, 0, event_log.digest_of(bytes(data)), now, encode(logged))
