"""What a consumer does with an event: handlers gather changes in one transaction, which are written at its end.

Guarantee: changes are written once a transaction and reason, in the order of their steps and names, so that two
transactions take the locks of their tables in one order.
Step 7 of the event path (docs/architecture.md).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from shared.database import Connection
from shared.events.base import Event
from shared.events.facts import Logged
from shared.quarantine import Place


class Changes(Protocol):
    """The changes of one read model that a transaction gathers; written once, at its end.

    `step` orders the writing: a model that is computed from others comes after them.
    """

    @property
    def step(self) -> int: ...

    def flush(self, connection: Connection) -> None: ...


C = TypeVar("C", bound=Changes)


@dataclass
class Work:
    """One transaction of a consumer: its connection, and the changes that its handlers gather.

    `reason` says why figures change, where somebody wants to know; changes of two reasons are not gathered together.
    """

    connection: Connection
    reason: str | None = None
    place: Place | None = None  # the segment of the event that is handled
    _gathered: dict[type[Any], Any] = field(default_factory=dict)

    def gather(self, kind: type[C]) -> C:
        """The changes of this kind in this transaction."""
        if kind not in self._gathered:
            self._gathered[kind] = kind()
        found: C = self._gathered[kind]
        return found

    def flush(self) -> None:
        """Write what was gathered, also what is gathered while writing, and begin anew."""
        while self._gathered:
            gathered, self._gathered = self._gathered, {}
            # By name within a step: two transactions take the locks of their tables in one order.
            for changes in sorted(gathered.values(), key=lambda one: (one.step, type(one).__name__)):
                changes.flush(self.connection)

    def because(self, reason: str | None) -> None:
        """What is gathered from now on has this reason."""
        if reason != self.reason:
            self.flush()
            self.reason = reason


Handler = Callable[[Work, Logged, Any], None]
ReasonOf = Callable[[Logged, Any], str | None]


@dataclass(frozen=True)
class Consumer:
    """Who reads, and what each event type changes. Queues, labels and documents derive from it."""

    name: str
    handlers: Mapping[type[Event], Sequence[Handler]]

    @property
    def streams(self) -> tuple[str, ...]:
        return tuple(sorted({event.STREAM for event in self.handlers}))

    def by_type(self) -> dict[str, Sequence[Handler]]:
        return {event.ce_type(): handlers for event, handlers in self.handlers.items()}
