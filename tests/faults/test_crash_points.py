"""At every crash point of the event path: SIGKILL there, start again, and every figure is as if nothing had happened.

For each point the process that passes it is killed at its first and, started again, at its third passing, while the
simulator sends traffic with all its bad habits over a real broker; then it is started once more, without a fault. A
process that lives on means that the point was never reached, which fails.
"""

from __future__ import annotations

import datetime as dt
import signal
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from deploy.cds.simulate.app import Patience
from deploy.cds.simulate.run import Outcome, run
from deploy.cds.simulate.verify import verify
from shared.fault import Point
from tests.support.postgres import TestPostgres
from tests.support.rabbitmq import RabbitNode
from tests.support.stack import Process, Stack, wait_for

pytestmark = pytest.mark.faults
EVENTS = 90
FIRST_DAY = dt.date(2023, 1, 2)
DAYS = 2
# Points that are passed on the way in from the feed: the traffic is there before the process is.
BEHIND = {Point.CONSUMER_CATCHING_UP}


@pytest.fixture(scope="module")
def stack(postgres: TestPostgres, rabbit: RabbitNode) -> Iterator[Stack]:
    url = rabbit.add_vhost("crash-points")
    with Stack(postgres, url) as made:
        made.serve("registry", "reporting")
        made.gunicorn("sessions")
        made.relay("registry")
        made.consumer("sessions")
        made.relay("sessions")
        made.consumer("reporting")
        yield made
    rabbit.delete_vhost("crash-points")


class Victim:
    """The process that passes a point."""

    def __init__(self, stack: Stack, point: Point) -> None:
        self.stack = stack
        self.point = point
        part = point.split(".")[0]
        self.name, self.said = {
            "intake": ("serve sessions --workers 1", ""),
            "relay": ("relay sessions", '"publishing"'),
            "consumer": ("consume reporting", '"consuming"'),
        }[part]

    def start(self, passing: int = 0) -> Process:
        fault = f"{self.point}:kill@{passing}" if passing else ""
        if self.name.startswith("serve") and not passing:
            return self.stack.gunicorn("sessions")
        process = self.stack.cds(self.name, fault)
        if self.point not in BEHIND:
            # It may be killed before it says that it is up: there is something to do at once, from the last case.
            wait_for(lambda: process.status is not None or self.said in process.output(), 60, process.output())
        return process

    def stop(self) -> None:
        self.stack.processes[self.name].kill()

    def wait_until_killed(self, process: Process) -> None:
        if self.name.startswith("serve"):
            # gunicorn's master tells how its worker ended.
            wait_for(lambda: "SIGKILL" in process.output(), 30, f"{self.point} is reached:\n{process.output()[-2000:]}")
            process.kill()
        else:
            process.wait_until_killed()


class Traffic:
    """Half of the events of a case, sent in the background."""

    def __init__(self, stack: Stack, first: dt.date, seed: str) -> None:
        self.plan = stack.plan(first, DAYS, EVENTS, seed)
        self.targets = stack.targets()
        self.outcome: Outcome | None = None
        self._thread = threading.Thread(target=self._send, daemon=True)
        self._thread.start()

    def _send(self) -> None:
        patience = Patience(give_up_after=60, longest_pause=1.0)
        self.outcome = run(self.plan, self.targets, rate=150, patience=patience)

    def sent(self) -> Outcome:
        self._thread.join(timeout=60)
        assert self.outcome is not None, "the traffic was not sent"
        return self.outcome

    def verify(self) -> None:
        verdict = verify(self.sent(), self.targets, deadline_seconds=30)
        assert verdict.is_equal, verdict


@pytest.mark.parametrize("point", list(Point), ids=str)
def test_a_process_killed_at_any_point_leaves_every_figure_right(stack: Stack, point: Point) -> None:
    number = list(Point).index(point)
    victim = Victim(stack, point)
    victim.stop()

    traffic = []
    for passing in (1, 3):
        first = FIRST_DAY + dt.timedelta(days=DAYS * (2 * number + (passing == 3)))
        if point in BEHIND:
            traffic.append(Traffic(stack, first, f"{point}-{passing}"))
            traffic[-1].sent()
        process = victim.start(passing)
        if point not in BEHIND:
            traffic.append(Traffic(stack, first, f"{point}-{passing}"))
        victim.wait_until_killed(process)
    victim.start()

    for part in traffic:
        part.verify()
    stack.settle()
    assert stack.ask("reporting", "SELECT count(*) FROM quarantine") == [(0,)]
    _assert_nothing_twice(stack)


def _assert_nothing_twice(stack: Stack) -> None:
    """Every event accepted is in just one segment, and the numbers have no gap."""
    in_log = stack.ask("sessions", "SELECT count(*) FROM event_key WHERE segment IS NOT NULL")[0][0]
    cut, gaps = stack.ask(
        "sessions",
        """SELECT sum(events), count(*) FILTER (WHERE number <> expected) FROM (
             SELECT events, number, row_number() OVER (PARTITION BY shard ORDER BY number) AS expected FROM segment) s""",
    )[0]
    assert (cut, gaps) == (in_log, 0)


def test_a_killed_process_is_seen_to_be_killed(stack: Stack) -> None:
    """The harness itself: a process that is not killed does not count as killed."""
    process: Any = stack.relay("registry")
    process.wait_for_output('"publishing"')
    process.stop()

    with pytest.raises(AssertionError):
        process.wait_until_killed(seconds=0.1)
    assert process.status != -signal.SIGKILL
    time.sleep(0)
