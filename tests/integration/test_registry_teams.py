"""Teams on a real PostgreSQL: who is in them on each day, who leads, what is told."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.integration.registry_house import House, open_house, with_hai_thanh
from tests.integration.registry_people import NOBODY, OLD, Office, at
from tests.support.postgres import TestPostgres

START = "2026-01-01"


@pytest.fixture
def house(postgres: TestPostgres) -> Iterator[House]:
    with open_house(postgres, with_hai_thanh) as opened:
        yield opened


@pytest.fixture
def office(house: House) -> Office:
    return Office(house)


def form(office: Office, *members: tuple[str, str], **fields: Any) -> Any:
    first = [{"volunteer_id": who, "position": position} for who, position in members]
    body = {"name": "Tổ công nghệ số 3", "area_id": office.ward, "on": START, "members": first}
    return office.post("/v1/teams", body | fields, 201)


def people(office: Office, number: int) -> list[str]:
    return [office.id(f"Người Thứ {'ABCDEF'[at]}", joined_on=START, birth_year=1980 + at) for at in range(number)]


def members(office: Office, team_id: str, day: str) -> dict[str, str]:
    shown = office.get(f"/v1/teams/{team_id}?on={day}")["members"]
    return {one["volunteer_id"]: one["position"] for one in shown}


def test_a_team_is_formed_with_its_members(house: House, office: Office) -> None:
    one, two = people(office, 2)

    made = form(office, (one, "member"), (two, "leader"))

    team = made["team_id"]
    assert [(member["volunteer_id"], member["position"]) for member in made["members"]] == [
        (two, "leader"),
        (one, "member"),
    ]
    assert made["members"][0]["full_name"] == "Người Thứ B"
    assert house.told("team.formed") == [
        {"team": team, "area": office.ward, "on": START, "name": "Tổ công nghệ số 3", "leader": two}
    ]
    assert [told["volunteer"] for told in house.told("volunteer.joined_team")] == [one, two]
    assert [stay["team_id"] for stay in office.get(at(one))["teams"]] == [team]


def test_a_new_leader_makes_the_former_a_member(house: House, office: Office) -> None:
    one, two = people(office, 2)
    team = form(office, (one, "leader"))["team_id"]
    path = f"/v1/teams/{team}"

    office.change(path, {"volunteer_id": two, "on": "2026-03-01", "position": "leader"}, "members")

    assert members(office, team, "2026-02-28") == {one: "leader"}
    assert members(office, team, "2026-03-01") == {one: "member", two: "leader"}
    assert house.told("volunteer.joined_team")[1:] == [
        {"volunteer": one, "team": team, "on": "2026-03-01"},
        {"volunteer": two, "team": team, "on": "2026-03-01", "position": "leader"},
    ]
    late = {"volunteer_id": people(office, 3)[2], "on": "2026-02-01", "position": "leader"}
    assert office.refused(path, late, "members") == ("on", "later_leader")


def test_joining_and_leaving_twice_changes_nothing(house: House, office: Office) -> None:
    (one,) = people(office, 1)
    team = form(office)["team_id"]
    path = f"/v1/teams/{team}"

    for _ in range(2):
        office.change(path, {"volunteer_id": one, "on": "2026-02-01"}, "members")
    for _ in range(2):
        office.change(path, {"on": "2026-03-01"}, f"members/{one}/leave")
    office.change(path, {"volunteer_id": one, "on": "2026-04-01", "position": "deputy"}, "members")

    assert [
        members(office, team, day).get(one) for day in ("2026-01-31", "2026-02-28", "2026-03-01", "2026-04-01")
    ] == [
        None,
        "member",
        None,
        "deputy",
    ]
    assert house.told("volunteer.left_team") == [{"volunteer": one, "team": team, "on": "2026-03-01"}]
    assert len(house.told("volunteer.joined_team")) == 2


def test_who_retires_or_is_erased_leaves_every_team(house: House, office: Office) -> None:
    one, two = people(office, 2)
    team = form(office, (one, "leader"), (two, "member"))["team_id"]

    office.change(at(one), {"on": "2026-03-01"}, "retirement")
    office.change(at(two), {"reason": "Theo yêu cầu"}, "erasure")

    assert members(office, team, "2026-02-28") == {one: "leader", two: "member"}
    assert members(office, team, "2199-01-01") == {}
    assert [told["volunteer"] for told in house.told("volunteer.left_team")] == [one, two]
    late = {"volunteer_id": one, "on": "2026-03-01"}
    assert office.refused(f"/v1/teams/{team}", late, "members") == ("on", "retired")


def test_a_name_is_corrected_and_told_as_the_team_was_formed(house: House, office: Office) -> None:
    (one,) = people(office, 1)
    team = form(office, (one, "leader"))["team_id"]
    path = f"/v1/teams/{team}"

    assert house.web.patch(path, json={"name": "Tổ 3"}, headers=office.headers).status_code == 428
    for _ in range(2):
        office.change(path, {"name": "Tổ 3"})

    assert office.get(path)["name"] == "Tổ 3"
    first, second = house.told("team.formed")
    assert second == first | {"name": "Tổ 3"}


def test_a_team_moves_and_is_listed_where_it_is(house: House, office: Office) -> None:
    group = office.group("tdp-03")
    team = form(office, on="2026-01-01")["team_id"]
    path = f"/v1/teams/{team}"

    for _ in range(2):
        office.change(path, {"area_id": group, "on": "2026-05-01"}, "moves")

    def listed(area: str, day: str) -> list[str]:
        return [one["team_id"] for one in office.get(f"/v1/teams?area={area}&on={day}")["items"]]

    assert listed(office.ward, "2025-12-31") == []
    assert listed(office.ward, "2026-04-30") == [team]
    assert listed(group, "2026-04-30") == []
    assert listed(group, "2026-05-01") == listed(office.ward, "2026-05-01") == [team]
    assert house.told("team.moved") == [{"team": team, "area": group, "on": "2026-05-01"}]
    assert office.refused(path, {"area_id": group, "on": "2025-12-31"}, "moves") == ("on", "before_forming")


def test_a_team_of_a_succeeded_ward_is_in_todays(office: Office) -> None:
    made = form(office, area_id=office.old_ward, on="2023-03-01")

    assert made["area_id"] != office.old_ward
    assert office.get(f"/v1/teams/{made['team_id']}?on={OLD}")["area_id"] == office.old_ward


def test_a_dissolved_team_has_no_members_and_takes_none(house: House, office: Office) -> None:
    one, two = people(office, 2)
    team = form(office, (one, "leader"))["team_id"]
    path = f"/v1/teams/{team}"

    for _ in range(2):
        office.change(path, {"on": "2026-05-01"}, "dissolution")

    assert house.told("team.dissolved") == [{"team": team, "area": office.ward, "on": "2026-05-01"}]
    assert house.told("volunteer.left_team") == []
    assert members(office, team, "2026-04-30") == {one: "leader"}
    assert members(office, team, "2026-05-01") == {}
    assert office.refused(path, {"volunteer_id": two, "on": "2026-05-01"}, "members") == ("on", "dissolved")
    assert office.change(path, {"name": "x"}, "", 410)["code"] == "gone"
    assert office.get("/v1/teams?on=2026-05-01")["items"] == []


BAD: list[tuple[dict[str, Any], str, str]] = [
    ({"name": ""}, "name", "invalid"),
    ({"area_id": NOBODY}, "area_id", "unknown_area"),
    ({"on": "2023-01-01"}, "on", "not_yet_valid"),
    ({"on": "tomorrow"}, "on", "invalid"),
    ({"members": [{"volunteer_id": NOBODY}]}, "members[0].volunteer_id", "unknown_volunteer"),
    ({"members": [{"volunteer_id": NOBODY}] * 2}, "members", "repeated"),
    ({"members": [{"volunteer_id": NOBODY, "position": "boss"}]}, "members[0].position", "invalid"),
    ({"members": "x"}, "members", "invalid"),
    ({"dissolved_on": START}, "dissolved_on", "unknown_field"),
]


@pytest.mark.parametrize(("fields", "field", "code"), BAD)
def test_wrong_fields_are_named_and_leave_no_team(
    house: House, office: Office, fields: dict[str, Any], field: str, code: str
) -> None:
    body = {"name": "Tổ 3", "area_id": office.ward, "on": START} | fields

    (error,) = office.post("/v1/teams", body, 422)["errors"]

    assert (error["field"], error["code"]) == (field, code)
    assert house.ask("SELECT count(*) FROM team") == [(0,)]


def test_members_that_cannot_be_are_refused(office: Office) -> None:
    one, two = people(office, 2)
    team = form(office, (one, "member"))["team_id"]
    path = f"/v1/teams/{team}"
    newcomer = office.id(joined_on="2026-05-01")
    merged = office.id("Người Khác", joined_on=START)
    office.change(at(two), {"from": merged}, "merge")

    def join(who: str, on: str) -> tuple[str, str]:
        return office.refused(path, {"volunteer_id": who, "on": on}, "members")

    assert join(newcomer, "2026-04-30") == ("on", "before_joining")
    assert join(one, "2025-12-31") == ("on", "before_joining")
    assert office.change(path, {"volunteer_id": merged, "on": START}, "members", 409)["merged_into"] == two
    assert office.change(path, {"on": START}, f"members/{two}/leave", 404)["code"] == "not_found"
    assert office.refused(path, {"on": "2025-12-31"}, f"members/{one}/leave") == ("on", "before_joining")
    leaders = [{"volunteer_id": who, "position": "leader"} for who in (one, two)]
    body = {"name": "Tổ 3", "area_id": office.ward, "on": START, "members": leaders}
    assert office.post("/v1/teams", body, 422)["errors"][0]["code"] == "two_leaders"


def test_a_ward_app_sees_its_own_teams_without_names(house: House, office: Office) -> None:
    (one,) = people(office, 1)
    team = form(office, (one, "leader"))["team_id"]
    own, other = house.as_app("11692"), house.as_app("11692", on=dt.date(2023, 3, 15))

    shown = house.web.get(f"/v1/teams/{team}", headers=own).json
    assert shown["members"] == [{"volunteer_id": one, "position": "leader", "joined_on": START}]
    assert [one["team_id"] for one in house.web.get("/v1/teams", headers=own).json["items"]] == [team]
    assert house.web.get("/v1/teams", headers=other).json["items"] == []
    assert house.web.get(f"/v1/teams/{team}", headers=other).status_code == 404
    assert house.web.post("/v1/teams", json={}, headers=own).status_code == 403


def test_two_new_leaders_at_once_do_not_both_lead(house: House, office: Office) -> None:
    team = form(office)["team_id"]
    headers = office.headers | {"If-Match": office.etag(f"/v1/teams/{team}")}
    path, who = f"/v1/teams/{team}/members", people(office, 4)

    def join(one: str) -> int:
        body = {"volunteer_id": one, "on": START, "position": "leader"}
        return int(house.app.test_client().post(path, json=body, headers=headers).status_code)

    with ThreadPoolExecutor(4) as pool:
        statuses = sorted(pool.map(join, who))

    assert statuses == [200, 412, 412, 412]
    assert list(members(office, team, START).values()) == ["leader"]


def test_who_joins_before_the_known_end_leaves_on_that_day(house: House, office: Office) -> None:
    one, two = people(office, 2)
    team, other = (form(office)["team_id"] for _ in range(2))
    office.change(at(one), {"on": "2026-05-01"}, "retirement")
    office.change(f"/v1/teams/{other}", {"on": "2026-06-01"}, "dissolution")

    office.change(f"/v1/teams/{team}", {"volunteer_id": one, "on": "2026-02-01"}, "members")
    office.change(f"/v1/teams/{other}", {"volunteer_id": two, "on": "2026-02-01"}, "members")

    assert (members(office, team, "2026-04-30"), members(office, team, "2026-05-01")) == ({one: "member"}, {})
    assert (members(office, other, "2026-05-31"), members(office, other, "2026-06-01")) == ({two: "member"}, {})
    told = [(left["volunteer"], left["on"]) for left in house.told("volunteer.left_team")]
    assert told == [(one, "2026-05-01"), (two, "2026-06-01")]


def test_who_left_on_the_day_of_joining_joins_again_on_that_day(office: Office) -> None:
    (one,) = people(office, 1)
    team = form(office, (one, "member"))["team_id"]
    path = f"/v1/teams/{team}"
    office.change(path, {"on": START}, f"members/{one}/leave")
    assert members(office, team, START) == {}

    office.change(path, {"volunteer_id": one, "on": START, "position": "secretary"}, "members")

    assert members(office, team, START) == {one: "secretary"}
    office.change(at(one), {"on": START}, "retirement")
    office.change(at(one), {"on": START}, "return")
    office.change(path, {"volunteer_id": one, "on": START}, "members")
    assert members(office, team, "2026-03-01") == {one: "member"}


def test_nobody_leaves_before_what_is_known_of_later_days(office: Office) -> None:
    (one,) = people(office, 1)
    team = form(office, (one, "member"))["team_id"]
    path = f"/v1/teams/{team}"
    office.change(path, {"volunteer_id": one, "on": "2026-03-01", "position": "deputy"}, "members")

    assert office.refused(path, {"on": "2026-02-01"}, f"members/{one}/leave") == ("on", "later_stay")
    office.change(path, {"on": "2026-03-01"}, f"members/{one}/leave")

    assert members(office, team, "2026-02-28") == {one: "member"}
    assert members(office, team, "2026-03-01") == {}


def test_a_position_that_changes_within_a_stay_that_ended_is_told_with_its_end(house: House, office: Office) -> None:
    one, two = people(office, 2)
    team = form(office, (one, "leader"))["team_id"]
    path = f"/v1/teams/{team}"
    office.change(path, {"on": "2026-06-01"}, f"members/{one}/leave")

    office.change(path, {"volunteer_id": two, "on": "2026-03-01", "position": "leader"}, "members")

    assert members(office, team, "2026-05-31") == {two: "leader", one: "member"}
    assert members(office, team, "2026-06-01") == {two: "leader"}
    assert [(left["volunteer"], left["on"]) for left in house.told("volunteer.left_team")] == [(one, "2026-06-01")] * 2


def test_what_changes_the_teams_of_a_person_changes_the_version_of_the_person(office: Office) -> None:
    one, two = people(office, 2)
    team = form(office, (one, "leader"))["team_id"]
    first = office.etag(at(one))

    office.change(f"/v1/teams/{team}", {"volunteer_id": two, "on": "2026-03-01", "position": "leader"}, "members")
    second = office.etag(at(one))
    office.change(f"/v1/teams/{team}", {"on": "2026-06-01"}, "dissolution")

    assert len({first, second, office.etag(at(one))}) == 3
