"""Targets in versions, what they expect by a day, and official counts, by the API on a real PostgreSQL."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from deploy.cds.registry_commands import load_catalogue
from tests.integration.registry_house import open_house, with_hai_thanh
from tests.integration.test_registry_places_venues import NOBODY, Desk, errors, group
from tests.integration.test_registry_plans_campaigns import launch
from tests.support.postgres import TestPostgres


@pytest.fixture
def desk(postgres: TestPostgres) -> Iterator[Desk]:
    with open_house(postgres, with_hai_thanh) as house:
        load_catalogue(house.settings)
        yield Desk(house, house.as_it())


def target(area: str, **change: Any) -> dict[str, Any]:
    usual = {
        "area_id": area,
        "service": "vneid_activation",
        "as_of": "2026-02-28",
        "source": "Công an phường Dương Kinh, ngày 28/2/2026",
        "eligible": 420,
        "already_done": 250,
        "excluded": 20,
    }
    return usual | change


def put(desk: Desk, campaign: Any, *targets: dict[str, Any], status: int = 201) -> Any:
    path = f"/v1/campaigns/{campaign['campaign_id']}/targets"
    return desk.send("POST", path, {"targets": list(targets), "reason": "Giao chỉ tiêu"}, status)


def listed(desk: Desk, campaign: Any, query: str = "") -> list[tuple[int, int]]:
    found = desk.get(f"/v1/campaigns/{campaign['campaign_id']}/targets?{query}")["items"]
    return [(one["version"], one["goal"]) for one in found]


def test_a_target_has_versions_and_the_same_content_is_no_new_one(desk: Desk) -> None:
    area, campaign = group(desk, "tdp-01"), launch(desk)

    first = put(desk, campaign, target(area))
    again = put(desk, campaign, target(area))
    second = put(desk, campaign, target(area, as_of="2026-03-10", goal=380))
    back = put(desk, campaign, target(area))

    assert [(answer["set"], answer["unchanged"]) for answer in (first, again, second, back)] == [
        (1, 0),
        (0, 1),
        (1, 0),
        (1, 0),
    ]
    assert first["items"][0]["goal"] == 400  # eligible less excluded
    assert listed(desk, campaign) == [(3, 400)]
    assert listed(desk, campaign, "versions=all") == [(1, 400), (2, 380), (3, 400)]
    assert [(told["version"], told["goal"]) for told in desk.house.told("target.set")] == [(1, 400), (2, 380), (3, 400)]


def test_the_version_of_a_day_has_numbers_of_that_day_or_before(desk: Desk) -> None:
    area, campaign = group(desk, "tdp-01"), launch(desk)
    put(desk, campaign, target(area))
    put(desk, campaign, target(area, as_of="2026-03-10", goal=380))

    assert listed(desk, campaign, "as_of=2026-02-27") == []
    assert listed(desk, campaign, "as_of=2026-03-09") == [(1, 400)]
    assert listed(desk, campaign, "as_of=2026-03-10") == [(2, 380)]


def test_targets_are_found_by_area_and_service_and_come_in_pages(desk: Desk) -> None:
    ward = desk.house.area_id("11692", "2026-03-15")
    here, there = group(desk, "tdp-01"), group(desk, "tdp-02")
    campaign = launch(desk, services=["vneid_activation", "digital_signature"])
    put(desk, campaign, *(target(area, service=code) for area in (here, there) for code in campaign["services"]))

    assert len(listed(desk, campaign, f"area={ward}")) == 4
    assert len(listed(desk, campaign, f"area={here}")) == 2
    assert len(listed(desk, campaign, f"area={here}&service=digital_signature")) == 1
    path = f"/v1/campaigns/{campaign['campaign_id']}/targets?limit=3"
    first = desk.get(path)
    second = desk.get(f"{path}&after={first['next']}")
    keys = [(one["area_id"], one["service"]) for one in first["items"] + second["items"]]
    assert (len(set(keys)), keys, second["next"]) == (4, sorted(keys), None)


@pytest.mark.parametrize(
    "after", ["x", NOBODY, f"{NOBODY}/x", f"{NOBODY}/x/0", f"{NOBODY}/x/99999999", f"{NOBODY}/x/%00"]
)
def test_a_cursor_that_cannot_be_is_refused(desk: Desk, after: str) -> None:
    campaign = launch(desk)

    assert errors(desk.get(f"/v1/campaigns/{campaign['campaign_id']}/targets?after={after}", 422)) == {
        "after": "invalid"
    }
    assert errors(desk.get(f"/v1/official-counts?after={after}", 422)) == {"after": "invalid"}
    assert errors(desk.get(f"/v1/official-counts?after={NOBODY}/x/2026-02-30", 422)) == {"after": "invalid"}


POINT = {"date": "2026-03-10", "cumulative": 300}


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"area_id": NOBODY}, {"area_id": "unknown_area"}),
        ({"service": "digital_skills"}, {"service": "outside_campaign"}),
        ({"as_of": "2026-04-01"}, {"as_of": "after_end"}),
        ({"excluded": 421}, {"excluded": "too_many"}),
        ({"already_done": 401}, {"goal": "below_already_done"}),
        ({"goal": 249}, {"goal": "below_already_done"}),
        ({"eligible": 2**31}, {"eligible": "invalid"}),
        ({"eligible": -1}, {"eligible": "invalid"}),
        ({"goal": 10**30}, {"goal": "invalid"}),
        ({"goal": 1.5}, {"goal": "invalid"}),
        ({"source": ""}, {"source": "invalid"}),
        ({"version": 7}, {"version": "unknown_field"}),
        ({"curve": [POINT | {"date": "2026-02-28"}]}, {"curve[0].date": "outside_campaign"}),
        ({"curve": [POINT | {"date": "2026-04-01"}]}, {"curve[0].date": "outside_campaign"}),
        ({"curve": [POINT, POINT]}, {"curve[1].date": "not_ascending"}),
        ({"curve": [POINT | {"cumulative": 249}]}, {"curve[0].cumulative": "falling"}),
        ({"curve": [POINT, {"date": "2026-03-11", "cumulative": 299}]}, {"curve[1].cumulative": "falling"}),
        ({"curve": [POINT | {"cumulative": 401}]}, {"curve[0].cumulative": "above_goal"}),
        ({"curve": [{"date": "2026-03-31", "cumulative": 399}]}, {"curve[0].cumulative": "below_goal"}),
        ({"curve": [POINT] * 401}, {"curve": "invalid"}),
        ({"curve": [{"date": "2026-03-10"}]}, {"curve[0].cumulative": "required"}),
    ],
)
def test_a_list_with_a_wrong_target_is_refused_whole_and_says_which(desk: Desk, change: Any, wrong: Any) -> None:
    here, there = group(desk, "tdp-01"), group(desk, "tdp-02")
    campaign = launch(desk)

    refused = put(desk, campaign, target(here), target(there, **change), status=422)

    assert errors(refused) == {f"targets[1].{field}": code for field, code in wrong.items()}
    assert desk.house.told("target.set") == []
    assert listed(desk, campaign) == []


def test_what_is_wrong_of_several_targets_is_all_named(desk: Desk) -> None:
    area, campaign = group(desk, "tdp-01"), launch(desk)
    elsewhere = desk.house.area_id("11689", "2026-03-15")

    refused = put(desk, campaign, target(area), target(area), target(elsewhere, excluded=500), status=422)

    assert errors(refused) == {
        "targets[1]": "repeated",
        "targets[2].area_id": "outside_campaign",
        "targets[2].excluded": "too_many",
    }
    assert put(desk, {"campaign_id": NOBODY}, target(area), status=404)["code"] == "not_found"
    assert errors(put(desk, campaign, status=422)) == {"targets": "invalid"}


def test_a_target_of_what_a_ward_of_the_campaign_became_is_taken(desk: Desk) -> None:
    old = desk.house.area_id("11692", "2023-03-15")
    campaign = launch(desk, areas=[old], starts_on="2025-06-01", ends_on="2025-07-31")

    put(desk, campaign, target(desk.house.area_id("11692", "2026-03-15"), as_of="2025-07-01"))


def test_a_thousand_targets_are_set_in_one_request(desk: Desk) -> None:
    """One thousand rows, versions and events; twice, so that the second time finds them all unchanged."""
    campaign = launch(desk)
    ward = desk.house.area_id("11692", "2026-03-15")
    sql = (
        "WITH g AS (INSERT INTO area (area_id, code, name, level, parent_id, valid_from)"
        " SELECT gen_random_uuid(), 'tdp-' || n, 'Tổ ' || n, 'residential_group', %s, '2025-07-01'"
        " FROM generate_series(1, 1000) AS n RETURNING area_id)"
        " INSERT INTO placement SELECT area_id, '2025-07-01', 'group', %s FROM g RETURNING subject_id"
    )
    new = [target(str(row[0])) for row in desk.house.ask(sql, ward, ward)]

    begun = time.monotonic()
    first = put(desk, campaign, *new)
    second = put(desk, campaign, *new)

    assert (first["set"], second["set"], second["unchanged"]) == (1000, 0, 1000)
    assert time.monotonic() - begun < 20
    answer = desk.get(f"/v1/campaigns/{campaign['campaign_id']}/expected?on=2026-03-15&limit=500")
    assert answer["totals"] == [
        {"service": "vneid_activation", "already_done": 250_000, "goal": 400_000, "expected": 323_000}
    ]
    assert errors(put(desk, campaign, *new, new[0], status=422)) == {"targets": "invalid"}


def test_what_is_expected_of_a_ward_is_the_sum_of_its_groups(desk: Desk) -> None:
    """The rows of the sample report of 15/3: 323 + 268 + 213 = 804."""
    ward = desk.house.area_id("11692", "2026-03-15")
    areas = [group(desk, f"tdp-0{number}") for number in (1, 2, 3)]
    campaign = launch(desk)
    numbers = zip(areas, (400, 350, 280), (250, 191, 150), strict=True)
    put(desk, campaign, *(target(area, eligible=goal, excluded=0, already_done=done) for area, goal, done in numbers))
    put(desk, campaign, target(ward, eligible=1030, excluded=0, already_done=591))

    def expected(query: str) -> Any:
        return desk.get(f"/v1/campaigns/{campaign['campaign_id']}/expected?{query}")

    answer = expected("on=2026-03-15")
    by_area = {one["area_id"]: (one["expected"], one["of_parts"]) for one in answer["items"]}
    assert by_area == {ward: (804, True)} | dict(zip(areas, ((323, False), (268, False), (213, False)), strict=True))
    assert answer["totals"] == [{"service": "vneid_activation", "already_done": 591, "goal": 1030, "expected": 804}]
    assert expected(f"on=2026-03-15&area={ward}") == answer
    assert [one["expected"] for one in expected(f"on=2026-03-15&area={areas[0]}")["items"]] == [323]
    assert expected("on=2026-02-28")["totals"][0]["expected"] == 591
    assert expected("on=2026-04-01")["totals"][0]["expected"] == 1030
    assert expected("on=2026-02-27") == {"on": "2026-02-27", "totals": [], "items": [], "next": None}
    first = expected("on=2026-03-15&limit=3")
    second = expected(f"on=2026-03-15&limit=3&after={first['next']}")
    assert first["items"] + second["items"] == answer["items"]
    assert first["totals"] == answer["totals"]


def test_days_off_and_curves_change_what_is_expected(desk: Desk) -> None:
    even, curved = group(desk, "tdp-01"), group(desk, "tdp-02")
    campaign = launch(desk)
    desk.send("PUT", "/v1/calendar/2026", {"off_days": ["2026-03-07", "2026-03-08", "2026-05-01"]})
    put(desk, campaign, target(even), target(curved, curve=[{"date": "2026-03-10", "cumulative": 320}]))

    answer = desk.get(f"/v1/campaigns/{campaign['campaign_id']}/expected?on=2026-03-09")

    assert {one["area_id"]: one["expected"] for one in answer["items"]} == {even: 287, curved: 313}


def test_a_campaign_keeps_the_days_of_its_curves(desk: Desk) -> None:
    area, campaign = group(desk, "tdp-01"), launch(desk)
    put(desk, campaign, target(area, curve=[{"date": "2026-03-10", "cumulative": 320}]))
    one = f"/v1/campaigns/{campaign['campaign_id']}"

    assert errors(desk.change("PATCH", one, {"ends_on": "2026-03-09"}, 422)) == {"ends_on": "curve_outside"}
    assert desk.change("PATCH", one, {"ends_on": "2026-03-10"})["version"] == 2


def test_two_who_set_the_same_target_at_once_make_one_version(desk: Desk) -> None:
    area, campaign = group(desk, "tdp-01"), launch(desk)
    path, body = f"/v1/campaigns/{campaign['campaign_id']}/targets", {"targets": [target(area)]}

    with ThreadPoolExecutor(4) as pool:
        asked = [
            pool.submit(desk.house.app.test_client().post, path, json=body, headers=desk.headers) for _ in range(4)
        ]
        answers: list[Any] = [one.result() for one in asked]

    assert {answer.status_code for answer in answers} == {201}
    assert sorted(answer.json["set"] for answer in answers) == [0, 0, 0, 1]
    assert listed(desk, campaign, "versions=all") == [(1, 400)]
    assert len(desk.house.told("target.set")) == 1


COUNT = {"service": "vneid_activation", "as_of": "2026-03-15", "done": 917, "source": "Công an phường Dương Kinh"}


def test_an_official_count_is_recorded_corrected_and_found(desk: Desk) -> None:
    ward, inside = desk.house.area_id("11692", "2026-03-15"), group(desk, "tdp-01")

    def record(**change: Any) -> int:
        return int(desk.send("POST", "/v1/official-counts", COUNT | {"area_id": ward} | change, 201)["version"])

    assert [record(), record(), record(done=918), record(as_of="2026-03-16"), record(area_id=inside)] == [1, 1, 2, 1, 1]
    assert [told["done"] for told in desk.house.told("official_count.recorded")] == [917, 918, 917, 917]

    def found(query: str) -> list[tuple[str, int]]:
        return [(one["as_of"], one["done"]) for one in desk.get(f"/v1/official-counts?{query}")["items"]]

    assert len(found(f"area={ward}")) == 3
    assert found(f"area={inside}") == [("2026-03-15", 917)]
    assert found("from=2026-03-16") == [("2026-03-16", 917)]
    assert len(found("to=2026-03-15&service=vneid_activation")) == 2
    first = desk.get("/v1/official-counts?limit=2")
    second = desk.get(f"/v1/official-counts?limit=2&after={first['next']}")
    assert (len(first["items"]), len(second["items"]), second["next"]) == (2, 1, None)
    history = desk.get("/v1/changes?kind=official_count&limit=500")["items"]
    assert [change["action"] for change in history] == ["added", "added", "changed", "added"]


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"area_id": NOBODY}, {"area_id": "unknown_area"}),
        ({"service": "magic"}, {"service": "unknown_service"}),
        ({"as_of": "2198-01-01"}, {"as_of": "in_the_future"}),
        ({"as_of": "1899-12-31"}, {"as_of": "invalid"}),
        ({"done": 200_000_001}, {"done": "invalid"}),
        ({"done": None}, {"done": "invalid"}),
        ({"done": "917"}, {"done": "invalid"}),
        ({"source": "\u0007"}, {"source": "invalid"}),
    ],
)
def test_a_wrong_official_count_is_refused(desk: Desk, change: Any, wrong: dict[str, str]) -> None:
    body = COUNT | {"area_id": desk.house.area_id("11692", "2026-03-15")} | change

    assert errors(desk.send("POST", "/v1/official-counts", body, 422)) == wrong
