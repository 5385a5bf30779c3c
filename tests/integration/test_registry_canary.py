"""A name and a phone that no other record has go through everything that can happen to a person, and are looked for in
all that leaves the registry's table of volunteers: events, segments, logs, addresses, refusals.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import pytest

from shared import logs
from tests.integration.registry_house import open_house, with_hai_thanh
from tests.integration.registry_people import Office, at
from tests.support.postgres import TestPostgres

NAME, PHONE, SKILL = "Zyxwvu Canaria", "0990123987", "kỹ năng Qqzz"
TRACES = ("Zyxwvu", "zyxwvu", "Canaria", "canaria", "990123987", "Qqzz", "qqzz")


@pytest.fixture
def office(postgres: TestPostgres) -> Iterator[Office]:
    with open_house(postgres, with_hai_thanh) as house:
        yield Office(house)


def everything_happens(office: Office) -> list[Any]:
    """What was refused on the way."""
    person = {"phone": PHONE, "skills": [SKILL], "languages": [SKILL], "joined_on": "2026-01-01"}
    one, other = office.id(NAME, **person), office.id(NAME, **person)
    third = office.id(f"{NAME} Ba", **person)
    team = office.post(
        "/v1/teams",
        {"name": "Tổ 1", "area_id": office.ward, "on": "2026-01-01", "members": [{"volunteer_id": one}]},
        201,
    )["team_id"]
    office.change(at(one), {"full_name": f"{NAME} B", "phone": "0990123987"})
    office.change(at(one), {"area_id": office.group("tdp-77"), "on": "2026-02-01"}, "moves")
    office.change(f"/v1/teams/{team}", {"volunteer_id": one, "on": "2026-02-01", "position": "leader"}, "members")
    office.change(at(one), {"from": other, "choices": {"full_name": NAME}}, "merge")
    office.change(at(one), {"on": "2026-03-01"}, "retirement")
    office.change(at(one), {"on": "2026-03-02"}, "return")
    office.post(f"{at(one)}/two-persons", {"other": third}, 201)
    office.search(q=NAME)
    office.search(phone=PHONE)
    web, it = office.house.web, office.headers
    seen = it | {"If-Match": office.etag(at(one))}
    bad = {"full_name": f"{NAME}\u0000", "kind": NAME, "area_id": office.ward, "phone": f"{PHONE}999999", "x": NAME}
    refused = [
        web.post("/v1/volunteers", json=bad, headers=it),
        web.post("/v1/volunteers", json=bad | {"full_name": NAME, "kind": "youth", "phone": "0990"}, headers=it),
        web.post("/v1/volunteers", data=f'{{"full_name": "{NAME}"', headers=it, content_type="application/json"),
        web.patch(at(one), json={"skills": [NAME] * 30, "birth_year": 1800}, headers=seen),
        web.patch(at(one), json={"full_name": NAME}, headers=it | {"If-Match": '"99"'}),
        web.patch(at(other), json={"full_name": NAME}, headers=it | {"If-Match": office.etag(at(other))}),
        web.post("/v1/volunteers/search", json={"phone": "12", "q": NAME, "after": other}, headers=it),
        web.post("/v1/volunteers/search", json={"q": f"{NAME}\u0007"}, headers=it),
        web.post(f"{at(one)}/merge", json={"from": third, "choices": {"phone": f"{PHONE}x"}}, headers=seen),
    ]
    office.change(at(third), {"reason": "Theo đề nghị"}, "erasure")
    return refused


def test_no_name_and_no_phone_leaves_the_table_of_volunteers(
    office: Office, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    logs.configure("DEBUG")
    caplog.set_level(logging.DEBUG)

    refused = everything_happens(office)

    assert {answer.status_code // 100 for answer in refused} == {4}
    out, err = capfd.readouterr()
    told = {
        "events": str(office.house.events()),
        "out": out,
        "err": err,
        "log": caplog.text,
        "refusals": "".join(answer.text + answer.request.path for answer in refused),
        "metrics": office.house.web.get("/metrics").text,
    }
    tables = office.house.ask(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
    )
    for (table,) in tables:
        if table not in ("volunteer", "change_personal"):
            told[table] = str(office.house.ask(f"SELECT t::text FROM {table} AS t"))
    found = {where: trace for where, text in told.items() for trace in TRACES if trace in text}
    assert found == {}
    assert any("Zyxwvu" in str(row) for row in office.house.ask("SELECT v::text FROM volunteer AS v"))


def test_what_was_erased_is_nowhere(office: Office) -> None:
    everything_happens(office)
    for (volunteer_id,) in office.house.ask("SELECT volunteer_id FROM volunteer WHERE merged_into IS NULL"):
        office.change(at(str(volunteer_id)), {"reason": "Theo đề nghị"}, "erasure")

    for table in ("volunteer", "change_personal", "change", "event_log"):
        rows = str(office.house.ask(f"SELECT t::text FROM {table} AS t"))
        assert [trace for trace in TRACES if trace in rows] == [], table
