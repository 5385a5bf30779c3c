"""The raw limits of relay and consumer: pika publishing and consuming the same bodies, and doing nothing else.

The same kind of queues, the same window of unconfirmed messages, the same prefetch; in a vhost of its own. Each runs in
a process of its own, as relay and consumer do.
"""

import time
from collections.abc import Sequence
from typing import Any

import pika
from pika.adapters.select_connection import SelectConnection

from shared.publisher import WINDOW
from shared.subscription import PREFETCH
from shared.topology import QUEUE_ARGUMENTS

QUEUES = ("bench.0", "bench.1", "bench.2", "bench.3")
LIMIT_SECONDS = 30.0


def publish(url: str, bodies: Sequence[bytes], count: int) -> float:
    """Publish so many messages with confirms; seconds from the first publish to the last confirm."""
    return _Publishing(url, bodies, count).run()


def consume(url: str, count: int) -> float:
    """Consume so many messages, one acknowledgement each; seconds from the first to the last."""
    return _Consuming(url, count).run()


class _Loop:
    """A connection with one channel and the queues, from its opening to the end of the count."""

    def __init__(self, url: str, count: int) -> None:
        self.count, self.begun, self.ended = count, 0.0, 0.0
        self.channel: Any = None
        self.connection = SelectConnection(
            pika.URLParameters(url),
            on_open_callback=lambda connection: connection.channel(on_open_callback=self._opened),
            on_close_callback=lambda connection, _reason: connection.ioloop.stop(),
        )

    def run(self) -> float:
        self.connection.ioloop.call_later(LIMIT_SECONDS, self.connection.close)
        self.connection.ioloop.start()
        if not self.ended:
            raise RuntimeError(f"the broker did not carry {self.count} messages in {LIMIT_SECONDS:.0f} s")
        return self.ended - self.begun

    def _opened(self, channel: Any) -> None:
        self.channel = channel
        self._declare(list(QUEUES))

    def _declare(self, queues: list[str]) -> None:
        if not queues:
            self.begin()
            return
        self.channel.queue_declare(
            queues[0], durable=True, arguments=QUEUE_ARGUMENTS, callback=lambda _frame: self._declare(queues[1:])
        )

    def begin(self) -> None:
        raise NotImplementedError

    def finish(self) -> None:
        self.ended = time.monotonic()
        self.connection.close()


class _Publishing(_Loop):
    def __init__(self, url: str, bodies: Sequence[bytes], count: int) -> None:
        super().__init__(url, count)
        self.bodies, self.sent = bodies, 0
        self.flying: set[int] = set()

    def begin(self) -> None:
        self.channel.confirm_delivery(self._confirm, callback=lambda _frame: self._fill())

    def _fill(self) -> None:
        self.begun = self.begun or time.monotonic()
        while self.sent < self.count and len(self.flying) < WINDOW:
            body = self.bodies[self.sent % len(self.bodies)]
            properties = pika.BasicProperties(delivery_mode=2)
            self.channel.basic_publish("", QUEUES[self.sent % len(QUEUES)], body, properties, mandatory=True)
            self.sent += 1
            self.flying.add(self.sent)

    def _confirm(self, frame: Any) -> None:
        assert isinstance(frame.method, pika.spec.Basic.Ack), "the broker refused a message"
        tag = frame.method.delivery_tag
        self.flying -= {known for known in self.flying if known <= tag} if frame.method.multiple else {tag}
        if self.sent == self.count and not self.flying:
            self.finish()
        else:
            self._fill()


class _Consuming(_Loop):
    def __init__(self, url: str, count: int) -> None:
        super().__init__(url, count)
        self.taken = 0

    def begin(self) -> None:
        self.channel.basic_qos(prefetch_count=PREFETCH)
        for queue in QUEUES:
            self.channel.basic_consume(queue, self._take)

    def _take(self, channel: Any, method: Any, _properties: Any, _body: bytes) -> None:
        self.begun = self.begun or time.monotonic()
        channel.basic_ack(method.delivery_tag)
        self.taken += 1
        if self.taken == self.count:
            self.finish()
