"""What a careless or hostile sender gives to the routes of areas and successions: a problem, never a 500, and no row."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.integration.registry_house import House, open_house, with_hai_thanh
from tests.support.postgres import TestPostgres

NOBODY = "00000000-0000-4000-8000-000000000000"
AREA = {"parent": NOBODY, "code": "tdp-01", "name": "Tổ 1"}
SPLIT = {"on": "2027-01-01", "kind": "split", "from": [NOBODY], "to": [{"area_id": NOBODY}]}
HEIR = {"area_id": NOBODY}


@pytest.fixture(scope="module")
def house(postgres: TestPostgres) -> Iterator[House]:
    with open_house(postgres, with_hai_thanh) as opened:
        yield opened


@pytest.fixture(scope="module")
def it(house: House) -> dict[str, str]:
    return house.as_it()


BODIES: list[tuple[str, str, Any, int]] = [
    ("POST", "/v1/areas", AREA | {"households": 10**30}, 422),
    ("POST", "/v1/areas", AREA | {"households": "5"}, 422),
    ("POST", "/v1/areas", AREA | {"eligible": 5.9}, 422),
    ("POST", "/v1/areas", AREA | {"name": "x" * 1_000_000}, 422),
    ("POST", "/v1/areas", AREA | {"name": "a\u0000b"}, 422),
    ("POST", "/v1/areas", AREA | {"local_label": "thôn\u202e\u0007"}, 422),
    ("POST", "/v1/areas", AREA | {"valid_from": "0001-01-01"}, 422),
    ("POST", "/v1/areas", AREA | {"valid_from": "9999-12-31"}, 422),
    ("POST", "/v1/areas", AREA | {"valid_from": "2027-02-30"}, 422),
    ("POST", "/v1/areas", AREA | {"area_id": NOBODY, "version": 9}, 422),
    ("POST", "/v1/areas", AREA | {"parent": "{" + NOBODY + "}"}, 422),
    ("POST", "/v1/areas", AREA | {"level": ["ward"]}, 422),
    ("POST", "/v1/areas", AREA | {"reason": "x" * 201}, 422),
    ("POST", "/v1/areas", {"level": "ward", "code": "１１６９２", "name": "Xã", "valid_from": "2027-01-01"}, 422),
    ("PATCH", f"/v1/areas/{NOBODY}", {"name": "Tổ"}, 404),
    ("PATCH", f"/v1/areas/{NOBODY}", {"name": None}, 422),
    ("PATCH", f"/v1/areas/{NOBODY}", {"valid_to": "2027-01-01"}, 422),
    ("PATCH", f"/v1/areas/{NOBODY}", [], 422),
    ("PATCH", "/v1/areas/11692", {"name": "Tổ"}, 404),
    ("POST", "/v1/successions", SPLIT | {"from": [NOBODY] * 101}, 422),
    ("POST", "/v1/successions", SPLIT | {"from": "all"}, 422),
    ("POST", "/v1/successions", SPLIT | {"from": [None, 5, {}]}, 422),
    ("POST", "/v1/successions", SPLIT | {"to": [HEIR | {"groups": [NOBODY] * 10_000}]}, 422),
    ("POST", "/v1/successions", SPLIT | {"to": [HEIR | {"volunteers": ["x"]}]}, 422),
    ("POST", "/v1/successions", SPLIT | {"to": [HEIR | {"is_main": "on"}]}, 422),
    ("POST", "/v1/successions", SPLIT | {"to": [HEIR | {"households": []}]}, 422),
    ("POST", "/v1/successions", SPLIT | {"to": [7, None]}, 422),
    ("POST", "/v1/successions", SPLIT | {"kind": "annex"}, 422),
    ("POST", "/v1/successions", SPLIT | {"on": "2027-01-01T00:00:00Z"}, 422),
    ("POST", "/v1/successions", SPLIT | {"on": "1900-01-01"}, 422),
    ("POST", "/v1/successions", SPLIT | {"on": "2199-12-31"}, 422),
    ("POST", "/v1/successions?dry_run=on", SPLIT, 422),
    ("POST", "/v1/successions?rehearse=true", SPLIT, 422),
]


@pytest.mark.parametrize(("method", "path", "body", "status"), BODIES)
def test_a_bad_body_gets_a_problem_and_leaves_nothing(
    house: House, it: dict[str, str], method: str, path: str, body: Any, status: int
) -> None:
    before = house.ask("SELECT (SELECT count(*) FROM area), (SELECT count(*) FROM event_log)")

    answer = house.web.open(path, method=method, json=body, headers=it | {"If-Match": '"1"'})

    assert answer.status_code == status, answer.text[:500]
    assert answer.content_type == "application/problem+json"
    assert house.ask("SELECT (SELECT count(*) FROM area), (SELECT count(*) FROM event_log)") == before


RAW = [
    (b"", 422),
    (b"[" * 100_000, 400),
    (b'{"on": NaN}', 400),
    (b'{"on": 1e999}', 400),
    (b'{"on": "2027-01-01", "on": "2028-01-01"}', 400),
    (b'{"reason": "\\ud800"}', 400),
    (b'{"reason": "\xff"}', 400),
    ('{"on": "2027-01-01"}'.encode("utf-16"), 400),
    (b'{"households": ' + b"9" * 5000 + b"}", 400),
    (b'{"on": "2027-01-01"} tail', 400),
]


@pytest.mark.parametrize("path", ["/v1/areas", "/v1/successions", "/v1/successions?dry_run=true"])
@pytest.mark.parametrize(("body", "status"), RAW)
def test_a_body_that_is_no_json_gets_a_problem(
    house: House, it: dict[str, str], path: str, body: bytes, status: int
) -> None:
    answer = house.web.post(path, data=body, content_type="application/json", headers=it)

    assert (answer.status_code, answer.content_type) == (status, "application/problem+json"), answer.text[:300]


QUERIES = [
    "/v1/areas?on=all",
    "/v1/areas?on=",
    "/v1/areas?name=",
    "/v1/areas?name=%00",
    f"/v1/areas?name={'x' * 101}",
    "/v1/areas?level=hamlet",
    "/v1/areas?parent=11692",
    "/v1/areas?limit=501",
    "/v1/areas?limit=-1",
    "/v1/areas?sort=name",
    "/v1/areas?after=%27;DROP%20TABLE%20area",
    f"/v1/areas/{NOBODY}?on=any",
    f"/v1/areas/{NOBODY}?on=9999-12-31",
    "/v1/top?on=now",
    "/v1/top?code=31",
    "/v1/successions?after=2027-01-01",
    f"/v1/successions?after=2027-01-01/{NOBODY}/maybe/split",
    f"/v1/successions?after=2027-13-01/{NOBODY}/True/split",
    "/v1/successions?from=x&to=y",
    "/v1/successions?on=any",
    "/v1/successions?area=11692",
    "/v1/successions?kind=annex",
    "/v1/successions?limit=0",
]


@pytest.mark.parametrize("path", QUERIES)
def test_a_bad_question_gets_a_problem(house: House, it: dict[str, str], path: str) -> None:
    answer = house.web.get(path, headers=it)

    assert (answer.status_code, answer.json["code"]) == (422, "invalid"), answer.text[:300]


@pytest.mark.parametrize("tag", ["", "x", '"99999999999"', '"-1"', "*"])
def test_a_version_that_is_none_is_asked_for(house: House, it: dict[str, str], tag: str) -> None:
    ward = house.area_id("11692", "2026-03-15")

    answer = house.web.patch(f"/v1/areas/{ward}", json={"name": "Phường"}, headers=it | {"If-Match": tag})

    assert answer.status_code == 428, answer.text


def test_a_page_of_areas_of_like_patterns_matches_them_as_they_are(house: House, it: dict[str, str]) -> None:
    for typed in ("%", "_", "\\", "%%%%", "'"):
        answer = house.web.get("/v1/areas", query_string={"name": typed, "on": "any"}, headers=it)
        assert (answer.status_code, answer.json["items"]) == (200, []), typed


def test_without_a_token_or_with_a_ward_apps_nothing_is_declared(house: House) -> None:
    for method, path in (("POST", "/v1/successions"), ("PATCH", f"/v1/areas/{NOBODY}"), ("POST", "/v1/areas")):
        assert house.web.open(path, method=method, json={}).status_code == 401
        assert house.web.open(path, method=method, json={}, headers=house.as_app("11692")).status_code == 403
    for path in ("/v1/successions", "/v1/top", "/v1/areas"):
        assert house.web.get(path).status_code == 401
        assert house.web.get(path, headers=house.as_app("11692")).status_code == 200
