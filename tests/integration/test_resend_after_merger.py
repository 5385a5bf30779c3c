"""An app's ward is merged while its phones hold events without an answer: sent again, each counts once, where it belongs."""

from __future__ import annotations

import datetime as dt
import json
import time
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from shared import areas, database
from shared.areas import REFRESH_SECONDS
from shared.events import registry
from tests.support.events import assist, correction
from tests.support.postgres import TestPostgres
from tests.support.stack import Stack

APP = "app-11692-2025"
MERGED_ON = dt.date(2026, 1, 1)
BEFORE, AFTER = "2025-12-15T09:00:00+07:00", "2026-01-15T09:00:00+07:00"
WARD = "SELECT area_id, parent_id FROM area JOIN area_parent USING (area_id) WHERE code = %s AND area.valid_to IS NULL"


@pytest.fixture
def stack(postgres: TestPostgres) -> Iterator[Stack]:
    with Stack(postgres, "memory://") as made:
        made.serve("registry", "sessions")
        yield made


def merge(stack: Stack, code: str) -> tuple[uuid.UUID, uuid.UUID]:
    """The ward of a code becomes part of a new one, as the registry would tell it; both."""
    ((old, parent),) = stack.ask("sessions", WARD, code)
    new = uuid.uuid4()
    declared = registry.AreaDeclared(
        area_id=new, code="11999", name="Phường Mới", level="ward", valid_from=MERGED_ON, parent=parent
    )
    to = [registry.Successor(area_id=new, is_main=True)]
    with database.connect(stack.settings.database_url("sessions")) as connection:
        areas.declare(connection, declared)
        areas.succeed(connection, registry.AreaSucceeded(on=MERGED_ON, kind="merge", from_=[old], to=to))
    time.sleep(REFRESH_SECONDS + 0.1)
    return old, new


def sent_at(moment: str, **data: Any) -> dict[str, Any]:
    return assist(APP, area="11692", attributes={"time": moment}, **data)


def statuses(stack: Stack, *events: dict[str, Any]) -> list[str]:
    return [one["status"] for one in stack.post(list(events), APP).json()["results"]]


def test_a_backlog_that_is_sent_again_after_the_merger_counts_nothing_twice(stack: Stack) -> None:
    known = [sent_at(BEFORE), sent_at(AFTER), sent_at(BEFORE, citizen_number="099001000001")]
    change = correction(known[0]["subject"], AFTER, area="11692", happened_at=BEFORE) | {"source": f"/apps/{APP}"}
    assert statuses(stack, *known, change) == ["accepted"] * 4
    old, new = merge(stack, "11692")

    fresh = [sent_at(BEFORE), sent_at(AFTER)]
    again = statuses(stack, *known, change, *fresh)
    third = statuses(stack, *known, change, *fresh)
    conflict = stack.post(known[0] | {"data": known[0]["data"] | {"age_band": "60_plus"}}, APP)

    assert again == ["duplicate"] * 4 + ["accepted"] * 2
    assert third == ["duplicate"] * 6
    assert conflict.status_code == 409
    assert stack.ask("sessions", "SELECT count(*) FROM event_log") == [(6,)]
    found = "SELECT content FROM entity WHERE subject = %s"
    wards = [json.loads(stack.ask("sessions", found, one["subject"])[0][0])["ward"] for one in fresh]
    assert wards == [str(old), str(new)]
