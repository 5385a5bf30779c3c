"""The ledger of a simulation: every attempt with what the app learnt of it, and the final fate of every item.

An attempt is `ok` (answered for good), `fail` (surely not taken) or `unknown` (cut, timed out, or a server
error: it may have been taken). What was answered `accepted`, `pending_reference` or `duplicate` is held by
the platform. Safe for use from several threads.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

from deploy.cds.simulate.event import Event
from deploy.cds.simulate.malformed import Item

HELD = frozenset({"accepted", "pending_reference", "duplicate"})
REFUSED = frozenset({"rejected", "conflict"})


@dataclass(slots=True)
class Attempt:
    keys: tuple[str, ...]
    outcome: str
    status: int | None
    seconds: float


@dataclass(slots=True)
class Fate:
    """All the answers that one item has had, and whether an attempt ended without one."""

    item: Item
    answers: list[str] = field(default_factory=list)
    has_unknown: bool = False
    reason: str = ""

    @property
    def is_held(self) -> bool:
        return bool(HELD.intersection(self.answers))

    @property
    def was_there(self) -> bool:
        """Held since before this run: never anything but `duplicate`, and no attempt went astray."""
        return self.is_held and set(self.answers) == {"duplicate"} and not self.has_unknown

    @property
    def final(self) -> str:
        for status in ("accepted", "pending_reference", "duplicate", "conflict", "rejected"):
            if status in self.answers:
                return status
        return "unknown" if self.has_unknown else "unsent"


class Ledger:
    def __init__(self) -> None:
        self.attempts: list[Attempt] = []
        self.fates: dict[str, Fate] = {}
        self.excused: set[str] = set()  # honest, and yet nothing that the platform could use
        self._lock = Lock()

    def plan(self, item: Item) -> None:
        with self._lock:
            self.fates.setdefault(item.key, Fate(item))

    def attempt(self, items: tuple[Item, ...], outcome: str, status: int | None, seconds: float) -> None:
        with self._lock:
            self.attempts.append(Attempt(tuple(item.key for item in items), outcome, status, seconds))
            if outcome == "unknown":
                for item in items:
                    self.fates[item.key].has_unknown = True

    def answer(self, item: Item, status: str, reason: str = "") -> None:
        with self._lock:
            fate = self.fates[item.key]
            fate.answers.append(status)
            fate.reason = reason or fate.reason

    def honest(self) -> list[Event]:
        return [fate.item.event for fate in self.fates.values() if fate.item.event]

    def held(self) -> list[Event]:
        return [fate.item.event for fate in self.fates.values() if fate.is_held and fate.item.event]

    def held_before(self) -> list[Event]:
        return [fate.item.event for fate in self.fates.values() if fate.was_there and fate.item.event]

    def surprises(self) -> list[str]:
        """Honest events that were not taken, and malformed ones that were: one readable line each."""
        lines = []
        for key, fate in self.fates.items():
            if fate.item.is_malformed and fate.is_held:
                lines.append(f"{fate.item.kind}: malformed, yet {fate.final} ({key})")
            if not fate.item.is_malformed and not fate.is_held and key not in self.excused:
                lines.append(f"{fate.item.kind}: good, yet {fate.final} ({key}) {fate.reason}".rstrip())
        return lines

    def by_kind(self) -> dict[str, dict[str, int]]:
        table: dict[str, Counter[str]] = defaultdict(Counter)
        for fate in self.fates.values():
            kind = "malformed" if fate.item.is_malformed else fate.item.kind
            table[kind][fate.final] += 1
        return {kind: dict(table[kind]) for kind in sorted(table)}

    def write(self, path: Path) -> None:
        """Every attempt as a line of JSON, in the order in which they ended."""
        with path.open("w", encoding="utf-8") as file:
            for one in self.attempts:
                file.write(json.dumps([one.outcome, one.status, round(one.seconds, 4), *one.keys]) + "\n")
