"""Reporting answers as its OpenAPI document says, to generated requests of every operation, right and wrong ones.

Over figures of assists, books, sessions, feedback and a campaign, in wards of before and after the reform.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest

from deploy.cds import wiring
from services.reporting.api import FAMILIES
from shared.areas import LEVELS
from tests.support.openapi import Examples, Fuzzer, Right
from tests.support.postgres import TestPostgres
from tests.support.reported import CAMPAIGN_DAYS, PEOPLE, Reported, reported

DAYS = {"from": "2023-03-01", "to": "2026-04-30"}


@pytest.fixture(scope="module")
def place(postgres: TestPostgres) -> Iterator[Reported]:
    with reported(postgres) as made:
        yield made


def values(place: Reported) -> dict[str, list[Any]]:
    """What exists, by the names of parameters."""
    areas = ["11692", "11689", "11692/tdp-03", "31", *place.ids("SELECT area_id FROM area LIMIT 12")]
    days = ["2023-03-08", "2025-06-30", "2025-07-01", "2026-03-15"]
    return {
        "area": areas,
        "campaign": place.ids("SELECT campaign_id FROM campaign"),
        **dict.fromkeys(("from", "to", "on", "day"), days),
        "level": list(LEVELS),
        "group_by": ["day", "area", "day,area", "week,service", "venue,team", "campaign"],
        "service": ["vneid_activation", "digital_skills,online_public_service"],
        "venue": place.ids("SELECT venue FROM venue LIMIT 3"),
        "volunteer": place.ids("SELECT DISTINCT volunteer FROM volunteer_hours LIMIT 3"),
        "after": [place.next_page],
    }


def examples(place: Reported) -> Examples:
    """For each operation a right request, by every group that it has."""
    campaign = {"campaign": place.ids("SELECT campaign_id FROM campaign")[0]}
    made: dict[str, Any] = {"GET /v1/daily-closings": Right}
    for family in FAMILIES:
        query: dict[str, Any] = dict(DAYS) if not family.is_of_day else {"to": CAMPAIGN_DAYS[0]}
        groups = [group for group in family.groups if group not in family.always_by]
        query |= {"group_by": ",".join(groups), "as_of": "now"} if groups else {"as_of": "now"}
        query |= campaign if family.has_campaign else {}
        for ending in ("", ".csv", ".xlsx"):
            made[f"GET /v1/{family.name}{ending}"] = lambda query=query: Right(query=query)
    for ending in ("", ".csv", ".xlsx"):
        made[f"GET /v1/evidence{ending}"] = lambda: Right(query=DAYS | {"area": "11692", "service": "vneid_activation"})
    return made | reports(campaign["campaign"], place.ids("SELECT volunteer FROM volunteer_hours LIMIT 1")[0])


def reports(campaign: str, volunteer: str) -> dict[str, Any]:
    """A right request for each document; the unit is the whole."""
    asked: dict[str, Right] = {
        "daily/{day}": Right({"day": "2026-03-15"}),
        "weekly": Right(query={"day": "2026-03-15"}),
        "monthly": Right(query={"month": "2026-03"}),
        "report-month": Right(query={"month": "2026-03"}),
        "campaign": Right(query={"campaign": campaign}),
    }
    made: dict[str, Any] = {
        f"GET /v1/reports/{path}.{form}": partial(Right, one.path, one.query)
        for path, one in asked.items()
        for form in ("docx", "pdf", "json")
    }
    printed = {
        "code": "7QK2-M4XA-0J9D-PZ3R", "office": "Ban Chấp hành Đoàn", "area": "phường Dương Kinh", "hours": "39,5",
        "full_name": "Nguyễn Thị An", "first_day": "01/3/2026", "last_day": "31/3/2026", "sessions": "14",
        "issued_on": "31/3/2026",
    }  # fmt: skip
    named = {"full_name": "Nguyễn Thị An", "first_day": "2023-03-01", "last_day": "2026-04-30"}
    return made | {
        "GET /v1/reports/chat-line": Right,
        "GET /v1/board": Right,
        "POST /v1/certificates": lambda: Right(body=named | {"volunteer": volunteer}),
        "POST /v1/certificates/check": lambda: Right(body=printed),
    }


def test_every_operation_answers_as_the_document_says(place: Reported) -> None:
    app = wiring.create_app("reporting", place.stack.settings)
    fuzzer = Fuzzer(app, lambda: place.headers(PEOPLE), values(place), examples(place))
    without = {"GET /v1/daily-closings/{day}": "no day is closed; tests/integration/test_closings.py"}

    fuzzer.run(without=without)

    assert fuzzer.broken == {}
    assert fuzzer.refused == []  # each operation was answered with success at least once
    assert set(fuzzer.statuses) == fuzzer.documented - without.keys()
