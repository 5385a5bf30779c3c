"""The shipped reference data: what is read from it, what is derived, what is left unknown."""

from typing import get_args

import msgspec
import pytest

from services.registry.reference import BEFORE_FROM, REFORM_ON, UnknownCode, area_id_of, country, rows
from shared.events.registry import OfficeDeclared, Pillar, ServiceDeclared


def test_ids_are_the_same_in_every_deployment() -> None:
    old, new = area_id_of("ward", "11692", BEFORE_FROM), area_id_of("ward", "11692", REFORM_ON)

    assert str(old) == "70cc8f2e-0926-50ba-b8b3-35efd48d8ed7"
    assert str(new) == "4dd5e46d-9c2c-527f-993a-c3200b60bd79"


def test_a_selection_is_closed_over_its_successions() -> None:
    chosen = country().select(wards=["11692"])

    ids = {area.area_id for area in chosen.areas}
    wards = {(area.code, area.name) for area in chosen.areas if area.level == "ward"}
    assert {
        ("11692", "Phường Hải Thành"),
        ("11692", "Phường Dương Kinh"),
        ("11455", "Phường Đồ Sơn"),
    } <= wards
    assert all(area.parent_id is None or area.parent_id in ids for area in chosen.areas)
    for passage in chosen.successions:
        assert {*passage.from_ids, *(heir for heir, _ in passage.to)} <= ids


def test_parents_come_before_their_children() -> None:
    seen = set()
    for area in country().select(whole=True).areas:
        assert area.parent_id is None or area.parent_id in seen
        seen.add(area.area_id)


def test_every_province_has_one_successor_and_every_succession_at_most_one_main() -> None:
    all_of_it = country()

    provinces = [area for area in all_of_it.before.values() if area.level == "province"]
    assert len(provinces) == 63
    assert all(len(all_of_it.successors[area.area_id]) == 1 for area in provinces)
    assert all(sum(heirs.values()) <= 1 for heirs in all_of_it.successors.values())


def test_a_province_of_the_past_brings_the_province_that_it_became_part_of() -> None:
    chosen = country().select(province="30")

    assert {"Tỉnh Hải Dương", "Thành phố Hải Phòng"} <= {area.name for area in chosen.areas if area.level == "province"}


def test_what_is_below_a_former_district_is_chosen_by_its_code() -> None:
    chosen = country().select(top="309")

    wards = {area.code for area in chosen.areas if area.level == "ward" and area.valid_to}
    assert wards == {"11683", "11686", "11689", "11692", "11707", "11740"}
    assert {area.code for area in country().select(top="31").areas} == {
        area.code for area in country().select(province="31").areas
    }
    assert country().select(top="11692") == country().select(wards=["11692"])
    with pytest.raises(UnknownCode, match="999"):
        country().select(top="999")


def test_an_unknown_code_is_named() -> None:
    with pytest.raises(UnknownCode, match="00000"):
        country().select(wards=["11692", "00000"])
    with pytest.raises(UnknownCode, match="99"):
        country().select(province="99")


def test_the_catalogue_of_services_is_well_formed() -> None:
    services = list(rows("services.csv"))

    assert len({row["code"] for row in services}) == len(services) == 16
    for row in services:
        assert row["once"] in ("true", "false")
        assert set(row["pillars"].split()) <= set(get_args(Pillar))
        event = ServiceDeclared(
            service=row["code"],
            name_vi=row["name_vi"],
            name_en=row["name_en"],
            pillars=row["pillars"].split(),  # type: ignore[arg-type]
            unit=row["unit"],  # type: ignore[arg-type]
            once=row["once"] == "true",
        )
        assert msgspec.json.decode(msgspec.json.encode(event), type=ServiceDeclared) == event
    assert {row["code"] for row in services if row["unit"] == "stall"} == {
        "stall_qr_setup",
        "stall_first_payment",
    }


def test_the_offices_are_well_formed() -> None:
    for row in rows("offices.csv"):
        event = OfficeDeclared(office=row["code"], name=row["name"])
        assert msgspec.json.decode(msgspec.json.encode(event), type=OfficeDeclared) == event
