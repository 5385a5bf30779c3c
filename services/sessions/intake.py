"""The intake: parsed values of one request in, a fate for each out, in the order sent.

Guarantee: one bad event never costs its neighbours; what is answered as accepted is committed. A race with another
request is settled by reading again.
Steps 2 and 3 of the event path (docs/architecture.md).
"""

import datetime as dt
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg.errors
import sqlalchemy as sa

from services.sessions import commands, refusals
from services.sessions.commands import Accepted, Context, Fate
from services.sessions.contract import Rejected, Submission, clock_marks, read
from services.sessions.directory import Directory
from services.sessions.known_residents import Residents
from services.sessions.places import Caller, Located, Places
from services.sessions.refusals import Refused
from shared import clock, event_log, fault, logs, metrics, segments
from shared.database import AWAY, transaction
from shared.event_log import Raced
from shared.problems import unavailable
from shared.settings import Settings
from shared.token_keys import TokenKeys

TRIES = 5
WAKE_EVERY_SECONDS = 0.02
STREAM = "sessions"
log = logs.get("intake")


@dataclass(frozen=True, slots=True)
class Answered:
    """The fate of one event. `id` is as sent, when it could be read."""

    id: str | None
    fate: Fate


class _DryRun(Exception):
    """Rolls back what was only tried."""

    def __init__(self, fates: list[Fate]) -> None:
        super().__init__("dry run")
        self.fates = fates


class Intake:
    """The door to the event log."""

    def __init__(self, engine: sa.Engine, directory: Directory, settings: Settings) -> None:
        self.engine = engine
        self.directory = directory
        self.settings = settings
        self.residents = Residents(engine, settings.resident_token_keys)
        self._sources: dict[str, int] = {}
        self._shards = 0
        self._woken_at = float("-inf")

    def take(
        self, values: Sequence[Any], caller: Caller, *, is_dry: bool = False, is_sandbox: bool = False
    ) -> list[Answered]:
        """Accept or refuse each of these values; a dry run answers the same and stores nothing.

        Raises:
            Problem: 503 when the reference data or the log cannot be had; the sender keeps everything.
        """
        if self.directory.is_empty():
            raise unavailable(10)
        now = clock.now()
        places = Places(self.directory.areas(), caller)
        keys = self.residents.checked_keys()
        sent = self.residents.with_first_known([_read(value, caller, keys, now) for value in values])
        read_ = [_place(item, places, now) for item in sent]
        good = [item for item in read_ if isinstance(item, Located)]
        context = Context(0, caller, places, 0, now, self.directory.services(), is_sandbox)
        fates = iter(self._store(good, context, is_dry) if good else [])
        answered = [
            Answered(_id_of(value), next(fates) if isinstance(item, Located) else item)
            for value, item in zip(values, read_, strict=True)
        ]
        if not is_dry:
            self._keep_refused(values, read_, answered, context)
            _count(answered, read_)
        return answered

    def _keep_refused(
        self,
        values: Sequence[Any],
        read_: Sequence[Located | Rejected],
        answered: Sequence[Answered],
        context: Context,
    ) -> None:
        refused = [
            Refused(value, answer.fate, _ward_of(item) or context.places.home_ward())
            for value, item, answer in zip(values, read_, answered, strict=True)
            if isinstance(answer.fate, Rejected)
        ]
        if refused:
            with transaction(self.engine) as connection:
                client_id, is_sandbox = context.caller.client_id, context.is_sandbox
                refusals.keep(connection, client_id, refused, context.now, is_sandbox=is_sandbox)

    def _store(self, batch: list[Located], context: Context, is_dry: bool) -> list[Fate]:
        fault.hit(fault.Point.INTAKE_BEFORE_BEGIN)
        context.source_id, context.shards = self._source(context.caller), self._stream()
        for _ in range(TRIES):
            try:
                with transaction(self.engine) as connection:
                    fates = commands.accept(connection, batch, context)
                    if is_dry:
                        raise _DryRun(fates)
                    fault.hit(fault.Point.INTAKE_BEFORE_COMMIT)
                fault.hit(fault.Point.INTAKE_AFTER_COMMIT)
                self._wake()
                return fates
            except _DryRun as dry:
                return dry.fates
            except (Raced, psycopg.errors.DeadlockDetected):
                context.now = clock.now()
        raise unavailable(2)

    def _wake(self) -> None:
        """Tell the relay, at most every 20 ms: once woken it looks again by itself for a while."""
        if time.monotonic() - self._woken_at < WAKE_EVERY_SECONDS:
            return
        self._woken_at = time.monotonic()
        try:
            with transaction(self.engine) as connection:
                event_log.wake_relay(connection)
        except AWAY as error:
            # What is committed is accepted, whatever becomes of the wake-up.
            log.warning("relay not woken", error=type(error).__name__)

    def _source(self, caller: Caller) -> int:
        """The number of the caller's source, made in a transaction of its own: no write may precede the locks."""
        if caller.source not in self._sources:
            with transaction(self.engine) as connection:
                self._sources[caller.source] = event_log.source_id_of(connection, caller.source)
        return self._sources[caller.source]

    def _stream(self) -> int:
        if not self._shards:
            with transaction(self.engine) as connection:
                _, self._shards = segments.open_stream(connection, STREAM, self.settings.shards)
        return self._shards


def _read(value: Any, caller: Caller, keys: TokenKeys, now: dt.datetime) -> Submission | Rejected:
    try:
        return read(value, caller.source, keys, now)
    except Rejected as rejected:
        return rejected


def _place(sent: Submission | Rejected, places: Places, now: dt.datetime) -> Located | Rejected:
    try:
        return sent if isinstance(sent, Rejected) else places.locate(sent, clock_marks(sent, now))
    except Rejected as rejected:
        return rejected


def _ward_of(item: Located | Rejected) -> UUID | None:
    return item.ward.area_id if isinstance(item, Located) and item.ward else None


def _id_of(value: Any) -> str | None:
    found = value.get("id") if isinstance(value, dict) else None
    return found[:64] if isinstance(found, str) else None


def _count(answered: Sequence[Answered], read_: Sequence[Located | Rejected]) -> None:
    for answer, item in zip(answered, read_, strict=True):
        name = type(item.submission.data).NAME if isinstance(item, Located) else "unreadable"
        status = answer.fate.status if isinstance(answer.fate, Accepted) else answer.fate.code
        metrics.intake_events.labels(status, name).inc()
