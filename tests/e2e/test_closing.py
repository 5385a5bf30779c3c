"""A day is closed for real: events over the intake, the closer on the feeds, the statement over HTTP and in the stream."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import json
import subprocess
import sys
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from deploy.cds import wiring
from deploy.sample import place
from services.reporting.closing.run import Closer
from services.reporting.replay import feeds_of
from shared import clock, database, segments
from shared.events import facts
from shared.feed import FeedClient, Heads
from tests.support.events import assist, void
from tests.support.postgres import TestPostgres
from tests.support.stack import PROJECT, VIEWER, Stack, wait_for

ONE_DAY = dt.timedelta(days=1)
YESTERDAY = clock.today() - ONE_DAY
WARD_APP = next(client.client_id for client in place.ward_clients() if client.client_id.endswith("-2025"))
WARD = WARD_APP.split("-")[1]


@pytest.fixture
def stack(postgres: TestPostgres) -> Iterator[Stack]:
    with Stack(postgres, "memory://") as made:
        made.serve()
        yield made


def at(hour: int, minute: int = 0, second: int = 0) -> dt.datetime:
    return dt.datetime.combine(YESTERDAY, dt.time(hour, minute, second), clock.LOCAL_ZONE)


def take(stack: Stack, monkeypatch: pytest.MonkeyPatch, recorded: dt.datetime, *events: dict[str, Any]) -> None:
    """The intake takes these events at a moment of yesterday, and they become segments."""
    monkeypatch.setattr("services.sessions.intake.clock", SimpleNamespace(now=lambda: recorded))
    for event in events:
        answer = stack.post(event, WARD_APP)
        assert answer.status_code == 201, answer.text
    cut = 0

    def all_is_cut() -> bool:  # whoever writes elsewhere in this server holds the cut back for a moment
        nonlocal cut
        with database.transaction(stack.engine("sessions")) as connection:
            cut += segments.cut(connection, range(stack.settings.shards))
        return cut == len(events)

    wait_for(all_is_cut, what="segments")


class Until(FeedClient):
    """A feed that is complete to a moment."""

    def __init__(self, feed: FeedClient, moment: dt.datetime) -> None:
        self.stream, self._client, self._moment = feed.stream, feed._client, moment

    def heads(self) -> Heads:
        return dataclasses.replace(super().heads(), complete_to=self._moment)


def close(stack: Stack, now: dt.datetime, complete_to: dt.datetime) -> list[dt.date]:
    feeds: dict[str, FeedClient] = {name: Until(feed, complete_to) for name, feed in feeds_of(stack.settings).items()}
    return Closer(stack.settings.database_url("reporting"), feeds, lambda: now).run_due()


def an_assist() -> dict[str, Any]:
    return assist(WARD_APP, area=WARD, attributes={"time": at(19, 30).isoformat()})


def consume(stack: Stack) -> None:
    wiring.subscription("reporting", stack.settings).catch_up()


def get(stack: Stack, path: str, **query: str) -> Any:
    headers = {"Authorization": f"Bearer {stack.token(VIEWER)}"}
    url = f"{stack.url('reporting')}{path}"
    return httpx.get(url, params=query, headers=headers, timeout=20, trust_env=False)


def cds(stack: Stack, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "deploy.cds.main", *arguments]
    return subprocess.run(command, env=stack.environment(), cwd=PROJECT, capture_output=True, text=True, timeout=60)


def test_a_day_is_closed_and_what_comes_later_amends_it(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    early = an_assist()
    take(stack, monkeypatch, at(21, 59, 59), early, an_assist())
    take(stack, monkeypatch, at(22, 0, 1), an_assist(), an_assist())
    consume(stack)

    assert close(stack, at(22, 1), at(22)) == [YESTERDAY]
    assert close(stack, at(22, 2), at(22, 1)) == []
    take(
        stack, monkeypatch, at(23, 0), void(early["subject"], at(22, 30).isoformat()) | {"source": f"/apps/{WARD_APP}"}
    )
    next_evening = at(22, 1) + ONE_DAY
    assert close(stack, next_evening, at(21, 59) + ONE_DAY) == []  # more may come: it waits
    assert close(stack, next_evening, next_evening) == [YESTERDAY + ONE_DAY]

    # The sample's registry was told today, after that closing: of yesterday's evening only the whole is known.
    assert get(stack, f"/v1/daily-closings/{YESTERDAY}", area=WARD).status_code == 404
    statement = get(stack, f"/v1/daily-closings/{YESTERDAY}").json()
    assert statement["closed"]["assists"] == {"vneid_activation": {"completed": {"single": 2, "paper": 0}}}
    assert hashlib.sha256(statement["contents"].encode()).hexdigest() == statement["sha256"]
    assert json.loads(statement["contents"])["figures"] == statement["closed"]
    lines = {(line["figure"], line["service"]): line for line in statement["amendments"][0]["lines"]}
    assert lines["F1", "vneid_activation"] == {
        "figure": "F1", "service": "vneid_activation", "before": 2, "after": 3, "late": 2, "corrected": 0, "voided": -1,
    }  # fmt: skip
    assert statement["current"]["assists"] == {"vneid_activation": {"completed": {"single": 3, "paper": 0}}}
    assert get(stack, "/v1/daily-closings/2020-01-01").status_code == 404
    assert get(stack, "/v1/daily-closings/hom-qua").status_code == 422


def test_a_statement_is_told_in_the_stream_and_comes_out_the_same_again(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    take(stack, monkeypatch, at(21), an_assist())
    consume(stack)

    closed = cds(stack, "close-day", "--json")
    checked = cds(stack, "close-day", "--check", str(YESTERDAY))
    never = cds(stack, "close-day", "--check", "2020-01-01")

    assert closed.returncode == 0, closed.stderr
    assert str(YESTERDAY) in json.loads(closed.stdout)["closed"]
    assert (checked.returncode, never.returncode) == (0, 2), checked.stderr
    assert "đều khớp" in checked.stdout
    assert "chưa chốt" in never.stderr
    feed = FeedClient(stack.url("reporting"), "reporting", stack.settings.internal_secret)
    heads = feed.heads()
    told = [event for part in feed.read(heads.epoch, 0, 0) for event in facts.decode_batch(part.inflate())]
    statement = get(stack, f"/v1/daily-closings/{YESTERDAY}").json()
    by_hash = {facts.decode_fact(event).hash: event for event in told if event.type.endswith("day.closed.v1")}  # type: ignore[attr-defined]
    assert statement["sha256"] in by_hash
    rebuilt = cds(stack, "rebuild", "--json")
    assert rebuilt.returncode == 0, rebuilt.stderr
    assert json.loads(rebuilt.stdout)["changed"] == {}
