"""From the log to the figures: the relay alone, the consumer alone, and everything at once.

Relay and consumer are the real processes (`cds relay`, `cds consume`). For the consumer alone, it is stopped in its
tracks while the relay fills its queues, and then let go. Times are those that both write into their databases.
"""

import time

from tests.bench import broker, cpu, watch
from tests.bench.results import Result
from tests.bench.sending import Sender
from tests.bench.traffic import Traffic
from tests.bench.watch import Cut

LIMIT_MESSAGES = 3000
END_TO_END_BATCH = 1000
END_TO_END_SECONDS = 60.0


def relay_and_consumer(sender: Sender) -> list[Result]:
    """The log that the intake stages filled, through the relay, and then through reporting."""
    stack = sender.stack
    stack.start_consumer("reporting")
    stack.pause("consume reporting")
    stack.start_relay("sessions")
    before = stack.cpu()
    watch.wait(lambda: watch.is_published(stack))
    relay_cpu = cpu.spent(before, stack.cpu())
    stack.stop("relay sessions")
    cut = watch.read_cut(stack)
    before, begun = stack.cpu(), time.time()
    stack.resume("consume reporting")
    watch.wait(lambda: watch.is_consumed(stack))
    consumer_cpu = cpu.spent(before, stack.cpu())
    consumed = watch.applied_at(stack) - begun
    stack.stop("consume reporting")
    published, taken = _limits(sender, cut)
    return [
        _beside(cut, "relay", cut.seconds, published, "pika publishing, confirms", relay_cpu),
        _beside(cut, "consumer", consumed, taken, "pika consuming, acks", consumer_cpu),
    ]


def _limits(sender: Sender, cut: Cut) -> tuple[float, float]:
    """Events a second that pika publishes and consumes, in the bodies of the relay's segments."""
    url = sender.stack.node.add_vhost("limits")
    count = max(LIMIT_MESSAGES, cut.segments)
    published = sender.executor.submit(broker.publish, url, cut.bodies, count).result()
    taken = sender.executor.submit(broker.consume, url, count).result()
    sender.stack.node.delete_vhost("limits")
    events = count * cut.per_segment
    return events / published, events / taken


def _beside(cut: Cut, name: str, seconds: float, limit: float, limit_label: str, used: dict[str, float]) -> Result:
    segments, size = cut.segments / seconds, sum(map(len, cut.bodies)) / len(cut.bodies)
    note = f"{segments:,.0f} segments/s, {cut.per_segment:.0f} events and {size / 1024:.0f} KiB each"
    more = {"segments_per_second": round(segments, 1), "events": cut.events, "bytes_per_segment": round(size)}
    return Result(f"{name} alone", cut.events / seconds, "events/s", limit, limit_label, note, name, more,
                  cpu.by_event(used, cut.events))  # fmt: skip


def end_to_end(sender: Sender, traffic: Traffic, limits: list[Result]) -> Result:
    """From the first request to the last exact figure, with every process at work."""
    stack = sender.stack
    for name in ("registry", "sessions"):
        stack.start_relay(name)
    for name in ("sessions", "reporting"):
        stack.start_consumer(name)
    used_before = stack.cpu()
    most = len(traffic.waiting) * max(map(len, traffic.waiting.values()))
    sent = sender.send(traffic, sender.as_batches(traffic, END_TO_END_BATCH, most), END_TO_END_SECONDS)
    watch.wait(lambda: watch.is_published(stack) and watch.is_consumed(stack))
    seconds = watch.applied_at(stack) - sent.begun
    lowest = min(limits, key=lambda result: result.limit)
    return Result(
        "end to end",
        sent.events / seconds,
        "events/s",
        lowest.limit,
        f"the lowest: {lowest.limit_label}",
        f"{sent.events:,} events in {seconds:.1f} s; the last was accepted after {sent.seconds:.1f} s",
        "end_to_end",
        {"events": sent.events, "seconds": round(seconds, 1), "seconds_sending": round(sent.seconds, 1)},
        cpu.by_event(cpu.spent(used_before, stack.cpu()), sent.events),
    )
