"""The registry's own stream: its events, appended in the transaction that changes what they tell of.

Guarantee: the event and the change are committed together or not at all; what is written is just the event
class, so no name and no phone of a person can be in it.
The stream has one shard: an area stands before everything that refers to it, for every reader.
Step 3 of the event path (docs/architecture.md), for the registry's own stream.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import NAMESPACE_URL, UUID, uuid4, uuid5

from sqlalchemy.orm import Session

from shared import clock, event_log, segments
from shared.database import driver
from shared.event_log import Entry
from shared.events.base import Event
from shared.events.facts import Logged, encode, encode_data

STREAM, SOURCE, SHARDS = "registry", "/registry", 1
REFERENCE = "reference"  # the partition key of everything here
SUBJECTS = uuid5(NAMESPACE_URL, "urn:congdongso:subject")


@dataclass(frozen=True, slots=True)
class Told:
    """An event with its subject, and when it happened if that is not now."""

    subject: UUID
    event: Event
    happened_at: dt.datetime | None = None


def subject_of(kind: str, code: str) -> UUID:
    """The subject of what has a code and no UUID: services, offices, clients."""
    return uuid5(SUBJECTS, f"{kind}/{code}")


def tell(session: Session, told: Iterable[Told]) -> None:
    """Append these events, in their order."""
    session.flush()
    connection = driver(session.connection())
    segments.open_stream(connection, STREAM, SHARDS)
    source_id = event_log.source_id_of(connection, SOURCE)
    event_log.append(connection, [_entry(source_id, one, clock.now()) for one in told])


def _entry(source_id: int, told: Told, recorded_at: dt.datetime) -> Entry:
    data = encode_data(told.event)
    logged = Logged(
        specversion="1.0",
        id=uuid4(),
        source=SOURCE,
        type=told.event.ce_type(),
        subject=told.subject,
        time=told.happened_at or recorded_at,
        recordedtime=recorded_at,
        partitionkey=REFERENCE,
        data=data,
    )
    digest = event_log.digest_of(bytes(data))
    return Entry(source_id, logged.id, 0, digest, recorded_at, encode(logged))
