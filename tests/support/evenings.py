"""A ward's days in the near future, each with its evening: what is sent when, and the closing at 22:00.

The clock of this process stands where the test puts it; databases keep their own. The sample's registry is older than
any of these days, so every closing knows it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast

import pytest

from deploy.cds import wiring
from services.reporting.closing.run import Closer
from services.reporting.replay import feeds_of
from shared import clock, database, segments
from shared.clock import LOCAL_ZONE
from shared.consumer import Applier
from shared.feed import FeedClient, Heads
from tests.support.events import event
from tests.support.stack import Stack

ONE_DAY = dt.timedelta(days=1)
APP = "app-11692-2025"
FAR = dt.datetime(2100, 1, 1, tzinfo=dt.UTC)
Sent = dict[str, Any]


class _Complete:
    """A feed whose heads say that they are complete, whatever the database's clock says."""

    def __init__(self, feed: FeedClient) -> None:
        self._feed = feed

    def heads(self) -> Heads:
        return replace(self._feed.heads(), complete_to=FAR)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._feed, name)


class Evenings:
    """Days from tomorrow on: `day(1)` is tomorrow."""

    def __init__(self, stack: Stack, patch: pytest.MonkeyPatch) -> None:
        self.stack, self._patch = stack, patch
        self.today = clock.today()

    def day(self, number: int) -> dt.date:
        return self.today + number * ONE_DAY

    def at(self, number: int, hour: int, minute: int = 0) -> dt.datetime:
        return dt.datetime.combine(self.day(number), dt.time(hour, minute), LOCAL_ZONE)

    def stand(self, moment: dt.datetime) -> None:
        self._patch.setattr(clock, "now", lambda: moment.astimezone(dt.UTC))

    def send(self, moment: dt.datetime, *sent: Sent) -> list[str]:
        """What the ward's app sends at a moment; the subjects, in their order."""
        self.stand(moment)
        answer = self.stack.post(list(sent), APP)
        assert answer.json()["counts"]["accepted"] == len(sent), answer.text
        return [one["subject"] for one in sent]

    def consume(self) -> None:
        """Cut the log of the sessions service, and apply it to the figures."""
        source, target = self.stack.engine("sessions"), self.stack.engine("reporting")
        with database.transaction(source) as connection:
            while segments.cut(connection, range(4)):
                pass
            epoch, shards = segments.open_stream(connection, "sessions", 4)
            found = [segments.read(connection, "sessions", epoch, shard, 0, 1000) for shard in range(shards)]
        applier = Applier(wiring.CONSUMERS["reporting"], target)
        for segment in (one for shard in found for one in shard):
            applier.apply(segment)
        source.dispose()
        target.dispose()

    def close(self, number: int) -> list[dt.date]:
        """The closing of a day, made at 22:01."""
        self.consume()
        return self.look(self.at(number, 22, 1))

    def look(self, moment: dt.datetime) -> list[dt.date]:
        """What a closer closes whose clock says this moment, whatever the consumer has."""
        self.stand(moment)
        feeds = feeds_of(self.stack.settings)
        complete = {name: cast(FeedClient, _Complete(feed)) for name, feed in feeds.items()}
        try:
            return Closer(self.stack.settings.database_url("reporting"), complete, lambda: moment).run_due()
        finally:
            for feed in feeds.values():
                feed.close()


def assist(moment: dt.datetime, group: str, number: int | None = None, **data: Any) -> Sent:
    """An activation for the person with this number; without one for somebody who gave none."""
    base = {"area": group, "service": "vneid_activation", "outcome": "completed"}
    if number is not None:
        base["citizen_number"] = f"031{number:09}"
    return _made("assist.recorded", moment, base | data)


def void(moment: dt.datetime, subject: str) -> Sent:
    return _made("assist.voided", moment, {"reason_code": "duplicate"}, subject)


def book(moment: dt.datetime, group: str, lines: Sequence[tuple[str, str, int]]) -> Sent:
    written = [{"service": service, "outcome": outcome, "count": count} for service, outcome, count in lines]
    base = {"area": group, "day": clock.local_day(moment).isoformat(), "version": 1, "covers": "unlisted"}
    return _made("tally.recorded", moment, base | {"lines": written})


def told(name: str, moment: dt.datetime, subject: str | None = None, /, **data: Any) -> Sent:
    """Any other event."""
    return _made(name, moment, data, subject)


def _made(name: str, moment: dt.datetime, data: Sent, subject: str | None = None) -> Sent:
    more = {"subject": subject} if subject else {}
    return event(name, data, APP, time=moment.isoformat(), **more)
