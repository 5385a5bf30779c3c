"""Venues and offices over time, by the API on a real PostgreSQL: what changes, what is told, what is refused."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest

from tests.integration.registry_house import House, open_house, with_hai_thanh
from tests.support.postgres import TestPostgres

NOBODY = "00000000-0000-4000-8000-000000000000"
MORNING = {"days": [1, 2, 3, 4, 5], "opens": "07:30", "closes": "11:30"}
AFTERNOON = {"days": [1, 2, 3, 4, 5], "opens": "13:30", "closes": "17:00"}
SUNDAY, MONDAY = "2026-03-15", "2026-03-16"


@pytest.fixture
def house(postgres: TestPostgres) -> Iterator[House]:
    with open_house(postgres, with_hai_thanh) as opened:
        yield opened


@pytest.fixture
def it(house: House) -> dict[str, str]:
    return house.as_it()


class Desk:
    """Short ways to ask; `change` sends the ETag of what is there."""

    def __init__(self, house: House, headers: dict[str, str]) -> None:
        self.house, self.headers = house, headers

    def get(self, path: str, status: int = 200) -> Any:
        answer = self.house.web.get(path, headers=self.headers)
        assert answer.status_code == status, answer.text
        return answer.json

    def send(self, method: str, path: str, body: Any, status: int = 200, etag: str | None = None) -> Any:
        headers = self.headers | ({"If-Match": etag} if etag else {})
        answer = self.house.web.open(path, method=method, json=body, headers=headers)
        assert answer.status_code == status, answer.text
        return answer.json

    def change(self, method: str, path: str, body: Any, status: int = 200, of: str | None = None) -> Any:
        etag = self.house.web.get(of or path, headers=self.headers).headers["ETag"]
        return self.send(method, path, body, status, etag)


@pytest.fixture
def desk(house: House, it: dict[str, str]) -> Desk:
    return Desk(house, it)


def group(desk: Desk, code: str, on: str = "2026-03-15") -> str:
    ward = desk.house.area_id("11692", on)
    made = desk.send("POST", "/v1/areas", {"parent": ward, "code": code, "name": f"Tổ dân phố {code}"}, 201)
    return str(made["area_id"])


def venue(desk: Desk, area: str, **more: Any) -> Any:
    body = {"name": "Nhà văn hóa tổ dân phố số 3", "kind": "cultural_house", "area_id": area} | more
    return desk.send("POST", "/v1/venues", body, 201)


def errors(answer: Any) -> dict[str, str]:
    return {error["field"]: error["code"] for error in answer["errors"]}


def test_a_venue_has_its_place_its_hours_and_its_history(desk: Desk) -> None:
    first, second = group(desk, "tdp-01"), group(desk, "tdp-02")
    made = venue(desk, first, placed_on="2025-08-01", latitude=20.79, longitude=106, opening_hours=[MORNING, AFTERNOON])
    one = f"/v1/venues/{made['venue_id']}"

    moved = desk.change("POST", f"{one}/moves", {"area_id": second, "on": "2026-02-01", "reason": "Nhà mới"}, of=one)

    assert moved["placements"] == [
        {"area_id": first, "placed_on": "2025-08-01"},
        {"area_id": second, "placed_on": "2026-02-01"},
    ]
    assert (moved["latitude"], moved["longitude"], moved["opening_hours"]) == (20.79, 106.0, [MORNING, AFTERNOON])
    assert desk.get(f"{one}?on=2026-01-31")["area_id"] == first
    assert desk.get(f"{one}?on=2026-02-01")["area_id"] == second
    assert desk.house.told("venue.moved") == [{"venue": made["venue_id"], "area": second, "on": "2026-02-01"}]
    (change,) = desk.get(f"/v1/changes?kind=venue&subject={made['venue_id']}&limit=1")["items"]
    assert (change["reason"], change["before"], change["after"]) == ("Nhà mới", {"version": 1}, {"version": 2})


def test_each_change_is_told_and_what_changes_nothing_is_not(desk: Desk) -> None:
    area = group(desk, "tdp-01")
    one = f"/v1/venues/{venue(desk, area, placed_on='2025-08-01')['venue_id']}"
    before = len(desk.house.events())

    assert desk.change("PATCH", one, {"name": "Nhà văn hóa liên tổ", "opening_hours": [MORNING]})["version"] == 2
    assert desk.change("PATCH", one, {"name": "Nhà văn hóa liên tổ", "opening_hours": [MORNING]})["version"] == 2
    assert desk.change("PATCH", one, {})["version"] == 2
    assert desk.change("POST", f"{one}/moves", {"area_id": area, "on": "2026-01-01"}, of=one)["version"] == 2
    assert desk.change("POST", f"{one}/closure", {"on": "2026-06-01"}, of=one)["closed_on"] == "2026-06-01"
    assert desk.change("POST", f"{one}/closure", {"on": "2026-06-01"}, of=one)["version"] == 3
    assert desk.change("POST", f"{one}/reopening", {}, of=one)["closed_on"] is None
    assert desk.change("POST", f"{one}/reopening", {}, of=one)["version"] == 4

    told = [event["type"].split(".", 2)[2] for event in desk.house.events()[before:]]
    assert told == ["venue.declared.v1", "venue.closed.v1", "venue.declared.v1"]
    assert desk.house.told("venue.declared")[-1]["name"] == "Nhà văn hóa liên tổ"


def test_what_is_given_as_null_is_taken_away(desk: Desk) -> None:
    made = venue(desk, group(desk, "tdp-01"), stalls=3, latitude=20.79, longitude=106.71, opening_hours=[MORNING])
    one = f"/v1/venues/{made['venue_id']}"

    assert errors(desk.change("PATCH", one, {"latitude": None}, 422)) == {"latitude": "half_a_position"}
    empty: dict[str, Any] = {"latitude": None, "longitude": None, "stalls": None, "opening_hours": []}
    assert {name: desk.change("PATCH", one, empty)[name] for name in empty} == empty
    assert errors(desk.change("PATCH", one, {"name": None}, 422)) == {"name": "invalid"}


def test_a_change_names_the_version_that_it_changes(desk: Desk) -> None:
    one = f"/v1/venues/{venue(desk, group(desk, 'tdp-01'))['venue_id']}"

    assert desk.send("PATCH", one, {"name": "X"}, 428)["code"] == "precondition_required"
    assert desk.send("PATCH", one, {"name": "X"}, 412, etag='"7"')["code"] == "precondition_failed"
    assert desk.send("PATCH", one, {"name": "X"}, 428, etag="W/x")["code"] == "precondition_required"
    assert desk.send("POST", f"{one}/closure", {"on": MONDAY}, 428)["code"] == "precondition_required"
    assert desk.send("PATCH", f"/v1/venues/{NOBODY}", {"name": "X"}, 404, etag='"1"')["code"] == "not_found"
    assert desk.get(one)["version"] == 1


def test_venues_are_found_by_area_kind_day_and_name_however_it_is_typed(desk: Desk) -> None:
    ward = desk.house.area_id("11692", "2026-03-15")
    here, there = group(desk, "tdp-01"), group(desk, "tdp-02")
    hall = venue(desk, here, placed_on="2025-08-01", opening_hours=[MORNING])["venue_id"]
    market = venue(desk, there, placed_on="2025-08-01", name="Chợ Hoà Nghĩa", kind="market", stalls=30)["venue_id"]
    desk.change("POST", f"/v1/venues/{market}/closure", {"on": "2026-05-01"}, of=f"/v1/venues/{market}")

    def found(query: str) -> set[str]:
        return {one["venue_id"] for one in desk.get(f"/v1/venues?{query}")["items"]}

    assert found(f"area={ward}") == {hall, market}
    assert found(f"area={here}") == {hall}
    assert found("kind=market") == {market}
    assert found(f"open_on={MONDAY}") == {hall, market}
    assert found(f"open_on={SUNDAY}") == {market}  # whose hours are not known
    assert found("open_on=2026-05-01") == {hall}
    assert found("open_on=2025-07-15") == set()
    for typed in ("hòa nghĩa", "HOA  NGHIA", "hoà nghĩa", "nghia cho"):
        assert found(f"q={typed}") == {market}
    assert found("q=%25") == set()


def test_venues_come_in_pages(desk: Desk) -> None:
    area = group(desk, "tdp-01")
    made = {venue(desk, area, name=f"Điểm {number}")["venue_id"] for number in range(5)}

    seen, after = [], ""
    while True:
        page = desk.get(f"/v1/venues?limit=2{after}")
        seen += [one["venue_id"] for one in page["items"]]
        if page["next"] is None:
            break
        after = f"&after={page['next']}"

    assert len(seen) == 5
    assert set(seen) == made


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"latitude": 91, "longitude": 1}, "latitude", "invalid"),
        ({"latitude": 1e300, "longitude": 1}, "latitude", "invalid"),
        ({"latitude": 10**400, "longitude": 1}, "latitude", "invalid"),
        ({"latitude": True, "longitude": 1}, "latitude", "invalid"),
        ({"latitude": "20", "longitude": 1}, "latitude", "invalid"),
        ({"latitude": 20}, "longitude", "half_a_position"),
        ({"stalls": 2**31}, "stalls", "invalid"),
        ({"stalls": 1.0}, "stalls", "invalid"),
        ({"serves": [NOBODY]}, "serves[0]", "unknown_area"),
        ({"opening_hours": [MORNING | {"opens": "7:30"}]}, "opening_hours[0].opens", "invalid"),
        ({"opening_hours": [MORNING | {"opens": "24:00"}]}, "opening_hours[0].opens", "invalid"),
        ({"opening_hours": [MORNING | {"closes": "07:30"}]}, "opening_hours[0].closes", "invalid"),
        ({"opening_hours": [MORNING | {"days": [0]}]}, "opening_hours[0].days[0]", "invalid"),
        ({"opening_hours": [MORNING | {"days": [1, 1]}]}, "opening_hours[0].days", "invalid"),
        ({"opening_hours": [MORNING | {"days": []}]}, "opening_hours[0].days", "invalid"),
        (
            {"opening_hours": [MORNING, {"days": [5, 6], "opens": "11:00", "closes": "12:00"}]},
            "opening_hours",
            "invalid",
        ),
        ({"opening_hours": "always"}, "opening_hours", "invalid"),
        ({"opening_hours": [None]}, "opening_hours[0]", "invalid"),
        ({"placed_on": "2020-01-01"}, "placed_on", "not_valid"),
        ({"closed_on": "2026-01-01"}, "closed_on", "unknown_field"),
        ({"version": 3}, "version", "unknown_field"),
    ],
)
def test_a_wrong_value_is_named_on_entry_and_on_change(desk: Desk, change: Any, field: str, code: str) -> None:
    area = group(desk, "tdp-01")
    body = {"name": "Nhà văn hóa", "kind": "cultural_house", "area_id": area}
    one = f"/v1/venues/{venue(desk, area)['venue_id']}"
    before = len(desk.house.events())

    assert errors(desk.send("POST", "/v1/venues", body | change, 422)) == {field: code}
    if "placed_on" not in change:
        assert errors(desk.change("PATCH", one, change, 422)) == {field: code}
    assert len(desk.house.events()) == before


def test_what_cannot_be_of_a_move_or_an_end_is_refused(desk: Desk) -> None:
    area, old = group(desk, "tdp-01"), desk.house.area_id("11692", "2023-03-15")
    one = f"/v1/venues/{venue(desk, area, placed_on='2025-08-01')['venue_id']}"

    def code(path: str, body: Any) -> dict[str, str]:
        return errors(desk.change("POST", f"{one}/{path}", body, 422, of=one))

    assert code("moves", {"area_id": old, "on": "2026-01-01"}) == {"on": "not_valid"}
    assert code("moves", {"area_id": NOBODY, "on": "2026-01-01"}) == {"area_id": "unknown_area"}
    assert code("moves", {}) == {"area_id": "required", "on": "required"}
    assert code("closure", {"on": "2025-07-31"}) == {"on": "before_start"}
    assert code("closure", {"on": "9999-12-31"}) == {"on": "invalid"}
    desk.change("POST", f"{one}/closure", {"on": "2026-01-01"}, of=one)
    assert code("moves", {"area_id": area, "on": "2026-01-02"}) == {"on": "closed"}


def test_a_venue_follows_its_succeeded_ward(desk: Desk) -> None:
    old, new = desk.house.area_id("11692", "2023-03-15"), desk.house.area_id("11692", "2026-03-15")

    made = venue(desk, old, placed_on="2023-03-01")

    one = f"/v1/venues/{made['venue_id']}"
    assert (desk.get(f"{one}?on=2025-06-30")["area_id"], desk.get(f"{one}?on=2025-07-01")["area_id"]) == (old, new)


def test_an_office_is_declared_changed_closed_and_reopened(desk: Desk) -> None:
    ward = desk.house.area_id("11692", "2026-03-15")
    body = {"code": "ca-duong-kinh", "name": "Công an phường Dương Kinh", "area_id": ward}
    desk.send("POST", "/v1/offices", body, 201)
    one = "/v1/offices/ca-duong-kinh"

    assert desk.send("POST", "/v1/offices", body, 409)["code"] == "already_exists"
    assert desk.change("PATCH", one, {"name": "Công an phường"})["version"] == 2
    assert desk.change("PATCH", one, {"name": "Công an phường"})["version"] == 2
    assert desk.change("POST", f"{one}/closure", {"on": "2026-06-01"}, of=one)["closed_on"] == "2026-06-01"
    assert desk.get("/v1/offices?open_on=2026-06-01")["items"] == []
    assert [office["code"] for office in desk.get(f"/v1/offices?open_on=2026-05-31&area={ward}")["items"]] == [
        body["code"]
    ]
    assert desk.change("POST", f"{one}/reopening", {}, of=one)["closed_on"] is None

    assert [data["name"] for data in desk.house.told("office.declared")] == [body["name"], *["Công an phường"] * 2]
    assert desk.house.told("office.closed") == [{"office": body["code"], "on": "2026-06-01"}]
    assert errors(desk.change("PATCH", one, {"area_id": NOBODY}, 422)) == {"area_id": "unknown_area"}
    for path in ("%00", "x" * 41, "nobody", "A"):
        desk.get(f"/v1/offices/{path}", 404)


def test_two_who_change_the_same_venue_do_not_overwrite_each_other(desk: Desk) -> None:
    one = f"/v1/venues/{venue(desk, group(desk, 'tdp-01'))['venue_id']}"

    desk.send("PATCH", one, {"name": "A"}, 200, etag='"1"')
    refused = desk.house.web.patch(one, json={"name": "B"}, headers=desk.headers | {"If-Match": '"1"'})

    assert (refused.status_code, refused.headers["ETag"]) == (412, '"2"')
    assert desk.get(one)["name"] == "A"


def test_the_day_of_a_closure_stands_in_its_event(desk: Desk) -> None:
    one = f"/v1/venues/{venue(desk, group(desk, 'tdp-01'), placed_on='2025-08-01')['venue_id']}"

    desk.change("POST", f"{one}/closure", {"on": "2026-06-01"}, of=one)

    (event,) = [event for event in desk.house.events() if event["type"] == "vn.congdongso.venue.closed.v1"]
    assert dt.datetime.fromisoformat(event["time"]).astimezone(dt.timezone(dt.timedelta(hours=7))).date() == dt.date(
        2026, 6, 1
    )


def test_what_is_closed_stays_closed_for_readers_when_it_is_corrected(desk: Desk) -> None:
    made = venue(desk, group(desk, "tdp-01"))
    one, office = f"/v1/venues/{made['venue_id']}", "/v1/offices/to_mot_cua"
    desk.send("POST", "/v1/offices", {"code": "to_mot_cua", "name": "Bộ phận một cửa"}, 201)
    for path in (one, office):
        desk.change("POST", f"{path}/closure", {"on": "2026-12-01"}, of=path)

        desk.change("PATCH", path, {"name": "Tên mới"})

    types = [".".join(event["type"].split(".")[2:4]) for event in desk.house.events()][-6:]
    steps = ("closed", "declared", "closed")
    assert types == [f"{kind}.{step}" for kind in ("venue", "office") for step in steps]
    assert desk.house.told("venue.closed")[-1]["name"] == "Tên mới"
    assert desk.house.told("office.closed") == [{"office": "to_mot_cua", "on": "2026-12-01"}] * 2


def test_a_version_that_a_proxy_made_weak_is_understood(desk: Desk) -> None:
    made = venue(desk, group(desk, "tdp-01"))
    one = f"/v1/venues/{made['venue_id']}"

    assert desk.send("PATCH", one, {"name": "Tên mới"}, etag='W/"1"')["version"] == 2
    assert desk.send("PATCH", one, {"name": "Tên khác"}, 412, etag='W/"1"')["code"] == "precondition_failed"
