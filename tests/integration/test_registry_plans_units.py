"""Who reports for a campaign on a day: by the tree of that day, through merges and splits, and on which days."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from deploy.cds.registry_commands import load_sample
from deploy.sample.place import SAMPLE
from shared.database import migrate
from tests.integration.registry_house import open_house, settings_of
from tests.integration.test_registry_places_venues import Desk
from tests.integration.test_registry_plans_campaigns import launch
from tests.support.postgres import TestPostgres

BEFORE, AFTER = "2025-06-30", "2025-07-01"  # the last day and the first day
LONG: dict[str, Any] = {"starts_on": "2025-06-01", "ends_on": "2025-07-31"}


def with_sample(url: str) -> None:
    """The sample: six wards with groups, merged into two, one group into a third, made once and copied."""
    migrate("registry", url)
    load_sample(settings_of(url))


@pytest.fixture
def desk(postgres: TestPostgres) -> Iterator[Desk]:
    with open_house(postgres, with_sample) as house:
        yield Desk(house, house.as_it())


def units(desk: Desk, campaign: Any, on: str, limit: int = 500) -> list[Any]:
    found, after = [], ""
    while True:
        path = f"/v1/campaigns/{campaign['campaign_id']}/reporting-units?on={on}&limit={limit}{after}"
        page = desk.get(path)
        found += page["items"]
        if page["next"] is None:
            assert page["units"] == len(found)
            return found
        after = f"&after={page['next']}"


def codes(found: list[Any]) -> set[tuple[str, str]]:
    return {(one["parent_name"], one["code"]) for one in found}


def groups(ward: str, since: int) -> set[str]:
    return {str(one.area_id) for one in SAMPLE.groups if one.ward == ward and one.valid_from.year == since}


def heirs(ward: str) -> set[str]:
    """Today's groups that the groups of a ward of 2023 became."""
    old = groups(ward, 2020)
    return {str(one.new) for one in SAMPLE.group_successions if old & set(map(str, one.old))}


def test_the_groups_of_a_ward_report_by_the_tree_of_the_day(desk: Desk) -> None:
    campaign = launch(desk, **LONG)

    assert units(desk, campaign, BEFORE) == []  # the ward of today is not there yet
    found = units(desk, campaign, AFTER)

    assert {one["area_id"] for one in found} == groups("11692", 2025)
    assert {one["parent_name"] for one in found} == {"Phường Dương Kinh"}
    assert [one["code"] for one in found] == sorted(one["code"] for one in found)
    assert units(desk, campaign, AFTER, limit=2) == found


def test_an_old_ward_goes_on_with_its_groups_and_not_with_all_of_its_successor(desk: Desk) -> None:
    campaign = launch(desk, areas=[desk.house.area_id("11692", BEFORE)], **LONG)

    assert {one["area_id"] for one in units(desk, campaign, BEFORE)} == groups("11692", 2020)
    after = {one["area_id"] for one in units(desk, campaign, AFTER)}

    assert after == heirs("11692")
    assert after < groups("11692", 2025) | groups("11689", 2025)


def test_a_district_that_ended_goes_on_with_the_groups_of_its_wards(desk: Desk) -> None:
    campaign = launch(desk, areas=[desk.house.area_id("309", BEFORE)], **LONG)
    then = {str(one.area_id) for one in SAMPLE.groups if one.valid_to}
    now = {str(one.area_id) for one in SAMPLE.groups if not one.valid_to}

    assert {one["area_id"] for one in units(desk, campaign, BEFORE, limit=7)} == then
    assert {one["area_id"] for one in units(desk, campaign, AFTER, limit=7)} == now


