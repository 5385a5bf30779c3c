"""Two records of one person become one, and nothing is lost."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registry.commands.people_timelines import Stay, combined
from services.registry.model import POSITIONS
from tests.integration.registry_house import House, open_house, with_hai_thanh
from tests.integration.registry_people import Office, at
from tests.support.postgres import TestPostgres

FULL: dict[str, Any] = {
    "phone": "0912345678",
    "unit": "Chi đoàn 3",
    "birth_year": 1999,
    "skills": ["Tin học"],
    "joined_on": "2025-08-01",
    "consent_on": "2025-08-01",
    "consent_text": "v1",
}


@pytest.fixture
def house(postgres: TestPostgres) -> Iterator[House]:
    with open_house(postgres, with_hai_thanh) as opened:
        yield opened


@pytest.fixture
def office(house: House) -> Office:
    return Office(house)


def test_the_kept_record_gains_what_only_the_other_had(house: House, office: Office) -> None:
    kept = office.id("Nguyễn An", skills=["Dạy học"], joined_on="2026-01-01")
    other = office.id("Nguyen An", **FULL)

    merged = office.change(at(kept), {"from": other}, "merge")

    assert merged["full_name"] == "Nguyễn An"
    assert (merged["phone"], merged["unit"], merged["birth_year"]) == ("+84912345678", "Chi đoàn 3", 1999)
    assert (merged["joined_on"], merged["consent_on"], merged["consent_text"]) == ("2025-08-01", "2025-08-01", "v1")
    assert merged["skills"] == ["Dạy học", "Tin học"]
    assert merged["merged_from"] == [other]
    assert merged["conflicts"] == [{"field": "full_name", "kept": "Nguyễn An", "other": "Nguyen An"}]
    (told,) = house.told("volunteer.merged")
    assert (told["volunteer"], told["into"]) == (other, kept)
    assert house.told("volunteer.corrected")[-1]["unit"] == "Chi đoàn 3"


def test_the_caller_chooses_where_they_differ_and_the_other_can_still_be_read(office: Office) -> None:
    kept, other = office.id("Nguyễn An", birth_year=1999), office.id("Nguyễn Ân", birth_year=1998, phone="0912345678")

    merged = office.change(at(kept), {"from": other, "choices": {"full_name": "Nguyễn Ân"}}, "merge")

    assert (merged["full_name"], merged["birth_year"]) == ("Nguyễn Ân", 1999)
    assert [one["field"] for one in merged["conflicts"]] == ["birth_year"]
    gone = office.get(at(other))
    assert (gone["status"], gone["merged_into"], gone["birth_year"]) == ("merged", kept, 1998)
    assert office.search(phone="0912345678") == ["Nguyễn Ân"]
    assert office.search(status="merged") == ["Nguyễn Ân"]
    assert office.history(kept)[0]["before"]["full_name"] == "Nguyễn An"


def test_what_was_merged_is_found_by_the_number_it_had(office: Office) -> None:
    kept, other = office.id("Trần Bình", phone="0912345670"), office.id("Nguyễn An", phone="0912345671")

    office.change(at(kept), {"from": other}, "merge")

    assert office.search(phone="0912345671") == office.search(q="nguyen an") == ["Trần Bình"]


def test_earlier_placements_come_along_and_the_whole_timeline_is_told(house: House, office: Office) -> None:
    kept = office.id(joined_on="2026-01-01")
    other = office.id(area_id=office.old_ward, joined_on="2023-03-01")

    merged = office.change(at(kept), {"from": other}, "merge")

    places = [(one["placed_on"], one["area_id"]) for one in merged["placements"]]
    today = office.get(f"{at(other)}?on=2025-12-31")["area_id"]
    assert places == [("2023-03-01", office.old_ward), ("2025-07-01", today), ("2026-01-01", office.ward)]
    assert [(one["on"], one["area"]) for one in house.told("volunteer.moved")] == places


def test_stays_in_teams_are_combined_without_overlap(house: House, office: Office) -> None:
    kept, other, third = (office.id(name, joined_on="2026-01-01") for name in ("An", "Ân", "Bình"))
    team = {"name": "Tổ 3", "area_id": office.ward, "on": "2026-01-01"}
    both = office.post("/v1/teams", team | {"members": [{"volunteer_id": kept}]}, 201)["team_id"]
    second = [{"volunteer_id": other, "position": "secretary"}, {"volunteer_id": third}]
    theirs = office.post("/v1/teams", team | {"members": second}, 201)["team_id"]
    office.change(f"/v1/teams/{both}", {"volunteer_id": other, "on": "2026-02-01", "position": "leader"}, "members")

    merged = office.change(at(kept), {"from": other}, "merge")

    stays = [(one["team_id"], one["joined_on"], one["left_on"], one["position"]) for one in merged["teams"]]
    assert sorted(stays, key=str) == sorted(
        [
            (both, "2026-01-01", "2026-02-01", "member"),
            (both, "2026-02-01", None, "leader"),
            (theirs, "2026-01-01", None, "secretary"),
        ],
        key=str,
    )
    assert {"volunteer": kept, "team": theirs, "on": "2026-01-01", "position": "secretary"} in house.told(
        "volunteer.joined_team"
    )
    assert house.told("volunteer.left_team") == []
    assert len(office.get(f"/v1/teams/{theirs}")["members"]) == 2


def test_who_still_serves_in_one_record_serves(house: House, office: Office) -> None:
    kept, other = office.id(joined_on="2026-01-01"), office.id(joined_on="2026-01-01")
    office.change(at(kept), {"on": "2026-05-01"}, "retirement")

    merged = office.change(at(kept), {"from": other}, "merge")

    assert merged["status"] == "active"
    assert house.told("volunteer.returned") == [{"volunteer": kept, "on": "2026-05-01"}]


def test_chains_lead_to_the_last_record(office: Office) -> None:
    a, b, c = (office.id(name) for name in ("Nguyễn An", "Nguyễn Ân", "Nguyễn Ấn"))
    office.change(at(b), {"from": a}, "merge")
    office.change(at(c), {"from": b}, "merge")
    version = office.etag(at(c))

    office.change(at(c), {"from": b}, "merge")

    assert office.get(at(a))["merged_into"] == office.get(at(b))["merged_into"] == c
    assert office.get(at(c))["merged_from"] == sorted([a, b])
    assert office.etag(at(c)) == version
    for path, body in ((at(a), {"from": c}), (at(office.id()), {"from": a})):
        refused = office.change(path, body, "merge", 409)
        assert (refused["code"], refused["merged_into"]) == ("merged", c)
        assert c in refused["detail"]
    assert office.change(at(a), {"unit": "x"}, "", 409)["merged_into"] == c


def test_merges_that_cannot_be_are_refused(office: Office) -> None:
    who = office.id()

    assert office.refused(at(who), {"from": who}, "merge") == ("from", "same_volunteer")
    assert office.refused(at(who), {"from": office.id(), "choices": {"kind": "boss"}}, "merge")[0] == "choices.kind"
    assert office.change(at(who), {"from": "00000000-0000-4000-8000-000000000000"}, "merge", 404)["code"] == "not_found"


def test_erasing_takes_what_was_merged_along(house: House, office: Office) -> None:
    kept, other = office.id("CANARY An"), office.id("CANARY Ân", phone="0990000009")
    office.change(at(kept), {"from": other}, "merge")

    office.change(at(kept), {"reason": "Theo yêu cầu"}, "erasure")

    assert [one["volunteer"] for one in house.told("volunteer.erased")] == [kept, other]
    stored = str(house.ask("SELECT t::text FROM volunteer AS t UNION ALL SELECT t::text FROM change_personal AS t"))
    assert not any(secret in stored for secret in ("CANARY", "99000"))


DAYS = st.integers(0, 12).map(lambda number: dt.date(2026, 1, 1) + dt.timedelta(number))
STAYS = st.builds(
    lambda days, is_open, position: Stay(min(days), None if is_open else max(days), position),
    st.tuples(DAYS, DAYS),
    st.booleans(),
    st.sampled_from(POSITIONS),
)


@given(st.lists(STAYS, max_size=6))
def test_combined_stays_never_overlap_and_lose_no_day(stays: list[Stay]) -> None:
    made = combined(stays)

    for one, following in pairwise(made):
        assert one.left_on is not None
        assert one.left_on <= following.joined_on
    for number in range(20):
        day = dt.date(2026, 1, 1) + dt.timedelta(number)
        before = [stay.position for stay in stays if stay.holds(day)]
        after = [stay.position for stay in made if stay.holds(day)]
        assert after == ([min(before, key=POSITIONS.index)] if before else [])
