"""How many statements a page costs: a page of a hundred asks as little of the database as a page of one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from deploy.cds.registry_commands import load_catalogue
from services.registry.commands.official_counts import NewCount, record_official_count
from services.registry.commands.people import NewVolunteer, register_volunteers
from services.registry.commands.teams import Member, NewTeam, form_team
from services.registry.commands.venues import NewVenue, declare_venue
from services.registry.store import writing
from tests.integration.areas_ward import NOW, Ward
from tests.integration.registry_house import House, open_house, with_hai_thanh
from tests.support.postgres import TestPostgres

MOST = 10
DAY = dt.date.fromisoformat(NOW)


@pytest.fixture(scope="module")
def ward(postgres: TestPostgres) -> Iterator[Ward]:
    """Today's ward 11692 with more than a hundred of everything that is listed."""
    with open_house(postgres, with_hai_thanh) as house:
        load_catalogue(house.settings)
        ward = Ward(house, house.as_it(), groups=1)
        with writing(house.engine) as session:
            area = UUID(ward.id)
            new = [NewVolunteer(full_name=f"Nguyễn Văn A{n % 60}", kind="youth", area_id=area) for n in range(120)]
            people: Any = register_volunteers(session, new)
            for n, person in enumerate(people):
                form_team(
                    session,
                    NewTeam(name=f"Tổ {n}", area_id=area, on=DAY, members=[Member(person.volunteer_id, "leader")]),
                )
                declare_venue(session, NewVenue(name=f"Nhà {n}", kind="cultural_house", area_id=area))
                day = DAY - dt.timedelta(days=n)
                counted = NewCount(area_id=area, service="vneid_activation", as_of=day, done=n, source="Công an")
                record_official_count(session, counted)
        for n in range(105):
            ward.group(f"tdp-x{n}")
        yield ward


@contextmanager
def counted(house: House) -> Iterator[list[str]]:
    engine, seen = house.app.extensions["cds_registry_engine"], []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        seen.append(statement)

    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)


@pytest.fixture(scope="module")
def campaign(ward: Ward) -> str:
    days: dict[str, Any] = {"starts_on": "2026-03-01", "ends_on": "2026-12-31", "daily_report": True}
    body: dict[str, Any] = {
        "name": "Chiến dịch",
        "kind": "campaign",
        "areas": [ward.id],
        "services": ["vneid_activation"],
    }
    made, *_ = (ward.post("/v1/campaigns", **body, **days)["campaign_id"] for _ in range(105))
    groups = [one["area_id"] for one in ward.get(f"/v1/areas?parent={ward.id}&on={NOW}&limit=500")["items"]]
    target = {
        "service": "vneid_activation",
        "as_of": "2026-02-28",
        "source": "Công an",
        "eligible": 9,
        "already_done": 1,
    }
    ward.post(f"/v1/campaigns/{made}/targets", targets=[target | {"area_id": group} for group in groups])
    return str(made)


PAGES = [
    "/v1/areas?limit=100&parent={ward}&on=2026-03-15",
    "/v1/areas?limit=100&on=any",
    "/v1/successions?limit=100",
    "/v1/venues?limit=100&area={ward}",
    "/v1/volunteers?limit=100&area={ward}&status=active",
    "/v1/volunteers/duplicates?limit=100",
    "/v1/volunteers/duplicates?limit=100&ward={ward}",
    "/v1/teams?limit=100&area={ward}&on=2026-03-15",
    "/v1/campaigns?limit=100&area={ward}",
    "/v1/campaigns/{campaign}/targets?limit=100&area={ward}",
    "/v1/campaigns/{campaign}/expected?limit=100",
    "/v1/campaigns/{campaign}/reporting-units?limit=100&on=2026-03-15",
    "/v1/official-counts?limit=100&area={ward}",
    "/v1/changes?limit=100",
    "/v1/services?limit=100",
    "/v1/offices?limit=100&area={ward}",
    "/v1/calendar?limit=100",
    "/v1/clients",
]


@pytest.mark.parametrize("path", PAGES)
def test_a_page_of_a_hundred_takes_few_statements(ward: Ward, campaign: str, path: str) -> None:
    asked = path.format(ward=ward.id, campaign=campaign)
    ward.get(asked)  # whose token it is, is known from now on

    with counted(ward.house) as statements:
        ward.get(asked)

    assert len(statements) <= MOST, statements


def test_a_search_takes_few_statements(ward: Ward) -> None:
    with counted(ward.house) as statements:
        found = ward.post("/v1/volunteers/search", 200, q="nguyen van", limit=100)

    assert len(found["items"]) == 100
    assert len(statements) <= MOST


@pytest.mark.parametrize("path", ["/v1/teams/", "/v1/volunteers/", "/v1/venues/"])
def test_one_thing_with_its_history_takes_few_statements(ward: Ward, path: str) -> None:
    (first, *_) = ward.get(f"{path.rstrip('/')}?limit=1")["items"]
    key = next(value for name, value in first.items() if name.endswith("_id") and name != "area_id")

    with counted(ward.house) as statements:
        ward.get(f"{path}{key}")

    assert len(statements) <= MOST
