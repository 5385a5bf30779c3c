"""Areas over time, on a real PostgreSQL: the reform, reused codes, groups whose ward is succeeded."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from deploy.cds.registry_commands import CommandError, import_areas
from tests.integration.registry_house import House, open_house
from tests.support.postgres import TestPostgres

DUONG_KINH = ("11683", "11686", "11689", "11692", "11707", "11740")
THEN, NOW = "2023-03-15", "2026-03-15"


@pytest.fixture
def house(postgres: TestPostgres) -> Iterator[House]:
    with open_house(postgres) as opened:
        yield opened


def test_a_second_import_changes_nothing_and_appends_no_event(house: House) -> None:
    first = import_areas(house.settings, province="31")
    events = len(house.events())
    assert first.areas_new == first.areas > 500
    assert events == first.areas_new + first.successions_new

    again = import_areas(house.settings, province="31")

    assert (again.areas_new, again.successions_new) == (0, 0)
    assert len(house.events()) == events


def test_every_area_is_declared_after_the_one_above_it_and_before_its_succession(house: House) -> None:
    import_areas(house.settings, wards=DUONG_KINH)

    seen: set[str] = set()
    for event in house.events():
        data = event["data"]
        if event["type"] == "vn.congdongso.area.declared.v1":
            assert data.get("parent") is None or data["parent"] in seen
            seen.add(data["area_id"])
        else:
            assert {*data["from"], *(heir["area_id"] for heir in data["to"])} <= seen
        assert event["partitionkey"] == "reference"
        assert event["source"] == "/registry"


def test_the_wards_of_duong_kinh_go_where_the_reform_sent_them(house: House) -> None:
    import_areas(house.settings, wards=DUONG_KINH)

    rows = house.ask(
        """SELECT o.code, o.name, n.code, n.name, s.kind, s.is_main FROM area_succession AS s
             JOIN area AS o ON o.area_id = s.from_id JOIN area AS n ON n.area_id = s.to_id
            WHERE o.level = 'ward' AND o.code = ANY(%s) ORDER BY o.code, s.is_main DESC""",
        list(DUONG_KINH),
    )

    new = {"11689": "Phường Hưng Đạo", "11692": "Phường Dương Kinh", "11455": "Phường Đồ Sơn"}
    assert rows == [
        ("11683", "Phường Đa Phúc", "11689", new["11689"], "merge", True),
        ("11686", "Phường Hưng Đạo", "11689", new["11689"], "merge", True),
        ("11689", "Phường Anh Dũng", "11689", new["11689"], "split", True),
        ("11689", "Phường Anh Dũng", "11692", new["11692"], "split", False),
        ("11692", "Phường Hải Thành", "11692", new["11692"], "split", True),
        ("11692", "Phường Hải Thành", "11689", new["11689"], "split", False),
        ("11707", "Phường Hoà Nghĩa", "11692", new["11692"], "merge", True),
        ("11740", "Phường Tân Thành", "11692", new["11692"], "split", True),
        ("11740", "Phường Tân Thành", "11455", new["11455"], "split", False),
    ]


def test_wards_that_merge_whole_are_told_in_one_event_and_a_split_in_one_of_its_own(house: House) -> None:
    import_areas(house.settings, wards=DUONG_KINH)

    told = house.told("area.succeeded")

    hung_dao = house.area_id("11689", NOW)
    merged = [one for one in told if one["kind"] == "merge" and one["to"][0]["area_id"] == hung_dao]
    assert [set(one["from"]) for one in merged] == [{house.area_id("11683", THEN), house.area_id("11686", THEN)}]
    assert sum(one["from"] == [house.area_id("11692", THEN)] and one["kind"] == "split" for one in told) == 1
    assert all(one["on"] == "2025-07-01" for one in told)


def test_one_code_means_two_areas_on_two_days(house: House) -> None:
    import_areas(house.settings, wards=["11692"])
    headers = house.as_it()

    (then,) = house.web.get(f"/v1/areas?code=11692&on={THEN}", headers=headers).json["items"]
    (now,) = house.web.get(f"/v1/areas?code=11692&on={NOW}", headers=headers).json["items"]
    (today,) = house.web.get("/v1/areas?code=11692", headers=headers).json["items"]

    assert (then["name"], now["name"]) == ("Phường Hải Thành", "Phường Dương Kinh")
    assert then["area_id"] != now["area_id"] == today["area_id"]
    assert (then["valid_to"], now["valid_to"]) == ("2025-06-30", None)


def test_an_area_shows_what_it_succeeds_and_what_succeeds_it(house: House) -> None:
    import_areas(house.settings, wards=DUONG_KINH)
    headers = house.as_it()

    old = house.web.get(f"/v1/areas/{house.area_id('11692', THEN)}", headers=headers).json
    new = house.web.get(f"/v1/areas/{house.area_id('11692', NOW)}", headers=headers).json

    assert [(one["code"], one["is_main"], one["on"]) for one in old["successors"]] == [
        ("11692", True, "2025-07-01"),
        ("11689", False, "2025-07-01"),
    ]
    assert {one["name"] for one in new["predecessors"]} == {
        "Phường Anh Dũng",
        "Phường Hải Thành",
        "Phường Hoà Nghĩa",
        "Phường Tân Thành",
    }


def test_pages_of_areas_continue_after_the_last_one(house: House) -> None:
    import_areas(house.settings, wards=DUONG_KINH)
    headers = house.as_it()
    whole = house.web.get(f"/v1/areas?on={THEN}&level=ward", headers=headers).json["items"]

    paged: list[str] = []
    after = ""
    while True:
        page = house.web.get(f"/v1/areas?on={THEN}&level=ward&limit=4{after}", headers=headers).json
        paged += [item["area_id"] for item in page["items"]]
        if page["next"] is None:
            break
        after = f"&after={page['next']}"

    assert paged == [item["area_id"] for item in whole]
    assert len(paged) == len(set(paged)) > 4


def test_the_groups_of_a_split_ward_go_to_two_successors(house: House) -> None:
    import_areas(house.settings, wards=DUONG_KINH)
    headers = house.as_it()
    ward, day = declare_ward_with_groups(house, headers)
    heirs = [declare_heir(house, code) for code in ("99001", "99002")]

    answer = house.web.post(
        "/v1/successions",
        json={
            "on": "2027-01-01",
            "kind": "split",
            "from": [ward],
            "to": [{"area_id": heirs[0], "is_main": True}, {"area_id": heirs[1], "groups": [day["tdp-02"]]}],
        },
        headers=headers,
    )

    assert answer.status_code == 201, answer.text
    assert parents_on(house, headers, day, "2026-12-31") == {"tdp-01": ward, "tdp-02": ward}
    assert parents_on(house, headers, day, "2027-01-01") == {"tdp-01": heirs[0], "tdp-02": heirs[1]}
    told = house.told("area.succeeded")[-1]
    assert [heir.get("groups", []) for heir in told["to"]] == [[day["tdp-01"]], [day["tdp-02"]]]


def test_a_group_declared_under_a_ward_of_the_past_follows_its_main_successor(house: House) -> None:
    import_areas(house.settings, wards=DUONG_KINH)
    headers = house.as_it()
    old, new = house.area_id("11692", THEN), house.area_id("11692", NOW)

    made = house.web.post(
        "/v1/areas", json={"parent": old, "code": "tdp-09", "name": "Tổ dân phố số 9"}, headers=headers
    ).json

    assert parents_on(house, headers, {"tdp-09": made["area_id"]}, THEN) == {"tdp-09": old}
    assert parents_on(house, headers, {"tdp-09": made["area_id"]}, NOW) == {"tdp-09": new}
    told = house.told("area.succeeded")[-1]
    assert told["from"] == [old]
    assert {heir["area_id"]: heir.get("groups", []) for heir in told["to"]}[new] == [made["area_id"]]


def test_a_group_merged_into_another_is_over_the_day_before(house: House) -> None:
    import_areas(house.settings, wards=DUONG_KINH)
    headers = house.as_it()
    ward, groups = declare_ward_with_groups(house, headers)

    answer = house.web.post(
        "/v1/successions",
        json={
            "on": "2026-09-01",
            "kind": "merge",
            "from": [groups["tdp-02"]],
            "to": [{"area_id": groups["tdp-01"]}],
        },
        headers=headers,
    )

    assert answer.status_code == 201, answer.text
    listed = {
        day: [one["code"] for one in house.web.get(f"/v1/areas?parent={ward}&on={day}", headers=headers).json["items"]]
        for day in ("2026-08-31", "2026-09-01")
    }
    assert listed == {"2026-08-31": ["tdp-01", "tdp-02"], "2026-09-01": ["tdp-01"]}


def test_an_unknown_code_is_refused_and_nothing_is_imported(house: House) -> None:
    with pytest.raises(CommandError, match="99999"):
        import_areas(house.settings, wards=["11692", "99999"])

    assert house.events() == []


@pytest.mark.slow
def test_the_whole_country_imports_in_time_and_only_once(house: House) -> None:
    first = import_areas(house.settings, whole=True)
    events = len(house.events())

    again = import_areas(house.settings, whole=True)

    assert first.areas == first.areas_new == 63 + 691 + 10_051 + 34 + 3_321
    assert (len(first.without_successor), len(first.without_predecessor), len(first.without_main)) == (
        156,
        34,
        18,
    )
    assert (again.areas_new, again.successions_new) == (0, 0)
    assert len(house.events()) == events == first.areas_new + first.successions_new


def declare_ward_with_groups(house: House, headers: dict[str, str]) -> tuple[str, dict[str, str]]:
    """Today's ward 11692 with two groups."""
    ward = house.area_id("11692", NOW)
    groups = {}
    for code in ("tdp-01", "tdp-02"):
        answer = house.web.post("/v1/areas", json={"parent": ward, "code": code, "name": f"Tổ {code}"}, headers=headers)
        assert answer.status_code == 201, answer.text
        groups[code] = answer.json["area_id"]
    return ward, groups


def declare_heir(house: House, code: str) -> str:
    """A ward that a later reform makes; the reference data knows none yet."""
    ((parent,),) = house.ask("SELECT parent_id FROM area WHERE code = '11692' AND valid_to IS NULL")
    ((area_id,),) = house.ask(
        """WITH made AS (INSERT INTO area (area_id, code, name, level, parent_id, valid_from)
           VALUES (gen_random_uuid(), %s, %s, 'ward', %s, '2027-01-01') RETURNING area_id)
           SELECT area_id FROM made""",
        code,
        f"Phường {code}",
        parent,
    )
    return str(area_id)


def parents_on(house: House, headers: dict[str, str], groups: dict[str, str], day: str) -> dict[str, str]:
    return {
        code: house.web.get(f"/v1/areas/{area_id}?on={day}", headers=headers).json["parent_id"]
        for code, area_id in groups.items()
    }
