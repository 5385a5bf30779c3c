"""The value axis of a chart: round bounds and round steps around the values.

Guarantee: `low <= every value <= high`, low is never below zero where no value is, and there are 3 to 8 steps.
"""

from collections.abc import Iterable
from typing import NamedTuple

STEPS = (1, 2, 5)
FEWEST, MOST = 3, 8


class Axis(NamedTuple):
    """Bounds and step, whole numbers."""

    low: int
    high: int
    step: int


def axis(values: Iterable[int]) -> Axis:
    """The axis with the smallest step that needs at most eight."""
    found = list(values)
    lowest, highest = min(found, default=0), max(found, default=0)
    size = 1
    while True:
        for step in (digit * size for digit in STEPS):
            low = lowest // step * step
            high = max(-(-highest // step) * step, low + FEWEST * step)
            if (high - low) // step <= MOST:
                return Axis(low, high, step)
        size *= 10
