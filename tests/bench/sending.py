"""Sending the traffic of a stage from a process of its own, and keeping book of what was accepted."""

from collections import Counter
from concurrent.futures import Executor
from dataclasses import dataclass, field
from itertools import cycle, islice

from tests.bench import cpu, load
from tests.bench.load import Outcome, Request
from tests.bench.results import quantile
from tests.bench.stack import Stack
from tests.bench.traffic import Share, Traffic, batches, singles


class LoadFailed(Exception):
    """An answer that is not an acceptance: nothing that was measured counts."""


@dataclass
class Series:
    """Several passes of one kind, added up."""

    requests: int = 0
    events: int = 0
    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    cpu: Counter[str] = field(default_factory=Counter)

    def add(self, outcome: Outcome) -> None:
        self.requests += sum(outcome.done)
        self.events += outcome.events
        self.seconds += outcome.seconds
        self.latencies += outcome.latencies
        self.cpu.update(outcome.cpu)

    @property
    def events_per_second(self) -> float:
        return self.events / self.seconds if self.seconds else 0.0

    def milliseconds(self) -> dict[str, float]:
        return {f"p{n}": round(quantile(self.latencies, n / 100) * 1000, 1) for n in (50, 99)}

    def cpu_by_event(self) -> dict[str, float]:
        return cpu.by_event(self.cpu, self.events)

    def times(self) -> str:
        return "p50 {p50:,.1f} ms, p99 {p99:,.1f} ms".format(**self.milliseconds())


@dataclass(frozen=True)
class Sender:
    """The wards' apps. `executor` runs them apart from the bench, which only waits."""

    stack: Stack
    executor: Executor

    def token(self, source: str) -> str:
        return self.stack.token(source.removeprefix("/apps/"))

    def run(self, requests: list[list[Request]], port: int, seconds: float) -> Outcome:
        """Send these lists at once, one client each.

        Raises:
            LoadFailed: with the answer.
        """
        before = self.stack.cpu()
        outcome: Outcome = self.executor.submit(load.drive, requests, port, seconds).result(timeout=seconds + 120)
        outcome.cpu = cpu.spent(before, self.stack.cpu())
        if outcome.failure:
            raise LoadFailed(f"{outcome.failure} {self.stack.ended()}")
        return outcome

    def send(self, traffic: Traffic, shares: list[Share], seconds: float) -> Outcome:
        """Send to the intake, and note what it accepted."""
        requests = [share.requests for share in shares]
        outcome = self.run(requests, self.stack.settings.ports["sessions"], seconds)
        for share, done in zip(shares, outcome.done, strict=True):
            traffic.note(share, done)
        return outcome

    def as_batches(self, traffic: Traffic, size: int, events: int) -> list[Share]:
        """The next events of all wards, one client for each ward, so that a ward's order holds."""
        wards = list(traffic.waiting)
        shares = []
        for source in wards:
            taken = traffic.take(source, -(-events // len(wards)))
            shares.append(Share(source, taken, batches(taken, size, self.token(source))))
        return shares

    def as_singles(self, traffic: Traffic, clients: int, events: int) -> list[Share]:
        """The next events for so many clients, ward after ward."""
        shares = []
        for source in islice(cycle(list(traffic.waiting)), clients):
            taken = traffic.take(source, events // clients)
            shares.append(Share(source, taken, singles(taken, self.token(source))))
        return shares
