"""Volunteers are found however they are typed, by those who may; probable duplicates are shown."""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Iterator
from typing import Any

import pytest

from tests.integration.registry_house import House, open_house, with_hai_thanh
from tests.integration.registry_people import NOBODY, Office, at
from tests.support.postgres import TestPostgres

HOA, PLAIN = "Đỗ Thị Hoà", "Do Thi Hoa"


@pytest.fixture
def house(postgres: TestPostgres) -> Iterator[House]:
    with open_house(postgres, with_hai_thanh) as opened:
        yield opened


@pytest.fixture
def office(house: House) -> Office:
    return Office(house)


@pytest.mark.parametrize(
    "typed",
    [
        "Đỗ Thị Hoà",
        "đỗ thị hòa",
        "do thi hoa",
        "DO THI HOA",
        "hoa do",
        "hoà đ",
        unicodedata.normalize("NFD", HOA),
        "Ðỗ",
    ],
)
def test_a_name_is_found_however_it_is_typed(office: Office, typed: str) -> None:
    office.register(HOA)
    office.register("Trần Văn Bình")

    assert office.search(q=typed) == [HOA]


def test_names_with_the_diacritics_as_typed_come_first(office: Office) -> None:
    for name in ("Đỗ Thị Hóa", PLAIN, HOA):
        office.register(name)

    assert office.search(q="hòa")[0] == HOA
    assert office.search(q="hóa")[0] == "Đỗ Thị Hóa"
    assert office.search(q="hoa")[0] == PLAIN
    assert len(office.search(q="hoa")) == 3


@pytest.mark.parametrize("typed", ["ho%", "%", "_o", "h_a", "\\", "oa", "Hoàng"])
def test_what_is_typed_is_no_pattern_and_begins_a_word(office: Office, typed: str) -> None:
    office.register(HOA)

    assert office.search(q=typed) == []


@pytest.mark.parametrize(
    "typed", ["0912 345 678", "+84912345678", "84 912-345-678", "０９１２３４５６７８", "٠٩١٢٣٤٥٦٧٨", "5678", "345 678"]
)
def test_a_phone_is_found_in_any_notation(office: Office, typed: str) -> None:
    office.register(HOA, phone="0912.345.678")
    office.register("Trần Văn Bình", phone="0912.345.679")

    assert office.search(phone=typed) == [HOA]


@pytest.mark.parametrize(
    ("wanted", "field"),
    [({"phone": "678"}, "phone"), ({"phone": "%%%%"}, "phone"), ({"q": "´"}, "q"), ({"after": NOBODY, "q": "a"}, "after"),
     ({"limit": "5"}, "limit"), ({"limit": 5.9}, "limit"), ({"sort": "x"}, "sort"), ({"status": "boss"}, "status")],
)  # fmt: skip
def test_searches_that_ask_for_nothing_are_refused(office: Office, wanted: dict[str, Any], field: str) -> None:
    answer = office.post("/v1/volunteers/search", wanted, 422)

    assert [error["field"] for error in answer["errors"]] == [field]


def test_names_and_phones_are_not_looked_for_in_an_address(office: Office) -> None:
    assert office.get("/v1/volunteers?q=hoa", 422)["errors"][0]["code"] == "unknown_field"
    assert office.get("/v1/volunteers?phone=5678", 422)["errors"][0]["code"] == "unknown_field"


def test_every_filter_finds_and_leaves_out(office: Office) -> None:
    group = office.group("tdp-03")
    hoa = office.id(HOA, area_id=group, unit="Chi đoàn tổ 3", skills=["Tin học"], joined_on="2026-01-01")
    office.register("Trần Văn Bình", kind="youth", unit="Chi đoàn tổ 4", skills=["Tin"])
    team = {"name": "Tổ 3", "area_id": group, "on": "2026-02-01", "members": [{"volunteer_id": hoa}]}
    team_id = office.post("/v1/teams", team, 201)["team_id"]

    for wanted in (
        {"area": group},
        {"unit": "CHI DOAN TO 3"},
        {"skill": "tin hoc"},
        {"team": team_id},
        {"kind": "union_member"},
        {"status": "active", "ward": office.ward, "kind": "union_member"},
    ):
        assert office.search(**wanted) == [HOA], wanted
        asked = "&".join(f"{name}={value}" for name, value in wanted.items())
        assert [one["full_name"] for one in office.get(f"/v1/volunteers?{asked}")["items"]] == [HOA]
    assert office.search(team=team_id, on="2026-01-31") == []
    assert office.search(status="retired") == office.search(unit="%") == []
    assert len(office.search(ward=office.ward)) == 2


