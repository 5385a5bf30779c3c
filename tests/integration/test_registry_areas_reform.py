"""The reform of quận Dương Kinh on 2025-07-01, as it is written beside the shipped data, on a real PostgreSQL: who
belongs where on the last day before and on the first day after.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest

from deploy.cds.registry_commands import import_areas
from services.registry.commands import official
from services.registry.reference import BEFORE_TO, REFORM_ON, country
from services.registry.store import writing
from tests.integration.areas_ward import Ward, everything
from tests.integration.registry_house import House, open_house
from tests.support.postgres import TestPostgres

THEN, NOW = str(BEFORE_TO), str(REFORM_ON)
WARDS = {
    "11683": "Đa Phúc",
    "11686": "Hưng Đạo",
    "11689": "Anh Dũng",
    "11692": "Hải Thành",
    "11707": "Hoà Nghĩa",
    "11740": "Tân Thành",
}
# By predecessor, its successors: the main one first.
README = {
    "11683": ["11689"],
    "11686": ["11689"],
    "11689": ["11689", "11692"],
    "11692": ["11692", "11689"],
    "11707": ["11692"],
    "11740": ["11692", "11455"],
}


@pytest.fixture
def house(postgres: TestPostgres) -> Iterator[House]:
    with open_house(postgres) as opened:
        yield opened


@pytest.mark.parametrize("how", ["imported", "declared by hand"])
def test_hai_thanhs_groups_go_to_two_successors_and_everyone_with_them(house: House, how: str) -> None:
    """Imported, the groups are declared first and the successions come with the import; by hand, one is declared."""
    _areas_only(house)
    it = house.as_it()
    ward = Old(house, it)
    placed = {group: ward.things(area) for group, area in ward.by_code.items()} | {"ward": ward.things(ward.id)}
    hung_dao, duong_kinh = house.area_id("11689", NOW), house.area_id("11692", NOW)
    to: list[dict[str, Any]] = [
        {"area_id": duong_kinh, "is_main": True, "groups": [ward.by_code["tdp-01"]]},
        {"area_id": hung_dao, "groups": [ward.by_code["tdp-03"]]},
    ]
    body: dict[str, Any] = {"on": NOW, "kind": "split", "from": [ward.id], "to": to}

    rehearsed = import_areas(house.settings, wards=["11692"], dry_run=True)
    assert rehearsed.moved == {"groups": 3, "teams": 1, "venues": 1, "volunteers": 1}
    if how == "declared by hand":
        shown = ward.post("/v1/successions?dry_run=true", 200, **body)
        assert {move["to"]["name"]: len(move["groups"]) for move in shown["moves"]} == {
            "Phường Dương Kinh": 2,
            "Phường Hưng Đạo": 1,
        }
        ward.post("/v1/successions", **body)
    else:
        _import(house, {(ward.id, one["area_id"]): one["groups"] for one in to})

    above = {group: (ward.above(area, THEN), ward.above(area, NOW)) for group, area in ward.by_code.items()}
    assert above == {
        "tdp-01": (ward.id, duong_kinh),
        "tdp-02": (ward.id, duong_kinh),
        "tdp-03": (ward.id, hung_dao),
    }
    listed = [one["code"] for one in ward.get(f"/v1/areas?parent={hung_dao}&on={NOW}")["items"]]
    assert listed == ["tdp-03"]
    for group, area in ward.by_code.items():
        assert {ward.where(one, day) for one in placed[group].values() for day in (THEN, NOW)} == {area}
    assert {ward.where(one, THEN) for one in placed["ward"].values()} == {ward.id}
    assert {ward.where(one, NOW) for one in placed["ward"].values()} == {duong_kinh}
    first = import_areas(house.settings, wards=["11692"])
    before = everything(house)
    again = import_areas(house.settings, wards=["11692"])
    assert everything(house) == before
    assert again.successions_new == 0
    assert first.declared_otherwise == []
    assert {group: ward.above(area, NOW) for group, area in ward.by_code.items()} == {
        group: now for group, (_, now) in above.items()
    }


def test_which_groups_go_where_may_be_told_after_the_import(house: House) -> None:
    """The whole reform was imported before anyone knew the groups; then they are listed, and one is sent on by name."""
    import_areas(house.settings, wards=["11692"])
    ward = Old(house, house.as_it())
    hung_dao, duong_kinh = house.area_id("11689", NOW), house.area_id("11692", NOW)
    things = ward.things(ward.by_code["tdp-03"])
    to: list[dict[str, Any]] = [
        {"area_id": duong_kinh, "is_main": True, "groups": [ward.by_code["tdp-01"]]},
        {"area_id": hung_dao, "groups": [ward.by_code["tdp-03"]]},
    ]
    body: dict[str, Any] = {"on": NOW, "kind": "split", "from": [ward.id], "to": to}

    shown = ward.post("/v1/successions?dry_run=true", 200, **body)
    told = len(house.told("area.succeeded"))
    ward.post("/v1/successions", **body)
    first = everything(house)
    ward.post("/v1/successions", **body)
    again = import_areas(house.settings, wards=["11692"])

    assert {move["to"]["name"]: len(move["groups"]) for move in shown["moves"]}["Phường Hưng Đạo"] == 1
    assert {group: (ward.above(area, THEN), ward.above(area, NOW)) for group, area in ward.by_code.items()} == {
        "tdp-01": (ward.id, duong_kinh),
        "tdp-02": (ward.id, duong_kinh),
        "tdp-03": (ward.id, hung_dao),
    }
    assert {ward.where(one, NOW) for one in things.values()} == {ward.by_code["tdp-03"]}
    assert len(house.told("area.succeeded")) == told + 1
    assert (again.successions_new, again.declared_otherwise) == (0, [])
    assert everything(house) == first
    # What was sent elsewhere by name is not taken back.
    back: list[dict[str, Any]] = [{**to[0], "groups": [ward.by_code["tdp-03"]]}, {**to[1], "groups": []}]
    assert ward.post("/v1/successions", 409, **body | {"to": back})["code"] == "already_exists"
    assert everything(house) == first


class Old(Ward):
    """Hải Thành, as it was."""

    since = "2023-03-01"

    def __init__(self, house: House, it: dict[str, str]) -> None:
        self.house, self.it = house, it
        self.id = house.area_id("11692", THEN)
        codes = ("tdp-01", "tdp-02", "tdp-03")
        self.by_code = {code: self.group(code, self.id) for code in codes}
        self.groups = list(self.by_code.values())


def _areas_only(house: House) -> None:
    with writing(house.engine) as session:
        official.declare_areas(session, country().select(wards=["11692"]).areas)


def _import(house: House, groups: dict[tuple[str, str], list[str]]) -> None:
    """The official successions, with where the groups go."""
    named = {(UUID(old), UUID(heir)): [UUID(one) for one in of_heir] for (old, heir), of_heir in groups.items()}
    with writing(house.engine) as session:
        official.declare_successions(session, country().select(wards=["11692"]).successions, named)


def test_the_answers_for_each_side_are_those_beside_the_data(house: House) -> None:
    import_areas(house.settings, wards=WARDS)
    it = house.as_it()

    def get(path: str) -> Any:
        return house.web.get(path, headers=it).json

    district = house.area_id("309", THEN)
    before = get(f"/v1/areas?parent={district}&on={THEN}")["items"]
    assert {area["code"]: area["name"].removeprefix("Phường ") for area in before} == WARDS
    assert get(f"/v1/areas?parent={district}&on={NOW}")["items"] == []
    for code, heirs in README.items():
        old = get(f"/v1/areas/{house.area_id(code, THEN)}?on={THEN}")
        assert (old["valid_to"], old["parent_id"]) == (THEN, district)
        assert [heir["code"] for heir in old["successors"]] == heirs, code
        assert [heir["is_main"] for heir in old["successors"]] == [True, *[False] * (len(heirs) - 1)]
    for code, name in (("11689", "Hưng Đạo"), ("11692", "Dương Kinh"), ("11455", "Đồ Sơn")):
        (new,) = get(f"/v1/areas?code={code}&on={NOW}")["items"]
        assert (new["name"], new["valid_from"]) == (f"Phường {name}", NOW)
        assert new["parent_id"] == house.area_id("31", NOW) != house.area_id("31", THEN)
