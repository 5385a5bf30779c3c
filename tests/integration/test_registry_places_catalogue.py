"""The service catalogue and the calendar by the API: a district's own services, what counts, days off."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from deploy.cds.registry_commands import load_catalogue
from tests.integration.registry_house import open_house
from tests.integration.test_registry_places_venues import Desk, errors
from tests.support.postgres import TestPostgres

OWN: dict[str, Any] = {
    "name_vi": "Cài ứng dụng Hải Phòng thông minh",
    "name_en": "Smart Hải Phòng app installed",
    "pillars": ["technology"],
    "unit": "resident",
    "once": True,
}
ONE = "/v1/services/smart_city_app"


@pytest.fixture
def desk(postgres: TestPostgres) -> Iterator[Desk]:
    with open_house(postgres) as house:
        yield Desk(house, house.as_it())


def test_a_district_adds_a_service_of_its_own(desk: Desk) -> None:
    made = desk.send("POST", "/v1/services", OWN | {"code": "smart_city_app"}, 201)

    assert made == OWN | {"code": "smart_city_app", "due_days": None, "may_return": True, "version": 1}
    assert desk.get(ONE) == made
    assert desk.house.told("service.declared") == [OWN | {"service": "smart_city_app"}]
    assert desk.send("POST", "/v1/services", OWN | {"code": "smart_city_app"}, 409)["code"] == "already_exists"


def test_putting_a_service_is_an_upsert(desk: Desk) -> None:
    assert desk.send("PUT", ONE, OWN)["version"] == 1
    assert desk.send("PUT", ONE, OWN)["version"] == 1
    renamed = OWN | {"name_vi": "Tên khác"}
    assert desk.send("PUT", ONE, renamed, 428)["code"] == "precondition_required"
    assert desk.send("PUT", ONE, renamed, 412, etag='"9"')["code"] == "precondition_failed"
    assert desk.change("PUT", ONE, renamed)["version"] == 2
    assert len(desk.house.told("service.declared")) == 2


def test_what_a_service_counts_changes_only_when_confirmed(desk: Desk) -> None:
    desk.send("PUT", ONE, OWN)

    refused = desk.change("PATCH", ONE, {"unit": "record", "once": False, "name_vi": "Tên"}, 422)
    assert errors(refused) == {"unit": "needs_confirmation", "once": "needs_confirmation"}
    assert desk.get(ONE)["version"] == 1

    changed = desk.change("PATCH", ONE, {"unit": "record", "once": False, "confirm": True})
    assert (changed["unit"], changed["once"], changed["version"]) == ("record", False, 2)
    assert desk.change("PATCH", ONE, {"may_return": False})["may_return"] is False
    assert desk.change("PATCH", ONE, {})["version"] == 3


def test_loading_the_shipped_catalogue_again_keeps_what_the_district_changed(desk: Desk) -> None:
    load_catalogue(desk.house.settings)
    desk.change("PATCH", "/v1/services/vneid_activation", {"name_vi": "Kích hoạt VNeID tại phường"})
    desk.change("PATCH", "/v1/offices/police_ward", {"name": "Công an phường Dương Kinh"})
    before = len(desk.house.events())

    assert load_catalogue(desk.house.settings) == 0

    assert desk.get("/v1/services/vneid_activation")["name_vi"] == "Kích hoạt VNeID tại phường"
    assert len(desk.house.events()) == before


def test_the_catalogue_comes_in_pages(desk: Desk) -> None:
    load_catalogue(desk.house.settings)
    every = [one["code"] for one in desk.get("/v1/services?limit=500")["items"]]

    first = desk.get("/v1/services?limit=10")
    second = desk.get(f"/v1/services?limit=10&after={first['next']}")

    assert [one["code"] for one in first["items"] + second["items"]] == every
    assert second["next"] is None


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"pillars": []}, "pillars", "invalid"),
        ({"pillars": ["technology", "technology"]}, "pillars", "invalid"),
        ({"pillars": ["magic"]}, "pillars[0]", "invalid"),
        ({"unit": "person"}, "unit", "invalid"),
        ({"once": "on"}, "once", "invalid"),
        ({"due_days": 366}, "due_days", "invalid"),
        ({"due_days": 10**30}, "due_days", "invalid"),
        ({"name_vi": "a\u0000"}, "name_vi", "invalid"),
        ({"name_en": "x" * 201}, "name_en", "invalid"),
        ({"confirm": 1}, "confirm", "invalid"),
        ({"version": 1}, "version", "unknown_field"),
    ],
)
def test_a_wrong_value_of_a_service_is_named(desk: Desk, change: Any, field: str, code: str) -> None:
    assert errors(desk.send("PUT", ONE, OWN | change, 422)) == {field: code}
    assert errors(desk.send("PATCH", ONE, change, 422, etag='"1"')) == {field: code}


def test_a_code_that_cannot_be_is_not_found(desk: Desk) -> None:
    for code in ("A", "%00", "9x", "x" * 41, "a b", "%F0%9F%98%80"):
        desk.get(f"/v1/services/{code}", 404)
        desk.send("PUT", f"/v1/services/{code}", OWN, 404)
    assert errors(desk.send("POST", "/v1/services", OWN | {"code": "Ứng dụng"}, 422)) == {"code": "invalid"}


def test_the_days_off_of_a_year_are_set_as_a_whole(desk: Desk) -> None:
    days = ["2026-05-01", "2026-01-01", "2026-04-30"]

    first = desk.send("PUT", "/v1/calendar/2026", {"off_days": days, "reason": "Nghỉ lễ"})

    assert first == {"year": 2026, "off_days": sorted(days), "version": 1}
    assert desk.send("PUT", "/v1/calendar/2026", {"off_days": days[::-1]})["version"] == 1
    assert desk.send("PUT", "/v1/calendar/2026", {"off_days": []}, 428)["code"] == "precondition_required"
    assert desk.change("PUT", "/v1/calendar/2026", {"off_days": []})["version"] == 2
    assert desk.house.told("calendar.set") == [{"year": 2026, "off_days": sorted(days)}, {"year": 2026, "off_days": []}]
    assert [change["after"] for change in desk.get("/v1/changes?kind=calendar_year&subject=2026")["items"]] == [
        {"off_days": [], "version": 2},
        {"year": 2026, "off_days": sorted(days), "version": 1},
    ]


def test_the_calendar_comes_in_pages(desk: Desk) -> None:
    for year in (2025, 2026, 2027):
        desk.send("PUT", f"/v1/calendar/{year}", {"off_days": [f"{year}-01-01"]})

    first = desk.get("/v1/calendar?limit=2")
    second = desk.get(f"/v1/calendar?limit=2&after={first['next']}")

    assert [one["year"] for one in first["items"] + second["items"]] == [2025, 2026, 2027]
    assert second["next"] is None


@pytest.mark.parametrize(
    ("off_days", "wrong"),
    [
        (["2027-01-01"], {"off_days[0]": "other_year"}),
        (["2026-01-01", "2026-01-01"], {"off_days[1]": "repeated"}),
        (["0001-01-01"], {"off_days[0]": "invalid"}),
        (["9999-12-31"], {"off_days[0]": "invalid"}),
        (["Tết"], {"off_days[0]": "invalid"}),
        ([None], {"off_days[0]": "invalid"}),
        (["2026-01-01"] * 367, {"off_days": "invalid"}),
        (None, {"off_days": "invalid"}),
        (7, {"off_days": "invalid"}),
    ],
)
def test_wrong_days_off_are_named(desk: Desk, off_days: Any, wrong: dict[str, str]) -> None:
    assert errors(desk.send("PUT", "/v1/calendar/2026", {"off_days": off_days}, 422)) == wrong


def test_a_year_that_cannot_be_is_not_found(desk: Desk) -> None:
    for year in ("1999", "2200", "99999999999999999999", "-1", "x"):
        desk.get(f"/v1/calendar/{year}", 404)
        desk.send("PUT", f"/v1/calendar/{year}", {"off_days": []}, 404)
    desk.get("/v1/calendar/2026", 404)
