"""The sample is one consistent place: official codes, a heir for every group, people plainly invented."""

from __future__ import annotations

import re
import unicodedata

from deploy.sample.place import SAMPLE, rows


def official(name: str) -> dict[str, str]:
    return {row["code"]: row["name"] for row in rows(f"../../services/registry/data/areas/{name}")}


def test_the_wards_have_their_official_codes_and_names():
    before, after = official("areas_before_2025-07-01.csv"), official("areas_from_2025-07-01.csv")

    for ward in SAMPLE.wards:
        assert (before if ward.valid_to else after)[ward.code] == ward.name


def test_the_wards_pass_to_their_official_successors():
    told = {(one.old, one.new, one.is_main) for one in SAMPLE.ward_successions}
    codes = {ward.code for ward in SAMPLE.wards if ward.valid_to}
    listed = {tuple(row.values()) for row in rows("../../services/registry/data/areas/successions_2025-07-01.csv")}

    assert told == {(old, new, main == "1") for old, new, main in listed if old in codes}


def test_every_group_of_then_has_exactly_one_heir_of_today():
    then = {group.area_id for group in SAMPLE.groups if group.valid_to}
    now = {group.area_id for group in SAMPLE.groups if not group.valid_to}
    passed = [old for one in SAMPLE.group_successions for old in one.old]
    named = [group for one in SAMPLE.ward_successions for group in one.groups]

    assert set(passed) == then == set(named)
    assert len(passed) == len(then) == len(named)
    assert {one.new for one in SAMPLE.group_successions} == now


def test_identifiers_are_unique_and_references_lead_somewhere():
    everyone = {one.volunteer for one in SAMPLE.volunteers}
    groups = {(one.ward, one.valid_from, one.code) for one in SAMPLE.groups}

    assert len(everyone) == len(SAMPLE.volunteers)
    assert len({one.venue for one in SAMPLE.venues}) == len(SAMPLE.venues)
    assert all(everyone.issuperset(team.members) and team.leader in team.members for team in SAMPLE.teams)
    for venue in SAMPLE.venues:
        named = {*venue.serves, *([venue.group] if venue.group else [])}
        assert all((venue.area, venue.valid_from, code) in groups for code in named)


def test_people_are_invented_and_written_as_vietnamese_names():
    assert len({one.name for one in SAMPLE.volunteers}) == len(SAMPLE.volunteers)
    for one in SAMPLE.volunteers:
        assert re.fullmatch(r"\+8499000\d{4}", one.phone)
        assert one.name == unicodedata.normalize("NFC", one.name)
        assert len(one.name.split()) == 3
