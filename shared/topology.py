"""The broker's topology, declared in one place: one durable topic exchange, one queue per reader, stream and shard.

Guarantee: publisher and consumers declare the same names and arguments; a queue is a bounded cache over the feed, so
what it drops is a gap, and is fetched. Bounds are a policy (`POLICY`), loaded by the deployments.
It opens no connection.
Step 5 of the event path (docs/architecture.md).
"""

from dataclasses import dataclass
from typing import Any

from kombu import Exchange, Queue

EXCHANGE = "cds.events"
# Only what a policy cannot set is an argument: changing one means deleting the queue.
QUEUE_ARGUMENTS: dict[str, Any] = {"x-queue-type": "quorum", "x-single-active-consumer": True}
POLICY: dict[str, Any] = {
    "name": "cds-cache",
    "pattern": r"^(sessions|reporting)\.",
    "apply-to": "queues",
    "priority": 0,
    "definition": {"overflow": "drop-head", "max-length-bytes": 268_435_456, "delivery-limit": 100},
}
SEGMENT_TYPE = "application/cloudevents-batch+json"


def queue_name(reader: str, stream: str, shard: int) -> str:
    return f"{reader}.{stream}.{shard}"


def routing_key(stream: str, shard: int) -> str:
    return f"{stream}.{shard}"


def exchange() -> Exchange:
    return Exchange(EXCHANGE, type="topic", durable=True)


def queue(reader: str, stream: str, shard: int) -> Queue:
    """The queue as kombu declares it."""
    return Queue(
        queue_name(reader, stream, shard),
        exchange(),
        routing_key=routing_key(stream, shard),
        durable=True,
        queue_arguments=QUEUE_ARGUMENTS,
    )


@dataclass(frozen=True, slots=True)
class StreamTopology:
    """Who reads a stream, and in how many shards it is cut."""

    stream: str
    shards: int
    readers: tuple[str, ...]

    def bindings(self) -> list[tuple[str, str]]:
        """(queue, routing key) of every queue that must exist before the stream is published."""
        return [
            (queue_name(reader, self.stream, shard), routing_key(self.stream, shard))
            for reader in self.readers
            for shard in range(self.shards)
        ]


def headers(stream: str, epoch: str, shard: int, number: int, events: int) -> dict[str, Any]:
    """The AMQP headers of a segment: its position. Consumers trust the position only after the feed's own check."""
    return {"stream": stream, "epoch": epoch, "shard": shard, "segment": number, "events": events}
