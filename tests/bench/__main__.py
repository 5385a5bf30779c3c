"""The run: start everything, measure stage after stage, compare every figure, print, write.

Exit status 0 when the figures are exact, 1 when they are not or an event was refused, 2 when it could not be tried.
"""

import argparse
import multiprocessing
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from datetime import date

import httpx
from rich.console import Console

from deploy.cds.simulate.figures import Reading
from deploy.cds.simulate.verify import differing
from tests.bench import intake, load, path
from tests.bench.machine import describe
from tests.bench.results import Result, show, write
from tests.bench.sending import LoadFailed, Sender
from tests.bench.stack import Stack, running
from tests.bench.traffic import Traffic

SINGLES, BATCHES, END_TO_END = date(2023, 1, 1), date(2023, 2, 1), date(2023, 3, 1)

# The end-to-end stage is made to last about so long, within bounds.
SECONDS, LEAST, MOST = 15, 20_000, 200_000
# Of what is printed into a file or a pipe.
WIDTH = 150


class Inexact(Exception):
    """Figures that are not what was sent."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--events", type=int, default=0, help="of the end-to-end stage (default: for about 15 seconds)")
    options = parser.parse_args()
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = WIDTH
    begun = time.monotonic()
    try:
        with running() as stack, _executor() as executor:
            machine = describe(stack)
            results = _measure(Sender(stack, executor), options.events, console)
    except (LoadFailed, Inexact) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    except (AssertionError, RuntimeError, OSError, httpx.HTTPError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2
    show(results, machine, console)
    console.print(f"Every figure is exact. {time.monotonic() - begun:.0f} s; written to {write(results, machine)}")
    return 0


def _executor() -> ProcessPoolExecutor:
    return ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), initializer=load.end_with_parent)


def _measure(sender: Sender, events: int, console: Console) -> list[Result]:
    sites = sender.stack.sites()
    one_by_one, in_batches = Traffic(sites, SINGLES, 60_000), Traffic(sites, BATCHES, sum(intake.BATCH_EVENTS.values()))
    with console.status("single events…") as status:
        results = intake.singles(sender, one_by_one)
        status.update("batches…")
        results += intake.batched(sender, in_batches)
        status.update("relay, consumer…")
        results += path.relay_and_consumer(sender)
        _compare(sender.stack, one_by_one, in_batches)
        status.update("end to end…")
        batch = next(result.value for result in results if result.name == "intake_batch")
        everything = Traffic(sites, END_TO_END, events or min(max(int(batch * SECONDS), LEAST), MOST))
        limits = [result for result in results if result.name in ("intake_batch", "relay", "consumer")]
        results.append(path.end_to_end(sender, everything, limits))
        _compare(sender.stack, everything)
    return results


def _compare(stack: Stack, *sent: Traffic) -> None:
    """Every cell of reporting beside what was sent.

    Raises:
        Inexact: naming the first cells that differ.
    """
    for traffic in sent:
        with httpx.Client(timeout=60, trust_env=False) as client:
            found = Reading(stack.targets(), client).of_plan(traffic.plan)
        wrong = differing(traffic.expected(), found)
        if wrong:
            raise Inexact(f"{len(wrong)} figures differ, the first (cell, expected, found): {wrong[:3]}")


if __name__ == "__main__":
    sys.exit(main())
