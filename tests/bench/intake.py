"""Intake alone: single events beside a bare Flask application, batches beside COPY into the same table.

No relay and no consumer runs meanwhile. Ours and the limit take turns, so that a noisy moment meets both.
"""

from dataclasses import replace

from tests.bench import copying
from tests.bench.results import Result
from tests.bench.sending import Sender, Series
from tests.bench.traffic import Traffic

ROUNDS = 3
SINGLE_SECONDS = {1: 3.0, 16: 5.0}
WARMING = 300
# Enough for a machine several times as fast; a pass ends at its seconds, or at its count.
MOST_SINGLES = {1: 6_000, 16: 16_000}
BATCH_EVENTS = {1: 2_000, 10: 8_000, 100: 20_000, 500: 30_000, 1000: 60_000}
BATCH_SECONDS = 8.0


def singles(sender: Sender, traffic: Traffic) -> list[Result]:
    """Requests a second with 1 and 16 clients, and how long one waits."""
    stack = sender.stack
    sender.send(rest := traffic.split(), sender.as_batches(rest, 500, 10_000), 60)
    stack.start_bare()
    sender.send(traffic, sender.as_singles(traffic, 8, WARMING), 60)
    ours, bare = {n: Series() for n in SINGLE_SECONDS}, {n: Series() for n in SINGLE_SECONDS}
    for _ in range(ROUNDS):
        for clients, seconds in SINGLE_SECONDS.items():
            shares = sender.as_singles(traffic, clients, MOST_SINGLES[clients])
            bare[clients].add(sender.run([share.requests for share in shares], stack.bare_port, seconds))
            ours[clients].add(sender.send(traffic, shares, seconds))
    stack.stop("bare")
    return [_single(clients, ours[clients], bare[clients]) for clients in SINGLE_SECONDS]


def _single(clients: int, ours: Series, bare: Series) -> Result:
    return Result(
        f"single events, {clients} client{'s' if clients > 1 else ''}",
        ours.events_per_second,
        "requests/s",
        bare.events_per_second,
        "bare Flask + one INSERT",
        f"{ours.times()} (limit: {bare.times()})",
        f"intake_single_{clients}",
        ours.milliseconds() | {f"limit_{name}": value for name, value in bare.milliseconds().items()},
        ours.cpu_by_event(),
        bare.cpu_by_event(),
    )


def batched(sender: Sender, traffic: Traffic) -> list[Result]:
    """Events a second by batch size; the largest is the one that counts."""
    found: dict[int, Series] = {}
    for size, events in BATCH_EVENTS.items():
        found[size] = Series()
        found[size].add(sender.send(traffic, sender.as_batches(traffic, size, events), BATCH_SECONDS))
    limits = copying.by_size(sender.stack, list(BATCH_EVENTS))
    results = [_batch(size, series, limits[size]) for size, series in found.items()]
    by_size = {str(size): round(series.events_per_second, 1) for size, series in found.items()}
    return [*results[:-1], replace(results[-1], name="intake_batch", more=results[-1].more | {"by_size": by_size})]


def _batch(size: int, series: Series, limit: float) -> Result:
    limit_label = f"COPY, {size:,} a commit"
    return Result(
        f"batches of {size:,}",
        series.events_per_second,
        "events/s",
        limit,
        limit_label,
        series.times(),
        more=series.milliseconds(),
        cpu=series.cpu_by_event(),
    )