@pytest.mark.parametrize("wanted", [{}, {"q": "nguyen"}])
def test_pages_follow_each_other_without_gap_or_repetition(office: Office, wanted: dict[str, Any]) -> None:
    names = [f"Nguyễn Văn {'ABC'[number % 3]}" if number % 2 else f"Nguyen Van {number}" for number in range(11)]
    ids = {office.id(name, birth_year=1980 + at) for at, name in enumerate(names)}
    seen: list[str] = []
    after = None

    while True:
        page = office.post("/v1/volunteers/search", wanted | {"limit": 2} | ({"after": after} if after else {}))
        seen += [one["volunteer_id"] for one in page["items"]]
        after = page["next"]
        if not after:
            break

    assert (len(seen), set(seen)) == (11, ids)


def test_a_ward_app_sees_its_own_without_names_and_does_not_search_for_them(house: House, office: Office) -> None:
    who = office.id(HOA, phone="0912345678")
    own, other = house.as_app("11692"), house.as_app("11692", on=dt.date(2023, 3, 15))
    path = at(who)

    for body in ({"q": "hoa"}, {"phone": "0912345678"}):
        assert house.web.post("/v1/volunteers/search", json=body, headers=own).status_code == 403
    mine = house.web.post("/v1/volunteers/search", json={"kind": "union_member"}, headers=own).json["items"]
    assert [one["volunteer_id"] for one in mine] == [who]
    one = house.web.get(path, headers=own)
    assert one.status_code == 200
    assert not {"full_name", "phone"} & (set(one.json) | set(mine[0]))
    assert house.web.get(path, headers=other).status_code == 404
    assert house.web.post("/v1/volunteers/search", json={}, headers=other).json["items"] == []
    assert house.web.get("/v1/volunteers/duplicates", headers=own).status_code == 403


def test_a_probable_duplicate_is_shown_on_entry_with_its_reason(office: Office) -> None:
    first = office.id(HOA, phone="0912345678", birth_year=1999, unit="Chi đoàn 3")
    office.register("Đỗ Thị Hồng", birth_year=1999)

    by_both = office.register(PLAIN, phone="+84 912 345 678")["probable_duplicates"]
    by_phone = office.register("Trần Văn Bình", phone="0912345678", birth_year=1950)["probable_duplicates"]
    other_year = office.register(HOA, birth_year=1998)["probable_duplicates"]

    assert [(one["volunteer_id"], one["score"], one["reason"]) for one in by_both] == [
        (first, 95, "Trùng số điện thoại, trùng họ tên (không phân biệt dấu), cùng xã, phường")
    ]
    assert {one["score"] for one in by_phone} == {40, 60}
    assert any("khác năm sinh" in one["reason"] for one in by_phone)
    assert first not in [one["volunteer_id"] for one in other_year]


def test_a_name_alone_is_no_duplicate_in_another_ward_and_unit(house: House, office: Office) -> None:
    office.register(HOA, unit="Chi đoàn 3")
    elsewhere = house.ask(
        "SELECT area_id::text FROM area WHERE level = 'ward' AND valid_to IS NULL AND code <> '11692'"
    )
    assert elsewhere

    alone = office.register(HOA, area_id=elsewhere[0][0])
    same_unit = office.register(HOA, area_id=elsewhere[0][0], unit="CHI ĐOÀN 3")

    assert alone["probable_duplicates"] == []
    assert len(same_unit["probable_duplicates"]) == 2


def test_the_list_has_each_pair_once_until_they_are_two_persons(house: House, office: Office) -> None:
    one, two, three = (office.id(HOA, area_id=area) for area in (office.ward, office.group("tdp-03"), office.ward))

    pairs, after = [], ""
    while True:
        page = office.get(f"/v1/volunteers/duplicates?limit=1{after}")
        pairs += [(pair["one"]["volunteer_id"], pair["other"]["volunteer_id"]) for pair in page["items"]]
        if not page["next"]:
            break
        after = f"&after={page['next']}"
    assert sorted(pairs) == sorted({tuple(sorted(pair)) for pair in ((one, two), (one, three), (two, three))})

    events = len(house.events())
    office.post(f"{at(two)}/two-persons", {"other": one, "reason": "Hai chị em"}, 201)
    office.post(f"{at(one)}/two-persons", {"other": two}, 200)
    left = office.get(f"/v1/volunteers/duplicates?ward={office.ward}")["items"]
    assert len(left) == 2
    assert {one, two} not in [{pair["one"]["volunteer_id"], pair["other"]["volunteer_id"]} for pair in left]
    assert len(house.events()) == events
    (noted,) = office.get("/v1/changes?kind=not_duplicate")["items"]
    assert noted["reason"] == "Hai chị em"


@pytest.mark.parametrize("query", ["after=x", f"after={NOBODY}", "limit=0", "limit=501", "ward=x", "q=a"])
def test_bad_pages_of_duplicates_are_refused(office: Office, query: str) -> None:
    assert office.get(f"/v1/volunteers/duplicates?{query}", 422)["code"] == "invalid"
