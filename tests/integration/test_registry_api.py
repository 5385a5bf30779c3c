"""The registry's API on a real PostgreSQL: what is refused and how, what is told, what stays private."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import jsonschema
import pytest

from deploy.cds.registry_commands import load_catalogue
from shared.http import undecided_routes
from tests.integration.registry_house import House, open_house, with_hai_thanh
from tests.support.postgres import TestPostgres

DAY_BEFORE = dt.date(2023, 3, 15)  # of the reform
NOBODY = "00000000-0000-4000-8000-000000000000"
NAME, PHONE = "CANARY-Nguyễn Thị Bưởi", "0990 000 001"


@pytest.fixture
def house(postgres: TestPostgres) -> Iterator[House]:
    with open_house(postgres, with_hai_thanh) as opened:
        yield opened


def test_every_command_appends_its_event_without_names_and_phones(house: House) -> None:
    headers = house.as_it()
    ward = house.area_id("11692", "2026-03-15")
    before = len(house.events())

    group = post(house, headers, "/v1/areas", {"parent": ward, "code": "tdp-03", "name": "Tổ dân phố số 3"})
    venue = {"name": "Nhà văn hóa tổ 3", "kind": "cultural_house", "area_id": group["area_id"]}
    post(house, headers, "/v1/venues", venue | {"serves": [group["area_id"]]})
    person = {
        "full_name": NAME,
        "phone": PHONE,
        "kind": "union_member",
        "area_id": ward,
        "unit": "Chi đoàn 3",
    }
    post(house, headers, "/v1/volunteers", person | {"birth_year": 1999, "joined_on": "2023-03-01"})
    client = post(house, headers, "/v1/clients", {"name": "Ứng dụng", "areas": [ward]})
    house.web.delete(f"/v1/clients/{client['client_id']}", headers=headers)

    added = house.events()[before:]
    assert [event["type"].split(".", 2)[2] for event in added] == [
        "area.declared.v1",
        "venue.declared.v1",
        "volunteer.registered.v1",
        "client.enabled.v1",
        "client.revoked.v1",
    ]
    text = json.dumps(added, ensure_ascii=False)
    for secret in ("CANARY", "Bưởi", "990000001", "990 000", client["client_secret"]):
        assert secret not in text


def test_a_refused_command_leaves_neither_row_nor_event(house: House) -> None:
    headers = house.as_it()
    before = len(house.events())

    answer = house.web.post("/v1/venues", json={"name": "Chợ", "kind": "market", "area_id": NOBODY}, headers=headers)

    assert answer.status_code == 422
    assert answer.json["errors"][0] | {"message": ""} == {
        "field": "area_id",
        "code": "unknown_area",
        "message": "",
    }
    assert len(house.events()) == before
    assert house.ask("SELECT count(*) FROM venue") == [(0,)]


def test_names_and_phones_are_shown_only_to_those_who_may_write(house: House) -> None:
    ward = house.area_id("11692", "2026-03-15")
    it = house.as_it()
    post(house, it, "/v1/volunteers", {"full_name": NAME, "phone": PHONE, "kind": "youth", "area_id": ward})

    full = house.web.get(f"/v1/volunteers?ward={ward}", headers=it).json["items"]
    mine = house.web.get("/v1/volunteers", headers=house.as_app("11692")).json["items"]
    others = house.web.get("/v1/volunteers", headers=house.as_app("11692", on=DAY_BEFORE)).json["items"]

    assert (full[0]["full_name"], full[0]["phone"]) == (NAME, "+84990000001")
    assert "full_name" not in mine[0]
    assert "phone" not in mine[0]
    assert mine[0]["volunteer_id"] == full[0]["volunteer_id"]
    assert others == []


def test_the_catalogue_is_loaded_once(house: House) -> None:
    first = load_catalogue(house.settings)

    assert load_catalogue(house.settings) == 0
    headers = house.as_app("11692")
    services = {one["code"]: one for one in house.web.get("/v1/services", headers=headers).json["items"]}
    offices = [one["code"] for one in house.web.get("/v1/offices", headers=headers).json["items"]]
    assert len(services) + len(offices) == first
    assert services["vneid_activation"]["once"] is True
    assert services["stall_qr_setup"]["unit"] == "stall"
    assert {"police_ward", "one_stop"} <= set(offices)


BAD = [
    ("POST", "/v1/areas", b"{", "application/json", 400, "malformed_json"),
    ("POST", "/v1/areas", b'{"a":1,"a":2}', "application/json", 400, "malformed_json"),
    ("POST", "/v1/areas", b'{"name":"\xff"}', "application/json", 400, "malformed_json"),
    ("POST", "/v1/areas", b'{"name":"\\ud800"}', "application/json", 400, "malformed_json"),
    ("POST", "/v1/areas", b"[]", "application/json", 422, "invalid"),
    ("POST", "/v1/areas", b"null", "application/json", 422, "invalid"),
    ("POST", "/v1/areas", b"", "application/json", 422, "invalid"),
    ("POST", "/v1/areas", b"a=1", "application/x-www-form-urlencoded", 415, "unsupported_media_type"),
    ("PUT", "/v1/areas", b"{}", "application/json", 405, "method_not_allowed"),
    ("GET", "/v1/areas?limit=0", b"", "", 422, "invalid"),
    ("GET", "/v1/areas?limit=many", b"", "", 422, "invalid"),
    ("GET", "/v1/areas?code=%00", b"", "", 422, "invalid"),
    ("GET", "/v1/areas?on=yesterday", b"", "", 422, "invalid"),
    ("GET", "/v1/areas?on=0001-01-01", b"", "", 422, "invalid"),
    ("GET", "/v1/areas?codes=11692", b"", "", 422, "invalid"),
    ("GET", f"/v1/areas?after={NOBODY}", b"", "", 422, "invalid"),
    ("GET", "/v1/areas/11692", b"", "", 404, "not_found"),
    ("GET", f"/v1/areas/{NOBODY}", b"", "", 404, "not_found"),
    ("DELETE", "/v1/clients/nobody", b"", "", 404, "not_found"),
    ("DELETE", "/v1/clients/%00", b"", "", 404, "not_found"),
]


@pytest.mark.parametrize(("method", "path", "body", "content_type", "status", "code"), BAD)
def test_bad_requests_get_a_problem(
    house: House, method: str, path: str, body: bytes, content_type: str, status: int, code: str
) -> None:
    answer = house.web.open(path, method=method, data=body, content_type=content_type or None, headers=house.as_it())

    assert (answer.status_code, answer.json["code"]) == (status, code), answer.text
    assert answer.content_type == "application/problem+json"


GROUP = {"parent": NOBODY, "code": "tdp-01", "name": "Tổ 1"}
PERSON = {"full_name": "An", "kind": "youth", "area_id": NOBODY}
MERGE = {"on": "2027-01-01", "kind": "merge", "from": [NOBODY], "to": [{"area_id": NOBODY}]}
INVALID, REQUIRED, UNKNOWN = "invalid", "required", "unknown_area"
BAD_FIELDS: list[tuple[str, dict[str, Any], dict[str, str]]] = [
    ("/v1/areas", {}, {"parent": REQUIRED, "code": REQUIRED, "name": REQUIRED}),
    ("/v1/areas", GROUP, {"parent": UNKNOWN}),
    ("/v1/areas", GROUP | {"parent": "x", "code": "Tổ 1"}, {"parent": INVALID, "code": INVALID}),
    ("/v1/areas", GROUP | {"parent": None, "code": 1, "name": ""}, dict.fromkeys(GROUP, INVALID)),
    ("/v1/areas", GROUP | {"name": "a\u0000b"}, {"name": INVALID}),
    ("/v1/areas", GROUP | {"name": "x" * 101, "households": -1}, {"name": INVALID, "households": INVALID}),
    ("/v1/areas", GROUP | {"households": True, "z": 1}, {"households": INVALID, "z": "unknown_field"}),
    ("/v1/volunteers", PERSON | {"kind": "boss"}, {"kind": INVALID}),
    ("/v1/volunteers", PERSON, {"area_id": UNKNOWN}),
    ("/v1/venues", {"name": "Chợ", "kind": "market", "area_id": NOBODY, "stalls": 10**30}, {"stalls": INVALID}),
    ("/v1/clients", {"name": "x"}, {"areas": REQUIRED}),
    (
        "/v1/clients",
        {"name": "x", "client_id": "../etc", "scopes": ["a"]},
        {"client_id": INVALID, "scopes[0]": INVALID},
    ),
    ("/v1/successions", MERGE | {"from": [], "to": []}, {"from": INVALID, "to": INVALID}),
    ("/v1/successions", MERGE, {"from[0]": UNKNOWN}),
    ("/v1/successions", MERGE | {"to": [{}]}, {"to[0].area_id": REQUIRED}),
    ("/v1/successions", MERGE | {"on": "1900-01-01"}, {"from[0]": UNKNOWN}),
]


@pytest.mark.parametrize(("path", "body", "expected"), BAD_FIELDS)
def test_wrong_fields_are_all_named(house: House, path: str, body: dict[str, Any], expected: dict[str, str]) -> None:
    answer = house.web.post(path, json=body, headers=house.as_it())

    assert answer.status_code == 422, answer.text
    assert {error["field"]: error["code"] for error in answer.json["errors"]} == expected


def test_a_wrong_phone_is_refused_without_repeating_it(house: House) -> None:
    ward = house.area_id("11692", "2026-03-15")
    person = {"full_name": NAME, "phone": "12 34 567", "kind": "youth", "area_id": ward}

    answer = house.web.post("/v1/volunteers", json=person, headers=house.as_it())

    assert answer.status_code == 422
    assert answer.json["errors"][0]["field"] == "phone"
    assert "34" not in answer.json["errors"][0]["message"].replace("912 345", "")


def test_successions_that_cannot_be_are_refused(house: House) -> None:
    headers = house.as_it()
    old, new = house.area_id("11692", "2023-03-15"), house.area_id("11692", "2026-03-15")
    province = house.area_id("31", "2026-03-15")

    def code(**change: Any) -> str:
        body = {"on": "2027-01-01", "kind": "move", "from": [new], "to": [{"area_id": new}]} | change
        answer = house.web.post("/v1/successions", json=body, headers=headers)
        assert answer.status_code in (409, 422), answer.text
        return str(answer.json["errors"][0]["code"] if "errors" in answer.json else answer.json["code"])

    assert code() == "succeeds_itself"
    assert code(to=[{"area_id": province}]) == "other_level"
    assert code(to=[{"area_id": old}]) == "not_valid"
    assert code(**{"from": [old], "to": [{"area_id": new}], "on": "2025-07-01"}) == "already_exists"
    assert code(**{"from": [new, new]}) == "repeated"


def test_a_group_code_is_used_once_in_a_ward(house: House) -> None:
    headers = house.as_it()
    body = {"parent": house.area_id("11692", "2026-03-15"), "code": "tdp-01", "name": "Tổ 1"}
    made = post(house, headers, "/v1/areas", body)

    answer = house.web.post("/v1/areas", json=body, headers=headers)

    assert (answer.status_code, answer.json["area_id"]) == (409, made["area_id"])


def test_two_who_declare_the_same_group_at_once_do_not_both_succeed(house: House) -> None:
    headers = house.as_it()
    body = {"parent": house.area_id("11692", "2026-03-15"), "code": "tdp-01", "name": "Tổ 1"}

    with ThreadPoolExecutor(4) as pool:
        asked = [pool.submit(house.app.test_client().post, "/v1/areas", json=body, headers=headers) for _ in range(4)]
        statuses = sorted(one.result().status_code for one in asked)

    assert statuses == [201, 409, 409, 409]
    assert sum(data["code"] == "tdp-01" for data in house.told("area.declared")) == 1


def test_every_route_is_decided_and_closed_to_strangers(house: House) -> None:
    assert undecided_routes(house.app) == []
    for rule in house.app.url_map.iter_rules():
        if rule.rule.startswith("/v1/"):
            path = re.sub(
                r"<string[^>]*>", "x", re.sub(r"<int:[a-z_]+>", "2026", re.sub(r"<uuid:[a-z_]+>", NOBODY, rule.rule))
            )
            for method in (rule.methods or set()) & {"GET", "POST", "PUT", "PATCH", "DELETE"}:
                assert house.web.open(path, method=method).status_code == 401, (method, path)


def test_a_ward_app_changes_nothing(house: House) -> None:
    headers = house.as_app("11692")
    for path in ("/v1/areas", "/v1/successions", "/v1/venues", "/v1/volunteers", "/v1/clients"):
        assert house.web.post(path, json={}, headers=headers).status_code == 403
    assert house.web.get("/v1/clients", headers=headers).status_code == 403
    assert house.web.delete("/v1/clients/x", headers=headers).status_code == 403


def test_the_openapi_document_is_sound(house: House) -> None:
    document = house.web.get("/openapi.json").json

    assert document["openapi"].startswith("3.1")
    for schema in document["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)
    operations = [op for path in document["paths"].values() for key, op in path.items() if key != "parameters"]
    ids = [operation["operationId"] for operation in operations]
    assert len(ids) == len(set(ids)) >= 14
    assert all(operation["responses"] and operation["security"] for operation in operations)
    for reference in references(document):
        assert resolve(document, reference), reference
    assert document["components"]["schemas"]["NewArea"]["properties"]["code"]["examples"] == ["tdp-03"]


def test_the_registry_is_ready_and_its_feed_is_closed_to_strangers(house: House) -> None:
    ready = house.web.get("/readyz")
    assert (ready.status_code, ready.json["checks"]) == (
        200,
        {"database": "ok", "migrations": "ok", "event_log": "ok"},
    )
    heads = "/internal/v1/streams/registry/heads"
    assert house.web.get(heads).status_code == 401
    answer = house.web.get(heads, headers={"Authorization": "Bearer s3cret"})
    assert (answer.status_code, answer.json["heads"]) == (200, [0])


def test_an_empty_database_is_not_ready(postgres: TestPostgres) -> None:
    url = postgres.fresh_database()
    empty = House(url)
    try:
        answer = empty.web.get("/readyz")
        assert answer.status_code == 503
        assert answer.json["checks"]["database"] == "ok"
        assert "ok" not in (answer.json["checks"]["migrations"], answer.json["checks"]["event_log"])
    finally:
        empty.close()
        postgres.drop(url)


def post(house: House, headers: dict[str, str], path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = house.web.post(path, json=body, headers=headers)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json
    return made


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for inner in node.values():
            yield from references(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from references(inner)


def resolve(document: Any, reference: str) -> Any:
    found = document
    for part in reference.removeprefix("#/").split("/"):
        found = found[part]
    return found
