"""Processor time by part, from /proc: a figure that hardly changes when others use the machine too.

A part is a process with all that came from it, those that have ended included.
"""

import os
from collections.abc import Mapping
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")


def seconds(root: int) -> float:
    """User and system time of a process and its descendants so far; 0 when there is no such process."""
    return sum(_own_seconds(pid) for pid in _tree(root))


def _tree(root: int) -> list[int]:
    found = [root]
    for pid in found:
        found += _children(pid)
    return found


def _children(pid: int) -> list[int]:
    try:
        return [int(child) for task in _tasks(pid) for child in (task / "children").read_text().split()]
    except OSError:
        return []


def _tasks(pid: int) -> list[Path]:
    return list(Path(f"/proc/{pid}/task").iterdir())


def _own_seconds(pid: int) -> float:
    """Fields 14 to 17 of stat: user and system time, its own and that of children that ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(map(int, fields[11:15])) / TICK


def spent(before: dict[str, float], after: dict[str, float]) -> dict[str, float]:
    """What each part has used between two readings, in seconds."""
    return {part: after[part] - before.get(part, 0.0) for part in after}


def by_event(used: Mapping[str, float], events: int) -> dict[str, float]:
    """Microseconds an event by part; parts that did next to nothing are left out."""
    found = {part: round(value / max(events, 1) * 1e6, 1) for part, value in used.items()}
    return {part: value for part, value in found.items() if value >= 0.5}
