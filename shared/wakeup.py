"""The relay for kombu's other transports, above all the in-memory one of the embedded default.

Guarantee: none beyond the feed's. The in-memory transport loses what is unacknowledged or unroutable, so its message is
only a wake-up, and consumers compare with the heads every second.
Step 5 of the event path (docs/architecture.md), embedded.
"""

import time
from collections.abc import Callable

import psycopg
from kombu import Connection as Broker

from shared import fault, logs, metrics
from shared.relay import Relay
from shared.segments import Segment
from shared.topology import SEGMENT_TYPE, exchange, headers, queue, routing_key

WINDOW = 32
IDLE_SECONDS = 0.25
MEASURE_SECONDS = 5.0
log = logs.get("wakeup")


def run(open_relay: Callable[[], Relay], url: str, readers: tuple[str, ...], should_stop: Callable[[], bool]) -> None:
    """Relay until asked to stop."""
    while not should_stop():
        relay = None
        try:
            relay = open_relay()
            _run_once(relay, url, readers, should_stop)
        except (psycopg.Error, OSError) as error:
            log.warning("relay starts over", error=repr(error)[:300])
            time.sleep(0.5)
        finally:
            if relay is not None:
                relay.close()


def _run_once(relay: Relay, url: str, readers: tuple[str, ...], should_stop: Callable[[], bool]) -> None:
    measured_at = float("-inf")
    with Broker(url) as broker:
        producer = broker.Producer(exchange=exchange())
        for reader in readers:
            for shard in range(relay.shards):
                queue(reader, relay.stream, shard)(producer.channel).declare()
        while not should_stop():
            relay.lead()
            cut = relay.cut()
            found = relay.next_segments(WINDOW)
            for segment in found:
                _publish(producer, segment)
            relay.mark([(segment.shard, segment.number) for segment in found])
            if time.monotonic() - measured_at >= MEASURE_SECONDS:
                measured_at = time.monotonic()
                relay.measure()
            if not (cut or found):
                relay.wait_for_wakeup(IDLE_SECONDS)


def _publish(producer: "Broker.Producer", segment: Segment) -> None:
    producer.publish(
        segment.body,
        routing_key=routing_key(segment.stream, segment.shard),
        content_type=SEGMENT_TYPE,
        content_encoding="binary",
        headers=headers(segment.stream, str(segment.epoch), segment.shard, segment.number, segment.events),
    )
    fault.hit(fault.Point.RELAY_AFTER_PUBLISH)
    metrics.relay_segments.labels(segment.stream, "ack").inc()
