"""Declaring areas and their successions over the API, on a real PostgreSQL: what goes where, and what is refused."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID, uuid4

import pytest

from deploy.cds.registry_commands import load_catalogue
from services.registry.model import Venue
from services.registry.queries.tree import above_on, below_on
from services.registry.store import reading, writing
from tests.integration.areas_ward import LAST, LATER, NEXT, Ward, everything
from tests.integration.registry_house import House, open_house, with_hai_thanh
from tests.integration.test_registry_sample import replica
from tests.support.postgres import TestPostgres


@pytest.fixture
def house(postgres: TestPostgres) -> Iterator[House]:
    with open_house(postgres, with_hai_thanh) as opened:
        yield opened


@pytest.fixture
def it(house: House) -> dict[str, str]:
    return house.as_it()


@pytest.fixture
def ward(house: House, it: dict[str, str]) -> Ward:
    return Ward(house, it)


# -- declaring areas -------------------------------------------------------------------------------------------------


def test_areas_of_every_level_are_declared_and_told(ward: Ward) -> None:
    province = ward.post("/v1/areas", level="province", code="98", name="Tỉnh Mới", valid_from=NEXT)
    district = ward.post("/v1/areas", level="district", code="999", name="Huyện Mới", parent=province["area_id"])
    new = ward.post("/v1/areas", level="ward", code="99999", name="Xã Mới", parent=district["area_id"])
    hamlet = ward.post(
        "/v1/areas", parent=new["area_id"], code="thon-1", name="Thôn Một", local_label="thôn", eligible=700
    )

    assert (new["parent_id"], new["valid_from"]) == (district["area_id"], NEXT)
    assert (hamlet["level"], hamlet["local_label"], hamlet["eligible"]) == ("residential_group", "thôn", 700)
    told = ward.house.told("area.declared")[-4:]
    assert [one["level"] for one in told] == ["province", "district", "ward", "residential_group"]
    assert [one.get("parent") for one in told[1:]] == [one["area_id"] for one in (province, district, new)]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"level": "ward", "code": "tdp-03", "name": "Xã", "valid_from": NEXT}, {"code": "invalid"}),
        ({"level": "ward", "code": "1234", "name": "Xã", "valid_from": NEXT}, {"code": "invalid"}),
        ({"level": "ward", "code": "99999", "name": "Xã"}, {"valid_from": "required"}),
        ({"level": "district", "code": "999", "name": "Huyện"}, {"parent": "required"}),
        ({"level": "hamlet", "code": "999", "name": "Thôn"}, {"level": "invalid"}),
        (
            {"level": "province", "code": "99", "name": "Tỉnh", "valid_from": NEXT, "local_label": "thôn"},
            {"local_label": "invalid"},
        ),
        ({"level": "province", "code": "99", "name": "Tỉnh", "parent": "WARD"}, {"parent": "wrong_level"}),
        ({"parent": "WARD", "code": "11692", "name": "Tổ"}, {"code": "invalid"}),
        (
            {"parent": "WARD", "code": "tdp-9", "name": "Tổ", "valid_from": "2025-06-30"},
            {"valid_from": "outside_parent"},
        ),
        ({"parent": "WARD", "code": "tdp-9", "name": "Tổ", "valid_to": NEXT}, {"valid_to": "unknown_field"}),
    ],
)
def test_an_area_that_cannot_be_is_refused_by_its_field(
    ward: Ward, body: dict[str, Any], expected: dict[str, str]
) -> None:
    named = {name: ward.id if value == "WARD" else value for name, value in body.items()}

    errors = ward.post("/v1/areas", 422, **named)["errors"]

    assert {error["field"]: error["code"] for error in errors} == expected


def test_a_code_may_be_declared_for_the_next_reform_but_not_twice(ward: Ward) -> None:
    first = ward.ward("11692")

    again = ward.post(
        "/v1/areas",
        409,
        level="ward",
        code="11692",
        name="Phường",
        parent=ward.house.area_id("31", "2026-03-15"),
        valid_from=NEXT,
    )

    assert again["area_id"] == first


def test_a_spelling_is_corrected_with_the_version_that_was_seen_and_told_again(ward: Ward) -> None:
    path = f"/v1/areas/{ward.groups[0]}"
    seen = ward.house.web.get(path, headers=ward.it)
    told = len(ward.house.events())

    def patch(body: dict[str, Any], tag: str | None = None) -> Any:
        headers = ward.it | ({"If-Match": tag} if tag else {})
        return ward.house.web.patch(path, json=body, headers=headers)

    assert patch({"name": "Tổ dân phố số 1"}).status_code == 428
    changed = patch({"name": "Tổ dân phố số 1", "households": 120, "eligible": 300}, seen.headers["ETag"])
    assert (changed.status_code, changed.json["name"], changed.json["households"]) == (200, "Tổ dân phố số 1", 120)
    assert patch({"name": "Tổ Một"}, seen.headers["ETag"]).status_code == 412
    same = patch({"households": 120}, changed.headers["ETag"])
    assert (same.status_code, same.headers["ETag"]) == (200, changed.headers["ETag"])
    assert patch({"level": "ward"}, changed.headers["ETag"]).status_code == 422

    assert len(ward.house.events()) == told + 1
    last = ward.house.told("area.declared")[-1]
    assert (last["name"], last["households"], last["parent"]) == ("Tổ dân phố số 1", 120, ward.id)


def test_areas_are_found_by_their_names_however_they_are_typed(ward: Ward) -> None:
    for typed in ("duong kinh", "DƯƠNG KINH", "Phường Dương Kinh", "Du\u031bo\u031bng Kinh"):
        found = ward.house.web.get("/v1/areas", query_string={"name": typed, "level": "ward"}, headers=ward.it).json
        assert [area["code"] for area in found["items"]] == ["11692"], typed
    assert ward.get("/v1/areas?name=%25")["items"] == []


def test_all_meanings_of_a_code_are_given_at_once(ward: Ward) -> None:
    found = ward.get("/v1/areas?code=11692&on=any")["items"]

    assert [(area["name"], area["valid_from"], area["valid_to"]) for area in found] == [
        ("Phường Hải Thành", "2020-01-01", "2025-06-30"),
        ("Phường Dương Kinh", "2025-07-01", None),
    ]
    assert found[0]["parent_id"] == ward.house.area_id("309", "2023-01-01")
    assert [a["name"] for a in ward.get("/v1/areas?code=11692&on=2025-06-30")["items"]] == ["Phường Hải Thành"]


# -- what goes where -------------------------------------------------------------------------------------------------


def test_a_ward_stays_while_it_gives_a_group_and_people_away(ward: Ward) -> None:
    inside, direct = ward.things(ward.groups[1]), ward.things(ward.id)
    other = ward.ward("99001")
    named = {f"{kind}s": [str(one)] for kind, one in direct.items()}

    made = ward.succeed(
        ward.id,
        [{"area_id": ward.id, "is_main": True}, {"area_id": other, "groups": [ward.groups[1]], **named}],
        kind="move",
    )

    assert [(row["to_id"], row["stays"]) for row in made] == [(other, True)]
    assert [ward.above(group, NEXT) for group in ward.groups] == [ward.id, other, ward.id]
    assert [ward.above(group, LAST) for group in ward.groups] == [ward.id] * 3
    assert ward.get(f"/v1/areas/{ward.id}")["valid_to"] is None
    for kind, one in direct.items():
        assert (ward.where(one, LAST), ward.where(one, NEXT)) == (ward.id, other), kind
        told = ward.house.told(f"{kind}.moved")
        assert told == [{kind: str(one), "area": other, "on": NEXT}]
    assert all(ward.where(one, NEXT) == ward.groups[1] for one in inside.values())


def test_what_is_not_named_follows_the_main_successor_and_only_what_is_named_is_told(ward: Ward) -> None:
    named, rest = ward.things(ward.id), ward.things(ward.id)
    main, other = ward.ward("99001"), ward.ward("99002")

    ward.succeed(
        ward.id,
        [{"area_id": main, "is_main": True}, {"area_id": other, "volunteers": [str(named["volunteer"])]}],
    )

    assert ward.where(named["volunteer"], NEXT) == other
    assert {ward.where(one, NEXT) for one in [*rest.values(), named["team"], named["venue"]]} == {main}
    assert len(ward.house.told("volunteer.moved")) == 1
    assert ward.house.told("team.moved") == ward.house.told("venue.moved") == []


def test_groups_merge_and_split_and_people_go_with_them(ward: Ward) -> None:
    one, two, three = ward.groups
    people_of_two, people_of_three = ward.things(two), ward.things(three)
    half = ward.group("tdp-03b", valid_from=NEXT)

    ward.succeed([one, two], [{"area_id": ward.group("tdp-01-02", valid_from=NEXT)}], kind="merge")
    ward.succeed(
        three,
        [{"area_id": three, "is_main": True}, {"area_id": half, "volunteers": [str(people_of_three["volunteer"])]}],
        kind="split",
    )

    listed = [area["code"] for area in ward.get(f"/v1/areas?parent={ward.id}&on={NEXT}")["items"]]
    assert listed == ["tdp-01-02", "tdp-03", "tdp-03b"]
    merged = ward.house.area_id("tdp-01-02", NEXT)
    assert {ward.where(thing, NEXT) for thing in people_of_two.values()} == {merged}
    assert ward.where(people_of_three["volunteer"], NEXT) == half
    assert ward.where(people_of_three["venue"], NEXT) == three


def test_a_succession_dated_before_a_known_one_carries_groups_and_people_on(ward: Ward) -> None:
    first, second = ward.ward("99001", NEXT), ward.ward("99002", LATER)
    direct = ward.things(ward.id)
    ward.succeed(first, [{"area_id": second}], on=LATER, kind="rename")

    ward.succeed(ward.id, [{"area_id": first}], on=NEXT, kind="rename")

    days = (LAST, NEXT, LATER)
    assert [ward.above(ward.groups[0], day) for day in days] == [ward.id, first, second]
    assert [ward.where(direct["volunteer"], day) for day in days] == [ward.id, first, second]
    told = ward.house.told("area.succeeded")[-2:]
    assert [(one["on"], one["from"], sorted(one["to"][0]["groups"])) for one in told] == [
        (NEXT, [ward.id], sorted(ward.groups)),
        (LATER, [first], sorted(ward.groups)),
    ]


def test_a_group_that_is_sent_elsewhere_before_a_known_succession_does_not_go_with_it(ward: Ward) -> None:
    other, last = ward.ward("99001", NEXT), ward.ward("99002", LATER)
    ward.succeed(ward.id, [{"area_id": last}], on=LATER, kind="rename")

    ward.succeed(
        ward.id, [{"area_id": ward.id, "is_main": True}, {"area_id": other, "groups": ward.groups[:1]}], kind="move"
    )

    assert [ward.above(ward.groups[0], day) for day in (LAST, NEXT, LATER)] == [ward.id, other, other]
    assert ward.above(ward.groups[1], LATER) == last
    told = ward.house.told("area.succeeded")[-1]
    assert (told["on"], told["from"]) == (LATER, [other])
    assert told["to"] == [{"area_id": other, "is_main": True, "groups": ward.groups[:1]}]


def test_a_province_is_succeeded_and_its_wards_stay_under_the_new_one(ward: Ward, postgres: TestPostgres) -> None:
    province = ward.house.area_id("31", "2026-03-15")
    new = ward.post("/v1/areas", level="province", code="97", name="Thành phố Mới", valid_from=NEXT)["area_id"]

    ward.succeed(province, [{"area_id": new}], kind="rename")

    assert (ward.above(ward.id, LAST), ward.above(ward.id, NEXT)) == (province, new)
    shown = ward.get(f"/v1/areas/{ward.id}?on={NEXT}")
    assert [(one["area_id"], one["valid_from"], one["valid_to"]) for one in shown["parents"]] == [
        (province, "2025-07-01", LAST),
        (new, NEXT, None),
    ]
    assert ward.id in ward.house.told("area.succeeded")[-1]["to"][0]["groups"]
    with replica(postgres, ward.house) as book:
        above = {
            day: [str(area.area_id) for area in book.lineage(UUID(ward.groups[0]), dt.date.fromisoformat(day))]
            for day in (LAST, NEXT)
        }
    assert above == {LAST: [ward.groups[0], ward.id, province], NEXT: [ward.groups[0], ward.id, new]}


def test_the_tree_under_a_succeeded_province_is_that_of_the_day(ward: Ward) -> None:
    province = ward.house.area_id("31", "2026-03-15")
    new = ward.post("/v1/areas", level="province", code="97", name="Thành phố Mới", valid_from=NEXT)["area_id"]

    ward.succeed(province, [{"area_id": new}], kind="rename")

    ids = {ward.id, *ward.groups}
    with reading(ward.house.engine) as session:
        found = {
            (name, day): set(map(str, session.scalars(below_on(UUID(area), dt.date.fromisoformat(day)))))
            for name, area in (("old", province), ("new", new))
            for day in (LAST, NEXT)
        }
        above = above_on(session, [UUID(ward.groups[0])], dt.date.fromisoformat(NEXT))
    assert ids <= found["old", LAST]
    assert ids <= found["new", NEXT]
    assert found["old", NEXT] == {province}
    assert found["new", LAST] == {new}
    assert {str(area) for area in above[UUID(ward.groups[0])]} == {ward.id, new}


def test_a_parameter_that_is_given_twice_is_refused_by_name(ward: Ward) -> None:
    for path in ("/v1/areas?on=any&on=2026-01-01", "/v1/successions?limit=1&limit=2"):
        answer = ward.house.web.get(path, headers=ward.it)
        assert answer.status_code == 422
        assert answer.json["errors"][0]["code"] == "repeated"


def test_names_are_those_of_the_whole_chain(ward: Ward) -> None:
    first, second = ward.ward("99001", NEXT), ward.ward("99002", LATER)
    ward.succeed(ward.id, [{"area_id": first}], kind="rename")
    ward.succeed(first, [{"area_id": second}], on=LATER, kind="rename")

    names = [ward.get(f"/v1/areas/{area}")["names"] for area in (first, second)]

    assert [(one["name"], one["by"]) for one in names[0]] == [
        ("Phường Dương Kinh", None),
        ("Phường 99001", "rename"),
        ("Phường 99002", "rename"),
    ]
    assert names[1] == names[0]
    assert [(one["valid_from"], one["valid_to"]) for one in names[0]] == [
        ("2025-07-01", LAST),
        (NEXT, "2027-12-31"),
        (LATER, None),
    ]


def test_what_is_under_nothing_has_no_parents(ward: Ward) -> None:
    shown = ward.get(f"/v1/areas/{ward.house.area_id('31', NEXT)}")

    assert (shown["parents"], shown["parent_id"]) == ([], None)
    assert [one["name"] for one in shown["names"]] == ["Thành phố Hải Phòng"]


def test_a_groups_wards_over_time_are_shown(ward: Ward) -> None:
    new = ward.ward("99001")
    ward.succeed(ward.id, [{"area_id": new}], kind="rename")

    shown = ward.get(f"/v1/areas/{ward.groups[0]}")["parents"]

    assert [(one["code"], one["valid_from"], one["valid_to"]) for one in shown] == [
        ("11692", "2025-07-01", LAST),
        ("99001", NEXT, None),
    ]


# -- again, and otherwise --------------------------------------------------------------------------------------------


def test_the_same_declaration_again_succeeds_and_changes_nothing(ward: Ward) -> None:
    main, other = ward.ward("99001"), ward.ward("99002")
    volunteer = str(ward.things(ward.id)["volunteer"])
    to: list[dict[str, Any]] = [
        {"area_id": main, "is_main": True},
        {"area_id": other, "groups": ward.groups[:1], "volunteers": [volunteer]},
    ]
    first = ward.succeed(ward.id, to)
    before = everything(ward.house)

    assert ward.succeed(ward.id, to) == first
    assert everything(ward.house) == before
    otherwise = ward.succeed(ward.id, [{"area_id": main}], kind="rename", status=409)
    assert otherwise["code"] == "already_exists"
    assert "Phường Dương Kinh" in otherwise["detail"]
    assert ward.succeed(ward.id, to, on="2026-12-01", status=409)["code"] == "already_exists"
    assert everything(ward.house) == before


def test_of_the_same_declaration_sent_four_times_at_once_one_is_told(ward: Ward) -> None:
    new = ward.ward("99001")
    body = {"on": NEXT, "kind": "rename", "from": [ward.id], "to": [{"area_id": new}]}
    before = len(ward.house.told("area.succeeded"))

    with ThreadPoolExecutor(4) as pool:
        clients = [ward.house.app.test_client() for _ in range(4)]
        asked = [pool.submit(one.post, "/v1/successions", json=body, headers=ward.it) for one in clients]
        answers = [one.result() for one in asked]

    assert [answer.status_code for answer in answers] == [201] * 4
    assert len(ward.house.told("area.succeeded")) == before + 1


def test_what_a_staying_ward_gives_again_is_known(ward: Ward) -> None:
    other = ward.ward("99001")
    to: list[dict[str, Any]] = [{"area_id": ward.id, "is_main": True}, {"area_id": other, "groups": ward.groups[:1]}]
    ward.succeed(ward.id, to, kind="move")
    events = len(ward.house.events())

    ward.succeed(ward.id, to, kind="move")

    assert len(ward.house.events()) == events
    more: list[dict[str, Any]] = [to[0], {"area_id": other, "groups": ward.groups[1:2]}]
    assert ward.succeed(ward.id, more, kind="move", status=409)["code"] == "already_exists"
    ward.succeed(ward.id, more, kind="move", on=LATER)
    assert [ward.above(group, LATER) for group in ward.groups] == [other, other, ward.id]


def test_what_cannot_be_is_refused_by_its_field(ward: Ward) -> None:
    new, other = ward.ward("99001"), ward.ward("99002")
    things = ward.things(ward.groups[0])
    ended = ward.things(ward.id)
    with writing(ward.house.engine) as session:
        session.get_one(Venue, ended["venue"]).closed_on = dt.date(2026, 5, 1)
    young = ward.group("tdp-77", valid_from=NEXT)
    elsewhere = ward.group("tdp-88", ward=ward.house.area_id("11689", "2026-03-15"))
    gone = ward.group("tdp-66")
    ward.succeed(gone, [{"area_id": ward.groups[2]}], kind="merge", on="2026-09-01")

    def to(**named: list[Any]) -> list[dict[str, Any]]:
        shown = {name: [str(one) for one in ones] for name, ones in named.items()}
        return [{"area_id": new, "is_main": True}, {"area_id": other, **shown}]

    nobody = str(uuid4())
    refused = {
        "two mains": ([to()[0], to()[1] | {"is_main": True}], {"to": "one_main"}),
        "no main": ([{"area_id": new}, {"area_id": other}], {"to": "one_main"}),
        "not yet there": (to(groups=[young]), {"to[1].groups[0]": "not_valid"}),
        "over before": (to(groups=[gone]), {"to[1].groups[0]": "not_valid"}),
        "elsewhere": (to(groups=[elsewhere]), {"to[1].groups[0]": "group_elsewhere"}),
        "not there the day before": (to(groups=[ward.group("tdp-89", ward=new)]), {"to[1].groups[0]": "not_valid"}),
        "unknown group": (to(groups=[nobody]), {"to[1].groups[0]": "unknown_area"}),
        "a ward below a ward": (to(groups=[other]), {"to[1].groups[0]": "not_valid"}),
        "named twice": (to(groups=[ward.groups[0], ward.groups[0]]), {"to": "repeated"}),
        "unknown venue": (to(venues=[nobody]), {"to[1].venues[0]": "unknown_venue"}),
        "closed venue": (to(venues=[ended["venue"]]), {"to[1].venues[0]": "ended"}),
        "in a group": (to(teams=[things["team"]]), {"to[1].teams[0]": "follows_group"}),
        "unknown both": (
            to(volunteers=[nobody], teams=[nobody]),
            {"to[1].volunteers[0]": "unknown_volunteer", "to[1].teams[0]": "unknown_team"},
        ),
    }
    for name, (heirs, expected) in refused.items():
        assert ward.refused(ward.id, heirs) == expected, name
    assert ward.refused(ward.id, to(), kind="rename") == {"kind": "rename_of_several"}
    assert ward.refused(ward.id, [{"area_id": new}], on="2025-07-01") == {"from[0]": "not_valid"}
    assert ward.refused(ward.id, [{"area_id": new}], on="2026-06-01") == {"to[0].area_id": "not_valid"}
    assert ward.refused(ward.groups[0], [{"area_id": ward.groups[1], "groups": [ward.groups[2]]}]) == {
        "to[0].groups[0]": "group_of_a_group"
    }
    stay: list[dict[str, Any]] = [{"area_id": ward.id}, {"area_id": new, "is_main": True}]
    assert ward.refused(ward.id, stay) == {"to": "one_main"}


def test_what_receives_something_later_cannot_end_before(ward: Ward) -> None:
    heir, last = ward.ward("99001", "2026-06-01"), ward.ward("99002", "2026-06-01")
    ward.succeed(ward.id, [{"area_id": heir}], kind="merge")

    refused = ward.refused(heir, [{"area_id": last}], on="2026-10-01", kind="rename")

    assert refused == {"from[0]": "later_succession"}


# -- the list --------------------------------------------------------------------------------------------------------


def test_successions_are_listed_in_pages_and_filtered(ward: Ward) -> None:
    other = ward.ward("99001")
    ward.succeed(
        ward.id, [{"area_id": ward.id, "is_main": True}, {"area_id": other, "groups": ward.groups[:1]}], kind="move"
    )
    whole = ward.get("/v1/successions")["items"]

    paged: list[Any] = []
    after = ""
    while True:
        page = ward.get(f"/v1/successions?limit=2{after}")
        paged += page["items"]
        if page["next"] is None:
            break
        after = f"&after={page['next']}"

    assert paged == whole
    assert len(whole) > 4
    assert [(one["stays"], one["to"][0]["area_id"]) for one in whole if one["on"] == NEXT] == [(True, other)]
    old = ward.house.area_id("11692", "2023-01-01")
    (split,) = [one for one in ward.get(f"/v1/successions?area={old}")["items"] if one["from"]["area_id"] == old]
    assert [(heir["code"], heir["is_main"]) for heir in split["to"]] == [("11692", True), ("11689", False)]
    assert ward.get(f"/v1/successions?on={NEXT}")["items"] == [one for one in whole if one["on"] == NEXT]
    assert ward.get("/v1/successions?from=2025-07-02&to=2026-12-31")["items"] == []
    kinds = {one["kind"] for one in ward.get("/v1/successions?kind=split")["items"]}
    assert kinds == {"split"}


# -- the tree of a day ------------------------------------------------------------------------------------------------


def renamed_province(ward: Ward) -> tuple[str, str]:
    """The province of the ward before NEXT, and from then on."""
    old = ward.house.area_id("31", "2026-03-15")
    new = str(ward.post("/v1/areas", level="province", code="97", name="Thành phố Mới", valid_from=NEXT)["area_id"])
    ward.succeed(old, [{"area_id": new}], kind="rename")
    return old, new


@pytest.mark.parametrize("level", ["ward", "residential_group"])
def test_units_report_under_the_province_of_the_day(ward: Ward, level: str) -> None:
    load_catalogue(ward.house.settings)
    old, new = renamed_province(ward)
    days: dict[str, Any] = {
        "starts_on": "2026-12-01",
        "ends_on": "2027-01-31",
        "daily_report": True,
        "reporting_level": level,
    }
    what: dict[str, Any] = {"name": "Chiến dịch", "kind": "campaign", "services": ["vneid_activation"]}
    campaigns = {area: ward.post("/v1/campaigns", areas=[area], **what, **days)["campaign_id"] for area in (old, new)}

    def units(area: str, day: str) -> dict[str, str]:
        page = ward.get(f"/v1/campaigns/{campaigns[area]}/reporting-units?on={day}&limit=500")
        assert page["units"] == len(page["items"])
        return {one["area_id"]: one["parent_id"] for one in page["items"]}

    before, after = units(old, LAST), units(new, NEXT)
    assert set(before) == set(after) >= ({ward.id} if level == "ward" else set(ward.groups))
    assert units(new, LAST) == {}
    if level == "ward":
        assert (set(before.values()), set(after.values())) == ({old}, {new})
        assert units(old, NEXT) == after  # what was decided for the old one goes on
    else:
        assert before == after == dict.fromkeys(ward.groups, ward.id)
        assert units(old, NEXT) == after
    for day in (LAST, NEXT):
        for area in (ward.id, old, new) if day == NEXT else (ward.id, old):
            found = ward.get(f"/v1/campaigns?area={area}&on={day}&limit=500")["items"]
            assert campaigns[old] in {one["campaign_id"] for one in found}, (area, day)


def test_venues_teams_and_people_are_found_below_the_area_of_the_day(ward: Ward) -> None:
    old, new = renamed_province(ward)
    neighbour = ward.house.area_id("11689", "2026-03-15")
    things = ward.things(ward.groups[0])
    to: list[dict[str, Any]] = [
        {"area_id": ward.id, "is_main": True},
        {"area_id": neighbour, "groups": ward.groups[:1]},
    ]
    ward.succeed(ward.id, to, kind="move", on=LATER)

    def found(area: str, day: str) -> set[str]:
        paths = {"volunteer": "volunteers", "team": "teams", "venue": "venues"}
        return {
            kind
            for kind, path in paths.items()
            for one in ward.get(f"/v1/{path}?area={area}&on={day}&limit=500")["items"]
            if one[f"{kind}_id"] == str(things[kind])
        }

    every = {"volunteer", "team", "venue"}
    assert [found(area, LAST) for area in (old, new, ward.id, neighbour)] == [every, set(), every, set()]
    assert [found(area, NEXT) for area in (old, new, ward.id, neighbour)] == [set(), every, every, set()]
    assert [found(area, LATER) for area in (old, new, ward.id, neighbour)] == [set(), every, set(), every]
