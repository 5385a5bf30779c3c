"""The registry answers as its OpenAPI document says, to generated requests of every operation, right and wrong ones.

Ids, codes and versions that exist are put in the place of generated ones most of the time, and parts of right requests
beside them, so that commands are reached too (`tests/support/openapi.py`).
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest

from deploy.cds import registry_commands
from deploy.cds.registry_sample import load_sample
from shared.database import migrate
from tests.integration.registry_house import IT_SCOPES, House, open_house, settings_of
from tests.support.openapi import Examples, Fuzzer, Right
from tests.support.postgres import TestPostgres

NOW, NEXT = "2026-03-15", "2027-01-01"
WITHOUT = {"POST /oauth/token": "asks for a client's own secret; tests/integration/test_registry_tokens.py"}
ONE_VOLUNTEER, ONE_TEAM = "/v1/volunteers/{volunteer_id}", "/v1/teams/{team_id}"
ONE_VENUE, ONE_CAMPAIGN = "/v1/venues/{venue_id}", "/v1/campaigns/{campaign_id}"
CSV = "Họ và tên,Đối tượng,Mã xã\nTrần Thị Thử,thanh niên,11692\n".encode()
GROUPS = "Tên tổ dân phố,Số hộ\nTổ dân phố số 1,120\n".encode()
KIND = {"kind": "youth"}
RENEW_SECONDS = 300  # a token lives for fifteen minutes


def with_sample(url: str) -> None:
    migrate("registry", url)
    load_sample(settings_of(url))


@pytest.fixture(scope="module")
def house(postgres: TestPostgres) -> Iterator[House]:
    with open_house(postgres, with_sample) as opened:
        yield opened


class Office:
    """Makes what a right request is about: each time something new, that nothing has happened to."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.credentials = registry_commands.add_client(house.settings, "IT", scopes=IT_SCOPES)
        self.renewed_at, self.bearer = -float("inf"), dict[str, str]()
        self.numbers = count(1)
        self.ward, self.old_ward = house.area_id("11692", NOW), house.area_id("11692", "2023-03-15")
        self.province = house.area_id("31", NOW)
        self.groups = [str(one) for one in self.ids("SELECT area_id FROM area WHERE level = 'residential_group'")]

    @property
    def it(self) -> dict[str, str]:
        if time.monotonic() > self.renewed_at + RENEW_SECONDS:
            self.renewed_at, self.bearer = time.monotonic(), self.house.bearer(self.credentials)
        return self.bearer

    def ids(self, sql: str) -> list[str]:
        return [str(row[0]) for row in self.house.ask(f"{sql} ORDER BY 1 LIMIT 20")]

    def make(self, path: str, key: str, **body: Any) -> str:
        answer = self.house.web.post(path, json=body, headers=self.it)
        assert answer.status_code == 201, answer.text
        return str(answer.json[key])

    def next(self) -> int:
        return next(self.numbers)

    def person(self) -> dict[str, Any]:
        name = f"Nguyễn Văn {self.next()} A"
        return {"full_name": name, "area_id": self.ward, "joined_on": "2026-01-05", "skills": ["tin học"]} | KIND

    def volunteer(self) -> str:
        return self.make("/v1/volunteers", "volunteer_id", **self.person())

    def new_team(self) -> dict[str, Any]:
        return {"name": f"Tổ {self.next()}", "area_id": self.ward, "on": "2026-01-05"}

    def team(self, **more: Any) -> str:
        return self.make("/v1/teams", "team_id", **self.new_team(), **more)

    def new_venue(self) -> dict[str, Any]:
        hours = [{"days": [1, 2], "opens": "07:30", "closes": "11:30"}]
        body = {"name": f"Nhà văn hóa {self.next()}", "kind": "cultural_house", "area_id": self.ward}
        return body | {"placed_on": "2026-01-05", "latitude": 20.7, "longitude": 106.7, "opening_hours": hours}

    def venue(self) -> str:
        return self.make("/v1/venues", "venue_id", **self.new_venue())

    def new_campaign(self) -> dict[str, Any]:
        days = {"starts_on": "2026-03-01", "ends_on": "2026-12-31", "daily_report": True}
        body = {"name": f"Chiến dịch {self.next()}", "kind": "campaign", "areas": [self.ward]}
        return body | {"services": ["vneid_activation"]} | days

    def campaign(self) -> str:
        return self.make("/v1/campaigns", "campaign_id", **self.new_campaign())

    def new_service(self) -> dict[str, Any]:
        names = {"name_vi": "Nội dung", "name_en": "Service"}
        return names | {"pillars": ["technology"], "unit": "resident", "once": False, "due_days": 3}

    def service(self) -> str:
        return self.make("/v1/services", "code", code=f"service_{self.next()}", **self.new_service())

    def office(self) -> str:
        return self.make("/v1/offices", "code", code=f"office_{self.next()}", name="Công an phường", area_id=self.ward)

    def group(self) -> dict[str, Any]:
        return {"parent": self.ward, "code": f"tdp-x{self.next()}", "name": "Tổ dân phố", "households": 120}

    def succession(self) -> dict[str, Any]:
        new = {"level": "ward", "name": "Phường Mới", "parent": self.province, "valid_from": NEXT}
        old = self.make("/v1/areas", "area_id", **new | {"code": f"{70000 + self.next()}", "valid_from": "2026-01-01"})
        to = self.make("/v1/areas", "area_id", **new | {"code": f"{70000 + self.next()}"})
        return {"on": NEXT, "kind": "rename", "from": [old], "to": [{"area_id": to, "is_main": True}]}

    def target(self) -> dict[str, Any]:
        numbers = {"eligible": 400 + self.next(), "already_done": 40, "excluded": 10}
        curve = [{"date": "2026-05-01", "cumulative": 320}]
        place = {"area_id": self.ward, "service": "vneid_activation", "as_of": "2026-02-28", "source": "Công an"}
        return place | numbers | {"curve": curve}

    def client(self) -> str:
        body = {"name": "Ứng dụng", "areas": [self.ward], "scopes": ["events:write"]}
        return self.make("/v1/clients", "client_id", client_id=f"app-fuzz-{self.next()}", **body)

    def values(self) -> dict[str, list[Any]]:
        """What exists, by the names of parameters and fields."""
        areas = [self.ward, self.old_ward, self.province, *self.groups[:6]]
        people = self.ids("SELECT volunteer_id FROM volunteer")
        services, offices = self.ids("SELECT code FROM service"), self.ids("SELECT code FROM office")
        campaigns, teams = self.ids("SELECT campaign_id FROM campaign"), [self.team(), self.team()]
        days = [NOW, "2025-06-30", "2025-07-01", "2026-01-05", NEXT]
        of_areas = dict.fromkeys(
            ("area_id", "area", "ward", "parent", "areas", "groups", "serves", "from", "to"), areas
        )
        of_days = dict.fromkeys(("on", "as_of", "valid_from", "placed_on", "open_on", "running_on", "joined_on"), days)
        return {
            **of_areas,
            **of_days,
            "ward": [self.ward, "11692"],
            "volunteer_id": people,
            "volunteers": people,
            "other": people,
            "subject": people,
            "team_id": teams,
            "team": teams,
            "venue_id": self.ids("SELECT venue_id FROM venue"),
            "campaign_id": campaigns,
            "part_of": campaigns,
            "service": services,
            "services": services,
            "code": [*services, *offices, "11692"],
            "client_id": ["app-11692-2025"],
            "year": [2025, 2026, 2027],
        }

    def examples(self) -> Examples:
        """For each operation a right request."""
        nothing = {
            one: Right
            for one in (
                "GET /v1/top",
                "GET /v1/services",
                "GET /v1/calendar",
                "GET /v1/clients",
                "GET /v1/volunteers/template.xlsx",
                "GET /v1/groups/template.xlsx",
            )
        }
        return {**nothing, **self._of_places(), **self._of_people(), **self._of_plans(), **self._of_lists()}

    def _of_places(self) -> Examples:
        def of_area(**more: Any) -> Right:
            return Right({"area_id": self.make("/v1/areas", "area_id", **self.group())}, **more)

        def of_venue(**body: Any) -> Right:
            return Right({"venue_id": self.venue()}, body=body or None)

        def of_service(body: Any = None) -> Right:
            return Right({"code": self.service()}, body=body)

        def of_office(body: Any = None) -> Right:
            return Right({"code": self.office()}, body=body)

        return {
            "GET /v1/areas": lambda: Right(query={"on": NOW, "name": "hung dao", "level": "ward"}),
            "POST /v1/areas": lambda: Right(body=self.group()),
            "GET /v1/areas/{area_id}": lambda: of_area(query={"on": NOW}),
            "PATCH /v1/areas/{area_id}": lambda: of_area(body={"name": "Tổ 3", "residents": 350, "local_label": "xóm"}),
            "GET /v1/successions": lambda: Right(query={"area": self.ward, "on": "2025-07-01"}),
            "POST /v1/successions": lambda: Right(body=self.succession()),
            "GET /v1/venues": lambda: Right(query={"area": self.ward, "open_on": NOW, "q": "nha"}),
            "POST /v1/venues": lambda: Right(body=self.new_venue()),
            f"GET {ONE_VENUE}": of_venue,
            f"PATCH {ONE_VENUE}": lambda: of_venue(name="Nhà mới", stalls=3),
            f"POST {ONE_VENUE}/moves": lambda: of_venue(area_id=self.groups[-1], on="2026-02-01"),
            f"POST {ONE_VENUE}/closure": lambda: of_venue(on=NOW),
            f"POST {ONE_VENUE}/reopening": lambda: of_venue(reason="Sửa xong"),
            "POST /v1/services": lambda: Right(body=self.new_service() | {"code": f"service_{self.next()}"}),
            "GET /v1/services/{code}": of_service,
            "PUT /v1/services/{code}": lambda: of_service(self.new_service() | {"name_vi": "Khác"}),
            "PATCH /v1/services/{code}": lambda: of_service({"unit": "record", "confirm": True}),
            "GET /v1/offices": lambda: Right(query={"area": self.ward, "open_on": NOW}),
            "POST /v1/offices": lambda: Right(body={"code": f"office_{self.next()}", "name": "Công an"}),
            "GET /v1/offices/{code}": of_office,
            "PATCH /v1/offices/{code}": lambda: of_office({"name": "Công an xã", "area_id": None}),
            "POST /v1/offices/{code}/closure": lambda: of_office({"on": NOW}),
            "POST /v1/offices/{code}/reopening": lambda: of_office({}),
            "GET /v1/calendar/{year}": lambda: Right({"year": 2026}),
            "PUT /v1/calendar/{year}": lambda: Right({"year": 2026}, body={"off_days": ["2026-04-30", "2026-05-01"]}),
        }

    def _of_people(self) -> Examples:
        def of_volunteer(body: Any = None) -> Right:
            return Right({"volunteer_id": self.volunteer()}, body=body)

        def of_team(body: Any = None) -> Right:
            return Right({"team_id": self.team()}, body=body)

        def of_member() -> Right:
            member = self.volunteer()
            team = self.team(members=[{"volunteer_id": member, "position": "leader"}])
            return Right({"team_id": team, "volunteer_id": member}, body={"on": NOW})

        filters = {"ward": self.ward, "kind": "youth", "status": "active", "skill": "tin hoc", "on": NOW}
        merge = {"choices": {"full_name": "Nguyễn Văn B"}}
        return {
            "GET /v1/volunteers": lambda: Right(query=filters),
            "POST /v1/volunteers": lambda: Right(body=self.person() | {"phone": "0990 000 001", "birth_year": 1999}),
            "POST /v1/volunteers/search": lambda: Right(body=filters | {"q": "nguyen", "phone": "0001"}),
            f"GET {ONE_VOLUNTEER}": of_volunteer,
            f"PATCH {ONE_VOLUNTEER}": lambda: of_volunteer({"phone": None, "unit": "Chi đoàn 3", "languages": ["Anh"]}),
            f"POST {ONE_VOLUNTEER}/moves": lambda: of_volunteer({"area_id": self.groups[-1], "on": NOW}),
            f"POST {ONE_VOLUNTEER}/retirement": lambda: of_volunteer({"on": NOW}),
            f"POST {ONE_VOLUNTEER}/return": lambda: of_volunteer({"on": NOW}),
            f"POST {ONE_VOLUNTEER}/merge": lambda: of_volunteer({"from": self.volunteer()} | merge),
            f"POST {ONE_VOLUNTEER}/erasure": lambda: of_volunteer({"reason": "Theo đề nghị"}),
            f"POST {ONE_VOLUNTEER}/two-persons": lambda: of_volunteer({"other": self.volunteer()}),
            "GET /v1/volunteers/duplicates": lambda: Right(query={"ward": self.ward, "limit": 5}),
            "GET /v1/teams": lambda: Right(query={"area": self.ward, "on": NOW}),
            "POST /v1/teams": lambda: Right(body=self.new_team() | {"members": [{"volunteer_id": self.volunteer()}]}),
            f"GET {ONE_TEAM}": of_team,
            f"PATCH {ONE_TEAM}": lambda: of_team({"name": "Tổ khác"}),
            f"POST {ONE_TEAM}/moves": lambda: of_team({"area_id": self.groups[-1], "on": NOW}),
            f"POST {ONE_TEAM}/dissolution": lambda: of_team({"on": NOW}),
            f"POST {ONE_TEAM}/members": lambda: of_team(
                {"volunteer_id": self.volunteer(), "on": NOW, "position": "deputy"}
            ),
            f"POST {ONE_TEAM}/members/{{volunteer_id}}/leave": of_member,
        }

    def _of_plans(self) -> Examples:
        def of_campaign(body: Any = None, **query: Any) -> Right:
            return Right({"campaign_id": self.campaign()}, query, body)

        record = {"area_id": self.ward, "service": "vneid_activation", "as_of": NOW, "done": 400, "source": "Công an"}
        client = {"name": "Ứng dụng", "areas": [self.ward], "scopes": ["events:write", "events:read"]}
        return {
            "GET /v1/campaigns": lambda: Right(query={"area": self.ward, "running_on": NOW, "kind": "campaign"}),
            "POST /v1/campaigns": lambda: Right(body=self.new_campaign()),
            f"GET {ONE_CAMPAIGN}": of_campaign,
            f"PATCH {ONE_CAMPAIGN}": lambda: of_campaign({"theme": "Chuyển đổi số", "ends_on": "2026-11-30"}),
            f"POST {ONE_CAMPAIGN}/closure": lambda: of_campaign({"on": "2026-05-01"}),
            f"POST {ONE_CAMPAIGN}/reopening": lambda: of_campaign({}),
            f"GET {ONE_CAMPAIGN}/reporting-units": lambda: of_campaign(on=NOW, limit=3),
            f"GET {ONE_CAMPAIGN}/targets": lambda: of_campaign(area=self.ward, versions="all"),
            f"POST {ONE_CAMPAIGN}/targets": lambda: of_campaign({"targets": [self.target()]}),
            f"GET {ONE_CAMPAIGN}/expected": lambda: of_campaign(on=NOW),
            "GET /v1/official-counts": lambda: Right(query={"area": self.ward, "from": "2026-01-01"}),
            "POST /v1/official-counts": lambda: Right(body=record | {"done": self.next()}),
            "POST /v1/clients": lambda: Right(body=client | {"client_id": f"app-fuzz-{self.next()}"}),
            "DELETE /v1/clients/{client_id}": lambda: Right({"client_id": self.client()}),
            "GET /v1/changes": lambda: Right(query={"kind": "volunteer", "limit": 5}),
        }

    def _of_lists(self) -> Examples:
        ward = {"ward": "11692", "on": NOW}
        files = ("volunteers.xlsx", "volunteers.csv", "groups.xlsx", "groups.csv")
        exports = {f"GET /v1/{name}": lambda: Right(query=ward) for name in files}
        return {
            **exports,
            "POST /v1/imports/volunteers": lambda: Right(query=ward, body=CSV, media_type="text/csv"),
            "POST /v1/imports/groups": lambda: Right(query=ward, body=GROUPS, media_type="text/csv"),
        }


def test_every_operation_answers_as_the_document_says(house: House) -> None:
    office = Office(house)
    fuzzer = Fuzzer(house.app, lambda: office.it, office.values(), office.examples())

    fuzzer.run(without=WITHOUT)

    assert fuzzer.broken == {}
    assert fuzzer.refused == []  # each operation was answered with success at least once
    assert set(fuzzer.statuses) == fuzzer.documented - WITHOUT.keys()
    assert set(office.examples()) == set(fuzzer.statuses)
