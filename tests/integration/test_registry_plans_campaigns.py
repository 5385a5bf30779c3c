"""Campaigns by the API: what is told of them, what lies within what, and who finds them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from deploy.cds.registry_commands import load_catalogue
from tests.integration.registry_house import House, open_house, with_hai_thanh
from tests.integration.test_registry_places_venues import NOBODY, Desk, errors, group
from tests.support.postgres import TestPostgres


@pytest.fixture
def desk(postgres: TestPostgres) -> Iterator[Desk]:
    with open_house(postgres, with_hai_thanh) as house:
        load_catalogue(house.settings)
        yield Desk(house, house.as_it())


def march(house: House, **change: Any) -> dict[str, Any]:
    usual = {
        "name": "Tháng Thanh niên 2026: VNeID đến người cuối cùng",
        "kind": "campaign",
        "areas": [house.area_id("11692", "2026-03-15")],
        "services": ["vneid_activation"],
        "starts_on": "2026-03-01",
        "ends_on": "2026-03-31",
        "daily_report": True,
        "reporting_level": "residential_group",
    }
    return usual | change


def launch(desk: Desk, status: int = 201, **change: Any) -> Any:
    return desk.send("POST", "/v1/campaigns", march(desk.house, **change), status)


def test_a_campaign_is_told_whole_each_time_it_changes(desk: Desk) -> None:
    made = launch(desk, theme="Chuyển đổi số")
    one = f"/v1/campaigns/{made['campaign_id']}"

    assert desk.get(one) == made
    assert desk.change("PATCH", one, {"ends_on": "2026-04-05", "reason": "Gia hạn"})["version"] == 2
    assert desk.change("PATCH", one, {"ends_on": "2026-04-05"})["version"] == 2
    assert desk.change("POST", f"{one}/closure", {"on": "2026-04-01"}, of=one)["closed_on"] == "2026-04-01"
    assert desk.change("POST", f"{one}/closure", {"on": "2026-04-01"}, of=one)["version"] == 3
    assert errors(desk.change("PATCH", one, {"theme": None}, 422)) == {"closed_on": "closed"}
    assert desk.change("POST", f"{one}/reopening", {}, of=one)["closed_on"] is None
    assert desk.change("PATCH", one, {"theme": None})["theme"] is None

    (launched,) = desk.house.told("campaign.launched")
    content = march(desk.house) | {"theme": "Chuyển đổi số", "campaign": made["campaign_id"], "state": "running"}
    assert launched == content
    extended, reopened, without_theme = desk.house.told("campaign.changed")
    assert extended == reopened == content | {"ends_on": "2026-04-05"}
    assert without_theme == {key: value for key, value in extended.items() if key != "theme"}
    assert desk.house.told("campaign.closed") == [extended | {"state": "closed"}]


def test_a_change_names_the_version_that_it_changes(desk: Desk) -> None:
    one = f"/v1/campaigns/{launch(desk)['campaign_id']}"

    for method, path in (("PATCH", one), ("POST", f"{one}/closure"), ("POST", f"{one}/reopening")):
        body = {"on": "2026-03-20"} if path.endswith("closure") else {}
        assert desk.send(method, path, body, 428)["code"] == "precondition_required"
        assert desk.send(method, path, body, 412, etag='"9"')["code"] == "precondition_failed"
    assert desk.send("PATCH", f"/v1/campaigns/{NOBODY}", {}, 404, etag='"1"')["code"] == "not_found"


def test_a_part_lies_within_the_days_of_its_campaign(desk: Desk) -> None:
    whole = launch(desk)["campaign_id"]
    part = {"kind": "youth_project", "part_of": whole, "name": "Công trình thanh niên số 1"}

    assert errors(launch(desk, 422, **part, ends_on="2026-04-01")) == {"part_of": "outside_campaign"}
    assert errors(launch(desk, 422, **part | {"kind": "movement"})) == {"part_of": "not_a_part"}
    assert errors(launch(desk, 422, **part | {"part_of": NOBODY})) == {"part_of": "unknown_campaign"}
    project = launch(desk, **part, ends_on="2026-03-20")["campaign_id"]
    task = launch(desk, **part | {"kind": "youth_task", "part_of": project}, ends_on="2026-03-15")["campaign_id"]

    one = f"/v1/campaigns/{whole}"
    assert errors(desk.change("PATCH", one, {"ends_on": "2026-03-19"}, 422)) == {"ends_on": "outside_campaign"}
    assert desk.change("PATCH", one, {"ends_on": "2026-03-20"})["ends_on"] == "2026-03-20"
    circle = {"part_of": task, "starts_on": "2026-03-01", "ends_on": "2026-03-15"}
    assert errors(desk.change("PATCH", f"/v1/campaigns/{project}", circle, 422)) == {"part_of": "part_of_itself"}
    itself = desk.change("PATCH", f"/v1/campaigns/{project}", {"part_of": project}, 422)
    assert errors(itself) == {"part_of": "part_of_itself"}
    assert {found["campaign_id"] for found in desk.get(f"/v1/campaigns?part_of={whole}")["items"]} == {project}


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"areas": [NOBODY]}, {"areas[0]": "unknown_area"}),
        ({"areas": []}, {"areas": "invalid"}),
        ({"areas": [NOBODY, NOBODY]}, {"areas": "invalid"}),
        ({"areas": [1]}, {"areas[0]": "invalid"}),
        ({"services": ["vneid_activation", "magic"]}, {"services[1]": "unknown_service"}),
        ({"services": ["vneid_activation"] * 2}, {"services": "invalid"}),
        ({"services": ["a\u0000"]}, {"services[0]": "invalid"}),
        ({"ends_on": "2026-02-28"}, {"ends_on": "before_start"}),
        ({"starts_on": "0001-01-01"}, {"starts_on": "invalid"}),
        ({"ends_on": "9999-12-31"}, {"ends_on": "invalid"}),
        ({"name": "x" * 201}, {"name": "invalid"}),
        ({"kind": "party"}, {"kind": "invalid"}),
        ({"daily_report": 1}, {"daily_report": "invalid"}),
        ({"reporting_level": "district"}, {"reporting_level": "invalid"}),
        ({"closed_on": "2026-03-20"}, {"closed_on": "unknown_field"}),
    ],
)
def test_a_wrong_value_is_named_on_launch_and_on_change(desk: Desk, change: Any, wrong: dict[str, str]) -> None:
    one = f"/v1/campaigns/{launch(desk)['campaign_id']}"
    before = len(desk.house.events())

    assert errors(launch(desk, 422, **change)) == wrong
    assert errors(desk.change("PATCH", one, change, 422)) == wrong
    assert len(desk.house.events()) == before
    assert desk.get(one)["version"] == 1


def test_a_campaign_that_wards_report_names_no_group(desk: Desk) -> None:
    area = group(desk, "tdp-01")

    refused = launch(desk, 422, areas=[area], reporting_level="ward")

    assert errors(refused) == {"areas[0]": "below_reporting_level"}
    made = launch(desk, areas=[area])
    one = f"/v1/campaigns/{made['campaign_id']}"
    assert errors(desk.change("PATCH", one, {"reporting_level": "ward"}, 422)) == {"areas[0]": "below_reporting_level"}


def test_campaigns_are_found_by_area_service_day_kind_and_name(desk: Desk) -> None:
    house = desk.house
    here = group(desk, "tdp-01")
    other = house.area_id("11689", "2026-03-15")
    of_ward = launch(desk)["campaign_id"]
    of_group = launch(desk, areas=[here], kind="peak_period", name="Đợt cao điểm", services=["digital_skills"])[
        "campaign_id"
    ]
    of_city = launch(desk, areas=[house.area_id("31", "2026-03-15")], starts_on="2026-01-01", ends_on="2026-12-31")
    of_city = of_city["campaign_id"]
    of_old = launch(desk, areas=[house.area_id("11692", "2023-03-15")], starts_on="2023-03-01", ends_on="2023-03-31")
    of_old = of_old["campaign_id"]
    of_other = launch(desk, areas=[other])["campaign_id"]

    def found(query: str) -> set[str]:
        return {one["campaign_id"] for one in desk.get(f"/v1/campaigns?{query}")["items"]}

    assert found(f"area={here}") == {of_group, of_ward, of_city}
    ward = house.area_id("11692", "2026-03-15")
    assert found(f"area={ward}") == {of_ward, of_group, of_city, of_old}  # the old ward's: it was merged into it
    assert found(f"area={ward}&running_on=2026-03-31") == {of_ward, of_group, of_city}
    assert found(f"area={ward}&running_on=2026-04-01") == {of_city}
    assert found(f"area={NOBODY}") == set()
    assert found("service=digital_skills") == {of_group}
    assert found("kind=peak_period") == {of_group}
    assert found("q=dot cao diem") == {of_group}
    assert found("q=VNEID thang") == {of_ward, of_city, of_old, of_other}
    first = desk.get("/v1/campaigns?limit=3")
    second = desk.get(f"/v1/campaigns?limit=3&after={first['next']}")
    days = [one["starts_on"] for one in first["items"] + second["items"]]
    assert (len(days), second["next"]) == (5, None)
    assert days == sorted(days, reverse=True)
    assert desk.send("GET", f"/v1/campaigns?after={NOBODY}", None, 422)["code"] == "invalid"