def test_wards_report_where_their_level_is_asked_for(desk: Desk) -> None:
    old = launch(desk, areas=[desk.house.area_id("309", BEFORE)], reporting_level="ward", **LONG)
    split = launch(desk, areas=[desk.house.area_id("11740", BEFORE)], reporting_level="ward", **LONG)

    before = {one["name"] for one in units(desk, old, BEFORE)}
    after = {one["name"] for one in units(desk, old, AFTER)}

    assert before == {ward.name for ward in SAMPLE.wards if ward.valid_to}
    assert after == {"Phường Dương Kinh", "Phường Hưng Đạo", "Phường Đồ Sơn"}
    assert {one["name"] for one in units(desk, split, BEFORE)} == {"Phường Tân Thành"}
    assert {one["name"] for one in units(desk, split, AFTER)} == {"Phường Dương Kinh", "Phường Đồ Sơn"}


def test_a_unit_under_several_areas_of_a_campaign_reports_once(desk: Desk) -> None:
    house, succession = desk.house, SAMPLE.group_successions[0]
    everything = [house.area_id("309", BEFORE), house.area_id("31", AFTER), str(succession.old[0]), str(succession.new)]
    campaign = launch(desk, areas=everything, **LONG)

    for day, since in ((BEFORE, 2020), (AFTER, 2025)):
        found = [one["area_id"] for one in units(desk, campaign, day, limit=9)]
        assert sorted(found) == sorted(str(one.area_id) for one in SAMPLE.groups if one.valid_from.year == since)


def test_a_group_that_is_named_goes_on_as_what_it_became(desk: Desk) -> None:
    succession = SAMPLE.group_successions[0]
    campaign = launch(desk, areas=[str(succession.old[0])], **LONG)

    assert [one["area_id"] for one in units(desk, campaign, BEFORE)] == [str(succession.old[0])]
    assert [one["area_id"] for one in units(desk, campaign, AFTER)] == [str(succession.new)]


def test_a_group_that_lives_on_reports_in_the_ward_that_it_is_placed_in(desk: Desk) -> None:
    """Without a succession of groups: the ward is merged, the group stays itself."""
    house = desk.house
    old, new = house.area_id("11692", BEFORE), house.area_id("11692", AFTER)
    body = {"parent": old, "code": "tdp-99", "name": "Tổ 99", "valid_from": "2024-01-01"}
    stays = desk.send("POST", "/v1/areas", body, 201)["area_id"]
    campaigns = [launch(desk, areas=[area], **LONG) for area in (old, new)]

    where = [
        [(one["parent_name"], one["area_id"]) for one in units(desk, campaign, day) if one["area_id"] == stays]
        for campaign in campaigns
        for day in (BEFORE, AFTER)
    ]

    assert where == [[("Phường Hải Thành", stays)], [("Phường Dương Kinh", stays)], [], [("Phường Dương Kinh", stays)]]


def test_a_day_counts_when_the_campaign_runs_reports_and_is_not_off(desk: Desk) -> None:
    campaign = launch(desk)
    one = f"/v1/campaigns/{campaign['campaign_id']}"
    silent = launch(desk, daily_report=False)
    desk.send("PUT", "/v1/calendar/2027", {"off_days": ["2027-03-08"]})
    known = desk.house.ask("SELECT count(*) FROM calendar_year WHERE year = 2026")[0][0]
    off = {"off_days": ["2026-03-08"]}
    desk.change("PUT", "/v1/calendar/2026", off) if known else desk.send("PUT", "/v1/calendar/2026", off)
    desk.change("POST", f"{one}/closure", {"on": "2026-03-31"}, of=one)

    def why(day: str, of: Any = campaign) -> Any:
        answer = desk.get(f"/v1/campaigns/{of['campaign_id']}/reporting-units?on={day}")
        assert answer["counts"] is (answer["why_not"] is None)
        assert answer["on"] == day
        return answer["why_not"]

    assert why("2026-02-28") == "before_start"
    assert why("2026-03-01") is None
    assert why("2026-03-08") == "day_off"
    assert why("2026-03-30") is None
    assert why("2026-03-31") == "closed"
    assert why("2026-04-01") == "after_end"
    assert why("2026-03-01", silent) == "no_daily_report"
